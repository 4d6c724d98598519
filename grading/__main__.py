"""``python -m grading``: what nbgrader's own commands lack."""

import contextlib
import sys

from .util.errors import CourseError
from .util.imports import fast_imports
from .util.interrupts import repeat_lost_interrupts


def main() -> None:
    """Run a command. It takes a second to load, and workers are forked from what is loaded."""
    end = repeat_lost_interrupts()
    asks_for_help = "--help" in sys.argv
    has_workers = sys.argv[1:2] in (["autograde"], ["feedback"]) or "--feedback" in sys.argv
    try:
        with fast_imports():
            if not asks_for_help and (has_workers or sys.argv[1:2] in (["check"], ["show"])):
                from .sandbox.folders import keep_temporary_files_together

                keep_temporary_files_together()
            if has_workers and not asks_for_help:
                from .workers import forkserver

                with contextlib.suppress(CourseError):  # who needs it starts it again, and says why that cannot be
                    forkserver.load_and_start()
            from .cli import run
    except KeyboardInterrupt:  # nothing has begun
        sys.exit(130)
    except OSError as error:
        sys.exit(f"error: nothing can be written to the folder of temporary files (TMPDIR): {error}")
    try:
        run()
    finally:
        end()  # a Ctrl-C that has ended the command need not come again while Python ends


if __name__ == "__main__":
    main()
