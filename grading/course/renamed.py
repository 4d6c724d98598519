"""Find the notebooks of an assignment that a student has handed in under another name, or a folder too deep."""

import posixpath
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..util.text import shown_name
from ..util.untrusted_files import Bounds, Missing, NotPermitted, TooMuch, Unacceptable, UntrustedFolder
from .lesson import Lesson
from .reader import NotGradable, parse_notebook, read_notebook
from .recognition import recognize
from .submission import not_in_the_way

NO_SUCH_FILE = "no such file"  # why a notebook is refused that is not there, under whatever name
MOST = 8  # notebooks under other names that are looked at
MOST_BYTES = 50 * 2**20  # of them together
MOST_FILES = 10_000  # files and folders among which they are looked for


@dataclass
class ReadNotebooks:
    """The notebooks of a submission, read.

    Attributes
    ----------
    notebooks : dict of str to bytes
        By the names that the assignment has for them.
    refused : dict of str to str
        Those that are missing or cannot be read, and why.
    paths : dict of str to str
        Where those notebooks are that have another name or place.
    missing : set of str
        Those under whose name there is nothing at all.
    remarks : list of str
        What the instructor should know, each in one line.
    """

    notebooks: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    remarks: list[str] = field(default_factory=list)

    @property
    def inner_folders(self) -> list[str]:
        """The folders, within the submission's, in which such notebooks are."""
        return sorted({posixpath.dirname(path) for path in self.paths.values()} - {""})


def read_notebooks(
    folder: UntrustedFolder,
    names: Collection[str],
    lessons: Mapping[str, Lesson],
    ignored: Callable[[str], bool],
    hard_links: bool = False,
) -> ReadNotebooks:
    """Read the notebooks of a submission, whatever they are called, and say of the others why not.

    One under another name is taken where none under its own can be, if it is the only one that has the cells.

    Parameters
    ----------
    folder : UntrustedFolder
        The submission's.
    names : collection of str
        The assignment's notebooks.
    lessons : Mapping of str to Lesson
        What they are told by; without one, a notebook is found by its own name only.
    ignored : callable
        Whether a file or folder of a name is passed over.
    hard_links : bool
        Whether files may have other names.

    Raises
    ------
    NotPermitted
        If whoever grades may not read one.
    """
    found = ReadNotebooks()
    for name in names:
        try:
            found.notebooks[name] = read_notebook(folder, f"{name}.ipynb", hard_links)
        except NotPermitted:
            raise
        except Unacceptable as error:
            found.refused[name] = NO_SUCH_FILE if isinstance(error, Missing) else str(error)
            found.missing |= {name} if isinstance(error, Missing) else set()
    if lessons:
        others, odd = other_notebooks(folder, names, ignored, hard_links)
        if others or odd:
            look_among(folder, others, odd, found, lessons, hard_links)
    return found


def other_notebooks(
    folder: UntrustedFolder, names: Collection[str], ignored: Callable[[str], bool], hard_links: bool
) -> tuple[list[str], dict[str, str]]:
    """Return the paths of notebooks that have none of the names, the nearest first; and what is not read, and why."""

    def skipped(name: str) -> bool:
        return name.startswith((".", "__MACOSX")) or ignored(name)

    try:
        contents = folder.measure(Bounds(count=MOST_FILES), skipped, hard_links)
    except Unacceptable:  # whoever reads what stands beside a notebook says so
        return [], {}
    own = {f"{name}.ipynb" for name in names}
    files, odd = (
        {path: what for path, what in found.items() if path.casefold().endswith(".ipynb") and path not in own}
        for found in (contents.files, contents.odd)
    )
    return sorted(files, key=lambda path: (path.count("/"), path)), odd


def look_among(
    folder: UntrustedFolder,
    others: list[str],
    odd: Mapping[str, str],
    found: ReadNotebooks,
    lessons: Mapping[str, Lesson],
    hard_links: bool,
) -> None:
    """Take those of the other notebooks that are the only ones with the cells of one that is wanting."""
    wanting = {name for name in found.refused if name in lessons}
    for name, data in found.notebooks.items():
        if name in lessons and not is_own(name, data, lessons):
            wanting.add(name)
    candidates: dict[str, dict[str, bytes]] = defaultdict(dict)
    unknown = [f"{shown_name(path)}, {reason}" for path, reason in sorted(odd.items())]
    left = MOST_BYTES
    for path in others[:MOST]:
        try:
            data = read_notebook(folder, path, hard_links)
            if (left := left - len(data)) < 0:
                raise TooMuch("not looked at, because there are so many")
            names = recognize(parse_notebook(Path(path), data), lessons, posixpath.basename(path)[: -len(".ipynb")])
        except NotPermitted:
            raise
        except (Unacceptable, NotGradable) as error:
            unknown.append(f"{shown_name(path)}, {getattr(error, 'reason', error)}")
            continue
        if len(names) == 1:
            candidates[names[0]][path] = data
        else:
            unknown.append(shown_name(path))
    unknown += map(shown_name, others[MOST:])
    for name in found.notebooks.keys() | found.refused.keys():
        theirs = candidates[name]
        if name not in wanting:
            if different := [path for path, data in theirs.items() if data != found.notebooks.get(name)]:
                found.remarks.append(f"{name}.ipynb is graded; not graded: {listed(different)}, with cells like its")
        elif len(set(theirs.values())) == 1:
            path = next(iter(theirs))
            why = f"there is no {name}.ipynb" if name in found.missing else f"{name}.ipynb cannot be graded"
            found.remarks.append(f"{why}; graded in its place: {shown_name(path)}, which has its cells")
            found.notebooks[name], found.paths[name] = theirs[path], path
            found.refused.pop(name, None)
        elif theirs and name in found.refused:
            found.refused[name] += f"; there are {listed(theirs)}, all with its cells: keep one, as {name}.ipynb"
        elif unknown and name in found.refused:
            there = "; ".join(unknown[:MOST])
            found.refused[name] += f"; there is {there}: if it is the right one, call it {name}.ipynb"


def is_own(name: str, data: bytes, lessons: Mapping[str, Lesson]) -> bool:
    """Whether a notebook has cells of the lesson that it is called after."""
    if not lessons[name].graded_or_solution_ids:
        return True
    try:
        return name in recognize(parse_notebook(Path(name), data), lessons, name)
    except NotGradable:
        return False


def listed(paths: Collection[str]) -> str:
    return " and ".join(map(shown_name, paths))


def raised(files: Mapping[str, bytes], folders: Collection[str]) -> dict[str, bytes]:
    """Return the files of a submission, with those in some of its folders once more at its top, as a notebook has them.

    Parameters
    ----------
    files : Mapping of str to bytes
        By relative path.
    folders : collection of str
        Where notebooks are that are graded as if they were at the top.
    """
    found = dict(files)
    for folder in folders:
        inner = {path.removeprefix(f"{folder}/"): path for path in files if path.startswith(f"{folder}/")}
        found |= {path: files[inner[path]] for path in not_in_the_way(inner, found)}
    return found
