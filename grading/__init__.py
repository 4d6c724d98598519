"""Submissions in, grades out: nbgrader's course, and what it lacks."""

import sys

# jsonschema loads this where it is installed, which takes a second or two, to check for international web addresses.
# No notebook has any.
sys.modules.setdefault("rfc3987_syntax", None)
