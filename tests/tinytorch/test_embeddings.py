import numpy as np
import pytest
from gradients import check_gradients

from tinytorch.core.embeddings import Embedding, look_up
from tinytorch.core.tensor import Tensor, apply

INDEXES = [[0], [2, 0, 2, 2], [[1, 1], [3, 0]], [], 3]


@pytest.mark.parametrize("index", INDEXES, ids=str)
def test_the_gradient_of_looking_up(index, rng):
    index = np.array(index, dtype=np.int64)
    check_gradients(lambda weight: apply(look_up, weight, index=index), rng.normal(size=(4, 3)), rng=rng)


@pytest.mark.parametrize("index", INDEXES, ids=str)
def test_an_embedding_against_torch(index, torch, rng):
    layer, index = Embedding(4, 3, seed=0), np.array(index, dtype=np.int64)
    weight = torch.tensor(layer.weight.data, requires_grad=True)
    result, expected = layer(index), torch.nn.functional.embedding(torch.tensor(index), weight)
    np.testing.assert_array_equal(result, expected.detach())
    weights = rng.normal(size=result.shape).astype(np.float32)
    result.backward(weights)
    expected.backward(torch.tensor(weights))
    np.testing.assert_allclose(layer.weight.grad, weight.grad, rtol=1e-6, atol=1e-7)


def test_an_embedding_starts_small_and_repeats_with_a_seed():
    layer = Embedding(1000, 50, seed=0)
    assert layer.parameters() == [layer.weight] and layer.weight.dtype == np.float32
    assert abs(layer.weight.data.std() - 0.02) < 2e-4 and abs(layer.weight.data.mean()) < 3e-4
    np.testing.assert_array_equal(layer.weight, Embedding(1000, 50, seed=0).weight)
    assert repr(layer) == "Embedding(1000, 50)"


@pytest.mark.parametrize("arguments", [(0, 1), (1, -1), (1.5, 1), (True, 1)])
def test_an_embedding_refuses_what_cannot_be_meant(arguments):
    with pytest.raises(ValueError, match="must be a positive whole number"):
        Embedding(*arguments)


@pytest.mark.parametrize(
    ("index", "complaint"), [([0.0], "whole numbers"), ([True], "whole numbers"), ([4], "0 to 3"), ([-1, 2], "-1 to 2")]
)
def test_an_embedding_refuses_what_it_has_no_row_for(index, complaint):
    with pytest.raises(ValueError, match=rf"Embedding\(4, 3\) needs .*{complaint}"):
        Embedding(4, 3)(index)


def test_a_tensor_of_whole_numbers_will_do():
    layer = Embedding(4, 3, seed=0)
    np.testing.assert_array_equal(layer(Tensor([1, 2], dtype=np.int64)), layer.weight[1:3])
