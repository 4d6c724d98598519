"""Notebooks out: the package, the folder that students get, and the pages."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
