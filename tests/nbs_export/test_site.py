"""The chapter and the slides: what is in them, and what is not."""

import re
import subprocess
import sys
from functools import cache

import nbformat
import pytest
from bs4 import BeautifulSoup
from lesson_secrets import KINDS, secret_lines
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from nbs_export import REPOSITORY
from nbs_export.binder import BinderError, launch_address, source_address
from nbs_export.site import FURTHER, SiteError, write_index, write_page
from nbs_export.site.documents import ABOUT, document, names
from nbs_export.site.folds import Part, parts
from nbs_export.site.formulas import mathml
from nbs_export.site.frame import AFTER
from nbs_export.site.lesson import LESSON, run_lesson, without_grading

SOLUTION = {"nbgrader": {"solution": True, "grade": False, "grade_id": "a"}}
TEST = {"nbgrader": {"solution": False, "grade": True, "grade_id": "b", "points": 1}}


@cache
def parsed(page):
    """A page that is there to be read, and is read once."""
    return BeautifulSoup(page.read_text(), features="html.parser")


@cache
def text_of(page):
    """All the text of a page, whatever is folded away or said by the speaker; and its source, for what is no text."""
    return parsed(page).get_text() + page.read_text()


def found_in(page, lines):
    """Which lines are there, whatever markup, spaces or line breaks there are between their letters."""
    text = re.sub(r"[\W_]+", "", text_of(page))
    return [line for line in lines if re.sub(r"[\W_]+", "", line) in text]


def test_the_chapter_has_the_answers_and_nothing_of_the_grading(site):
    answers = secret_lines("SOLUTION", cell_types=["code"])
    assert len(answers) > 20 and len(found_in(site / "chapter.html", answers)) == len(answers)
    graders = secret_lines("HIDDEN TESTS", "MARK SCHEME")
    assert len(graders) > 10 and found_in(site / "chapter.html", graders) == []
    assert not re.search(r"### (BEGIN|END)|examine\(|grading\.|Marking\.", text_of(site / "chapter.html"))


def test_the_slides_have_neither_answers_nor_tests(site):
    secrets = secret_lines(*KINDS)
    assert len(secrets) > 40 and found_in(site / "slides.html", secrets) == []
    assert not re.search(r"### (BEGIN|END)|examine\(|grading\.|NotImplementedError", text_of(site / "slides.html"))


def test_the_slides_say_what_students_write(site):
    text = text_of(site / "slides.html")
    for name in ("Optimizer.zero_grad", "SGD.step", "Adam.step", "AdamW.step"):
        assert name in text


@pytest.mark.parametrize("page", ["chapter", "slides"])
def test_every_picture_has_alt_text(site, page):
    pictures = parsed(site / f"{page}.html").select("img")
    assert len(pictures) > 5
    for picture in pictures:
        assert len(picture["alt"]) > 8 and "No description" not in picture["alt"]


def test_the_lesson_runs_in_a_copy(course_of):
    course = course_of(new_code_cell("from pathlib import Path\nPath('left.txt').write_text('x')\nPath.cwd().name"))
    before = sorted(course.rglob("*"))
    assert run_lesson(course).cells[0].outputs[0].data["text/plain"] == "'07_optimizers'"
    assert sorted(course.rglob("*")) == before


def cards_of(path):
    """Where the cards of a page lead, by their titles; None for one that leads nowhere."""
    cards = BeautifulSoup(path.read_text(), features="html.parser").select("main .cards li")
    return {card.strong.get_text(): card.a and card.a["href"] for card in cards}


def test_the_index_leads_to_the_pages_that_are_there(tmp_path):
    (tmp_path / "slides.html").write_text("")
    assert cards_of(write_index(tmp_path)) == {"The slides": "slides.html"}
    (tmp_path / "chapter.html").write_text("")
    assert cards_of(write_index(tmp_path)) == {"The chapter": "chapter.html", "The slides": "slides.html"}


def test_every_link_between_the_pages_leads_to_a_place_that_is_there(site):
    pages = {path.name: parsed(path) for path in site.glob("*.html")}
    places = {name: {place["id"] for place in page.select("[id]")} for name, page in pages.items()}
    assert len(pages) > 10
    for name, page in pages.items():
        for link in page.select("a[href]"):
            target, _, anchor = link["href"].partition("#")
            if not target.startswith("https://"):
                assert (target or name) in pages, f"{name}: {link}"
                assert not anchor or anchor in places[target or name], f"{name}: {link}"


def test_what_comes_after_the_lesson_is_a_page_too(course_of, tmp_path):
    assert all((REPOSITORY / notebook).is_file() for notebook in FURTHER.values())
    assert {f"{name}.html" for name in FURTHER} == set(AFTER)
    course, notebook = course_of(new_markdown_cell("# The lesson")), FURTHER["in_action"]
    (course / notebook).parent.mkdir()
    nbformat.write(new_notebook(cells=[new_markdown_cell("# In action"), new_code_cell("6 * 7")]), course / notebook)
    page = write_page("in_action", run_lesson(course, notebook), tmp_path, pages=["index.html"])
    soup = BeautifulSoup(page.read_text(), features="html.parser")
    assert soup.title.get_text() == "In action" and "42" in soup.main.get_text()
    assert not soup.select(".cards, #listen") and [link["href"] for link in soup.select("nav.pages a")] == [
        "index.html"
    ]
    assert cards_of(write_index(tmp_path)) == {"In action": "in_action.html"}


def test_the_pages_know_each_other(site):
    for name in ("index.html", "chapter.html", "slides.html", "instructors.html", "lms.html"):
        links = parsed(site / name).select("nav.pages > *")
        here = [link.get_text() for link in links if link.name == "span"]
        assert [link.get_text() for link in links] == ["All pages", "Chapter", "Slides", "Instructors"]
        assert len(here) == (name != "lms.html")


# The chapter's head

ONE_CELL = new_notebook(cells=[new_markdown_cell("# A\n\nText.\n\n## B")])


def test_the_cards_lead_where_the_launch_button_leads(tmp_path):
    page = write_page("chapter", ONE_CELL, tmp_path, "github/a-school/optimizers/main", ["slides.html"])
    assert cards_of(page) == {
        "Launch in Binder": launch_address("github/a-school/optimizers/main"),
        "View the source": f"https://github.com/a-school/optimizers/blob/main/{LESSON}",
        "Slides": "slides.html",
        "Listen": "#listen",
    }
    soup = BeautifulSoup(page.read_text(), features="html.parser")
    assert soup.h1.find_next_sibling()["class"] == ["cards"], "at the head of the chapter"


def test_the_cards_of_a_service_of_ones_own():
    place = "https://hub.example.org/v2/gh/a-school/optimizers/spring"
    assert source_address(place) == f"https://github.com/a-school/optimizers/blob/spring/{LESSON}"
    with pytest.raises(BinderError):
        source_address("gitlab/a/b/c")


def test_without_an_address_the_cards_say_so(tmp_path):
    page = write_page("chapter", ONE_CELL, tmp_path)
    assert cards_of(page) == {"Launch in Binder": None, "View the source": None, "Listen": "#listen"}
    assert "does not know where it is published" in page.read_text()


def test_a_place_that_is_none_is_refused_before_the_lesson_runs():
    done = subprocess.run(
        [sys.executable, "-m", "nbs_export", "site", "--binder", "nowhere"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and done.stderr.startswith("error: 'nowhere' is not a place")


# Documents


def test_every_document_is_a_page_and_has_a_card(site):
    assert set(names()) == set(ABOUT), "what a new document is about is said in documents.py"
    assert list(cards_of(site / "instructors.html").values()) == [f"{name}.html" for name in ABOUT]
    picture = parsed(site / "scale.html").select_one("main img")
    assert picture["src"].startswith("data:image/png") and picture["alt"]


@pytest.mark.parametrize("target", ["missing.md", "data.csv"])
def test_a_document_that_leads_to_no_page_is_an_error(tmp_path, target):
    (tmp_path / "data.csv").touch()
    (tmp_path / "a.md").write_text(f"# A\n\n[there]({target})")
    with pytest.raises(SiteError, match=target):
        document("a", tmp_path)


# Errors


@pytest.mark.parametrize("kind", ["chapter", "slides"])
@pytest.mark.parametrize(
    "text, complaint",
    [
        (r"$\beta \nosuchthing$", r"nosuchthing"),
        ("$$\\frac{1$$", r"\\frac{1"),
        ("![a ravine](ravine.png)", "would fetch 'ravine.png' for a <img>"),
        ('<script src="https://example.org/x.js"></script>', "example.org"),
    ],
)
def test_a_page_that_cannot_be_whole_is_not_written(kind, text, complaint, tmp_path):
    old = tmp_path / f"{kind}.html"
    old.write_text("an older page")
    with pytest.raises(SiteError) as error:
        write_page(kind, new_notebook(cells=[new_markdown_cell(f"# A\n\n{text} **!**")]), tmp_path)
    assert complaint in str(error.value)
    assert old.read_text() == "an older page" and list(tmp_path.iterdir()) == [old]


def test_a_cell_that_fails_is_named(course_of):
    course = course_of(new_code_cell("1 + 1"), new_code_cell("1 / 0", id="breaks"))
    with pytest.raises(SiteError, match=r"07_optimizers.ipynb does not run, cell 'breaks': ZeroDivisionError"):
        run_lesson(course)


def test_a_region_that_does_not_end_is_an_error(course_of):
    with pytest.raises(SiteError, match="not in order"):
        run_lesson(course_of(new_code_cell("### BEGIN HIDDEN TESTS\nassert True", metadata=TEST)))


def test_the_command_says_what_is_wrong_in_a_line(tmp_path):
    (tmp_path / "site").write_text("a file where the folder should be")
    program = (
        "import nbs_export.site.lesson as l, nbformat; l.run_lesson = lambda: nbformat.v4.new_notebook();"
        "from nbs_export.__main__ import app; app()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "chapter", str(tmp_path / "site")],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "error: " in done.stderr and "Traceback" not in done.stderr


# What is folded away


def test_a_solution_is_folded_away_and_its_frame_is_not():
    source = "def f():\n    '''Doc.'''\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n\nx = 2"
    assert parts(new_code_cell(source, metadata=SOLUTION)) == [
        Part("def f():\n    '''Doc.'''"),
        Part("    return 1", "One solution", "f"),
        Part("\nx = 2"),
    ]


def test_a_solution_is_named_by_the_method_in_which_it_stands():
    source = (
        "class A:\n    def f(self):\n        ### BEGIN SOLUTION\n        return 1\n        ### END SOLUTION\n\n"
        "    def g(self):\n        ### BEGIN SOLUTION\n        return 2\n        ### END SOLUTION"
    )
    cell = new_code_cell(source, metadata={**SOLUTION, "section": "Part 1"})
    assert [part.name for part in parts(cell) if part.summary] == ["A.f", "A.g"]
    cell.source = "x = None\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION"
    assert [part.name for part in parts(cell) if part.summary] == ["Part 1"]


def test_an_answer_without_markers_and_a_test_are_folded_away_whole():
    assert parts(new_code_cell("answer = 3", metadata=SOLUTION)) == [Part("answer = 3", "One answer")]
    assert parts(new_code_cell("assert f() == 1", metadata=TEST)) == [Part("assert f() == 1", "The check", "b")]
    assert parts(new_code_cell("x = 1")) == [Part("x = 1")]
    assert parts(new_code_cell("#| default_exp core.optimizers")) == []


def test_a_written_answer_is_folded_away_and_not_on_a_slide(tmp_path):
    nb = new_notebook(cells=[new_markdown_cell("# Q"), new_markdown_cell("Because **it is**.", metadata=SOLUTION)])
    page = BeautifulSoup(write_page("chapter", nb, tmp_path).read_text(), features="html.parser")
    assert page.select_one("main details.answer").get_text(" ", strip=True) == "One answer: Q Because it is ."
    assert "Because" not in write_page("slides", nb, tmp_path).read_text()


def test_the_marking_below_a_model_answer_is_gone():
    source = "**Your answer:**\n\n### BEGIN SOLUTION\nIt is.\n\n**Marking.** 1 point.\n\nMore.\n### END SOLUTION"
    nb = without_grading(new_notebook(cells=[new_markdown_cell(source, metadata=SOLUTION)]))
    assert parts(nb.cells[0]) == [Part("**Your answer:**\n"), Part("It is.", "One answer")]


def test_the_markers_of_an_answer_are_no_section(tmp_path):
    source = "**Your answer:**\n\n### BEGIN SOLUTION\nIt is.\n### END SOLUTION"
    nb = new_notebook(cells=[new_markdown_cell("# Q"), new_markdown_cell(source, metadata=SOLUTION)])
    page = BeautifulSoup(write_page("chapter", nb, tmp_path).read_text(), features="html.parser")
    assert page.select_one("main details.answer summary").get_text(" ", strip=True) == "One answer: Q"


# Outputs


def test_an_animation_needs_no_icons_from_elsewhere(moving_site):
    for page in ("chapter", "slides"):
        soup = parsed(moving_site / f"{page}.html")
        assert soup.select(".animation img") and not soup.select("link")


def test_a_slider_becomes_its_setting_and_its_picture(moving_site):
    for page in ("chapter", "slides"):
        soup = parsed(moving_site / f"{page}.html")
        pictures = [picture["alt"] for picture in soup.select("img.picture")]
        assert pictures == ["Plot: A slider", "An empty chart, for <this> test"]
        settings = [setting.get_text() for setting in soup.select(".controls li")]
        assert settings == (["beta = 0.9"] if page == "chapter" else [])  # nobody can move it on a slide


def test_formulas_are_mathml():
    assert mathml(r"\beta_1^t").startswith("<math>")
    assert 'display="block"' in mathml(r"\begin{aligned} a &= b \\ c &= d \end{aligned}", display=True)
