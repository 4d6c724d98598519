"""Processes of every kind are killed while a class is graded, and what comes out is as if nobody had been.

The same, longer and with a seed to choose, is ``python -m benchmarks.killed``.
"""

import random
import sys
import tempfile
from pathlib import Path

import pytest

from benchmarks.killed import KINDS, Trial


@pytest.mark.skipif(sys.platform != "linux", reason="submissions are confined on Linux only")
def test_a_class_is_graded_as_ever_whoever_is_killed():
    with tempfile.TemporaryDirectory() as folder:  # a socket has no place in pytest's own: its path would be too long
        with Trial(Path(folder), students=4, rng=random.Random(3)) as trial:
            trial.kill(2 * len(KINDS))
            trial.end()
            assert trial.killed == dict.fromkeys(KINDS, 2)
            assert trial.differences() == []
