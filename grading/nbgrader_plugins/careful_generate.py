"""Have ``nbgrader generate_assignment`` keep the former release when it cannot make a new one.

nbgrader removes the release first, and then finds out that it can add no cell and take none away, because there is work
in. Its tools have no setting for the class that does this, so `install`, called by ``nbgrader_config.py``, puts another
one in its place.
"""

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from nbgrader import converters
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import NbGraderException

from ..course.changes import differences, how_to_update
from ..course.lesson import notebooks_in
from ..util.errors import CourseError
from ..util.text import in_one_line

PARTIAL = ".releasing"  # in the course's folder: releases that are being made


class GenerateAssignment(converters.GenerateAssignment):
    """Refuses in one line what nbgrader cannot do once there are submissions, and replaces only by what is whole."""

    def convert_notebooks(self) -> None:
        for place in sorted(self.assignments):
            self.refuse_other_cells(Path(place))
        with self.releases_kept():
            super().convert_notebooks()

    def refuse_other_cells(self, source: Path) -> None:
        """Raise NbGraderException if cells or notebooks were added or removed, and there is work in."""
        name, directory = source.name, self.coursedir
        if self.no_database:
            return
        with Gradebook(directory.db_url, directory.course_id) as gradebook:
            try:
                if not gradebook.find_assignment(name).submissions:
                    return
                found = list(differences(gradebook, self.config, name, notebooks_in(source)))
            except (MissingEntry, CourseError):
                return  # it is new, or no notebook: whoever generates it says so
        odd = [said for said, change in found if change is None or change.other_cells]
        if odd:
            message = f"{name} has work in, and other cells than before: {odd[0]}. {how_to_update(name)}"
            self.log.error("Nothing is generated: %s", in_one_line(message))
            raise NbGraderException(message)

    @contextlib.contextmanager
    def releases_kept(self) -> Iterator[None]:
        """Make releases elsewhere, for this block, and put each that is whole in the place of the former one."""
        places = [self._format_dest(Path(each).name, ".") for each in self.assignments]
        if not self.force or self.coursedir.notebook_id != "*" or not any(map(os.path.exists, places)):
            yield
            return
        directory, partial = self.coursedir, Path(self.coursedir.root, PARTIAL)
        shutil.rmtree(partial, ignore_errors=True)  # of a run that was killed
        former, directory.release_directory = directory.release_directory, str(partial)
        try:
            try:
                yield
            finally:
                made = [Path(self._format_dest(Path(each).name, ".")) for each in self.assignments]
                directory.release_directory = former
            self.put_in_place(made)
        except NbGraderException:
            self.put_in_place(made)  # of several assignments the others are whole: nbgrader removes what failed
            raise
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def put_in_place(self, made: list[Path]) -> None:
        """Put releases in the place of the former ones, if there are any."""
        for folder in made:
            if folder.exists():
                release = Path(self._format_dest(folder.name, "."))
                self.log.warning("Replacing existing assignment: %s", release)
                if release.exists():
                    os.replace(release, folder.with_name(f"{folder.name}.former"))
                release.parent.mkdir(parents=True, exist_ok=True)
                os.replace(folder, release)


def install() -> None:
    """Put what is careful in the place of nbgrader's own, where it has been loaded."""
    for name in ("nbgrader.converters", "nbgrader.apps.generateassignmentapp", "nbgrader.apps.api"):
        if module := sys.modules.get(name):
            module.GenerateAssignment = GenerateAssignment
