import numpy as np
import pytest
from gradients import check_gradients

from tinytorch.core.convolutions import AvgPool2d, Conv2d, Flatten, MaxPool2d, conv2d
from tinytorch.core.layers import Sequential
from tinytorch.core.tensor import Tensor, apply

# size of the window, stride, padding, height and width of the image
CASES = [(1, 1, 0, 3, 4), (2, 1, 0, 3, 4), (3, 1, 1, 4, 3), (3, 2, 1, 5, 6), (2, 3, 0, 5, 5), (2, 2, 2, 3, 3)]


def layer_on(size, stride, padding, rng):
    layer = Conv2d(2, 3, size, stride=stride, padding=padding, seed=0)
    layer.weight.data, layer.bias.data = rng.normal(size=layer.weight.shape), rng.normal(size=3)
    return layer


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_gradients_of_a_convolution(case, rng):
    size, stride, padding, height, width = case
    check_gradients(
        lambda x, weight: apply(conv2d, x, weight, stride=stride, padding=padding),
        rng.normal(size=(2, 2, height, width)),
        rng.normal(size=(3, 2, size, size)),
        rng=rng,
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_convolution_against_torch(case, torch, rng):
    size, stride, padding, height, width = case
    layer = layer_on(size, stride, padding, rng)
    x = Tensor(rng.normal(size=(2, 2, height, width)), requires_grad=True, dtype=np.float64)
    arrays = (x.data, layer.weight.data, layer.bias.data)
    theirs = [torch.tensor(array, requires_grad=True) for array in arrays]
    result, expected = layer(x), torch.nn.functional.conv2d(*theirs, stride=stride, padding=padding)
    np.testing.assert_allclose(result, expected.detach(), rtol=1e-10, atol=1e-12)
    weights = rng.normal(size=result.shape)
    result.backward(weights)
    expected.backward(torch.tensor(weights))
    for ours, other in zip((x, layer.weight, layer.bias), theirs, strict=True):
        np.testing.assert_allclose(ours.grad, other.grad, rtol=1e-5, atol=1e-6)  # the layer's own are float32


def test_a_convolution_keeps_float32_and_needs_no_bias(rng):
    layer = Conv2d(2, 3, 3, bias=False, seed=0)
    assert layer.bias is None and layer.parameters() == [layer.weight]
    assert layer(Tensor(rng.normal(size=(1, 2, 5, 5)))).dtype == np.float32


def test_a_convolution_starts_uniform_within_one_over_the_root_of_its_window():
    layer = Conv2d(16, 64, 5, seed=0)
    for parameter in layer.parameters():
        assert parameter.requires_grad and np.abs(parameter.data).max() <= 1 / np.sqrt(16 * 25)
    assert abs(layer.weight.data.std() - 1 / np.sqrt(3 * 16 * 25)) < 2e-4
    np.testing.assert_array_equal(layer.weight, Conv2d(16, 64, 5, seed=0).weight)
    assert (layer.weight != Conv2d(16, 64, 5, seed=1).weight).any()


@pytest.mark.parametrize(
    ("arguments", "name"),
    [((0, 1, 3), "in_channels"), ((1, 1.5, 3), "out_channels"), ((1, 1, True), "kernel_size"),
     ((1, 1, 3, 0), "stride"), ((1, 1, 3, 1, -1), "padding")],
)  # fmt: skip
def test_a_convolution_refuses_what_cannot_be_meant(arguments, name):
    with pytest.raises(ValueError, match=f"^{name} must be a whole number"):
        Conv2d(*arguments)


@pytest.mark.parametrize("shape", [(8, 8), (1, 8, 8), (1, 3, 8, 8), (1, 2, 2, 8)])
def test_a_convolution_names_the_shape_it_needs(shape):
    with pytest.raises(ValueError, match=r"Conv2d\(2, 1, 3\) needs"):
        Conv2d(2, 1, 3)(Tensor(np.zeros(shape)))


@pytest.mark.parametrize("make", [MaxPool2d, AvgPool2d])
@pytest.mark.parametrize("shape", [(2, 3, 4, 4), (1, 2, 5, 7), (1, 1, 3, 3)], ids=str)
@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_gradients_of_pooling(make, shape, size, rng):
    values = rng.permutation(np.prod(shape)).reshape(shape) / 7  # no ties
    check_gradients(make(size), values, rng=rng)


@pytest.mark.parametrize(("ours", "theirs"), [(MaxPool2d, "max_pool2d"), (AvgPool2d, "avg_pool2d")])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_pooling_against_torch(ours, theirs, size, torch, rng):
    x = rng.normal(size=(2, 3, 7, 8))
    tensor, other = Tensor(x, requires_grad=True, dtype=np.float64), torch.tensor(x, requires_grad=True)
    result, expected = ours(size)(tensor), getattr(torch.nn.functional, theirs)(other, size)
    np.testing.assert_allclose(result, expected.detach(), rtol=1e-12)
    result.sum().backward()
    expected.sum().backward()
    np.testing.assert_allclose(tensor.grad, other.grad, rtol=1e-12)


def test_pooling_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match=r"MaxPool2d\(3\) needs input of shape .*, but got \(1, 1, 2, 4\)"):
        MaxPool2d(3)(Tensor(np.zeros((1, 1, 2, 4))))
    with pytest.raises(ValueError, match="size must be a whole number"):
        AvgPool2d(0)


def test_flatten_and_representations():
    model = Sequential(Conv2d(1, 2, 3, stride=2, padding=1, bias=False), MaxPool2d(2), AvgPool2d(1), Flatten())
    assert repr(model) == (
        "Sequential(Conv2d(1, 2, 3, stride=2, padding=1, bias=False), MaxPool2d(2), AvgPool2d(1), Flatten())"
    )
    assert model(Tensor(np.zeros((3, 1, 8, 8)))).shape == (3, 8)
