"""The chapter and the slides: what is in them, and what is not."""

import re
import subprocess
import sys

import pytest
from bs4 import BeautifulSoup
from lesson_secrets import KINDS, secret_lines
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from nbs_export import REPOSITORY
from nbs_export.site import FURTHER, TITLES, SiteError, write_index, write_page
from nbs_export.site.deck import CAPACITY, blocks, deck, sentences, to_write
from nbs_export.site.folds import Part, parts
from nbs_export.site.formulas import mathml
from nbs_export.site.lesson import LESSON, run_lesson, without_grading

SOLUTION = {"nbgrader": {"solution": True, "grade": False, "grade_id": "a"}}
TEST = {"nbgrader": {"solution": False, "grade": True, "grade_id": "b", "points": 1}}


def text_of(page):
    """All the text of a page, whatever is folded away or said by the speaker; and its source, for what is no text."""
    source = page.read_text()
    return BeautifulSoup(source, features="html.parser").get_text() + source


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
    pictures = BeautifulSoup((site / f"{page}.html").read_text(), features="html.parser").select("img")
    assert len(pictures) > 5
    for picture in pictures:
        assert len(picture["alt"]) > 8 and "No description" not in picture["alt"]


def test_the_lesson_runs_in_a_copy(course_of):
    course = course_of(new_code_cell("from pathlib import Path\nPath('left.txt').write_text('x')\nPath.cwd().name"))
    before = sorted(course.rglob("*"))
    assert run_lesson(course).cells[0].outputs[0].data["text/plain"] == "'07_optimizers'"
    assert sorted(course.rglob("*")) == before


def test_the_index_leads_to_the_pages_that_are_there(tmp_path):
    (tmp_path / "slides.html").write_text("")
    links = BeautifulSoup(write_index(tmp_path).read_text(), features="html.parser").select("a")
    assert [link["href"] for link in links] == ["slides.html"]
    (tmp_path / "chapter.html").write_text("")
    links = BeautifulSoup(write_index(tmp_path).read_text(), features="html.parser").select("a")
    assert [link["href"] for link in links] == ["chapter.html", "slides.html"]


def test_what_comes_after_the_lesson_is_a_page_too(tmp_path):
    assert all((REPOSITORY / notebook).is_file() for notebook in FURTHER.values()) and set(FURTHER) <= set(TITLES)
    page = write_page("13_transformers", run_lesson(notebook=FURTHER["13_transformers"]), tmp_path)
    soup = BeautifulSoup(page.read_text(), features="html.parser")
    assert page.name == "13_transformers.html" and soup.title.get_text() == TITLES["13_transformers"]
    assert "TransformerBlock(8, 2, norm_first=False)" in soup.get_text() and soup.select("math")
    (link,) = BeautifulSoup(write_index(tmp_path).read_text(), features="html.parser").select("a")
    assert (link["href"], link.get_text()) == ("13_transformers.html", "Module 13: Transformers")


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
        Part("    return 1", "One solution"),
        Part("\nx = 2"),
    ]


def test_an_answer_without_markers_and_a_test_are_folded_away_whole():
    assert parts(new_code_cell("answer = 3", metadata=SOLUTION)) == [Part("answer = 3", "One answer")]
    assert parts(new_code_cell("assert f() == 1", metadata=TEST)) == [Part("assert f() == 1", "The check")]
    assert parts(new_code_cell("x = 1")) == [Part("x = 1")]
    assert parts(new_code_cell("#| default_exp core.optimizers")) == []


def test_a_written_answer_is_folded_away_and_not_on_a_slide(tmp_path):
    nb = new_notebook(cells=[new_markdown_cell("# Q"), new_markdown_cell("Because **it is**.", metadata=SOLUTION)])
    page = BeautifulSoup(write_page("chapter", nb, tmp_path).read_text(), features="html.parser")
    assert page.select_one("main details.answer").get_text(" ", strip=True) == "One answer Because it is ."
    assert "Because" not in write_page("slides", nb, tmp_path).read_text()


def test_the_marking_below_a_model_answer_is_gone():
    source = "**Your answer:**\n\n### BEGIN SOLUTION\nIt is.\n\n**Marking.** 1 point.\n\nMore.\n### END SOLUTION"
    nb = without_grading(new_notebook(cells=[new_markdown_cell(source, metadata=SOLUTION)]))
    assert parts(nb.cells[0]) == [Part("**Your answer:**\n"), Part("It is.", "One answer")]


# Outputs


def test_an_animation_needs_no_icons_from_elsewhere(moving_site):
    for page in ("chapter", "slides"):
        soup = BeautifulSoup((moving_site / f"{page}.html").read_text(), features="html.parser")
        assert soup.select(".animation img") and not soup.select("link")


def test_a_slider_becomes_its_setting_and_its_picture(moving_site):
    for page in ("chapter", "slides"):
        soup = BeautifulSoup((moving_site / f"{page}.html").read_text(), features="html.parser")
        pictures = [picture["alt"] for picture in soup.select("img.picture")]
        assert pictures == ["Plot: A slider", "An empty chart, for <this> test"]
        settings = [setting.get_text() for setting in soup.select(".controls li")]
        assert settings == (["beta = 0.9"] if page == "chapter" else [])  # nobody can move it on a slide


# Slides


def slides_of(*cells):
    """The deck's slides, each as the texts on it; notes are set apart by a leading '~'."""
    slides = []
    for cell in deck(new_notebook(cells=list(cells))).cells:
        kind = cell.metadata.slideshow.slide_type
        if kind in ("slide", "subslide"):
            slides.append([])
        text = cell.source if cell.cell_type == "markdown" else "".join(o.get("text", "picture") for o in cell.outputs)
        slides[-1].append("~" + text if kind == "notes" else text)
    return slides


def picture():
    return new_output("display_data", {"text/html": '<img src="data:,">'})


def test_headings_start_slides_and_plain_prose_is_spoken():
    text = "# A\n\nPlain words. A **bold** word.\n\n## B\n\n- one\n- two\n\nMore words.\n\n### C\n\nOnly plain words."
    assert slides_of(new_markdown_cell(text)) == [
        ["# A", "A **bold** word.", "~Plain words. A **bold** word."],
        ["## B", "- one\n- two", "~More words."],
        ["### C", "Only plain words.", "~Only plain words."],
    ]
    kinds = [cell.metadata.slideshow.slide_type for cell in deck(new_notebook(cells=[new_markdown_cell(text)])).cells]
    assert [kind for kind in kinds if "slide" in kind] == ["slide", "slide", "subslide"]


def test_a_picture_has_a_slide_and_keeps_the_line_after_it():
    cells = [new_markdown_cell("## Q\n\nHow far?"), new_code_cell("plot()", outputs=[picture()])]
    cells += [new_markdown_cell("Seen. **Keep this.**")]
    assert slides_of(*cells) == [
        ["## Q", "How far?", "~How far?"],
        ["## Q", "picture", "**Keep this.**", "~Seen. **Keep this.**"],
    ]


def test_after_a_task_nothing_is_shown_until_a_heading_or_a_picture():
    task = "class A:\n def f(self):\n  '''Do it.'''\n  ### BEGIN SOLUTION\n  pass\n  ### END SOLUTION"
    table = new_output("stream", text="a\nb\n")
    cells = [new_markdown_cell("## Q"), new_code_cell(task, metadata=SOLUTION), new_markdown_cell("**Check:** it.")]
    cells += [new_code_cell("f()", metadata=TEST, outputs=[table]), new_code_cell("ask()", outputs=[table])]
    cells += [new_code_cell("plot()", outputs=[picture(), table])]
    assert slides_of(*cells) == [["## Q"], ["### Your turn", "- `A.f`: Do it."], ["## Q", "picture", "a\nb\n"]]


def test_a_cell_can_be_kept_off_the_slides():
    skip = {"slideshow": {"slide_type": "skip"}}
    assert slides_of(new_markdown_cell("# A\n\n**b**"), new_markdown_cell("**c**", metadata=skip)) == [
        ["# A", "**b**", "~**b**"]
    ]


def test_what_is_too_tall_goes_on_under_the_same_heading():
    items = "\n\n".join(f"**word {i}**" for i in range(2 * int(CAPACITY)))
    slides = slides_of(new_markdown_cell(f"# A\n\n{items}"))
    assert len(slides) > 2 and all(slide[0] == "# A" and len(slide) <= CAPACITY + 2 for slide in slides)


def test_blocks_keep_code_and_formulas_whole():
    text = "# A\nword\nword\n\n```python\n# no heading\n\nx\n```\n$$a\n\nb$$\n\n- i\n- j"
    assert blocks(text) == ["# A", "word\nword", "```python\n# no heading\n\nx\n```\n$$a\n\nb$$", "- i\n- j"]


def test_a_heading_run_into_its_paragraph_is_not_alone():
    assert sentences("**Keep.** One line. Another.") == ["**Keep.** One line.", "Another."]


def test_what_is_printed_does_not_answer_the_question_before_it():
    cells = [new_markdown_cell("# A\n\nHow far?"), new_code_cell("f()", outputs=[new_output("stream", text="a\nb")])]
    assert slides_of(*cells) == [["# A", "How far?", "~How far?"], ["# A", "a\nb"]]
    cells[1].outputs.append(picture())
    assert slides_of(*cells) == [["# A", "How far?", "~How far?"], ["# A", "picture", "a\nb"]]


def test_sentences_are_not_cut_in_bold_code_or_formulas():
    assert sentences("A, e.g. B. **C. D.** E `f. g` $h. i$ j? K") == [
        "A, e.g. B.",
        "**C. D.**",
        "E `f. g` $h. i$ j?",
        "K",
    ]


def test_only_functions_with_a_solution_are_to_write():
    source = (
        "class A:\n    def f(self):\n        pass\n    def g(self):\n        '''G it.\n\n        More.'''\n"
        "        ### BEGIN SOLUTION\n        pass\n        ### END SOLUTION\n\nanswer = 1"
    )
    assert list(to_write(source)) == ["- `A.g`: G it."]
    assert list(to_write("answer = 1")) == []


def test_formulas_are_mathml():
    assert mathml(r"\beta_1^t").startswith("<math>")
    assert 'display="block"' in mathml(r"\begin{aligned} a &= b \\ c &= d \end{aligned}", display=True)


def test_the_metadata_of_slides_survives_cleaning():
    for path in ("pyproject.toml", "nbs_export/student/pyproject.toml"):
        assert '"slideshow"' in (REPOSITORY / path).read_text()
    assert (REPOSITORY / LESSON).exists()
