"""What a check is: a named question, drawn anew for each student, and judged from a trace."""

import hashlib
import hmac
from abc import ABC, abstractmethod
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from .explanation import CaseExplained
from .verdict import Verdict


def seed_of(*names: str, key: str = "") -> int:
    """Return a seed made of names, the same on every machine.

    Two students get different numbers, and a regrade the same ones. With a key, only who has it knows them beforehand.
    """
    text = "\0".join(names).encode()
    digest = hmac.digest(key.encode(), text, "sha256") if key else hashlib.sha256(text).digest()
    return int.from_bytes(digest[:8], "little")


class Check(ABC):
    """A named question about what a student has written.

    Attributes
    ----------
    name : str
        Such as ``"ps1.softmax"``; ``examine`` asks for it by this name.
    subject : str
        The class, function or variable that it is about.
    label : str
        What it looks at, in a few words for students.
    about : str
        What it asks, in a line for instructors.
    needs_lone_mutant : bool
        Whether the audit wants a mutant that this check alone catches.
    hints : tuple of str
        Those of its own that a verdict may give, besides those of misconceptions.
    methods : tuple of str
        Those of the subject that it is about. A lesson may have them in cells of their own.
    unwritten : str
        The name of the misconception that the subject seems to hold as long as none of these methods is written.
    """

    name: str
    subject: str
    label: str
    about: str
    needs_lone_mutant: bool = True
    hints: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    unwritten: str = ""

    @abstractmethod
    def examination(self, assignment: str, student: str, key: str = "") -> "Examination":
        """Draw the cases for one student, from these names and the key of the submission."""


class Examination(ABC):
    """One check for one student.

    Attributes
    ----------
    check : Check
    tracer : str
        The module whose function ``traces(cases, subject)`` runs the cases. It runs in the sandbox, and students may
        read it.
    data : list of dict
        The cases, as what JSON can hold. Inputs only.
    """

    check: Check
    tracer: str
    data: list[dict]

    @abstractmethod
    def read(self, number: int, data: Any) -> Any:
        """Read the trace of a case, out of data from a process that may send anything.

        Parameters
        ----------
        number : int
            Which of the cases it is.
        data : Any
            What JSON can hold.

        Raises
        ------
        Malformed
            If it is no trace of that case.
        """

    @abstractmethod
    def judgement(self) -> "Judgement":
        """Begin to judge."""

    def explain(self, number: int, trace: Any) -> CaseExplained | None:
        """Say call by call what happened in a case and what is right; None where that is not known.

        Parameters
        ----------
        number : int
            Which of the cases it is.
        trace : Any
            As `read` has read it.
        """
        return None


class Judgement(ABC):
    """A verdict in the making: the traces of the cases come one after the other.

    Attributes
    ----------
    pending : bool
        Whether a trace is still wanted.
    verdict : Verdict
        What it is by now.
    """

    pending: bool
    verdict: Verdict

    @abstractmethod
    def take(self, trace: Any) -> None:
        """Judge the trace of the next case, as `Examination.read` has read it."""


def traces(examination: Examination, subject: Any) -> Iterator[dict]:
    """Run the cases of an examination in this very process."""
    return import_module(examination.tracer).traces(examination.data, subject)


def judge_here(examination: Examination, subject: Any) -> Verdict:
    """Run the cases in this very process and judge them."""
    judgement = examination.judgement()
    for number, trace in enumerate(traces(examination, subject)):
        judgement.take(examination.read(number, trace))
        if not judgement.pending:
            break
    return judgement.verdict
