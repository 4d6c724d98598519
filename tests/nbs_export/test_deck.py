"""The rules by which a lesson becomes slides."""

import base64
import io
import re

import pytest
from bs4 import BeautifulSoup
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from nbs_export import REPOSITORY, figures
from nbs_export.site.deck import deck
from nbs_export.site.lesson import LESSON
from nbs_export.site.paths import TEMPLATES
from nbs_export.site.slide import FULL, for_slide
from nbs_export.site.slide_text import asked, beginning, blocks, cut, lines, sentences
from nbs_export.site.tasks import tasks

SOLUTION = {"nbgrader": {"solution": True, "grade": False, "grade_id": "a"}}
TEST = {"nbgrader": {"solution": False, "grade": True, "grade_id": "b", "points": 1}}
GIVEN = {"nbgrader": {"solution": False, "grade": False, "locked": True, "grade_id": "c"}}
LONG = "These words are here to fill a line of a slide, and there are enough of them for more than one. " * 2


def slides_of(*cells):
    """The deck's slides, each as the texts on it; what the speaker says is set apart by a leading '~'."""
    slides = []
    for cell in [cell for slide in deck(new_notebook(cells=list(cells))) for cell in slide.finished()]:
        kind = cell.metadata.slideshow.slide_type
        if kind == "slide":
            slides.append([])
        if cell.cell_type == "markdown":
            text = re.sub(r'<div class="above">\n\n(.*)\n\n</div>', r"(\1)", cell.source)
        else:
            soup = BeautifulSoup(cell.outputs[0].data["text/html"], features="html.parser")
            text = "picture" if soup.img else "\n".join(line.get_text() for line in soup.select("pre"))
        slides[-1].append("~" + text if kind == "notes" else text)
    return slides


def texts_of(*cells):
    """The same without what the speaker says."""
    return [[text for text in slide if not text.startswith("~")] for slide in slides_of(*cells)]


def picture(**attributes):
    return new_output("display_data", {"text/html": '<img src="data:," alt="A">'}, **attributes)


def shows(*outputs):
    return new_code_cell("plot()", outputs=list(outputs))


def printed(text):
    return new_output("stream", text=text)


def test_headings_start_slides_one_after_the_other_and_prose_is_spoken():
    text = f"# A\n\nPlain words. A **bold** word.\n\n## B\n\n- one\n- two\n\nMore.\n\n### C\n\nPlain. {LONG * 9}"
    assert slides_of(new_markdown_cell(text)) == [
        ["# A", "Plain words. A **bold** word.", "~Plain words. A **bold** word."],
        ["## B", "- one\n- two", "More.", "~More."],
    ]


def test_a_slide_is_never_empty():
    assert texts_of(new_markdown_cell("# A\n\n## B\n\nOne plain word.\n\n### C")) == [["## B", "One plain word."]]


def test_a_paragraph_is_shown_whole_or_from_its_beginning():
    text = "One slope may not be enough. An **optimizer** decides that."
    assert texts_of(new_markdown_cell(f"# A\n\n{text}")) == [["# A", text]]
    assert beginning("One. Two is longer. Three.", 1.4) == "One. Two is longer. Three."
    assert beginning(f"One. {'Two ' * 30}.", 1.4) == "One."
    assert beginning("word " * 50, 1.4) == ""


def test_a_question_comes_with_what_is_said_before_it():
    filling = " ".join([LONG] * 6)
    text = f"### Q\n\nA step takes 1.2 times as long.\n\n- `q`: how many times?\n\n{filling}"
    assert texts_of(new_markdown_cell(text))[0][:3] == [
        "### Q",
        "A step takes 1.2 times as long.",
        "- `q`: how many times?",
    ]
    text = f"### Q\n\n{filling}\n\nFive weights.\n\n**Predict.** How far?"
    assert texts_of(new_markdown_cell(text)) == [["### Q", "Five weights.", "**Predict.** How far?"]]


def test_what_leads_to_a_list_is_on_its_slide_and_on_those_it_goes_on_on():
    rules = "\n".join(f"- Rule {i}. {LONG}" for i in range(12))
    slides = texts_of(new_markdown_cell(f"## A\n\nThese rules hold:\n\n{rules}"))
    assert len(slides) > 1
    for slide in slides:
        assert slide[:2] == ["## A", "These rules hold:"] and sum(map(lines, slide[1:])) <= FULL
    assert "\n".join(slide[2] for slide in slides) == rules


def test_a_table_that_is_cut_keeps_its_head():
    table = "| a | b |\n|---|---|\n" + "\n".join(f"| {i} | x |" for i in range(20))
    parts = cut(table, 12)
    assert len(parts) > 1 and all(part.startswith("| a | b |\n|---|---|\n| ") for part in parts)
    assert sum(part.count("\n") - 1 for part in parts) == 20


def test_a_picture_has_a_slide_with_the_question_and_what_is_said_of_it():
    cells = [
        new_markdown_cell("## Q\n\n**Predict.** How far?"),
        shows(picture()),
        new_markdown_cell("Far.\n\n**Keep.** It."),
    ]
    assert slides_of(*cells) == [
        ["## Q", "**Predict.** How far?", "~**Predict.** How far?"],
        ["## Q", "(How far?)", "picture", "Far.", "**Keep.** It.", "~Far.\n\n**Keep.** It."],
    ]


def test_what_is_too_long_for_a_picture_has_a_slide_with_the_question():
    said = f"**The surprise.** {LONG.replace('. ', ', ') * 3}."
    cells = [new_markdown_cell("## Q\n\nHow far?"), shows(picture()), new_markdown_cell(f"{said}\n\n**Keep.** It.")]
    assert texts_of(*cells)[1:] == [["## Q", "(How far?)", "picture"], ["## Q", "(How far?)", said, "**Keep.** It."]]


def test_of_several_pictures_none_has_the_text():
    cells = [new_markdown_cell("## Q\n\nHow far?"), shows(picture(), picture()), new_markdown_cell("**Keep.** It.")]
    assert texts_of(*cells)[1:] == [["## Q", "(How far?)", "picture"]] * 2 + [["## Q", "(How far?)", "**Keep.** It."]]


def test_what_is_printed_does_not_answer_the_question_before_it():
    question = new_markdown_cell("# A\n\nHow far?")
    assert texts_of(question, shows(printed("far"))) == [["# A", "How far?"], ["# A", "(How far?)", "far"]]
    assert texts_of(question, shows(printed("a\nb"), picture())) == [
        ["# A", "How far?"],
        ["# A", "(How far?)", "picture", "a\nb"],
    ]
    said = new_markdown_cell("So far. **Keep.** It.")
    assert texts_of(question, shows(printed("a\nb\nc"), picture()), said) == [
        ["# A", "How far?"],
        ["# A", "(How far?)", "picture"],
        ["# A", "(How far?)", "a\nb\nc", "So far. **Keep.** It."],
    ]


def test_a_text_about_what_only_the_picture_shows_stays_with_it():
    cells = [new_markdown_cell("# A\n\nHow far?"), shows(printed("a\nb\nc"), picture())]
    assert texts_of(*cells, new_markdown_cell("Look at the right panel."))[1:] == [
        ["# A", "(How far?)", "a\nb\nc"],
        ["# A", "(How far?)", "picture", "Look at the right panel."],
    ]
    said = new_markdown_cell("So far. That is the dashed line. It is near.")
    assert texts_of(cells[0], shows(picture(), picture()), said)[-1] == ["# A", "(How far?)", "So far."]


def test_what_leads_to_an_output_is_above_it_or_nowhere():
    cells = [new_markdown_cell("# A\n\n- One."), shows(picture()), new_markdown_cell("So it is.\n\nNow the other:")]
    assert texts_of(*cells, shows(picture()))[-1] == ["# A", "(Now the other:)", "picture"]
    seen = [["# A", "- One."], ["# A", "picture", "So it is."]]
    assert texts_of(*cells, new_markdown_cell("# B\n\n**c**")) == [*seen, ["# B", "**c**"]]
    controls = new_output("display_data", {"text/html": '<div class="controls">beta = 0.9</div>'})
    assert texts_of(*cells, shows(picture(), controls)) == seen, "a picture to play with"
    assert texts_of(cells[0], shows(picture(), controls)) == [["# A", "- One."], ["# A", "picture"]]


def test_a_short_text_before_a_picture_is_on_its_slide():
    assert texts_of(new_markdown_cell("# A\n\nA **row** of digits."), shows(picture())) == [
        ["# A", "(A **row** of digits.)", "picture"]
    ]
    assert texts_of(new_markdown_cell("# A\n\nOne.\n\nTwo."), new_code_cell("x = 1")) == [["# A", "One.", "Two."]]


@pytest.mark.parametrize(("height", "together"), [(4.5, True), (6, False)])
def test_a_tall_picture_is_not_made_low_for_the_sake_of_a_text_about_it(height, together):
    figure = Figure(figsize=(10, height))
    figure.subplots().plot([1, 2])
    tall = picture()
    tall.data |= figures.enclosed(figure)
    text = "**The surprise.** " + "It is so. " * 20 + "\n\n**Keep.** Look at it."
    question = new_markdown_cell("# A\n\n**Predict.** Which?")
    slides = texts_of(question, shows(tall), new_markdown_cell(text.replace("It is so", "So is the picture", 1)))
    assert ("picture" in slides[-1]) == together


def test_after_a_task_nothing_is_shown_until_a_heading_or_a_picture():
    task = "class A:\n def f(self):\n  '''Do it.'''\n  ### BEGIN SOLUTION\n  pass\n  ### END SOLUTION"
    cells = [
        new_markdown_cell("## Q\n\n**b**"),
        new_code_cell(task, metadata=SOLUTION),
        new_markdown_cell("**Check:** it."),
    ]
    cells += [new_code_cell("f()", metadata=TEST, outputs=[printed("a\nb")]), shows(printed("a\nb"))]
    cells += [shows(picture())]
    assert texts_of(*cells) == [["## Q", "**b**", "**Your turn.**", "- `A.f`: Do it."], ["## Q", "picture"]]


def test_a_task_with_hints_has_a_slide_of_its_own():
    task = (
        "class A:\n    '''About A.\n\n    Hints\n    -----\n    1. Think of ``b``,\n       and wait.\n    2. Go on.\n\n"
        "    Examples\n    --------\n    >>> A()\n    '''\n\n    def f(self):\n        '''Do it.'''\n"
        "        ### BEGIN SOLUTION\n        pass\n        ### END SOLUTION"
    )
    assert tasks(task) == (["A"], ["- `A.f`: Do it."], ["1. Think of `b`, and wait.", "2. Go on."])
    assert texts_of(new_markdown_cell("## Q\n\n**b**"), new_code_cell(task, metadata=SOLUTION))[1:] == [
        ["### Your turn: A", "- `A.f`: Do it.", "**Hints**", "1. Think of `b`, and wait.\n2. Go on."]
    ]


def test_only_functions_with_a_solution_are_to_write():
    source = (
        "class A:\n    def f(self):\n        pass\n    def g(self):\n        '''G it.\n\n        More.'''\n"
        "        ### BEGIN SOLUTION\n        pass\n        ### END SOLUTION\n\nanswer = 1"
    )
    assert tasks(source)[1] == ["- `A.g`: G it."]
    assert tasks("answer = 1")[1] == []


def test_what_is_between_a_student_and_the_notebook_is_on_no_slide():
    cells = [
        new_markdown_cell("# A\n\n**b**"),
        new_markdown_cell("**When it fails**, this is why:\n\n| a |\n|---|\n| b |"),
    ]
    cells += [new_markdown_cell("**Check:** steps."), new_code_cell("assert f()", metadata=TEST)]
    cells += [
        new_markdown_cell("**A mistake?** Ask."),
        new_code_cell("diagnose(A)", outputs=[printed("Note: x\ny\nz")]),
    ]
    cells += [new_markdown_cell("### Given\n\nSome **chores**."), new_code_cell("x = 1", metadata=GIVEN)]
    cells += [new_markdown_cell("Its **source** is there.")]
    cells += [
        new_markdown_cell("## Export\n\nSave it **first**."),
        new_code_cell("export_lesson('a')", outputs=[printed("Note: x")]),
    ]
    assert texts_of(*cells) == [["# A", "**b**"]]


def test_sentences_about_cells_are_left_to_the_notebook():
    text = "It is fast. The next cell measures it, **now**. It is done."
    assert texts_of(new_markdown_cell(f"# A\n\n{text}")) == [["# A", "It is fast."]]


def test_a_cell_can_be_kept_off_the_slides_and_its_section_with_it():
    skip = {"slideshow": {"slide_type": "skip"}}
    cells = [new_markdown_cell("# A\n\n**b**"), new_markdown_cell("**c**", metadata=skip), new_markdown_cell("**d**")]
    assert texts_of(*cells) == [["# A", "**b**", "**d**"]]
    cells[1] = new_markdown_cell("## C\n\n**c**", metadata=skip)
    assert texts_of(*cells, new_markdown_cell("## E\n\n**e**")) == [["# A", "**b**"], ["## E", "**e**"]]


def test_what_is_too_tall_goes_on_under_the_same_heading():
    items = "\n\n".join(f"**word {i}**" for i in range(2 * int(FULL)))
    slides = texts_of(new_markdown_cell(f"# A\n\n{items}"))
    assert len(slides) > 2 and all(slide[0] == "# A" and sum(map(lines, slide[1:])) <= FULL for slide in slides)


def test_blocks_keep_code_and_formulas_whole():
    text = "# A\nword\nword\n\n```python\n# no heading\n\nx\n```\n$$a\n\nb$$\n\n- i\n- j"
    assert blocks(text) == ["# A", "word\nword", "```python\n# no heading\n\nx\n```\n$$a\n\nb$$", "- i\n- j"]


def test_a_heading_run_into_its_paragraph_is_not_alone():
    assert sentences("**Keep.** One line. Another.") == ["**Keep.** One line.", "Another."]


def test_sentences_are_not_cut_in_bold_code_or_formulas():
    assert sentences("A, e.g. B. **C. D.** E `f. g` $h. i$ j? K") == [
        "A, e.g. B.",
        "**C. D.**",
        "E `f. g` $h. i$ j?",
        "K",
    ]


def test_a_question_is_repeated_without_its_heading_and_in_short_if_it_is_long():
    assert asked("**Predict.** It is 0.1. How far? (In steps.)") == "It is 0.1. How far?"
    assert asked(f"**Predict.** {LONG} {LONG} How far? And why?") == "How far? And why?"


# Figures


def drawn(figure, height):
    output = new_output(
        "display_data", {"text/html": '<img src="data:," alt="A &lt;b&gt;">', **figures.enclosed(figure)}
    )
    return BeautifulSoup(for_slide(output, height), features="html.parser").img


@pytest.fixture
def sizes(monkeypatch):
    """The sizes of type with which figures have been drawn, in pixels of a slide."""
    seen = []
    fit = figures.fit

    def watch(figure):
        fit(figure)
        seen.extend(t.get_fontsize() * figures.DOTS / 72 for t in figure.findobj(Text) if t.get_text().strip())

    monkeypatch.setattr(figures, "fit", watch)
    return seen


def test_a_figure_is_drawn_anew_for_its_slide(sizes):
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot([1, 2], label="β = 0.9")
    left.set_title("A title that is far too long for half a slide, and has to go on in a second line")
    right.text(0.5, 0.5, "small", fontsize=6)
    image = drawn(figure, 330)
    assert image["alt"] == "A <b>" and (image["width"], image["height"]) == ("1136", "330")
    png = Image.open(io.BytesIO(base64.b64decode(image["src"].partition(",")[2])))
    assert png.size == (1704, 495)
    assert len(sizes) > 10 and min(sizes) >= 20
    assert "\n" not in left.get_title() and left.get_title().startswith("A title"), "the figure itself is as it was"


class Draws:
    """A picture that draws its figure and does not keep it."""

    def __init__(self, fig, alt):
        self.alt = alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": f"<img alt='{self.alt}' src='data:,'>"}


def test_a_picture_shows_its_figure_too_whether_or_not_it_keeps_it(sizes):
    figure = Figure(figsize=(10, 4))
    (line,) = figure.subplots().plot([1, 2])
    line.set_animated(True)  # as where a slider moves it
    figures.keep_figures(Draws)
    data = Draws(figure, "A line")._repr_mimebundle_()
    assert data["text/html"] == "<img alt='A line' src='data:,'>" and data[figures.MIME]["shape"] == 0.4
    image = BeautifulSoup(for_slide(new_output("display_data", data), 330), features="html.parser").img
    png = Image.open(io.BytesIO(base64.b64decode(image["src"].partition(",")[2]))).convert("RGB")
    assert (31, 119, 180) in {color for _, color in png.getcolors(10_000)}, "the line, in matplotlib's first color"


def test_titles_and_legends_of_a_slides_figure_fit_it():
    figure = Figure(figsize=(8, 4), layout="constrained")
    ax = figure.subplots()
    for i in range(5):
        ax.plot([i], label=f"a run with a long name, number {i}")
    ax.set_ylabel("a label that is far longer than the axis beside which it stands")
    figure.legend(loc="outside lower center", ncols=5)
    figure.set_size_inches(figures.WIDTH / figures.DOTS, 3.3)
    for text in figure.findobj(Text):
        text.set_fontsize(figures.SMALLEST)
    figures.fit(figure)
    figure.draw_without_rendering()
    assert figure.legends[0].get_window_extent().width <= figure.bbox.width
    assert "\n" in ax.get_ylabel() and ax.yaxis.label.get_window_extent().height <= 1.2 * ax.bbox.height


def test_figures_of_the_documents_have_the_look_of_the_pages():
    with figures.page_look():
        figure = Figure()
        ax = figure.subplots()
    assert to_hex(figure.get_facecolor()) == figures.PAPER and ax.title.get_fontfamily() == figures.FAMILIES
    assert not ax.spines["top"].get_visible()
    css = (TEMPLATES / "shared" / "page.css").read_text()
    for color in (figures.PAPER, figures.INK, figures.FAINT, figures.LINE):
        assert f"light-dark({color}," in css


def test_the_metadata_of_slides_survives_cleaning():
    for path in ("pyproject.toml", "nbs_export/student/pyproject.toml"):
        assert '"slideshow"' in (REPOSITORY / path).read_text()
    assert (REPOSITORY / LESSON).exists()
