"""Start the template of submissions' processes, before whatever else takes its time to load."""

import contextlib

from ..examiner.exam import preloaded_modules
from ..sandbox.machine import CannotConfine
from ..sandbox.template import template


def start_template() -> None:
    """Have it load what submissions import, while this process loads what it needs itself."""
    with contextlib.suppress(CannotConfine):  # whoever needs a zygote will say so
        template(preloaded_modules())
