"""What students get of the examiner: diagnose(), which names known mistakes and knows no answers."""

import inspect
import json
import subprocess
import sys
from functools import partial

import matplotlib
import nbformat
import numpy as np
import pytest
from diagnosis import compare, diagnose, parting
from diagnosis.behavior import entries
from diagnosis.diagnose import report
from diagnosis.differences import (
    RECORDED,
    RECORDED_RIGHT,
    WRONG_ARGUMENT,
    first_difference,
    known_mistake,
    public_cases,
)  # fmt: skip
from diagnosis.fingerprint import Symptom
from diagnosis.picture import figure, picture
from diagnosis.trace import make_trace

from grading.exams.optimizers.mutants import MISCONCEPTIONS, MUTANTS, base
from grading.exams.optimizers.received import received_trace
from grading.exams.optimizers.record_behavior import record as record_right
from grading.exams.optimizers.record_fingerprints import record as record_mistakes
from grading.exams.optimizers.record_fingerprints import shown_by
from grading.exams.optimizers.variants import VARIANTS
from tests.course07 import LESSON
from tinytorch.core import optimizers as reference
from tinytorch.core.tensor import Tensor

matplotlib.use("agg")


@pytest.mark.parametrize(("record", "committed"), [(record_mistakes, RECORDED), (record_right, RECORDED_RIGHT)])
def test_what_is_recorded_is_how_mutants_and_variants_behave(record, committed, tmp_path):
    fresh = record(tmp_path / "recorded.npz")
    with np.load(fresh) as new, np.load(committed) as old:
        assert new.files == old.files
        assert str(new["about"]) == str(old["about"]), "run `python -m grading fingerprints`"
        for name in new.files[1:]:
            close = {"rtol": 0, "atol": 4} if name.endswith("tolerance") else {"rtol": 1e-5, "atol": 1e-7}
            np.testing.assert_allclose(new[name], old[name], **close, err_msg="run `python -m grading fingerprints`")


@pytest.mark.parametrize("name", ["Optimizer", "SGD", "Adam", "AdamW"])
def test_a_trace_of_every_public_case_comes_through_the_channel(name):
    for case in public_cases(name):
        trace = make_trace(case, getattr(reference, name), Tensor)
        received = received_trace(json.loads(json.dumps(trace.as_data())), case)
        assert [e.fact for e in entries(case, received)] == [e.fact for e in entries(case, trace)]


def test_what_is_recorded_is_small():
    assert RECORDED.stat().st_size + RECORDED_RIGHT.stat().st_size < 5e5


@pytest.mark.parametrize("name", ["Optimizer", "SGD", "Adam", "AdamW"])
def test_the_lessons_solution_behaves_like_no_mistake(name, capsys):
    diagnose(getattr(reference, name))
    said = capsys.readouterr().out
    assert said.startswith(f"Nothing wrong was seen in your {name}.\nLooked at, in ")
    assert said.endswith(" public cases: " + LOOKED_AT[name] + ".\nThe tests that grade you use other numbers.\n")


@pytest.mark.parametrize("name", VARIANTS)
def test_no_right_variant_is_called_wrong(name):
    variant = VARIANTS[name]
    assert report(compare(type(variant.subject, (variant.make,), {}))).startswith("Nothing wrong was seen")


@pytest.mark.parametrize("name", MUTANTS)
def test_no_mutant_is_called_right(name):
    mutant = MUTANTS[name]
    found = first_difference(mutant.subject, partial(make_trace, subject=mutant.make, tensor=Tensor))
    assert not found.is_right and found.where and (found.differs or found.raised)
    shown = shown_by(mutant)[0]
    assert [seen == Symptom() for seen in shown[: found.cases]] == [True] * (found.cases - 1) + [False]


def test_most_mutants_are_recognized():
    """By what is wrong with them in each case, as it was found for the test of what is recorded."""
    missed, caught = [], {name: mutant for name, mutant in MUTANTS.items() if mutant.caught}
    for name, mutant in caught.items():
        belief, hint = known_mistake(mutant.subject, shown_by(mutant)[0])
        if hint != mutant.misconception.hint:
            missed.append((name, belief))
    assert len(missed) <= 0.02 * len(caught), missed


@pytest.mark.parametrize("name", list(MUTANTS)[::40])
def test_the_whole_way_comes_to_the_same(name):
    mutant = MUTANTS[name]
    found = compare(type(mutant.subject, (mutant.make,), {}))
    assert (found.belief, found.hint) == known_mistake(mutant.subject, shown_by(mutant)[0])


LOOKED_AT = {
    "Optimizer": "zero_grad(); the base class itself",
    "SGD": "arguments and defaults; a plain step; momentum; weight decay; gradients, also missing; "
    "taking the state out; putting a state in",
    "Adam": "arguments and defaults; gradients, also missing; the two averages; bias correction; epsilon; weight decay",
    "AdamW": "arguments and defaults; gradients, also missing; the two averages; a step without decay; decay",
}


V_UNCORRECTED = "return average /", "return average if beta == self.beta2 else average /"


def changed(name, right, wrong):
    """The lesson's own class with one line changed: written in another way than the mutants are."""
    source = inspect.getsource(getattr(reference, name))
    assert right in source
    scope = {**vars(reference), "Tensor": Tensor}
    exec(source.replace(right, wrong), scope)  # noqa: S102 - our own source
    return scope[name]


@pytest.mark.parametrize(
    ("name", "right", "wrong", "misconception"),
    [
        ("SGD", "self.momentum_buffers[i] + grad", "self.momentum_buffers[i] + (1 - self.momentum) * grad",
         "momentum.averaged"),
        ("SGD", "                continue", "                return", "missing.stops"),
        ("SGD", "None if buffer is None else buffer.copy()", "buffer", "state.alias_out"),
        ("SGD", "param.data - self.lr", "param.data + self.lr", "step.uphill"),
        ("Adam", "np.sqrt(square) + self.eps", "np.sqrt(square + self.eps)", "adam.eps_inside"),
        ("Adam", *V_UNCORRECTED, "adam.v_uncorrected"),
        ("Adam", "grad**2", "grad", "adam.v_not_square"),
        ("Adam", "self.beta1 * self.m_buffers[i] + (1 - self.beta1) * grad", "self.beta1 * self.m_buffers[i] + grad",
         "adam.m_sum"),
        ("AdamW", "(1 - self.lr * self.weight_decay) * stepped", "(1 - self.weight_decay) * stepped",
         "adamw.without_lr"),
        ("AdamW", "(1 - self.lr * self.weight_decay) * stepped", "stepped", "adamw.ignored"),
    ],
)  # fmt: skip
def test_mistakes_in_a_students_own_words_are_named(name, right, wrong, misconception, capsys):
    diagnose(changed(name, right, wrong))
    said = capsys.readouterr().out
    assert f"Your {name} behaves like this known mistake: {MISCONCEPTIONS[misconception].belief}." in said
    assert MISCONCEPTIONS[misconception].hint in said


def test_it_shows_where_the_ways_part(capsys):
    diagnose(changed("Adam", *V_UNCORRECTED))
    assert "A dotted line marks the first difference, after step 1, with Adam(params)." in capsys.readouterr().out

    found = compare(changed("Adam", *V_UNCORRECTED))
    drawn = figure(found, parting(found))
    (axes,) = drawn.axes
    yours, right = (line.get_ydata() for line in reversed(axes.get_lines()[:2]))
    assert axes.get_legend_handles_labels()[1] == ["a right Adam", "yours", "the first difference"]
    assert yours[0] == right[0] and abs(yours[1] - right[1]) > 0.01
    drawn.draw_without_rendering()
    assert all(tick == int(tick) for tick in axes.get_xticks())
    page = picture(found, parting(found))._repr_mimebundle_()["text/html"]
    assert '<img alt="The value of one parameter entry over steps' in page


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("Optimizer", "param.grad = None", "param.grad = Tensor(np.zeros(param.shape))"),  # the values are right
        ("Adam", "self.step_count += 1", "self.step_count += 1; self.eps = max(self.eps, 1e-6)"),  # they nearly are
    ],
)
def test_two_curves_that_look_like_one_are_not_drawn(name, right, wrong):
    found = compare(changed(name, right, wrong))
    assert not found.is_right and found.differs
    assert parting(found) is None


def test_what_is_not_written_yet_gets_no_wrong_name(capsys):
    def velocity(self, i, param, grad):
        """Comes in Part 2.2. Until then momentum changes nothing."""
        return grad

    def has_momentum(self):
        """Comes in Part 2.4."""
        raise NotImplementedError("comes in Part 2.4")

    begun = {"velocity": velocity, "has_momentum": has_momentum}
    diagnose(type("SGD", (reference.SGD,), begun))
    assert capsys.readouterr().out == (
        "SGD is not whole yet: velocity (Part 2.2), has_momentum (Part 2.4).\n"
        "Write what is missing, and run its cell after the cell of the class. Then ask again.\n"
    )


def test_an_unknown_mistake_gets_no_wrong_name(capsys):
    diagnose(changed("Adam", "self.lr * mean", "0.83 * self.lr * mean"))
    said = capsys.readouterr().out
    assert said.startswith(
        "Your Adam differs from every right Adam on record, and like none of the known mistakes.\n"
        "It first differs after step 1, with Adam(params).\nWhat differs: the value of every parameter.\n"
    )


def compared(subject, **methods):
    """What is found of the plain class that mutants are made of, with other methods."""
    return compare(type(subject, (getattr(base, subject),), methods))


def test_a_mistake_that_is_near_another_one_does_not_get_its_name():
    """A change of a hundred thousandth is seen after the first step, where the usual decay does no more."""
    some = {"shrink": lambda self, param: base.AdamW.shrink(self, param) if param.data.shape[:1] == (2,) else None}
    assert compared("AdamW", **some).belief == ""
    more = {"apply": lambda self, param, change: self.move(param, change * (1 + 2 * self.weight_decay))}
    assert compared("AdamW", **more).belief == ""


def test_several_mistakes_that_explain_the_same_are_not_guessed_between():
    class Adam(base.Adam):
        def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
            super().__init__(params, lr, betas, eps)

    name, seen = "Adam", [WRONG_ARGUMENT] * 3
    assert known_mistake(name, seen)[1] == MISCONCEPTIONS["adam.interface"].hint
    nothing = [Symptom()] * 3
    assert known_mistake(name, nothing) == ("", "")  # many mistakes do not show in three cases
    assert compare(Adam).hint == MISCONCEPTIONS["adam.interface"].hint


def test_whoever_makes_two_mistakes_is_told_of_the_one_that_shows_first():
    found = compared(
        "Adam",
        ratio=lambda self, m_hat, v_hat: m_hat / np.sqrt(v_hat + self.eps),
        gradient=lambda self, i, param: np.zeros_like(param.data) if param.grad is None else base.read(param),
    )
    assert found.hint == MISCONCEPTIONS["adam.eps_inside"].hint


@pytest.mark.parametrize("subject", [7, None, reference.Adam([Tensor([1.0], requires_grad=True)]), int, "Adam"])
def test_what_is_no_optimizer_class_gets_a_clear_error(subject):
    with pytest.raises(ValueError, match="diagnose takes one of the classes Optimizer, SGD, Adam, AdamW"):
        diagnose(subject)


def test_a_class_built_on_one_of_the_four_is_compared_with_it(capsys):
    class Mine(reference.Adam):
        pass

    diagnose(Mine)
    said = capsys.readouterr().out
    assert said.startswith("Mine is compared with an Adam.\nNothing wrong was seen in your Adam.\n")


def test_an_unfinished_class_is_no_traceback(capsys):
    source = "raise NotImplementedError()"

    class Adam(reference.Adam):
        def step(self):
            exec(source)

    diagnose(Adam)
    assert capsys.readouterr().out == "Adam.step() is not written yet.\n"


def test_an_exception_is_shown_with_the_line_that_raised_it(capsys):
    class SGD(reference.SGD):
        def step(self):
            self.step_count += 1
            for i, param in enumerate(self.params):
                if param.grad is not None:
                    velocity = np.zeros_like(param.data)
                    velocity[:] = reference.grad_array(param)
                    self.momentum_buffers[i] = velocity

    diagnose(SGD)
    assert capsys.readouterr().out.splitlines()[1:] == [
        MISCONCEPTIONS["params.scalar"].hint,
        "SGD.step() raised IndexError: too many indices for array: array is 0-dimensional, but 1 were indexed.",
        "The line: velocity[:] = reference.grad_array(param)",
        "The call: step 1, with SGD(params).",
    ]


def test_the_line_is_that_of_the_first_exception_that_is_wrong():
    class SGD(reference.SGD):
        def set_momentum_state(self, state):
            if state is not None:
                list(state)[7]  # of the states that do not fit, too

    found = compare(SGD)
    assert (found.raised, found.line) == (
        "SGD.set_momentum_state() raised IndexError: list index out of range",
        "list(state)[7]  # of the states that do not fit, too",
    )


def test_the_lesson_says_truly_how_many_mistakes_are_known():
    assert 200 <= len(MUTANTS)
    text = next(
        cell.source for cell in nbformat.read(LESSON, as_version=4).cells if cell.id == "optimizer-diagnose-intro"
    )
    assert "more than two hundred known mistakes" in " ".join(text.split())


def test_it_needs_neither_matplotlib_nor_anything_of_grading_to_compare():
    program = (
        "import sys; from diagnosis import compare; from tinytorch.core.optimizers import Adam;"
        "assert compare(Adam).is_right;"
        "assert not {name.partition('.')[0] for name in sys.modules} & {'matplotlib', 'grading', 'nbgrader'}"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
