"""Gradebooks that open and write faster in this process, and those that are forked from it. To be imported is enough.

A test opens a gradebook dozens of times. Each engine would compile the same queries anew, and each commit would wait
until the disk has it, which only matters where a machine loses its power.
"""

from functools import partial

import nbgrader.api
from sqlalchemy import create_engine, event
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Engine

# A compiled query is found by its dialect, of which every engine has one. All are of one version of one program.
SQLiteDialect_pysqlite.__eq__ = lambda self, other: type(self) is type(other)
SQLiteDialect_pysqlite.__hash__ = lambda self: hash(type(self))
nbgrader.api.create_engine = partial(create_engine, execution_options={"compiled_cache": {}})


@event.listens_for(Engine, "connect")
def wait_for_no_disk(connection, record):
    """Have the system write when it likes to; whatever happens to a process, what it has committed is there."""
    connection.execute("PRAGMA synchronous = OFF")
