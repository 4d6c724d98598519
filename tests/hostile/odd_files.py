"""Submissions that are odd as files, as they may lie in ``submitted/``: links, pipes, devices, names, sizes, rights.

Each is made by a function of the folder that it is put in, of what it is to steal, and of a sound notebook.
"""

import os
import re
import shutil
import socket
import stat
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from attack import FILES

from tests.course07 import ASSIGNMENT

SECRET = "SECRET-that-only-the-instructor-may-read"
PAGE = f"{ASSIGNMENT}.html"
LESSON_FILES = {"data/digits.csv": "given", "given.csv": "given"}  # what stands beside the lesson


@dataclass(frozen=True)
class Target:
    """What an odd submission can lead to.

    Attributes
    ----------
    lesson : Path
        The instructor's notebook, with its solutions.
    secret : Path
        A file that holds `SECRET`.
    notebook : bytes
        A sound one, which earns all points.
    """

    lesson: Path
    secret: Path
    notebook: bytes


@dataclass(frozen=True)
class OddFiles:
    """A submission that is odd as files.

    Attributes
    ----------
    make : callable
        Makes it in a folder that does not exist yet, ``submitted/STUDENT/ASSIGNMENT``.
    problem : str
        Why it is not graded, as a regular expression; empty if it is.
    left_out : str
        What is said to be left out, as a regular expression.
    """

    make: Callable[[Path, Target], None]
    problem: str = ""
    left_out: str = ""


ODD: dict[str, OddFiles] = {}


def odd(problem: str = "", left_out: str = "", whole: bool = False):
    """Decorator: registers what makes a submission; beside a sound notebook, or the whole folder."""

    def register(make):
        def beside(folder, target):
            folder.mkdir(parents=True)
            (folder / FILES).write_bytes(target.notebook)
            make(folder, target)

        ODD[make.__name__.replace("_", "-")] = OddFiles(make if whole else beside, problem, left_out)
        return make

    return register


def empty(path: Path) -> Path:
    """Take the notebook away, for something else to stand there."""
    path.unlink()
    return path


@odd("07_optimizers.ipynb is a link, not a file")
def notebook_is_a_link_to_the_lesson(folder, target):
    empty(folder / FILES).symlink_to(target.lesson)


@odd("07_optimizers.ipynb is a hard link")
def notebook_is_the_lesson_under_another_name(folder, target):
    empty(folder / FILES).hardlink_to(target.lesson)


@odd("07_optimizers.ipynb is a link, not a file")
def notebook_is_a_link_that_leads_nowhere(folder, target):
    empty(folder / FILES).symlink_to("/nowhere/at/all")


@odd("07_optimizers.ipynb is a link, not a file")
def notebook_is_a_link_in_a_circle(folder, target):
    empty(folder / FILES).symlink_to(FILES)


@odd("07_optimizers.ipynb is a pipe, not a file")
def notebook_is_a_pipe(folder, target):
    os.mkfifo(empty(folder / FILES))


@odd("07_optimizers.ipynb is a socket, not a file")
def notebook_is_a_socket(folder, target):
    bind(empty(folder / FILES))


@odd("07_optimizers.ipynb is a device, not a file")
def notebook_is_a_device(folder, target):
    os.mknod(empty(folder / FILES), stat.S_IFCHR | 0o666, os.makedev(1, 5))  # /dev/zero


@odd("07_optimizers.ipynb is a folder, not a file")
def notebook_is_a_folder(folder, target):
    empty(folder / FILES).mkdir()
    (folder / FILES / "x").write_text("x")


@odd("larger than 50 MiB; clear its outputs")
def notebook_is_a_sparse_file(folder, target):
    os.truncate(folder / FILES, 50 * 2**30)


@odd("07_optimizers is a link, not a folder", whole=True)
def assignment_is_a_link_to_the_lessons_folder(folder, target):
    folder.parent.mkdir()
    folder.symlink_to(target.lesson.parent)


@odd("07_optimizers is a file, not a folder", whole=True)
def assignment_is_a_file(folder, target):
    folder.parent.mkdir()
    folder.write_text("x")


@odd("student_is_a_link_out_of_the_course is a link, not a folder".replace("_", "-"), whole=True)
def student_is_a_link_out_of_the_course(folder, target):
    elsewhere = target.secret.parent / "elsewhere"
    (elsewhere / ASSIGNMENT).mkdir(parents=True)
    shutil.copy(target.lesson, elsewhere / ASSIGNMENT)
    folder.parent.symlink_to(elsewhere)


@odd("student-is-a-link-to-another is a link, not a folder", whole=True)
def student_is_a_link_to_another(folder, target):
    folder.parent.symlink_to("a-innocent")


@odd("student-is-a-link-that-leads-nowhere is a link, not a folder", whole=True)
def student_is_a_link_that_leads_nowhere(folder, target):
    folder.parent.symlink_to("/nowhere/at/all")


@odd("student-is-a-pipe is a pipe, not a folder", whole=True)
def student_is_a_pipe(folder, target):
    os.mkfifo(folder.parent)


@odd("the files beside the notebook are too much: more than 64 MiB in all")
def sparse_file_beside_it(folder, target):
    with open(folder / "data.bin", "wb") as file:
        file.truncate(50 * 2**30)


@odd("the files beside the notebook are too much: more than 1000 files and folders")
def many_files_beside_it(folder, target):
    for number in range(1200):
        (folder / f"{number}").touch()


@odd("timestamp.txt is larger than 200 bytes")
def timestamp_of_60_megabytes(folder, target):
    with open(folder / "timestamp.txt", "wb") as file:
        file.truncate(60 * 2**20)


@odd("timestamp.txt is a pipe, not a file")
def timestamp_is_a_pipe(folder, target):
    os.mkfifo(folder / "timestamp.txt")


@odd("timestamp.txt is a link, not a file")
def timestamp_is_a_link(folder, target):
    (folder / "timestamp.txt").symlink_to(target.secret)


@odd("timestamp.txt is a folder, not a file")
def timestamp_is_a_folder(folder, target):
    (folder / "timestamp.txt").mkdir()


@odd("the name of the student's folder is not plain text", whole=True)
def student_with_a_line_break(folder, target):
    sound(folder.parent.with_name("student\nwith-a-line-break") / ASSIGNMENT, target)


@odd("the name of the student's folder is not plain text", whole=True)
def student_whose_name_is_no_utf_8(folder, target):
    sound(folder.parent.with_name("student-\udcff\udcfe") / ASSIGNMENT, target)


@odd(left_out=re.escape("file.txt (a link), folder (a link), in-folder/secret (a link), and 2 more"))
def links_beside_it(folder, target):
    (folder / "file.txt").symlink_to(target.secret)
    (folder / "folder").symlink_to(target.secret.parent)
    (folder / "in-folder").mkdir()
    (folder / "in-folder" / "secret").symlink_to(target.secret)
    (folder / "nowhere").symlink_to("/nowhere/at/all")
    (folder / "tests.py").symlink_to(target.lesson)


@odd(left_out=re.escape("secret (a hard link: the file has another name elsewhere)"))
def hard_link_beside_it(folder, target):
    (folder / "secret").hardlink_to(target.secret)


@odd(left_out=re.escape("pipe (a pipe), socket (a socket)"))
def pipe_and_socket_beside_it(folder, target):
    os.mkfifo(folder / "pipe")
    bind(folder / "socket")


@odd()
def a_folder_called_as_its_page(folder, target):
    (folder / PAGE).mkdir()
    (folder / PAGE / "index.html").write_text("x")


@odd()
def a_file_called_as_its_page(folder, target):
    (folder / PAGE).write_text("forged by the student")


@odd()
def a_file_where_the_lesson_has_a_folder_and_a_folder_where_it_has_a_file(folder, target):
    (folder / "data").write_text("x")
    (folder / "given.csv").mkdir()
    (folder / "given.csv" / "x").write_text("x")


@odd(left_out="more than 20 folders deep")
def deep_folders_beside_it(folder, target):
    here = os.getcwd()
    os.chdir(folder)
    try:
        for _ in range(1500):
            os.mkdir("d")
            os.chdir("d")
    finally:
        os.chdir(here)


@odd(left_out="its path has more than 1000 bytes")
def a_path_too_long_for_autograded(folder, target):
    """As long as a path in submitted/ may be: in autograded/, it would be too long."""
    here = os.getcwd()
    left = 4095 - len(os.fsencode(folder)) - len("/file")
    os.chdir(folder)
    try:
        while left > 0:
            name = "n" * min(200, left - 1)
            os.mkdir(name)
            os.chdir(name)
            left -= len(name) + 1
        Path("file").write_text("x")
    finally:
        os.chdir(here)


@odd(left_out=r"two\ufffdlines \(its name is not plain text\).*\ufffd")
def odd_names_beside_it(folder, target):
    accents = [unicodedata.normalize(form, "\u00e9.csv") for form in ("NFC", "NFD")]
    shells = ["-rf", "%s %n", "$(touch owned)", "CON", "a\\b", "=1+2"]
    for name in ["two\nlines", "\udcff\udcfe", "n" * 255, "Data", "DATA", *accents, *shells]:
        (folder / name).write_text("x")


def sound(folder: Path, target: Target) -> None:
    """A submission with nothing odd in it."""
    folder.mkdir(parents=True)
    (folder / FILES).write_bytes(target.notebook)


def bind(path: Path) -> None:
    """Make a socket; its name must be short, so from the folder it is in."""
    here = os.getcwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)
