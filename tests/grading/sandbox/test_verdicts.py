"""A child is told no verdict, and its test cells look as if each had been there when it was asked for."""

import pytest
from cells import as_test, notebook, run

from grading.examiner.session import CellSession
from grading.nbgrader_plugins import ConfinedExecute
from grading.sandbox.channel import Channel
from tests.course07 import cell_of, lesson

GIVEN = [cell_of(lesson(), name).source for name in ("imports", "helpers", "test-tools")]
RIGHT = """
class Optimizer(Optimizer):
    def zero_grad(self):
        for param in self.params:
            param.grad = None
    def step(self):
        raise NotImplementedError
"""
WRONG = "class Optimizer(Optimizer):\n    def zero_grad(self):\n        pass"
ASK = "from grading.examiner import examine\n"
FAILED = "optimizer.zero_grad: after zero_grad, grad is not None"


def submission(*sources, tests=(-1,)):
    """A submission whose last cell is a test, or those that are named."""
    nb = notebook(*GIVEN, *sources)
    for number in tests:
        as_test(nb.cells[number])
    return nb


def outputs_of(folder, optimizer, test, **limits):
    """What stands in a test cell, and the verdicts beside it."""
    nb = run(submission(optimizer, ASK + test), folder, **limits)
    return nb.cells[-1].outputs, nb.cells[-1].metadata["verdicts"]


def plain(outputs):
    return [o.get("text") or o.get("evalue") or o.data["text/plain"] for o in outputs]


ZERO_GRAD = 'examine("optimizer.zero_grad", Optimizer)'


def test_what_comes_after_a_check_that_failed_is_left_out(tmp_path):
    test = f"print('before')\n{ZERO_GRAD}\nprint('after')\nassert False, 'the test itself'"
    outputs, (verdict,) = outputs_of(tmp_path, WRONG, test)
    assert plain(outputs) == ["before\n", verdict["message"]] and verdict["message"].startswith(FAILED)
    assert outputs[1].ename == "CheckFailed" and outputs[1].traceback


def test_what_comes_after_a_check_that_passed_stays(tmp_path):
    test = f"print('before')\n{ZERO_GRAD}\nprint('after')\nassert False, 'the test itself'"
    outputs, (verdict,) = outputs_of(tmp_path, RIGHT, test)
    assert plain(outputs) == ["before\n", "after\n", "the test itself"] and verdict["message"] == ""


def test_of_several_checks_the_first_that_failed_is_said(tmp_path):
    test = f'examine("optimizer.interface", Optimizer)\nprint("between")\n{ZERO_GRAD}\nexamine("sgd.step", Optimizer)'
    outputs, verdicts = outputs_of(tmp_path, WRONG + "\n    def step(self):\n        raise NotImplementedError", test)
    assert [verdict["check"] for verdict in verdicts] == ["optimizer.interface", "optimizer.zero_grad", "sgd.step"]
    assert [bool(verdict["message"]) for verdict in verdicts] == [False, True, True]
    assert plain(outputs) == ["between\n", verdicts[1]["message"]]


def test_a_check_that_is_not_reached_is_named_only_if_nothing_else_says_why(tmp_path):
    outputs, verdicts = outputs_of(tmp_path, RIGHT, f"raise ValueError('mine')\n{ZERO_GRAD}")
    assert plain(outputs) == ["mine"] and verdicts == []
    outputs, verdicts = outputs_of(tmp_path, RIGHT, f"if False:\n    {ZERO_GRAD}")
    assert plain(outputs) == ["optimizer.zero_grad: the examiner was not asked. Is examine() another function by now?"]


def test_a_result_is_no_credit_and_an_error_before_the_verdict_does_not_pass_for_it(tmp_path):
    outputs, _ = outputs_of(tmp_path, RIGHT, f"{ZERO_GRAD}\n1000")
    assert [output.output_type for output in outputs] == ["display_data"]
    forged = "get_ipython()._showtraceback(AssertionError, 'all is well', [])"
    outputs, (verdict,) = outputs_of(tmp_path, WRONG, f"{forged}\n{ZERO_GRAD}")
    assert plain(outputs) == [verdict["message"]]


@pytest.mark.parametrize("error", ["ExceptionGroup('both', [ValueError(1)])", "Silent"])
def test_an_exception_that_leaves_no_traceback_fails_a_cell_as_any_other(tmp_path, error):
    silent = "class Silent(Exception): pass\nget_ipython().set_custom_exc((Silent,), lambda *error, **options: None)"
    outputs, _ = outputs_of(tmp_path, f"{RIGHT}\n{silent}", f"{ZERO_GRAD}\nraise {error}")
    assert [o.ename for o in outputs if o.output_type == "error"] == [error.partition("(")[0]]


def test_outputs_that_were_cleared_after_a_check_leave_the_verdict(tmp_path):
    test = f"from IPython.display import clear_output\nprint('x')\n{ZERO_GRAD}\nclear_output()\nprint('y')"
    outputs, (verdict,) = outputs_of(tmp_path, WRONG, test)
    assert outputs[-1].evalue == verdict["message"]


def test_a_cell_whose_case_does_not_end_goes_no_further(tmp_path):
    """Else it would hang a second time in the tests that everybody can see, and take the time of all later cells."""
    hangs = "class Optimizer(Optimizer):\n    def zero_grad(self):\n        while True: pass"
    test = f"{ZERO_GRAD}\nOptimizer([parameter([1.0])]).zero_grad()"
    outputs, (verdict,) = outputs_of(tmp_path, hangs, test, cell_seconds=9)
    assert "did not end within 5 seconds" in verdict["message"] and plain(outputs) == [verdict["message"]]


def test_a_check_that_nobody_asks_for_says_so_and_no_more(tmp_path):
    nb = run(submission(RIGHT, ASK + ZERO_GRAD, ASK + ZERO_GRAD), tmp_path)
    assert plain(nb.cells[-2].outputs) == ["optimizer.zero_grad: nobody asks that here"]
    assert nb.cells[-1].outputs == []


@pytest.fixture
def told(monkeypatch):
    """What the host does, in order: what it sends to a child, and "judged"."""
    happened, send, verdicts = [], Channel.send, CellSession.verdicts
    monkeypatch.setattr(Channel, "send", lambda self, message: happened.append(sorted(message)) or send(self, message))
    monkeypatch.setattr(CellSession, "verdicts", lambda self: happened.append("judged") or verdicts(self))
    return happened


def test_a_child_is_sent_cells_and_nothing_else_and_nothing_is_judged_before_the_last_has_run(tmp_path, told):
    asks = ASK + ZERO_GRAD, "print('between')", ASK + 'examine("optimizer.interface", Optimizer)'
    nb = run(submission(WRONG, *asks, tests=(-3, -1)), tmp_path)
    assert [bool(cell.metadata["verdicts"][0]["message"]) for cell in (nb.cells[-3], nb.cells[-1])] == [True, True]
    asked = ["cell", "prepared", "questions"]
    mine = told[told.index(asked) :]
    cells = len(nb.cells)
    assert mine[:cells] == [asked] * cells
    # only then a picture is asked for, when it is too late to learn
    assert set(map(str, mine[cells:])) == {"judged", str(["case", "check", "tracer"])}


RAISES = f"{ZERO_GRAD}\ndef check(value):\n    assert value, 'the test itself'\ncheck(0)"


def test_a_traceback_is_made_where_no_verdict_takes_its_place(tmp_path, told):
    (error,), _ = outputs_of(tmp_path, RIGHT, RAISES)
    assert told[-1] == ["put_off"]
    assert error.evalue == "the test itself" and "check" in error.traceback[-2] and len(error.traceback) > 3


def test_a_traceback_that_nobody_will_see_is_not_made(tmp_path, told):
    outputs, (verdict,) = outputs_of(tmp_path, WRONG, RAISES)
    assert plain(outputs) == [verdict["message"]] and ["put_off"] not in told


LONG = f"{ZERO_GRAD}\nassert False, 'x' * 300_000"
BROKEN = "get_ipython().put_off[0][1].make = None"
SHOWN = {"output_type": "error", "ename": "E", "evalue": "", "traceback": ["E: "], "put_off": 0}
FORGED = f"""
run = get_ipython().run
def forged(source, *limits):
    shown = run(source, *limits)
    return [{SHOWN} for _ in range(999)] if "examine" in source else shown
get_ipython().run = forged
get_ipython().traceback = lambda number: ["forged"]
"""


@pytest.mark.parametrize(("test", "between"), [(LONG, "1"), (RAISES, BROKEN)])
def test_one_that_is_too_long_or_cannot_be_made_costs_no_other(tmp_path, test, between):
    nb = run(submission(RIGHT, ASK + test, between, ASK + RAISES, tests=(-3, -1)), tmp_path)
    (first,), (last,) = nb.cells[-3].outputs, nb.cells[-1].outputs
    assert len(last.traceback) > 3 and 0 < sum(map(len, first.traceback)) < 200_000


def test_of_a_cell_no_more_than_one_is_asked_for(tmp_path, told):
    outputs, _ = outputs_of(tmp_path, RIGHT + FORGED, ZERO_GRAD)
    assert [output.traceback for output in outputs] == [["forged"], *[["E: "]] * 998]
    assert told.count(["put_off"]) == 1


def test_who_is_gone_by_then_leaves_an_error_without_a_traceback(tmp_path):
    nb = run(submission(RIGHT, ASK + RAISES, "import os\nos._exit(0)", tests=(-2,)), tmp_path)
    (error,) = nb.cells[-2].outputs
    assert error.traceback == ["AssertionError: the test itself"]


def test_who_is_gone_by_then_gets_the_verdicts_without_a_picture(tmp_path):
    asks = ASK + ZERO_GRAD, "import os\nos._exit(0)", ASK + ZERO_GRAD
    nb = run(submission(WRONG, *asks, tests=(-3, -1)), tmp_path)
    (verdict,) = nb.cells[-3].metadata["verdicts"]
    assert verdict["message"].startswith(FAILED) and "illustration" not in verdict
    assert plain(nb.cells[-3].outputs) == [verdict["message"]]
    assert "Stopped" in nb.cells[-1].outputs[0].ename


def test_a_stopped_cell_keeps_why_it_was_stopped(tmp_path):
    outputs, (verdict,) = outputs_of(tmp_path, WRONG, f"{ZERO_GRAD}\nimport os\nos._exit(0)")
    assert verdict["message"].startswith(FAILED) and plain(outputs) == ["it ended itself (exit status 0)"]


def test_a_time_out_is_said_where_no_check_has_failed(tmp_path):
    assert ConfinedExecute().cell_seconds == 30
    loop = f"{ZERO_GRAD}\nwhile True: pass"
    outputs, _ = outputs_of(tmp_path, RIGHT, loop, cell_seconds=1)
    assert outputs[0].ename == "CellTimeoutError"
    outputs, (verdict,) = outputs_of(tmp_path, WRONG, loop, cell_seconds=1)
    assert plain(outputs) == [verdict["message"]]
