"""A course folder of one's own, from new-course to grades: by our commands, by nbgrader's and by the formgrader."""

import csv
import json
import shutil
import sys
import urllib.request
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbgrader.converters import GenerateAssignment
from own_course import NAME, add_assignment, hand_in, make_course, run, scores, set_option, submission

from grading.autograde.class_grader import autograde_class, write_feedback
from grading.autograde.plan import assignment_of
from grading.course.course import Course
from grading.course.paths import DEFAULT_COURSE
from grading.examiner.secret import SECRET_FILE, read_secret
from grading.sandbox import readable as reading
from grading.util.errors import CourseError
from grading.workers import pool
from tests.ordinary_user import folder_for_all, ordinary_user  # noqa: F401 - a fixture

sys.path.append(str(Path(__file__).parents[1] / "nbgrader_plugins"))
from server import TOKEN, jupyter  # noqa: E402

ODD = "Übung%20 50% (a) 'b' #2+"  # the folder's name


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """A course whose assignment nbgrader's own command has generated."""
    course = make_course(tmp_path_factory.mktemp("own") / ODD)
    done = run("nbgrader", "generate_assignment", NAME, cwd=course.root)
    assert done.returncode == 0, done.stderr
    assert course.root.name == ODD and (course.root / "gradebook.db").exists()
    return course


@pytest.fixture
def course(generated, tmp_path):
    """A copy of it, in which two have handed in."""
    copy = Course(shutil.copytree(generated.root, tmp_path / ODD))
    hand_in(copy, "right")
    hand_in(copy, "wrong", "4")
    return copy


def default_is_untouched():
    return not any((DEFAULT_COURSE / "submitted" / name).exists() for name in ("right", "wrong", "1"))


def test_in_this_process(course):
    assert [outcome.problem for outcome in autograde_class(course)] == ["", ""]
    assert scores(course) == {"right": 3.0, "wrong": 0.0}
    assert [outcome.problem for outcome in write_feedback(course)] == ["", ""]
    assert course.page("right").exists() and course.page("wrong").exists()


def test_our_commands_from_outside_and_inside(course, tmp_path):
    """With `--course`, and in the folder without it."""
    outside = run("grading", "autograde", NAME, "--course", course.root, "--workers", "1", cwd=tmp_path)
    assert outside.returncode == 0, outside.stderr
    assert f"gradebook  {course.root / 'gradebook.db'}" in outside.stdout
    assert scores(course) == {"right": 3.0, "wrong": 0.0}
    before = course.page("wrong").stat().st_mtime_ns
    for command in (
        ["feedback", "--workers", "1"],
        ["report", "--csv", "numbers.csv"],
        ["export", "--to", "canvas"],
        ["new-secret"],
    ):
        done = run("grading", *command, cwd=course.root)
        assert done.returncode == 0, done.stderr
    assert course.page("wrong").stat().st_mtime_ns > before
    made = {path.name for path in course.root.iterdir()}
    assert {"report.html", "numbers.csv", "grades.csv", "grades-canvas.csv", SECRET_FILE} <= made
    with open(course.root / "grades.csv", newline="") as file:
        assert {row["student_id"]: row["score"] for row in csv.DictReader(file)} == {"right": "3.0", "wrong": "0.0"}
    assert read_secret(course.root) and default_is_untouched()


def test_check_grades_by_this_course_and_no_other(course):
    done = run("grading", "check", course.notebook("submitted", "wrong"), "--json", cwd=course.root)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["score"], report["max_score"]) == (0.0, 5.0)
    assert [cell["grade_id"] for cell in report["cells"]] == ["test-double", "why"]
    assert scores(course) == {}, "it touches no gradebook"


def test_collect(course, tmp_path):
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr(f"doejane_1_10_{NAME}.ipynb", nbformat.writes(submission(course)))
    done = run("grading", "collect", tmp_path / "class.zip", cwd=course.root)
    assert done.returncode == 0, done.stderr + done.stdout
    assert course.notebook("submitted", "1").exists() and default_is_untouched()


def test_without_an_exam_the_sample_class_is_a_plain_one(generated, tmp_path):
    copy = shutil.copytree(generated.root, tmp_path / ODD)
    done = run("grading", "sample", cwd=copy)
    assert done.returncode == 0 and done.stdout == f"4 sample submissions in {copy / 'submitted'}\n", done.stderr


def test_nbgraders_own_commands(course, tmp_path):
    (tmp_path / "exchange").mkdir(mode=0o777)
    (tmp_path / "exchange").chmod(0o777)
    set_option(course, f"c.Exchange.root = {str(tmp_path / 'exchange')!r}")
    for student in ("right", "wrong"):
        (course.folder("submitted", student) / "submission_secret.txt").write_text(f"the secret of {student}")
        (course.folder("submitted", student) / "timestamp.txt").write_text("2030-01-31 12:00:00 UTC")
    for command in ("release_assignment", "autograde", "generate_feedback", "release_feedback", "collect", "list"):
        done = run("nbgrader", command, *([NAME] if command != "list" else []), cwd=course.root)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
    assert run("nbgrader", "export", cwd=course.root).returncode == 0
    assert scores(course) == {"right": 3.0, "wrong": 0.0}
    (released,) = (tmp_path / "exchange").iterdir()
    assert released.name == course.settings().CourseDirectory.course_id
    assert len(list((released / "feedback").iterdir())) == 2
    nb = nbformat.read(course.notebook("autograded", "right"), as_version=4)
    assert nb.metadata["usage"]["memory"] > 0, "ConfinedExecute leaves this, and nbgrader's own Execute does not"
    assert course.page("wrong").exists()


def test_the_formgrader_shows_this_courses_marking_scheme(course):
    autograde_class(course, feedback=False)
    with course.gradebook() as gradebook:
        number = gradebook.find_submission_notebook(NAME, NAME, "right").id
    with jupyter(course.root, "server", "--ServerApp.disable_check_xsrf=True") as address:

        def get(path):
            request = urllib.request.Request(f"{address}/formgrader/{path}")
            request.add_header("Authorization", f"token {TOKEN}")
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.read().decode()

        (listed,) = json.loads(get("api/assignments"))
        page = get(f"submissions/{number}/")
    assert (listed["name"], listed["max_score"], listed["num_submissions"]) == (NAME, 5, 2)
    assert "The model answer: because two and two is four." in page


def test_a_submission_reads_nothing_of_the_course(course):
    hand_in(course, "curious", f"open({str(course.config_file)!r}).read()")
    hand_in(course, "lister", f"__import__('os').listdir({str(course.root)!r})")
    autograde_class(course, feedback=False)
    for student in ("curious", "lister"):
        nb = nbformat.read(course.notebook("autograded", student), as_version=4)
        assert nb.cells[2].outputs[0].ename == "PermissionError"


def test_nor_where_the_course_lies_among_the_libraries(course, monkeypatch):
    monkeypatch.setattr(reading, "SYSTEM", (*reading.SYSTEM, str(course.root.parent)))
    (course.root.parent / "library").mkdir()
    assignment = assignment_of(course, "")
    found = list(reading.readable(assignment.profile))
    assert course.root.parent / "library" in found
    assert [path for path in found if path == course.root or course.root in path.parents] == []
    assert not any(course.root.is_relative_to(path) for path in found)


def test_where_submissions_cannot_be_confined_the_courses_own_settings_are_named(course, monkeypatch):
    monkeypatch.setattr(pool, "why_unconfined", lambda assignment: "there is no kernel for it")
    with pytest.raises(CourseError, match="no kernel for it.*unconfined = True in ") as refused:
        autograde_class(course)
    assert str(refused.value).endswith(str(course.config_file))


@pytest.mark.parametrize("command", ["autograde", "feedback", "collect", "new-secret", "report"])
def test_a_read_only_course_is_told_in_one_line(generated, ordinary_user, command):  # noqa: F811
    with folder_for_all() as parent:
        root = Path(shutil.copytree(generated.root, parent / "course"))
        ordinary_user.give(parent)
        root.chmod(0o555)
        arguments = ["class.zip"] if command == "collect" else []
        done = ordinary_user.run([sys.executable, "-m", "grading", command, *arguments, "--course", str(root)], parent)
        (line,) = done.stderr.splitlines()
        assert done.returncode == 2 and line.startswith("error: ") and str(root) in line, done.stdout


def test_several_assignments_lie_side_by_side(course):
    add_assignment(course.root, "ps2")
    second = Course(course.root, "ps2")
    second.run(GenerateAssignment)
    hand_in(second, "right", "0")
    autograde_class(second, feedback=False)
    autograde_class(Course(course.root, NAME), feedback=False)
    assert scores(second) == {"right": 0.0}
    assert scores(Course(course.root, NAME)) == {"right": 3.0, "wrong": 0.0}
    with pytest.raises(CourseError, match="Name one of ps1, ps2"):
        _ = Course(course.root).assignment
