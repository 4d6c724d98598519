"""The secret that a course's cases are drawn from: made once, and kept beside its gradebook."""

import hmac
import os
import re
import secrets
import tempfile
from pathlib import Path

from ..course.paths import home_of
from ..util.errors import CourseError
from .exam import exam_file, package_of

SECRET_FILE = "gradebook.secret"
FORM = re.compile(r"[0-9a-f]{64}\n?")


def read_secret(root: Path) -> str:
    """Read the secret of a course; empty if it has none.

    Raises
    ------
    CourseError
        If it cannot be read, or if what stands there is no secret.
    """
    path = root / SECRET_FILE
    try:
        text = path.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise CourseError(f"the secret {path}, which cases are drawn from, cannot be read: {error.strerror}") from None
    if not FORM.fullmatch(text):
        raise CourseError(f"{path} holds no secret that cases were ever drawn from: put it back from your backup")
    return text.strip()


def course_secret(root: Path, db_url: str) -> str:
    """Read the secret of a course, or make it if nobody has been graded with one.

    Parameters
    ----------
    root : Path
        The folder of the course.
    db_url : str
        Where its gradebook is.

    Raises
    ------
    CourseError
        If it is missing though there are grades, or if it cannot be read or written.
    """
    if secret := read_secret(root):
        return secret
    if is_graded(root, db_url):
        raise CourseError(
            f"{root / SECRET_FILE} is missing, and submissions are graded already: put it back from the backup of "
            "gradebook.db, and everybody is asked the same again; or run `python -m grading new-secret` and then "
            "`python -m grading autograde --force`, and everybody is graded again with other numbers"
        )
    return make_secret(root)


def is_graded(root: Path, db_url: str) -> bool:
    """Return whether somebody has a grade that an exam has given, or of which that is not known."""
    from nbgrader.api import Gradebook  # here, because it takes half a second, and as a rule nobody asks

    from ..course.grading_record import records_of

    exams = home_of(root) / "exams"
    with Gradebook(db_url) as gradebook:
        for assignment in gradebook.assignments:
            if not (package_of(assignment.name) or exam_file(assignment.name, exams)):
                continue
            records = records_of(gradebook, assignment.name)
            for submission in assignment.submissions:
                record = records.get(submission.student_id)
                if record and not record.exam:  # graded when there were only asserts: no case was drawn
                    continue
                if any(grade.auto_score is not None for notebook in submission.notebooks for grade in notebook.grades):
                    return True
        return False


def make_secret(root: Path) -> str:
    """Make the secret of a course and return it; if another process was faster, return that one's.

    It belongs to the gradebook's group if there is a gradebook, with what that may do; nobody else may read it.

    Raises
    ------
    CourseError
        If it cannot be written.
    """
    path, partial = root / SECRET_FILE, None
    try:
        descriptor, partial = tempfile.mkstemp(prefix=f".{SECRET_FILE}.", suffix=".partial", dir=root)  # mode 0600
        with open(descriptor, "w", encoding="ascii") as file:
            share_as(root / "gradebook.db", descriptor)
            file.write(f"{secrets.token_hex(32)}\n")
            file.flush()
            os.fsync(descriptor)
        os.link(partial, path)  # whole, and in nobody's place
    except FileExistsError:
        pass
    except OSError as error:
        raise CourseError(
            f"the secret {path}, which cases are drawn from, cannot be written: {error.strerror}"
        ) from None
    finally:
        if partial:
            os.unlink(partial)
    return read_secret(root)


def share_as(gradebook: Path, descriptor: int) -> None:
    """Give a new file to the group of the gradebook, with the rights that this group has there."""
    if not gradebook.exists():
        return
    wanted = gradebook.stat()
    if os.fstat(descriptor).st_gid != wanted.st_gid:
        try:
            os.chown(descriptor, -1, wanted.st_gid)
        except PermissionError:  # a group that we do not belong to: it is left to the owner alone
            return
    os.chmod(descriptor, 0o600 | wanted.st_mode & 0o060)


def case_key(secret: str, digest: str) -> str:
    """Return what the cases of one submission are drawn from, besides names; empty without a secret.

    A student who hands in again is asked with other numbers: the page of the first submission may show the old ones.

    Parameters
    ----------
    secret : str
        That of the course.
    digest : str
        That of the submission.
    """
    return hmac.digest(secret.encode(), digest.encode(), "sha256").hex() if secret else ""
