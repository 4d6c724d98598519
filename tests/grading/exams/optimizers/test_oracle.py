"""The oracle agrees with torch.optim, and is not so lenient that it agrees with anything."""

import numpy as np
import pytest
from torch_optimizers import BUFFERS, RECORDED, RECORDED_CASES, cases, rows, torch_trace, trace_from

from grading.exams.optimizers.deviation import deviation

FIELDS = frozenset({"params", "momentum_buffers", "m_buffers", "v_buffers"})
STRICT = 1e-3  # both are float64 here: a thousandth of the tolerance that float32 needs


@pytest.mark.parametrize("subject", BUFFERS)
def test_it_agrees_with_torch_on_a_thousand_random_cases(need, subject):
    torch = need("torch")
    for i, case in enumerate(cases(subject, 1000)):
        found = deviation(case, torch_trace(torch, case), FIELDS, enough=0.0)
        assert found.size < STRICT, (i, found)


@pytest.mark.parametrize("subject", BUFFERS)
def test_it_agrees_with_recorded_traces_of_torch(subject):
    with np.load(RECORDED) as recorded:
        for i, case in enumerate(cases(subject, RECORDED_CASES)):
            found = deviation(case, trace_from(case, recorded[f"{subject}.{i}"]), FIELDS, enough=0.0)
            assert found.size < STRICT, (i, found)


@pytest.mark.parametrize("subject", BUFFERS)
def test_it_sees_a_tenth_of_a_percent(subject):
    with np.load(RECORDED) as recorded:
        for i, case in enumerate(cases(subject, RECORDED_CASES)):
            numbers = recorded[f"{subject}.{i}"].copy()
            last = max(k for k, call in enumerate(case.calls) if call.do == "step")
            numbers[last:] *= 1.001
            assert not deviation(case, trace_from(case, numbers), FIELDS).is_right, i


def test_the_recorded_traces_are_torchs(need):
    torch = need("torch")
    with np.load(RECORDED) as recorded:
        for subject in BUFFERS:
            for i, case in enumerate(cases(subject, RECORDED_CASES)):
                np.testing.assert_allclose(
                    rows(case, torch_trace(torch, case)),
                    recorded[f"{subject}.{i}"],
                    rtol=1e-12,
                    err_msg=f"{subject}.{i}",
                )
