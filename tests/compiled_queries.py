"""The gradebooks of a process share what was compiled of their queries; each engine would compile all of them anew.

A test opens a gradebook dozens of times, and most of the time goes into the same queries. To be imported is enough.
"""

from functools import partial

import nbgrader.api
from sqlalchemy import create_engine
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

# A compiled query is found by its dialect, of which every engine has one. All are of one version of one program.
SQLiteDialect_pysqlite.__eq__ = lambda self, other: type(self) is type(other)
SQLiteDialect_pysqlite.__hash__ = lambda self: hash(type(self))
nbgrader.api.create_engine = partial(create_engine, execution_options={"compiled_cache": {}})
