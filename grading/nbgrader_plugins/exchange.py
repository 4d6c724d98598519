"""Collecting from nbgrader's exchange on a machine that students share."""

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dateutil.tz import gettz
from nbgrader.api import Gradebook
from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeCollect
from traitlets import Bool

from ..course import timestamps
from ..course.generation_time import first_generated
from ..course.reader import TIMESTAMP, read_time
from ..sandbox.folders import locked_folder, remove, sweep
from ..util.untrusted_files import (
    Bounds,
    Contents,
    Unacceptable,
    UntrustedFolder,
    ignoring,
    in_one_line,
    is_plain_name,
)
from .confined_execute import ConfinedExecute

COLLECTING = ".collecting-"  # begins the names of folders in submitted/ that are being filled
KB = 1000  # bytes, as nbgrader counts the sizes of files and folders


@dataclass(frozen=True)
class Inbound:
    """A submission in the exchange, held open.

    Attributes
    ----------
    student : str
    folder : UntrustedFolder
    contents : Contents
    hard_links : bool
        Whether its files may have other names.
    said, time : datetime
        When it was handed in, in UTC: as its name says, and as far as the student cannot choose it.
    """

    student: str
    folder: UntrustedFolder
    contents: Contents
    hard_links: bool
    said: datetime
    time: datetime


class Collect(ExchangeCollect):
    """Collects what belongs to the student whose name it has, follows nothing in it, and stops at nobody.

    Anybody can say ``nbgrader submit --student=SOMEBODY``. nbgrader only warns of it and collects it all the same, in
    place of what that student has handed in before. With ``check_owner`` off, for machines where all students are one
    user, it is nbgrader's own.

    The folders in the exchange are the students', and so are the times in their names and in ``timestamp.txt``. What
    no student can choose is when the kernel has last seen something change (``ctime``). Where that is another time than
    the name says, it counts.
    """

    check_change_times = Bool(
        True,
        help="""Take a submission as handed in when it was last changed, if that is not when its name says. To be
        switched off where the exchange has been moved or restored, because then all in it has changed.""",
    ).tag(config=True)

    def init_src(self) -> None:
        self.refused: set[str] = set()
        directory, limits = self.coursedir, ConfinedExecute(config=self.config).limits()
        self.bounds, self.ignored = (
            Bounds(KB * directory.max_dir_size, limits.scratch_files),
            ignoring(directory.ignore),
        )
        super().init_src()
        self.src_records = [record for record in self.src_records if record["filename"] not in self.refused]

    def _path_to_record(self, path: str) -> dict:
        name = os.path.basename(path)
        try:
            with self.opened(name) as inbound:
                return {"username": inbound.student, "filename": name, "timestamp": inbound.time}
        except Unacceptable as error:
            self.refuse(name, str(error))
            # among the student's own, it could be taken for the newest
            return {"username": f"/{name}", "filename": name, "timestamp": datetime.min}

    def refuse(self, name: str, reason: str) -> None:
        self.refused.add(name)
        self.log.error("Not collected: %s: %s", in_one_line(name), reason)

    @contextlib.contextmanager
    def opened(self, name: str) -> Iterator[Inbound]:
        """Open a submission in the exchange, and measure it.

        Raises
        ------
        Unacceptable
            If it is not to be collected.
        """
        student, said = self.parsed(name)
        with UntrustedFolder(Path(self.inbound_path), name) as folder:
            owner = owner_of(folder.info.st_uid)
            if self.check_owner and owner != student:
                raise Unacceptable(f"it says it is by {student}, and is by {owner}")
            hard_links = folder.info.st_uid != os.geteuid()  # theirs is theirs; what is ours could be any file of ours
            contents = folder.measure(self.bounds, self.ignored, hard_links, one_owner=True)
            if any(path.endswith(".ipynb") for path in contents.odd):
                raise Unacceptable(contents.left_out)
            changed = datetime.fromtimestamp(contents.changed, UTC).replace(tzinfo=None)
            is_true = abs(changed - said) <= timestamps.SKEW or not self.check_change_times
            yield Inbound(student, folder, contents, hard_links, said, said if is_true else changed)

    def parsed(self, name: str) -> tuple[str, datetime]:
        """Return whose a folder says it is, and when it says it was handed in."""
        found = re.fullmatch(rf"(.+)\+{re.escape(self.coursedir.assignment_id)}\+(.+)", name)
        if not found or not is_plain_name(name):
            raise Unacceptable("not named as `nbgrader submit` names a submission")
        student, rest = found.groups()
        if student.startswith(".") or student != student.strip():
            raise Unacceptable("no student has such a name")
        for time in (rest, rest.rpartition("+")[0]):  # without and with random characters at the end
            with contextlib.suppress(ValueError):
                return student, timestamps.parse_time(time, gettz(self.timezone))
        raise Unacceptable("there is no time in its name, or none whose zone is known for certain")

    def copy_files(self) -> None:
        """Collect what is to be collected. One submission's error costs that submission."""
        directory, failed = self.coursedir, False
        submitted = Path(directory.format_path(directory.submitted_directory, ".", ".")).resolve()
        submitted.mkdir(parents=True, exist_ok=True)
        with Gradebook(directory.db_url, directory.course_id) as gradebook:
            self.generated = first_generated(gradebook, directory.assignment_id)
        if not self.src_records:
            self.log.warning("No submissions of %r to collect", directory.assignment_id)
        sweep(submitted, COLLECTING)
        work, lock = locked_folder(submitted, COLLECTING)
        try:
            for number, record in enumerate(self.src_records):
                try:
                    with self.opened(record["filename"]) as inbound:
                        self.collect(inbound, submitted, work / str(number))
                except Unacceptable as error:
                    self.refuse(record["filename"], str(error))
                except OSError as error:
                    failed = True
                    self.refuse(record["filename"], f"{type(error).__name__}: {error}")
        finally:
            remove(work)
            os.close(lock)
        if failed:
            raise ExchangeError("Not everything could be written")

    def collect(self, inbound: Inbound, submitted: Path, work: Path) -> None:
        """Put a submission into ``submitted/``, whole or not at all, if it is wanted there.

        Parameters
        ----------
        inbound : Inbound
        submitted : Path
        work : Path
            A folder to be made, on the same file system.
        """
        there = submitted / inbound.student / self.coursedir.assignment_id
        for folder in (there.parent, there):
            if os.path.lexists(folder) and (folder.is_symlink() or not folder.is_dir()):
                raise Unacceptable(f"{folder.relative_to(submitted.parent)} is there, and is no folder")
        if not self.is_wanted(inbound, there):
            return
        new = work / "new"
        new.mkdir(parents=True)
        self.leave_out(inbound.contents)
        inbound.folder.copy_all(inbound.contents, new)
        (new / TIMESTAMP).write_text(timestamps.as_text(inbound.time))
        if self.coursedir.groupshared:
            share(new)
        there.parent.mkdir(parents=True, exist_ok=True)
        if there.exists():
            os.rename(there, work / "old")
        os.rename(new, there)
        self.log.info("Collected: %s %s", inbound.student, self.coursedir.assignment_id)
        for remark in self.remarks(inbound):
            self.log.warning("%s: %s", inbound.student, remark)

    def is_wanted(self, inbound: Inbound, there: Path) -> bool:
        """Whether a submission is to take the place of what there is: nbgrader's rules, but not for the same again."""
        if not there.exists():
            return True
        known = self.coursedir.get_existing_timestamp(str(there))
        is_newer = self.update and (known is None or inbound.time > known)
        if not is_newer and not (self.before_duedate and inbound.time != known):
            hint = "No newer submission to collect" if self.update else "There already, use --update to update"
            self.log.info("%s: %s %s", hint, inbound.student, self.coursedir.assignment_id)
            return False
        with UntrustedFolder(there) as folder:
            ours = folder.read_all(folder.measure(skipped=self.ignored, hard_links=True))
        sizes = {path: info.st_size for path, info in inbound.contents.files.items() if path != TIMESTAMP}
        if sizes != {path: len(data) for path, data in ours.items() if path != TIMESTAMP}:
            return True
        theirs = inbound.folder.read_all(inbound.contents)
        return any(theirs[path] != ours[path] for path in sizes)

    def leave_out(self, contents: Contents) -> None:
        """Leave out the files that nbgrader's settings do."""
        directory = self.coursedir
        included, largest = ignoring(directory.include), KB * directory.max_file_size
        for path, info in list(contents.files.items()):
            if info.st_size > largest:
                contents.odd[path] = f"larger than {largest // 10**6} MB"
            if info.st_size > largest or not included(os.path.basename(path)) or path == TIMESTAMP:
                del contents.files[path]

    def remarks(self, inbound: Inbound) -> Iterator[str]:
        """What the instructor should know of a submission that is collected, each in one line."""
        if inbound.contents.left_out:
            yield f"left out: {inbound.contents.left_out}"
        if inbound.time != inbound.said:
            yield (
                f"says it was handed in on {timestamps.as_text(inbound.said)}, and was last changed on "
                f"{timestamps.as_text(inbound.time)}, which counts"
            )
        try:
            written = read_time(inbound.folder, TIMESTAMP, inbound.hard_links, gettz(self.timezone))
        except Unacceptable as error:
            yield f"{error}; it does not count"
        else:
            if written and written != inbound.said:
                yield f"{TIMESTAMP} says {timestamps.as_text(written)}, its folder's name says something else"
        if doubt := timestamps.doubt(inbound.time, self.generated, timestamps.utc_now()):
            yield f"handed in on {timestamps.as_text(inbound.time)}, {doubt}?"


def share(folder: Path) -> None:
    """Let a course's other instructors write, as nbgrader does where it is ``groupshared``."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | (0o2770 if path.is_dir() else 0o660))


def owner_of(uid: int) -> str:
    """The name of a user."""
    import pwd  # here: Windows has none, and nbgrader loads this file in each of its commands

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return "nobody that this machine knows"
