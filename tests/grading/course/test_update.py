"""An assignment is changed when there is work in: what was given stays, and the release and the grades follow."""

import json
import os
import signal
import sqlite3

import nbformat
import pytest
from changed_lesson import (
    DUE,
    answer_cell,
    course,
    edit,
    graded_once,
    grades,
    put_after,
    remove,
    rename,
    set_points,
    test_cell,
    times,
    totals,
    update,
)
from nbformat.v4 import new_code_cell
from own_course import NAME, hand_in, role, run, submission

from grading.autograde.class_grader import autograde_class
from grading.autograde.currency import warning
from grading.course import update as updating
from grading.course.sample import generate_assignment
from grading.util.errors import CourseError
from tests.plain_course import NAMES, filled_in, plain_course, plain_source
from tests.plain_course import hand_in as hand_in_several

__all__ = ["course", "graded_once", "plain_course", "plain_source"]  # fixtures


def dump(course):
    """All of a gradebook, in SQL."""
    with sqlite3.connect(course.root / "gradebook.db") as connection:
        return list(connection.iterdump())


def release(course):
    return updating.files_in(course.folder("release", "."))


def regrade(course):
    outcomes = autograde_class(course)
    assert [outcome.problem for outcome in outcomes] == [""] * len(outcomes)
    assert all(course.page(outcome.student).exists() for outcome in outcomes)
    return totals(course)


def by_hand(course):
    """What a person has given, and the times: what no change may lose."""
    found = {key: given[1:3] for key, given in grades(course).items() if len(given) == 4 and key[1] == "why"}
    return found, grades(course)[("ada", "why")][1], times(course)


def test_a_new_test(course):
    before, given = grades(course), by_hand(course)
    edit(course, put_after("test-double", test_cell()))
    for student in course.students():  # graded after the change, by another program than this one
        os.utime(course.notebook("autograded", student), (2**32, 2**32))
    said, kept = update(course)
    assert said == ["test-zero is new, 1 point", "2 students with work in the gradebook"]
    assert "2 without a current grade (2 because the assignment was generated again)" in warning(course)
    assert {key: value for key, value in grades(course).items() if key[1] != "test-zero"} == before
    assert grades(course)["ada", "test-zero"] == (None, None, None, False)
    assert regrade(course) == {"ada": (3 + 1 + 1.75, 6), "bob": (0, 6)}
    assert by_hand(course) == given and given[2][0] == DUE
    assert "test-zero" in release(course)[f"{NAME}.ipynb"].decode()
    assert "test-zero" not in (kept / "release" / f"{NAME}.ipynb").read_text()
    with sqlite3.connect(kept / "gradebook.db") as backup:
        assert backup.execute("SELECT count(*) FROM source_cell").fetchone() == (3,)


def test_a_question_is_dropped_that_a_person_has_graded(course):
    edit(course, remove("why"))
    said, kept = update(course)
    assert said[0] == "why is gone, 2 points; the work of 2 students, 1 grade by hand, 1 comment will be set aside"
    assert regrade(course) == {"ada": (3, 3), "bob": (0, 3)}
    row = json.loads((kept / updating.REMOVED).read_text())[0]
    assert (row["student"], row["cell"], row["manual_score"], row["extra_credit"]) == ("ada", "why", 1.5, 0.25)
    assert row["manual_comment"] == "Why even?" and row["written"] == "YOUR ANSWER HERE"


def test_a_test_is_dropped(course):
    given = by_hand(course)
    edit(course, remove("test-double"))
    update(course)
    assert regrade(course) == {"ada": (1.75, 2), "bob": (0, 2)}
    assert by_hand(course) == given


def test_a_test_has_another_name(course):
    before = grades(course)
    edit(course, rename("test-double", "test-twice"))
    said, _ = update(course)
    assert said[0] == "test-double is called test-twice now"
    after = grades(course)
    assert after["ada", "test-twice"] == before["ada", "test-double"] and ("ada", "test-double") not in after
    assert regrade(course) == {"ada": (4.75, 5), "bob": (0, 5)}


def test_what_can_be_another_question_is_not_taken_for_the_same(course):
    """All answers have the same words in the release."""
    edit(course, rename("why", "because"))
    said, _ = update(course)
    assert said[0].startswith("because is new") and said[1].startswith("why is gone")
    assert regrade(course)["ada"] == (3, 5)


def test_unless_the_instructor_says_so(course):
    given, answered = grades(course)["ada", "why"], submission(course)
    answered.cells[3].source = "Because."
    nbformat.write(answered, course.notebook("submitted", "ada"))

    def change(named, cells):
        rename("why", "because")(named, cells)
        named["why"].id = "because"

    edit(course, change)
    said, _ = update(course, {"why": "because"})
    assert said[0] == "why is called because now" and grades(course)["ada", "because"][1:3] == given[1:3]
    assert regrade(course)["ada"] == (4.75, 5)
    cells = nbformat.read(course.notebook("autograded", "ada"), as_version=4).cells
    assert cells[-1].source == "Because.", "the cell is found in what was handed in before"


@pytest.mark.parametrize("pair", [("why", "nothing"), ("nothing", "why"), ("why", "test-double")])
def test_what_cannot_be_renamed_so(course, pair):
    before = dump(course)
    edit(course, rename("test-double", "test-twice"))
    with pytest.raises(CourseError, match=" and "):
        update(course, dict([pair]))
    assert dump(course) == before


def test_two_cells_take_each_others_names(course):
    edit(course, put_after("test-double", test_cell()))
    update(course)
    regrade(course)
    before = grades(course)

    def swap(named, cells):
        rename("test-double", "test-zero")(named, cells)
        rename("test-zero", "test-double")(named, cells)

    edit(course, swap)
    said, _ = update(course)
    assert any("has 1 point, it had 3 points" in line for line in said), "names that stay are the same cells"
    assert grades(course).keys() == before.keys()
    assert regrade(course)["ada"] == (5.75, 6)


def test_one_answer_goes_and_another_one_comes(course):
    """What was handed in before has a cell that is no more, and lacks one that is new."""
    edit(course, remove("why"))
    edit(course, put_after("test-double", answer_cell("how")))
    hand_in_new = submission(course)  # as it was released before
    with updating.plan_update(course) as planned:
        said = list(planned.lines())
        planned.carry_out()
    assert said[0] == "how is new, 2 points; 2 submissions without it: no points there, unless they hand in again"
    assert regrade(course) == {"ada": (3, 5), "bob": (0, 5)}
    assert grades(course)["ada", "how"][:2] == (0, None)
    hand_in(course, "eve")
    nbformat.write(hand_in_new, course.notebook("submitted", "eve"))
    assert regrade(course)["eve"] == (3, 5)


def test_points_change_twice(course):
    for points, total in ((9, 11), (1, 3)):
        edit(course, set_points("test-double", points))
        said, _ = update(course)
        assert said[0].startswith(f"test-double has {points} point")
        assert regrade(course)["ada"] == (points + 1.75, total)


def test_points_below_what_a_person_has_given(course):
    edit(course, set_points("why", 1))
    said, _ = update(course)
    assert said[0] == "why has 1 point, it had 2 points; 1 grade by hand kept, to be looked at again, 1 above it"
    assert grades(course)["ada", "why"] == (0, 1.5, 0.25, True)
    assert regrade(course)["ada"] == (4.75, 4)


def test_cells_change_places(course):
    edit(course, put_after("test-double", test_cell()))
    update(course)
    edit(course, lambda named, cells: cells.insert(2, cells.pop(cells.index(named["test-zero"]))))
    with pytest.raises(CourseError, match="stands at another place"):
        autograde_class(course)
    update(course)
    assert regrade(course)["ada"] == (5.75, 6)
    cells = nbformat.read(course.notebook("autograded", "ada"), as_version=4).cells
    names = [cell.metadata.nbgrader.grade_id for cell in cells if "nbgrader" in cell.metadata]
    assert names == ["double", "test-zero", "test-double", "why"]


def swap(named, cells):
    """The test stands before the solution that it tests."""
    cells.remove(named["test-double"])
    cells.insert(1, named["test-double"])


@pytest.mark.parametrize("change", [put_after("why", test_cell()), set_points("test-double", 4), swap])
def test_until_everybody_is_graded_again_no_grade_is_current(course, change):
    assert warning(course) == ""
    edit(course, change)
    update(course)
    assert "2 because the assignment was generated again" in warning(course)
    regrade(course)
    assert warning(course) == ""


def test_an_answer_becomes_a_task(course):
    given = grades(course)["ada", "why"]

    def change(named, cells):
        named["why"].source = "Say why.\n### BEGIN MARK SCHEME\neven\n### END MARK SCHEME"
        named["why"].metadata.nbgrader.update(grade=False, solution=False, task=True, locked=True)

    edit(course, change)
    said, _ = update(course)
    assert "another role" in said[0]
    with course.gradebook() as gradebook:
        task = gradebook.find_grade("why", NAME, NAME, "ada")
        assert (task.manual_score, task.extra_credit) == given[1:3]
        assert gradebook.find_comment("why", NAME, NAME, "ada").manual_comment == "Why even?"
    assert regrade(course)["ada"] == (4.75, 5)


def test_a_question_becomes_a_text_to_read(course):
    def change(named, cells):
        named["why"].source = "It is even."
        named["why"].metadata.nbgrader.update(grade=False, solution=False, locked=True)

    edit(course, change)
    said, kept = update(course)
    assert said[0] == (
        "why has no points of its own, it had 2 points, has another text, has another role in grading; the work of "
        "2 students, 1 grade by hand, 1 comment will be set aside"
    )
    assert json.loads((kept / updating.REMOVED).read_text())[0]["manual_score"] == 1.5
    assert regrade(course) == {"ada": (3, 3), "bob": (0, 3)}


def test_another_text_only(course):
    """What cannot change a grade stops nobody, and the release follows all the same."""
    edit(course, lambda named, cells: cells[0].update(source="# Twice\n\n## Part 1. Twice"))
    assert regrade(course)["ada"] == (4.75, 5)
    said, _ = update(course)
    assert said == ["the files for students differ from those in release/"]
    assert b"# Twice" in release(course)[f"{NAME}.ipynb"]
    with updating.plan_update(course) as planned:
        assert list(planned.lines()) == [] and not (planned.for_gradebook or planned.new_release)


def test_notebooks_come_and_go(plain_course):
    first, words, again = NAMES
    notebooks = {name: filled_in(plain_course, name) for name in NAMES}
    hand_in_several(plain_course, "ada", notebooks, {"data/numbers.txt": "1\n"})
    autograde_class(plain_course)
    with plain_course.gradebook() as gradebook:
        gradebook.find_grade("draw", words, "ps1", "ada").manual_score = 2
        gradebook.find_grade("test-shout", again, "ps1", "ada").manual_score = 1
        gradebook.db.commit()
    os.rename(plain_course.source_folder / f"{again}.ipynb", plain_course.source_folder / "p4_more.ipynb")
    fresh = type(plain_course)(plain_course.root, "ps1")
    with pytest.raises(CourseError, match="update-assignment"):
        autograde_class(fresh)
    said, kept = update(fresh)
    assert said[:2] == [
        f"{again}.ipynb is gone: what was handed in for it counts no more; the work of 1 student, 1 grade by hand will "
        "be set aside",
        "p4_more.ipynb is new, with 4 cells",
    ]
    (outcome,) = autograde_class(fresh)
    assert "graded in its place: p3" in " ".join(outcome.warnings), (outcome, totals(fresh))  # it has the same cells
    assert totals(fresh) == {"ada": (12, 17)}
    rows = {row["cell"]: row for row in json.loads((kept / updating.REMOVED).read_text())}
    assert rows["test-shout"]["manual_score"] == 1 and rows["shout"]["written"]


PLACES = ["back_up", "work_in", "change_cells", "replace_release"]


@pytest.mark.parametrize("at", PLACES)
def test_a_fault_anywhere_leaves_all_as_it_was(course, monkeypatch, at):
    edit(course, remove("why"))
    before = dump(course), release(course)
    place = next(each for each in (updating.gradebook_cells, updating, updating.Update) if hasattr(each, at))

    moves = updating.Update.replace_release

    def fail(*arguments):
        if at == "replace_release":  # after it is done: the commit finds no more space
            moves(*arguments)
        raise OSError(28, "No space left on device", "gradebook.db")

    with updating.plan_update(course) as planned:
        list(planned.lines())
        monkeypatch.setattr(place, at, fail)
        with pytest.raises(CourseError, match="nothing is changed: gradebook.db: No space"):
            planned.carry_out()
    assert (dump(course), release(course)) == before
    assert not list(course.root.glob(f"{updating.BACKUPS}/*/*")) and not (course.root / updating.PARTIAL).exists()


@pytest.mark.parametrize("at", ["change_cells", "put_in_place"])
def test_killed_in_the_middle(course, at):
    edit(course, remove("why"))
    before = dump(course), release(course)

    def killed(*arguments):
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if not child:
        if at == "put_in_place":  # the release is away
            updating.os.replace = lambda source, target: os.rename(source, target) or killed()
        else:
            setattr(updating.gradebook_cells, at, killed)
        update(course)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert dump(course) == before[0] and release(course) == (before[1] if at == "change_cells" else {})
    with pytest.raises(CourseError, match="why is gone"):
        autograde_class(course)
    update(course)
    assert b"why" not in release(course)[f"{NAME}.ipynb"] and regrade(course)["ada"] == (3, 3)
    removed = list(course.root.glob(f"{updating.BACKUPS}/*/*/{updating.REMOVED}"))
    assert removed and all(json.loads(path.read_text())[0]["manual_score"] == 1.5 for path in removed)


def test_a_lesson_that_cannot_be_generated(course):
    before = dump(course), release(course)
    edit(course, lambda named, cells: named["double"].update(source="### BEGIN SOLUTION\nx = 1"))
    with pytest.raises(CourseError, match="nothing is changed: ps1 cannot be generated"):
        update(course)
    assert (dump(course), release(course)) == before


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (put_after("test-double", test_cell()), "test-zero is new, 1 point. "),
        (remove("test-double"), "test-double is gone, 3 points. "),
        (set_points("test-double", 4), "test-double has 4 points, it had 3 points. "),
        (
            lambda named, cells: named["test-double"].update(source="assert double(2) == 4"),
            "test-double is another test. ",
        ),
    ],
    ids=["add", "remove", "points", "test"],
)
def test_nobody_is_graded_by_an_old_lesson(course, change, reason):
    edit(course, change)
    before = dump(course)
    with pytest.raises(CourseError, match=reason) as error:
        autograde_class(course, force=True)
    assert str(error.value).endswith("Run `python -m grading update-assignment ps1`")
    done = run("nbgrader", "autograde", NAME, "--force", cwd=course.root)
    assert done.returncode == 1 and reason in done.stderr and "Traceback" not in done.stderr
    assert dump(course) == before


def test_nbgrader_keeps_the_release_when_it_cannot_make_a_new_one(course):
    before = release(course)
    edit(course, put_after("test-double", test_cell()))
    done = run("nbgrader", "generate_assignment", NAME, "--force", "--log-level=WARN", cwd=course.root)
    assert done.returncode == 1 and release(course) == before
    (line,) = done.stderr.splitlines()
    assert "test-zero is new, 1 point. Run `python -m grading update-assignment ps1`" in line
    edit(course, lambda named, cells: named["double"].update(source="### BEGIN SOLUTION\nx = 1"))
    done = run("nbgrader", "generate_assignment", NAME, "--force", cwd=course.root)
    assert done.returncode == 1 and release(course) == before
    with pytest.raises(CourseError):
        generate_assignment(course, force=True)
    assert release(course) == before and not list(course.root.glob(".releasing*"))


def test_nbgrader_still_changes_what_it_can(course):
    edit(course, set_points("test-double", 4))
    done = run("nbgrader", "generate_assignment", NAME, "--force", cwd=course.root)
    assert done.returncode == 0, done.stderr
    assert b'"points": 4' in release(course)[f"{NAME}.ipynb"]
    assert regrade(course)["ada"] == (5.75, 6)


def test_the_command(course, grading):
    edit(course, put_after("test-double", test_cell()))
    before = dump(course), release(course)
    status, out, err = grading("update-assignment", "--course", course.root)
    assert (status, err) == (2, "error: nothing is changed: add --yes to change it\n") and "test-zero is new" in out
    assert (dump(course), release(course)) == before
    status, out, err = grading("update-assignment", "--course", course.root, "--yes")
    assert (status, err) == (0, "") and "python -m grading autograde ps1" in out and "backups/ps1/" in out
    status, out, _ = grading("update-assignment", "--course", course.root)
    assert (status, out) == (0, "ps1 is as it was generated: nothing to change\n")
    status, _, err = grading("update-assignment", "--course", course.root, "--renamed", "a")
    assert (status, err) == (2, "error: --renamed a: write it as OLD=NEW, the two names of the cell\n")


def test_a_new_solution_is_not_asked_of_those_who_have_none(course):
    text = "def half(x):\n    ### BEGIN SOLUTION\n    return x / 2\n    ### END SOLUTION"

    def change(named, cells):
        at = cells.index(named["why"])
        cells[at:at] = [
            new_code_cell(text, id="half", metadata=role("half", solution=True)),
            test_cell("test-half", "assert half(3) == 1.5", 4),
        ]

    edit(course, change)
    said, _ = update(course)
    assert said[0] == (
        "half is new, no points of its own; 2 submissions without it: no points there, unless they hand in again"
    )
    assert regrade(course) == {"ada": (4.75, 9), "bob": (0, 9)}
