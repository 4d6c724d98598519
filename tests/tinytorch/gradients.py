"""The gradients that autograd ought to find, by central differences in float64."""

import numpy as np

from tinytorch.core.tensor import Tensor


def numeric_gradients(f, arrays, weights, step=1e-6):
    """Gradient of sum(weights * f(*arrays)) with respect to each array."""
    gradients = []
    for k, array in enumerate(arrays):
        gradient = np.zeros(array.shape)
        for i in np.ndindex(array.shape):
            ends = []
            for sign in (1, -1):
                moved = array.copy()
                moved[i] += sign * step
                ends.append(f(*(Tensor(moved if j == k else a, dtype=np.float64) for j, a in enumerate(arrays))).data)
            gradient[i] = ((ends[0] - ends[1]) * weights).sum() / (2 * step)
        gradients.append(gradient)
    return gradients


def check_gradients(f, *arrays, rng):
    """Assert that backward through f, from random weights on its output, agrees with central differences.

    Random weights, because an all-ones gradient hides rules that forget to use it.
    """
    tensors = [Tensor(array, requires_grad=True, dtype=np.float64) for array in arrays]
    result = f(*tensors)
    weights = rng.normal(size=result.shape)
    result.backward(weights)
    for tensor, expected in zip(tensors, numeric_gradients(f, arrays, weights), strict=True):
        assert tensor.grad.shape == tensor.shape and tensor.grad.dtype == np.float64
        np.testing.assert_allclose(tensor.grad, expected, rtol=1e-6, atol=1e-8)
