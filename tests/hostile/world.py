"""Everything around an attack that it might harm, with traps in it: files, secrets, listeners, processes, grades."""

import contextlib
import os
import secrets
import socket
import stat
import threading
from pathlib import Path

from grading.course.course import Course
from grading.course.paths import DEFAULT_COURSE
from grading.examiner.secret import SECRET_FILE, course_secret
from tests.course07 import ASSIGNMENT

REPOSITORY = DEFAULT_COURSE.parent
WATCHED = [REPOSITORY / name for name in ("grading", "tinytorch", "modules", "nbs_export")]
PASSING = {"__pycache__", ".ipynb_checkpoints", ".partial", "autograded", "feedback", "gradebook.db"}


def secret(of: str) -> str:
    return f"SECRET-{secrets.token_hex(8)}-{of}"


class World:
    """A course with secrets and listeners, in a folder of its own.

    Parameters
    ----------
    root : Path
        An empty folder.
    """

    def __init__(self, root: Path) -> None:
        self.root, self.home, self.temporary = root, root / "home", root / "tmp"
        self.course_root = root / "course"
        for folder in (self.home, self.temporary, self.course_root):
            folder.mkdir()
        self.secrets = {name: secret(name) for name in ("environment", "home", "temporary", "gradebook", "submission")}
        (self.home / "id_of_the_instructor").write_text(self.secrets["home"])
        (self.temporary / "notes").write_text(self.secrets["temporary"])
        self.listeners = Listeners(root)

    def plant(self, course: Course, innocent: str) -> None:
        """Put secrets into the gradebook and into somebody's submission."""
        with course.gradebook() as gradebook:
            gradebook.update_or_create_student("a-name", email=self.secrets["gradebook"])
        self.secrets["course"] = course_secret(course.root, course.db_url)
        notebook = course.notebook("submitted", innocent)
        (notebook.parent / "private.txt").write_text(self.secrets["submission"])

    def known(self, innocent: str, confined: bool = True) -> dict:
        """What an attack is told: where everything is, and nothing that is in there."""
        victim = self.course_root / "submitted" / innocent / ASSIGNMENT
        return {
            "confined": confined,
            "grader": os.getpid(),
            "repository": str(REPOSITORY),
            "course": str(self.course_root),
            "home": str(self.home),
            "temporary": str(self.temporary),
            "gradebook": str(self.course_root / "gradebook.db"),
            "secret": str(self.course_root / SECRET_FILE),
            "secret_files": [
                str(self.course_root / SECRET_FILE),
                str(self.home / "id_of_the_instructor"),
                str(self.temporary / "notes"),
                str(self.course_root / "gradebook.db"),
                str(victim / "private.txt"),
                str(REPOSITORY / "modules" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"),
            ],
            "victims": [str(self.home / "id_of_the_instructor"), str(victim / f"{ASSIGNMENT}.ipynb")],
            "harmful_when_allowed": [] if confined else ["vhangup"],
            **self.listeners.addresses,
        }

    def stolen(self, text: str) -> list[str]:
        """What of a text is secret: the planted ones, and lines of the solution and of the oracle."""
        inside = {"the solution": "m_hat = self.m_buffers[i]", "the oracle": "Follows one optimizer through a case"}
        return [name for name, value in {**self.secrets, **inside}.items() if value in text]

    def snapshot(self) -> dict[str, tuple]:
        """Every file and folder that must stay as it is, and what the kernel knows of it."""
        found = {}
        roots = [*WATCHED, self.home, self.temporary, self.course_root]
        for root in roots:
            for folder, folders, files in os.walk(root):
                own = [name for name in folders if name.startswith("grading-sandbox-")]
                folders[:] = [name for name in folders if name not in PASSING and name not in own]
                # what nbgrader itself writes beside these is looked at in other ways
                entries = [
                    name for name in [*folders, *files] if not name.startswith(("gradebook.db", ".grading.lock"))
                ]
                for path in [os.path.join(folder, name) for name in entries]:
                    info = os.lstat(path)
                    times = () if stat.S_ISDIR(info.st_mode) else (info.st_mtime_ns, info.st_ctime_ns, info.st_size)
                    found[path] = (info.st_mode, info.st_uid, info.st_gid, info.st_nlink, info.st_ino, *times)
        return found


class Listeners:
    """Waits on loopback, by TCP, UDP and Unix sockets, for connections that nobody may make."""

    def __init__(self, folder: Path) -> None:
        self.sockets: dict[str, socket.socket] = {}
        inet, unix = socket.AF_INET, socket.AF_UNIX
        abstract = f"hostile-{secrets.token_hex(4)}"
        for name, family, kind, address in (
            ("tcp", inet, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            ("udp", inet, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            ("unix", unix, socket.SOCK_STREAM, str(folder / "s")),
            ("unix_datagram", unix, socket.SOCK_DGRAM, str(folder / "d")),
            ("abstract", unix, socket.SOCK_STREAM, f"\0{abstract}"),
        ):
            listener = self.sockets[name] = socket.socket(family, kind)
            listener.bind(address)
            listener.setblocking(False)
            if kind == socket.SOCK_STREAM:
                listener.listen(16)
        self.addresses = {
            "tcp": self.sockets["tcp"].getsockname()[1],
            "udp": self.sockets["udp"].getsockname()[1],
            "unix": str(folder / "s"),
            "unix_datagram": str(folder / "d"),
            "abstract": abstract,
        }

    def heard(self) -> list[str]:
        """The names of the listeners that somebody has reached since this was last asked."""
        names = []
        for name, listener in self.sockets.items():
            with contextlib.suppress(BlockingIOError):
                while True:
                    if listener.type == socket.SOCK_STREAM:
                        listener.accept()[0].close()
                    else:
                        listener.recv(1000)
                    names.append(name)
        return names

    def close(self) -> None:
        for listener in self.sockets.values():
            listener.close()


def processes_of(folder: Path) -> set[int]:
    """Processes whose environment, which forks keep, names a folder, as that of a world's template names its home."""
    marker, found = os.fsencode(folder), set()
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                if marker in Path("/proc", entry, "environ").read_bytes():
                    found.add(int(entry))
    return found


class Alarm:
    """Notices what changes between two looks.

    Parameters
    ----------
    world : World
    left_over : callable
        The processes that should not be there, as a set, and the folder that submissions write in.
    grades : callable
        The scores by student.
    """

    def __init__(self, world: World, left_over, grades) -> None:
        self.world, self.left_over, self.grades = world, left_over, grades
        self.files, self.scores, self.threads = world.snapshot(), grades(), threading.active_count()
        self.left: set[Path] = set()

    def look(self, grading: str) -> list[str]:
        """What harm was done since the last look, in words; the score of `grading` may have changed."""
        harm = []
        files, scores = self.world.snapshot(), self.grades()
        for path in files.keys() | self.files.keys():
            if files.get(path) != self.files.get(path):
                harm.append(f"changed: {path}: {self.files.get(path)} -> {files.get(path)}")
        moved = {name for name, score in self.scores.items() if name != grading and scores.get(name) != score}
        harm += [f"the grade of {name} moved" for name in sorted(moved)]
        harm += [f"connected to {name}" for name in self.world.listeners.heard()]
        processes, folder = self.left_over()
        harm += [f"left process {pid}" for pid in processes]
        left = set(folder.iterdir())
        harm += [f"left in the sandbox's folder: {path}" for path in left - self.left]
        if (count := threading.active_count()) != self.threads:
            harm.append(f"{count} threads in the grader, {self.threads} before")
        self.files, self.scores, self.threads, self.left = files, scores, count, left
        return harm
