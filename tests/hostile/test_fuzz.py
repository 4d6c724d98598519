"""Whatever bytes, names and values arrive: they are read or refused, and nothing that is written is more than text.

With FUZZ_EXAMPLES=N, each test tries N inputs, drawn anew; without, a few that are always the same.
"""

import copy
import csv
import io
import json
import os
import zipfile
from types import SimpleNamespace
from unittest import mock

import nbformat
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from test_pages import Judge

from grading.course.course import Course
from grading.course.gradebook import GradebookWriter
from grading.course.reader import NotGradable, parse_submission, without_excess
from grading.course.sample import generate
from grading.course.scores import CellScore, SubmissionScores
from grading.course.submission import GradedNotebook, GradingResult
from grading.examiner.course_exam import course_exam
from grading.feedback_page.facts import facts
from grading.lms.archive import Archive, Unusable
from grading.lms.collect import collect
from grading.nbgrader_plugins import csv_export
from grading.nbgrader_plugins.csv_export import COLUMNS, CsvExport
from grading.nbgrader_plugins.html_filters import clean, clean_markdown, show_output
from grading.nbgrader_plugins.sound_notebook import sound_output
from grading.report.facts import ClassFacts
from grading.report.page import write_page
from grading.report.table import write_csv
from grading.report.told import told_by
from grading.util.errors import CourseError
from grading.util.untrusted_files import is_plain_name
from tests.course07 import ASSIGNMENT, fill_in, lesson

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", 0))


def fuzz(usually):
    """Settings: how many inputs are tried where nobody says how many."""
    return settings(
        max_examples=EXAMPLES or usually,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
ANY_TEXT = st.text(max_size=60)  # half characters, too
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4), max_leaves=12
)
MARKUP = st.lists(
    st.sampled_from(
        """
        < > </ /> " ' ` = & &lt; &#0; <!-- --> <![CDATA[ ]]> <script> </script> <style> <svg> <math> <mtext> <table>
        <a href= <img src= onerror= javascript: data: style= id= class= <p> <div> <b> <i> <pre> <textarea> <title>
        <noscript> <template> <select> <form> <input> <iframe> ``` ~~~ ** __ [ ]( ) ![ $ $$ \\( \\begin{ }
        | --- # - 1. \n \t \x00 \ud800 \ue000
        """.split(" ")
    )
    | TEXT,
    max_size=25,
).map("".join)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("fuzz"), ASSIGNMENT)
    generate(course)
    return course


@pytest.fixture(scope="module")
def sound(course):
    """A sound notebook, as JSON has it, with few cells."""
    nb = json.loads(nbformat.writes(fill_in(nbformat.read(course.notebook("release", "."), as_version=4))))
    nb["cells"] = [cell for cell in nb["cells"] if "nbgrader" in cell["metadata"]][:12]
    return nb


def places_in(data, path=()):
    """The paths to all values of JSON data."""
    yield path
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from places_in(value, (*path, key))


def changed(data, changes):
    """A copy of JSON data with other values at some places."""
    data = copy.deepcopy(data)
    for (*path, last), value in changes:
        inner = data
        try:
            for key in path:
                inner = inner[key]
            inner[last] = value
        except (KeyError, IndexError, TypeError):
            continue  # what was there is another thing by now
    return data


def changes(draw, data):
    places = [path for path in places_in(data) if path]
    return draw(st.lists(st.tuples(st.sampled_from(places), JSON), min_size=1, max_size=4))


@fuzz(60)
@given(data=st.data())
def test_a_changed_notebook_is_read_or_refused(sound, course, data):
    text = json.dumps(changed(sound, changes(data.draw, sound))).encode()
    for read in (lambda: parse_submission(course.root, text, lesson_of(course)), lambda: without_excess("x", text)):
        try:
            found = read()
        except NotGradable as error:
            assert error.reason and "\x1b" not in error.reason
        else:
            nb = found if not isinstance(found, bytes) else nbformat.from_dict(json.loads(found))
            ids = [cell.id for cell in nb.cells if "id" in cell]
            assert len(set(ids)) == len(ids)
            nbformat.validate(nb)
            nbformat.writes(nb).encode()


def test_what_has_no_cells_is_refused(sound, course):
    with pytest.raises(NotGradable, match="it has no list of cells"):
        parse_submission(course.root, json.dumps(sound | {"cells": None}).encode(), lesson_of(course))


def lesson_of(course):
    return course.__dict__.setdefault("fuzzed_lesson", lesson())


@fuzz(100)
@given(data=st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()))
def test_other_bytes_are_refused(course, data):
    with pytest.raises(NotGradable):
        parse_submission(course.root, data, lesson_of(course))


@fuzz(100)
@given(text=MARKUP)
def test_markup_is_clean_and_stays_so(text):
    html = clean(text)
    assert Judge(html).wrong == []
    assert Judge(clean_markdown({"resources": {}}, text)).wrong == []


@fuzz(100)
@given(
    output=JSON
    | st.fixed_dictionaries(
        {"output_type": st.sampled_from(["stream", "error", "display_data", "execute_result"])},
        optional={
            "name": JSON,
            "text": JSON | MARKUP,
            "ename": JSON,
            "evalue": JSON,
            "traceback": JSON | st.lists(MARKUP, max_size=3),
            "metadata": JSON,
            "execution_count": JSON,
            "data": st.dictionaries(
                st.sampled_from(
                    ["text/html", "text/plain", "text/markdown", "text/latex", "image/png", "image/svg+xml"]
                    + ["application/json", "application/vnd.jupyter.widget-view+json"]
                ),
                JSON | MARKUP,
                max_size=3,
            ),
        },
    )
)
def test_any_output_has_a_clean_page(output):
    html = show_output({"resources": {}}, sound_output(output))
    assert Judge(html).wrong == []


@fuzz(60)
@given(data=st.data())
def test_the_report_and_the_page_take_any_graded_notebook(sound, course, tmp_path_factory, data):
    graded = copy.deepcopy(sound)
    for cell in graded["cells"]:
        role = cell["metadata"]["nbgrader"]
        if role.get("grade") and not role.get("solution") and cell["cell_type"] == "code":
            cell["metadata"]["verdicts"] = [
                {"check": data.draw(TEXT), "message": data.draw(TEXT), "misconception": data.draw(TEXT), "belief": ""}
            ]
        if cell["cell_type"] == "code":
            error = {"output_type": "error", "ename": data.draw(TEXT), "evalue": data.draw(TEXT), "traceback": []}
            cell["outputs"] = [error]
    graded["metadata"]["usage"] = data.draw(JSON)
    path = tmp_path_factory.getbasetemp() / "graded.ipynb"
    path.write_text(json.dumps(graded))
    told = json.loads(told_by(path, lesson_of(course), course_exam(course), frozenset()))
    assert set(told) in ({"unreadable"}, {"seconds", "stopped", "messages", "code"})
    nb = nbformat.read(path, as_version=4)
    names = [c.metadata.nbgrader.grade_id for c in nb.cells if c.metadata.nbgrader.get("grade")]
    scores = SubmissionScores({name: CellScore(0.0, 1.0, False) for name in names}, {}, 0.0, float(len(names)), 0.0)
    assert facts(nb, lesson_of(course), scores, course_exam(course)).max_score == len(names)


@fuzz(6)
@given(reasons=st.dictionaries(TEXT, MARKUP, min_size=1, max_size=4))
def test_the_reports_files_hold_any_text(tmp_path_factory, reasons):
    folder = tmp_path_factory.getbasetemp()
    readable = {text: "".join(c for c in reason if not "\ud800" <= c <= "\udfff") for text, reason in reasons.items()}
    found = ClassFacts(
        ASSIGNMENT, max_score=10.0, scores=dict.fromkeys(reasons, 1.0), ungradable=readable, stopped=readable
    )
    page = write_page(found, folder / "report.html", names=True).read_text()
    assert "<script>" not in page and "<img" not in page
    text = write_csv(found, folder / "report.csv", names=True).read_text()
    assert_no_formula(text)


def assert_no_formula(text):
    for row in csv.reader(io.StringIO(text, newline="")):
        for cell in row:
            assert not cell.lstrip(" ").startswith(("=", "@", "＝", "＠")), cell


class Gradebook:
    """A gradebook of students of any name."""

    def __init__(self, people):
        rows = [(str(number), *person) for number, person in enumerate(people)]
        self.db = SimpleNamespace(execute=lambda query: rows)
        self.assignments = [SimpleNamespace(name="a", duedate=None, max_score=100.0)]


def submission(score):
    return SimpleNamespace(timestamp=None, extension=None, score=score, late_submission_penalty=0.0)


@fuzz(100)
@given(
    people=st.lists(st.tuples(TEXT, TEXT | st.none(), TEXT), max_size=5),
    scores=st.lists(st.floats(0, 100), max_size=5),
)
def test_names_are_no_grades(tmp_path_factory, people, scores):
    path = tmp_path_factory.getbasetemp() / "grades.csv"
    handed_in = [(str(n), submission(scores[n]) if n < len(scores) else None) for n in range(len(people))]
    with mock.patch.object(csv_export, "with_submissions", lambda gradebook, assignment, students: handed_in):
        CsvExport(to=str(path)).export(Gradebook(people))
    text = path.read_bytes().decode()
    assert_no_formula(text)
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [list(row) for row in rows] == [list(COLUMNS)] * len(people)
    expected = (scores + [0.0] * len(people))[: len(people)]
    assert [float(row["score"]) for row in rows] == expected


@fuzz(15)
@given(name=ANY_TEXT, score=st.none() | st.floats(0, 3), problem=ANY_TEXT.filter(bool))
def test_the_gradebook_holds_any_student_that_it_may_be_given(course, name, score, problem):
    assume(is_plain_name(name) and name)
    with GradebookWriter(course) as records:
        scores = {cell.name: score for cell in records.cells.values()}
        graded = GradingResult(name, notebooks={ASSIGNMENT: GradedNotebook(b"", scores)})
        records.write([(graded, None), (GradingResult("other", problem), None)])
        kept = records.scores(name, ASSIGNMENT)
        assert {grade.score for grade in kept.grades.values()} == {score or 0.0}
        assert records.scores("other", ASSIGNMENT).score == 0.0
        records.gradebook.remove_student(name)


def zipped(entries):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(zipfile.ZipInfo(name), data)
    return file.getvalue()


PIECES = st.sampled_from(["..", ".", "", "/", "a", "submissions", "con", "é", "x\n", "07_optimizers.ipynb", "\\", "~"])
NAMES = st.lists(PIECES | TEXT, min_size=1, max_size=6).map("/".join) | st.from_regex(
    r"[a-z]{1,9}(_LATE)?_[0-9]{1,6}_[0-9]{1,6}_07_optimizers(-1)?\.ipynb", fullmatch=True
)
ARCHIVES = st.lists(st.tuples(NAMES, st.binary(max_size=80)), max_size=6).map(zipped)


@st.composite
def damaged(draw):
    data = bytearray(draw(ARCHIVES))
    for _ in range(draw(st.integers(0, 6))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


@fuzz(150)
@given(data=damaged() | st.binary(max_size=200))
def test_an_archive_is_refused_or_its_entries_are_safe(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "class.zip"
    path.write_bytes(data)
    try:
        archive = Archive(path)
    except CourseError as error:
        assert str(error)
        return
    with archive:
        for name in archive.entries:
            assert name.isprintable() and not name.startswith("/") and ".." not in name.split("/")
            try:
                archive.read(name)
            except Unusable:
                continue


@fuzz(12)
@given(data=damaged())
def test_collecting_stays_in_its_folder(course, tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "class.zip"
    path.write_bytes(data)
    before = set(course.root.parent.iterdir())
    try:
        collected = collect(course, path)
    except CourseError as error:
        assert str(error)
    else:
        assert {student for student, *_ in collected.students} <= set(course.students())
    assert set(course.root.parent.iterdir()) - {path} == before - {path}
    assert not (course.root / ".collecting").exists()
