"""Notebooks that some tool has saved in a form of its own: what JupyterLab opens, or what is certain, is graded."""

import copy
import json
import warnings

import nbformat
import pytest

from grading.autograde.class_grader import autograde_class
from grading.course.course import Course
from grading.course.lesson import grade_id
from grading.course.reader import NotGradable, parse_submission, without_excess
from grading.course.sample import generate
from grading.course.strict_notebook import MOST_ATTACHED, MOST_PICTURES, strict_notebook
from tests.course07 import ASSIGNMENT, fill_in, lesson


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("course"), ASSIGNMENT)
    generate(course)
    return course


@pytest.fixture(scope="module")
def sound(course):
    released = nbformat.read(course.notebook("release", "."), as_version=4)
    data = json.loads(nbformat.writes(fill_in(released)))
    for cell in data["cells"]:
        cell["source"] = "".join(cell["source"])
    return data


@pytest.fixture
def data(sound):
    return copy.deepcopy(sound)


def cell(data, name):
    return next(c for c in data["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == name)


SLIPS = {}


def slip(change):
    """Decorator: registers a change to a notebook, as JSON has it, that costs nothing."""
    SLIPS[change.__name__.replace("_", "-")] = change
    return change


def each(kind, **keys):
    """A change to each cell of a kind."""

    def change(data):
        for c in data["cells"]:
            if c["cell_type"] == kind:
                c.update(keys)

    return change


SLIPS |= {
    "markdown-with-outputs": each("markdown", outputs=[], execution_count=None),
    "code-with-attachments": each("code", attachments={}),
    "outputs-null": each("code", outputs=None),
    "outputs-text": each("code", outputs="none", execution_count="[*]"),
    "attachments-null": each("markdown", attachments=None),
    "attachments-a-list": each("markdown", attachments=["a.png"]),
    "minor-null": lambda data: data.update(nbformat_minor=None),
    "minor-4-with-ids": lambda data: data.update(nbformat_minor=4),
    "minor-0-with-ids": lambda data: data.update(nbformat_minor=0),
    "minor-6": lambda data: data.update(nbformat_minor=6, new_in_4_6={"a": 1}),
    "minor-a-text": lambda data: data.update(nbformat_minor="5"),
    "format-a-text": lambda data: data.update(nbformat="4"),
    "format-4.0-as-a-number": lambda data: data.update(nbformat=4.0),
    "format-missing": lambda data: data.pop("nbformat"),
    "format-5": lambda data: data.update(nbformat=5, nbformat_minor=0),
    "metadata-missing": lambda data: data.pop("metadata"),
    "metadata-a-list": lambda data: data.update(metadata=[]),
    "kernelspec-empty": lambda data: data["metadata"].update(kernelspec={}),
    "kernelspec-null": lambda data: data["metadata"].update(kernelspec=None),
    "kernelspec-without-display-name": lambda data: data["metadata"].update(kernelspec={"name": "venv"}),
    "kernelspec-of-numbers": lambda data: data["metadata"].update(kernelspec={"name": 3, "display_name": [1]}),
    "language-info-without-name": lambda data: data["metadata"].update(language_info={"version": "3.12.1"}),
    "language-info-a-text": lambda data: data["metadata"].update(language_info="python"),
    "authors-a-text": lambda data: data["metadata"].update(authors="Ada", title=7, orig_nbformat="2"),
    "unknown-key-at-the-top": lambda data: data.update(extra={}),
    "cells-that-are-none": lambda data: data["cells"].extend([None, "text", 7, [], {}]),
    "nan": lambda data: data["metadata"].update(score=float("nan")),
}


@slip
def odd_tags(data):
    for c, tags in zip(data["cells"], ["hide", [1, None], {"a": 1}, None, 7, ["a", "a"]], strict=False):
        c["metadata"]["tags"] = tags


@slip
def odd_ids(data):
    for c, name in zip(data["cells"], ["my note", "", 7, None, ["a"], "é", "x" * 65, "a\ud800"], strict=False):
        c["id"] = name


@slip
def some_ids_missing(data):
    for c in data["cells"][::2]:
        del c["id"]


@slip
def ids_twice(data):
    for c in data["cells"]:
        c["id"] = "the-same"


@slip
def known_metadata_of_other_types(data):
    for c in data["cells"]:
        odd = {"collapsed": "true", "scrolled": 3, "deletable": None, "editable": "no", "name": "", "format": 1}
        c["metadata"].update(odd, jupyter="hidden", execution=[1])


@slip
def sources_as_lists(data):
    for c in data["cells"]:
        c["source"] = c["source"].splitlines(keepends=True)


@slip
def windows_line_ends(data):
    for c in data["cells"]:
        c["source"] = c["source"].replace("\n", "\r\n")


@slip
def odd_outputs(data):
    cell(data, "sgd")["outputs"] = [
        {"output_type": "display_data", "data": {"text/plain": "1"}},
        {"output_type": "stream", "text": "1"},
        {"output_type": "error", "ename": "KeyboardInterrupt", "evalue": ""},
        {"output_type": "execute_result", "data": {"text/plain": 1}, "execution_count": "x"},
        {},
        None,
        {"output_type": "stream", "name": "stdout", "text": "half a character: \ud83d"},
    ]


@slip
def deep_metadata(data):
    inner = []
    for _ in range(400):
        inner = [inner]
    data["cells"][0]["metadata"]["widget"] = inner


def meaning(nb):
    """What grading reads of a notebook: sources and roles, of the cells that have one."""
    return {grade_id(c): (c.cell_type, c.source) for c in nb.cells if grade_id(c)}


def read(data):
    """A notebook as our commands read it, and as nbgrader reads it after our plugin."""
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = parse_submission("x.ipynb", data, lesson())
        theirs = nbformat.reads(without_excess("x.ipynb", data).decode(), as_version=4)
        nbformat.validate(ours)
    return ours, theirs


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_that_grading_does_not_need_costs_nothing(data, sound, name):
    SLIPS[name](data)
    expected = meaning(strict_notebook(sound))
    ours, theirs = read(data)
    assert meaning(ours) == meaning(theirs) == expected
    assert len({c.id for c in ours.cells}) == len(ours.cells)


def test_each_change_is_a_slip(sound):
    """Half of them nbformat refuses outright; without that these tests would say nothing."""
    refused = 0
    for change in SLIPS.values():
        data = copy.deepcopy(sound)
        change(data)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                nbformat.validator.validate(nbformat.reads(json.dumps(data), as_version=4))
        except Exception:  # noqa: BLE001 - whatever it says
            refused += 1
    assert refused > len(SLIPS) / 2


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("utf-16-be"),
        lambda text: text.encode("utf-32"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.encode() + b"\0" * 512,
        lambda text: text.encode() + b"\r\n\x1a",
        lambda text: text.replace("\n ]", ",\n ]").replace("\n}", ",\n}").encode(),
    ],
)
def test_an_encoding_or_padding_costs_nothing(sound, encode):
    data = encode(json.dumps(sound, ensure_ascii=False, indent=1))
    ours, theirs = read(data)
    assert meaning(ours) == meaning(theirs) == meaning(strict_notebook(sound))


def test_text_that_is_not_in_utf_8_costs_its_odd_characters(data):
    cell(data, "q1-answer")["source"] = "Le moment, c'est la vélocité"
    ours, _ = read(json.dumps(data, ensure_ascii=False).encode("latin-1", errors="replace"))
    assert meaning(ours)["q1-answer"][1] == "Le moment, c'est la v\ufffdlocit\ufffd"


@pytest.mark.parametrize("source", [None, 7, [1, None], {"a": 1}, ["x", ["y"]]])
def test_a_source_that_is_no_text_costs_its_cell(data, sound, source):
    cell(data, "sgd")["source"] = source
    ours, _ = read(data)
    expected = meaning(strict_notebook(sound))
    assert meaning(ours) == expected | {"sgd": ("code", "")}


def test_a_cell_of_an_unknown_type_keeps_its_text_and_runs_nothing(data):
    cell(data, "sgd")["cell_type"] = "code "
    data["cells"].insert(0, {"cell_type": ["code"], "metadata": {}, "source": "1 / 0"})
    ours, _ = read(data)
    assert meaning(ours)["sgd"][0] == "raw" and "class SGD" in meaning(ours)["sgd"][1]
    assert (ours.cells[0].cell_type, ours.cells[0].source) == ("raw", "1 / 0")


def test_half_a_character_becomes_a_question_mark(data):
    cell(data, "q1-answer")["source"] = "so \ud83d it is"
    ours, _ = read(data)
    assert meaning(ours)["q1-answer"][1] == "so ? it is"


def test_worksheets_with_slips_are_read(sound):
    cells = [
        {"cell_type": "code", "input": c["source"], "metadata": c["metadata"]} if c["cell_type"] == "code" else c
        for c in sound["cells"]
    ]
    cells.insert(0, {"cell_type": "heading", "level": 2, "source": ["Optimizers"]})
    ours, _ = read({"nbformat": 3, "worksheets": [None, {"cells": cells[:50]}, {}, {"cells": cells[50:]}]})
    assert ours.cells[0].source == "## Optimizers"
    assert meaning(ours) == meaning(strict_notebook(sound))


def test_all_pictures_together_have_a_size(data):
    large = "A" * (MOST_ATTACHED // 2 - 100)
    for number in range(3):
        picture = {"image/png": large, "text/html": "<script>", "image/jpeg": 7}
        data["cells"].append({"cell_type": "markdown", "source": "", "attachments": {f"{number}.png": picture}})
    ours, _ = read(data)
    assert [list(c.attachments) for c in ours.cells[-3:]] == [["0.png"], ["1.png"], []]
    assert list(ours.cells[-3].attachments["0.png"]) == ["image/png"]


def test_a_cell_has_no_more_pictures_than_it_can_show(data):
    many = {f"{number}.png": {"image/png": "AAAA"} for number in range(MOST_PICTURES + 1)}
    data["cells"].append({"cell_type": "markdown", "source": "", "attachments": many})
    ours, _ = read(data)
    assert len(ours.cells[-1].attachments) == MOST_PICTURES


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"null", "it has no list of cells"),
        (b"[]", "it has no list of cells"),
        (b'{"cells": {"a": 1}}', "it has no list of cells"),
        (b'{"nbformat": 4, "worksheets": null}', "it has no list of cells"),
        (b'{"cells": [], "nbformat": 99}', "its format is newer than 4"),
        (b'{"cells": [{"cell_type": "code", "content": "x"}], "nbformat": 5}', "its format is newer than 4"),
        (b'{"worksheets": [{"cells": [{}]}], "nbformat": 5}', "its format is newer than 4"),
        (b'{"cells": [}', "line 1 is not as Jupyter writes it"),
        (b'{"cells": []} {"cells": []}', "line 1 is not as Jupyter writes it"),
        (b'{"cells":\n[' + b"[" * 100_000, "its data are nested too deeply"),
        (b"\xff\xfe\x00", "is not as Jupyter writes it"),
        (b'{"a": ' + b"9" * 5000 + b"}", "it holds what cannot be read"),
    ],
)
def test_a_refusal_says_what_to_do_in_one_line(data, says):
    with pytest.raises(NotGradable) as raised:
        parse_submission("x.ipynb", data, lesson())
    assert says in raised.value.reason and len(raised.value.reason.splitlines()) == 1
    assert "open it in JupyterLab, save it there and hand it in again" in raised.value.reason


def test_many_slips_at_once_get_the_grade_of_the_sound_one(course, data, sound):
    alone = ("format-5", "windows-line-ends", "metadata-missing")  # with others they are none, or cannot be made
    last = ("metadata-a-list", "cells-that-are-none")
    for name in [*(name for name in SLIPS if name not in alone + last), *last]:
        SLIPS[name](data)
    for student, handed_in in {"sound": sound, "sloppy": data}.items():
        path = course.notebook("submitted", student)
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(handed_in), encoding="utf-8")
    assert [outcome.problem for outcome in autograde_class(course, feedback=False)] == ["", ""]
    with course.gradebook() as gradebook:
        scores = {name: gradebook.find_submission(ASSIGNMENT, name).score for name in ("sound", "sloppy")}
    assert scores == {"sound": 90.0, "sloppy": 90.0}
