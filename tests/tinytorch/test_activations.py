from math import erf, exp, sqrt

import numpy as np
import pytest

from tinytorch.core.activations import GELU, Activation, LogSoftmax, ReLU, Sigmoid, Softmax, Tanh, log_softmax
from tinytorch.core.tensor import Tensor

ALL = [ReLU(), Sigmoid(), Tanh(), GELU(), Softmax(), Softmax(axis=0), LogSoftmax(), LogSoftmax(axis=0)]


@pytest.mark.parametrize("activation", ALL, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_shape_and_type_and_has_no_parameters(activation, dtype, rng):
    x = Tensor(rng.normal(size=(2, 3, 4)), dtype=dtype)
    y = activation(x)
    assert isinstance(y, Tensor) and y.shape == x.shape and y.dtype == dtype
    np.testing.assert_array_equal(activation.forward(x), y)
    assert activation.parameters() == []


def test_relu():
    assert ReLU()(Tensor([-2, -0.0, 0, 3])).data.tolist() == [0, 0, 0, 3]


def test_sigmoid_is_exact_at_both_ends_without_overflow():
    x = Tensor([-1e4, -100, -30, 0, 2, 1e4], dtype=np.float64)
    with np.errstate(all="raise", under="ignore"):
        y = Sigmoid()(x)
    expected = [0, exp(-100), exp(-30) / (1 + exp(-30)), 0.5, 1 / (1 + exp(-2)), 1]
    np.testing.assert_allclose(y, expected, rtol=1e-14)


def test_tanh():
    np.testing.assert_array_equal(Tanh()(Tensor([-100, 0, 1])), np.tanh(np.float32([-100, 0, 1])))


def test_gelu_is_within_5e_4_of_the_exact_form():
    x = np.linspace(-8, 8, 401)
    exact = [a * 0.5 * (1 + erf(a / sqrt(2))) for a in x]
    np.testing.assert_allclose(GELU()(Tensor(x, dtype=np.float64)), exact, atol=5e-4)


@pytest.mark.parametrize("dtype, largest", [(np.float32, 3e38), (np.float64, 1e308)])
def test_gelu_is_a_relu_at_any_size(dtype, largest):
    x = Tensor([-np.inf, -largest, -1e20, -11, 0, 1e-30, 11, 1e20, largest, np.inf], dtype=dtype)
    with np.errstate(all="raise", under="ignore"):
        y = GELU()(x)
    np.testing.assert_allclose(y, np.where(x.data < 1, np.where(x.data > 0, x.data / 2, 0), x.data), rtol=1e-6)


@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_softmax_sums_to_one_along_its_axis_and_ignores_shifts(axis, rng):
    scores = rng.normal(size=(3, 4))
    softmax = Softmax(axis=axis)
    probabilities = softmax(Tensor(scores, dtype=np.float64))
    np.testing.assert_allclose(probabilities.sum(axis=axis), 1)
    np.testing.assert_allclose(probabilities, np.exp(scores) / np.exp(scores).sum(axis=axis, keepdims=True))
    np.testing.assert_allclose(softmax(Tensor(scores + 100, dtype=np.float64)), probabilities)


@pytest.mark.parametrize("make", [Softmax, LogSoftmax])
def test_softmax_takes_the_axis_with_a_call(make, rng):
    x = Tensor(rng.normal(size=(2, 3, 4)))
    for axis in (-1, 0, 1, 2):
        for given in (make()(x, axis), make()(x, axis=axis), make().forward(x, axis), make(axis=0)(x, axis)):
            np.testing.assert_array_equal(given, make(axis=axis)(x))
    with pytest.raises(ValueError, match=r"softmax failed on shape \(2, 3, 4\)"):
        make()(x, 3)


def test_log_softmax_of_arrays_and_tensors(rng):
    scores = rng.normal(size=(3, 4))
    expected = np.log(np.exp(scores) / np.exp(scores).sum(axis=0))
    np.testing.assert_allclose(log_softmax(scores, axis=0), expected)
    np.testing.assert_allclose(log_softmax(Tensor(scores, dtype=np.float64), axis=0), expected)
    x = Tensor(scores, requires_grad=True)
    assert isinstance(log_softmax(x), Tensor) and log_softmax(x).requires_grad
    np.testing.assert_array_equal(log_softmax(x), LogSoftmax()(x))


def test_log_softmax_is_exact_where_softmax_is_rounded_to_zero():
    with np.errstate(all="raise", under="ignore"):
        assert LogSoftmax()(Tensor([0, 1000, -1e30])).data.tolist() == [-1000, 0, np.float32(-1e30)]


def test_softmax_of_huge_scores_does_not_overflow():
    with np.errstate(all="raise", under="ignore"):
        assert Softmax()(Tensor([1e30, 0, -1e30])).data.tolist() == [1, 0, 0]


def test_a_subclass_without_forward_says_so():
    class Half(Activation):
        pass

    with pytest.raises(NotImplementedError, match="Half needs a forward"):
        Half()(Tensor(1))


def test_against_torch(torch, rng):
    functional = torch.nn.functional
    x = np.concatenate([rng.normal(size=20) * 3, [-200, -20, 0, 20, 200]])
    pairs = [
        (ReLU(), functional.relu),
        (Sigmoid(), torch.sigmoid),
        (Tanh(), torch.tanh),
        (GELU(), lambda t: functional.gelu(t, approximate="tanh")),
        (Softmax(), lambda t: functional.softmax(t, dim=-1)),
        (LogSoftmax(), lambda t: functional.log_softmax(t, dim=-1)),
    ]
    for ours, theirs in pairs:
        np.testing.assert_allclose(
            ours(Tensor(x, dtype=np.float64)), theirs(torch.tensor(x)), rtol=1e-12, atol=1e-15, err_msg=repr(ours)
        )
