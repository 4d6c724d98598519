import numpy as np
import pytest

from tinytorch.core.dataloader import DataLoader, Dataset, TensorDataset
from tinytorch.core.tensor import Tensor


@pytest.fixture
def dataset():
    return TensorDataset(Tensor(np.arange(20).reshape(10, 2)), Tensor(np.arange(10), dtype=np.int64))


def labels_of(loader):
    return [label for _, labels in loader for label in labels.data.tolist()]


def test_dataset_needs_both_methods():
    class Half(Dataset):
        def __len__(self):
            return 1

    with pytest.raises(TypeError, match="__getitem__"):
        Half()


def test_tensor_dataset_pairs_up_rows(dataset):
    assert len(dataset) == 10
    features, label = dataset[3]
    assert features.data.tolist() == [6, 7] and label.item() == 3 and label.dtype == np.int64
    assert dataset[-1][1].item() == 9
    with pytest.raises(IndexError):
        dataset[10]


@pytest.mark.parametrize(
    "tensors, error, message",
    [
        ([], ValueError, "at least one Tensor"),
        ([Tensor([1, 2]), Tensor([1, 2, 3])], ValueError, r"same length, but got shapes \(2,\), \(3,\)"),
        ([Tensor(1)], ValueError, "same length"),
        ([np.ones(3)], TypeError, r"needs Tensors, but got ndarray: wrap it in Tensor\(...\)"),
    ],
)
def test_tensor_dataset_refuses_what_does_not_fit(tensors, error, message):
    with pytest.raises(error, match=message):
        TensorDataset(*tensors)


@pytest.mark.parametrize("batch_size, sizes", [(1, [1] * 10), (4, [4, 4, 2]), (5, [5, 5]), (10, [10]), (99, [10])])
def test_batches_cover_the_dataset_in_order(dataset, batch_size, sizes):
    loader = DataLoader(dataset, batch_size=batch_size)
    batches = list(loader)
    assert len(loader) == len(batches) == len(sizes)
    assert [x.shape for x, _ in batches] == [(size, 2) for size in sizes]
    assert labels_of(loader) == list(range(10))
    assert all(isinstance(x, Tensor) and isinstance(y, Tensor) for x, y in batches)


def test_batches_keep_the_dtype(dataset):
    x, y = next(iter(DataLoader(dataset, batch_size=3)))
    assert x.dtype == np.float32 and y.dtype == np.int64


def test_shuffling_keeps_examples_together_and_covers_them_all(dataset):
    for x, y in DataLoader(dataset, batch_size=3, shuffle=True, seed=0):
        np.testing.assert_array_equal(x.data[:, 0], 2 * y.data)
    assert sorted(labels_of(DataLoader(dataset, batch_size=3, shuffle=True, seed=0))) == list(range(10))


def test_a_seed_repeats_the_epochs_and_the_epochs_differ(dataset):
    a, b, other = (DataLoader(dataset, batch_size=3, shuffle=True, seed=seed) for seed in (1, 1, 2))
    epochs = [labels_of(a) for _ in range(3)]
    assert epochs == [labels_of(b) for _ in range(3)]
    assert epochs[0] != epochs[1] != epochs[2] != epochs[0]
    assert labels_of(other) != epochs[0]
    assert labels_of(DataLoader(dataset, shuffle=True)) != labels_of(DataLoader(dataset, shuffle=True))


@pytest.mark.parametrize(
    "examples, dtype",
    [([1.0, 2.0], np.float32), ([1, 2], np.int64), ([np.float64(1)] * 2, np.float32), ([np.zeros(3)] * 2, np.float64),
     ([Tensor(1, dtype=np.float64)] * 2, np.float64), ([True, False], bool)],
)  # fmt: skip
def test_any_sequence_of_examples_will_do(examples, dtype):
    (batch,) = next(iter(DataLoader(examples, batch_size=2)))
    assert isinstance(batch, Tensor) and batch.dtype == dtype and len(batch) == 2


def test_an_empty_dataset_has_no_batches():
    assert len(DataLoader([])) == 0 and list(DataLoader([])) == []


def test_two_passes_at_once_do_not_disturb_each_other(dataset):
    loader = DataLoader(dataset, batch_size=5)
    pairs = [(y.data[0], z.data[0]) for _, y in loader for _, z in loader]
    assert pairs == [(0, 0), (0, 5), (5, 0), (5, 5)]


@pytest.mark.parametrize("batch_size", [0, -1, 2.0, "4", None, True, np.True_])
def test_refuses_a_bad_batch_size(dataset, batch_size):
    with pytest.raises(ValueError, match="batch_size must be a positive integer, but is"):
        DataLoader(dataset, batch_size=batch_size)


def test_refuses_what_is_no_dataset():
    with pytest.raises(TypeError, match="generator lacks them"):
        DataLoader(x for x in range(3))


def test_refuses_examples_that_do_not_stack():
    with pytest.raises(ValueError, match="same shape"):
        list(DataLoader([np.zeros(2), np.zeros(3)], batch_size=2))
    with pytest.raises(ValueError):
        list(DataLoader([(1, 2), (1,)], batch_size=2))
