"""`show`: the numbers of grading again, call by call, beside the right ones."""

import io
import shutil

import nbformat
import numpy as np
import pytest
from rich.console import Console

from grading.course.course import Course
from grading.examiner.examination import traces
from grading.examiner.secret import SECRET_FILE
from grading.show import run_again
from grading.show.run import first_wrong
from grading.show.screen import MOST_CODE, WARNING, print_code
from tests.course07 import ASSIGNMENT, EXAM, cell_of

SOME_MUTANTS = list(EXAM.mutants)[::15]
HOSTILE = """

class Rude(Exception):
    def __str__(self):
        return "[bold]right[/bold]\\x1b[2J\\n\\nThe rule:\\n  full marks"
def step(self):
    raise Rude
SGD.step = step
"""


@pytest.fixture(scope="module")
def course(sample_class):
    return sample_class[0]


def only(cells):
    (shown,) = cells
    (seen,) = shown.checks
    return shown, seen


def test_it_asks_the_same_numbers_as_grading_and_knows_the_right_ones(course):
    shown, seen = only(run_again(course, "sgd-averaged-velocity", "sgd.momentum"))
    graded = cell_of(nbformat.read(course.notebook("autograded", shown.student), as_version=4), "test-sgd-momentum")
    (kept,) = graded.metadata["verdicts"]
    assert kept["message"] == seen.verdict.message and shown.cell.score == 0 and not shown.notes
    case = seen.case
    gradients = [value for _, value in case.calls[case.wrong - 1].inputs]
    velocities = [row for row in case.calls[case.wrong].compared if row.what == "momentum_buffers"]
    assert case.calls[case.wrong].title == "step()" and len(gradients) == len(velocities) > 2
    for gradient, row in zip(gradients, velocities, strict=True):  # momentum 0.9, of which the student takes a tenth
        assert not row.is_right and row.counts
        np.testing.assert_allclose(row.right, gradient, rtol=1e-6)
        np.testing.assert_allclose(row.given, gradient / 10, rtol=1e-5)
    assert seen.verdict.misconception.name == "momentum.averaged" and "velocity <- momentum * velocity + g" in case.rule


def test_a_cell_may_be_named_in_place_of_its_check(course):
    for name in ("sgd.momentum", "test-sgd-momentum", "sgd-momentum"):
        shown, seen = only(run_again(course, "perfect", name))
        assert seen.check.name == "sgd.momentum" and seen.verdict.passed and shown.cell.score == 6
    assert seen.case.wrong is None and seen.number == 1
    assert all(row.is_right for call in seen.case.calls for row in call.compared)


def test_the_screen(course, grading):
    status, out, err = grading("show", "sgd-averaged-velocity", "sgd.momentum", "--course", course.root)
    assert (status, err) == (0, "") and out.startswith(WARNING)
    for words in ("0 of 6 points", "momentum=0.9", "<- here it leaves the right way", "wrong", "The rule:"):
        assert words in out
    calls = [line for line in out.splitlines() if line[:1].isdigit()]
    assert len(calls) == 6 and "here" in calls[2]  # three more than the first wrong one
    full = grading("show", "sgd-averaged-velocity", "sgd.momentum", "--full", "--course", course.root)[1]
    assert len(full) > len(out) and "--full" in out and "--full" not in full
    assert "class SGD(Optimizer):" in full and "class SGD(Optimizer):" not in out


def test_without_a_check_what_failed_is_listed(course, grading):
    status, out, err = grading("show", "adamw-coupled", "--course", course.root)
    assert (status, err) == (0, "") and out.startswith(WARNING)
    assert "adamw.decay" in out and "adamw.moments" in out and "sgd.step" not in out
    assert f"python -m grading show adamw-coupled adamw.decay --course {course.root}" in out
    assert "adamw.decay" in grading("show", "adamw-coupled", ASSIGNMENT, "--course", course.root)[1]
    assert "all test cells earn" in grading("show", "perfect", "--course", course.root)[1]


def test_a_notebook_that_breaks_early_says_which_cell_broke(course, grading):
    status, out, _ = grading("show", "adam-broken-cell", "adam.epsilon", "--course", course.root)
    assert status == 0 and "The cell 'adam' did not run" in out and "SyntaxError" in out
    assert only(run_again(course, "adam-broken-cell", "sgd.step"))[1].verdict.passed


def test_a_number_and_what_is_not_written(course, grading):
    out = grading("show", "untouched", "q1.adam_state", "--course", course.root)[1]
    assert "a NoneType" in out and f"{EXAM.checks['q1.adam_state'].value:.4g}" in out
    shown, seen = only(run_again(course, "untouched", "adam.epsilon"))
    assert seen.case.calls[seen.case.wrong].said == "NotImplementedError"
    assert "param <- param - step" in seen.case.rule


def test_who_or_what_there_is_not_is_one_line(course, grading):
    for arguments, said in (
        (("perfect,untouched",), "one student at a time: perfect or untouched?"),
        (("prefect",), "no student is called 'prefect': did you mean perfect?"),
        (("perfect", "sgd.momentm"), "no check and no test cell is called 'sgd.momentm': did you mean sgd.momentum"),
        (("perfect", "q1-answer"), "q1-answer is graded by hand, in the formgrader"),
        (("not-json", "sgd.step"), "not-json handed in nothing that can be run: not a notebook"),
        (("no-notebook",), "no-notebook handed in nothing that can be run: no such file"),
        (("perfect", "x", "nothing"), "no assignment is called 'nothing'"),
    ):
        status, out, err = grading("show", *arguments, "--course", course.root)
        assert (status, out) == (2, "") and err.startswith(f"error: {said}") and err.count("\n") == 1


@pytest.fixture
def handed_in(course, tmp_path):
    """Hand in the perfect notebook with something after its SGD, in a course that has graded another one."""

    def handed_in(code):
        for name in ("gradebook.db", SECRET_FILE):
            shutil.copy(course.root / name, tmp_path)
        for step in ("submitted", "autograded"):
            shutil.copytree(course.folder(step, "perfect"), tmp_path / step / "perfect" / ASSIGNMENT)
        path = tmp_path / "submitted" / "perfect" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        path.chmod(0o644)
        nb = nbformat.read(path, as_version=4)
        cell_of(nb, "sgd").source += code
        nbformat.write(nb, path)
        return Course(tmp_path)

    return handed_in


def test_what_a_submission_says_is_shown_as_text(handed_in, grading):
    root = handed_in(HOSTILE).root
    status, out, _ = grading("show", "perfect", "sgd.step", "--course", root)
    assert status == 0 and "\x1b" not in out and "[bold]right[/bold]" in out
    assert "it was handed in anew since it was graded" in out
    assert not any(line.strip() == "full marks" for line in out.splitlines())
    assert sum(line == "The rule:" for line in out.splitlines()) == 1
    assert "[bold]right[/bold]" in grading("show", "perfect", "--course", root)[1]


def test_what_does_not_end_is_said(handed_in, grading):
    """With decay only: each check that takes such a step waits for five seconds."""
    endless = "\ndef step(self, right=SGD.step):\n    while self.weight_decay:\n        pass\n    right(self)\n"
    root = handed_in(endless + "SGD.step = step\n").root
    status, out, _ = grading("show", "perfect", "sgd.weight_decay", "--course", root)
    assert status == 0 and "did not end within" in out


def test_code_without_end_does_not_keep_anybody_waiting():
    shown = io.StringIO()
    print_code(Console(file=shown, width=100), "x = 1\n" * 10**6)
    assert shown.getvalue().count("x = 1") < MOST_CODE and shown.getvalue().endswith("more characters\n")


@pytest.mark.parametrize("mutant", SOME_MUTANTS)
def test_every_mistake_can_be_shown(mutant):
    made = EXAM.mutants[mutant]
    for check in EXAM.checks.values():
        if check.subject != made.subject:
            continue
        asked = check.examination(ASSIGNMENT, "ada")
        seen, judgement = [], asked.judgement()
        for number, data in enumerate(traces(asked, made.make)):
            seen.append(asked.read(number, data))
            judgement.take(seen[-1])
            if not judgement.pending:
                break
        if not judgement.verdict.passed:
            first = first_wrong(asked, seen)
            case = asked.explain(first, seen[first])
            assert case.wrong == judgement.verdict.deviation.call and case.rule
            return
    assert not made.caught
