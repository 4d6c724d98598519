"""What a test cell is told: traces and answers come in from a child, verdicts go out."""

from collections.abc import Callable

import numpy as np
from diagnosis import compare_traces, parting
from diagnosis.case import Case
from diagnosis.trace import Trace

from ..examiner import ANSWERS, Examination, Judgement, examination, judge_answer
from ..sandbox.host import Child
from ..sandbox.traces import Malformed, received_answer, received_trace


def exam(name: str, context: dict) -> Examination:
    """What a submission is asked."""
    return examination(name, context["assignment"], context["student"])


class Hearing:
    """The checks that one test cell asks about.

    Parameters
    ----------
    process : Child
    due : list of str
        The checks, and the numeric answers.
    context : dict
        nbgrader's: the ``assignment`` and the ``student``, from which the numbers are drawn.
    drawn : set of str
        The classes whose way on the public cases is known already.

    Attributes
    ----------
    verdicts : dict of str to dict
        By the names of checks, what `ConfinedExecute` keeps of a verdict.
    cases : dict of str to list of dict
        By the names of checks, the cases whose traces are wanted.
    """

    def __init__(self, process: Child, due: list[str], context: dict, drawn: set[str]) -> None:
        self.process, self.due, self.drawn = process, due, drawn
        self.verdicts: dict[str, dict] = {}
        self.judgements = {name: Judgement(exam(name, context)) for name in due if name not in ANSWERS}
        self.cases = {name: judgement.examination.data for name, judgement in self.judgements.items()}

    def reply(self, message: dict) -> dict | None:
        """The answer to what ``examine`` sends: None to the trace of a case, and the verdict when it asks for that."""
        name = message.get("examine")
        if name not in self.due or name in self.verdicts:
            return None if "trace" in message else {"verdict": f"{str(name)[:100]}: nobody asks that here"}
        if name in ANSWERS:
            said = judge_answer(name, received_answer(message.get("answer")))
            self.verdicts[name] = {"check": name, "message": said, "misconception": "", "belief": ""}
            return {"verdict": said}
        judgement = self.judgements[name]
        if "trace" in message:
            if judgement.case is not None:  # one that is wrong makes the rest needless
                judgement.take(received_trace(message["trace"], judgement.case))
            return None
        if judgement.case is not None:
            raise Malformed("a trace that is missing")
        self.verdicts[name] = self.kept(judgement)
        return {"verdict": judgement.verdict.message}

    def kept(self, judgement: Judgement) -> dict:
        """What is kept of a verdict."""
        found, subject = judgement.verdict, judgement.examination.check.subject
        named, belief = (found.misconception.name, found.misconception.belief) if found.misconception else ("", "")
        kept = {"check": found.check, "message": found.message, "misconception": named, "belief": belief}
        # what raises, or does not end, leaves no way to draw
        if not found.passed and found.deviation.field != "raised" and subject not in self.drawn:
            self.drawn.add(subject)
            if way := public_way(subject, self.run):
                kept["way"] = way
        return kept

    def run(self, case: Case) -> Trace:
        """What the subject that is being examined does with a case."""
        return received_trace(self.process.ask({"case": case.as_data()}).get("trace"), case)


class DoesNotEnd(Exception):
    """A class that takes too long on a case: it is asked no more."""


@np.errstate(all="ignore")  # a trace may hold anything
def public_way(subject: str, run: Callable[[Case], Trace]) -> dict | None:
    """Where a class leaves the right way on the public cases, which students have too, for the page of feedback.

    Returns
    -------
    dict or None
        ``subject``; ``where``, in words; ``yours`` and ``right``, a value for each call, None for what is not finite;
        ``point``, the index at which they part. None if no parameter of these cases shows the mistake.
    """

    def in_time(case: Case) -> Trace:
        trace = run(case)
        if any(moment.raised and moment.raised.timed_out for moment in trace.moments):
            raise DoesNotEnd
        return trace

    try:
        found = compare_traces(subject, in_time)
    except DoesNotEnd:
        return None
    drawn = parting(found)
    if drawn is None:
        return None
    yours, right = (
        [float(value) if np.isfinite(value) else None for value in way] for way in (drawn.yours, drawn.right)
    )
    return {"subject": subject, "where": found.where, "yours": yours, "right": right, "point": drawn.point}
