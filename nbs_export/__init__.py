"""Notebooks out: the package, and the folder that students get."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
