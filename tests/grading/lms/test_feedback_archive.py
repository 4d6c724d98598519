"""`python -m grading export --feedback`: everybody's page in one archive, named for the system to know whose it is."""

import zipfile

import nbformat
import pytest
from test_export import MOODLE, give

from grading.autograde.class_grader import autograde_class
from grading.lms.collect import collect
from grading.lms.export import EXPORTS
from grading.lms.feedback_archive import pack
from grading.util.errors import CourseError
from tests.course07 import ASSIGNMENT, handed_in

PAGE = f"{ASSIGNMENT}.html"


def moodle_owner(entry, participants):
    """Whose file an entry is to Moodle, and what it will be called, by the rules of its importziplib.php."""
    parts = entry.split("/")
    while parts:
        first = parts.pop(0).split("_", 4)
        if len(first) >= 4 and first[1].isdigit() and int(first[1]) in participants and first[2] == "assignfeedback":
            assert first[3] == "file"
            return int(first[1]), "/".join([first[4] if len(first) == 5 else "", *parts])
    return None


def write_pages(course, *students):
    for student in students:
        page = course.folder("feedback", student) / PAGE
        page.parent.mkdir(parents=True)
        page.write_text(f"for {student}")


def unpacked(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_moodle_gets_back_what_was_collected_from_it_with_what_a_person_has_said(course, generated, pack, grading):
    released = nbformat.read(generated.notebook("release", "."), as_version=4)
    right, wrong = (nbformat.writes(handed_in(kind, released)) for kind in ("perfect", "adam-epsilon-in-root"))
    archive = {f"Jane Doe_1_assignsubmission_file_/{ASSIGNMENT}.ipynb": right}
    archive |= {f"Jürgen Müller_88_assignsubmission_file_/{ASSIGNMENT}.ipynb": wrong}
    collect(course, pack(archive))
    autograde_class(course)
    with course.gradebook() as gradebook:
        notebook = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "1")
        notebook.comments[0].manual_comment = "See me about your second moment."
        gradebook.db.commit()
    out = course.root.parent / "feedback.zip"
    options = ["--to", "moodle", "--feedback", out, "--workers", "1", "--course", course.root]
    status, said, _ = grading("export", *options)
    assert status == 0 and f"feedback for Moodle: {out}" in said
    pages = {moodle_owner(name, {1, 88}): page for name, page in unpacked(out).items()}
    assert pages.keys() == {(1, f"/{PAGE}"), (88, f"/{PAGE}")}
    assert "See me about your second moment." in pages[1, f"/{PAGE}"]
    assert "adam" in pages[88, f"/{PAGE}"] and "second moment." not in pages[88, f"/{PAGE}"]


@pytest.mark.parametrize("last", ["Doe", "Doe_7_assignfeedback_file_x", "D/o\\e..", "  ", "Ångström-O'Hara", "7_8_9"])
def test_whatever_somebody_is_called_moodle_knows_whose_page_it_is(course, last):
    give(course, {"jdoe": 87.0}, by_hand=False)
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student("jdoe", first_name="", last_name=last, lms_user_id="1")
    plugin = EXPORTS["moodle"](to=str(course.root / "out.csv"))
    with course.gradebook() as gradebook:
        plugin.export(gradebook)
    assert moodle_owner(f"{plugin.folders['jdoe']}/{PAGE}", {1, 7, 8, 9}) == (1, f"/{PAGE}")


def folders(course, system, **options):
    plugin = EXPORTS[system](to=str(course.root / "out.csv"), **options)
    with course.gradebook() as gradebook:
        plugin.export(gradebook)
    return plugin.folders


def test_moodles_number_is_in_its_own_worksheet(course):
    give(course, {"jdoe": 87.0, "jmueller": 62.0}, by_hand=False)
    assert folders(course, "moodle") == {"jdoe": "Jane Doe_1_assignfeedback_file_", "jmueller": ""}
    template = course.root / "template.csv"
    template.write_text(MOODLE, encoding="utf-8")
    assert folders(course, "moodle", template=str(template))["jmueller"] == "Jürgen Müller_88_assignfeedback_file_"


@pytest.mark.parametrize("system", ["canvas", "blackboard", "gradescope"])
def test_elsewhere_folders_are_called_what_the_system_calls_a_student(course, system):
    give(course, {"jdoe": 87.0, "jmueller": 62.0, "emmy": 90.0, "ada": 80.0}, by_hand=False)
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student("emmy", lms_user_id="../../etc")
        gradebook.update_or_create_student("ada", lms_user_id="ada@example.edu")
    names = {"jdoe": "1", "jmueller": "jmueller", "emmy": "emmy", "ada": "ada@example.edu"}
    assert folders(course, system) == names


def test_who_has_no_page_or_no_number_is_named(course):
    write_pages(course, "a", "b")
    out = course.root / "feedback.zip"
    without, unknown = pack(course, {"a": "A", "b": "", "c": "C"}, out)
    assert unpacked(out) == {f"A/{PAGE}": "for a"}
    assert without == "no page of feedback: c" and unknown.endswith("known: b")


@pytest.mark.parametrize(
    ("folders", "says"),
    [
        ({"a": "1", "b": "1"}, "a and b would have one folder, '1'"),
        ({"a": "", "c": "C"}, "no feedback that could go into"),
        ({}, "no feedback that could go into"),
    ],
)
def test_what_cannot_be_packed_leaves_the_older_archive_as_it_was(course, folders, says):
    write_pages(course, "a", "b")
    out = course.root / "feedback.zip"
    out.write_text("older")
    with pytest.raises(CourseError, match=says):
        pack(course, folders, out)
    assert out.read_text() == "older" and not list(course.root.glob(".feedback.zip*"))


def test_an_archive_that_cannot_be_written_gets_one_line_and_leaves_nothing(course):
    write_pages(course, "a")
    (course.root / "taken").mkdir()
    for target in (course.root / "nowhere" / "feedback.zip", course.root / "taken"):
        with pytest.raises(CourseError, match=f"{target} cannot be written: "):
            pack(course, {"a": "A"}, target)
    assert not list(course.root.glob(".taken*"))


def test_pages_are_made_by_the_workers_of_a_scheduler_that_must_be_there(course, grading):
    give(course, {"jdoe": 87.0}, by_hand=False)
    autograded = course.notebook("autograded", "jdoe")
    for path in (autograded, course.notebook("submitted", "jdoe")):
        path.parent.mkdir(parents=True)
        path.write_text("{}")
    out = course.root / "feedback.zip"
    options = ["--feedback", out, "--scheduler", "tcp://127.0.0.1:9", "--course", course.root]
    status, _, err = grading("export", "--to", "moodle", *options)
    assert status == 2 and "no scheduler answers at 'tcp://127.0.0.1:9'" in err and not out.exists()
