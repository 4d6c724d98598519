import shutil
import zipfile

import pytest
from nbgrader.converters import GenerateAssignment

from grading.course.course import Course


@pytest.fixture(scope="session")
def generated(tmp_path_factory):
    """A course in which the assignment has been generated, and nobody has handed anything in."""
    course = Course(tmp_path_factory.mktemp("generated"))
    course.run(GenerateAssignment)
    return course


@pytest.fixture
def course(generated, tmp_path):
    """A course of one's own, below a folder of one's own in which nothing else is."""
    root = tmp_path / "home" / "course"
    root.mkdir(parents=True)
    shutil.copy(generated.root / "gradebook.db", root)
    return Course(root)


@pytest.fixture
def pack(tmp_path):
    """Make a zip file of names and contents."""

    def pack(files, name="submissions.zip"):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry, content in files.items():
                archive.writestr(entry, content)
        return path

    return pack
