"""What an autograded notebook tells the report. It is read in another process: a stranger has written in it."""

import builtins
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat
from nbformat import reader

from ..course.lesson import Lesson, grade_id
from ..course.results import Failure, failures, told_of_stop, usage, verdicts
from ..examiner import Misconception
from ..examiner.exam import Exam
from ..feedback_page.facts import HINT, split_hint, trusted_hints
from ..util.isolated_map import isolated_map
from ..util.isolation import NotDone, isolated
from .code_tokens import LONGEST
from .lookalikes import Code, code_of

READING_SECONDS = 20.0  # for a few autograded notebooks, each of which takes a few hundredths
READING_MEMORY = 2**30  # bytes


Reader = tuple[Lesson, Exam | None, frozenset[str]]  # of a notebook: what `told_by` needs besides its path


def read_all(asked: Iterable[tuple[Path, Reader]]) -> Iterator[dict]:
    """Read what autograded notebooks tell, in processes of their own, and yield it in the same order.

    Parameters
    ----------
    asked : iterable of (Path, Reader)
        Each with its lesson, its exam, and the names of attributes that are given, for the fingerprints of its code.

    Yields
    ------
    dict
        ``unreadable`` and why; or ``seconds``, ``stopped``, ``messages`` as `messages` gives them, and by cell the
        ``code``: its fingerprints.
    """
    for told in isolated_map(lambda one: told_by(one[0], *one[1]), asked, READING_SECONDS, READING_MEMORY):
        yield {"unreadable": f"to read it {told}"} if isinstance(told, NotDone) else json.loads(told)


def read_code(path: Path, lesson: Lesson, names: frozenset[str]) -> dict[str, Code]:
    """Read the solutions in an autograded notebook, by cell, in a process of its own; none if it cannot be read."""

    def work() -> bytes:
        found = {name: fingerprinted(source, names) for name, source in solutions(read_notebook(path), lesson)}
        return json.dumps(found).encode()

    try:
        found = json.loads(isolated(work, READING_SECONDS, READING_MEMORY))
    except NotDone:
        return {}
    return {name: Code(source, dict(places)) for name, (source, places) in found.items()}


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Read a notebook in nbformat's present form, and do not ask whether it keeps to its schema."""
    return nbformat.convert(reader.reads(path.read_text(encoding="utf-8")), 4)


def told_by(path: Path, lesson: Lesson, exam: Exam | None, names: frozenset[str]) -> bytes:
    """What an autograded notebook tells, as JSON; why it cannot be read, if it cannot."""
    try:
        nb = read_notebook(path)
        took = usage(nb)
        told = {"seconds": took.get("seconds"), "stopped": took.get("stopped")}
        told["messages"] = list(messages(nb, lesson, exam))
        told["code"] = {name: list(code_of(source[:LONGEST], names).places) for name, source in solutions(nb, lesson)}
    except (OSError, ValueError, KeyError, AttributeError, TypeError, nbformat.ValidationError) as error:
        told = {"unreadable": (str(error).strip() or type(error).__name__).splitlines()[0]}
    return json.dumps(told).encode()


def solutions(nb: nbformat.NotebookNode, lesson: Lesson) -> Iterator[tuple[str, str]]:
    """Find the solution cells with code: their ids and sources."""
    for cell in nb.cells:
        if cell.cell_type == "code" and (name := grade_id(cell)) in lesson.solution_ids:
            yield name, cell.source


def fingerprinted(source: str, names: frozenset[str]) -> list:
    """Return a source, as far as it is looked at, and its fingerprints, as JSON can hold them."""
    source = source[:LONGEST]  # what a stranger writes may be as long as a file
    return [source, list(code_of(source, names).places.items())]


def messages(nb: nbformat.NotebookNode, lesson: Lesson, exam: Exam | None) -> Iterator[tuple[str, str, str, str, str]]:
    """Find the test cells that failed.

    Each is its id, what was wrong, the hint, the name of the misconception, and if a solution cell before it did not
    run, which one and how that ended.

    Where submissions are not run confined there are no verdicts, and the error of the cell says the same.
    """
    raised, hints, stopped = failures(nb), trusted_hints(nb, exam), told_of_stop(nb)
    for cell, said in verdicts(nb).items():
        if cell not in lesson.tests:
            continue
        if told := next((verdict for verdict in said if verdict["message"]), None):
            what, _, hint = told["message"].partition(HINT)
            yield cell, what, hint, told["misconception"], ""
        elif raised[cell].message in stopped:
            continue  # that the submission was stopped is said once
        elif raised[cell].message:
            what, hint = split_hint(raised[cell].message, hints)
            if not hints:  # what looks like the grader's sentence is the submission's
                what = ""
            known = exam.misconceptions if exam else {}
            yield cell, what, hint, named_by(lesson.checks.get(cell, [cell])[0], hint, known), why_broken(raised[cell])


def named_by(check: str, hint: str, known: dict[str, Misconception]) -> str:
    """Return the misconception that has a hint; of several, the one about the same class."""
    about = check.partition(".")[0]
    names = [held.name for held in known.values() if hint and held.hint == hint]
    return next((name for name in names if name.startswith(f"{about}.")), names[0] if names else "")


def why_broken(failure: Failure) -> str:
    """Say which solution cell did not run, and by which of Python's own exceptions; empty if that is not why."""
    if not failure.broken:
        return ""
    kind = getattr(builtins, failure.cause.partition(":")[0], None)
    known = isinstance(kind, type) and issubclass(kind, BaseException)
    return f"{failure.broken}: {kind.__name__ if known else 'an exception'}"
