"""The cells of a notebook that have a role in grading, as the gradebook has them."""

from nbgrader.api import BaseCell, Gradebook, Notebook
from sqlalchemy.orm import with_polymorphic

ANY = with_polymorphic(BaseCell, "*")


def role_cells(gradebook: Gradebook, notebook: Notebook) -> list[BaseCell]:
    """Return the cells of a notebook that have a role in grading, in one query.

    The notebook's own lists give the same cells, and ask for the points of each when somebody looks at them.
    """
    return gradebook.db.query(ANY).filter(ANY.notebook_id == notebook.id).all()
