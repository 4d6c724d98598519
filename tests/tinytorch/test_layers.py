import numpy as np
import pytest

from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Dropout, Layer, Linear, Module, Sequential
from tinytorch.core.tensor import Tensor


class Nested(Module):
    def __init__(self):
        self.first = Linear(2, 3, seed=0)
        self.name = "not a part"
        self.more = [Linear(3, 3, seed=1), {"last": (Linear(3, 1, bias=False, seed=2),)}]
        self.shared = self.first
        self.scale = Tensor(1.0, requires_grad=True)
        self.constant = Tensor(1.0)

    def forward(self, x):
        self.remembered = self.first(x) * self.scale  # a result, not a parameter
        return self.remembered


def test_parameters_are_found_once_in_order_of_definition():
    model = Nested()
    first, second, last = model.first, model.more[0], model.more[1]["last"][0]
    expected = [first.weight, first.bias, second.weight, second.bias, last.weight, model.scale]
    model(Tensor([1, 2]))
    found = model.parameters()
    assert len(found) == len(expected) and all(p is q for p, q in zip(found, expected, strict=True))


def test_a_tensor_shared_by_two_layers_is_one_parameter():
    a, b = Linear(2, 2, bias=False), Linear(2, 2, bias=False)
    b.weight = a.weight
    assert len(Sequential(a, b).parameters()) == 1


def test_a_module_that_contains_itself_is_no_trouble():
    model = Nested()
    model.parent = model
    assert len(model.parameters()) == 6 and model.eval().training is False


def test_train_and_eval_reach_every_module_and_return_the_model():
    model = Sequential(Dropout(0.5), ReLU(), Sequential(Dropout(0.5)))
    assert model.training and model.eval() is model
    assert [model.training, model.layers[0].training, model.layers[2].layers[0].training] == [False] * 3
    assert model.train() is model and model.layers[2].layers[0].training
    assert Dropout(0.5).training  # the switch belongs to the instance


def test_layer_is_module_and_forward_is_required():
    assert Layer is Module
    with pytest.raises(NotImplementedError, match="Module needs a forward"):
        Module()(Tensor(1))


def test_linear_is_x_weight_plus_bias():
    layer = Linear(2, 3)
    layer.weight.data[:] = [[1, 2, 3], [4, 5, 6]]
    layer.bias.data[:] = [10, 20, 30]
    assert layer(Tensor([[1, 0], [1, 2]])).data.tolist() == [[11, 22, 33], [19, 32, 45]]
    assert layer(Tensor([1, 0])).shape == (3,) and layer(Tensor(np.zeros((5, 4, 2)))).shape == (5, 4, 3)


def test_linear_without_bias():
    layer = Linear(2, 3, bias=False)
    assert layer.bias is None and layer.parameters() == [layer.weight]
    assert layer(Tensor([0, 0])).data.tolist() == [0, 0, 0]


def test_linear_starts_uniform_within_one_over_the_root_of_in_features():
    layer = Linear(400, 300, seed=0)
    for parameter in layer.parameters():
        assert parameter.requires_grad and parameter.dtype == np.float32
        assert np.abs(parameter.data).max() <= 0.05
    assert abs(layer.weight.data.std() - 0.05 / np.sqrt(3)) < 2e-4
    assert abs(layer.weight.data.mean()) < 5e-4
    np.testing.assert_array_equal(layer.weight, Linear(400, 300, seed=0).weight)
    assert (layer.weight != Linear(400, 300, seed=1).weight).any()
    assert (Linear(4, 3).weight != Linear(4, 3).weight).any()


@pytest.mark.parametrize("shape", [(), (3,), (2, 1), (2, 3)])
def test_linear_names_the_shape_it_needs(shape):
    with pytest.raises(ValueError, match=r"Linear\(2, 5\) needs input of shape \(..., 2\), but got"):
        Linear(2, 5)(Tensor(np.zeros(shape)))


@pytest.mark.parametrize("features", [(0, 1), (1, -1), (1.5, 1), (1, "2"), (True, 1)])
def test_linear_refuses_bad_feature_counts(features):
    with pytest.raises(ValueError, match="_features must be a positive integer"):
        Linear(*features)


def test_dropout_zeroes_a_share_and_scales_the_rest():
    dropped = Dropout(0.2, seed=0)(Tensor(np.ones(100_000)))
    assert dropped.dtype == np.float32
    assert set(dropped.data.tolist()) == {0.0, 1.25}
    assert abs((dropped == 0).mean() - 0.2) < 0.005


def test_dropout_draws_anew_each_time_and_repeats_with_a_seed():
    x = Tensor(np.ones(100))
    a, b = Dropout(0.5, seed=3), Dropout(0.5, seed=3)
    first, second = a(x), a(x)
    assert (first == b(x)).all() and (second == b(x)).all() and (first != second).any()


def test_dropout_passes_the_gradient_where_it_passed_the_value():
    x = Tensor(np.ones(50), requires_grad=True)
    y = Dropout(0.5, seed=0)(x)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, y)


def test_dropout_in_eval_mode_and_with_p_zero_changes_nothing():
    x = Tensor([1, 2])
    assert Dropout(0.9).eval()(x) is x
    np.testing.assert_array_equal(Dropout(0)(x), x)


@pytest.mark.parametrize("p", [-0.1, 1, 1.5, float("nan")])
def test_dropout_refuses_a_probability_out_of_range(p):
    with pytest.raises(ValueError, match=r"p must be in \[0, 1\)"):
        Dropout(p)


def test_sequential_calls_one_after_another():
    model = Sequential(lambda x: x + 1, ReLU(), lambda x: x * 10)
    assert model(Tensor([-3, 2])).data.tolist() == [0, 30]
    x = Tensor(1)
    assert Sequential()(x) is x


def test_sequential_refuses_a_list():
    with pytest.raises(TypeError, match=r"one by one, Sequential\(a, b\), but got list"):
        Sequential([ReLU(), ReLU()])


def test_representations():
    model = Sequential(Linear(4, 8), ReLU(), Dropout(0.1), Linear(8, 2, bias=False))
    assert repr(model) == "Sequential(Linear(4, 8), ReLU(), Dropout(0.1), Linear(8, 2, bias=False))"


def test_linear_against_torch(torch, rng):
    ours, theirs = Linear(5, 3, seed=0), torch.nn.Linear(5, 3)
    with torch.no_grad():
        theirs.weight.copy_(torch.tensor(ours.weight.data.T))
        theirs.bias.copy_(torch.tensor(ours.bias.data))
    x = rng.normal(size=(4, 5)).astype(np.float32)
    y, expected = ours(Tensor(x)), theirs(torch.tensor(x))
    np.testing.assert_allclose(y, expected.detach(), rtol=1e-5, atol=1e-6)
    y.sum().backward()
    expected.sum().backward()
    np.testing.assert_allclose(ours.weight.grad, theirs.weight.grad.T, rtol=1e-5)
    np.testing.assert_allclose(ours.bias.grad, theirs.bias.grad, rtol=1e-5)
