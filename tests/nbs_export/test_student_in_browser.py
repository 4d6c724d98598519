"""A student's way through the lesson, in JupyterLab and Chromium: from opening it to going on the next day."""

import re

import nbformat
import pytest
from playwright.sync_api import expect
from students_machine import Lab

from nbs_export.student import LESSON
from tests.course07 import fill_in

PATIENCE = 120_000  # milliseconds, for a slow machine; nothing waits for longer than it must


class Student:
    """Somebody at a browser with JupyterLab."""

    def __init__(self, chromium, lab, released):
        self.cells = [cell.id for cell in released.cells]
        self.asked = []
        self.context = chromium.new_context(viewport={"width": 1280, "height": 800})
        self.context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        self.page = self.context.new_page()
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.server = lab.url.partition("lab?")[0]
        self.page.goto(lab.url)

    def file(self, name):
        return self.page.locator(".jp-DirListing-item").filter(has=self.page.get_by_text(name, exact=True))

    def open_folder(self):
        """The lesson's folder, in the file list."""
        for name in ("modules", LESSON):
            self.file(name).dblclick()
        expect(self.file(f"{LESSON}.ipynb")).to_be_visible()

    def open_lesson(self):
        """The lesson, from the file list of its folder."""
        self.file(f"{LESSON}.ipynb").dblclick()
        expect(self.page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(self.cells))
        self.await_kernel()

    def await_kernel(self):
        """Wait for the kernel of the notebook in view: without one, JupyterLab runs no cell and says nothing."""
        # The status bar's word, not the notebook's own indicator: that one says "idle" until it hears otherwise.
        expect(self.page.locator("#jp-main-statusbar").get_by_text("| Idle")).to_be_visible()

    def cell(self, name):
        return self.page.locator(".jp-Notebook .jp-Cell").nth(self.cells.index(name))

    def run(self, *names):
        """Run cells, one after the other; what the last one shows."""
        for name in names:
            cell = self.cell(name)
            self.run_cell(cell)
        return cell.locator(".jp-Cell-outputArea")

    def run_cell(self, cell):
        prompt = cell.locator(".jp-InputArea-prompt")
        cell.locator(".cm-content").click(position={"x": 5, "y": 5})
        before = prompt.inner_text()
        self.page.keyboard.press("Control+Enter")
        expect(prompt).not_to_have_text(before)
        expect(prompt).to_have_text(re.compile(r"^\[\d+\]:$"))

    def write(self, name, source):
        """Paste a text over a cell's."""
        self.cell(name).locator(".cm-content").click(position={"x": 5, "y": 5})
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)

    def answered(self, method, end):
        """Wait, at the end of a `with` block, until the server has answered such a request."""
        return self.page.expect_response(
            lambda response: response.request.method == method and response.url.partition("?")[0].endswith(end)
        )

    def written(self):
        """Wait, at the end of a `with` block, until the lesson has been written to the disk."""
        return self.answered("PUT", f"{LESSON}.ipynb")

    def save(self):
        with self.written():
            self.page.keyboard.press("Control+s")

    def validate(self):
        """Press Validate; what it says."""
        self.page.get_by_role("button", name="Validate").click()
        said = self.page.locator(".jp-Dialog").filter(has_text="Validation Results").inner_text()
        self.accept()
        return said

    def accept(self):
        """Press the button of a question that agrees."""
        self.page.locator(".jp-Dialog-button.jp-mod-accept").click()
        expect(self.page.locator(".jp-Dialog")).to_have_count(0)

    def choose(self, item):
        """Choose from the open menu."""
        self.page.locator(".lm-Menu-itemLabel").get_by_text(item, exact=True).click()

    def restart_kernel(self):
        self.page.get_by_role("menuitem", name="Kernel", exact=True).click()
        self.choose("Restart Kernel and Clear Outputs of All Cells…")
        self.accept()
        expect(self.page.locator(".jp-Notebook:visible .jp-OutputArea-output")).to_have_count(0)

    def notebook_of_their_own(self):
        """A new notebook beside the lesson; its first cell."""
        self.page.locator(".lm-TabBar-addButton[title='New Launcher']").click()
        with self.answered("POST", "/api/sessions"):  # until then the status bar may speak of the lesson's kernel
            self.page.locator(".jp-Launcher:visible .jp-LauncherCard[data-category=Notebook]").click()
        self.await_kernel()
        return self.page.locator(".jp-NotebookPanel:visible .jp-CodeCell")

    def tab(self, name):
        self.page.locator(".lm-TabBar-tab").filter(has_text=name).click()

    def asked_elsewhere(self):
        """What the browser has asked of others than this server, or would have this server ask."""
        own = (self.server, self.server.replace("http", "ws"), "data:", "blob:")
        news = ("/lab/api/news", "/lab/api/update", "/lab/api/extensions")
        return [url for url in self.asked if not url.startswith(own) or any(part in url for part in news)]

    def close(self):
        self.context.close()


@pytest.fixture(scope="module")
def released(pushed):
    return nbformat.read(pushed / "modules" / LESSON / f"{LESSON}.ipynb", as_version=4)


@pytest.fixture(scope="module")
def solutions(released):
    """The text of every cell in which code is asked for, by name."""
    cells = [cell for cell in fill_in(released).cells if cell.metadata.get("nbgrader", {}).get("solution")]
    return {cell.id: cell.source for cell in cells if cell.cell_type == "code"}


GIVEN = ("imports", "helpers", "test-tools", "pictures")
IMPORT = "from tinytorch.core.optimizers import Adam\nprint(Adam)"
UNCORRECTED = "return average /", "return average if beta == self.beta1 else average /"
ADAM = ("adam", "adam-averages", "adam-correction")


def test_a_students_way(students_machine, chromium, released, solutions, tmp_path):
    students_machine.clone()
    module = students_machine.folder / "tinytorch" / "core" / "optimizers.py"
    with Lab(students_machine) as lab:
        student = Student(chromium, lab, released)
        page = student.page
        student.open_folder()
        student.open_lesson()

        # a test fails, and something says what is missing
        shown = student.run(*GIVEN, "optimizer", "test-optimizer-zero-grad")
        expect(shown).to_contain_text("NotImplementedError")
        expect(student.run("optimizer-diagnose")).to_have_text("Optimizer.zero_grad() is not written yet.")
        expect(student.run("sgd", "descent-run")).to_have_text(re.compile(r"^Not yet: SGD\.step\(\) is not written\. "))

        # it is typed in, and the test is silent
        student.cell("optimizer").locator(".cm-line").filter(has_text="# YOUR CODE HERE").click()
        for key in ("Home", "Shift+ArrowDown", "Shift+End"):
            page.keyboard.press(key)
        page.keyboard.type("for param in self.params:\nparam.grad = None")
        expect(student.run("optimizer", "test-optimizer-zero-grad")).to_have_text("")
        said = student.validate()
        assert "SGD([parameter([1.0], grad=[1.0])])" in said and "Optimizer([w, b]).zero_grad()" not in said
        assert "Question 1. Memory: q1_adam_state (GiB) has no answer yet: it is None." in said

        # SGD, its picture, and a slider that changes another one
        student.write("sgd", solutions["sgd"])
        picture = student.run("sgd", "descent-run").locator("img")
        expect(picture).to_have_attribute("alt", re.compile("paths over the contours of the ravine"))
        assert picture.evaluate("image => image.naturalWidth") > 500

        # momentum is added to the class, and gone where the class is made anew
        student.write("sgd-momentum", solutions["sgd-momentum"])
        expect(student.run("sgd-momentum", "test-sgd-momentum")).to_have_text("")
        expect(student.run("sgd", "test-sgd-momentum")).to_contain_text("run the cell of velocity again")
        expect(student.run("sgd-decay")).to_have_text("SGD.decayed is not written yet, so nothing is added.")
        shown = student.run("sgd-momentum", "descent-slider")
        before, handle = shown.locator("img").get_attribute("src"), shown.locator(".noUi-handle").first
        expect(handle).to_have_attribute("aria-label", "learning rate")
        handle.press("ArrowRight")
        expect(shown.locator("img")).not_to_have_attribute("src", before)
        value = shown.locator(".widget-readout").first.inner_text()
        expect(shown.locator("img")).to_have_attribute(
            "alt", re.compile(f"With lr = {re.escape(value)}, momentum = 0: ")
        )
        expect(handle).to_have_attribute("aria-valuetext", value)
        label = shown.locator(".widget-label").last
        assert label.inner_text() == "momentum β" and label.evaluate("it => it.scrollWidth <= it.clientWidth")

        # an Adam with a mistake, and what it is told
        for name in ADAM:
            student.write(name, solutions[name].replace(*UNCORRECTED))
        expect(student.run(*ADAM, "test-adam-bias-correction")).to_contain_text("every entry moves by lr")
        shown = student.run("adam-diagnose")
        expect(shown).to_contain_text("Adam behaves like this known mistake")
        expect(shown.locator("img")).to_have_count(1)
        student.write("adam-correction", solutions["adam-correction"])
        expect(student.run("adam-correction", "test-adam-bias-correction")).to_have_text("")
        expect(student.run("adam-diagnose")).to_contain_text("Nothing wrong was seen in your Adam.")

        # a notebook of their own has no Adam before it is exported
        own = student.notebook_of_their_own()
        own.locator(".cm-content").click()
        page.keyboard.insert_text(IMPORT)
        student.run_cell(own)
        expect(own.locator(".jp-Cell-outputArea")).to_contain_text("your optimizers are not exported yet")
        student.tab(f"{LESSON}.ipynb")
        student.save()
        shown = student.run("export")
        expect(shown).to_contain_text("written: tinytorch/core/optimizers.py")
        expect(shown).to_contain_text("Note: AdamW is not written yet")
        expect(shown).to_contain_text("Note: SGD is not whole yet")
        expect(shown).not_to_contain_text("as saved")
        student.tab("Untitled.ipynb")
        student.run_cell(own)
        expect(own.locator(".jp-Cell-outputArea")).to_have_text("<class 'tinytorch.core.optimizers.Adam'>")

        # neither a second export nor a new kernel loses anything; an export of what was not saved says so
        exported = module.read_text()
        assert "return average / (1 - beta**self.step_count)" in exported and "add_to_class" not in exported
        student.tab(f"{LESSON}.ipynb")
        student.restart_kernel()
        expect(student.run("export")).to_contain_text("written:")
        assert module.read_text() == exported
        student.write("adam-correction", solutions["adam-correction"].replace(*UNCORRECTED))
        shown = student.run(*GIVEN[:3], "optimizer", *ADAM, "export")
        expect(shown).to_contain_text("Note: Adam as saved is not")

        # what was typed last is thrown away for what is right, saved and taken home
        student.write("adam-correction", solutions["adam-correction"])
        student.save()
        with page.expect_download() as download:
            student.file(f"{LESSON}.ipynb").click(button="right")
            student.choose("Download")
        download.value.save_as(tmp_path / f"{LESSON}.ipynb")
        student.close()
        assert not student.asked_elsewhere()

    # the next day: everything is as it was at first, and the student goes on
    students_machine.clone()
    with Lab(students_machine) as lab:
        student = Student(chromium, lab, released)
        page = student.page
        student.open_folder()
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Upload Files").click()
        chooser.value.set_files(tmp_path / f"{LESSON}.ipynb")
        with student.written():
            student.accept()
        uploaded = nbformat.read(students_machine.folder / "modules" / LESSON / f"{LESSON}.ipynb", as_version=4)
        assert uploaded == nbformat.read(tmp_path / f"{LESSON}.ipynb", as_version=4)
        student.open_lesson()
        student.restart_kernel()  # so that no cell has a number from yesterday
        shown = student.run(*GIVEN, "optimizer", *ADAM, "test-adam-bias-correction")
        expect(shown).to_have_text("")
        expect(student.run("export")).to_contain_text("written:")
        assert module.read_text() == exported
        student.close()
