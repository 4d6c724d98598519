"""state_dict() and load_state_dict(), on the lesson's optimizers and on others."""

import numpy as np
import pytest

from tinytorch.checkpoint import Stateful
from tinytorch.core.optimizers import SGD, Adam, AdamW, Optimizer
from tinytorch.core.tensor import Tensor

MAKERS = {
    "SGD": lambda params, lr=0.1: SGD(params, lr=lr),
    "SGD + momentum": lambda params, lr=0.1: SGD(params, lr=lr, momentum=0.9, weight_decay=0.1),
    "Adam": lambda params, lr=0.1: Adam(params, lr=lr, betas=(0.8, 0.9), weight_decay=0.1),
    "AdamW": lambda params, lr=0.1: AdamW(params, lr=lr, eps=1e-4),
}
every_optimizer = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


def parameters(like=None):
    """A matrix, a scalar in float64, and one that never gets a gradient."""
    values = [np.ones((2, 3)), 2.0, [5.0]] if like is None else [param.data for param in like]
    return [
        Tensor(value, requires_grad=True, dtype=dtype)
        for value, dtype in zip(values, (np.float32, np.float64, np.float32), strict=True)
    ]


def take_steps(optimizer, steps, first=0):
    for step in range(first, first + steps):
        rng = np.random.default_rng(step)
        for param in optimizer.params[:2]:
            param.grad = rng.normal(size=param.shape).astype(param.dtype)
        optimizer.step()


def values(params):
    return [param.data.tolist() for param in params]


def as_data(state):
    """A state as what can be compared by ==."""
    return {
        name: [None if b is None else (b.dtype, b.tolist()) for b in value] if isinstance(value, list) else value
        for name, value in state.items()
    }


@every_optimizer
def test_a_resumed_run_is_the_same_to_the_last_bit(make):
    params = parameters()
    optimizer = make(params)
    take_steps(optimizer, 5)
    state, others = optimizer.state_dict(), parameters(params)
    take_steps(optimizer, 5, first=5)

    resumed = make(others, lr=7.0)
    resumed.load_state_dict(state)
    take_steps(resumed, 5, first=5)
    assert values(others) == values(params)
    assert as_data(resumed.state_dict()) == as_data(optimizer.state_dict())


@every_optimizer
def test_a_state_is_a_copy_on_the_way_out_and_on_the_way_in(make):
    optimizer, resumed = make(parameters()), make(parameters())
    take_steps(optimizer, 2)
    state = optimizer.state_dict()
    resumed.load_state_dict(state)
    before = as_data(state)
    take_steps(optimizer, 1)
    take_steps(resumed, 1)
    assert as_data(state) == before
    held = as_data(optimizer.state_dict()), as_data(resumed.state_dict())
    for name in Stateful.BUFFERS:
        for buffer in state.get(name, []):
            if buffer is not None:
                buffer[...] = 99.0
    assert (as_data(optimizer.state_dict()), as_data(resumed.state_dict())) == held


def test_what_is_in_a_state():
    assert as_data(Optimizer([Tensor(1.0)]).state_dict()) == {"step_count": 0}
    adam = Adam(parameters(), lr=0.5)
    take_steps(adam, 1)
    state = adam.state_dict()
    assert list(state) == ["lr", "beta1", "beta2", "eps", "weight_decay", "step_count", "m_buffers", "v_buffers"]
    assert (state["lr"], state["beta2"], state["step_count"]) == (0.5, 0.999, 1)
    assert [None if m is None else (m.shape, m.dtype) for m in state["m_buffers"]] == [
        ((2, 3), np.float32), ((), np.float64), None,
    ]  # fmt: skip
    assert list(SGD(parameters()).state_dict()) == ["lr", "momentum", "weight_decay", "step_count", "momentum_buffers"]


@every_optimizer
def test_a_state_without_buffers_takes_older_ones_away(make):
    fresh, optimizer = make(parameters()).state_dict(), make(parameters())
    take_steps(optimizer, 3)
    optimizer.load_state_dict(fresh)
    assert as_data(optimizer.state_dict()) == as_data(fresh)


def test_buffers_take_the_dtype_of_their_parameters():
    optimizer = Adam(parameters())
    take_steps(optimizer, 1)
    state = optimizer.state_dict()
    state["m_buffers"] = [np.float64(m) if m is not None else None for m in state["m_buffers"]]
    state["v_buffers"] = tuple(v.tolist() if v is not None else None for v in state["v_buffers"])
    optimizer.load_state_dict(state)
    for buffers in (optimizer.m_buffers, optimizer.v_buffers):
        assert [type(b) for b in buffers] == [np.ndarray, np.ndarray, type(None)]
        assert [b.dtype for b in buffers[:2]] == [np.float32, np.float64]


MISFITS = {
    "a shorter list": ({"v_buffers": [None, None]}, "v_buffers must have an entry for each of the 3 parameters"),
    "no list": ({"m_buffers": None}, "m_buffers must have an entry for each of the 3 parameters"),
    "another shape": (
        {"v_buffers": [None, np.ones(1), None]},
        r"v_buffers\[1\] has shape \(1,\), but params\[1\] has \(\)",
    ),
    "a shape that could be broadcast": ({"m_buffers": [np.ones(3), None, None]}, r"m_buffers\[0\] has shape \(3,\)"),
    "no numbers": ({"v_buffers": [None, "one", None]}, "could not convert"),
    "a negative number": ({"lr": -0.1}, "lr must be a finite number, 0 or larger, but is -0.1"),
    "not a number": ({"eps": float("nan")}, "eps must be a finite number, 0 or larger, but is nan"),
    "no number": ({"beta1": "0.9"}, "beta1 must be a finite number, 0 or larger, but is '0.9'"),
    "half a step": ({"step_count": 1.5}, "step_count must be a whole number, 0 or larger, but is 1.5"),
    "steps before the first": ({"step_count": -1}, "step_count must be a whole number, 0 or larger, but is -1"),
    "a name too many": ({"momentum": 0.9}, "Adam has lr, beta1, .*, v_buffers, but this state has lr, .*, momentum"),
}


@pytest.mark.parametrize(("other", "message"), MISFITS.values(), ids=MISFITS)
def test_a_state_that_does_not_fit_changes_nothing(other, message):
    optimizer = Adam(parameters())
    take_steps(optimizer, 2)
    before = as_data(optimizer.state_dict())
    fresh = Adam(parameters(), lr=0.5).state_dict()
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict({**fresh, **other})
    assert as_data(optimizer.state_dict()) == before


def test_the_state_of_another_optimizer_is_refused():
    with pytest.raises(ValueError, match="SGD has lr, momentum, .*, but this state has lr, beta1"):
        SGD(parameters()).load_state_dict(Adam(parameters()).state_dict())
    with pytest.raises(TypeError, match="state should be what state_dict\\(\\) returned, but is a list"):
        SGD(parameters()).load_state_dict([None, None, None])


class Decaying(Optimizer):
    """An optimizer of a reader's own: a setting and buffers under other names, and a setting that is computed."""

    SETTINGS = ("rate", "lr")
    BUFFERS = ("sums",)

    def __init__(self, params):
        super().__init__(params)
        self.rate, self.sums = 1.0, [np.zeros_like(param.data) for param in self.params]

    lr = property(lambda self: self.rate / (1 + self.step_count))


def test_a_class_that_computes_a_setting_is_not_left_half_changed():
    optimizer, other = Decaying(parameters()), Decaying(parameters())
    other.rate, other.step_count, other.sums[0] = 0.5, 3, np.ones((2, 3), np.float32)
    state = other.state_dict()
    assert list(state) == ["rate", "lr", "step_count", "sums"]
    with pytest.raises(AttributeError, match="lr"):
        optimizer.load_state_dict(state)
    assert (optimizer.rate, optimizer.step_count, optimizer.sums[0].tolist()) == (1.0, 0, np.zeros((2, 3)).tolist())


def test_names_of_ones_own():
    class Named(Decaying):
        SETTINGS = ("rate",)

    optimizer, other = Named(parameters()), Named(parameters())
    other.rate, other.step_count, other.sums[0] = 0.5, 3, np.ones((2, 3), np.float32)
    optimizer.load_state_dict(other.state_dict())
    assert (optimizer.rate, optimizer.step_count, optimizer.lr, optimizer.sums[0].sum()) == (0.5, 3, 0.125, 6)


def test_what_cannot_be_saved_is_named():
    optimizer = Adam(parameters())
    optimizer.lr = [0.1, 0.2]
    with pytest.raises(TypeError, match="lr should be a number, but is a list"):
        optimizer.state_dict()
    optimizer.lr, optimizer.m_buffers = 0.1, {}
    with pytest.raises(TypeError, match="m_buffers should be a list with an entry for each of the 3 parameters"):
        optimizer.state_dict()
