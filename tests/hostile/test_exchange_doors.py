"""Hostile submissions in nbgrader's exchange: each costs itself, nothing is followed, and no time is its own."""

import os
import pwd
import re
import shutil
import socket
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory

from grading.course import timestamps
from grading.course.course import Course
from grading.course.nbgrader_log import captured_log
from grading.course.reader import read_timestamp
from grading.nbgrader_plugins.exchange import Collect
from grading.nbgrader_plugins.release_feedback import ReleaseFeedback
from grading.util.untrusted_files import Unacceptable, UntrustedFolder
from tests.course07 import ASSIGNMENT

NOTEBOOK = f"{ASSIGNMENT}.ipynb"
SECRET = "SECRET-that-only-the-instructor-may-read"


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("generated"))
    course.run(GenerateAssignment)
    return course


@pytest.fixture(scope="module")
def users(lacks):
    """Users of this machine who are not the instructor."""
    if os.getuid() != 0:
        lacks("only root can act as several users")
    found = [user for user in pwd.getpwall() if user.pw_uid != 0][:3]
    if len(found) < 3:
        lacks("there are no three other users on this machine")
    return [user.pw_name for user in found]


class Exchange:
    """An exchange with submissions of several users, and the course into which they are collected."""

    def __init__(self, root: Path, generated: Course, users: list[str]) -> None:
        self.root, self.users = root, users
        self.inbound = root / "exchange" / "tinytorch-07" / "inbound"
        self.inbound.mkdir(parents=True)
        (root / "exchange").chmod(0o777)
        self.course = Course(root / "course")
        self.course.root.mkdir()
        shutil.copy(generated.root / "gradebook.db", self.course.root)
        self.secret = root / "secret"
        self.secret.write_text(SECRET)

    def hand_in(
        self, student: str, text: str = "notebook", said: datetime | None = None, random="+AbCdEfGhIjK_"
    ) -> Path:
        """What `nbgrader submit` leaves."""
        time = timestamps.as_text(said or timestamps.utc_now())
        folder = self.inbound / f"{student}+{ASSIGNMENT}+{time}{random}"
        folder.mkdir()
        (folder / NOTEBOOK).write_text(text)
        (folder / "timestamp.txt").write_text(time)
        (folder / "submission_secret.txt").write_text(f"secret of {student}")
        return folder

    def give(self, student: str) -> None:
        """Give to a student what has the student's name, and all that is in it, links themselves included."""
        user = pwd.getpwnam(student)
        for top in self.inbound.glob(f"{student}+*"):
            for folder, folders, files in os.walk(top):
                for name in [*folders, *files]:
                    path = os.path.join(folder, name)
                    if os.lstat(path).st_nlink == 1 or not stat.S_ISREG(os.lstat(path).st_mode):
                        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
            os.chown(top, user.pw_uid, user.pw_gid, follow_symlinks=False)

    def collect(self, app: type = Collect, **options) -> list[str]:
        """Collect what there is; what is said."""
        config = self.course.config()
        config.Exchange.root = str(self.root / "exchange")
        directory = CourseDirectory(config=config)
        collect = app(coursedir=directory, config=config, **options)
        with captured_log(collect.log) as log:
            collect.start()
        return log.getvalue().splitlines()

    def collected(self) -> dict[str, str]:
        """The notebooks in ``submitted/``, by student."""
        return {name: self.course.notebook("submitted", name).read_text() for name in self.course.students()}

    def file(self, student: str, name: str) -> Path:
        return self.course.folder("submitted", student) / name

    def time(self, student: str) -> datetime:
        return read_timestamp(self.file(student, "timestamp.txt"))


@pytest.fixture
def exchange(tmp_path, generated, users):
    return Exchange(tmp_path, generated, users)


def bind(path):
    here = os.getcwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def instead(make: Callable[[Path, Exchange], None]):
    """Put something else in the place of the notebook."""

    def changed(folder, exchange):
        (folder / NOTEBOOK).unlink()
        make(folder / NOTEBOOK, exchange)

    return changed


def whole(make: Callable[[Path, Exchange], None]):
    """Put something else in the place of the folder."""

    def changed(folder, exchange):
        shutil.rmtree(folder)
        make(folder, exchange)

    return changed


def another_name(name: str):
    return lambda folder, exchange: folder.rename(exchange.inbound / name.format(student=folder.name.partition("+")[0]))


def of_another(folder, exchange):
    """A link to the folder of the one whose name it has: what it leads to belongs to that student."""
    (theirs,) = exchange.inbound.glob(f"{exchange.users[2]}+*")
    shutil.rmtree(folder)
    folder.symlink_to(theirs)


def many(folder, exchange):
    for number in range(1200):
        (folder / f"{number}").touch()


def large(folder, exchange):
    with open(folder / "data.bin", "wb") as file:
        file.truncate(50 * 2**30)


REFUSED = {
    "notebook-is-a-link-to-the-lesson": (
        instead(lambda path, exchange: path.symlink_to(exchange.course.lesson_path)),
        r"07_optimizers.ipynb \(a link\)",
    ),
    "notebook-is-the-lesson-under-another-name": (
        instead(lambda path, exchange: path.hardlink_to(exchange.secret)),
        r"07_optimizers.ipynb \(it belongs to somebody else\)",
    ),
    "notebook-is-a-link-that-leads-nowhere": (
        instead(lambda path, exchange: path.symlink_to("/nowhere/at/all")),
        r"07_optimizers.ipynb \(a link\)",
    ),
    "notebook-is-a-pipe": (instead(lambda path, exchange: os.mkfifo(path)), r"07_optimizers.ipynb \(a pipe\)"),
    "notebook-is-a-socket": (instead(lambda path, exchange: bind(path)), r"07_optimizers.ipynb \(a socket\)"),
    "notebook-is-a-device": (
        instead(lambda path, exchange: os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))),
        r"07_optimizers.ipynb \(a device\)",
    ),
    "notebook-is-a-sparse-file": (
        lambda folder, exchange: os.truncate(folder / NOTEBOOK, 50 * 2**30),
        "more than 95 MiB in all",
    ),
    "sparse-file-beside-it": (large, "more than 95 MiB in all"),
    "many-files-beside-it": (many, "more than 1000 files and folders"),
    "folder-is-a-link-to-the-lessons": (
        whole(lambda path, exchange: path.symlink_to(exchange.course.lesson_path.parent)),
        "is a link, not a folder",
    ),
    "folder-is-a-link-to-a-fellow-students": (of_another, "is a link, not a folder"),
    "folder-is-a-file": (whole(lambda path, exchange: path.write_text("x")), "is a file, not a folder"),
    "folder-is-a-pipe": (whole(lambda path, exchange: os.mkfifo(path)), "is a pipe, not a folder"),
    "no-time-in-its-name": (another_name("{student}+07_optimizers+"), "not named as `nbgrader submit`"),
    "garbage-in-its-name": (another_name("{student}+07_optimizers+garbage+x"), "there is no time in its name"),
    "a-time-before-all-times": (
        another_name("{student}+07_optimizers+0001-01-01 00:00:00 +0100+x"),
        "there is no time in its name",
    ),
    "a-zone-nobody-knows": (
        another_name("{student}+07_optimizers+2026-11-10 11:30:00 XYZ+x"),
        "none whose zone is known for certain",
    ),
    "a-line-break-in-its-name": (
        another_name("{student}+07_optimizers+2026-11-10 11:30:00 UTC+x\ny"),
        "not named as `nbgrader submit`",
    ),
    "no-utf-8-in-its-name": (
        another_name("{student}+07_optimizers+2026-11-10 11:30:00 UTC+\udcff"),
        "not named as `nbgrader submit`",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_costs_itself_and_is_told_in_one_line(exchange, name):
    make, reason = REFUSED[name]
    before, odd, after = exchange.users
    exchange.hand_in(before), exchange.hand_in(after)
    make(exchange.hand_in(odd), exchange)
    for student in exchange.users:
        exchange.give(student)
    said = exchange.collect()
    assert exchange.collected() == {before: "notebook", after: "notebook"}
    (line,) = (line for line in said if "Not collected: " in line)
    assert f"Not collected: {odd}+" in line and re.search(reason, line), line
    assert line.isprintable() and exchange.secret.stat().st_nlink <= 2


def links(folder, exchange):
    (folder / "file.txt").symlink_to(exchange.secret)
    (folder / "folder").symlink_to(exchange.root)
    (folder / "nowhere").symlink_to("/nowhere")


def hard_link(folder, exchange):
    (folder / "secret").hardlink_to(exchange.secret)


def waits(folder, exchange):
    os.mkfifo(folder / "pipe")
    bind(folder / "socket")


LEFT_OUT = {
    "links-beside-it": (links, "file.txt (a link), folder (a link), nowhere (a link)"),
    "a-file-of-the-instructors-beside-it": (hard_link, "secret (it belongs to somebody else)"),
    "a-pipe-and-a-socket-beside-it": (waits, "pipe (a pipe), socket (a socket)"),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_is_odd_beside_a_notebook_is_left_out(exchange, name):
    make, left_out = LEFT_OUT[name]
    student = exchange.users[0]
    make(exchange.hand_in(student), exchange)
    exchange.give(student)
    said = exchange.collect()
    assert exchange.collected() == {student: "notebook"}
    assert [line for line in said if line.endswith(f"{student}: left out: {left_out}")]
    names = {path.name for path in exchange.course.folder("submitted", student).iterdir()}
    assert names == {NOTEBOOK, "timestamp.txt", "submission_secret.txt"}


def test_a_file_of_the_instructors_is_not_read_where_all_are_one_user(exchange):
    """Then a file's owner says nothing, and a second name elsewhere is what gives it away."""
    folder = exchange.hand_in("somebody")
    (folder / "secret").hardlink_to(exchange.secret)
    said = exchange.collect(check_owner=False)
    assert exchange.collected() == {"somebody": "notebook"} and not exchange.file("somebody", "secret").exists()
    assert any("secret (a hard link: the file has another name elsewhere)" in line for line in said)


@pytest.mark.parametrize("student", ["..", ".", ".hidden", " "])
def test_no_name_leads_out_of_submitted(exchange, student):
    folder = exchange.hand_in(student)
    before = sorted(exchange.course.root.iterdir())
    said = exchange.collect(check_owner=False)
    assert any("no student has such a name" in line for line in said) or student.startswith(".")  # hidden from `*`
    assert sorted(exchange.course.root.iterdir()) in (before, [*before, exchange.course.root / "submitted"])
    assert exchange.collected() == {} and folder.exists()


@pytest.mark.parametrize("where", ["student", "assignment"])
def test_a_link_in_submitted_is_not_written_to(exchange, where):
    student, elsewhere = exchange.users[0], exchange.root / "elsewhere"
    elsewhere.mkdir()
    place = exchange.course.folder("submitted", student)
    place = place if where == "assignment" else place.parent
    place.parent.mkdir(parents=True)
    place.symlink_to(elsewhere)
    for name in exchange.users[:2]:
        exchange.hand_in(name)
        exchange.give(name)
    said = exchange.collect(update=True)
    assert list(elsewhere.iterdir()) == [] and place.is_symlink()
    assert exchange.file(exchange.users[1], NOTEBOOK).exists()
    assert any("Not collected: " in line and "is there, and is no folder" in line for line in said)


def test_a_refused_newer_one_does_not_hide_the_one_before(exchange):
    student, now = exchange.users[0], timestamps.utc_now()
    exchange.hand_in(student, "sound", now - timedelta(seconds=60))
    folder = exchange.hand_in(student, "odd", now)
    (folder / NOTEBOOK).unlink()
    os.mkfifo(folder / NOTEBOOK)
    exchange.give(student)
    exchange.collect()
    assert exchange.collected() == {student: "sound"}


def near(time, other):
    return abs(time - other) < timedelta(seconds=60)


def test_a_time_of_1999_in_its_name_does_not_count(exchange):
    student, now = exchange.users[0], timestamps.utc_now()
    exchange.hand_in(student, said=datetime(1999, 1, 1))
    exchange.give(student)
    said = exchange.collect()
    assert near(exchange.time(student), now)
    assert any(
        "says it was handed in on 1999-01-01 00:00:00.000000 UTC, and was last changed on" in line for line in said
    )


def test_a_timestamp_of_1999_beside_the_notebook_does_not_count(exchange):
    student, now = exchange.users[0], timestamps.utc_now()
    (exchange.hand_in(student) / "timestamp.txt").write_text("1999-01-01 00:00:00 UTC")
    exchange.give(student)
    said = exchange.collect()
    assert near(exchange.time(student), now)
    assert any("timestamp.txt says 1999-01-01 00:00:00.000000 UTC, its folder's name says" in line for line in said)


def test_a_notebook_changed_after_the_time_in_its_name_was_handed_in_when_it_was_changed(exchange):
    student, now = exchange.users[0], timestamps.utc_now()
    folder = exchange.hand_in(student, said=now - timedelta(hours=3))
    os.utime(folder / NOTEBOOK, (1, 1))  # its owner may set this time, and not the other
    exchange.give(student)
    exchange.collect()
    assert near(exchange.time(student), now)


def test_a_time_to_come_does_not_count(exchange):
    student, now = exchange.users[0], timestamps.utc_now()
    exchange.hand_in(student, said=now + timedelta(days=300))
    exchange.give(student)
    exchange.collect()
    assert near(exchange.time(student), now)


def test_an_honest_time_is_kept_to_the_microsecond_in_whatever_zone_it_is(exchange):
    student, now = exchange.users[0], datetime.now(UTC).replace(microsecond=123456)
    folder = exchange.hand_in(student)
    for form in ("%Y-%m-%d %H:%M:%S.%f %Z", "%Y-%m-%d %H:%M:%S.%f %z"):
        zone = now.astimezone().tzinfo
        (folder / "timestamp.txt").write_text(now.astimezone(zone).strftime(form))
        folder = folder.rename(
            exchange.inbound / f"{student}+{ASSIGNMENT}+{now.astimezone(zone).strftime(form)}+random"
        )
        exchange.give(student)
        said = exchange.collect()
        assert exchange.time(student) == now.replace(tzinfo=None)
        assert not [line for line in said if "says" in line]
        shutil.rmtree(exchange.course.root / "submitted")


def test_times_in_names_count_where_the_exchange_has_been_moved(exchange):
    student = exchange.users[0]
    exchange.hand_in(student, said=datetime(2026, 1, 2, 3, 4, 5))
    exchange.give(student)
    exchange.collect(check_change_times=False)
    assert exchange.time(student) == datetime(2026, 1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: os.mkfifo(path), "timestamp.txt is a pipe, not a file"),
        (lambda path: path.symlink_to("/etc/passwd"), "timestamp.txt is a link, not a file"),
        (lambda path: path.write_bytes(b"x" * 2**20), "timestamp.txt is larger than 200 bytes"),
        (lambda path: path.write_bytes(b"\xff"), "holds no time"),
    ],
)
def test_a_timestamp_that_is_none_costs_nothing(exchange, make, reason):
    student, now = exchange.users[0], timestamps.utc_now()
    folder = exchange.hand_in(student)
    (folder / "timestamp.txt").unlink()
    make(folder / "timestamp.txt")
    exchange.give(student)
    said = exchange.collect()
    assert near(exchange.time(student), now) and exchange.collected() == {student: "notebook"}
    assert any(reason in line for line in said)


def test_what_has_other_rights_by_now_is_not_handed_in_again(exchange, monkeypatch):
    """As after a backup or a `chmod -R` by the instructor: all is newer than it was, and nothing has changed."""
    monkeypatch.setattr(timestamps, "SKEW", timedelta(0))
    student = exchange.users[0]
    folder = exchange.hand_in(student)
    exchange.give(student)
    exchange.collect()
    first = exchange.time(student)
    (folder / NOTEBOOK).chmod(0o600)
    exchange.collect(update=True)
    assert exchange.time(student) == first
    (folder / NOTEBOOK).write_text("something else")
    exchange.collect(update=True)
    assert exchange.time(student) > first and exchange.collected() == {student: "something else"}


def test_an_older_one_stays_where_a_newer_one_cannot_be_read(exchange, monkeypatch):
    student = exchange.users[0]
    exchange.hand_in(student, "first", timestamps.utc_now() - timedelta(seconds=90))
    exchange.give(student)
    exchange.collect()
    exchange.hand_in(student, "second")
    exchange.give(student)

    def copy_half(self, contents, target):
        (target / "half").write_text("x")
        raise Unacceptable("data.csv cannot be read (Permission denied)")

    with monkeypatch.context() as patch:
        patch.setattr(UntrustedFolder, "copy_all", copy_half)
        said = exchange.collect(update=True)
    assert exchange.collected() == {student: "first"} and not exchange.file(student, "half").exists()
    assert any("Not collected" in line and "data.csv cannot be read" in line for line in said)
    exchange.collect(update=True)
    assert exchange.collected() == {student: "second"}


def test_nothing_is_left_of_a_run_that_was_killed_or_ended(exchange):
    submitted = exchange.course.root / "submitted"
    (submitted / ".collecting-killed" / "0" / "new").mkdir(parents=True)
    exchange.hand_in(exchange.users[0])
    exchange.give(exchange.users[0])
    exchange.collect()
    assert [path.name for path in submitted.iterdir()] == [exchange.users[0]]


def test_feedback_is_released_also_where_one_student_has_removed_the_secret(exchange):
    course = exchange.course
    for student, secret in (("a", b"a's"), ("b", None), ("c", b"\xff\xfe"), ("d", b"d's"), ("e", None)):
        course.page(student).parent.mkdir(parents=True)
        course.page(student).write_text(student)
        (course.page(student).parent / "timestamp.txt").write_text("2026-11-10 11:30:00 UTC")
        if secret:
            (course.page(student).parent / "submission_secret.txt").write_bytes(secret)
    said = exchange.collect(ReleaseFeedback)
    released = (exchange.inbound.parent / "feedback").iterdir()
    assert sorted(path.read_text() for path in released) == ["a", "d"]
    assert [line.partition(": ")[0] for line in said if "No feedback" in line] == [
        "No feedback released for c",
        "No feedback released for b, e",
    ]
    assert not any("FileNotFoundError" in line for line in said)
