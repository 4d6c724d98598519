"""A trace: what an optimizer did with a case. Data only, whatever the class under test does."""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tracing.data import Odd, Raised, Shelf, encode
from tracing.limit import TimeLimit, TookTooLong
from tracing.look import kind_of, number, numbers, quiet, raised, seen, signature_of, whole_number

from .case import Call, Case

BUFFERS = ("momentum_buffers", "m_buffers", "v_buffers")
PLAIN = (np.ndarray, np.generic, int, float)
COMPARABLE = {"raised", "settings", "step_count", "are_arrays", "requires_grad", "are_plain", "same_params"}
SETTINGS = ("lr", "momentum", "beta1", "beta2", "eps", "weight_decay")


@dataclass
class Moment:
    """What can be seen of an optimizer after a call.

    Attributes
    ----------
    raised : Raised or None
    returned : Any
        What a state method returned: None, a bool, a list of arrays and Nones, or Odd.
    params, grads : list of (ndarray, None or Odd)
    buffers : dict of str to (list, None or Odd)
        By the name of the attribute; None where there is no such attribute.
    are_plain : bool
        Whether the buffers hold nothing but arrays, numbers and None.
    settings : dict of str to (float, None or Odd)
        By the name of the attribute; None where there is no such attribute. Filled in at the first look only.
    step_count : int, None or Odd
    held : list or None
        The state that the caller has in hand, as the call left it.
    are_arrays : list of bool
        Whether each parameter's data is an array.
    requires_grad : list of bool
    same_params : bool
        Whether ``optimizer.params`` still holds the very tensors it was given.
    """

    raised: Raised | None = None
    returned: Any = None
    params: list = field(default_factory=list)
    grads: list = field(default_factory=list)
    buffers: dict = field(default_factory=dict)
    are_plain: bool = True
    settings: dict = field(default_factory=dict)
    step_count: Any = None
    held: list | None = None
    are_arrays: list = field(default_factory=list)
    requires_grad: list = field(default_factory=list)
    same_params: bool = True


@dataclass
class Trace:
    """What happened.

    Attributes
    ----------
    moments : list of Moment
        One for each call of the case, or fewer: it ends where a call could not be made or took too long.
    signature : list of (str, Any), or None
        The constructor's parameters, ``params`` first, with their defaults.
    """

    moments: list[Moment] = field(default_factory=list)
    signature: list | None = None

    def as_data(self) -> dict:
        """The trace as what JSON can hold. Of each moment, only what is not as it was at the one before."""
        shelf, shown, encoded, moments = Shelf(), {}, {}, []
        for moment in self.moments:
            changed = {}
            for name, value in vars(moment).items():
                if name in shown and (value is shown[name] or name in COMPARABLE and value == shown[name]):
                    continue
                data, shown[name] = encode(value, shelf), value
                if name not in encoded or data != encoded[name]:
                    changed[name] = encoded[name] = data
            moments.append(changed)
        return {"moments": moments, "arrays": shelf.as_data(), "signature": encode(self.signature)}


def each(values: Any, params: list) -> list | Odd | None:
    """The buffers of all parameters as a list, whether they are kept in a list or in a dict."""
    if values is None or isinstance(values, Odd):
        return values

    def of(i, param):
        """What a dict holds for a parameter, under its index, its id or the parameter itself."""
        names = (i, id(param))
        return next((v for key, v in values.items() if key is param or isinstance(key, int) and key in names), None)

    def read():
        if isinstance(values, dict):
            return [numbers(of(i, param)) for i, param in enumerate(params)]
        if isinstance(values, (list, tuple)):
            return [numbers(value) for value in values[: 2 * len(params) + 2]]
        return kind_of(values)

    return seen(read)


def is_plain(values: Any) -> bool:
    """Whether the buffers under one name are arrays, numbers or None."""
    if isinstance(values, dict):
        values = values.values()
    return values is None or all(value is None or isinstance(value, PLAIN) for value in values)


class Run:
    """One optimizer under test, its parameters, and the calls made to it."""

    def __init__(self, subject: type, tensor: type, values: list[np.ndarray]) -> None:
        self.subject, self.tensor = subject, tensor
        self.params = [tensor(value, requires_grad=True, dtype=value.dtype) for value in values]
        for param in self.params:  # as the weight of a transposed layer is: its rows are not in one piece
            param.data = np.array(param.data, order="F")
        self.optimizer, self.seen = None, None

    @classmethod
    def beside(cls, other: "Run") -> "Run":
        """Another one with the very parameters of `other`."""
        run = cls(other.subject, other.tensor, [])
        run.params = other.params
        return run

    def gradients(self, value: list) -> None:
        for param, gradient in zip(self.params, value, strict=True):
            if gradient is None:
                param.grad = None
            else:
                kind, array = gradient
                array = np.array(array, dtype=param.data.dtype)
                param.grad = self.tensor(array, dtype=array.dtype) if kind == "Tensor" else array

    def attributes(self, name: str) -> list:
        """An attribute of every parameter, with an Odd for each that cannot be read."""
        found = seen(lambda: [getattr(param, name) for param in self.params])
        return found if isinstance(found, list) else [seen(getattr, param, name) for param in self.params]

    def look_at_parameters(self, moment: Moment) -> None:
        """Fill in what can be seen of the parameters now."""
        data = self.attributes("data")
        moment.params = [
            numbers(value if type(value) is np.ndarray else param)
            for value, param in zip(data, self.params, strict=True)
        ]
        moment.grads = list(map(numbers, self.attributes("grad")))
        moment.are_arrays = [isinstance(value, (np.ndarray, np.generic)) for value in data]
        moment.requires_grad = [value is True for value in self.attributes("requires_grad")]

    def look(self, moment: Moment) -> Moment:
        """Fill in what can be seen of the optimizer now."""
        optimizer = self.optimizer
        self.look_at_parameters(moment)
        kept = {name: seen(getattr, optimizer, name, None) for name in BUFFERS}
        moment.buffers = {name: each(values, self.params) for name, values in kept.items()}
        moment.are_plain = all(seen(is_plain, values) is not False for values in kept.values())
        if self.seen is None:  # later they change only where the case changes them
            moment.settings = {name: number(seen(getattr, optimizer, name, None)) for name in SETTINGS}
        moment.step_count = whole_number(seen(getattr, optimizer, "step_count"))
        moment.same_params = seen(
            lambda: len(optimizer.params) == len(self.params)
            and all(mine is its for mine, its in zip(self.params, optimizer.params, strict=True))
        ) is True  # fmt: skip
        self.seen = moment
        return moment

    def look_at_gradients(self, moment: Moment) -> None:
        """Fill in the gradients, and the rest as it was seen last: to give gradients runs nothing of the subject's."""
        vars(moment).update(vars(self.seen), raised=None, returned=None, settings={})
        moment.grads = list(map(numbers, self.attributes("grad")))

    def not_seen(self, moment: Moment) -> None:
        """Fill in what was seen last, all or nothing: to look at what the call left did not end."""
        last = {name: value for name, value in vars(self.seen or Moment()).items() if name not in ("raised", "held")}
        vars(moment).update(last, returned=None, settings={})


def make_trace(
    case: Case, subject: Any, tensor: type, seconds: float = 5.0, in_all: float = 10.0,
    on_error: Callable[[BaseException], Any] = lambda error: None, like: Trace | None = None, unseen: int = 0,
) -> Trace:  # fmt: skip
    """Do to a class what a case says, and write down what happens.

    Parameters
    ----------
    case : Case
    subject : type
        The class under test. Whatever it does, this function returns.
    tensor : type
        The class of which to make parameters, ``tinytorch.core.tensor.Tensor``.
    seconds, in_all : float
        How long one call may take, and all calls together.
    on_error : callable
        Is given each exception that a call raises, with its traceback; a trace keeps neither.
    like : Trace or None
        One of the same class, whose signature is then not asked for again: that takes as long as some calls.
    unseen : int
        After so many of the first calls nobody looks: their moments stay empty, but for what was raised.

    Returns
    -------
    Trace
    """
    trace = Trace()
    if not isinstance(subject, type):
        trace.moments.append(Moment(raised=Raised(("TypeError",), f"{kind_of(subject).what} is not a class")))
        return trace
    runs: dict[str, Run] = {}
    held = None  # the state that the caller has in hand
    end = time.monotonic() + in_all

    def act(call: Call):
        nonlocal held
        match call.do:
            case "new":
                run = runs.get(call.on)
                if run is None or run.optimizer is not None:
                    runs[call.on] = run = Run(subject, tensor, list(case.params))
                arguments, settings = call.value
                run.optimizer = subject(list(run.params), *arguments, **settings)
            case "resume":
                other, settings = call.value
                runs[call.on] = run = Run(subject, tensor, [np.array(param.data) for param in runs[other].params])
                run.optimizer = subject(list(run.params), **settings)
            case "beside":
                other, settings = call.value
                runs[call.on] = run = Run.beside(runs[other])
                run.optimizer = subject(list(run.params), **settings)
            case "gradients":
                if call.on not in runs:  # the parameters have gradients before there is an optimizer
                    runs[call.on] = Run(subject, tensor, list(case.params))
                runs[call.on].gradients(call.value)
            case "set":
                setattr(runs[call.on].optimizer, *call.value)
            case "load":
                for param, value in zip(runs[call.on].params, call.value, strict=True):
                    param.data = np.array(value, dtype=value.dtype)
            case "put":
                held = None if call.value is None else [None if b is None else b.copy() for b in call.value]
                runs[call.on].optimizer.set_momentum_state(held)
            case "overwrite":
                for array in held or ():
                    if isinstance(array, np.ndarray) and array.flags.writeable:  # a read-only copy is as safe
                        array[...] = call.value
            case "get_momentum_state":
                held = runs[call.on].optimizer.get_momentum_state()
                if held is None or isinstance(held, (list, tuple)):
                    return each(held, runs[call.on].params)
                return kind_of(held)
            case "steps":
                for _ in range(call.value):
                    runs[call.on].optimizer.step()
            case "has_momentum":
                answer = runs[call.on].optimizer.has_momentum()
                return bool(answer) if isinstance(answer, (bool, np.bool_)) else kind_of(answer)
            case method:
                return getattr(runs[call.on].optimizer, method)()

    def observe(call: Call, moment: Moment, is_seen: bool) -> bool:
        """Make a call and write down what can be seen after it; returns whether there is anything to look at."""
        try:
            returned = act(call)
            moment.returned = returned if call.do in ("get_momentum_state", "has_momentum") else None
        except TookTooLong:
            raise
        except BaseException as error:  # noqa: BLE001 - it may raise anything, and all is written down
            moment.raised = raised(error)
            on_error(error)
        run = runs.get(call.on)
        if run is not None and call.do == "gradients" and run.optimizer is None:
            run.look_at_parameters(moment)
            moment.buffers = dict.fromkeys(BUFFERS)
            return moment.raised is None
        if run is None or run.optimizer is None:
            return False
        if not is_seen:
            return True
        if call.do == "gradients" and moment.raised is None and run.seen is not None:
            run.look_at_gradients(moment)
        else:
            run.look(moment)
        moment.held = None if held is None else each(held, run.params)
        return True

    with quiet(), TimeLimit() as limit:
        with contextlib.suppress(TookTooLong):
            limit.begin(seconds, "took too long")
            trace.signature = like.signature if like else signature_of(subject)
        limit.end()
        for index, call in enumerate(case.calls):
            moment = Moment()
            trace.moments.append(moment)
            message, left = f"did not end within {seconds:g} seconds", end - time.monotonic()
            if left < seconds:
                message = f"and the calls before it did not end within {in_all:g} seconds"
            try:
                limit.begin(min(seconds, left), message)
                goes_on = observe(call, moment, index >= unseen)
                limit.end()
            except BaseException as error:  # noqa: BLE001 - looking at a student's object runs the student's code
                limit.end()
                if call.on in runs:
                    runs[call.on].not_seen(moment)
                moment.raised, goes_on = raised(error), False
            if not goes_on:
                break
    return trace


def traces(cases: Iterable[dict], subject: Any) -> Iterator[dict]:
    """Make the trace of each case, as data; after a case that did not end, of no more of them."""
    from tinytorch.core.tensor import Tensor

    first = None
    for data in cases:
        trace = make_trace(Case.from_data(data), subject, Tensor, like=first)
        first = first or trace
        yield trace.as_data()
        if any(moment.raised and moment.raised.timed_out for moment in trace.moments):
            return
