"""A new gradebook gets the version of nbgrader's tables that nbgrader's own way finds."""

import subprocess
import sys

from nbgrader import api
from nbgrader.api import Gradebook
from nbgrader.dbutil import _temp_alembic_ini
from sqlalchemy import text

from grading.course import schema_version


def test_it_is_what_alembic_says(tmp_path):
    with _temp_alembic_ini("sqlite://") as settings:
        said = subprocess.check_output([sys.executable, "-m", "alembic", "-c", settings, "heads"], text=True)
    assert said.split() == [schema_version.schema_version(), "(head)"]


def test_a_new_gradebook_has_it_and_no_process_is_started(tmp_path, monkeypatch):
    monkeypatch.setattr(api.sp, "check_output", None)
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as gradebook:
        (version,) = gradebook.db.execute(text("SELECT version_num FROM alembic_version")).scalars()
    assert version == schema_version.schema_version()


def test_nbgraders_own_commands_have_it_too():
    loaded = "from nbgrader import api; from grading.nbgrader_plugins import careful_autograde"
    said = subprocess.check_output(
        [sys.executable, "-c", f"{loaded}; print(api.get_alembic_version.__module__)"], text=True
    )
    assert said.strip() == schema_version.__name__
