"""A lesson's last cell: make its exported cells a module of the student's own package, ``tinytorch``.

The course has the same by ``python -m nbs_export package``, for all notebooks. This exports one, from within, and a
student gets it too.
"""

from .export import export_lesson

__all__ = ["export_lesson"]
