"""Notebooks under other names or in other folders are graded, or named with what to do; nobody is passed over."""

import os

import nbformat
import pytest
from own_course import hand_in, make_course, submission
from own_course import scores as scores_of

from grading.autograde.class_grader import autograde_class
from grading.autograde.currency import warning
from grading.course.handed_in import SubmittedReader
from grading.course.renamed import raised
from grading.course.strays import strays
from grading.sandbox.limits import Limits
from grading.util.errors import CourseError
from tests import forked
from tests.plain_course import NAMES, filled_in, plain_course, plain_source, ps2, scores_in

__all__ = ["plain_course", "plain_source"]  # fixtures
P1, P2, P3 = NAMES


def put(course, path, nb):
    """Write a notebook, or a text that is none, below ``submitted/``."""
    target = course.root / "submitted" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(nb if isinstance(nb, str) else nbformat.writes(nb))
    return target


def graded(course):
    """What became of everybody: the problem, or what is lacking; and the warnings."""
    outcomes = autograde_class(course, feedback=False)
    return {o.student: (o.problem or o.lacking, " ".join(o.warnings)) for o in outcomes}


@pytest.fixture
def own(tmp_path):
    """A course of one's own with one assignment of one notebook, ps1, which has been generated."""
    from grading.course.sample import generate_assignment

    course = make_course(tmp_path / "own")
    generate_assignment(course)
    return course


PLACES = {
    "copy": "copy/ps1/ps1 (1).ipynb",
    "other": "other/ps1/my work.ipynb",
    "case": "case/ps1/PS1.ipynb",
    "extension": "extension/ps1/ps1.IPYNB",
    "nested": "nested/ps1/ps1/ps1.ipynb",
    "deep": "deep/ps1/a/b/c/solution.ipynb",
}


def test_the_only_notebook_with_the_cells_is_graded_whatever_it_is_called(own):
    for path in PLACES.values():
        put(own, path, submission(own))
    found = graded(own)
    assert {student: problem for student, (problem, _) in found.items()} == dict.fromkeys(PLACES, "")
    for student, path in PLACES.items():
        inner = path.removeprefix(f"{student}/ps1/")
        assert found[student][1] == f"there is no ps1.ipynb; graded in its place: {inner}, which has its cells"
    assert set(scores_of(own).values()) == {3.0}
    assert graded(own).keys() == PLACES.keys(), "and is graded no second time"


def test_its_grade_is_current_and_it_can_be_shown(own, grading):
    path = put(own, "other/ps1/my work.ipynb", submission(own, "x"))
    graded(own)
    path.touch()  # as a backup that was put back is newer than what was graded
    assert warning(own) == ""
    status, out, err = grading("show", "other", "ps1", "--course", own.root)
    assert (status, err) == (0, "") and "handed in anew" not in out
    assert "test-double" in out and "0 of 3" in out


def test_its_files_come_with_it(own):
    nb = submission(own, "int(open('two.txt').read()) * x")
    put(own, "nested/ps1/ps1/ps1.ipynb", nb)
    put(own, "nested/ps1/ps1/two.txt", "2")
    assert graded(own)["nested"][0] == "" and scores_of(own) == {"nested": 3.0}


def test_no_file_is_put_where_a_folder_is():
    files = {"a": b"ours", "x/a/b": b"1", "x/c": b"2", "y/c/d": b"3"}
    assert raised(files, ["x", "y"]) == {**files, "c": b"2"}


def test_of_two_that_differ_neither_is_graded_and_both_are_named(own):
    put(own, "two/ps1/a.ipynb", submission(own))
    put(own, "two/ps1/b.ipynb", submission(own, "x"))
    put(own, "same/ps1/a.ipynb", submission(own))
    put(own, "same/ps1/b.ipynb", submission(own))
    found = graded(own)
    assert "no such file; there are a.ipynb and b.ipynb, all with its cells: keep one, as ps1.ipynb" in found["two"][0]
    assert found["same"][0] == "" and "graded in its place: a.ipynb" in found["same"][1]


def test_what_has_not_the_cells_is_named(own):
    put(own, "broken/ps1/ps1 (1).ipynb", "{")
    put(own, "foreign/ps1/lecture.ipynb", nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("Hello")]))
    found = graded(own)
    assert found["broken"][0].startswith("not graded: no such file; there is ps1 (1).ipynb, not a notebook")
    assert found["foreign"][0] == (
        "not graded: no such file; there is lecture.ipynb: if it is the right one, call it ps1.ipynb"
    )


def test_one_that_is_none_is_passed_over_for_one_that_is(own):
    put(own, "ada/ps1/ps1.ipynb", "{")
    put(own, "ada/ps1/final.ipynb", submission(own))
    hand_in(own, "eve", "x")
    put(own, "eve/ps1/ps1-old.ipynb", submission(own))
    found = graded(own)
    assert found["ada"] == ("", "ps1.ipynb cannot be graded; graded in its place: final.ipynb, which has its cells")
    assert found["eve"] == ("", "ps1.ipynb is graded; not graded: ps1-old.ipynb, with cells like its")
    assert scores_of(own) == {"ada": 3.0, "eve": 0.0}


def test_no_link_is_followed(own, tmp_path):
    nb = put(own, "ada/ps1/ps1.ipynb", submission(own))
    folder = own.root / "submitted" / "eve" / "ps1"
    folder.mkdir(parents=True)
    (folder / "mine.ipynb").symlink_to(nb)
    (folder / "more").symlink_to(nb.parent)
    os.link(nb, folder / "hard.ipynb")
    os.mkfifo(folder / "pipe.ipynb")
    problem = graded(own)["eve"][0]
    assert "mine.ipynb, a link" in problem and "pipe.ipynb, a pipe" in problem and "hard.ipynb, a hard link" in problem
    assert scores_of(own)["eve"] == 0.0


def test_a_name_does_nothing_to_a_terminal(own):
    put(own, "ada/ps1/\x1b[31mred\n.ipynb", submission(own))
    put(own, "bob/ps1/[bold]x.ipynb", submission(own))
    found = graded(own)
    assert "\x1b" not in str(found["ada"]) and found["bob"][0] == "" and "[bold]x.ipynb" in found["bob"][1]


def test_of_several_notebooks_each_is_told_by_its_cells(plain_course):
    for name, file in ((P1, "first.ipynb"), (P2, f"{P2}.ipynb"), (P3, "deep/third.ipynb")):
        put(plain_course, f"ada/ps1/{file}", filled_in(plain_course, name))
    put(plain_course, "ada/ps1/data/numbers.txt", "1\n2\n3\n")
    put(plain_course, f"bob/ps1/{P1}.ipynb", filled_in(plain_course, P3))  # under the wrong name
    put(plain_course, "eve/ps1/other.ipynb", nbformat.v4.new_notebook(cells=ps2()))
    found = graded(plain_course)
    assert found["ada"][0] == "" and scores_in(plain_course)["ada"] == (7.0, 0.0, 3.0)
    assert "first.ipynb" in found["ada"][1] and "deep/third.ipynb" in found["ada"][1]
    assert f"its cells are those of {P3}.ipynb" in found["bob"][0]
    assert "there is other.ipynb" in found["eve"][0]


def test_the_numbers_are_those_of_the_right_name(own):
    """Whoever gives the file its right name is asked the same again."""
    reader = SubmittedReader(own.root / "submitted", "ps1", Limits(), own.ignored, own.lessons)
    path = put(own, "ada/ps1/ps1 (1).ipynb", submission(own))
    before = reader.read("ada", "ps1")
    assert before.paths == {"ps1": "ps1 (1).ipynb"}
    path.rename(path.with_name("ps1.ipynb"))
    after = reader.read("ada", "ps1")
    assert after.submission.digest == before.submission.digest and after.paths == {}


def test_what_lies_elsewhere_is_named_in_one_line_each(own, grading):
    hand_in(own, "right")
    for path in (
        "lost.ipynb",
        "flat/ps1.ipynb",
        "spelt/PS-1/ps1.ipynb",
        "twice/ps1 (1)/x.ipynb",
        "both/ps1 copy/x.ipynb",
    ):
        put(own, path, submission(own))
    hand_in(own, "both")
    (own.root / "submitted" / "empty").mkdir()
    put(own, "notes/readme.txt", "hello")
    put(own, "class.txt", "an instructor's notes")
    status, out, err = grading("autograde", "--course", own.root, "--no-feedback")
    assert status == 0
    assert err.splitlines() == [
        "warning: submitted/both/ps1 copy/ is not graded, submitted/both/ps1/ is: move what should count there",
        "warning: submitted/empty/ has no folder ps1/, and nothing in it is graded: it is empty",
        "warning: submitted/flat/ has ps1.ipynb, which lies too high: move it to submitted/flat/ps1/",
        "warning: submitted/lost.ipynb is nobody's: move it to submitted/STUDENT/ps1/, with the student's id for "
        "STUDENT",
        "warning: submitted/notes/ has no folder ps1/, and nothing in it is graded: it has readme.txt",
        "warning: submitted/spelt/PS-1/ is not graded: rename it to submitted/spelt/ps1/",
        "warning: submitted/twice/ps1 (1)/ is not graded: rename it to submitted/twice/ps1/",
    ]


def test_another_assignment_of_the_course_is_no_stray(tmp_path):
    (tmp_path / "ada" / "ps2").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "ada")
    assert strays(tmp_path, "ps1", ["ps1", "ps2"]) == []
    assert len(strays(tmp_path, "ps1", ["ps1"])) == 1
    assert strays(tmp_path / "nowhere", "ps1") == []


def test_where_all_lies_elsewhere_it_is_said_where(own):
    put(own, "ada.ipynb", submission(own))
    with pytest.raises(CourseError, match=r"nobody has handed anything in.*; submitted/ada.ipynb is nobody's: move it"):
        autograde_class(own)


def test_nbgraders_own_command_does_the_same(own):
    for path in PLACES.values():
        put(own, path, submission(own))
    put(own, "broken/ps1/ps1 (1).ipynb", "{")
    put(own, "flat/ps1.ipynb", submission(own))
    done = forked.run("nbgrader", "autograde", "ps1", cwd=own.root)
    assert {student for student in PLACES if own.notebook("autograded", student).exists()} == PLACES.keys()
    assert {score for student, score in scores_of(own).items() if student in PLACES} == {3.0}
    assert "copy: there is no ps1.ipynb; graded in its place: ps1 (1).ipynb" in done.stderr
    assert "Not graded: broken: no such file; there is ps1 (1).ipynb, not a notebook" in done.stderr
    assert "submitted/flat/ has ps1.ipynb, which lies too high" in done.stderr


def test_the_report_names_the_file_that_is_there(own, grading):
    hand_in(own, "ada")
    put(own, "broken/ps1/ps1 (1).ipynb", "{")
    autograde_class(own, feedback=False)
    assert grading("report", "--course", own.root, "--names")[0] == 0
    page = (own.root / "report.html").read_text()
    assert "no such file; there is ps1 (1).ipynb, not a notebook" in page
