"""How each learning management system names the files of a class: who handed in what, and when."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import yaml
from dateutil.parser import parse as parse_time

from ..util.errors import CourseError
from .archive import Archive, Unusable

LONGEST_METADATA = 32 * 2**20
LONGEST_RECEIPT = 2**20


@dataclass(frozen=True)
class Upload:
    """One file that one student handed in."""

    entry: str  # its name in the archive
    file: str  # the name that the student gave it
    lms_id: str  # what the system calls the student
    name: str = ""
    email: str = ""
    number: int = 0  # of uploads, where the system counts them: a later one has a larger number
    time: datetime | None = None  # in UTC; where a system does not say of which place a time is, it is taken as UTC
    has_zone: bool = True  # whether the system says of which place the time is
    late: bool = False
    other_names: tuple[str, ...] = ()  # the name without what could be that of a group

    @property
    def order(self) -> list[str]:
        """What is told by, and a text that is larger for a newer upload; empty if the system does not say."""
        if self.number:
            return ["number", f"{self.number:020}"]
        return ["time", self.time.isoformat()] if self.time else []


class Convention:
    """What is common to all four: `pattern` matches the part of a name that tells whose file it is.

    That part is always the first that could be it: what follows is the student's to choose, and may imitate it.
    """

    name: str
    pattern: re.Pattern

    def matches(self, entry: str) -> bool:
        return self.pattern.search(entry) is not None

    def is_own(self, entry: str) -> bool:
        """Whether a file is none that anybody has handed in, but one by which the system says something."""
        return False

    def why_not(self, entry: str) -> str:
        """Say why a file is nobody's submission, whose name does not match."""
        return f"not named as {self.name.capitalize()} names a submission"

    def uploads(self, archive: Archive) -> Iterator[Upload]:
        for entry in archive.entries:
            if match := self.pattern.search(entry):
                yield self.upload(entry, match)

    def upload(self, entry: str, match: re.Match) -> Upload:
        raise NotImplementedError


class Canvas(Convention):
    """``lastfirst_LATE_12345_67890_name.ipynb``: the ids of the user and of the upload, as Canvas's ContentZipper does.

    With anonymous grading, ``anon_Ab1cD`` stands in place of the name and the user's id.
    """

    name = "canvas"
    pattern = re.compile(
        r"(?:^|/)(?:(?P<nobody>LATE_)?(?P<anonymous>anon_[A-Za-z0-9]{5})|(?P<name>[^/]+?)_(?P<late>LATE_)?(?P<id>\d+))"
        r"_(?P<number>\d{1,18})_(?P<file>[^/]+)$"
    )

    def upload(self, entry, match):
        return Upload(
            entry,
            match["file"],
            match["id"] or match["anonymous"],
            name=match["name"] or "",
            number=int(match["number"]),
            late=bool(match["late"] or match["nobody"]),
        )


class Moodle(Convention):
    """``Jane Doe_1234567_assignsubmission_file_/name.ipynb``, or ``…_file_name.ipynb`` without folders.

    The number is the participant's, the same as in the grading worksheet. Where students hand in as groups, or groups
    are shown, the group's name and a hyphen stand before everybody's name (``mod/assign/locallib.php``).
    """

    name = "moodle"
    pattern = re.compile(
        r"(?:^|/)(?P<name>[^/]+?)_(?P<id>\d+)_assignsubmission_file(?:_?/(?:[^/]+/)*|_)(?P<file>[^/]+)$"
    )

    def matches(self, entry):
        return "_assignsubmission_" in entry  # text typed into Moodle has such a name too

    def why_not(self, entry):
        if "_assignsubmission_onlinetext" in entry:
            return "text typed into Moodle, and no file"
        return super().why_not(entry)

    def uploads(self, archive):
        found = list(super().uploads(archive))
        has_groups = all("-" in upload.name for upload in found)
        for upload in found:
            yield replace(upload, other_names=endings(upload.name)) if has_groups else upload

    def upload(self, entry, match):
        return Upload(entry, match["file"], match["id"], name=match["name"])


def endings(name: str) -> tuple[str, ...]:
    """What follows each hyphen of a name: it could be the name of a student, after that of a group."""
    parts = name.split("-")
    return tuple("-".join(parts[at:]) for at in range(1, len(parts)))


class Blackboard(Convention):
    """``Assignment_username_attempt_2026-10-01-12-30-45_name.ipynb``, with a receipt ``….txt`` for every attempt.

    Assignments and usernames may hold underscores, so the receipt, which names the user in brackets, has the say.
    """

    name = "blackboard"
    pattern = re.compile(
        r"(?:^|/)(?P<before>[^/]+?)_attempt_(?P<time>\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)(?:_(?P<file>[^/]+)|\.txt)$"
    )
    receipt = re.compile(
        r"^[ \t]*Name:[ \t]*(?P<name>.{0,500}?)[ \t]*\((?P<username>[^()\n]{1,500})\)[ \t\r]*$", re.MULTILINE
    )

    def is_own(self, entry):
        match = self.pattern.search(entry)
        return match is not None and not match["file"]

    def uploads(self, archive):
        receipts = {}
        for entry in archive.entries:
            match = self.pattern.search(entry)
            if match and not match["file"]:
                try:
                    text = archive.read(entry, LONGEST_RECEIPT).decode("utf-8-sig", errors="replace")
                except Unusable as error:
                    archive.refuse(entry, error)
                    continue
                found = self.receipt.search(text)
                if found and match["before"].endswith("_" + found["username"]):
                    receipts[match["before"]] = found
        assignments = {before.removesuffix(found["username"]) for before, found in receipts.items()}
        for upload in super().uploads(archive):
            if not upload.file:
                continue
            before, found = upload.lms_id, receipts.get(upload.lms_id)
            users = {before.removeprefix(assignment) for assignment in assignments if before.startswith(assignment)}
            if found:
                yield replace(upload, lms_id=found["username"], name=found["name"])
            elif len(users) == 1 or before.count("_") == 1:
                yield replace(upload, lms_id=users.pop() if users else before.partition("_")[2])
            else:
                archive.refuse(upload.entry, "its receipt, a file .txt, is missing, so it cannot be told whose it is")

    def upload(self, entry, match):
        try:
            time = datetime.strptime(match["time"], "%Y-%m-%d-%H-%M-%S").replace(tzinfo=UTC)
        except ValueError:
            time = None
        return Upload(entry, match["file"] or "", match["before"], time=time, has_zone=False)


class Gradescope(Convention):
    """``submission_123/name.ipynb``, and ``submission_metadata.yml``, which says who made each submission, and when.

    A submission by a group counts for each of its members.
    """

    name = "gradescope"
    pattern = re.compile(r"(?:^|/)(?P<id>submission_\d+)/(?:[^/]+/)*(?P<file>[^/]+)$")
    metadata = re.compile(r"^(?:(?!submission_\d+/)[^/]+/)?submission_metadata\.yml$")

    def matches(self, entry):
        return self.metadata.search(entry) is not None and "_assignsubmission_" not in entry

    def is_own(self, entry):
        return self.matches(entry)

    def uploads(self, archive):
        known = self.people(archive)
        for upload in super().uploads(archive):
            if not known.get(upload.lms_id):
                archive.refuse(upload.entry, "submission_metadata.yml does not say whose it is")
            for person in known.get(upload.lms_id, []):
                yield replace(person, entry=upload.entry, file=upload.file)

    def upload(self, entry, match):
        return Upload(entry, match["file"], match["id"])

    def people(self, archive: Archive) -> dict[str, list[Upload]]:
        entry = min((entry for entry in archive.entries if self.matches(entry)), key=len, default=None)
        if entry is None:
            raise CourseError(f"{archive.path} has no submission_metadata.yml; download the archive again")
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            said = yaml.load(archive.read(entry, LONGEST_METADATA), Loader=loader)
            if not isinstance(said, dict):
                raise ValueError("it lists no submissions")
        except (Unusable, yaml.YAMLError, ValueError, RecursionError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise CourseError(
                f"{archive.path}: {entry} cannot be read ({reason}); download the archive again"
            ) from None
        return {str(folder): list(self.submitters(about)) for folder, about in said.items()}

    @staticmethod
    def submitters(about: Any) -> Iterator[Upload]:
        about = about if isinstance(about, dict) else {}
        people = about.get(":submitters")
        for person in people if isinstance(people, list) else []:
            if not isinstance(person, dict):
                continue
            name, sid, email = (str(person.get(key) or "").strip() for key in (":name", ":sid", ":email"))
            if sid or email:
                yield Upload("", "", sid or email, name, email, time=utc(about.get(":created_at")))


def utc(time: Any) -> datetime | None:
    """A time in UTC, as YAML has read it or as text; None if it is none."""
    try:
        time = time if isinstance(time, datetime) else parse_time(str(time))
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None


CONVENTIONS: dict[str, Convention] = {c.name: c for c in (Canvas(), Moodle(), Blackboard(), Gradescope())}


def detect_convention(entries: Iterable[str], path) -> Convention:
    """The convention that names of files follow.

    Raises
    ------
    CourseError
        If they follow none, or more than one equally well.
    """
    entries = list(entries)
    counts = {convention: sum(map(convention.matches, entries)) for convention in CONVENTIONS.values()}
    gradescope = CONVENTIONS["gradescope"]
    if counts[gradescope]:  # one file says so for all
        return gradescope
    most = max(counts.values())
    best = [convention for convention, count in counts.items() if count == most]
    if not most:
        raise CourseError(
            f"{path}: no file in it is named as Canvas, Moodle, Blackboard or Gradescope name submissions; "
            "take the archive as it was downloaded"
        )
    if len(best) > 1:
        choice = " or ".join(f"--lms {convention.name}" for convention in best)
        raise CourseError(f"{path}: its files could be named by more than one system; say {choice}")
    return best[0]
