"""The default limits on what a submission may use.

A course sets them as options of ``ConfinedExecute`` in ``nbgrader_config.py``, which has one for each.
"""

from dataclasses import dataclass

MiB = 2**20


@dataclass(frozen=True)
class Limits:
    """What a submission may use, in seconds, bytes and counts."""

    cell_seconds: float = 30
    total_seconds: float = 300
    cpu_seconds: int = 120
    memory: int = 1024 * MiB
    file_size: int = 16 * MiB
    scratch_size: int = 64 * MiB
    scratch_files: int = 1000
    open_files: int = 64
    threads: int = 32
    text: int = 100_000
    pictures: int = 5 * MiB
    outputs: int = 64 * MiB

    @property
    def message(self) -> int:
        """Bytes that one message from the child may have: a cell's outputs as JSON, or a trace."""
        return 6 * self.text + 2 * self.pictures + 8 * MiB
