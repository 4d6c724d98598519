"""What a page may rely on in an autograded notebook, whatever a submission has put into it."""

from html import escape
from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_output

from ..sandbox.mime_bundle import JSON_TYPE, PLAIN, as_text, sound_bundle

NAMES = ("student", "first_name", "last_name", "notebook_path")  # that nbgrader's template writes as they are
LARGEST = 10_000  # pixels of a picture
MOST_OUTPUTS = 1000  # of a cell; what is more is left out


class SoundNotebook(Preprocessor):
    """Leaves of metadata, attachments and outputs what has the right form; what has not becomes text.

    Of metadata that are the role of a cell and what the grader found. Tags, for example, would be classes in the page.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        usage = nb.get("metadata", {}).get("usage")  # that it ran confined, so that its exceptions are not believed
        nb.metadata = from_dict({"usage": usage} if isinstance(usage, dict) else {})
        for cell in nb.cells:
            kept = {"nbgrader": dict, "verdicts": list}
            metadata = cell.get("metadata")
            metadata = metadata if isinstance(metadata, dict) else {}
            cell.metadata = from_dict({k: v for k, v in metadata.items() if isinstance(v, kept.get(k, ()))})
            if "attachments" in cell:
                cell.attachments = from_dict(sound_attachments(cell.attachments))
            if cell.cell_type == "code":
                outputs = cell.get("outputs")
                cell.outputs = [sound_output(o) for o in outputs[:MOST_OUTPUTS]] if isinstance(outputs, list) else []
                cell.execution_count = count(cell.get("execution_count"))
        for name in NAMES:
            if isinstance(resources.get(name), str):
                resources[name] = escape(resources[name])
        return nb, resources


def count(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None


def joined(value: Any) -> Any:
    """Text that is kept as a list of lines in one piece; anything else as it is."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return value


def sound_attachments(attachments: Any) -> dict[str, dict[str, str]]:
    """The attachments of a cell that are what they should be: text by MIME type, by file name."""
    if not isinstance(attachments, dict):
        return {}
    return {
        name: {mime: text for mime, value in bundle.items() if "/" in mime and isinstance(text := joined(value), str)}
        for name, bundle in attachments.items()
        if isinstance(bundle, dict)
    }


def sound_output(output: Any) -> NotebookNode:
    """An output as nbformat has it; as text if it is none."""
    match output:
        case {"output_type": "stream", "name": "stdout" | "stderr" as name, "text": text}:
            return new_output("stream", name=name, text=as_lines(text))
        case {"output_type": "error", "ename": name, "evalue": value, "traceback": list(frames)}:
            frames = [as_text(frame) for frame in frames]
            return new_output("error", ename=as_text(name), evalue=as_text(value), traceback=frames)
        case {"output_type": "display_data" | "execute_result" as kind, "data": dict(data)}:
            more = {"execution_count": count(output.get("execution_count"))} if kind == "execute_result" else {}
            data = {mime: value if JSON_TYPE.fullmatch(mime) else joined(value) for mime, value in data.items()}
            data = sound_bundle({mime: value for mime, value in data.items() if "/" in mime})
            return new_output(kind, data=from_dict(data), metadata=from_dict(sizes(output.get("metadata"))), **more)
    return new_output("display_data", data={PLAIN: as_text(output)})


def as_lines(value: Any) -> str:
    text = joined(value)
    return text if isinstance(text, str) else as_text(text)


def sizes(metadata: Any) -> dict[str, dict[str, int]]:
    """The width and height of pictures, by MIME type: all that a page takes from an output's metadata."""
    metadata = metadata if isinstance(metadata, dict) else {}
    return {
        mime: {
            name: int(size)
            for name, size in about.items()
            if name in ("width", "height") and type(size) in (int, float) and 1 <= size <= LARGEST
        }
        for mime, about in metadata.items()
        if isinstance(about, dict)
    }
