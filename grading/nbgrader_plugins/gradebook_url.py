"""Let a course lie in a folder with a percent sign in its path.

nbgrader writes the gradebook's address into a file for alembic when it makes a gradebook, and alembic takes a percent
sign there for the begin of a variable.
"""

from nbgrader import dbutil

_write_alembic_ini = dbutil.write_alembic_ini


def write_alembic_ini(alembic_ini: str = "alembic.ini", db_url: str = "sqlite:///gradebook.db") -> None:
    """Do what nbgrader's own does, with percent signs that mean themselves."""
    _write_alembic_ini(alembic_ini, db_url.replace("%", "%%"))


def install() -> None:
    """Put this in the place of nbgrader's own."""
    dbutil.write_alembic_ini = write_alembic_ini
