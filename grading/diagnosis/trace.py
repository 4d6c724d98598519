"""A trace: what an optimizer did with a case. Data only, whatever the class under test does."""

import inspect
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .case import Call, Case

BUFFERS = ("momentum_buffers", "m_buffers", "v_buffers")
SETTINGS = ("lr", "momentum", "beta1", "beta2", "eps", "weight_decay")
LONGEST_TEXT = 300


@dataclass(frozen=True)
class Odd:
    """Stands for something that is not what it should be: an object where numbers belong, a property that raises."""

    what: str


@dataclass(frozen=True)
class Raised:
    """An exception: the names of its type and that type's bases, and its message."""

    types: tuple[str, ...]
    message: str


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
    settings : dict of str to (float, None or Odd)
        By the name of the attribute; None where there is no such attribute.
    step_count : int, None or Odd
    held : list or None
        The state that the caller has in hand, as the call left it.
    same_params : bool
        Whether ``optimizer.params`` still holds the very tensors it was given.
    """

    raised: Raised | None = None
    returned: Any = None
    params: list = field(default_factory=list)
    grads: list = field(default_factory=list)
    buffers: dict = field(default_factory=dict)
    settings: dict = field(default_factory=dict)
    step_count: Any = None
    held: list | None = None
    same_params: bool = True


@dataclass
class Trace:
    """What happened.

    Attributes
    ----------
    moments : list of Moment
        One for each call of the case, or fewer: it ends where a call could not be made or took too long.
    signature : list of (str, Any), or None
        The constructor's parameters after ``self`` and ``params``, with their defaults.
    """

    moments: list[Moment] = field(default_factory=list)
    signature: list | None = None


class TookTooLong(BaseException):
    """Not an Exception, so that a student's ``except Exception`` does not hide it."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TookTooLong in a block that does not end; where that cannot be done, whoever runs the cell must end it."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def interrupt(signum, frame):
        raise TookTooLong(f"did not end within {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.05)  # again and again, in case the block catches the first one
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def quiet() -> Iterator[None]:
    """No warnings: a division by zero is seen in the numbers, and what is printed to stderr would cost the points."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def raised(error: BaseException) -> Raised:
    """An exception as data."""
    try:
        message = str(error)[:LONGEST_TEXT]
    except BaseException:  # noqa: BLE001 - the exception is the student's, and so is its __str__
        message = ""
    return Raised(tuple(kind.__name__[:LONGEST_TEXT] for kind in type(error).__mro__), message)


def seen(read: Callable[[], Any]) -> Any:
    """What `read` returns, or Odd if it raises: looking at a student's object runs the student's code."""
    try:
        return read()
    except BaseException as error:  # noqa: BLE001 - also SystemExit and the like
        return Odd(f"raises {raised(error).types[0]}")


def numbers(value: Any) -> np.ndarray | Odd | None:
    """A copy of the numbers in a Tensor, array or number; None for None, Odd for anything else."""
    if value is None:
        return None

    def read():
        held = value if isinstance(value, np.ndarray) else getattr(value, "data", value)
        array = np.array(held if isinstance(held, np.ndarray) else value)
        return array if array.dtype.kind in "fiub" else Odd(f"a {type(value).__name__}")

    return seen(read)


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
        return Odd(f"a {type(values).__name__}")

    return seen(read)


def number(value: Any) -> float | Odd | None:
    """A number as a float; None for None, Odd for anything else."""
    return None if value is None else seen(lambda: float(value))


def signature_of(subject: type) -> list | None:
    """The names and defaults of a constructor's parameters after ``self`` and ``params``."""
    parameters = seen(lambda: list(inspect.signature(subject).parameters.values()))
    if isinstance(parameters, Odd):
        return None
    plain = (bool, int, float, str, tuple, list, type(None))
    return [(p.name, p.default if isinstance(p.default, plain) else Odd("no plain default")) for p in parameters[1:]]


class Run:
    """One optimizer under test, its parameters, and the calls made to it."""

    def __init__(self, subject: type, tensor: type, values: list[np.ndarray]) -> None:
        self.subject, self.tensor = subject, tensor
        self.params = [tensor(value, requires_grad=True, dtype=value.dtype) for value in values]
        self.optimizer = None

    def gradients(self, value: list) -> None:
        for param, gradient in zip(self.params, value, strict=True):
            if gradient is None:
                param.grad = None
            else:
                kind, array = gradient
                array = np.array(array, dtype=param.data.dtype)
                param.grad = self.tensor(array, dtype=array.dtype) if kind == "Tensor" else array

    def look(self, moment: Moment) -> Moment:
        """Fill in what can be seen of the optimizer now."""
        optimizer = self.optimizer
        moment.params = [numbers(param) for param in self.params]
        moment.grads = [numbers(seen(lambda param=param: param.grad)) for param in self.params]
        moment.buffers = {
            name: each(seen(lambda name=name: getattr(optimizer, name, None)), self.params) for name in BUFFERS
        }
        moment.settings = {name: number(seen(lambda name=name: getattr(optimizer, name, None))) for name in SETTINGS}
        count = seen(lambda: optimizer.step_count)
        moment.step_count = int(count) if isinstance(count, (int, np.integer)) else Odd(f"a {type(count).__name__}")
        moment.same_params = seen(
            lambda: len(optimizer.params) == len(self.params)
            and all(mine is its for mine, its in zip(self.params, optimizer.params, strict=True))
        ) is True  # fmt: skip
        return moment


def make_trace(case: Case, subject: Any, tensor: type, seconds: float = 5.0) -> Trace:
    """Do to a class what a case says, and write down what happens.

    Parameters
    ----------
    case : Case
    subject : type
        The class under test. Whatever it does, this function returns.
    tensor : type
        The class of which to make parameters, ``tinytorch.core.tensor.Tensor``.
    seconds : float
        How long one call may take.

    Returns
    -------
    Trace
    """
    trace = Trace(signature=signature_of(subject))
    runs: dict[str, Run] = {}
    held = None  # the state that the caller has in hand

    def act(call: Call):
        nonlocal held
        match call.do:
            case "new":
                runs[call.on] = run = Run(subject, tensor, list(case.params))
                arguments, settings = call.value
                run.optimizer = subject(run.params, *arguments, **settings)
            case "resume":
                other, settings = call.value
                runs[call.on] = run = Run(subject, tensor, [np.array(param.data) for param in runs[other].params])
                run.optimizer = subject(run.params, **settings)
            case "gradients":
                runs[call.on].gradients(call.value)
            case "set":
                setattr(runs[call.on].optimizer, *call.value)
            case "put":
                if not isinstance(call.value, str):
                    held = None if call.value is None else [None if b is None else b.copy() for b in call.value]
                runs[call.on].optimizer.set_momentum_state(held)
            case "overwrite":
                for array in held or ():
                    if isinstance(array, np.ndarray):
                        array[...] = call.value
            case "get_momentum_state":
                held = runs[call.on].optimizer.get_momentum_state()
                return None if held is None else each(held, runs[call.on].params)
            case "has_momentum":
                answer = runs[call.on].optimizer.has_momentum()
                return bool(answer) if isinstance(answer, (bool, np.bool_)) else Odd(f"a {type(answer).__name__}")
            case method:
                return getattr(runs[call.on].optimizer, method)()

    for call in case.calls:
        moment = Moment()
        trace.moments.append(moment)
        try:
            with at_most(seconds), quiet():
                returned = act(call)
                moment.returned = returned if call.do in ("get_momentum_state", "has_momentum") else None
        except BaseException as error:  # noqa: BLE001 - the subject may raise anything, and it is all written down
            moment.raised = raised(error)
        run = runs.get(call.on)
        if run is None or run.optimizer is None or moment.raised and moment.raised.types[0] == TookTooLong.__name__:
            break
        try:
            with at_most(seconds), quiet():
                run.look(moment)
                moment.held = None if held is None else each(held, run.params)
        except BaseException as error:  # noqa: BLE001 - looking at a student's object runs the student's code
            moment.raised = raised(error)
            break
    return trace
