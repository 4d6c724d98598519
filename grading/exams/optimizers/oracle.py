"""The oracle: what must follow from where a trace stood before each call, in float64.

Judged one call at a time: what a step should do is worked out from the values and the state that the trace itself
shows before that step. A wrong step is then found where it happens, rounding does not add up, and a mistake in one rule
does not make every later step wrong. Since the start is given, a trace in which every step follows from the one before
is right from beginning to end.

What a trace shows is believed only of calls that may change it: where a state changes that nobody has touched, the
steps that follow must be those of the state that it should be.
"""

from collections.abc import Callable

import numpy as np
from diagnosis.case import CONSTRUCTORS, Call, Case
from diagnosis.trace import Moment

from .rows import Rows
from .update_rules import Behavior, Expected, Start, Steps, unchanged

DEFAULTS = {
    "Optimizer": {},
    "SGD": {"lr": 0.01, "momentum": 0.0, "weight_decay": 0.0},
    "Adam": {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0},
    "AdamW": {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01},
}


def all_settings(subject: str, call: Call) -> dict:
    """The settings of an optimizer that a call constructs, defaults included."""
    arguments, settings = call.value if call.do == "new" else ((), call.value[1])
    return {**DEFAULTS[subject], **dict(zip(DEFAULTS[subject], arguments, strict=False)), **settings}


def right_behaviors(case: Case) -> list[Behavior]:
    """The right behaviors that can differ in this case."""
    missing = any(gradient is None for call in case.calls if call.do == "gradients" for gradient in call.value)
    settings = {**DEFAULTS[case.subject], **case.calls[0].value[1]}
    own_count = missing or any(call.do == "set" and call.value[0] == "step_count" for call in case.calls)
    return [
        Behavior(counts, decay)
        for counts in (("calls", "gradients") if own_count and case.subject != "SGD" else ("calls",))
        for decay in (("after", "before") if case.subject == "AdamW" and settings["weight_decay"] else ("after",))
    ]


def expectations(
    case: Case, moments: list[Moment], fields: frozenset[str], behavior: Behavior, rows: Rows
) -> list[Expected]:
    """What numbers must be seen after the calls of a case.

    Parameters
    ----------
    case : Case
    moments : list of Moment
        What a trace shows after these calls, or after the first of them. Each call starts from what it shows before.
    fields : frozenset of str
        The names of the numeric fields.
    behavior : Behavior
    rows : Rows
    """
    if not fields:
        return []
    oracle = CaseOracle(case, behavior, rows)
    for index, (call, moment) in enumerate(zip(case.calls, moments, strict=False)):
        oracle.go_through(index, call, moment)
    return oracle.expected(fields)


class OptimizerOracle:
    """Follows one optimizer through a case, and takes note of its steps. All arrays are rows."""

    def __init__(self, subject: str, call: Call, rows: Rows, params: np.ndarray, behavior: Behavior) -> None:
        self.subject, self.behavior, self.rows, self.params = subject, behavior, rows, params
        self.settings = all_settings(subject, call)
        self.gradient, self.has_gradient = rows.zeros(), rows.zeros() > 0
        self.buffers = {name: rows.zeros() for name in self.buffer_names}
        self.calls, self.with_gradient = 0, rows.zeros()
        self.starts: list[Start] = []
        self.put: np.ndarray | None = None
        self.unseen, self.is_trusted = 0, True

    @property
    def buffer_names(self) -> tuple[str, ...]:
        if self.subject == "SGD":
            return ("momentum_buffers",) if self.settings["momentum"] else ()
        return ("m_buffers", "v_buffers") if self.subject in ("Adam", "AdamW") else ()

    def velocity(self, moment: Moment) -> np.ndarray | None:
        """The velocity that a moment shows; where it shows none, the one that it would have to show."""
        shown = self.buffers.get("momentum_buffers")
        if shown is None or moment.buffers.get("momentum_buffers") is not None:
            return shown
        return Steps(self.subject, self.behavior, self.rows, self.starts).own_velocities()[-1] if self.starts else shown

    def numbers(self) -> dict[str, np.ndarray]:
        """The parameters and buffers, by the name of the field."""
        return {"params": self.params, **self.buffers}

    def continue_from(self, moment: Moment, may_change: bool) -> None:
        """Go on from the numbers that a moment shows, where they are usable.

        Those that are not finite or not of the right shape are not. Nor are buffers after a call that may not change
        them: from then on, those that a trace shows are not believed.
        """
        flatten = self.rows.flatten_finite
        self.params = flatten(moment.params, self.params)
        if may_change:
            stretched = self.rows.flatten_stretched
            self.buffers = {name: stretched(moment.buffers.get(name), own) for name, own in self.buffers.items()}
        elif self.is_trusted:
            shown = [(self.rows.flatten(moment.buffers.get(name)), own) for name, own in self.buffers.items()]
            self.is_trusted = all(row is None or row is own or (row == own).all() for row, own in shown)

    def count_steps(self, steps: int) -> None:
        """Take note of so many calls of step()."""
        self.calls += steps
        self.unseen += steps
        if self.behavior.counts == "gradients":
            self.with_gradient = self.with_gradient + steps * self.has_gradient

    def note_step(self, index: int, after: Moment) -> None:
        """Take note of a call of step() and of what followed."""
        put, unseen, self.put = self.put, self.unseen, None
        self.count_steps(1)
        self.unseen = 0
        count = self.calls if self.behavior.counts == "calls" else np.maximum(self.with_gradient, 1)
        state = self.settings, self.params, self.buffers, self.gradient, self.has_gradient
        self.starts.append(Start(index, *state, count, after, put, unseen, self.is_trusted))

    def expected(self, fields: frozenset[str]) -> list[Expected]:
        """What all these calls of step() must have done, in these fields and perhaps in others."""
        return Steps(self.subject, self.behavior, self.rows, self.starts).expected(fields) if self.starts else []


class CaseOracle:
    """Goes through the calls of a case, and takes note of what each must do.

    Attributes
    ----------
    optimizers : dict of str to OptimizerOracle
        By their names in the case.
    held : ndarray or None
        The state in the caller's hands, which no call may change but those that ``RULES`` says do.
    staying : dict of str to (dict of int to ndarray)
        What is to stay as it was, by the field and the index of the call.
    problems : dict of str to (dict of int to str)
        What to say if it did not, where that is something special.
    """

    def __init__(self, case: Case, behavior: Behavior, rows: Rows) -> None:
        self.case, self.behavior, self.rows = case, behavior, rows
        self.gradients = gradient_rows(case, rows)
        self.optimizers: dict[str, OptimizerOracle] = {}
        self.held: np.ndarray | None = None
        self.staying: dict[str, dict[int, np.ndarray]] = {}
        self.problems: dict[str, dict[int, str]] = {"momentum_buffers": {}, "held": {}}

    def go_through(self, index: int, call: Call, moment: Moment) -> None:
        """Take note of what a call must do, then go on from the trace."""
        staying = RULES.get(call.do, changes_nothing)(self, index, call, moment)
        if self.held is not None:
            staying = {**staying, "held": self.held}
        for name, row in staying.items():
            self.staying.setdefault(name, {})[index] = row
        if call.do != "gradients":  # after that a trace shows what it showed before
            self.optimizers[call.on].continue_from(moment, call.do in MAY_CHANGE_BUFFERS)

    def expected(self, fields: frozenset[str]) -> list[Expected]:
        """What must be seen in these fields, changed or unchanged."""
        stepped = [expected for optimizer in self.optimizers.values() for expected in optimizer.expected(fields)]
        return [expected for expected in stepped if expected.field in fields] + [
            unchanged(name, rows_by_call, self.problems.get(name, {}))
            for name, rows_by_call in self.staying.items()
            if name in fields
        ]


MAY_CHANGE_BUFFERS = (*CONSTRUCTORS, "step", "steps", "put")

# What each kind of call does to what the oracle knows. Takes the oracle, the call's index, the call and what the trace
# shows after it; returns what is to stay as it was, by the field. A kind that is not here changes nothing.
Rule = Callable[[CaseOracle, int, Call, Moment], dict[str, np.ndarray]]
RULES: dict[str, Rule] = {}


def rule(do: str) -> Callable[[Rule], Rule]:
    """Decorator: the function below is the rule for this kind of call."""

    def register(function: Rule) -> Rule:
        RULES[do] = function
        return function

    return register


def changes_nothing(oracle: CaseOracle, index: int, call: Call, moment: Moment) -> dict[str, np.ndarray]:
    """All numbers stay as they were."""
    return oracle.optimizers[call.on].numbers()


@rule("new")
def construct(oracle: CaseOracle, index: int, call: Call, moment: Moment) -> dict[str, np.ndarray]:
    """A new optimizer begins with the parameters of the case and empty buffers."""
    case, rows = oracle.case, oracle.rows
    params = rows.flatten(list(case.params))
    oracle.optimizers[call.on] = made = OptimizerOracle(case.subject, call, rows, params, oracle.behavior)
    return made.numbers()


@rule("resume")
@rule("beside")
def construct_from_another(oracle: CaseOracle, index: int, call: Call, moment: Moment) -> dict[str, np.ndarray]:
    """A new optimizer begins with the parameters of another one and empty buffers."""
    params, subject = oracle.optimizers[call.value[0]].params, oracle.case.subject
    oracle.optimizers[call.on] = made = OptimizerOracle(subject, call, oracle.rows, params, oracle.behavior)
    return made.numbers()


# To give gradients or load values runs no code of the student's that could change anything else.


@rule("gradients")
def give_gradients(oracle: CaseOracle, index: int, call: Call, moment: Moment) -> dict[str, np.ndarray]:
    """The next steps go along these gradients."""
    optimizer = oracle.optimizers[call.on]
    optimizer.gradient, optimizer.has_gradient = oracle.gradients[index]
    return {}


@rule("load")
def load_values(oracle: CaseOracle, index: int, call: Call, moment: Moment) -> dict[str, np.ndarray]:
    """The next step starts from these values."""
    oracle.optimizers[call.on].params = oracle.rows.flatten(call.value)
    return {}


@rule("set")
def set_attribute(oracle: CaseOracle, index: int, call: Call, moment: Moment) -> dict[str, np.ndarray]:
    """The next steps use this setting, or go on from this count; nothing else changes."""
    optimizer, (name, value) = oracle.optimizers[call.on], call.value
    if name == "step_count":
        optimizer.calls = value
    else:
        optimizer.settings = {**optimizer.settings, name: value}
    return changes_nothing(oracle, index, call, moment)


@rule("step")
def step_once(oracle: CaseOracle, index: int, call: Call, moment: Moment) -> dict[str, np.ndarray]:
    """A step follows the update rule; the base class has none."""
    if oracle.case.subject == "Optimizer":
        return changes_nothing(oracle, index, call, moment)
    oracle.optimizers[call.on].note_step(index, moment)
    return {}


@rule("steps")
def step_unseen(oracle: CaseOracle, index: int, call: Call, moment: Moment) -> dict[str, np.ndarray]:
    """Steps that nobody looked at are only counted.

    Nobody knows where each of them began.
    """
    oracle.optimizers[call.on].count_steps(call.value)
    return {}


@rule("get_momentum_state")
def take_state_out(oracle: CaseOracle, index: int, call: Call, moment: Moment) -> dict[str, np.ndarray]:
    """The caller then holds a copy of the velocity."""
    oracle.held = oracle.optimizers[call.on].velocity(moment)
    oracle.problems["held"][index] = "is not the velocity at that moment"
    return changes_nothing(oracle, index, call, moment)


@rule("put")
def put_state_in(oracle: CaseOracle, index: int, call: Call, moment: Moment) -> dict[str, np.ndarray]:
    """The velocity is then what was put in, unless it was refused. The caller still holds what it was."""
    optimizer, oracle.held = oracle.optimizers[call.on], oracle.rows.flatten(call.value)
    if oracle.held is not None and optimizer.buffers and not moment.raised:
        optimizer.put = oracle.held
        oracle.problems["momentum_buffers"][index] = "is not what was put in"
        return {**changes_nothing(oracle, index, call, moment), "momentum_buffers": oracle.held}
    return changes_nothing(oracle, index, call, moment)


@rule("overwrite")
def overwrite_state(oracle: CaseOracle, index: int, call: Call, moment: Moment) -> dict[str, np.ndarray]:
    """What the caller holds is overwritten; the optimizer's own velocity is not."""
    oracle.held = oracle.rows.flatten(moment.held)
    return changes_nothing(oracle, index, call, moment)


def gradient_rows(case: Case, rows: Rows) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """The gradients that a case gives, and where there is none.

    The numbers are rounded to the dtypes of the parameters, as the trace has them.

    Returns
    -------
    dict of int to (ndarray of float64, ndarray of bool)
        By the index of the call: the numbers as a row, and which of them are gradients.
    """
    given = {i: call.value for i, call in enumerate(case.calls) if call.do == "gradients"}
    if not given:
        return {}
    arrays = [
        np.zeros(param.shape) if gradient is None else gradient[1]
        for values in given.values()
        for gradient, param in zip(values, case.params, strict=True)
    ]
    numbers = rows.concatenate(arrays).reshape(len(given), -1)
    for param, part in zip(case.params, rows.parts, strict=True):
        numbers[:, part] = numbers[:, part].astype(param.dtype)
    has = np.repeat([[gradient is not None for gradient in values] for values in given.values()], rows.sizes, axis=1)
    return dict(zip(given, zip(numbers, has, strict=True), strict=True))
