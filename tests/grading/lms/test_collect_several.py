"""`python -m grading collect` and `export`, for an assignment of several notebooks."""

import csv
import zipfile

import nbformat
import pytest

from grading.autograde.class_grader import autograde_class
from grading.lms.collect import COLLECTED, OLDER, REPLACED, UNCHANGED, collect
from tests.plain_course import NAMES, filled_in, plain_course, plain_source, ps2, released, scores_in

__all__ = ["plain_course", "plain_source"]  # fixtures
P1, P2, P3 = NAMES


@pytest.fixture
def text(plain_course):
    """The text of a notebook filled in, which can be told from others of the same name."""

    def text(name, version=""):
        nb = filled_in(plain_course, name)
        nb.cells.append(nbformat.v4.new_markdown_cell(f"version {version}", id="version"))
        return nbformat.writes(nb)

    return text


def there(course, student):
    return {path.stem: path.read_text() for path in course.folder("submitted", student).glob("*.ipynb")}


def rows(result):
    return {(student, upload.file): outcome for student, upload, outcome, _ in result.students}


def reasons(result):
    return {refused.entry: refused.reason for refused in result.refused}


GRADESCOPE = """
submission_7:
  :submitters:
  - {":name": Jane Doe, ":sid": jane, ":email": jane@example.edu}
  :created_at: 2026-10-01 12:30:45 Z
"""
NAMED = {
    "canvas": ("doejane_1_1{number}_{name}.ipynb", "1"),
    "moodle": ("Jane Doe_1234567_assignsubmission_file_/{name}.ipynb", "1234567"),
    "blackboard": ("Ps1_jane_attempt_2026-10-01-12-30-45_{name}.ipynb", "jane"),
    "gradescope": ("submission_7/{name}.ipynb", "jane"),
}


@pytest.mark.parametrize("system", NAMED)
def test_all_notebooks_of_a_student_are_collected_whatever_their_names(plain_course, pack, text, system):
    """Two have names of their own, and the third one that of another."""
    pattern, student = NAMED[system]
    names = {P1: P1, P2: "my essay", P3: f"{P2} (1)"}
    files = {pattern.format(number=n, name=names[name]): text(name) for n, name in enumerate(NAMES)}
    files |= {"submission_metadata.yml": GRADESCOPE} if system == "gradescope" else {}
    result = collect(plain_course, pack(files))
    assert there(plain_course, student) == {name: text(name) for name in NAMES}
    assert set(rows(result).values()) == {COLLECTED} and result.summary().startswith("3 collected, 0 nothing new, 0 k")
    timed = system in ("blackboard", "gradescope")
    stamp = plain_course.folder("submitted", student) / "timestamp.txt"
    assert (stamp.read_text() == "2026-10-01 12:30:45") if timed else not stamp.exists()
    autograde_class(plain_course, feedback=False)
    assert scores_in(plain_course) == {student: (7.0, 0.0, 3.0)}


def test_what_is_not_of_the_assignment_is_refused_file_by_file(plain_course, pack, text, grading):
    other = nbformat.writes(nbformat.v4.new_notebook(cells=ps2()))
    archive = pack(
        {
            f"a_1_10_{P1}.ipynb": text(P1),
            f"a_1_11_{P2}.ipynb": other,
            f"a_1_12_{P3}-1.ipynb": text(P3, "old"),
            f"a_1_13_{P3}-2.ipynb": text(P3, "new"),
            "b_2_14_ps2.ipynb": other,
            f"c_3_15_{P1}.ipynb": "{",
            "c_3_16_work.ipynb": "{",
        }
    )
    status, out, err = grading("collect", archive, "ps1", "--course", plain_course.root)
    assert (status, err) == (0, "")
    assert "notebooks: 3 collected, 0 nothing new, 1 kept aside, 3 refused" in out
    result = collect(plain_course, archive)
    assert reasons(result) == {
        f"a_1_11_{P2}.ipynb": "a notebook, but not of the assignment ps1: it has none of its cells",
        "b_2_14_ps2.ipynb": "a notebook, but not of the assignment ps1: it has none of its cells",
        "c_3_16_work.ipynb": f"not a notebook, and its name is none of {P1}.ipynb, {P2}.ipynb, {P3}.ipynb",
    }
    assert there(plain_course, "1") == {P1: text(P1), P3: text(P3, "new")}
    assert there(plain_course, "3") == {P1: "{"}, "grading says why"
    assert plain_course.students() == ["1", "3"]


def test_a_newer_one_of_one_notebook_leaves_the_others_there(plain_course, pack, text):
    first = {f"a_1_1{n}_{name}.ipynb": text(name, "first") for n, name in enumerate(NAMES)}
    collect(plain_course, pack(first, "first.zip"))
    (plain_course.folder("submitted", "1") / "data.csv").write_text("1")
    second = pack({f"a_1_20_{P2}-1.ipynb": text(P2, "second")}, "second.zip")
    assert collect(plain_course, second).outcomes() == {"1": REPLACED}
    assert there(plain_course, "1") == {P1: text(P1, "first"), P2: text(P2, "second"), P3: text(P3, "first")}
    assert (plain_course.folder("submitted", "1") / "data.csv").read_text() == "1"
    kept = list(plain_course.root.glob(f"downloaded/ps1/older/1/*/{P2}.ipynb"))
    assert [path.read_text() for path in kept] == [text(P2, "first")]
    again = collect(plain_course, pack(first, "first.zip"))
    assert set(rows(again).values()) == {UNCHANGED, OLDER} and again.summary() == (
        "0 collected, 2 nothing new, 1 kept aside, 0 refused"
    )
    assert there(plain_course, "1")[P2] == text(P2, "second")


def test_stopped_anywhere_no_notebook_is_lost(plain_course, pack, text, monkeypatch):
    from grading.lms import publish

    collect(plain_course, pack({f"a_1_1{n}_{name}.ipynb": text(name, "old") for n, name in enumerate(NAMES)}, "1.zip"))
    new = pack({f"a_1_2{n}_{name}.ipynb": text(name, "new") for n, name in enumerate((P1, P2))}, "2.zip")
    replace = publish.os.replace
    for stops_at in range(1, 9):
        renamed = []

        def stop(source, target, renamed=renamed, stops_at=stops_at):
            renamed.append(target)
            if len(renamed) == stops_at:
                raise KeyboardInterrupt
            replace(source, target)

        with monkeypatch.context() as patch:
            patch.setattr(publish.os, "replace", stop)
            try:
                collect(plain_course, new)
            except KeyboardInterrupt:
                pass
        found = there(plain_course, "1")
        assert found[P3] == text(P3, "old")
        for name in (P1, P2):
            assert found[name] in (text(name, "old"), text(name, "new"))
            kept = [path.read_text() for path in plain_course.root.glob(f"downloaded/ps1/older/1/*/{name}.ipynb")]
            assert found[name] == text(name, "old") or text(name, "old") in kept
    collect(plain_course, new)
    assert there(plain_course, "1") == {P1: text(P1, "new"), P2: text(P2, "new"), P3: text(P3, "old")}


def test_which_of_two_that_share_all_their_cells_is_told_by_the_name(plain_course, plain_source, pack):
    """The third notebook becomes a copy of the first: then only the names of files tell them apart."""
    (plain_source / "ps1" / f"{P3}.ipynb").write_text((plain_source / "ps1" / f"{P1}.ipynb").read_text())
    same = nbformat.writes(released(plain_course, P1))
    result = collect(plain_course, pack({f"a_1_10_{P3}.ipynb": same, "a_1_11_mine.ipynb": same}))
    assert set(there(plain_course, "1")) == {P3}
    assert reasons(result) == {
        "a_1_11_mine.ipynb": f"could be any of {P1}.ipynb, {P3}.ipynb: its cells and its name do not tell which"
    }


def test_grades_and_pages_go_back_for_all_notebooks(plain_course, pack, text, grading, tmp_path):
    names = {"a_1_10_": P1, "a_1_11_": P2, "a_1_12_": P3, "b_2_13_": P1}
    collect(plain_course, pack({f"{before}{name}.ipynb": text(name) for before, name in names.items()}))
    autograde_class(plain_course, feedback=False)
    feedback, grades = tmp_path / "feedback.zip", tmp_path / "grades.csv"
    options = ("--to", "canvas", "--out", grades, "--feedback", feedback, "--course", plain_course.root, "--workers", 1)
    status, out, err = grading("export", *options, "ps1")
    assert status == 0 and "2 answers of 1 students wait" in err
    scores = {row["ID"]: row["ps1"] for row in csv.DictReader(grades.open()) if row["ID"]}
    assert scores == {"1": "10", "2": "7"}
    assert sorted(zipfile.ZipFile(feedback).namelist()) == [*(f"1/{name}.html" for name in NAMES), f"2/{P1}.html"]
