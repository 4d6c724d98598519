"""``python -m grading``: what nbgrader's own commands lack."""

import sys

from . import forkserver
from .loading import uncollected


def main() -> None:
    """Run a command. It takes seconds to load, and the workers of those that have any load meanwhile."""
    if sys.argv[1:2] in (["autograde"], ["feedback"]):
        forkserver.start()
    with uncollected():
        from .commands import run
    run()


if __name__ == "__main__":
    main()
