"""What a child tells about its test cells: traces and answers come in, and nothing goes out.

A child that knew a verdict could use it: what has failed for one class need not be tried for the next. So it is told
none, and cannot see one from what it is asked next or from when: nothing is judged before its last cell has run.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from traitlets.log import get_logger

from ..sandbox.host import Child, Ended
from ..sandbox.untrusted import Malformed, expect
from ..util.errors import CourseError
from .exam import Exam
from .examination import Examination
from .verdict import FAR, Deviation, Verdict

MOST_OUTPUTS = 10**9
LOOK_INTO_IT = "cannot be judged. Please look into it: it may be right"


class CellSession:
    """The checks that one test cell asks about.

    Parameters
    ----------
    due : list of str
        The names of the checks.
    exam : Exam
    student : str
        Whose numbers are drawn.
    key : str
        What they are drawn from, besides names.
    untouched : collection of str
        What the cells bind that are as they were released.

    Attributes
    ----------
    questions : dict of str to dict
        By the names of checks, what the child is to do: the ``tracer`` and the ``cases``.
    examined : dict of str to int
        The checks that were asked for by now, in this order, and how many outputs the cell had by then, as the child
        says.
    """

    def __init__(
        self, due: list[str], exam: Exam | None, student: str, key: str, untouched: Collection[str] = ()
    ) -> None:
        self.due, self.examined, self.untouched = due, {}, untouched
        self.examinations = {name: examination(exam, name, student, key) for name in due}
        self.traces: dict[str, list] = {name: [] for name in due}
        self.questions = {
            name: {"tracer": asked.tracer, "cases": asked.data} for name, asked in self.examinations.items()
        }

    def receive(self, message: dict) -> None:
        """Take in what ``examine`` tells: the trace of a case, or that a check has got all of its traces.

        Raises
        ------
        Malformed
            If it is no trace of that case.
        """
        name = message.get("examine")
        expect(isinstance(name, str), "a message about nothing")
        if name not in self.due or name in self.examined:
            return  # nobody asks that here, or not any more
        if "trace" not in message:
            shown = message.get("shown")
            expect(type(shown) is int and 0 <= shown < MOST_OUTPUTS, "a number of outputs that is none")
            self.examined[name] = shown
        elif (number := len(self.traces[name])) < len(self.examinations[name].data):
            self.traces[name].append(read(self.examinations[name], number, message["trace"]))

    def verdicts(self) -> list[Verdict]:
        """Judge what was examined, in the order in which it was."""
        found = [verdict(self.examinations[name], self.traces[name]) for name in self.examined]
        return [self.of_what_is_written(each) for each in found]

    def of_what_is_written(self, found: Verdict) -> Verdict:
        """A verdict that says so if nothing has been written yet, instead of what the student might believe."""
        check, named = self.examinations[found.check].check, found.misconception
        if not (named and named.name == check.unwritten and set(check.methods) <= set(self.untouched)):
            return found
        return replace(
            found, deviation=replace(found.deviation, message=not_written(check.methods)), misconception=None
        )


def not_written(methods: Collection[str]) -> str:
    """Say that nobody has written some methods where the lesson has them."""
    return (
        f"the cell of {', '.join(f'{name}()' for name in methods)} is as it was released: nothing is written there yet"
    )


def read(examined: Examination, number: int, data: Any) -> Any:
    """Read a trace. One that trips the grader is refused, and its log says where: it is a fault of its own.

    To let it through would leave the submission ungraded, and whoever forges a trace could wish for that.

    Raises
    ------
    Malformed
        If it is no trace of the case, or cannot be read.
    """
    try:
        return examined.read(number, data)
    except Malformed:
        raise
    except Exception as error:
        get_logger().exception(f"A trace for %s {LOOK_INTO_IT}", examined.check.name)
        raise Malformed(f"a trace that cannot be read ({type(error).__name__})") from error


def verdict(examined: Examination, traces: list) -> Verdict:
    """Judge the traces of a check; after one that is wrong, no more of them. One that trips the judge is wrong.

    Raises
    ------
    CourseError
        If the exam does not fit its own solution.
    """
    name, judgement = examined.check.name, examined.judgement()
    try:
        for trace in traces:
            if not judgement.pending:
                break
            judgement.take(trace)
        if not judgement.pending:
            return judgement.verdict
    except CourseError:  # the exam or its solution is at fault, and a person is to mend it
        raise
    except Exception as error:  # noqa: BLE001 - whoever forges a trace could wish to be left ungraded
        get_logger().exception(f"A trace for %s {LOOK_INTO_IT}", name)
        return Verdict(name, Deviation(FAR, message=f"a trace that cannot be judged ({type(error).__name__})"))
    return Verdict(name, Deviation(FAR, message="the examiner was not shown every case"))


class Illustrator:
    """Adds a picture to the first verdict against each subject, if there is anything to see.

    Parameters
    ----------
    exam : Exam or None
    process : Child or None
        In which the subjects are, when all of its cells have run.
    """

    def __init__(self, exam: Exam | None, process: Child | None) -> None:
        self.exam, self.process = exam, process
        self.tried: set[str] = set()  # subjects

    def as_data(self, verdict: Verdict, session: CellSession) -> dict:
        """Return what is kept of a verdict in a graded notebook."""
        named = verdict.misconception
        kept = {
            "check": verdict.check,
            "message": verdict.message,
            "misconception": named.name if named else "",
            "belief": named.belief if named else "",
        }
        illustration = self.illustration(verdict, session.examinations[verdict.check])
        return kept | ({"illustration": illustration} if illustration else {})

    def illustration(self, verdict: Verdict, examined: Examination) -> dict | None:
        """Return what `grading.feedback_page.picture` draws, or None."""
        check = examined.check
        # what raises, or does not end, leaves nothing to draw
        if not self.exam.illustrate or verdict.passed or verdict.deviation.field == "raised":
            return None
        if check.subject in self.tried:
            return None
        self.tried.add(check.subject)

        def run(case: dict) -> Any:
            return self.process.run_again(check.name, examined.tracer, case)

        try:
            return self.exam.illustrate(verdict, check.subject, run)
        except (Ended, Malformed):  # then there is no picture; all else is said in words
            return None
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            get_logger().exception("No picture for %s, by a fault of the grader's", verdict.check)
            return None


def examination(exam: Exam, name: str, student: str, key: str) -> Examination:
    """Draw what a student is asked by a check."""
    return exam.checks[name].examination(exam.assignment, student, key)
