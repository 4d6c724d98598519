"""The formgrader in Chromium, as an instructor uses it: from the lesson to feedback that students can fetch."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from server import TOKEN, jupyter

from grading.course.course import Course
from grading.course.paths import DEFAULT_COURSE
from tests.course07 import ASSIGNMENT, LESSON, cell_of, fill_in

HAND_GRADED = [f"q{number}-answer" for number in range(1, 6)]
ANSWER = r"""They left out the gradients. <script>document.title = 'mine'</script>

$$\hat m_t = \frac{m_t}{1 - \beta_1^t}$$
"""
SCREENSHOTS = os.environ.get("SCREENSHOTS")  # a folder for pictures, to look at


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course folder like grading/, with an exchange, and ten points off for each day."""
    root = tmp_path_factory.mktemp("formgrader")
    (root / "exchange").mkdir(mode=0o777)
    settings = (DEFAULT_COURSE / "nbgrader_config.py").read_text()
    settings += f"\nc.Exchange.root = {str(root / 'exchange')!r}\nc.PointsPerDay.points_per_day = 10.0\n"
    (root / "nbgrader_config.py").write_text(settings)
    (root / "source").symlink_to(DEFAULT_COURSE / "source")
    return Course(root)


class Formgrader:
    """A page of the browser that shows the formgrader; presses its buttons and waits for what they do."""

    def __init__(self, page, address):
        self.page, self.address = page, address

    def open(self, path, landmark):
        self.page.goto(f"{self.address}/formgrader/{path}?token={TOKEN}")
        self.page.wait_for_selector(landmark)

    def press(self, button, row=ASSIGNMENT):
        """Press a button in a row of the table; what the window says that opens then, after it is closed."""
        self.page.locator(f"#main-table tr:has-text('{row}') td.{button} a").click()
        self.page.wait_for_selector(".modal.in .modal-body")
        said = self.page.locator(".modal-content").inner_text()
        self.photograph(button)
        self.page.locator(".modal-footer button").first.click()
        self.page.wait_for_selector(".modal", state="detached")
        return said

    def cell(self, row, column):
        return self.page.locator(f"#main-table tr:has-text('{row}') td.{column}").inner_text()

    def photograph(self, name):
        if SCREENSHOTS:
            self.page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png")


@pytest.fixture(scope="module")
def formgrader(course, chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    with jupyter(course.root, "lab") as address:
        yield Formgrader(context.new_page(), address)
        context.close()


@pytest.fixture(scope="module")
def released(course, formgrader):
    """The release version, made by the button, and the due date, set in the window."""
    formgrader.open("manage_assignments", "#main-table td.assign")
    assert "Successfully created the student version" in formgrader.press("assign")
    page = formgrader.page
    page.locator("td.edit a").click()
    page.locator(".modal-duedate").fill("2026-01-01T12:00")
    page.locator(".modal-timezone").fill("+0000")
    page.locator(".modal .save").click()
    page.wait_for_selector("td.duedate:has-text('2026-01-01 12:00:00 UTC')")
    return nbformat.read(course.notebook("release", "."), as_version=4)


@pytest.fixture(scope="module")
def graded(course, formgrader, released):
    """Two submissions, graded by the button: one late, and one that writes outside its folder."""
    late, writes = fill_in(released), fill_in(released)
    cell_of(late, "q1-answer").source = ANSWER
    outside = f"open({str(course.root / 'outside.txt')!r}, 'w').write('mine')"
    writes.cells.insert(3, new_code_cell(outside, id="outside"))
    for student, nb, time in (("late", late, "2026-01-02 18:00:00 UTC"), ("writes", writes, "2025-12-31 18:00:00 UTC")):
        path = course.notebook("submitted", student)
        path.parent.mkdir(parents=True)
        nbformat.write(nb, path)
        path.with_name("timestamp.txt").write_text(time)
        path.with_name("submission_secret.txt").write_text(f"the secret of {student}")
    formgrader.open(f"manage_submissions/{ASSIGNMENT}", "#main-table td.autograde")
    assert formgrader.cell("writes", "status") == "needs autograding"
    assert "Successfully autograded" in formgrader.press("autograde", "writes")
    formgrader.page.wait_for_selector("tr:has-text('writes') td:has-text('needs manual grading')")
    # there is no button for all: the page itself says to use this command
    command = [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT]
    subprocess.run(command, cwd=course.root, check=True, capture_output=True)
    return course


@pytest.fixture(scope="module")
def marked(graded, formgrader):
    """The late submission, its first answer graded by hand, with a comment."""
    with graded.gradebook() as gradebook:
        number = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "late").id
    formgrader.open(f"submissions/{number}/", "#q1-answer")
    page = formgrader.page
    for field in ("#test-sgd-step", "#q1-answer-comment"):  # filled from the gradebook after the page has loaded
        page.wait_for_selector(f"{field}[placeholder]")
    page.locator("#q1-answer").scroll_into_view_if_needed()
    formgrader.photograph("answer")
    with page.expect_response(lambda answer: "/api/grade/" in answer.url and answer.request.method == "PUT"):
        page.locator("#q1-answer").fill("1.5")
        page.keyboard.press("Tab")
    with page.expect_response(lambda answer: "/api/comment/" in answer.url and answer.request.method == "PUT"):
        page.locator("#q1-answer-comment").fill("And the unit?")
        page.keyboard.press("Tab")
    return page


@pytest.fixture(scope="module")
def feedback(graded, marked, formgrader):
    """The feedback to the late submission, generated and released by the buttons."""
    formgrader.open(f"manage_submissions/{ASSIGNMENT}", "#main-table td.generate-feedback")
    assert "Successfully generated feedback" in formgrader.press("generate-feedback", "late")
    assert "Successfully released feedback" in formgrader.press("release-feedback", "late")
    return graded.folder("feedback", "late") / f"{ASSIGNMENT}.html"


def test_the_menu_of_jupyterlab_opens_it(formgrader):
    page = formgrader.page
    page.goto(f"{formgrader.address}/lab?token={TOKEN}")
    page.locator(".lm-MenuBar-item:has-text('Nbgrader')").click()
    page.locator(".lm-Menu-item[data-command='nbgrader:open-formgrader']").click()
    frame = page.frame_locator("iframe[src*='formgrader']")
    frame.locator("#main-table td.name").get_by_text(ASSIGNMENT).wait_for()


def test_the_preview_shows_what_students_get(formgrader, released):
    formgrader.open("manage_assignments", "#main-table td.preview a")
    with formgrader.page.expect_popup() as opened:
        formgrader.page.locator("td.preview a").click()
    opened.value.get_by_text(f"{ASSIGNMENT}.ipynb").first.wait_for()
    opened.value.close()
    assert "BEGIN SOLUTION" not in nbformat.writes(released) and "examine(" not in nbformat.writes(released)


def test_the_button_runs_submissions_confined(graded):
    assert not (graded.root / "outside.txt").exists()
    nb = nbformat.read(graded.notebook("autograded", "writes"), as_version=4)
    assert nb.metadata["usage"]["memory"] > 0, "ConfinedExecute leaves this, and nbgrader's own Execute does not"
    (refused,) = next(cell for cell in nb.cells if cell.id == "outside").outputs
    assert refused.ename == "PermissionError"


def test_everybody_is_graded_by_button_and_by_command(graded):
    with graded.gradebook() as gradebook:
        submissions = {each.student.id: each for each in gradebook.assignment_submissions(ASSIGNMENT)}
        auto = {name: each.code_score for name, each in submissions.items()}
        penalties = {name: each.late_submission_penalty for name, each in submissions.items()}
    assert auto == {"late": 90.0, "writes": 90.0}
    assert penalties == {"late": 20.0, "writes": 0.0}, "the second day has begun"


def test_the_marking_scheme_stands_beside_every_answer_that_is_graded_by_hand(marked):
    lesson = nbformat.read(LESSON, as_version=4)
    schemes = marked.locator(".marking-scheme")
    assert schemes.count() == len(HAND_GRADED)
    for name, shown in zip(HAND_GRADED, schemes.all_inner_texts(), strict=True):
        start = cell_of(lesson, name).source.split("**Marking.** ")[1][:30].partition("$")[0].strip()
        assert f"Marking. {start}" in shown
    answer, scheme = marked.evaluate(  # at one moment: nbgrader's script scrolls the page
        """() => [".nbgrader_cell:has(#q1-answer)", ".marking-scheme"].map(
            (selector) => document.querySelector(selector).getBoundingClientRect().toJSON())"""
    )
    assert (scheme["x"], scheme["width"]) == (answer["x"], answer["width"])
    assert 0 < scheme["y"] - (answer["y"] + answer["height"]) < 40, "right below the answer"


def test_an_answer_is_shown_and_not_run(marked):
    assert "They left out the gradients. <script>" in marked.locator(".nbgrader_cell:has(#q1-answer)").inner_text()
    assert marked.title() == ASSIGNMENT


def test_a_formula_is_drawn_by_the_browser_itself(marked):
    fraction = marked.locator(".nbgrader_cell:has(#q1-answer) math mfrac").first
    line = marked.locator(".nbgrader_cell:has(#q1-answer) math mi").first
    assert fraction.bounding_box()["height"] > 1.5 * line.bounding_box()["height"] > 5


def test_the_keys_work_without_the_internet(marked):
    """nbgrader's script minds them when MathJax has told it that formulas are done; there is none."""
    marked.locator("#q1-answer").focus()
    marked.keyboard.press("Tab")
    assert marked.evaluate("document.activeElement.id") == "q1-answer_extra_credit"
    marked.keyboard.press("Tab")
    assert marked.evaluate("document.activeElement.id") == "q1-answer-comment"
    marked.locator(".glyphicon-eye-open.name-hidden").click()
    assert marked.locator("a.name-shown").inner_text().strip() == "late", "and so do nbgrader's own handlers"


def test_points_and_comments_given_by_hand_are_in_the_gradebook(graded, marked):
    with graded.gradebook() as gradebook:
        assert gradebook.find_grade("q1-answer", ASSIGNMENT, ASSIGNMENT, "late").manual_score == 1.5
        assert gradebook.find_comment("q1-answer", ASSIGNMENT, ASSIGNMENT, "late").comment == "And the unit?"


def test_feedback_shows_points_penalty_and_comment_and_no_marking_scheme(feedback):
    page = feedback.read_text()
    assert "<strong>71.5</strong> of 100 points" in page and "20 points were taken off" in page
    assert "And the unit?" in page
    for cell in nbformat.read(LESSON, as_version=4).cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "q1-answer":
            model_answer = cell.source.split("### BEGIN SOLUTION\n")[1].splitlines()[0]
    assert model_answer not in page and "names the gradients" not in page and "marking-scheme" not in page


def test_released_feedback_is_what_students_will_fetch(graded, feedback):
    (released,) = (graded.root / "exchange" / "tinytorch-07" / "feedback").iterdir()
    assert released.read_bytes() == feedback.read_bytes()
