import numpy as np
import pytest
from gradients import check_gradients
from test_attention import same_in_torch

from tinytorch.core.tensor import Tensor, apply
from tinytorch.core.transformers import LayerNorm, TransformerBlock, normalize


@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 3, 4)], ids=str)
@pytest.mark.parametrize("eps", [1e-5, 0.5])
def test_the_gradient_of_normalizing(shape, eps, rng):
    check_gradients(lambda x: apply(normalize, x, eps=eps), rng.normal(size=shape) * 3, rng=rng)


def test_a_norm_against_torch(torch, rng):
    layer, theirs = LayerNorm(6), torch.nn.LayerNorm(6)
    layer.weight.data, layer.bias.data = (rng.normal(size=6).astype(np.float32) for _ in range(2))
    with torch.no_grad():
        theirs.weight.copy_(torch.tensor(layer.weight.data))
        theirs.bias.copy_(torch.tensor(layer.bias.data))
    x = (5 + 2 * rng.normal(size=(2, 3, 6))).astype(np.float32)
    tensor, other = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    result, expected = layer(tensor), theirs(other)
    np.testing.assert_allclose(result, expected.detach(), rtol=1e-4, atol=1e-5)
    weights = rng.normal(size=x.shape).astype(np.float32)
    result.backward(weights)
    expected.backward(torch.tensor(weights))
    for ours, grad in ((tensor, other.grad), (layer.weight, theirs.weight.grad), (layer.bias, theirs.bias.grad)):
        np.testing.assert_allclose(ours.grad, grad, rtol=1e-3, atol=1e-4)


def test_a_norm_of_numbers_that_are_all_alike_is_zero():
    layer = LayerNorm(3)
    x = Tensor([[7, 7, 7]], requires_grad=True)
    assert (layer(x) == 0).all()
    layer(x).sum().backward()
    assert np.isfinite(x.grad).all()


def test_a_norm_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="features must be a positive whole number"):
        LayerNorm(0)
    with pytest.raises(ValueError, match=r"LayerNorm\(3\) needs input of shape \(..., 3\), but got \(2, 4\)"):
        LayerNorm(3)(Tensor(np.zeros((2, 4))))
    assert repr(LayerNorm(3)) == "LayerNorm(3)"


@pytest.mark.parametrize("norm_first", [False, True])
def test_a_block_against_torch(norm_first, torch, rng):
    block = TransformerBlock(8, 2, causal=True, norm_first=norm_first, seed=0)
    gelu = torch.nn.GELU(approximate="tanh")
    theirs = torch.nn.TransformerEncoderLayer(
        8, 2, dim_feedforward=32, dropout=0.0, activation=gelu, batch_first=True, norm_first=norm_first
    )
    first, _, second = block.layers.layers
    theirs.self_attn = same_in_torch(torch, block.attention)
    with torch.no_grad():
        for linear, ours in ((theirs.linear1, first), (theirs.linear2, second)):
            linear.weight.copy_(torch.tensor(ours.weight.data.T))
            linear.bias.copy_(torch.tensor(ours.bias.data))
    x = rng.normal(size=(3, 5, 8)).astype(np.float32)
    tensor, other = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    result = block(tensor)
    expected = theirs(other, src_mask=~torch.ones(5, 5, dtype=torch.bool).tril())
    np.testing.assert_allclose(result, expected.detach(), rtol=1e-3, atol=1e-4)
    weights = rng.normal(size=x.shape).astype(np.float32)
    result.backward(weights)
    expected.backward(torch.tensor(weights))
    np.testing.assert_allclose(tensor.grad, other.grad, rtol=1e-2, atol=1e-3)
    np.testing.assert_allclose(first.weight.grad, theirs.linear1.weight.grad.T, rtol=1e-2, atol=1e-3)


def test_a_block_repeats_with_a_seed_and_shows_itself():
    block, again = (TransformerBlock(4, 2, seed=3) for _ in range(2))
    assert len(block.parameters()) == 16
    assert all((a == b).all() for a, b in zip(block.parameters(), again.parameters(), strict=True))
    assert repr(block) == "TransformerBlock(4, 2)"
    assert repr(TransformerBlock(4, 2, norm_first=False)) == "TransformerBlock(4, 2, norm_first=False)"
    with pytest.raises(ValueError, match="heads must divide features"):
        TransformerBlock(4, 3)
