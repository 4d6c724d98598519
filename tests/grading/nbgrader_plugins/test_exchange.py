"""nbgrader's exchange on a machine that students and the instructor share, each as a Unix user of their own."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbgrader.apps.nbgraderapp import NbGraderApp

from grading.course.course import Course
from grading.course.paths import DEFAULT_COURSE
from nbs_export import REPOSITORY
from tests import forked
from tests.course07 import ASSIGNMENT, cell_of, fill_in
from tests.nbs_export.lesson_secrets import KINDS, secret_lines


def nbgrader(folder, *arguments, user=None):
    """Run one of nbgrader's commands in a folder, as a user of this machine; what it says.

    A fork of this process does it, which has loaded nbgrader already: that takes seconds, and another user may not be
    allowed to read it where it lies.
    """
    with tempfile.TemporaryFile("w+") as said:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                for number in (1, 2):
                    os.dup2(said.fileno(), number)
                sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
                os.chdir(folder)
                if user:
                    os.setgroups([])
                    os.setresgid(user.gid, user.gid, user.gid)
                    os.setresuid(user.uid, user.uid, user.uid)
                    os.environ["HOME"] = str(user.home)
                os.umask(0o022)
                NbGraderApp.clear_instance()
                NbGraderApp.launch_instance(list(arguments))
                status = 0
            except SystemExit as end:
                status = end.code or 0
            except BaseException:
                traceback.print_exc()
            finally:
                for stream in (sys.stdout, sys.stderr):
                    stream.flush()
                os._exit(status)
        _, status = os.waitpid(child, 0)
        said.seek(0)
        text = said.read()
    assert status == 0, text
    return text


@dataclass(frozen=True)
class Student:
    name: str
    uid: int
    gid: int
    home: Path

    def nbgrader(self, *arguments):
        return nbgrader(self.home, *arguments, user=self)

    def does(self, *command):
        """Run one of the system's programs as the student."""
        identity = {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.run(command, cwd=self.home, capture_output=True, text=True, **identity)

    @property
    def notebook(self):
        return self.home / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"


@pytest.fixture(scope="module")
def shared():
    """A place where all users may look, which pytest's own is not: the exchange and the students' homes."""
    with tempfile.TemporaryDirectory(prefix="exchange-") as folder:
        Path(folder).chmod(0o755)
        exchange = Path(folder) / "exchange"
        exchange.mkdir()
        exchange.chmod(0o777)
        yield Path(folder)


@pytest.fixture(scope="module")
def students(shared, lacks):
    """Two users of this machine that are not the instructor."""
    if os.getuid() != 0:
        lacks("only root can act as several users")
    others = [user for user in pwd.getpwall() if user.pw_uid != 0][:2]
    if len(others) < 2:
        lacks("there are no two other users on this machine")
    made = []
    for user in others:
        home = shared / user.pw_name
        home.mkdir(mode=0o700)
        settings = f"c = get_config()\nc.Exchange.root = {str(shared / 'exchange')!r}\n"
        (home / "nbgrader_config.py").write_text(settings + 'c.CourseDirectory.course_id = "tinytorch-07"\n')
        os.chown(home, user.pw_uid, user.pw_gid)
        made.append(Student(user.pw_name, user.pw_uid, user.pw_gid, home))
    try:
        made[0].does("true")
    except OSError as error:
        lacks(f"root cannot act as another user here: {error}")
    return made


class Instructor:
    """Whoever runs the tests, in a course folder like grading/."""

    def __init__(self, root, exchange):
        self.course = Course(root)
        root.chmod(0o700)  # as docs/instructor.md says, because the solutions and the gradebook lie in it
        (root / "source").symlink_to(DEFAULT_COURSE / "source")
        settings = (DEFAULT_COURSE / "nbgrader_config.py").read_text()
        (root / "nbgrader_config.py").write_text(f"{settings}\nc.Exchange.root = {str(exchange)!r}\n")

    def nbgrader(self, *arguments):
        return nbgrader(self.course.root, *arguments)

    def autograde(self):
        """In a process of its own, because the confined ones are its children."""
        done = forked.run("nbgrader", "autograde", ASSIGNMENT, cwd=self.course.root)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def instructor(tmp_path_factory, shared):
    return Instructor(tmp_path_factory.mktemp("course"), shared / "exchange")


@pytest.fixture(scope="module")
def fetched(instructor, students):
    """The assignment, released by the instructor and fetched by each student."""
    instructor.nbgrader("generate_assignment", ASSIGNMENT)
    instructor.nbgrader("release_assignment", ASSIGNMENT)
    for student in students:
        assert f"tinytorch-07 {ASSIGNMENT}" in student.nbgrader("list")
        student.nbgrader("fetch_assignment", ASSIGNMENT)
    return students


@pytest.fixture(scope="module")
def submitted(fetched):
    """Both have handed in: the first everything, the second without AdamW."""
    for number, student in enumerate(fetched):
        released = nbformat.read(student.notebook, as_version=4)
        nb = fill_in(released)
        cell_of(nb, "q1-answer").source = f"An answer that only {student.name} could have written."
        if number:
            cell_of(nb, "adamw").source = cell_of(released, "adamw").source
        student.notebook.write_text(nbformat.writes(nb))
        student.nbgrader("submit", ASSIGNMENT)
        assert f"tinytorch-07 {student.name} {ASSIGNMENT}" in student.nbgrader("list", "--cached")
    return fetched


@pytest.fixture(scope="module")
def returned(instructor, submitted):
    """Collected, graded, and fetched back by the students: each one's page of feedback."""
    instructor.nbgrader("collect", ASSIGNMENT)
    instructor.autograde()
    instructor.nbgrader("generate_feedback", ASSIGNMENT)
    instructor.nbgrader("release_feedback", ASSIGNMENT)
    pages = {}
    for student in submitted:
        student.nbgrader("fetch_feedback", ASSIGNMENT)
        (pages[student.name],) = student.home.glob(f"{ASSIGNMENT}/feedback/*/{ASSIGNMENT}.html")
    return {name: page.read_text() for name, page in pages.items()}


def test_what_a_student_fetches_holds_no_solution_and_no_hidden_test(fetched):
    secrets = secret_lines(*KINDS)
    assert len(secrets) > 40
    for path in fetched[0].home.rglob(f"{ASSIGNMENT}/**/*"):
        if path.is_file() and path.suffix != ".npz":
            text = path.read_text().replace('\\"', '"')
            assert "BEGIN SOLUTION" not in text and "HIDDEN TEST" not in text and "examine(" not in text, path
            assert not [line for line in secrets if line in text], path
    assert fetched[0].notebook.stat().st_uid == fetched[0].uid


def test_everybody_gets_their_own_grade_and_their_own_feedback(instructor, submitted, returned):
    with instructor.course.gradebook() as gradebook:
        scores = {each.student.id: each.score for each in gradebook.assignment_submissions(ASSIGNMENT)}
    first, second = (student.name for student in submitted)
    assert scores[first] == 90.0 > scores[second] > 50.0
    for name in (first, second):
        assert f"<strong>{scores[name]:g}</strong> of 100 points" in returned[name]
    for own, other in ((first, second), (second, first)):
        assert f"only {own} could have written" in returned[own] and f"only {other} could" not in returned[own]


def test_submissions_were_graded_confined(instructor, submitted, returned):
    for student in submitted:
        nb = nbformat.read(instructor.course.notebook("autograded", student.name), as_version=4)
        assert nb.metadata["usage"]["memory"] > 0


def test_a_student_finds_neither_submissions_nor_feedback_of_others(shared, submitted, returned):
    inbound, feedback = (shared / "exchange" / "tinytorch-07" / name for name in ("inbound", "feedback"))
    assert len(list(inbound.iterdir())) == len(list(feedback.iterdir())) == 2, "they are there"
    for student in submitted:
        for folder in (inbound, feedback):
            assert "Permission denied" in student.does("ls", folder).stderr
        assert student.does("touch", feedback / "mine.html").returncode != 0
        assert student.does("touch", shared / "exchange" / "tinytorch-07" / "outbound" / "mine").returncode != 0


def test_what_only_its_name_protects(shared, submitted):
    """nbgrader hides submissions behind names that cannot be guessed: nine random bytes. Who knows one can read it."""
    for folder in (shared / "exchange" / "tinytorch-07" / "inbound").iterdir():
        student, assignment, _, random = folder.name.split("+")
        assert student in {each.name for each in submitted} and assignment == ASSIGNMENT and len(random) == 12
    other = next(each for each in submitted if not folder.name.startswith(each.name))
    assert other.does("cat", folder / f"{ASSIGNMENT}.ipynb").returncode == 0


def test_a_student_cannot_look_into_the_course(instructor, returned, submitted):
    for name in ("gradebook.db", f"source/{ASSIGNMENT}/{ASSIGNMENT}.ipynb", "submitted", "autograded", "feedback"):
        assert (instructor.course.root / name).exists()
        assert "Permission denied" in submitted[0].does("ls", "-d", instructor.course.root / name).stderr


def test_nobody_hands_in_under_another_name(instructor, submitted, returned):
    first, second = submitted
    shutil.copy(REPOSITORY / "LICENSE", second.home / ASSIGNMENT / "forged.txt")
    second.nbgrader("submit", ASSIGNMENT, f"--student={first.name}")
    said = instructor.nbgrader("collect", ASSIGNMENT, "--update")
    assert f"says it is by {first.name}, and is by {second.name}" in said
    assert not (instructor.course.folder("submitted", first.name) / "forged.txt").exists()
