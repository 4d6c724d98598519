"""Classes that settings name."""

from traitlets import import_item


def imported(entry: str | type) -> type:
    """Return a class that nbgrader's settings name, or hold."""
    return import_item(entry) if isinstance(entry, str) else entry
