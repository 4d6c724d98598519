"""What a student wrote for each cell that a person may grade, to tell whether it is still the same."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST = 20_000  # characters of an answer that are kept


@dataclass(frozen=True)
class Answer:
    """What a grade is for.

    Attributes
    ----------
    digest : str
        Of what the student wrote, and of the points that can be had for it.
    text : str
        What was written; empty where it is not all in the graded cell itself.
    """

    digest: str
    text: str = ""


def answers_in(nb: Mapping[str, Any]) -> dict[str, Answer]:
    """Return what a student wrote for each cell of an autograded notebook that has points or a comment, by their ids.

    For an answer or a solution that is what stands in the cell. For a test it is all of the student's code, and for a
    task, whose work may stand anywhere, all that is the student's.
    """
    roles = [(cell, role_of(cell)) for cell in nb.get("cells", []) if isinstance(cell, dict)]
    own = [(cell["cell_type"], written(cell)) for cell, role in roles if not role or role.get("solution")]
    everything = digest_of(*own)
    code = digest_of(*(entry for entry in own if entry[0] == "code"))
    found = {}
    for cell, role in roles:
        name, points = role.get("grade_id"), role.get("points")
        if role.get("task"):
            found[name] = Answer(digest_of("task", points, everything))
        elif role.get("grade") and role.get("solution"):
            text = written(cell)
            pictures = json.dumps(cell.get("attachments") or {}, sort_keys=True)
            kept = text[:LONGEST].encode("utf-8", "replace").decode()  # half a character is in no gradebook
            found[name] = Answer(digest_of("answer", points, text, pictures), kept)
        elif role.get("grade"):
            found[name] = Answer(digest_of("test", points, code))
        elif role.get("solution"):
            found[name] = Answer(digest_of("solution", written(cell)))
    return found


def answers_in_file(path: Path) -> dict[str, Answer] | None:
    """Return what `answers_in` finds in a file; None if there is no such notebook."""
    try:
        return answers_in(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def role_of(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what nbgrader has written into a cell's metadata; empty if that is nothing."""
    role = cell.get("metadata", {}).get("nbgrader")
    return role if isinstance(role, dict) else {}


def written(cell: Mapping[str, Any]) -> str:
    """Return the text of a cell without what nobody can see: how lines end, and spaces there."""
    source = cell["source"]
    text = source if isinstance(source, str) else "".join(source)
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def digest_of(*parts: Any) -> str:
    """Return a digest of texts, numbers and pairs of them."""
    data = json.dumps([float(part) if isinstance(part, int) else part for part in parts])
    return hashlib.sha256(data.encode("utf-8", "surrogatepass")).hexdigest()
