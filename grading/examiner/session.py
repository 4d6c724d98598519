"""The conversation with a child about one test cell: traces and answers come in, verdicts go out."""

from typing import Any

from traitlets.log import get_logger

from ..sandbox.host import Child
from ..sandbox.untrusted import Malformed, expect
from .check import Check, Examination, Judgement
from .exam import Exam


class GradingSession:
    """The checks that one test cell asks about.

    Parameters
    ----------
    process : Child
    due : list of str
        The names of the checks.
    exam : Exam
    student : str
        Whose numbers are drawn.
    illustrated : set of str
        The subjects for which a picture was tried already.

    Attributes
    ----------
    verdicts : dict of str to dict
        By the names of checks, what is kept of a verdict: ``check``, ``message``, ``misconception``, ``belief``, and
        perhaps ``illustration``.
    questions : dict of str to dict
        By the names of checks, what the child is to do: the ``tracer`` and the ``cases``.
    """

    def __init__(self, process: Child, due: list[str], exam: Exam | None, student: str, illustrated: set[str]) -> None:
        self.process, self.due, self.exam, self.illustrated = process, due, exam, illustrated
        self.verdicts: dict[str, dict] = {}
        self.judgements = {name: examination(exam, name, student).judgement() for name in due}
        self.questions = {
            name: {"tracer": judgement.examination.tracer, "cases": judgement.examination.data}
            for name, judgement in self.judgements.items()
        }

    def reply(self, message: dict) -> dict | None:
        """Answer what ``examine`` sends: None to the trace of a case, and the verdict when it asks for that.

        Raises
        ------
        Malformed
            If it sends what our own code never would.
        """
        name = message.get("examine")
        expect(isinstance(name, str), "a question about nothing")
        if name not in self.due or name in self.verdicts:
            return None if "trace" in message else {"verdict": f"{name[:100]}: nobody asks that here"}
        judgement = self.judgements[name]
        if "trace" in message:
            if judgement.pending:  # a case that is wrong makes the rest needless
                receive(judgement, message["trace"])
            return None
        if judgement.pending:
            raise Malformed("a trace that is missing")
        self.verdicts[name] = self.record(judgement)
        return {"verdict": judgement.verdict.message}

    def record(self, judgement: Judgement) -> dict:
        """Return what is kept of a verdict."""
        verdict, check = judgement.verdict, judgement.examination.check
        named, belief = (
            (verdict.misconception.name, verdict.misconception.belief) if verdict.misconception else ("", "")
        )
        kept = {"check": verdict.check, "message": verdict.message, "misconception": named, "belief": belief}
        if illustration := self.illustration(judgement, check):
            kept["illustration"] = illustration
        return kept

    def illustration(self, judgement: Judgement, check: Check) -> dict | None:
        """Have the exam make a picture for the first check that a subject failed, if there is anything to see."""
        verdict = judgement.verdict
        # what raises, or does not end, leaves nothing to draw
        if not self.exam.illustrate or verdict.passed or verdict.deviation.field == "raised":
            return None
        if check.subject in self.illustrated:
            return None
        self.illustrated.add(check.subject)
        tracer = judgement.examination.tracer

        def run(case: dict) -> dict | None:
            return self.process.ask({"tracer": tracer, "case": case}).get("trace")

        try:
            return self.exam.illustrate(verdict, check.subject, run)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            get_logger().exception("No picture for %s, by a fault of the grader's", verdict.check)
            return None


def receive(judgement: Judgement, trace: Any) -> None:
    """Judge a trace. One that the grader cannot judge is refused, and its log says where: it is a fault of its own.

    To let it through would leave the submission ungraded, and whoever forges a trace could wish for that.

    Raises
    ------
    Malformed
        If it is no trace of the case, or cannot be judged.
    """
    try:
        judgement.receive(trace)
    except Malformed:
        raise
    except Exception as error:
        name = judgement.examination.check.name
        get_logger().exception("A trace for %s cannot be judged. Please look into it: it may be right", name)
        raise Malformed(f"a trace that cannot be judged ({type(error).__name__})") from error


def examination(exam: Exam, name: str, student: str) -> Examination:
    """Draw what a student is asked by a check."""
    return exam.checks[name].examination(exam.assignment, student)
