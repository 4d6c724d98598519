import numpy as np
import pytest
from gradients import check_gradients

from tinytorch.core.attention import MultiHeadAttention, attention
from tinytorch.core.tensor import Tensor


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("shape", [(3, 2), (2, 4, 3), (2, 2, 3, 1)], ids=str)
def test_the_gradients_of_attention(shape, causal, rng):
    check_gradients(lambda q, k, v: attention(q, k, v, causal), *(rng.normal(size=shape) for _ in range(3)), rng=rng)


@pytest.mark.parametrize("causal", [False, True])
def test_attention_against_torch(causal, torch, rng):
    arrays = [rng.normal(size=(2, 3, 5, 4)) for _ in range(3)]
    ours = [Tensor(array, requires_grad=True, dtype=np.float64) for array in arrays]
    theirs = [torch.tensor(array, requires_grad=True) for array in arrays]
    result = attention(*ours, causal=causal)
    expected = torch.nn.functional.scaled_dot_product_attention(*theirs, is_causal=causal)
    np.testing.assert_allclose(result, expected.detach(), rtol=1e-10, atol=1e-12)
    weights = rng.normal(size=result.shape)
    result.backward(weights)
    expected.backward(torch.tensor(weights))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.grad, b.grad, rtol=1e-10, atol=1e-12)


def same_in_torch(torch, layer):
    """PyTorch's layer of several heads, with the weights of ours."""
    features = layer.query.weight.shape[0]
    theirs = torch.nn.MultiheadAttention(features, layer.heads, batch_first=True)
    three = (layer.query, layer.key, layer.value)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.tensor(np.concatenate([linear.weight.data.T for linear in three])))
        theirs.in_proj_bias.copy_(torch.tensor(np.concatenate([linear.bias.data for linear in three])))
        theirs.out_proj.weight.copy_(torch.tensor(layer.mix.weight.data.T))
        theirs.out_proj.bias.copy_(torch.tensor(layer.mix.bias.data))
    return theirs


@pytest.mark.parametrize("causal", [False, True])
def test_several_heads_against_torch(causal, torch, rng):
    layer = MultiHeadAttention(8, 2, causal=causal, seed=0)
    theirs = same_in_torch(torch, layer)
    x = rng.normal(size=(3, 5, 8)).astype(np.float32)
    tensor, other = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    mask = ~torch.ones(5, 5, dtype=torch.bool).tril() if causal else None
    result, (expected, _) = layer(tensor), theirs(other, other, other, attn_mask=mask)
    np.testing.assert_allclose(result, expected.detach(), rtol=1e-4, atol=1e-5)
    result.sum().backward()
    expected.sum().backward()
    np.testing.assert_allclose(tensor.grad, other.grad, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(layer.mix.weight.grad, theirs.out_proj.weight.grad.T, rtol=1e-3, atol=1e-5)
    queries = theirs.in_proj_weight.grad.numpy()[:8].T
    np.testing.assert_allclose(layer.query.weight.grad, queries, rtol=1e-3, atol=1e-5)


def test_what_is_to_come_changes_nothing(rng):
    layer, x = MultiHeadAttention(6, 3, causal=True, seed=0), rng.normal(size=(2, 7, 6))
    before = layer(Tensor(x)).data
    x[:, 5:] += 1
    after = layer(Tensor(x)).data
    np.testing.assert_array_equal(before[:, :5], after[:, :5])
    assert (before[:, 5:] != after[:, 5:]).all()


def test_seeds_parameters_and_representation():
    layer = MultiHeadAttention(6, 3, causal=True, seed=0)
    assert len(layer.parameters()) == 8 and repr(layer) == "MultiHeadAttention(6, 3, causal=True)"
    assert (layer.query.weight != layer.key.weight).any()
    np.testing.assert_array_equal(layer.mix.weight, MultiHeadAttention(6, 3, seed=0).mix.weight)
    assert (layer.mix.weight != MultiHeadAttention(6, 3).mix.weight).any()


@pytest.mark.parametrize("arguments", [(0, 1), (4, 0), (4.0, 2), (4, True), (4, 3)])
def test_it_refuses_what_cannot_be_meant(arguments):
    with pytest.raises(ValueError, match="must be a positive whole number|heads must divide features"):
        MultiHeadAttention(*arguments)


@pytest.mark.parametrize("shape", [(4,), (2, 4), (1, 2, 3)])
def test_it_names_the_shape_it_needs(shape):
    with pytest.raises(ValueError, match=r"MultiHeadAttention\(4, 2\) needs input of shape \(N, T, 4\)"):
        MultiHeadAttention(4, 2)(Tensor(np.zeros(shape)))
