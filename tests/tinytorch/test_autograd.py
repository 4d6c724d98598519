import gc
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

import numpy as np
import pytest
from gradients import check_gradients

from tinytorch.core.activations import (
    GELU,
    LogSoftmax,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
    gelu,
    log_softmax,
    relu,
    sigmoid,
    softmax,
)
from tinytorch.core.autograd import backward, gradient_of, gradient_rules, no_grad, unbroadcast
from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.losses import BinaryCrossEntropyLoss, CrossEntropyLoss, MSELoss, binary_cross_entropy, cross_entropy
from tinytorch.core.tensor import Tensor, apply, fingerprint, masked_fill, select

ROOT = Path(__file__).parents[2]

# --- every rule against central differences -------------------------------------------------------------------------

BINARY = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: a**b,
}
BROADCASTS = [
    ((2, 3), (2, 3)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 1), (1, 3)), ((), (4,)), ((4,), ()), ((4, 1, 2), (3, 1)),
    ((1,), (2, 3)), ((1, 1, 1), (2,)), ((), ()), ((2, 0), (1, 1)),
]  # fmt: skip


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("shapes", BROADCASTS, ids=str)
def test_arithmetic_gradients(name, shapes, rng):
    a, b = (rng.uniform(0.5, 2, shape) for shape in shapes)
    check_gradients(BINARY[name], a, b, rng=rng)


@pytest.mark.parametrize(
    "f",
    [
        lambda a: 3 - a, lambda a: a - 3, lambda a: 3 / a, lambda a: a / 3, lambda a: a**3, lambda a: a**-2,
        lambda a: a**0.5, lambda a: 3**a, lambda a: np.array([2.0, 3.0, 4.0]) * a, lambda a: -a, lambda a: a.exp(),
        lambda a: a.log(), lambda a: a * a + a / a - a**a,
    ],
)  # fmt: skip
def test_gradients_with_constants_and_of_one_tensor_used_often(f, rng):
    check_gradients(f, rng.uniform(0.5, 2, (2, 3)), rng=rng)


MATMULS = [
    ((2, 3), (3, 4)), ((3,), (3, 4)), ((2, 3), (3,)), ((3,), (3,)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)), ((5, 1, 2, 3), (4, 3, 2)), ((3,), (5, 3, 4)), ((5, 2, 3), (3,)), ((0, 3), (3, 2)),
]  # fmt: skip


@pytest.mark.parametrize("shapes", MATMULS, ids=str)
def test_matmul_gradients(shapes, rng):
    check_gradients(lambda a, b: a @ b, *(rng.normal(size=shape) for shape in shapes), rng=rng)


@pytest.mark.parametrize("name", ["sum", "mean", "max"])
@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 2), (-1, 0), (0, 1, 2), ()], ids=str)
@pytest.mark.parametrize("keepdims", [False, True])
def test_reduction_gradients(name, axis, keepdims, rng):
    a = rng.permutation(24).reshape(2, 3, 4) / 7  # no ties
    check_gradients(lambda t: getattr(t, name)(axis=axis, keepdims=keepdims), a, rng=rng)


@pytest.mark.parametrize(
    "f",
    [
        lambda t: t.reshape(4, 6), lambda t: t.reshape(-1), lambda t: t.T, lambda t: t.permute(1, 2, 0),
        lambda t: t.permute(-1, 0, 1), lambda t: t.transpose(-2, -1), lambda t: t.transpose(0, 2), lambda t: t.copy(),
        lambda t: t.masked_fill(t > 0, 7), lambda t: t.masked_fill(np.arange(4) < 2, -np.inf)[..., 2:],
        lambda t: t[1], lambda t: t[:, 1:, ::2], lambda t: t[..., -1],
        lambda t: t[[0, 0, 1]], lambda t: t[[0, 0], [1, 1]], lambda t: t[t > 0], lambda t: t[None, :, 0],
        lambda t: t[Tensor([1, 1, 0], dtype=np.int64)],
    ],
)  # fmt: skip
def test_shape_and_index_gradients(f, rng):
    check_gradients(f, rng.normal(size=(2, 3, 4)), rng=rng)


@pytest.mark.parametrize(
    "f",
    [ReLU(), Sigmoid(), Tanh(), GELU(), Softmax(), Softmax(axis=0), Softmax(axis=1), LogSoftmax(), LogSoftmax(axis=1)],
    ids=repr,
)
def test_activation_gradients(f, rng):
    check_gradients(f, rng.normal(size=(2, 3, 4)) * 2, rng=rng)


def test_loss_gradients(rng):
    check_gradients(MSELoss(), rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), rng=rng)
    check_gradients(lambda z: CrossEntropyLoss()(z, [2, 0, 2]), rng.normal(size=(3, 4)), rng=rng)
    check_gradients(BinaryCrossEntropyLoss(), rng.uniform(0.1, 0.9, (3, 2)), rng.uniform(0.1, 0.9, (3, 2)), rng=rng)


def test_a_whole_network(rng):
    def network(x, w, b, v):
        hidden = GELU()(x @ w + b)
        hidden = hidden / hidden.max(axis=1, keepdims=True) - hidden.mean()
        return CrossEntropyLoss()((hidden + x[:, :1]) @ v.T, [0, 1, 1, 0])

    shapes = [(4, 3), (3, 5), (5,), (2, 5)]
    check_gradients(network, *(rng.normal(size=shape) for shape in shapes), rng=rng)


def test_the_table_of_rules_holds_what_is_tested_here():
    later = ("tinytorch.core.convolutions", "tinytorch.core.embeddings", "tinytorch.core.transformers")
    assert {rule for rule in gradient_rules if getattr(rule, "__module__", "") not in later} == {
        np.add, np.subtract, np.multiply, np.divide, np.power, np.negative, np.exp, np.log, np.matmul, np.sum, np.mean,
        np.max, np.reshape, np.transpose, np.swapaxes, np.copy, select, masked_fill, relu, sigmoid, np.tanh, gelu,
        softmax, log_softmax, cross_entropy, binary_cross_entropy,
    }  # fmt: skip


# --- corners of single rules ----------------------------------------------------------------------------------------


def gradient(f, values):
    x = Tensor(values, requires_grad=True, dtype=np.float64)
    f(x).sum().backward()
    return x.grad.data.tolist()


def test_ties_share_the_gradient_of_max():
    assert gradient(lambda x: x.max(), [3, 1, 3, 3, 2, 3]) == [0.25, 0, 0.25, 0.25, 0, 0.25]
    assert gradient(lambda x: x.max(axis=1), [[1, 1], [2, 1]]) == [[0.5, 0.5], [1, 0]]


def test_relu_is_flat_at_zero():
    assert gradient(ReLU(), [-1, 0, 1]) == [0, 0, 1]


@pytest.mark.filterwarnings("error")
def test_powers_at_zero_and_of_negative_numbers():
    assert gradient(lambda x: x**2, [-3, 0, 2]) == [-6, 0, 4]
    assert gradient(lambda x: x**1, [-3, 0, 2]) == [1, 1, 1]
    assert gradient(lambda x: x**0, [-3, 0, 2]) == [0, 0, 0]
    assert gradient(lambda x: 0.0**x, [1, 2]) == [0, 0]


@pytest.mark.filterwarnings("error")
def test_saturated_activations_have_finite_gradients():
    for f in (Sigmoid(), Tanh(), Softmax()):
        np.testing.assert_allclose(gradient(f, [-1000, 1000]), [0, 0], atol=1e-12)
    np.testing.assert_allclose(gradient(GELU(), [-1000, 1000]), [0, 1])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype, largest", [(np.float32, 3e38), (np.float64, 1e308)])
def test_gelu_has_a_gradient_at_any_size(dtype, largest):
    x = Tensor([-np.inf, -largest, -1e20, -11, 11, 1e20, largest, np.inf], requires_grad=True, dtype=dtype)
    GELU()(x).backward(np.ones(8))
    np.testing.assert_array_equal(x.grad, [0, 0, 0, 0, 1, 1, 1, 1])


def test_log_softmax_has_a_gradient_where_softmax_is_rounded_to_zero():
    np.testing.assert_allclose(gradient(lambda x: LogSoftmax()(x)[0], [-2000, 0, 1000]), [1, 0, -1], atol=1e-12)


@pytest.mark.filterwarnings("error::RuntimeWarning:tinytorch.core.autograd")
@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value")
@pytest.mark.parametrize("shape, axis", [((0,), None), ((0, 3), 0), ((2, 0), 0), ((2, 0), 1), ((2, 0), (0, 1))])
@pytest.mark.parametrize("keepdims", [False, True])
def test_the_mean_of_no_values_passes_an_empty_gradient(shape, axis, keepdims):
    x = Tensor(np.zeros(shape), requires_grad=True)
    mean = x.mean(axis=axis, keepdims=keepdims)
    mean.backward(np.ones(mean.shape))
    assert x.grad.shape == shape


def test_an_index_mentioned_twice_gets_both_gradients():
    assert gradient(lambda x: x[[0, 0, 2]] * [1, 10, 100], [5, 6, 7]) == [11, 0, 100]


def test_unbroadcast():
    ones = np.ones((4, 2, 3))
    assert unbroadcast(ones, (4, 2, 3)) is ones
    assert unbroadcast(ones, (3,)).tolist() == [8, 8, 8]
    assert unbroadcast(ones, (2, 1)).tolist() == [[12], [12]]
    assert unbroadcast(ones, ()).tolist() == 24


# --- backward -------------------------------------------------------------------------------------------------------


def test_gradients_accumulate_until_cleared():
    x = Tensor([1, 2], requires_grad=True)
    for expected in ([2, 4], [4, 8]):
        (x * x).sum().backward()
        assert x.grad.data.tolist() == expected
    x.grad = None
    (x * x).sum().backward()
    assert x.grad.data.tolist() == [2, 4]


def test_accumulates_onto_a_gradient_that_is_an_array():
    x = Tensor([1, 2], requires_grad=True)
    x.grad = np.array([10, 20], np.float32)
    x.sum().backward()
    assert isinstance(x.grad, Tensor) and x.grad.data.tolist() == [11, 21]


def test_gradients_are_copies_that_share_nothing():
    x, y = Tensor([1, 2], requires_grad=True), Tensor([3, 4], requires_grad=True)
    seed = np.ones(2, np.float32)
    (x + y).backward(seed)
    arrays = [x.grad.data, y.grad.data, seed, x.data, y.data]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])
    first = x.grad
    x.sum().backward()
    assert first.data.tolist() == [1, 1]  # kept by somebody, it does not change under them
    x.grad.data[:] = 7  # and it can be written to
    assert y.grad.data.tolist() == [1, 1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_gradient_has_the_type_and_shape_of_its_tensor(dtype):
    x = Tensor([[1], [2]], requires_grad=True, dtype=dtype)
    (x * Tensor([1, 2, 3], dtype=np.float64)).mean().backward()
    assert isinstance(x.grad, Tensor) and x.grad.dtype == dtype and x.grad.shape == (2, 1)
    assert x.grad.is_leaf and not x.grad.requires_grad


def test_only_leaves_that_require_it_get_a_gradient():
    x, constant = Tensor(2, requires_grad=True), Tensor(3)
    middle = x * constant
    (middle * x).backward()
    assert x.grad.item() == 12 and constant.grad is None and middle.grad is None


def test_a_tensor_used_in_many_places_collects_from_all_of_them():
    x = Tensor(3, requires_grad=True)
    a = x * x
    b = a + x
    c = a * b  # x^4 + x^3
    c.backward()
    assert x.grad.item() == 4 * 27 + 3 * 9


def test_paths_that_double_at_every_step_are_walked_once():
    x = Tensor(1, requires_grad=True, dtype=np.float64)
    y = x
    for _ in range(60):
        y = y + y
    start = time.perf_counter()
    y.backward()
    assert x.grad.item() == 2.0**60 and time.perf_counter() - start < 1


def test_an_explicit_gradient():
    for g in ([1, 10], np.array([1, 10]), Tensor([1, 10])):
        x = Tensor([2, 3], requires_grad=True)
        (x * x).backward(g)
        assert x.grad.data.tolist() == [4, 60]


def test_one_value_in_any_shape_needs_no_gradient():
    x = Tensor([[3]], requires_grad=True)
    (x * x).backward()
    assert x.grad.data.tolist() == [[6]]


def test_a_leaf_is_its_own_derivative():
    x = Tensor(3, requires_grad=True)
    x.backward()
    assert x.grad.item() == 1


def test_a_recipe_remembers_the_numbers_it_saw():
    x = Tensor([1, 2], requires_grad=True)
    y = (x * x).sum()
    x.data = np.array([100, 100], np.float32)
    y.backward()
    assert x.grad.data.tolist() == [2, 4]


# --- arrays that are changed in place -------------------------------------------------------------------------------


def by_slice(w):
    w.data[...] = w.data - 0.1


def by_out(w):
    np.subtract(w.data, 0.1, out=w.data)


def one_by_a_little(w):
    i = w.size // 2
    w.data.flat[i] = np.nextafter(w.data.flat[i], w.data.dtype.type(9))


def by_augmented_assignment(w):
    w.data -= 0.1


def by_another_name(w):
    view = w.data.T[: len(w.data.T) // 2 + 1] if w.ndim else w.data
    view *= 2


def signs(w):
    w.data *= -1


IN_PLACE = [by_slice, by_out, one_by_a_little, by_augmented_assignment, by_another_name, signs]


@pytest.mark.parametrize("change", IN_PLACE)
@pytest.mark.parametrize("shape", [(), (3,), (32, 32), (64, 32), (101, 203), (300, 4000)], ids=str)
@pytest.mark.filterwarnings("ignore:overflow")  # of float16
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_backward_refuses_a_leaf_that_was_changed_in_place(change, shape, dtype, rng):
    w, b = Tensor(rng.normal(size=shape), requires_grad=True, dtype=dtype), Tensor(1.0, requires_grad=True, dtype=dtype)
    w.data = w.data.T  # rows that are not in one piece
    loss = (w * w + b).sum()
    change(w)
    with pytest.raises(RuntimeError, match="the values that multiply saw.*changed in place") as refused:
        loss.backward()
    assert f"a Tensor of shape {w.shape} " in str(refused.value)
    assert w.grad is None and b.grad is None  # nothing has been changed


def test_two_losses_of_one_forward_pass_around_a_step():
    w = Tensor([3.0, 1.0], requires_grad=True)
    hidden, other = w * w, w * 2
    hidden.sum().backward()
    first = w.grad.data
    w.data, w.grad = w.data - 0.1 * first, None
    (other * w.detach()).sum().backward()
    assert first.tolist() == [6, 2] and w.grad.data.tolist() == pytest.approx([2 * 2.4, 2 * 0.8])


def test_a_change_in_place_after_backward_or_before_the_calculation_is_no_mistake():
    w = Tensor([3.0], requires_grad=True)
    for _ in range(3):
        (w * w).sum().backward()
        w.data -= 0.1 * w.grad.data
        w.grad = None
    assert w.item() == pytest.approx(3 * 0.8**3)


def test_a_change_that_is_undone_is_no_mistake():
    w = Tensor([3.0], requires_grad=True)
    loss = (w * w).sum()
    w.data[0] = 5.0
    w.data[0] = 3.0
    loss.backward()
    assert w.grad.item() == 6


def test_a_recipe_holds_little_for_a_large_leaf():
    assert len(fingerprint(np.ones((1000, 1000), np.float32))) < 4_000_000 / 300
    w = Tensor(np.ones(1000), requires_grad=True)
    constant = Tensor(np.ones(1000))
    assert list((w * constant)._recipe.fingerprints) == [0] and (w * 2 + 1)._recipe.fingerprints == {}


def test_blocks_of_numbers_that_change_places_are_seen():
    a = np.arange(10_000, dtype=np.float32)
    before = fingerprint(a)
    a[:] = a[::-1].copy()
    assert fingerprint(a) != before


# --- long and large graphs ------------------------------------------------------------------------------------------


def test_ten_thousand_operations_in_a_row():
    x = Tensor(1, requires_grad=True, dtype=np.float64)
    y = x
    for _ in range(10_000):
        y = y * 1.0001
    y.backward()
    np.testing.assert_allclose(x.grad.item(), 1.0001**10_000)


def test_a_long_graph_that_is_never_used_goes_quietly():
    y = Tensor(1, requires_grad=True)
    for _ in range(50_000):
        y = y + 1
    del y


def test_the_graph_is_freed_while_the_loss_lives():
    x = Tensor(np.ones(10), requires_grad=True)
    tensors, arrays = [], []
    y = x
    for _ in range(5):
        y = (y * 1.5).exp().log()
        tensors.append(weakref.ref(y))
        arrays.append(weakref.ref(y.data))
    loss = y.sum()
    del y
    gc.disable()  # counting references has to be enough
    try:
        assert all(ref() is not None for ref in tensors + arrays)
        loss.backward()
        assert all(ref() is None for ref in tensors + arrays)
    finally:
        gc.enable()
    assert loss.item() == pytest.approx(10 * 1.5**5)


def test_a_second_backward_is_refused_and_changes_nothing():
    x = Tensor([1, 2], requires_grad=True)
    middle = x * x
    loss = middle.sum()
    loss.backward()
    for again in (loss, middle.sum(), middle.sum() + x.sum()):
        with pytest.raises(RuntimeError, match="already been through this calculation and freed it"):
            again.backward()
    assert x.grad.data.tolist() == [2, 4]


def test_two_losses_can_be_added_up_and_leaves_used_again():
    x = Tensor([1, 2], requires_grad=True)
    middle = x * x
    (middle.sum() + (middle * 2).sum()).backward()
    x.sum().backward()
    assert x.grad.data.tolist() == [7, 13]


def test_errors_before_the_walk():
    x = Tensor([1, 2], requires_grad=True)
    with pytest.raises(RuntimeError, match=r"this Tensor has shape \(2,\).*mean\(\) or sum\(\)"):
        (x * 2).backward()
    with pytest.raises(ValueError, match=r"gradient has shape \(3,\), but the Tensor has shape \(2,\)"):
        (x * 2).backward([1, 2, 3])
    with pytest.raises(ValueError, match="gradient has shape"):
        (x * 2).backward(1)
    with pytest.raises(RuntimeError, match="needs a Tensor that requires a gradient"):
        Tensor(1).backward()
    with pytest.raises(RuntimeError, match="needs a Tensor that requires a gradient"):
        (x.detach() * 2).sum().backward()
    assert x.grad is None


def test_an_operation_without_a_rule_is_named_and_nothing_changes():
    def mystery(a):
        return a + 1

    x = Tensor([1, 2], requires_grad=True)
    loss = (apply(mystery, x) + x).sum()
    with pytest.raises(RuntimeError, match="mystery has no gradient rule: write one with @gradient_of"):
        loss.backward()
    assert x.grad is None

    @gradient_of(mystery)
    def _(g, out, a):
        return (g,)

    try:
        loss.backward()
        assert x.grad.data.tolist() == [2, 2]
    finally:
        del gradient_rules[mystery]


@pytest.mark.parametrize(
    "returned, error, message",
    [
        (
            lambda g, a: g,
            TypeError,
            r"rule of wrong should return a tuple with an array for each input, 1 in all, not a nd",
        ),
        (lambda g, a: (g, g), TypeError, "1 in all, not a tuple of 2"),
        (
            lambda g, a: (g.sum(),),
            ValueError,
            r"rule of wrong returned a gradient of the wrong shape: \(\) is not \(2,\)",
        ),
        (lambda g, a: (g[:1],), ValueError, r"\(1,\) is not \(2,\), nor a shape that it can be broadcast to"),
        (lambda g, a: (np.ones((2, 3)),), ValueError, r"\(2, 3\) is not \(2,\)"),
        (lambda g, a: (None,), ValueError, r"\(\) is not \(2,\)"),
    ],
)
def test_a_wrong_rule_is_named_and_no_gradient_is_changed(returned, error, message):
    def wrong(a):
        return a * 2

    x, y = Tensor([1, 2], requires_grad=True), Tensor([1, 2], requires_grad=True)
    loss = (y + apply(wrong, x)).sum()
    try:
        gradient_of(wrong)(lambda g, out, a: returned(g, a))
        with pytest.raises(error, match=message):
            loss.backward()
    finally:
        del gradient_rules[wrong]
    assert x.grad is None and y.grad is None


def test_the_function_and_the_method_are_the_same():
    x = Tensor(3, requires_grad=True)
    backward(x * x)
    assert x.grad.item() == 6


# --- no_grad --------------------------------------------------------------------------------------------------------


def test_no_grad_records_nothing_and_ends():
    x = Tensor([1, 2], requires_grad=True)
    with no_grad():
        y = x * 2
        assert y.is_leaf and not y.requires_grad
        assert Tensor([1], requires_grad=True).requires_grad  # new leaves are not results
    assert (x * 2).requires_grad


def test_no_grad_nests_even_with_itself():
    x, guard = Tensor(1, requires_grad=True), no_grad()
    with guard, guard:
        with no_grad():
            pass
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad


def test_no_grad_ends_with_an_exception():
    x = Tensor(1, requires_grad=True)
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert (x * 2).requires_grad


def test_no_grad_as_a_decorator():
    @no_grad()
    def evaluate(x, depth):
        """Evaluate."""
        return evaluate(x, depth - 1) if depth else x * 2

    x = Tensor(1, requires_grad=True)
    assert not evaluate(x, depth=3).requires_grad and (x * 2).requires_grad
    assert evaluate.__name__ == "evaluate" and evaluate.__doc__ == "Evaluate."


def test_no_grad_in_one_thread_leaves_the_others_alone():
    x, seen = Tensor(1, requires_grad=True), []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append((x * 2).requires_grad))
        thread.start()
        thread.join()
    assert seen == [True]


def test_a_decorated_function_can_run_in_two_threads_at_once():
    x, seen = Tensor(1, requires_grad=True), {}
    first_in, second_in, first_out = (threading.Event() for _ in range(3))

    @no_grad()
    def work(entered, may_leave):
        entered.set()
        return may_leave.wait(timeout=10) and (x * 2).requires_grad

    def first():
        seen["first"] = work(first_in, second_in), (x * 2).requires_grad
        first_out.set()

    def second():
        assert first_in.wait(timeout=10)
        seen["second"] = work(second_in, first_out), (x * 2).requires_grad

    threads = [threading.Thread(target=target) for target in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {"first": (False, True), "second": (False, True)}


# --- all together ---------------------------------------------------------------------------------------------------


def test_a_small_network_learns_by_gradient_descent():
    grid = np.linspace(-1, 1, 32).reshape(-1, 1)
    x, target = Tensor(grid), Tensor(grid**2)
    model = Sequential(Linear(1, 16, seed=0), ReLU(), Linear(16, 1, seed=1))
    losses = []
    for _ in range(1000):
        loss = MSELoss()(model(x), target)
        losses.append(loss.item())
        loss.backward()
        for parameter in model.parameters():
            parameter.data -= 0.1 * parameter.grad.data
            parameter.grad = None
    assert losses[0] > 0.2 and losses[-1] < 1e-3


@pytest.mark.parametrize("imported", ["tensor", "activations", "layers", "losses", "dataloader", "autograd"])
def test_backward_works_whatever_is_imported_with_nothing_but_numpy(imported):
    program = f"""
import sys
import tinytorch.core.{imported}
from tinytorch.core.tensor import Tensor
x = Tensor([1, 2], requires_grad=True)
(x * x).sum().backward()
assert x.grad.data.tolist() == [2, 4]
third_party = {{name.partition(".")[0] for name in sys.modules}} - before - sys.stdlib_module_names
print(sorted(third_party))
"""
    command = [sys.executable, "-c", "import sys; before = {n.partition('.')[0] for n in sys.modules}\n" + program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['numpy', 'tinytorch']"


# --- PyTorch agrees -------------------------------------------------------------------------------------------------


def assert_torch_agrees(torch, ours, theirs, arrays, rng, **tolerance):
    x = [Tensor(array, requires_grad=True, dtype=np.float64) for array in arrays]
    y = [torch.tensor(array, requires_grad=True) for array in arrays]
    result, expected = ours(*x), theirs(*y)
    np.testing.assert_allclose(result, expected.detach(), **tolerance)
    weights = rng.normal(size=result.shape)
    result.backward(weights)
    expected.backward(torch.tensor(weights))
    for a, b in zip(x, y, strict=True):
        np.testing.assert_allclose(a.grad, b.grad, **tolerance)


TIGHT = {"rtol": 1e-10, "atol": 1e-12}


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("shapes", BROADCASTS, ids=str)
def test_arithmetic_against_torch(name, shapes, torch, rng):
    arrays = [np.asarray(rng.uniform(0.5, 2, shape)) for shape in shapes]
    assert_torch_agrees(torch, BINARY[name], BINARY[name], arrays, rng, **TIGHT)


@pytest.mark.parametrize("shapes", MATMULS, ids=str)
def test_matmul_against_torch(shapes, torch, rng):
    arrays = [rng.normal(size=shape) for shape in shapes]
    assert_torch_agrees(torch, lambda a, b: a @ b, lambda a, b: a @ b, arrays, rng, **TIGHT)


@pytest.mark.parametrize("base, exponent", [(0.0, 0.0), (0.0, 2.0), (-2.0, 2.0), (2.0, -1.0), (-2.0, 0.0)])
def test_corners_of_power_against_torch(base, exponent, torch, rng):
    arrays = [np.array([base]), np.array([exponent])]
    assert_torch_agrees(torch, BINARY["power"], BINARY["power"], arrays, rng, **TIGHT)


@pytest.mark.parametrize("ours, theirs", [("sum", "sum"), ("mean", "mean"), ("max", "amax")])
@pytest.mark.parametrize("axis", [0, -1, (0, 2), (0, 1, 2)], ids=str)
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions_against_torch(ours, theirs, axis, keepdims, torch, rng):
    ties = rng.integers(0, 3, (2, 3, 4)).astype(float)
    assert_torch_agrees(
        torch,
        lambda t: getattr(t, ours)(axis=axis, keepdims=keepdims),
        lambda t: getattr(t, theirs)(dim=axis, keepdim=keepdims),
        [ties],
        rng,
        **TIGHT,
    )


@pytest.mark.parametrize(
    "ours, theirs",
    [
        (lambda t: t.exp(), lambda t: t.exp()),
        (lambda t: (t * t).log(), lambda t: (t * t).log()),
        (lambda t: t.permute(2, 0, 1), lambda t: t.permute(2, 0, 1)),
        (lambda t: t.transpose(-2, -1), lambda t: t.transpose(-2, -1)),
        (lambda t: t.transpose(0, 1), lambda t: t.transpose(0, 1)),
        (lambda t: t.copy(), lambda t: t.clone()),
        (lambda t: t.masked_fill(t > 1, 0.5), lambda t: t.masked_fill(t > 1, 0.5)),
        (lambda t: log_softmax(t, axis=1), lambda t: t.log_softmax(dim=1)),
        (lambda t: t.reshape(4, 6), lambda t: t.reshape(4, 6)),
        (lambda t: t[[0, 0, 1], :, 1:], lambda t: t[[0, 0, 1], :, 1:]),
        (ReLU(), lambda t: t.relu()),
        (Sigmoid(), lambda t: t.sigmoid()),
        (Tanh(), lambda t: t.tanh()),
        (Softmax(axis=1), lambda t: t.softmax(dim=1)),
    ],
)
def test_other_operations_against_torch(ours, theirs, torch, rng):
    assert_torch_agrees(torch, ours, theirs, [rng.normal(size=(2, 3, 4)) * 3], rng, **TIGHT)


def test_gelu_against_torch(torch, rng):
    gelu_tanh = torch.nn.GELU(approximate="tanh")
    assert_torch_agrees(torch, GELU(), gelu_tanh, [rng.normal(size=(3, 4)) * 3], rng, **TIGHT)


def test_training_against_torch_step_for_step(torch, rng):
    ours = Sequential(Linear(4, 8, seed=0), Tanh(), Linear(8, 3, seed=1))
    theirs = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
    with torch.no_grad():
        for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
            q.copy_(torch.tensor(p.data.T))
    x, classes = Tensor(rng.normal(size=(16, 4))), rng.integers(0, 3, 16)
    for _ in range(20):
        loss = CrossEntropyLoss()(ours(x), classes)
        expected = torch.nn.functional.cross_entropy(theirs(torch.tensor(x.data)), torch.tensor(classes))
        np.testing.assert_allclose(loss.item(), expected.item(), rtol=1e-5)
        loss.backward()
        expected.backward()
        for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
            np.testing.assert_allclose(p.grad, q.grad.numpy().T, rtol=1e-3, atol=1e-6)
            p.data -= 0.5 * p.grad.data
            q.data -= 0.5 * q.grad
            p.grad = q.grad = None
