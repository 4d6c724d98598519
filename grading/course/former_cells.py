"""Cells that an assignment once had: what was handed in before it was changed has them still.

Kept in the gradebook. A cell that was renamed goes by its new name, and one that was removed has no role any more.
"""

from collections.abc import Mapping

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from sqlalchemy import Column, MetaData, String, Table, inspect, select
from sqlalchemy.engine import Connection

from .lesson import grade_id

FORMER_CELLS = Table(
    "former_cell",
    MetaData(),
    Column("notebook_id", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("now", String, nullable=False),  # empty if it was removed
)


def former_cells(gradebook: Gradebook, notebook_id: str) -> dict[str, str]:
    """Return what the former cells of a notebook are called now, by the names that they had; empty if removed."""
    connection = gradebook.db.connection()
    if not inspect(connection).has_table(FORMER_CELLS.name):
        return {}
    columns = FORMER_CELLS.c
    return dict(connection.execute(select(columns.name, columns.now).where(columns.notebook_id == notebook_id)).all())


def note_former_cells(connection: Connection, notebook_id: str, changed: Mapping[str, str], names: set[str]) -> None:
    """Keep what cells are called now.

    Parameters
    ----------
    connection : Connection
    notebook_id : str
    changed : Mapping of str to str
        New names by former ones; empty for a cell that is removed.
    names : set of str
        All cells that the notebook has now.
    """
    FORMER_CELLS.create(connection, checkfirst=True)
    ours = FORMER_CELLS.c.notebook_id == notebook_id
    known = dict(connection.execute(select(FORMER_CELLS.c.name, FORMER_CELLS.c.now).where(ours)).all())
    known = {name: changed.get(now, now) for name, now in known.items()} | dict(changed)
    connection.execute(FORMER_CELLS.delete().where(ours))
    rows = [{"notebook_id": notebook_id, "name": name, "now": now} for name, now in known.items() if name not in names]
    if rows:
        connection.execute(FORMER_CELLS.insert(), rows)


def follow_renames(nb: NotebookNode, former: Mapping[str, str]) -> None:
    """Call the cells of a notebook what they are called now.

    Parameters
    ----------
    nb : NotebookNode
        Changed in place.
    former : Mapping of str to str
        As `former_cells` gives them.
    """
    if not former:  # as a rule
        return
    there = {grade_id(cell) for cell in nb.cells}
    for cell in nb.cells:
        now = former.get(grade_id(cell))
        if now and now not in there:
            cell.metadata["nbgrader"]["grade_id"] = now
