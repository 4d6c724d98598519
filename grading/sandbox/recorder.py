"""Records what a cell shows, in nbformat's form and up to a limit."""

import base64
import json
from typing import Any

from ..util.json_size import size_in_notebook
from .mime_bundle import DEEPEST, strict_json
from .outputs import LONGEST_ERRORS, LONGEST_MESSAGE, LONGEST_NAME, MOST_FRAMES, MOST_OUTPUTS

NAMES = {"errors": "text in errors"}  # what a limit is called in a note, where that is not its name
LEVELS = 3  # of nesting around a value: the outputs, this output, its data


class Recorder:
    """Records the outputs of one cell in nbformat's form, up to a limit.

    Parameters
    ----------
    text : int
        Characters printed that are kept.
    pictures : int
        Characters of whatever else is shown.
    """

    def __init__(self, text: int, pictures: int) -> None:
        self.left = {"text": text, "pictures": pictures, "errors": LONGEST_ERRORS}
        self.cut: set[str] = set()
        self.outputs: list[dict] = []
        self.named: dict[str, list[dict]] = {}  # what can still be changed, by its display id
        self.clear_next = self.cut_next = False

    def grant(self, kind: str, wanted: int) -> int:
        """Return how much may still be kept, and count it."""
        granted = min(self.left[kind], wanted)
        self.left[kind] -= granted
        if granted < wanted:
            self.cut.add(kind)
        return granted

    def add(self, output: dict) -> None:
        if self.clear_next:
            self.clear()
        if len(self.outputs) < MOST_OUTPUTS or self.is_first_error(output):
            self.outputs.append(output)
        else:
            self.cut.add("outputs")

    def clear(self, wait: bool = False) -> None:
        """Clear the outputs, now or when the next one comes."""
        self.clear_next = wait
        if not wait:
            self.outputs.clear()
            self.named.clear()

    def stream(self, name: str, text: str) -> None:
        """Record printed text, joined to the output before if that is of the same stream."""
        text = text[: self.grant("text", len(text))]
        if not text:
            return
        last = self.outputs[-1] if self.outputs and not (self.clear_next or self.cut_next) else {}
        self.cut_next = False
        if last.get("name") == name:
            last["text"].append(text)
        else:
            self.add({"output_type": "stream", "name": name, "text": [text]})

    def show(self, kind: str, data: dict, metadata: dict | None, **more) -> dict | None:
        """Record a displayed value; leave it out if it is too large."""
        output = {"output_type": kind, "data": mime(data), "metadata": as_json(metadata or {}), **more}
        size = size_in_notebook(output)
        if self.grant("pictures", size) < size:
            return None
        self.add(output)
        return output

    def change(self, name: str, data: dict, metadata: dict | None) -> None:
        """Show something else in place of what has this display id; it counts like something more."""
        new = {"data": mime(data), "metadata": as_json(metadata or {})}
        outputs = self.named.get(name, ())
        size = size_in_notebook(new) * len(outputs)
        if self.grant("pictures", size) == size:
            for output in outputs:
                output.update(new)

    def error(self, name: str, message: str, traceback: list[str]) -> dict | None:
        """Record an exception: of its message the beginning, of its traceback the end. None if there are too many."""
        output = {"output_type": "error", "ename": name[:LONGEST_NAME], "evalue": message[:LONGEST_MESSAGE]}
        said = len(output["ename"]) + len(output["evalue"])
        if self.grant("errors", said) < said and not self.is_first_error(output):
            return None
        kept: list[str] = []
        for frame in reversed(traceback[-MOST_FRAMES:]):
            kept.insert(0, frame[: self.grant("errors", len(frame))])
        output["traceback"] = kept
        self.add(output)
        return output

    def is_first_error(self, output: dict) -> bool:
        """Whether an output is an error and none is there yet: without it the cell would look as if it ran."""
        return output["output_type"] == "error" and all(o["output_type"] != "error" for o in self.outputs)

    def shown(self) -> int:
        """How many outputs there are so far; what is printed next will not be part of the last one."""
        self.cut_next = True
        return len(self.outputs)

    def finished(self) -> list[dict]:
        """The outputs, ready to be sent."""
        for kind in sorted(self.cut):
            much = "many" if kind == "outputs" else "much"
            note = f"\n[The rest is left out: too {much} {NAMES.get(kind, kind)} for one cell.]\n"
            self.outputs.append({"output_type": "stream", "name": "stdout", "text": [note]})
        for output in self.outputs:
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])
        return self.outputs


def as_json(value: Any) -> Any:
    """Convert a value to JSON types; what has none becomes text. TooDeep if no notebook could hold it."""
    return strict_json(json.loads(json.dumps(value, default=str)), DEEPEST - LEVELS)


def mime(data: dict) -> dict:
    """MIME data as nbformat has it: bytes in base64, and text for all but JSON types. What has no type is left out."""

    def encoded(name: str, value: Any) -> Any:
        if isinstance(value, bytes):
            return base64.b64encode(value).decode()
        return as_json(value) if name.endswith("json") else str(value)

    return {name: encoded(name, value) for name, value in ((str(n), v) for n, v in data.items()) if "/" in name}
