"""What the examiner says: of right classes, of wrong ones, of subjects that are no optimizers at all."""

import json
import re
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from diagnosis.behavior import entries
from diagnosis.case import Case
from diagnosis.trace import make_trace

from grading.examiner import CheckFailed, examine
from grading.exams.optimizers.answers import ANSWERS
from grading.exams.optimizers.checks import CHECKS
from grading.exams.optimizers.mutants import MISCONCEPTIONS, MUTANTS, base
from tests.course07 import LESSON, examination, judge_class
from tinytorch.core import optimizers as reference
from tinytorch.core.tensor import Tensor

ASSIGNMENT = "07_optimizers"


@pytest.mark.parametrize("name", CHECKS)
def test_the_lessons_own_solution_passes(name):
    assert examine(name, getattr(reference, CHECKS[name].subject)) is None


def test_every_check_is_one_hidden_test_of_the_lesson():
    lines = []
    for cell in nbformat.read(LESSON, as_version=4).cells:
        hidden = re.search(r"### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS", cell.source, re.DOTALL)
        if hidden:
            importing, line = hidden.group(1).splitlines()
            assert importing == "from grading.examiner import examine"
            lines.append(line)
            name = re.match(r'examine\("([a-z0-9_.]+)", (\w+)\)$', line)
            subject = CHECKS[name[1]].subject if name[1] in CHECKS else name[1].replace(".", "_")
            assert subject == name[2]
            assert cell.id == "test-" + name[1].replace(".", "-").replace("_", "-")
    checks = [f'examine("{check.name}", {check.subject})' for check in CHECKS.values()]
    answers = [f'examine("{name}", {name.replace(".", "_")})' for name in ANSWERS]
    assert sorted(lines) == sorted(checks + answers)


@pytest.mark.parametrize("name", CHECKS)
def test_two_students_get_different_numbers_and_a_regrade_the_same(name):
    def numbers(student):
        cases = examination(name, student).cases
        return json.dumps([case.as_data() for case in cases])

    assert numbers("ada") == numbers("ada")
    assert numbers("ada") != numbers("grace")


@pytest.mark.parametrize("name", CHECKS)
def test_a_case_is_data(name):
    for case in examination(name).cases:
        again = Case.from_data(json.loads(json.dumps(case.as_data())))
        subject = getattr(reference, case.subject)
        one, other = ([*entries(c, make_trace(c, subject, Tensor))] for c in (case, again))
        assert one == other


def test_a_failed_check_names_itself_the_place_the_size_and_the_mistake():
    with pytest.raises(CheckFailed) as failed:
        examine("adam.bias_correction", MUTANTS["adam.VUncorrected"].make)
    first, hint = str(failed.value).splitlines()
    assert re.fullmatch(
        r"adam\.bias_correction: after step 1, the value of parameter \d \(shape \(.*\)\) is off by \d\d% "
        r"of its right change",
        first,
    )
    assert hint == f"Hint: {MISCONCEPTIONS['adam.v_uncorrected'].hint}"


def test_where_no_mutant_fits_nothing_is_guessed():
    class Adam(base.Adam):
        def change(self, i, param, gradient):
            return super().change(i, param, gradient) * (1.5 if self.step_count == 3 else 1.0)

    verdict = judge_class("adam.bias_correction", Adam)
    assert not verdict.passed
    assert verdict.misconception is None
    assert "after step 3, the value of parameter" in verdict.message
    assert "Hint" not in verdict.message


def test_a_step_that_is_wrong_once_is_found_where_it_is_wrong():
    class SGD(base.SGD):
        def velocity(self, old, gradient):
            return super().velocity(old, gradient) + (0.01 if self.step_count == 4 else 0.0)

    verdict = judge_class("sgd.momentum", SGD)
    assert verdict.deviation.field == "momentum_buffers"
    assert "after step 4" in verdict.message


@pytest.mark.parametrize(("last", "where"), [(57, "after step 61"), (61, "after step 111"), (110, "after step 111")])
def test_in_a_long_run_few_steps_are_looked_at_and_all_are_counted(last, where):
    class StopsCorrecting(reference.Adam):
        def step(self):
            self.now = getattr(self, "now", 0) + 1
            if self.now > last:
                self.step_count = 10**6
            super().step()

    assert where in judge_class("adam.bias_correction", StopsCorrecting).message


def test_an_exception_in_steps_that_nobody_looks_at_is_seen():
    class Breaks(reference.Adam):
        def step(self):
            self.now = getattr(self, "now", 0) + 1
            if self.now == 55:
                raise RuntimeError("tired")
            super().step()

    message = judge_class("adam.bias_correction", Breaks).message
    assert message.startswith("adam.bias_correction: step() raised RuntimeError: tired")


# --- subjects that are no optimizers ---------------------------------------------------------------------------------


class LacksStep:
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        pass


class TakesNothing:
    pass


class OtherSignature(base.Adam):
    def __init__(self, parameters, learning_rate):
        super().__init__(parameters, learning_rate)


class RaisesAnything(base.Adam):
    def step(self):
        raise KeyboardInterrupt("stop")


class Exits(base.Adam):
    def __init__(self, *args, **kwargs):
        sys.exit(0)


class MutteringError(BaseException):
    def __str__(self):
        raise RuntimeError("not even a message")


class RaisesMuttering(base.Adam):
    def step(self):
        raise MutteringError


class NotANumber(base.Adam):
    def ratio(self, m_hat, v_hat):
        return m_hat * np.nan


class WrongShapes(base.Adam):
    def m(self, old, gradient):
        return np.zeros((7, 7))


class StrangeState(base.Adam):
    def __getattribute__(self, name):
        if name in ("m_buffers", "v_buffers", "step_count", "params") and sys._getframe(1).f_code.co_name != "step":
            return object()
        return super().__getattribute__(name)


class RaisingProperty(base.Adam):
    @property
    def m_buffers(self):
        raise SystemExit

    @m_buffers.setter
    def m_buffers(self, value):
        pass


class LyingArray(base.Adam):
    def m(self, old, gradient):
        class Liar:
            shape, dtype = gradient.shape, gradient.dtype

            def __array__(self, *args, **kwargs):
                raise ValueError("no")

            def __eq__(self, other):
                return True

            def __mul__(self, other):
                return gradient * other

            __rmul__ = __truediv__ = __mul__

        return Liar()


@pytest.mark.parametrize(
    "subject",
    [
        7, None, "Adam", lambda params, **settings: None, LacksStep, TakesNothing, OtherSignature, RaisesAnything,
        Exits, RaisesMuttering, NotANumber, WrongShapes, StrangeState, RaisingProperty, LyingArray,
    ],
    ids=lambda subject: getattr(subject, "__name__", repr(subject)),
)  # fmt: skip
@pytest.mark.parametrize("name", ["adam.moments", "adam.bias_correction", "adam.gradients"])
def test_whatever_the_subject_is_there_is_a_verdict(name, subject):
    verdict = judge_class(name, subject)
    if not verdict.passed:
        assert verdict.message.startswith(f"{name}: ")
        assert len(verdict.message) < 1000
    failed = [n for n in CHECKS if n.startswith("adam.") and not judge_class(n, subject).passed]
    assert failed, "no such subject should pass everything"


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_call_that_does_not_end_is_ended(stubborn, monkeypatch):
    monkeypatch.setattr("tracing.limit.AGAIN", 0.02)  # it is interrupted more than twenty times

    class Forever(base.Adam):
        def step(self):
            while True:
                try:
                    while True:
                        pass
                except BaseException:
                    self.tries = getattr(self, "tries", 0) + 1
                    if not stubborn or self.tries > 20:
                        raise

    case = examination("adam.moments").cases[0]
    trace = make_trace(case, Forever, Tensor, seconds=0.2)
    assert trace.moments[-1].raised.types[0] == "TookTooLong"
    first = next(i for i, call in enumerate(case.calls) if call.do == "step")
    assert len(trace.moments) == first + 1, "and nothing more is asked of it"
    verdict = examination("adam.moments").judge(lambda case: make_trace(case, Forever, Tensor, 0.2))
    assert "step() did not end within 0.2 seconds" in verdict.message


def test_there_is_no_such_check():
    with pytest.raises(ValueError, match="there is no check called 'adam.nonsense'; there are: optimizer.zero_grad"):
        examine("adam.nonsense", reference.Adam)


def test_warnings_of_the_subject_do_not_reach_stderr(capfd):
    with pytest.raises(CheckFailed):
        examine("adam.bias_correction", MUTANTS["adam.CountsAfterwards"].make)
    assert capfd.readouterr().err == ""


def test_who_makes_traces_knows_no_answers():
    program = (
        "import diagnosis, diagnosis.trace, sys;"
        "assert not [name for name in sys.modules if name.startswith('grading') or 'optimizers' in name]"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


# --- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ANSWERS)
def test_right_numbers_pass_and_slips_get_their_hint(name):
    answer = ANSWERS[name]
    assert examine(name, answer.value) is None
    assert examine(name, np.float32(answer.value * 1.002)) is None
    for value, hint in answer.slips:
        with pytest.raises(CheckFailed) as failed:
            examine(name, value)
        assert hint in str(failed.value)
        assert f"{answer.value:.2f}" not in str(failed.value)
    for nonsense in (None, "75", True, [answer.value], float("nan"), -answer.value, 0):
        with pytest.raises(CheckFailed, match=name):
            examine(name, nonsense)


def test_the_numbers_are_those_of_the_corrected_specification():
    assert f"{ANSWERS['q1.adam_state'].value:.1f}" == "74.5"
    assert f"{ANSWERS['q1.adam_training'].value:.1f}" == "149.0"
    assert f"{ANSWERS['q1.momentum_training'].value:.1f}" == "111.8"
    assert f"{ANSWERS['q2.speedup'].value:.2f}" == "1.67"
    assert f"{ANSWERS['q3.first_step_uncorrected'].value:.2f}" == "3.16"
    assert f"{ANSWERS['q3.step_1000_uncorrected'].value:.2f}" == "1.26"
    assert f"{ANSWERS['q4.adam_first_step'].value:.1f}" == "0.1"
    assert f"{ANSWERS['q4.adam_share'].value:.0f}" == "91"
    assert f"{ANSWERS['q4.adamw_share'].value:.1f}" == "0.1"
    assert f"{ANSWERS['q5.checkpoint_size'].value:.0f}" == "18"
    assert f"{ANSWERS['q5.forgotten_count'].value:.3f}" == "0.316"
    assert ANSWERS["scale.first_too_large"].value == 6.7
    assert ANSWERS["scale.zero1_devices"].value == 9


def test_no_slip_is_taken_for_the_right_number_or_for_another_slip():
    for answer in ANSWERS.values():
        numbers = [answer.value, *(value for value, _ in answer.slips)]
        for i, number in enumerate(numbers):
            for other in numbers[:i]:
                assert abs(number - other) > 1.5 * answer.tolerance * max(abs(number), abs(other)), answer.name


def test_the_lessons_own_numbers_are_right():
    names = {}
    for cell in nbformat.read(LESSON, as_version=4).cells:
        if cell.id.endswith("-numbers"):
            exec(cell.source, names)
    for name in ANSWERS:
        assert examine(name, names[name.replace(".", "_")]) is None


@pytest.mark.parametrize("name", ["adam.bias_correction", "adam.epsilon", "adamw.step", "adamw.decay"])
@pytest.mark.parametrize("move", [0.0, 1e-6])
def test_empty_averages_justify_no_standing_still(name, move):
    """Whoever shows averages of zero and goes nowhere has followed from them, and done nothing."""
    right = getattr(reference, CHECKS[name].subject)

    class Lazy(right):
        def step(self):
            self.step_count += 1
            for i, param in enumerate(self.params):
                if param.grad is not None:
                    self.m_buffers[i] = self.v_buffers[i] = np.zeros_like(param.data)
                    param.data = param.data + np.asarray(move, param.data.dtype)

    verdict = judge_class(name, Lazy, "lazy")
    assert not verdict.passed
    assert verdict.deviation.field == "params"
