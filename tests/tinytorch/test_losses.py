import numpy as np
import pytest

from tinytorch.core.losses import BinaryCrossEntropyLoss, CrossEntropyLoss, MSELoss
from tinytorch.core.tensor import Tensor


def test_mse():
    loss = MSELoss()(Tensor([[1, 2], [3, 4]]), Tensor([[1, 2], [3, 8]]))
    assert isinstance(loss, Tensor) and loss.shape == () and loss.item() == 4
    assert MSELoss()(Tensor([1, 2]), [1, 4]).item() == 2


def test_cross_entropy_is_minus_the_log_of_the_right_probability(rng):
    logits = rng.normal(size=(5, 4))
    classes = [3, 0, 0, 2, 1]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = -np.log(probabilities[np.arange(5), classes]).mean()
    logits = Tensor(logits, dtype=np.float64)
    for target in (classes, np.array(classes), Tensor(classes, dtype=np.int64), Tensor(classes)):
        loss = CrossEntropyLoss()(logits, target)
        assert loss.shape == ()
        np.testing.assert_allclose(loss.item(), expected, rtol=1e-14)


def test_cross_entropy_of_huge_logits_is_exact():
    with np.errstate(all="raise", under="ignore"):
        assert CrossEntropyLoss()(Tensor([[1e4, 0, -1e4]]), [2]).item() == 2e4
        assert CrossEntropyLoss()(Tensor([[1e4, 0, -1e4]]), [0]).item() == 0


def test_binary_cross_entropy():
    p, t = np.array([0.1, 0.8, 0.4]), np.array([0, 1, 0.25])
    expected = -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean()
    loss = BinaryCrossEntropyLoss()(Tensor(p, dtype=np.float64), t)
    assert loss.shape == ()
    np.testing.assert_allclose(loss.item(), expected, rtol=1e-14)


def test_binary_cross_entropy_clamps_the_logarithm():
    loss = BinaryCrossEntropyLoss()
    with np.errstate(all="raise"):
        assert loss(Tensor([0, 1]), Tensor([1, 0])).item() == 100
        assert loss(Tensor([0, 1]), Tensor([0, 1])).item() == 0
    # a tiny probability is not rounded away
    np.testing.assert_allclose(loss(Tensor([1e-12]), Tensor([0])).item(), 1e-12, rtol=1e-6)


def test_binary_cross_entropy_has_a_finite_gradient_at_both_ends():
    p = Tensor([0, 1, 0, 1], requires_grad=True, dtype=np.float64)
    BinaryCrossEntropyLoss()(p, [1, 0, 0, 1]).backward()
    assert p.grad.data.tolist() == [-1e12 / 4, 1e12 / 4, 0, 0]


@pytest.mark.parametrize("loss", [MSELoss(), BinaryCrossEntropyLoss()])
def test_elementwise_losses_refuse_to_broadcast(loss):
    with pytest.raises(ValueError, match=r"same shape, but got \(3, 1\) and \(3,\)"):
        loss(Tensor([[0], [1], [0]]), Tensor([0, 1, 0]))
    with pytest.raises(ValueError, match="at least one value"):
        loss(Tensor([]), Tensor([]))


@pytest.mark.parametrize(
    "shape, target, message",
    [
        ((3,), [0, 1, 2], r"logits of shape \(N, C\), but got \(3,\)"),
        ((0, 3), [], r"logits of shape \(N, C\), but got \(0, 3\)"),
        ((2, 3), [0, 1, 2], r"shape \(2,\), but got target of shape \(3,\)"),
        ((2, 3), [[0], [1]], r"shape \(2,\), but got target of shape \(2, 1\)"),
        ((2, 3), [0, 3], "classes from 0 to 2 for 3 columns of logits, but the target holds 0 to 3"),
        ((2, 3), [-1, 2], "but the target holds -1 to 2"),
        ((2, 3), [0.5, 1], "whole numbers"),
        ((2, 3), [float("nan"), 1], "whole numbers"),
    ],
)
def test_cross_entropy_refuses_targets_that_do_not_fit(shape, target, message):
    with pytest.raises(ValueError, match=message):
        CrossEntropyLoss()(Tensor(np.zeros(shape)), target)


@pytest.mark.parametrize(
    "prediction, target, message",
    [
        ([1.5], [1], "every prediction from 0 to 1, but got 1.5 to 1.5: apply Sigmoid"),
        ([-0.1], [1], "every prediction"),
        ([float("nan")], [1], "every prediction"),
        ([0.5], [2], "every target from 0 to 1, but got 2 to 2$"),
    ],
)
def test_binary_cross_entropy_refuses_what_is_no_probability(prediction, target, message):
    with pytest.raises(ValueError, match=message):
        BinaryCrossEntropyLoss()(Tensor(prediction), target)


def test_losses_and_their_gradients_against_torch(torch, rng):
    functional = torch.nn.functional
    a, b = rng.normal(size=(6, 4)) * 5, rng.normal(size=(6, 4))
    p, t = rng.uniform(size=(6, 4)), rng.uniform(size=(6, 4))
    p[0], t[0] = [0, 1, 0, 1], [0, 0, 1, 1]
    classes = rng.integers(0, 4, 6)
    cases = [
        (MSELoss(), functional.mse_loss, a, b),
        (CrossEntropyLoss(), functional.cross_entropy, a, classes),
        (CrossEntropyLoss(), functional.cross_entropy, 100 * a, classes),
        (BinaryCrossEntropyLoss(), functional.binary_cross_entropy, p, t),
    ]
    for ours, theirs, prediction, target in cases:
        x, y = Tensor(prediction, requires_grad=True, dtype=np.float64), torch.tensor(prediction, requires_grad=True)
        loss, expected = ours(x, target), theirs(y, torch.tensor(target))
        np.testing.assert_allclose(loss.item(), expected.item(), rtol=1e-12)
        loss.backward()
        expected.backward()
        np.testing.assert_allclose(x.grad, y.grad, rtol=1e-8, atol=1e-12, err_msg=type(ours).__name__)
