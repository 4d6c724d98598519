"""Where the course that comes with this package lies."""

from pathlib import Path

DEFAULT_COURSE = Path(__file__).resolve().parents[1]
