"""Change the gradebook in one transaction: all of a change or none of it, whenever the process ends."""

import contextlib
from collections.abc import Iterator

from nbgrader import api
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.orm import Session
from traitlets.config import Config


@contextlib.contextmanager
def gradebook_transaction(gradebook: api.Gradebook) -> Iterator[Session]:
    """Open a transaction on a gradebook, for this block; whatever is raised in it undoes all of it.

    Others may read meanwhile, and nobody else can write.
    """
    with gradebook.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # what is read in it nobody else changes
        with Session(bind=connection, autoflush=False) as session:
            yield session
            session.commit()  # to the connection, whose own commit comes last
    gradebook.db.expire_all()


def renew_penalties(session: Session, config: Config, assignment: str) -> None:
    """Take points off for being late anew, where that was done before: the scores have changed.

    Parameters
    ----------
    session : Session
    config : traitlets.config.Config
        nbgrader's settings, which say how many points.
    assignment : str
    """
    session.expire_all()
    late = AssignLatePenalties(config=config)
    late.init_plugin()
    entry = session.query(api.Assignment).filter_by(name=assignment).one()
    for submission in entry.submissions:
        seconds = submission.total_seconds_late
        for notebook in submission.notebooks:
            if seconds > 0 and notebook.late_submission_penalty is not None:
                found = late.plugin_inst.late_submission_penalty(submission.student_id, notebook.score, seconds)
                notebook.late_submission_penalty = None if found is None else late._check_late_penalty(notebook, found)
