"""``python -m grading``: what nbgrader's own commands lack."""

import contextlib
import sys

from . import forkserver
from .home import CourseError
from .loading import loading


def main() -> None:
    """Run a command. It takes seconds to load, and the workers of those that have any load meanwhile."""
    try:
        with loading():
            if sys.argv[1:2] in (["autograde"], ["feedback"]):
                with contextlib.suppress(CourseError):  # who needs it starts it again, and says why that cannot be
                    forkserver.start()
            from .commands import run
    except KeyboardInterrupt:  # nothing has begun
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
