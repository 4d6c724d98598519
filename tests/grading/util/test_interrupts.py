"""A Ctrl-C arrives wherever Python is at that moment, and wakes what waits."""

import subprocess
import sys

LOST = """
import signal, time
from grading.util.interrupts import repeat_lost_interrupts
{0}
class Interrupted:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

Interrupted()
try:
    time.sleep({1})
except KeyboardInterrupt:
    print("it came")
"""


def what_comes(first: str, seconds: float) -> tuple[str, str]:
    source = LOST.format(first, seconds)
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60)
    return done.stdout, done.stderr


def test_an_interrupt_while_an_object_is_destroyed_comes_again():
    assert what_comes("repeat_lost_interrupts()", 600) == ("it came\n", "")


def test_python_loses_it():
    """Else the test above would show nothing."""
    said, ignored = what_comes("", 0.2)
    assert said == "" and "Exception ignored" in ignored


def test_one_that_is_still_to_come_does_not_come_after_the_end():
    """It is lost in the next line, and would come again while the program sleeps."""
    source = LOST.format("end = repeat_lost_interrupts()", 0.2).replace(
        "Interrupted()\ntry", "Interrupted()\nend()\ntry"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
