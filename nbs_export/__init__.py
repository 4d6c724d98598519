"""Notebooks out: the package, the folder that students get, and the pages."""

import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent

# jsonschema would load these, which takes a second, for web addresses and lengths of time: `grading` says more.
sys.modules.setdefault("rfc3987_syntax", None)
sys.modules.setdefault("isoduration", None)
