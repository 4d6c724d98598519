"""Change the cells of an assignment in the gradebook, inside of a transaction; grades and comments stay with theirs.

nbgrader's own interface can do this only while there are no submissions. The tables are nbgrader's.
"""

import shutil
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from nbgrader import api
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.engine import Connection

from .assignment import SourceCell
from .former_cells import note_former_cells
from .voided import voided_cells

BASE, SOURCE, GRADE, COMMENT, SUBMITTED = (
    each.__table__ for each in (api.BaseCell, api.SourceCell, api.Grade, api.Comment, api.SubmittedNotebook)
)
KINDS = {
    kind.__name__: kind.__table__ for kind in (api.GradeCell, api.SolutionCell, api.TaskCell)
}  # of the roles in grading
GRADED, COMMENTED = ("GradeCell", "TaskCell"), ("SolutionCell", "TaskCell")


def back_up(path: Path, copy: Path) -> None:
    """Copy a gradebook as it is now, whoever is writing to it."""
    with sqlite3.connect(path) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    source.close()
    target.close()
    shutil.copymode(path, copy)


def submitted(gradebook: api.Gradebook, assignment: str) -> list[str]:
    """Who has a submission in the gradebook."""
    return [entry.student_id for entry in gradebook.find_assignment(assignment).submissions]


def work_in(source: api.Gradebook | Connection, assignment: str, cells: Mapping[str, set[str] | None]) -> list[dict]:
    """What stands in the gradebook of some cells, for each student.

    Parameters
    ----------
    source : Gradebook or Connection
    assignment : str
    cells : Mapping of str to (set of str or None)
        Their names, by notebook; None for all.

    Returns
    -------
    list of dict
        What a person gave for a question that is voided is in it as it was given.
    """
    connection = source.db.connection() if isinstance(source, api.Gradebook) else source
    voided = bool(voided_cells(connection))
    given = ", ".join(
        f"CASE WHEN kept.grade_id IS NULL THEN grade.{column} ELSE kept.{column} END AS {column}" if voided else column
        for column in ("manual_score", "extra_credit", "needs_manual_grade")
    )
    kept = "LEFT JOIN voided_grade AS kept ON kept.grade_id = grade.id" if voided else ""
    place = """
        JOIN submitted_notebook ON submitted_notebook.id = {0}.notebook_id
        JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
        JOIN notebook ON notebook.id = submitted_notebook.notebook_id
        JOIN assignment ON assignment.id = notebook.assignment_id
        JOIN base_cell ON base_cell.id = {0}.cell_id
        WHERE assignment.name = :assignment"""
    key = "submitted_assignment.student_id AS student, notebook.name AS notebook, base_cell.name AS cell"
    found: dict[tuple, dict] = {}
    blank = dict.fromkeys(("auto_score", "manual_score", "extra_credit", "needs_manual_grade", "manual_comment"))
    queries = (
        f"SELECT {key}, auto_score, {given} FROM grade {kept} {place.format('grade')}",
        f"SELECT {key}, manual_comment FROM comment {place.format('comment')}",
    )
    for query in queries:
        for row in connection.execute(text(query), {"assignment": assignment}).mappings():
            names = cells.get(row["notebook"], set())
            if names is None or row["cell"] in names:
                place_of = row["student"], row["notebook"], row["cell"]
                found.setdefault(place_of, dict(zip(("student", "notebook", "cell"), place_of, strict=True)) | blank)
                found[place_of] |= row
    return [found[key] for key in sorted(found)]


def notebook_id(connection: Connection, assignment: str, name: str, kernelspec: str | None) -> str:
    """Return the id of a notebook; one that is new is entered, for everybody who has a submission, too."""
    table = api.Notebook.__table__
    owner = connection.scalar(
        select(api.Assignment.__table__.c.id).where(api.Assignment.__table__.c.name == assignment)
    )
    ours = (table.c.name == name) & (table.c.assignment_id == owner)
    if (found := connection.scalar(select(table.c.id).where(ours))) is not None:
        connection.execute(update(table).where(table.c.id == found).values(kernelspec=kernelspec))
        return found
    found = api.new_uuid()
    connection.execute(insert(table), {"id": found, "name": name, "assignment_id": owner, "kernelspec": kernelspec})
    submissions = api.SubmittedAssignment.__table__
    ids = connection.scalars(select(submissions.c.id).where(submissions.c.assignment_id == owner)).all()
    if ids:
        connection.execute(insert(SUBMITTED), [{"assignment_id": each, "notebook_id": found} for each in ids])
    return found


def remove_notebook(connection: Connection, assignment: str, name: str) -> None:
    """Remove a notebook, with all that stands in the gradebook of it."""
    table = api.Notebook.__table__
    owner = select(api.Assignment.__table__.c.id).where(api.Assignment.__table__.c.name == assignment)
    found = connection.scalar(
        select(table.c.id).where(table.c.name == name, table.c.assignment_id == owner.scalar_subquery())
    )
    change_cells(connection, found, (), {})
    connection.execute(delete(SUBMITTED).where(SUBMITTED.c.notebook_id == found))
    connection.execute(delete(table).where(table.c.id == found))


def change_cells(
    connection: Connection, notebook: str, cells: Iterable[SourceCell], renames: Mapping[str, str]
) -> None:
    """Give a notebook other cells. What was given for those that stay, stays.

    Parameters
    ----------
    connection : Connection
    notebook : str
        Its id.
    cells : iterable of SourceCell
        All that it is to have, in their order.
    renames : Mapping of str to str
        New names by old ones.
    """
    cells = list(cells)
    before = set(connection.scalars(select(SOURCE.c.name).where(SOURCE.c.notebook_id == notebook)))
    rename_cells(connection, notebook, renames)
    rows = connection.execute(select(BASE.c.name, BASE.c.type, BASE.c.id).where(BASE.c.notebook_id == notebook)).all()
    old = {(name, kind): cell for name, kind, cell in rows}
    new = {}
    for cell in cells:
        for kind in kinds_of(cell):
            new[cell.name, kind] = old.get((cell.name, kind)) or add_cell(connection, notebook, cell.name, kind, cell)
            if kind in GRADED:
                set_points(connection, KINDS[kind], new[cell.name, kind], cell)
    for table, holders in ((GRADE, GRADED), (COMMENT, COMMENTED)):
        move_entries(connection, table, holders, old, new)
    for key in old.keys() - new.keys():
        remove_cell(connection, key[1], old[key])
    for table, holders in ((GRADE, GRADED), (COMMENT, COMMENTED)):
        add_entries(connection, table, notebook, {new[key]: key[0] for key in new if key[1] in holders}, cells)
    # nbgrader has them in the order in which they were entered, and cells are put back in that order
    connection.execute(delete(SOURCE).where(SOURCE.c.notebook_id == notebook))
    rows = [
        {
            "name": cell.name,
            "notebook_id": notebook,
            "cell_type": cell.cell_type,
            "locked": cell.locked,
            "source": cell.source,
            "checksum": cell.checksum,
        }
        for cell in cells
    ]
    if rows:
        connection.execute(insert(SOURCE), rows)
    names = {cell.name for cell in cells}
    gone = {name: renames.get(name, "") for name in before - names}
    note_former_cells(connection, notebook, gone, names)


def set_points(connection: Connection, table, cell: str, new: SourceCell) -> None:
    """Give a cell its points; what a person has given out of another number of them is to be looked at again."""
    before = connection.scalar(select(table.c.max_score).where(table.c.id == cell))
    voided = voided_cells(connection).get(cell)
    if (voided.max_score if voided else before) != new.points:
        given = (GRADE.c.cell_id == cell) & GRADE.c.manual_score.is_not(None)
        connection.execute(update(GRADE).where(given).values(needs_manual_grade=True))
    values = {"max_score": new.points, "cell_type": new.cell_type}
    connection.execute(update(table).where(table.c.id == cell).values(values))


def kinds_of(cell: SourceCell) -> list[str]:
    """The kinds of entries that a cell has in the gradebook."""
    given = {"GradeCell": cell.grade, "SolutionCell": cell.solution, "TaskCell": cell.task}
    return [kind for kind, has in given.items() if has]


def rename_cells(connection: Connection, notebook: str, renames: Mapping[str, str]) -> None:
    """Rename cells with a role in grading; no two may have one name meanwhile."""
    steps = [(old, api.new_uuid(), new) for old, new in renames.items()]
    for old, passing, _ in steps:
        connection.execute(update(BASE).where(BASE.c.notebook_id == notebook, BASE.c.name == old).values(name=passing))
    for _, passing, new in steps:
        connection.execute(update(BASE).where(BASE.c.notebook_id == notebook, BASE.c.name == passing).values(name=new))


def add_cell(connection: Connection, notebook: str, name: str, kind: str, cell: SourceCell) -> str:
    """Enter a cell in one of its kinds, and return its id."""
    found = api.new_uuid()
    connection.execute(insert(BASE), {"id": found, "name": name, "notebook_id": notebook, "type": kind})
    points = {"max_score": cell.points, "cell_type": cell.cell_type} if kind in GRADED else {}
    connection.execute(insert(KINDS[kind]), {"id": found} | points)
    return found


def move_entries(connection: Connection, table, holders: tuple[str, str], old: Mapping, new: Mapping) -> None:
    """Move the grades, or comments, of cells that are graded in another way now, such as a task that was an answer."""
    for name, kind in new:
        other = holders[1 - holders.index(kind)] if kind in holders else ""
        if (name, kind) not in old and (name, other) in old and (name, other) not in new:
            moved = {"old": old[name, other], "new": new[name, kind]}
            if table is GRADE and moved["old"] in voided_cells(connection):
                connection.execute(text("UPDATE voided_cell SET cell_id = :new WHERE cell_id = :old"), moved)
                points = KINDS[kind].c.max_score
                connection.execute(update(KINDS[kind]).where(KINDS[kind].c.id == moved["new"]).values(max_score=points))
            connection.execute(update(table).where(table.c.cell_id == moved["old"]).values(cell_id=moved["new"]))


def remove_cell(connection: Connection, kind: str, cell: str) -> None:
    """Remove a cell in one of its kinds, with what was given for it."""
    if cell in voided_cells(connection):
        connection.execute(text("DELETE FROM voided_cell WHERE cell_id = :cell"), {"cell": cell})
    for table in (GRADE, COMMENT):
        connection.execute(delete(table).where(table.c.cell_id == cell))
    connection.execute(delete(KINDS[kind]).where(KINDS[kind].c.id == cell))
    connection.execute(delete(BASE).where(BASE.c.id == cell))


def add_entries(
    connection: Connection, table, notebook: str, wanted: Mapping[str, str], cells: Iterable[SourceCell]
) -> None:
    """Give everybody with a submission a grade, or a comment, for cells that they have none for.

    Until it is graded, a test gives no points and waits for nobody; an answer or a task waits for a person.
    """
    waits = {cell.name: cell.task or cell.solution for cell in cells}
    submissions = connection.scalars(select(SUBMITTED.c.id).where(SUBMITTED.c.notebook_id == notebook)).all()
    known = select(table.c.notebook_id, table.c.cell_id).where(table.c.cell_id.in_(list(wanted)))
    there = {tuple(row) for row in connection.execute(known)}
    rows = [
        {"notebook_id": submission, "cell_id": cell}
        | ({"needs_manual_grade": bool(waits[name])} if table is GRADE else {})
        for cell, name in wanted.items()
        for submission in submissions
        if (submission, cell) not in there
    ]
    if rows:
        connection.execute(insert(table), rows)
