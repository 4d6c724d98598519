"""Run the attacks under stock nbgrader and write what was seen into the table of ``docs/sandbox.md``.

    PYTHONPATH=. python tests/hostile/stock.py [NAME ...]

It really runs them, unconfined, with nbgrader's own Execute and a Jupyter kernel: on a machine with nothing to lose.
What exhausts something is bounded in the attacks; on top of that, all here has limits and is killed after a time. It
takes about half an hour, and is no part of the tests.
"""

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from attack import HONEST, Attack, all_attacks, write_lesson
from graded import LimitedCourse
from nbgrader.converters import GenerateAssignment
from table import BEGIN, END, PAGE, rows, written
from world import Alarm, World, processes_of

from grading.course.course import Course
from grading.course.paths import DEFAULT_COURSE
from tests.course07 import ASSIGNMENT, fill_in

SECONDS = 75  # a sound submission takes about six
CONFIG = """
c = get_config()
c.Execute.timeout = 10
"""


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (8 * 2**30,) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400 * 2**20,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (90, 90))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def kill_all(folder: Path) -> None:
    """End every process whose environment names the folder."""
    while pids := processes_of(folder):
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, os.WNOHANG)
            except (ProcessLookupError, ChildProcessError):
                continue


def run(world: World, attack: Attack, command: str) -> str:
    """Run one of nbgrader's commands on an attack; what became of it."""
    log = world.root / f"{command}.log"  # not a pipe: whoever is left behind would keep it open
    environment = {**os.environ, "HOME": str(world.home), "TMPDIR": str(world.temporary)}
    environment["A_SECRET_OF_THE_GRADER"] = world.secrets["environment"]
    process = subprocess.Popen(
        [sys.executable, "-m", "nbgrader", command, ASSIGNMENT, "--student", attack.name, "--force"],
        cwd=world.course_root, env=environment, start_new_session=True, preexec_fn=limited,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(log, "w"),
    )  # fmt: skip
    try:
        process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return "grading hung"
    if process.returncode < 0:
        return f"the grader was killed ({signal.Signals(-process.returncode).name})"
    if not process.returncode:
        return ""
    errors = re.findall(r"\b\w+Error\b", log.read_text(errors="replace"))
    return f"grading failed ({errors[-1]})" if errors else "grading failed"


def seen(attack: Attack, prepared: Path) -> str:
    """What an attack did, in a few words."""
    root = Path(tempfile.mkdtemp(prefix="stock-"))
    world = World(root)
    shutil.copytree(prepared, world.course_root, dirs_exist_ok=True)
    course = Course(world.course_root, home=DEFAULT_COURSE)  # not the settings in there, which are stock nbgrader's
    released = nbformat.read(course.notebook("release", "."), as_version=4)
    innocent = {f"{ASSIGNMENT}.ipynb": nbformat.writes(fill_in(released)).encode()}
    hostile = attack.files(released, world.known("a-innocent", confined=False))
    for student, files in (("a-innocent", innocent), (attack.name, hostile)):
        folder = course.folder("submitted", student)
        folder.mkdir(parents=True, exist_ok=True)
        for name, contents in files.items():
            (folder / name).write_bytes(contents)

    world.plant(course, "a-innocent")

    def grades():
        with course.gradebook() as gradebook:
            return {s.student.id: s.score for s in gradebook.assignment_submissions(ASSIGNMENT)}

    nowhere = root / "nowhere"
    nowhere.mkdir()
    alarm = Alarm(world, lambda: (set(), nowhere), grades)
    told = [run(world, attack, "autograde")]
    left = processes_of(root)
    harm = alarm.look(attack.name)
    graded = course.notebook("autograded", attack.name)
    if graded.exists():
        nb = nbformat.read(graded, as_version=4)
        outputs = "\n".join(str(dict(output)) for cell in nb.cells for output in cell.get("outputs", []))
        through = outputs.count("GOT THROUGH")
        told.append(f"attempts that got through: {through}" if through else "")
        stolen = world.stolen(outputs)
        told.append(f"secrets shown: {len(stolen)}" if stolen else "")
        told.append(f"{graded.stat().st_size // 2**20} MiB of outputs" if graded.stat().st_size > 2**23 else "")
        if not told[0]:
            gained = grades().get(attack.name, 0) - max(attack.score, HONEST)
            told.append(f"{gained:+g} points" if gained > 0 else "")
        if "script" in attack.name and not run(world, attack, "generate_feedback"):
            page = (course.folder("feedback", attack.name) / f"{ASSIGNMENT}.html").read_text()
            told.append("its scripts are in the feedback page" if "<script>window.owned" in page else "")
    # what Jupyter and matplotlib keep in a home, they keep in folders with a dot
    changed = [h for h in harm if h.startswith(f"changed: {root}") and "/home/." not in h]
    told.append(f"files changed, made or removed: {len(changed)}" if changed else "")
    told += sorted({h for h in harm if h.startswith(("connected", "the grade"))})
    told.append(f"processes left: {len(left)}" if left else "")
    kill_all(root)
    world.listeners.close()
    shutil.rmtree(root, ignore_errors=True)
    return ", ".join(filter(None, told)) or "no harm seen"


def main() -> None:
    attacks = all_attacks()
    page = PAGE.read_text()
    stock = {name: cells[1] for name, cells in rows(page).items()}
    prepared = Path(tempfile.mkdtemp(prefix="stock-course-"))
    (prepared / "nbgrader_config.py").write_text(CONFIG)
    write_lesson(prepared / "source")
    LimitedCourse(prepared, home=DEFAULT_COURSE).run(GenerateAssignment, force=True)
    for attack in attacks:
        if not sys.argv[1:] or attack.name in sys.argv[1:]:
            stock[attack.name] = seen(attack, prepared)
            print(f"{attack.name}: {stock[attack.name]}", flush=True)
            page = PAGE.read_text()
            start, end = page.index(BEGIN), page.index(END) + len(END)
            PAGE.write_text(page[:start] + written(attacks, stock) + page[end:])
    shutil.rmtree(prepared)


if __name__ == "__main__":
    main()
