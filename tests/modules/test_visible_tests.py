"""What the lesson's visible tests say to whoever fails them."""

import ast

import nbformat
import numpy as np
import pytest

from nbs_export.markers import MARKERS
from tests.course07 import LESSON
from tests.modules.visible_tests import failures, namespace, visible_cells
from tinytorch.core import optimizers as lesson

SUBJECTS = ("Optimizer", "SGD", "Adam", "AdamW")


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_lessons_own_classes_pass(subject):
    assert failures(subject, getattr(lesson, subject)) == {}


@pytest.mark.parametrize("cell", visible_cells())
def test_every_assert_has_a_message(cell):
    source, _ = visible_cells()[cell]
    asserts = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]
    assert not [ast.unparse(node) for node in asserts if node.msg is None]


def test_so_has_every_assert_of_the_given_tools():
    tools = next(cell.source for cell in nbformat.read(LESSON, as_version=4).cells if cell.id == "test-tools")
    assert not [node for node in ast.walk(ast.parse(tools)) if isinstance(node, ast.Assert) and node.msg is None]


def remade(subject, **changes):
    return type(subject, (getattr(lesson, subject),), changes)


def no_buffers(self):
    """A step that moves every parameter, and keeps nothing."""
    self.step_count += 1
    for param in self.params:
        if param.grad is not None:
            param.data = lesson.array_like(param.data - self.lr * lesson.grad_array(param), param)


@pytest.mark.parametrize(
    ("subject", "cell", "changes", "message"),
    [
        ("SGD", "test-sgd-momentum", {"step": no_buffers},
         "the velocity after step 1 under a steady gradient of 1: there should be an array of numbers, yours is None"),
        ("Adam", "test-adam-moments", {"step": no_buffers},
         "m after one step, a tenth of the gradient: there should be an array of numbers, yours is None"),
        ("AdamW", "test-adamw-moments", {"step": no_buffers},
         "m, a tenth of the pure gradient: there should be an array of numbers, yours is None"),
        ("SGD", "test-sgd-get-state", {"has_momentum": lambda self: self.momentum},
         "has_momentum() should be True with momentum=0.9, yours is 0.9"),
        ("SGD", "test-sgd-set-state", {"set_momentum_state": lambda self, state: None},
         "w in the resumed run, beside the one that went on,\n"),
        ("SGD", "test-sgd-defaults", {"__init__": lambda self, params: lesson.SGD.__init__(self, params, lr=0.1)},
         "lr of SGD(params), a default: should be 0.01, yours is 0.1"),
        ("Adam", "test-adam-defaults",
         {"__init__": lambda self, params: lesson.Adam.__init__(self, params, betas=(0.9, 0.99))},
         "beta2 of Adam(params), a default: should be 0.999, yours is 0.99"),
        ("AdamW", "test-adamw-defaults",
         {"__init__": lambda self, params: lesson.AdamW.__init__(self, params, weight_decay=0)},
         "weight_decay of AdamW(params), a default: should be 0.01, yours is 0.0"),
    ],
)  # fmt: skip
def test_a_message_says_what_was_looked_at(subject, cell, changes, message):
    assert str(failures(subject, remade(subject, **changes))[cell]).startswith(message)


def written_to(self):
    for param in self.params:
        if param.grad is not None:
            lesson.grad_array(param)[...] *= 2
    lesson.SGD.step(self)


def to_float64(self):
    lesson.SGD.step(self)
    for param in self.params:
        param.data = param.data.astype(np.float64)


def counts_twice(self):
    lesson.SGD.step(self)
    self.step_count += 1


def tensors_only(self):
    arrays = [(param, param.grad) for param in self.params if isinstance(param.grad, np.ndarray)]
    for param, _ in arrays:
        param.grad = None
    lesson.SGD.step(self)
    for param, gradient in arrays:
        param.grad = gradient


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (written_to, "a gradient that is a Tensor, which step() reads and never writes to,\n"),
        (to_float64, "a parameter keeps its dtype and shape: float32 became float64 of shape (1,)"),
        (counts_twice, "after two steps step_count should be 2, yours is 4"),
        (tensors_only, "a scalar parameter, with an array as its gradient, should move; yours did not"),
    ],
)
def test_the_demands_of_every_step_are_tested_in_sight(step, message):
    assert str(failures("SGD", remade("SGD", step=step))["test-sgd-gradients"]).startswith(message)


def test_a_state_of_none_leaves_no_older_velocity():
    def keeps(self, state):
        if not (isinstance(state, list) and state and state[0] is None):
            lesson.SGD.set_momentum_state(self, state)

    found = failures("SGD", remade("SGD", set_momentum_state=keeps))
    assert str(found["test-sgd-set-state"]).startswith("after a state of [None] there should be no velocity")


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_class_whose_cell_did_not_run_is_named(subject):
    found = failures(subject, None)
    assert set(found) == set(visible_cells(subject))
    for error in found.values():
        assert str(error).startswith(f"{subject} is not defined: the cell that defines it did not run to its end.")


def test_so_it_is_when_another_class_is_there():
    """The stand-in is told from the student's own base class."""
    scope = namespace()
    own = next(cell.source for cell in nbformat.read(LESSON, as_version=4).cells if cell.id == "optimizer")
    exec(MARKERS.sub("", own), scope)  # noqa: S102 - our own source
    scope["defined"]("Optimizer")
    with pytest.raises(AssertionError, match="SGD is not defined"):
        scope["defined"]("SGD")


def test_diagnose_names_it_too(capsys):
    from diagnosis import diagnose

    diagnose(namespace()["Optimizer"])
    assert capsys.readouterr().out.startswith(
        "Optimizer.zero_grad() raised NotImplementedError: Optimizer is not defined: the cell that defines it"
    )


BEGUN = """
class SGD(Optimizer):
    def velocity(self, i, param, grad):
        return grad
"""


@pytest.fixture
def scope():
    """What the lesson gives, and a class that grows."""
    scope = namespace()
    exec(BEGUN, scope)  # noqa: S102 - our own source
    return scope


def add(scope, source):
    exec(f"@add_to_class(SGD)\n{source}", scope)  # noqa: S102 - our own source


def test_a_method_is_added_to_its_class(scope, capsys):
    add(scope, "def velocity(self, i, param, grad):\n    return 2 * grad")
    velocity = scope["SGD"].velocity
    assert velocity(None, 0, None, 3) == 6 and velocity.__qualname__ == "SGD.velocity"
    assert capsys.readouterr().out == ""
    scope["defined"]("SGD", "velocity")


def test_one_that_is_not_written_adds_nothing(scope, capsys):
    add(scope, 'def velocity(self, i, param, grad):\n    """Of one parameter."""\n    raise NotImplementedError()')
    assert scope["SGD"].velocity(None, 0, None, 3) == 3
    assert capsys.readouterr().out == "SGD.velocity is not written yet, so nothing is added.\n"
    scope["defined"]("SGD", "velocity")


def test_a_name_that_the_class_did_not_begin_with_is_refused(scope):
    with pytest.raises(NameError, match="^SGD began without a method velocities: is the name as you got it?"):
        add(scope, "def velocities(self):\n    return 1")


def test_a_class_that_was_made_anew_is_named(scope):
    add(scope, "def velocity(self, i, param, grad):\n    return 2 * grad")
    exec(BEGUN, scope)  # noqa: S102 - our own source
    scope["defined"]("SGD")
    with pytest.raises(AssertionError, match="^SGD is new, and without your velocity: run the cell of velocity again$"):
        scope["defined"]("SGD", "velocity")


@pytest.mark.parametrize("subject", ["SGD", "Adam"])
def test_each_test_asks_for_what_it_needs_of_a_class_that_grows(subject):
    """Where a class is as it began, a test that fails for want of a method says so."""
    cells = nbformat.read(LESSON, as_version=4).cells
    begun = next(cell.source for cell in cells if cell.id == subject.lower())
    scope = namespace()
    scope["Optimizer"] = lesson.Optimizer
    exec(MARKERS.sub("", begun), scope)  # noqa: S102 - our own source
    added = [cell.source for cell in cells if f"@add_to_class({subject})" in cell.source and cell.id != "test-tools"]
    for source in added:
        exec(MARKERS.sub("", source), scope)  # noqa: S102 - our own source
    exec(MARKERS.sub("", begun), scope)  # noqa: S102 - our own source
    for name, (source, _) in visible_cells(subject).items():
        try:
            exec(source, scope)  # noqa: S102 - our own source
        except AssertionError as error:
            assert str(error).startswith(f"{subject} is new, and without your "), name
