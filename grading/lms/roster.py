"""Which student of the gradebook somebody in the learning management system is."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from nbgrader.api import Gradebook

from .archive import Unusable, is_folder_name
from .conventions import Upload

# How somebody was found, from the surest on. Students can change their name themselves, so it has the last word.
BY_LMS_ID, BY_ID, BY_EMAIL, BY_NAME, UNKNOWN = range(5)


@dataclass(frozen=True)
class Person:
    """Somebody in an archive: the id of a student, how it was found, and who it could be where that is not certain."""

    student: str
    found: int
    could_be: tuple[str, ...] = ()


class Roster:
    """The students of a gradebook, to be found by id, address or name."""

    def __init__(self, gradebook: Gradebook) -> None:
        self.known: list[dict[str, str]] = [{} for _ in range(UNKNOWN)]
        students = gradebook.students
        self.empty = not students
        self.lms_ids: dict[str, str] = {}
        self.names: dict[str, set[str]] = defaultdict(set)
        emails: dict[str, set[str]] = defaultdict(set)
        for student in students:
            first, last = student.first_name or "", student.last_name or ""
            self.known[BY_LMS_ID][plain_id(student.lms_user_id or "")] = student.id
            self.known[BY_ID][plain_id(student.id)] = student.id
            self.lms_ids[student.id] = plain_id(student.lms_user_id or "")
            emails[plain_email(student.email or "")].add(student.id)
            for name in {plain(last + first), plain(first + last)} - {""}:
                self.names[name].add(student.id)
        self.known[BY_EMAIL] = {email: min(ids) for email, ids in emails.items() if len(ids) == 1}

    def find(self, upload: Upload) -> Person:
        """Find the student to whom an upload belongs.

        Raises
        ------
        Unusable
            If the id cannot be the name of a folder.
        """
        lms_id = plain_id(upload.lms_id)
        for found, key in ((BY_LMS_ID, lms_id), (BY_ID, lms_id), (BY_EMAIL, plain_email(upload.email))):
            if key and (student := self.known[found].get(key)):
                return Person(self.safe(student), found)
        # whoever could be two people is nobody, also if that is for want of knowing where a group's name ends
        named = set().union(*(self.names.get(plain(name), ()) for name in (upload.name, *upload.other_names)))
        named = {student for student in named if self.lms_ids[student] in ("", lms_id)} if len(named) == 1 else named
        if len(named) == 1:
            return Person(self.safe(named.pop()), BY_NAME)
        return Person(self.safe(lms_id), UNKNOWN, tuple(sorted(named)))

    @staticmethod
    def safe(student: str) -> str:
        if not is_folder_name(student):
            raise Unusable(f"the student's id {student[:40]!r} cannot be the name of a folder")
        return student


def plain(name: str) -> str:
    """Reduce a name to letters and digits: Canvas writes "doejane" for "Doe, Jane"."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(c for c in folded if c.isalnum())


def plain_email(email: str) -> str:
    """An address as it is compared: without blanks around it, whatever the case."""
    return unicodedata.normalize("NFC", email).strip().casefold()


def plain_id(student: str) -> str:
    """An id as it is compared: without blanks around it, and in one normal form."""
    return unicodedata.normalize("NFC", student).strip()


def conflicting_claims(people: Iterable[tuple[str, Person]]) -> dict[str, str]:
    """Find people in an archive that were matched to the same student, and say why they are refused.

    Parameters
    ----------
    people : iterable of (lms_id, Person)
    """
    claims: dict[str, dict[str, int]] = defaultdict(dict)
    for lms_id, person in people:
        claims[person.student][lms_id] = person.found
    refused = {}
    for student, found in claims.items():
        surest = [lms_id for lms_id in found if found[lms_id] == min(found.values())]
        for lms_id in found:
            if len(surest) > 1:
                others = ", ".join(other for other in found if other != lms_id)
                refused[lms_id] = f"could be the student {student}, and so could {others}"
            elif lms_id not in surest:
                refused[lms_id] = f"not the student {student}, who is {surest[0]}"
    folders: dict[str, str] = {}
    for student, found in claims.items():
        other = folders.setdefault(student.casefold(), student)
        if other != student:
            reason = f"the ids {student} and {other} are one folder where case does not count"
            refused |= {lms_id: reason for lms_id in found}
    return refused
