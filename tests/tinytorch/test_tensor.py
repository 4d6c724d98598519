import copy
import pickle

import numpy as np
import pytest

from tinytorch.core.tensor import Tensor, apply


@pytest.mark.parametrize(
    "data, shape",
    [(3, ()), (2.5, ()), ([1, 2], (2,)), ([[1, 2], [3, 4]], (2, 2)), ([], (0,)), (np.ones((2, 1, 3)), (2, 1, 3))],
)
def test_reads_numbers_lists_and_arrays_as_float32(data, shape):
    tensor = Tensor(data)
    assert type(tensor.data) is np.ndarray and tensor.dtype == np.float32
    assert tensor.shape == shape and tensor.ndim == len(shape) and tensor.size == np.size(data)
    assert tensor.nbytes == 4 * tensor.size
    assert tensor.grad is None and tensor.requires_grad is False and tensor.is_leaf
    np.testing.assert_array_equal(tensor, data)


def test_reads_tensors_and_lists_of_tensors():
    assert Tensor(Tensor([1, 2])).data.tolist() == [1, 2]
    assert Tensor([Tensor([1, 2]), Tensor([3, 4])]).data.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("source", [np.ones(2, np.float32), Tensor(np.ones(2))])
def test_copies_its_input(source):
    tensor = Tensor(source)
    (source.data if isinstance(source, Tensor) else source)[0] = 5
    assert tensor.data.tolist() == [1, 1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8, bool])
def test_keeps_the_dtype_it_is_given(dtype):
    assert Tensor([0, 1], dtype=dtype).dtype == dtype


@pytest.mark.parametrize("bad", [None, "1", "text", [1, None], 1j, object(), {"a": 1}])
def test_refuses_what_is_not_a_number(bad):
    with pytest.raises(TypeError, match="Expected a number, an array or a Tensor, but got"):
        Tensor(bad)


def test_refuses_ragged_lists():
    with pytest.raises(ValueError, match="rows of equal length"):
        Tensor([[1, 2], [3]])


@pytest.mark.parametrize("dtype", [np.int64, bool])
def test_only_floats_can_require_a_gradient(dtype):
    with pytest.raises(TypeError, match="Only a floating-point Tensor can require a gradient"):
        Tensor([0, 1], requires_grad=True, dtype=dtype)


def test_repr_shows_values_shape_and_what_is_unusual():
    assert repr(Tensor([1, 2])) == "Tensor([1., 2.], shape=(2,))"
    assert repr(Tensor(1.5, requires_grad=True)) == "Tensor(1.5, shape=(), requires_grad=True)"
    assert repr(Tensor([1], dtype=np.int64)) == "Tensor([1], shape=(1,), dtype=int64)"
    assert len(repr(Tensor(np.zeros((1000, 1000))))) < 1000


def test_item_float_and_bool():
    assert Tensor([[2.5]]).item() == 2.5 and type(Tensor(2.5).item()) is float
    assert float(Tensor(2.5)) == 2.5
    assert bool(Tensor(1)) and not bool(Tensor(0))
    with pytest.raises(ValueError, match=r"one value, but this one has shape \(2,\)"):
        Tensor([1, 2]).item()
    with pytest.raises(ValueError, match="ambiguous"):
        bool(Tensor([1, 2]))


def test_numpy_and_detach_are_copies():
    tensor = Tensor([1, 2], requires_grad=True, dtype=np.float64)
    tensor.numpy()[0] = 9
    detached = tensor.detach()
    detached.data[0] = 9
    assert tensor.data.tolist() == [1, 2]
    assert detached.dtype == np.float64 and not detached.requires_grad and detached.is_leaf


def test_len_and_iteration():
    assert len(Tensor([[1, 2], [3, 4], [5, 6]])) == 3
    assert [row.data.tolist() for row in Tensor([[1, 2], [3, 4]])] == [[1, 2], [3, 4]]
    with pytest.raises(TypeError):
        len(Tensor(1))
    with pytest.raises(TypeError):
        list(Tensor(1))


ARITHMETIC = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: a**b,
}


@pytest.mark.parametrize("name", ARITHMETIC)
@pytest.mark.parametrize(
    "shapes", [((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (4,)), ((4, 1, 2), (3, 1))]
)
def test_arithmetic_is_numpys_with_either_side_an_array(name, shapes, rng):
    f = ARITHMETIC[name]
    a, b = (rng.uniform(0.5, 2, shape).astype(np.float32) for shape in shapes)
    for left, right in [(Tensor(a), Tensor(b)), (Tensor(a), b), (a, Tensor(b))]:
        result = f(left, right)
        assert isinstance(result, Tensor) and result.dtype == np.float32
        np.testing.assert_array_equal(result, f(a, b))


@pytest.mark.parametrize("name", ARITHMETIC)
def test_arithmetic_with_numbers(name):
    f, a = ARITHMETIC[name], np.array([1, 2, 4], np.float32)
    np.testing.assert_array_equal(f(Tensor(a), 2), f(a, np.float32(2)))
    np.testing.assert_array_equal(f(2, Tensor(a)), f(np.float32(2), a))


def test_matmul_on_either_side():
    a, b = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    for left, right in [(Tensor(a), Tensor(b)), (Tensor(a), b), (a, Tensor(b)), (a.tolist(), Tensor(b))]:
        assert isinstance(left @ right, Tensor)
        np.testing.assert_array_equal(left @ right, a @ b)
    np.testing.assert_array_equal(Tensor(a).matmul(Tensor(b)), a @ b)
    np.testing.assert_array_equal(Tensor(a).matmul(b), a @ b)


def test_negation_exp_and_log():
    a = np.array([0.5, 1, 2], np.float32)
    np.testing.assert_array_equal(-Tensor(a), -a)
    np.testing.assert_array_equal(Tensor(a).exp(), np.exp(a))
    np.testing.assert_array_equal(Tensor(a).log(), np.log(a))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "other", [2, 0.1, True, np.float64(0.1), np.ones(2), np.arange(1, 3), Tensor([1, 2], dtype=np.int64)]
)
def test_other_numbers_take_the_type_of_a_floating_point_tensor(dtype, other):
    tensor = Tensor([1, 2], dtype=dtype)
    for name in ("add", "multiply", "divide", "power"):
        assert ARITHMETIC[name](tensor, other).dtype == dtype
        assert ARITHMETIC[name](other, tensor).dtype == dtype


def test_between_floating_point_tensors_the_wider_type_wins():
    assert (Tensor([1]) + Tensor([1], dtype=np.float64)).dtype == np.float64


def test_integers_among_themselves_are_numpys():
    tensor = Tensor([1, 2], dtype=np.int64)
    assert (tensor * 2).dtype == np.int64 and (tensor / 2).dtype == np.float64


@pytest.mark.parametrize("bad", [None, "1"])
def test_arithmetic_refuses_what_is_not_a_number(bad):
    with pytest.raises(TypeError, match="Expected a number, an array or a Tensor"):
        Tensor([1]) + bad


@pytest.mark.parametrize(
    "mistake, message",
    [
        (lambda t: t + Tensor([1, 2, 3, 4]), r"add failed on shape \(2, 3\) and \(4,\)"),
        (lambda t: t @ t, r"matmul failed on shape \(2, 3\) and \(2, 3\)"),
        (lambda t: t.reshape(4, 2), r"reshape failed on shape \(2, 3\)"),
        (lambda t: t.sum(axis=2), r"sum failed on shape \(2, 3\)"),
        (lambda t: t.permute(0, 0), r"transpose failed on shape \(2, 3\)"),
        (lambda t: t.permute(0), r"transpose failed on shape \(2, 3\)"),
        (lambda t: t.transpose(0, 2), r"swapaxes failed on shape \(2, 3\)"),
        (lambda t: t.masked_fill(np.ones(4, bool), 0), r"masked_fill failed on shape \(2, 3\)"),
        (lambda t: t.masked_fill(np.ones((5, 2, 3), bool), 0), r"masked_fill failed on shape \(2, 3\)"),
    ],
)
def test_shape_errors_name_the_operation_and_the_shapes(mistake, message):
    with pytest.raises(ValueError, match=message):
        mistake(Tensor(np.zeros((2, 3))))


@pytest.mark.parametrize("name", ["sum", "mean", "max"])
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2), ()])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions_are_numpys(name, axis, keepdims, rng):
    a = rng.normal(size=(2, 3, 4)).astype(np.float32)
    result = getattr(Tensor(a), name)(axis=axis, keepdims=keepdims)
    expected = getattr(np, name)(a, axis=axis, keepdims=keepdims)
    assert result.shape == expected.shape and result.dtype == np.float32
    np.testing.assert_array_equal(result, expected)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_the_mean_of_no_values_is_nan():
    with pytest.warns(RuntimeWarning, match="Mean of empty slice"):
        assert np.isnan(Tensor(np.zeros((0, 3))).mean(axis=0).data).tolist() == [True, True, True]
    with pytest.warns(RuntimeWarning, match="Mean of empty slice"):
        assert np.isnan(Tensor([]).mean().item())
    assert Tensor(np.zeros((2, 0))).mean(axis=0).shape == (0,)


def test_reshape_and_permute_take_numbers_or_a_tuple():
    tensor = Tensor(np.arange(24).reshape(2, 3, 4))
    assert tensor.reshape(6, 4).shape == tensor.reshape((6, 4)).shape == tensor.reshape([6, 4]).shape == (6, 4)
    assert tensor.reshape(-1).shape == (24,) and tensor.reshape(4, -1).shape == (4, 6)
    assert tensor[0, 0, :1].reshape(()).shape == ()
    assert (
        tensor.permute(2, 0, 1).shape == tensor.permute((2, 0, 1)).shape == tensor.permute([2, 0, 1]).shape == (4, 2, 3)
    )
    assert tensor.transpose().shape == tensor.T.shape == (4, 3, 2)
    np.testing.assert_array_equal(tensor.permute(-1, 0, 1), np.arange(24).reshape(2, 3, 4).transpose(2, 0, 1))
    assert Tensor([1, 2]).permute(0).data.tolist() == [1, 2] and Tensor(1).permute().shape == ()


def test_transpose_swaps_two_axes():
    a = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    for axes in ((-2, -1), (0, 2), (1, 0), (1, 1)):
        np.testing.assert_array_equal(Tensor(a).transpose(*axes), np.swapaxes(a, *axes))
    square = Tensor([[1, 2], [3, 4]])
    assert square.transpose(0, 1).data.tolist() == [[1, 3], [2, 4]]  # in NumPy's sense it would be as it was
    assert np.transpose(square, (0, 1)).data.tolist() == [[1, 2], [3, 4]]
    for axes in ((2, 0, 1), ((2, 0, 1),), (0,)):
        with pytest.raises(
            TypeError, match="transpose swaps two axes, but got .*: permute puts all axes in a new order"
        ):
            Tensor(a).transpose(*axes)


@pytest.mark.parametrize("mask", [np.array([[True], [False]]), np.array([True, False, True]), True], ids=str)
@pytest.mark.parametrize("value", [-1, 0.5, float("-inf"), np.float64(2)])
def test_masked_fill(mask, value):
    a = np.arange(6, dtype=np.float32).reshape(2, 3)
    for given in (mask, Tensor(mask, dtype=bool)):
        filled = Tensor(a).masked_fill(given, value)
        assert filled.dtype == np.float32
        np.testing.assert_array_equal(filled, np.where(mask, np.float32(value), a))
    np.testing.assert_array_equal(a.ravel(), range(6))


def test_masked_fill_needs_booleans():
    with pytest.raises(TypeError, match="masked_fill needs a mask of booleans, such as `tensor == 0`, but got float32"):
        Tensor([1, 2]).masked_fill(Tensor([1, 0]), 0)


def test_copy_has_an_array_of_its_own_and_is_recorded():
    x = Tensor([1, 2], requires_grad=True, dtype=np.float64)
    y = x.copy()
    assert y.dtype == np.float64 and y.requires_grad and not y.is_leaf
    assert not np.shares_memory(y.data, x.data)
    (y * y).sum().backward()
    assert x.grad.data.tolist() == [2, 4]
    assert Tensor([1], dtype=np.int64).copy().is_leaf


INDEXES = [
    1,
    -1,
    slice(1, 3),
    (slice(None), 2),
    (..., 0),
    None,
    [0, 2, 0],
    ([0, 1], [2, 2]),
    np.arange(15).reshape(5, 3) % 2 == 0,
]


@pytest.mark.parametrize("index", INDEXES, ids=str)
def test_indexing_is_numpys(index):
    a = np.arange(15, dtype=np.float32).reshape(5, 3)
    np.testing.assert_array_equal(Tensor(a)[index], a[index])


def test_indexing_by_a_tensor_and_out_of_range():
    tensor = Tensor([10, 20, 30])
    assert tensor[Tensor([2, 0], dtype=np.int64)].data.tolist() == [30, 10]
    with pytest.raises(IndexError):
        tensor[3]
    with pytest.raises(TypeError):
        tensor[0] = 1


def test_comparisons_answer_with_boolean_arrays():
    a, b = Tensor([1, 2, 3], requires_grad=True), [3, 2, 1]
    for answer, expected in [
        (a == b, [False, True, False]),
        (a != b, [True, False, True]),
        (a < b, [True, False, False]),
        (a <= b, [True, True, False]),
        (a > b, [False, False, True]),
        (a >= b, [False, True, True]),
        (np.array(b) == a, [False, True, False]),
        (2 < a, [False, False, True]),
        (np.isnan(a), [False, False, False]),
    ]:
        assert type(answer) is np.ndarray and answer.dtype == bool and answer.tolist() == expected


def test_comparison_with_none_is_by_identity():
    assert (Tensor([1, 2]) == None) is False  # noqa: E711
    assert (Tensor([1, 2]) != None) is True  # noqa: E711


def test_tensors_are_hashed_by_identity():
    a, b = Tensor([1, 2]), Tensor([1, 2])
    assert {a: "a", b: "b"}[a] == "a" and len({a, b, a}) == 2


def test_numpy_records_what_tensors_can_do_and_reads_the_rest():
    tensor = Tensor([[1, 4], [9, 16]], requires_grad=True)
    recorded = [np.sqrt(tensor), np.sum(tensor), np.mean(tensor, axis=0), np.max(tensor, axis=1, keepdims=True)]
    recorded += [np.reshape(tensor, (4,)), np.transpose(tensor), np.float64(2) * tensor, np.multiply(tensor, 2)]
    recorded += [np.transpose(tensor, axes=(1, 0)), np.swapaxes(tensor, axis1=0, axis2=1), np.matmul(tensor, tensor)]
    assert all(isinstance(result, Tensor) and result.requires_grad for result in recorded)
    assert recorded[1].item() == 30 and recorded[2].data.tolist() == [5, 10]
    assert np.argmax(tensor) == 3 and np.allclose(tensor, tensor) and np.min(tensor) == 1
    for result in (np.concatenate([tensor, tensor]), np.zeros_like(tensor), np.where(tensor > 4, tensor, 0)):
        assert type(result) is np.ndarray and result.dtype == np.float32
    assert np.asarray(tensor) is tensor.data and np.array(tensor) is not tensor.data
    assert np.array(tensor, dtype=np.float64).dtype == np.float64


def test_an_array_updated_in_place_by_a_tensor_stays_that_array():
    array = before = np.array([1, 2], np.float32)
    array -= 0.5 * Tensor([2, 2])
    assert array is before and type(array) is np.ndarray and array.tolist() == [0, 1]
    with pytest.raises(TypeError):
        np.add(1, 2, out=Tensor(0))


def test_matplotlib_reads_tensors():
    from matplotlib.figure import Figure

    (line,) = Figure().subplots().plot(Tensor([1, 2, 3], requires_grad=True), Tensor([4, 5, 6]))
    np.testing.assert_array_equal(line.get_xydata(), [[1, 4], [2, 5], [3, 6]])


def test_a_result_keeps_a_recipe_only_if_a_gradient_will_be_wanted():
    x, constant = Tensor([1, 2], requires_grad=True), Tensor([3, 4])
    result = apply(np.sum, x * constant, axis=0, keepdims=True)
    recipe = result._recipe
    assert result.requires_grad and not result.is_leaf
    assert recipe.operation is np.sum and recipe.settings == {"axis": 0, "keepdims": True}
    assert recipe.inputs[0]._recipe.inputs == (x, constant)
    assert recipe.arrays[0].tolist() == [3, 8] and recipe.output.tolist() == [11]
    assert recipe.output is result.data and recipe.inputs[0]._recipe.arrays[0] is x.data  # remembering copies nothing
    assert (constant * 2).is_leaf and not (constant * 2).requires_grad
    assert apply(np.isfinite, x).is_leaf  # a boolean has no gradient


def test_apply_takes_any_function_on_arrays():
    def distance(a, b, scale):
        return scale * np.abs(a - b)

    assert apply(distance, Tensor([1, 5]), [3, 3], scale=10).data.tolist() == [20, 20]


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))])
def test_tensors_can_be_copied_and_pickled(duplicate):
    tensor = Tensor([1, 2], requires_grad=True)
    other = duplicate(tensor)
    assert other is not tensor and (other == tensor).all() and other.requires_grad and other.is_leaf
