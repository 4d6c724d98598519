"""Change the gradebook in one transaction: all of a change or none of it, whenever the process ends."""

import contextlib
from collections.abc import Iterator

from nbgrader import api
from sqlalchemy.orm import Session


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
