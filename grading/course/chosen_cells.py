"""Some graded cells, as whoever grades has named them on the command line."""

from collections.abc import Mapping

from ..util.errors import CourseError
from ..util.text import in_one_line
from .chosen import near_names


def chosen_cells(asked: str, known: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Return the graded cells that a name means: ``CELL`` or ``NOTEBOOK/CELL``, also as the table of results has it.

    Parameters
    ----------
    asked : str
        The name; empty for all of them.
    known : mapping of str to (str, str)
        Of each graded cell, by its id in the gradebook, its notebook and its own name.

    Returns
    -------
    dict of str to str
        By their ids, what to call them.

    Raises
    ------
    CourseError
        If there is none, with names that are like it.
    """
    several = len({notebook for notebook, _ in known.values()}) > 1
    labels = {at: f"{notebook}/{name}" if several else name for at, (notebook, name) in known.items()}
    if not asked:
        return labels
    *notebook_asked, cell_asked = asked.rsplit("/", 1)
    for wanted in (asked, "/".join([*notebook_asked, f"test-{cell_asked}"])):  # the table leaves "test-" out
        meant = {at: labels[at] for at, (notebook, name) in known.items() if wanted in (name, f"{notebook}/{name}")}
        if meant:
            return meant
    near = near_names(asked, labels.values())
    instead = f": did you mean {' or '.join(near)}?" if near else f"; there are {', '.join(sorted(labels.values()))}"
    raise CourseError(f"no graded cell is called {in_one_line(asked)!r}{in_one_line(instead)}")
