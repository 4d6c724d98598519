"""Keep what a person has settled: a grade stays settled as long as it is for the same answer.

Where another answer has come, the grade is open again, and the answer that it was given for is kept beside it.
"""

from collections.abc import Mapping
from pathlib import Path

from nbgrader.api import Grade, SubmittedNotebook
from sqlalchemy import Connection

from .answers import Answer, answers_in_file
from .grading_record import EarlierAnswer, GradingRecord, earlier_answers, write_earlier
from .late import score_of


class HandGrades:
    """The grades that a person had given in a submitted notebook, as they were before it is graded again.

    Parameters
    ----------
    connection : Connection
        To the gradebook.
    notebook : SubmittedNotebook
    record : GradingRecord or None
        What its grades were made from.
    name : str
        The notebook's.
    there : Path or None
        The autograded notebook, if it is still that which a person has seen. A run that was stopped may have left an
        older one than the record says.
    """

    def __init__(
        self,
        connection: Connection,
        notebook: SubmittedNotebook,
        record: GradingRecord | None,
        name: str,
        there: Path | None,
    ) -> None:
        self.connection = connection
        self.before = {
            grade.id: (grade.auto_score, score_of(grade), bool(grade.needs_manual_grade))
            for grade in notebook.grades
            if grade.manual_score is not None
        }
        self.comments = {
            comment.id: (comment.name, comment.manual_comment)
            for comment in notebook.comments
            if comment.manual_comment
        }
        self.seen = []  # the answers, as far as anybody knows which they were
        if self.before or self.comments:
            self.earlier = earlier_answers(connection, [*self.before, *self.comments])
            recorded = record.answers.get(name) if record else None
            in_file = answers_in_file(there) if there else None
            self.seen = [known for known in (in_file, recorded) if known is not None]

    def enter(self, grades: Mapping[str, Grade], answers: Mapping[str, Answer] | None) -> None:
        """Settle the grades that are for the same answers, and keep the answers of those that are not.

        Parameters
        ----------
        grades : Mapping of str to Grade
            As the program has left them, by the names of their cells.
        answers : Mapping of str to Answer or None
            What was graded now; None if there is nothing.
        """
        if answers is None:
            return
        for name, grade in grades.items():
            if grade.id in self.before and name in answers:
                self.enter_grade(name, grade, answers[name])
        for at, (name, comment) in self.comments.items():
            if name in answers and not (name in grades and grades[name].id in self.before):
                self.enter_comment(at, name, comment, answers[name])

    def enter_comment(self, at: str, name: str, comment: str, answer: Answer) -> None:
        """Keep what a comment without points is on, if another answer has come in its place."""
        known = self.earlier.get(at)
        if known and known.comment == comment:
            if known.digest == answer.digest:
                write_earlier(self.connection, at, None)
            return
        others = [seen[name].digest for seen in self.seen if name in seen and seen[name].digest != answer.digest]
        write_earlier(self.connection, at, EarlierAnswer(others[0], "", 0.0, comment) if others else None)

    def enter_grade(self, name: str, grade: Grade, answer: Answer) -> None:
        auto_score, score, was_open = self.before[grade.id]
        if was_open:  # the points are for the answer that was kept then
            earlier = self.earlier.get(grade.id)
            is_settled = bool(earlier) and (earlier.digest, earlier.score) == (answer.digest, score)
        else:
            digests = [known[name].digest for known in self.seen if name in known]
            is_settled = set(digests) == {answer.digest} and len(digests) == len(self.seen)
            is_settled = is_settled and grade.auto_score == auto_score
            text = next((known[name].text for known in self.seen if name in known), "")
            comment = next((comment for cell, comment in self.comments.values() if cell == name), None)
            earlier = EarlierAnswer(digests[0] if digests else "", text, score, comment)
        grade.needs_manual_grade = not is_settled
        write_earlier(self.connection, grade.id, None if is_settled else earlier)


def earlier_of(connection: Connection, notebook: SubmittedNotebook) -> dict[str, EarlierAnswer]:
    """Return the earlier answers that the open grades of a notebook were given for, by the names of the cells."""
    is_open = {
        grade.id: grade for grade in notebook.grades if grade.needs_manual_grade and grade.manual_score is not None
    }
    found = earlier_answers(connection, list(is_open))
    return {is_open[grade].name: earlier for grade, earlier in found.items()}


def commented_earlier(connection: Connection, notebook: SubmittedNotebook) -> set[str]:
    """Return the names of the cells whose comment is on an earlier answer."""
    comments = {comment.id: comment for comment in notebook.comments if comment.manual_comment}
    if not comments:
        return set()
    graded = {grade.name for grade in notebook.grades if grade.manual_score is not None}
    alone = earlier_answers(connection, list(comments))
    found = {name: earlier.comment for name, earlier in earlier_of(connection, notebook).items()}
    found |= {comments[at].name: earlier.comment for at, earlier in alone.items() if comments[at].name not in graded}
    return {comment.name for comment in comments.values() if found.get(comment.name) == comment.manual_comment}
