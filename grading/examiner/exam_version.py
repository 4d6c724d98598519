"""The version of an exam that submissions are judged by, as a digest."""

import hashlib
import json
from importlib.util import find_spec
from pathlib import Path

from ..course.exam_source import ExamSource

SUFFIXES = (".py", ".npz")  # of what an exam that is a package consists of


def exam_version(source: ExamSource | None) -> str:
    """Return a digest of what judges an assignment: its exam, the examiner, and the solutions that it compares with.

    Empty if it has no exam. The text between the code of an instructor's notebook judges nothing.
    """
    if source is None:
        return ""
    digest = hashlib.sha256()
    packages = [Path(__file__).parent]
    if source.module:
        packages.append(Path(find_spec(source.module).origin).parent)
    for package in packages:
        for path in sorted(path for path in package.rglob("*") if path.suffix in SUFFIXES):
            digest.update(f"{path.relative_to(package).as_posix()!r}\n".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    code = [
        [lesson.notebook, [cell.source for cell in lesson.cells if cell.cell_type == "code"]]
        for lesson in source.lessons
    ]
    digest.update(json.dumps([source.text, code]).encode())
    for path in sorted(source.files):
        digest.update(repr(path).encode() + hashlib.sha256(source.files[path]).digest())
    return digest.hexdigest()
