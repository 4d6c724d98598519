"""Write the folders of nbgrader's steps, each whole or not at all."""

import errno
import os
import shutil

from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from ..course.course import Course
from ..util.errors import CourseError

# What a name can do to a file system; anything else, such as a full disk, stops the grading.
NAME_ERRORS = {
    errno.ENAMETOOLONG,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
    errno.ENOTEMPTY,
    errno.EINVAL,
    errno.EILSEQ,
    errno.ELOOP,
}


class NotWritten(Exception):
    """The files of one student cannot be written, while those of others can."""


class StepFolders:
    """The folders ``autograded/`` and ``feedback/`` of a course.

    Parameters
    ----------
    course : Course
    directory : CourseDirectory
    config : traitlets.config.Config
        nbgrader's settings, which say what rights their files have.
    """

    def __init__(self, course: Course, directory: CourseDirectory, config: Config) -> None:
        self.course = course
        self.modes = {
            "autograded": int(str(Autograde(coursedir=directory, config=config).permissions), 8),
            "feedback": int(str(GenerateFeedback(coursedir=directory, config=config).permissions), 8),
        }

    def remove_partial(self) -> None:
        """Remove what a run that was killed has left."""
        shutil.rmtree(self.course.root / ".partial", ignore_errors=True)

    def write(self, step: str, student: str, files: dict[str, bytes]) -> None:
        """Write the folder of a student. It appears whole or not at all.

        Raises
        ------
        NotWritten
            If that is for the names of the files.
        CourseError
            If nothing can be written.
        """
        partial, done = self.course.folder(".partial", student), self.course.folder(step, student)
        shutil.rmtree(partial.parent, ignore_errors=True)
        try:
            for name, data in files.items():
                path = partial / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                path.chmod(self.modes[step])
            shutil.rmtree(done, ignore_errors=True)
            done.parent.mkdir(parents=True, exist_ok=True)
            os.replace(partial, done)
        except OSError as error:
            reason = f"{type(error).__name__}: {error}"
            if error.errno in NAME_ERRORS:
                raise NotWritten(reason) from error
            raise CourseError(f"grading stopped at {student}, mend it and run again: {reason}") from error
        finally:
            shutil.rmtree(partial.parent, ignore_errors=True)
