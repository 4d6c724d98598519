"""``python -m grading``: what nbgrader's own commands lack."""

import contextlib
import sys

from .util.errors import CourseError
from .util.imports import fast_imports
from .workers import forkserver


def main() -> None:
    """Run a command. It takes a second to load, and workers are forked from what is loaded."""
    try:
        with fast_imports():
            if sys.argv[1:2] in (["autograde"], ["feedback"]) or "--feedback" in sys.argv:
                with contextlib.suppress(CourseError):  # who needs it starts it again, and says why that cannot be
                    forkserver.load_and_start()
            from .cli import run
    except KeyboardInterrupt:  # nothing has begun
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
