"""Submissions in, grades out: nbgrader's course, and what it lacks."""

import sys

# jsonschema loads these where they are installed, which takes a second or two, to check for international web addresses
# and for lengths of time. No notebook has any.
sys.modules.setdefault("rfc3987_syntax", None)
sys.modules.setdefault("isoduration", None)
