"""Questions that a course has voided: they count for nobody, or give everybody their points.

What is voided is kept in the gradebook itself, and SQLite sees to it: triggers put the points of a voided question back
whatever writes there, be it our autograde or nbgrader's, its formgrader, or ``generate_assignment``. What was given
before, and what is given since, is kept beside it, and comes back when the question counts again.

A question that gives its points to everybody has them as if a person had given them. One that does not count has a
maximum of zero points, so that every sum of nbgrader's is right without knowing of it.
"""

from dataclasses import dataclass

from nbgrader import api
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from ..util.errors import CourseError
from . import late
from .chosen_cells import chosen_cells
from .course import Course
from .transaction import gradebook_transaction

FULL, NONE = "full", "none"

VOIDED = "WHEN EXISTS (SELECT 1 FROM voided_cell WHERE cell_id = NEW.{id})"
# Each of these puts back its own column only, so that it sets off none of the others; none sets off itself again.
PUT_BACK = {
    "manual_score": """
        SELECT CASE points WHEN 'none' THEN 0.0 ELSE max(max_score, coalesce(NEW.manual_score, 0.0)) END
        FROM voided_cell WHERE cell_id = NEW.cell_id""",
    "extra_credit": """
        SELECT CASE points WHEN 'none' THEN NULL ELSE NEW.extra_credit END
        FROM voided_cell WHERE cell_id = NEW.cell_id""",
    "needs_manual_grade": "SELECT 0",
}
TABLES = """
CREATE TABLE IF NOT EXISTS voided_cell (
    cell_id VARCHAR(32) PRIMARY KEY, points VARCHAR(8) NOT NULL, max_score FLOAT NOT NULL);
CREATE TABLE IF NOT EXISTS voided_grade (
    grade_id VARCHAR(32) PRIMARY KEY, manual_score FLOAT, extra_credit FLOAT, needs_manual_grade BOOLEAN);
"""


def triggers() -> list[str]:
    """The triggers that keep a voided question as it is, in SQL."""
    made = [
        f"""CREATE TRIGGER IF NOT EXISTS voided_{column} AFTER UPDATE OF {column} ON grade {VOIDED.format(id="cell_id")}
        BEGIN
            UPDATE voided_grade SET {column} = NEW.{column} WHERE grade_id = NEW.id;
            UPDATE grade SET {column} = ({value}) WHERE id = NEW.id;
        END"""
        for column, value in PUT_BACK.items()
    ]
    made.append(
        f"""CREATE TRIGGER IF NOT EXISTS voided_new_grade AFTER INSERT ON grade {VOIDED.format(id="cell_id")}
        BEGIN
            INSERT OR REPLACE INTO voided_grade VALUES
                (NEW.id, NEW.manual_score, NEW.extra_credit, NEW.needs_manual_grade);
            UPDATE grade SET manual_score = NEW.manual_score, extra_credit = NEW.extra_credit,
                needs_manual_grade = NEW.needs_manual_grade WHERE id = NEW.id;
        END"""
    )
    made.append(
        """CREATE TRIGGER IF NOT EXISTS voided_grade_removed AFTER DELETE ON grade
        BEGIN DELETE FROM voided_grade WHERE grade_id = OLD.id; END"""
    )
    for table in ("grade_cells", "task_cells"):
        made.append(
            f"""CREATE TRIGGER IF NOT EXISTS voided_{table} AFTER UPDATE OF max_score ON {table}
            {VOIDED.format(id="id")}
            BEGIN
                UPDATE voided_cell SET max_score = NEW.max_score WHERE cell_id = NEW.id;
                UPDATE {table} SET max_score = 0.0
                    WHERE id = NEW.id AND (SELECT points FROM voided_cell WHERE cell_id = NEW.id) = 'none';
                UPDATE grade SET manual_score = (SELECT manual_score FROM voided_grade WHERE grade_id = grade.id)
                    WHERE cell_id = NEW.id;
            END"""
        )
        made.append(  # nbgrader removes a notebook without submissions, and enters it again with the same ids
            f"""CREATE TRIGGER IF NOT EXISTS voided_new_{table} AFTER INSERT ON {table} {VOIDED.format(id="id")}
            BEGIN UPDATE {table} SET max_score = NEW.max_score WHERE id = NEW.id; END"""
        )
    return made


@dataclass(frozen=True)
class Voided:
    """How a question is voided.

    Attributes
    ----------
    points : str
        ``"full"``: everybody has its points; ``"none"``: it does not count.
    max_score : float
        The points that it has in the lesson.
    """

    points: str
    max_score: float

    def __str__(self) -> str:
        return "this question does not count" if self.points == NONE else "everybody gets its points"


def voided_cells(source: api.Gradebook | Connection) -> dict[str, Voided]:
    """Return how cells are voided, by their ids in the gradebook."""
    connection = source.db.connection() if isinstance(source, api.Gradebook) else source
    if not inspect(connection).has_table("voided_cell"):
        return {}
    rows = connection.execute(text("SELECT cell_id, points, max_score FROM voided_cell"))
    return {cell: Voided(points, max_score) for cell, points, max_score in rows}


def void_question(course: Course, question: str, points: str) -> tuple[str, Voided]:
    """Void a question of an assignment, or void it in another way.

    Parameters
    ----------
    course : Course
    question : str
        The name of its graded cell; in several notebooks, ``NOTEBOOK/NAME``.
    points : str
        ``"full"`` or ``"none"``.

    Returns
    -------
    tuple of (str, Voided)
        What the cell is called, and how it is voided now.

    Raises
    ------
    CourseError
        If there is no such question.
    """
    with course.gradebook() as gradebook:
        cell, name = find_graded_cell(gradebook, course.assignment, question)
        with gradebook_transaction(gradebook) as session:
            void_cell(session.connection(), cell, points)
        bring_up_to_date(course, gradebook)
        return name, voided_cells(gradebook)[cell]


def undo_void(course: Course, question: str) -> str:
    """Have a question count again, and return its name; raises CourseError if there is none, or if it does count."""
    with course.gradebook() as gradebook:
        cell, name = find_graded_cell(gradebook, course.assignment, question)
        with gradebook_transaction(gradebook) as session:
            if not count_again(session.connection(), cell):
                raise CourseError(f"{name} is not void: there is nothing to undo")
        bring_up_to_date(course, gradebook)
    return name


def bring_up_to_date(course: Course, gradebook: api.Gradebook) -> None:
    """Have penalties and pages follow the points; whoever is stopped before that does it with the next run."""
    late.renew(gradebook, course.assignment, course.config(), course.root)
    late.outdate_pages(course.root, course.assignment, course.students())


def voided_questions(course: Course) -> dict[tuple[str, str], Voided]:
    """Return how the questions of an assignment are voided, by the names of their notebooks and cells."""
    if course.assignment not in course.generated_assignments():
        return {}
    with course.gradebook() as gradebook:
        voided = voided_cells(gradebook)
        return {
            (notebook.name, cell.name): voided[cell.id]
            for notebook in gradebook.find_assignment(course.assignment).notebooks
            for cell in [*notebook.grade_cells, *notebook.task_cells]
            if cell.id in voided
        }


def void_cell(connection: Connection, cell: str, points: str) -> None:
    """Void a cell, by its id; inside of a transaction."""
    for statement in filter(str.strip, TABLES.split(";")):
        connection.execute(text(statement))
    for statement in triggers():
        connection.exec_driver_sql(statement)
    count_again(connection, cell)
    given = {"cell": cell, "points": points}
    connection.execute(
        text(
            "INSERT OR REPLACE INTO voided_grade SELECT id, manual_score, extra_credit, needs_manual_grade FROM grade "
            "WHERE cell_id = :cell"
        ),
        given,
    )
    connection.execute(
        text(
            "INSERT INTO voided_cell SELECT id, :points, max_score FROM grade_cells WHERE id = :cell UNION "
            "SELECT id, :points, max_score FROM task_cells WHERE id = :cell"
        ),
        given,
    )
    # what is written as it is sets off the triggers, which alone know what a voided cell is to have
    connection.execute(
        text(
            "UPDATE grade SET manual_score = manual_score, extra_credit = extra_credit, needs_manual_grade = "
            "needs_manual_grade WHERE cell_id = :cell"
        ),
        given,
    )
    for table in ("grade_cells", "task_cells"):
        connection.execute(text(f"UPDATE {table} SET max_score = max_score WHERE id = :cell"), given)


def count_again(connection: Connection, cell: str) -> bool:
    """Have a cell count again, by its id, with what was given for it; inside of a transaction. False if it does."""
    if (voided := voided_cells(connection).get(cell)) is None:
        return False
    given = {"cell": cell, "max_score": voided.max_score}
    connection.execute(text("DELETE FROM voided_cell WHERE cell_id = :cell"), given)  # the triggers leave it alone now
    connection.execute(
        text(
            """UPDATE grade SET
            manual_score = (SELECT manual_score FROM voided_grade WHERE grade_id = grade.id),
            extra_credit = (SELECT extra_credit FROM voided_grade WHERE grade_id = grade.id),
            needs_manual_grade = (
                SELECT CASE WHEN kept.manual_score IS NULL THEN grade.auto_score IS NULL
                ELSE kept.needs_manual_grade END FROM voided_grade AS kept WHERE grade_id = grade.id)
            WHERE cell_id = :cell AND id IN (SELECT grade_id FROM voided_grade)"""
        ),
        given,
    )
    for table in ("grade_cells", "task_cells"):
        connection.execute(text(f"UPDATE {table} SET max_score = :max_score WHERE id = :cell"), given)
    connection.execute(
        text("DELETE FROM voided_grade WHERE grade_id IN (SELECT id FROM grade WHERE cell_id = :cell)"), given
    )
    return True


def find_graded_cell(gradebook: api.Gradebook, assignment: str, question: str) -> tuple[str, str]:
    """Find a graded cell by its name; in several notebooks of an assignment as ``NOTEBOOK/NAME``.

    Returns
    -------
    tuple of str
        Its id in the gradebook, and what to call it.

    Raises
    ------
    CourseError
        If there is none, or if there are several.
    """
    found = chosen_cells(
        question,
        {
            cell.id: (notebook.name, cell.name)
            for notebook in gradebook.find_assignment(assignment).notebooks
            for cell in [*notebook.grade_cells, *notebook.task_cells]
        },
    )
    if len(found) > 1:
        raise CourseError(f"which {question}? Say {' or '.join(sorted(found.values()))}")
    return next(iter(found.items()))
