"""Change an assignment after its release: the gradebook and the release follow ``source/``, and what was given stays.

nbgrader adds no cell to a notebook, and takes none away, once there are submissions. `plan_update` finds out what has
changed, and `Update.carry_out` does it, all or nothing.
"""

import contextlib
import json
import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment, NbGraderException
from sqlalchemy.orm import Session

from ..util.errors import CourseError
from ..util.text import in_one_line
from ..util.untrusted_files import Unacceptable, UntrustedFolder
from . import gradebook_cells, late, timestamps
from .assignment import SourceCell
from .changes import Change, certain_renames, compare, known_cells
from .course import Course
from .former_cells import former_cells
from .lesson import grade_id
from .nbgrader_log import captured_log, logged_error
from .paths import gradebook_url
from .reader import NotGradable, parse_submission, read_notebook
from .transaction import gradebook_transaction

PARTIAL = ".updating"  # in the course's folder: what is made before anything is changed
BACKUPS = "backups"  # in the course's folder: what an update has replaced, by assignment and time
REMOVED = "removed.json"


@dataclass(frozen=True)
class NewNotebook:
    """A notebook as it is in ``source/``, generated: its cells, and its kernel as nbgrader keeps it."""

    cells: tuple[SourceCell, ...]
    kernelspec: str | None


@dataclass
class Update:
    """What an update would change.

    Attributes
    ----------
    course : Course
    place : Path
        The folder in which the new release was made.
    notebooks : dict of str to NewNotebook
        By name.
    changes : dict of str to list of Change
        By notebook; none of a notebook that is new or gone.
    renames : dict of str to dict of str to str
        By notebook, new names of cells by old ones.
    added, removed : list of str
        Notebooks.
    new_release : bool
        Whether the files for students differ.
    other_kernel : bool
        Whether a notebook is to be run by another kernel.
    submitted : dict of str to list of set of str
        By notebook, what cells each submission has; filled in where that is asked.
    """

    course: Course
    place: Path
    notebooks: dict[str, NewNotebook]
    changes: dict[str, list[Change]]
    renames: dict[str, dict[str, str]]
    added: list[str]
    removed: list[str]
    new_release: bool
    other_kernel: bool
    submitted: dict[str, list[set[str]]] = field(default_factory=dict, repr=False)

    @property
    def for_gradebook(self) -> bool:
        """Whether the gradebook is to be changed."""
        return bool(self.added or self.removed or self.other_kernel or any(self.changes.values()))

    @property
    def for_grades(self) -> bool:
        """Whether everybody is to be graded again."""
        listed = [change for changes in self.changes.values() for change in changes]
        return bool(self.added or self.removed) or any(change.regards_grading for change in listed)

    def lines(self) -> Iterator[str]:
        """Say what would change, for whom."""
        with self.course.gradebook() as gradebook:
            students = gradebook_cells.submitted(gradebook, self.course.assignment)
            several = len(self.notebooks.keys() | set(self.removed)) > 1
            for name in self.removed:
                found = gradebook_cells.work_in(gradebook, self.course.assignment, {name: None})
                yield f"{name}.ipynb is gone: what was handed in for it counts no more{about_work(found)}"
            for name in self.added:
                yield f"{name}.ipynb is new, with {len(self.notebooks[name].cells)} cells"
            for name, changes in self.changes.items():
                for change in changes:
                    text = f"{name}.ipynb: {change}" if several else str(change)
                    cells = {name: {change.old.name}} if change.old else {}
                    found = gradebook_cells.work_in(gradebook, self.course.assignment, cells) if cells else []
                    if change.loses_work:
                        text += about_work(found)
                    elif change.old and change.old.points != change.new.points:
                        text += about_points(found, change.new.points)
                    elif not change.old and change.new.solution:
                        text += self.about_lacking(name, change.new.name)
                    yield text
        if self.other_kernel:
            yield "the kernel that runs it is another one"
        if self.new_release and not self.for_gradebook:
            yield "the files for students differ from those in release/"
        if self.for_gradebook:
            yield f"{counted(len(students), 'student')} with work in the gradebook"

    def about_lacking(self, notebook: str, cell: str) -> str:
        """Say how many submissions do not have a new solution cell."""
        if notebook not in self.submitted:
            self.submitted[notebook] = list(self.submitted_cells(notebook))
        if not (lacking := sum(cell not in ids for ids in self.submitted[notebook])):
            return ""
        return f"; {counted(lacking, 'submission')} without it: no points there, unless they hand in again"

    def submitted_cells(self, notebook: str) -> Iterator[set[str]]:
        """The names of the cells in each submission of a notebook that can be read, as grading will find them."""
        course, lesson, changes = self.course, self.course.lessons[notebook], self.changes[notebook]
        with course.gradebook() as gradebook:
            former = former_cells(gradebook, gradebook.find_notebook(notebook, course.assignment).id)
        former |= self.renames[notebook] | {change.old.name: "" for change in changes if not change.new}
        for student in course.students():
            try:
                with UntrustedFolder(course.root / "submitted", student, course.assignment) as folder:
                    data = read_notebook(folder, f"{notebook}.ipynb", hard_links=True)
                yield {grade_id(cell) for cell in parse_submission(Path(student), data, lesson, former).cells}
            except (NotGradable, Unacceptable):
                continue  # whoever grades it says why

    def carry_out(self) -> Path:
        """Change the gradebook and the release, and return the folder in which the former ones are kept.

        Raises
        ------
        CourseError
            If it cannot be done; then all is as it was.
        """
        course, kept = self.course, new_backup(self.course)
        with uninterrupted(), contextlib.ExitStack() as undo:
            undo.callback(shutil.rmtree, kept, ignore_errors=True)
            try:
                gradebook_cells.back_up(course.root / "gradebook.db", kept / "gradebook.db")
                with course.gradebook() as gradebook, gradebook_transaction(gradebook) as session:
                    if self.for_gradebook:
                        self.change_gradebook(session, kept)
                    if self.new_release:
                        undo.callback(self.put_back_release, kept, course.folder("release", ".").exists())
                        self.replace_release(kept)
            except OSError as error:
                raise CourseError(f"nothing is changed: {error.filename}: {error.strerror}") from None
            undo.pop_all()
            with course.gradebook() as gradebook:  # whoever is stopped before this does it with the next run
                late.renew(gradebook, course.assignment, course.config(), course.root)
        return kept

    def change_gradebook(self, session: Session, kept: Path) -> None:
        """Change the cells in the gradebook, inside of a transaction."""
        assignment, connection = self.course.assignment, session.connection()
        gone = {name: None for name in self.removed}
        for name, changes in self.changes.items():
            gone[name] = {change.old.name for change in changes if change.loses_work}
        if work := gradebook_cells.work_in(connection, assignment, gone):
            write_removed(self.course, work, kept / REMOVED)
        for name in self.removed:
            gradebook_cells.remove_notebook(connection, assignment, name)
        for name, new in self.notebooks.items():
            entry = gradebook_cells.notebook_id(connection, assignment, name, new.kernelspec)
            gradebook_cells.change_cells(connection, entry, new.cells, self.renames.get(name, {}))

    def replace_release(self, kept: Path) -> None:
        """Put the new release in the place of the former one, which goes to what is kept."""
        release = self.course.folder("release", ".")
        release.parent.mkdir(parents=True, exist_ok=True)
        if release.exists():
            os.replace(release, kept / "release")
        os.replace(self.place / "release" / self.course.assignment, release)

    def put_back_release(self, kept: Path, existed: bool) -> None:
        """Put the former release back, if there was one and it is away."""
        release = self.course.folder("release", ".")
        if not existed or (kept / "release").exists():
            shutil.rmtree(release, ignore_errors=True)
        if (kept / "release").exists():
            os.replace(kept / "release", release)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Have Ctrl-C wait until this block has ended: it takes a second or two."""
    if os.name != "posix":
        yield
        return
    former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


@contextlib.contextmanager
def plan_update(course: Course, renamed: Mapping[str, str] | None = None) -> Iterator[Update]:
    """Find out what is to be changed, for this block; the new release is made in a folder that is removed after it.

    Parameters
    ----------
    course : Course
        Locked.
    renamed : Mapping of str to str, optional
        New names of cells by old ones, where that cannot be known for certain.

    Raises
    ------
    CourseError
        If the assignment has not been generated yet, if it cannot be generated as it is in ``source/``, or if there is
        no such cell to be renamed.
    """
    place = course.root / PARTIAL
    shutil.rmtree(place, ignore_errors=True)  # of a run that was killed
    with course.gradebook() as gradebook:
        known = known_cells(gradebook, course.assignment)
        kernels = {entry.name: entry.kernelspec for entry in gradebook.find_assignment(course.assignment).notebooks}
    try:
        place.mkdir()
        notebooks = generate(course, place)
        config, renames = course.config(), {}
        for name in known.keys() & notebooks.keys():
            renames[name] = certain_renames(known[name], notebooks[name].cells, config)
        add_renames(renames, renamed or {}, known, notebooks)
        changes = {
            name: compare(known[name], notebooks[name].cells, renames[name])
            for name in sorted(known.keys() & notebooks.keys())
        }
        yield Update(
            course,
            place,
            notebooks,
            changes,
            renames,
            added=sorted(notebooks.keys() - known.keys()),
            removed=sorted(known.keys() - notebooks.keys()),
            new_release=files_in(place / "release" / course.assignment) != files_in(course.folder("release", ".")),
            other_kernel=any(kernels[name] != notebooks[name].kernelspec for name in changes),
        )
    finally:
        shutil.rmtree(place, ignore_errors=True)


def generate(course: Course, place: Path) -> dict[str, NewNotebook]:
    """Generate an assignment as it is in ``source/`` into a folder, with a gradebook there, and return its notebooks.

    Raises
    ------
    CourseError
        If that fails.
    """
    url = gradebook_url(place)
    with captured_log() as log:
        try:
            course.run(GenerateAssignment, db_url=url, release_directory=str(place / "release"))
        except (NbGraderException, SystemExit):
            raise CourseError(
                f"nothing is changed: {course.assignment} cannot be generated: {logged_error(log)}"
            ) from None
    with Gradebook(url, course.config().CourseDirectory.course_id) as gradebook:
        cells = known_cells(gradebook, course.assignment)
        entries = gradebook.find_assignment(course.assignment).notebooks
        return {entry.name: NewNotebook(cells[entry.name], entry.kernelspec) for entry in entries}


def add_renames(
    renames: dict[str, dict[str, str]],
    renamed: Mapping[str, str],
    known: Mapping[str, tuple[SourceCell, ...]],
    notebooks: Mapping[str, NewNotebook],
) -> None:
    """Add what the instructor says to be renamed; CourseError if it cannot be so."""
    for old, new in renamed.items():
        places = [
            name
            for name in renames
            if old in {cell.name for cell in known[name]} and new in {cell.name for cell in notebooks[name].cells}
        ]
        for name in places:
            if new in {cell.name for cell in known[name]} or old in {cell.name for cell in notebooks[name].cells}:
                raise CourseError(
                    f"{old} cannot have been renamed to {new}: both names are in {name}.ipynb before or after"
                )
            others = {before: now for before, now in renames[name].items() if before != old and now != new}
            renames[name] = others | {old: new}
        if not places:
            raise CourseError(
                f"--renamed {old}={new}: no notebook had a cell {old} in the gradebook and has {new} in source/"
            )


def files_in(folder: Path) -> dict[str, bytes]:
    """The files of a folder of ours, by relative path; none if there is no folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def new_backup(course: Course) -> Path:
    """Make a folder for what an update replaces."""
    parent, time = course.root / BACKUPS / course.assignment, f"{timestamps.utc_now():%Y-%m-%d_%H-%M-%S}"
    for number in range(1, 1000):
        folder = parent / (time if number == 1 else f"{time}_{number}")
        try:
            parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir()
            folder.chmod(course.root.stat().st_mode & 0o777)  # whoever may read the gradebook may read its copy
        except FileExistsError:
            continue
        except OSError as error:
            raise CourseError(f"nothing is changed: {folder} cannot be made: {error.strerror}") from None
        return folder
    raise CourseError(f"nothing is changed: {parent} has too many folders of this second")


def write_removed(course: Course, work: list[dict], path: Path) -> None:
    """Write down what was handed in and given for cells that are removed."""
    answers = {}
    for row in work:
        key = row["student"], row["notebook"]
        if key not in answers:
            answers[key] = written_cells(course, *key)
        row["written"] = answers[key].get(row["cell"])
    path.write_text(json.dumps(work, indent=1, ensure_ascii=False, default=str), encoding="utf-8")


def written_cells(course: Course, student: str, notebook: str) -> dict[str, str]:
    """What a student has written into the cells of an autograded notebook, by their names; none if it is unreadable."""
    try:
        nb = json.loads(course.notebook("autograded", student, notebook).read_text(encoding="utf-8"))
        roles = [(cell["metadata"].get("nbgrader", {}), cell["source"]) for cell in nb["cells"]]
        return {role["grade_id"]: "".join(source) for role, source in roles if role.get("solution")}
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return {}


def about_work(work: list[dict]) -> str:
    """Say what was given for cells that are removed."""
    by_hand = sum(row["manual_score"] is not None or bool(row["extra_credit"]) for row in work)
    comments = sum(bool(row["manual_comment"]) for row in work)
    students = len({row["student"] for row in work})
    if not students:
        return ""
    given = [f"the work of {counted(students, 'student')}"]
    given += [f"{counted(by_hand, 'grade')} by hand"] if by_hand else []
    given += [counted(comments, "comment")] if comments else []
    return f"; {', '.join(given)} will be set aside"


def about_points(work: list[dict], most: float | None) -> str:
    """Say what a change of points means for what was given by hand."""
    given = [row["manual_score"] for row in work if row["manual_score"] is not None]
    if not given:
        return ""
    more = sum(score > (most or 0.0) for score in given)
    return f"; {counted(len(given), 'grade')} by hand kept, to be looked at again{f', {more} above it' if more else ''}"


def counted(number: int, what: str) -> str:
    return f"{number} {in_one_line(what)}{'' if number == 1 else 's'}"
