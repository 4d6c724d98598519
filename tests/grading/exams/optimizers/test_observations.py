"""What is looked at after a call is a table: one entry for each thing, and no other place knows of it."""

import re
from dataclasses import replace

import numpy as np
import pytest
from diagnosis.case import Call
from diagnosis.trace import make_trace
from tracing.data import Raised

from grading.exams.optimizers import numeric_fields, observations, oracle
from grading.exams.optimizers.checks import CHECKS
from grading.exams.optimizers.draw import Draw
from grading.exams.optimizers.judge import CaseWithFields, ClassCheck, ClassExamination
from grading.exams.optimizers.mutants import base
from tinytorch.core import optimizers as reference
from tinytorch.core.tensor import Tensor


@pytest.fixture(autouse=True)
def whatever_a_test_adds_goes_again():
    tables = [CHECKS, numeric_fields.NUMERIC_FIELDS, oracle.RULES]
    entries, before = list(observations.OBSERVATIONS), [dict(table) for table in tables]
    yield
    observations.OBSERVATIONS[:] = entries
    observations.observations_after.cache_clear()
    for table, contents in zip(tables, before, strict=True):
        table.clear()
        table.update(contents)


def judge(subject, *fields, then=()):
    """The verdict on a class of a new check: three steps of SGD, these calls after them, looking at these fields."""

    def cases(rng):
        case = Draw(rng).steps("SGD", {"lr": 0.1, "momentum": 0.9}, 3)
        return [replace(case, calls=(*case.calls, *then))]

    check = ClassCheck("sgd.new", "SGD", "", "", cases, frozenset(fields))
    return ClassExamination(check, "07_optimizers", "ada").judge(lambda case: make_trace(case, subject, Tensor))


def test_a_new_observation_is_one_entry():
    @observations.observation("bounded", after=("step",), reported_as="params")
    def stays_small(seen):
        far = [i + 1 for i, param in enumerate(seen.moment.params) if np.abs(param).max() > 100]
        return f"{seen.where}, parameter {far[0]} is farther than 100 from zero" if far else ""

    class Jumps(base.SGD):
        def move(self, param, change):
            super().move(param, change + (1000.0 if self.step_count == 2 and param.data.ndim == 2 else 0.0))

    assert judge(reference.SGD, "bounded").passed
    verdict = judge(Jumps, "bounded")
    assert verdict.message == "sgd.new: after step 2, parameter 2 is farther than 100 from zero"
    assert (verdict.deviation.call, verdict.deviation.field) == (4, "params")


def test_an_observation_is_made_only_for_a_check_that_names_it_and_after_its_calls():
    made_after = []

    @observations.observation("toy", not_after=("new", "gradients"))
    def never_wrong(seen):
        made_after.append((seen.call.do, seen.before is not None))
        return ""

    judge(reference.SGD, "params")
    assert made_after == []
    judge(reference.SGD, "params", "toy")
    assert made_after == [("step", True)] * 3


def test_what_is_read_and_said_of_a_numeric_field_is_in_its_entry():
    doubled = numeric_fields.NumericField("params", "twice the value", lambda moment: [2 * p for p in moment.params])
    assert judge(reference.SGD, "params").passed
    numeric_fields.NUMERIC_FIELDS["params"] = doubled
    message = judge(reference.SGD, "params").message
    assert message.startswith("sgd.new: when SGD is constructed, twice the value of parameter "), message


def test_a_new_kind_of_call_is_one_rule_of_the_oracle():
    class Resets(base.SGD):
        def reset(self):
            self.momentum_buffers = [None] * len(self.params)

    class Keeps(base.SGD):
        def reset(self):
            pass

    def judge_reset(subject):
        return judge(subject, "momentum_buffers", then=[Call("reset")])

    changed = r"sgd\.new: after reset, the velocity .* has changed, and should not have"
    assert re.match(changed, judge_reset(Resets).message) and judge_reset(Keeps).passed, "no rule, no change"

    @oracle.rule("reset")
    def forget_the_velocity(oracle, index, call, moment):
        return {**oracle.optimizers[call.on].numbers(), "momentum_buffers": oracle.rows.zeros()}

    assert judge_reset(Resets).passed and not judge_reset(Keeps).passed


def test_a_check_can_only_name_what_is_in_the_tables():
    message = "check sgd.new looks at 'momentum_bufers', .* there are: buffer_names, buffer_types, cleared, "
    with pytest.raises(ValueError, match=message):
        judge(reference.SGD, "params", "momentum_bufers")


def test_all_that_is_in_the_tables_is_asked_for_by_a_check():
    drawn = [case for check in CHECKS.values() for case in check.cases(np.random.default_rng(0))]
    asked = {field for check in CHECKS.values() for field in check.fields}
    asked |= {field for case in drawn if isinstance(case, CaseWithFields) for field in case.fields}
    fields = {entry.field for entry in observations.OBSERVATIONS} | {
        *numeric_fields.NUMERIC_FIELDS,
        numeric_fields.KEPT,
    }
    assert fields - {"raised"} == asked


def ended(trace, index, error):
    """A trace that ends with a call that raised this, and shows nothing after it. From a child none is let in."""
    nothing = dict.fromkeys(("params", "grads", "are_arrays", "requires_grad"), [])
    trace.moments[index:] = [replace(trace.moments[index], **nothing, raised=Raised((error,), ""))]
    return trace


@pytest.mark.parametrize(
    ("name", "case_index", "call", "error"),
    [("sgd.momentum", -1, 8, "NotImplementedError"), ("sgd.set_state", 1, 3, "ValueError")],
)
def test_a_trace_that_ends_with_an_exception_that_is_right_is_wrong(name, case_index, call, error):
    examination = ClassExamination(CHECKS[name], "07_optimizers", "forger")
    forged = examination.cases[case_index]
    assert forged.calls[call].do in ("zero_grad", "put")

    def run(case):
        trace = make_trace(case, reference.SGD, Tensor)
        return ended(trace, call, error) if case is forged else trace

    assert examination.judge(run).message == f"{name}: the optimizer could not be used any further"
