"""What a test can ask of the machine it runs on, and the lesson, run once."""

import grading  # noqa: F401  # isort: skip - first: it keeps nbformat from loading what takes a second

import gc
import importlib
import json
import os
import re
import shutil
import signal
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

LONGEST = [  # two that need the same of what is made once lie apart, so that none waits for the other
    "test_student_installed",
    "test_student_in_browser",
    "test_site_in_browser",
    "test_hints",
    "test_docs",
    "test_diagnosis",
    "test_same_grades",
    "test_attacks",
    "test_several_notebooks",
    "test_in_action",
    "test_pool",
    "test_in_browser",
    "test_recipes",
    "test_killed",
    "test_sample_class",
    "test_update",
    "test_forged_traces",
    "test_secret",
    "test_own_course",
    "test_doors",
    "test_formgrader_in_browser",
    "test_reference_checks",
    "test_voided",
    "test_undecided",
    "test_hand_grades",
    "test_bad_machine",
    "test_clean_clone",
    "test_notebooks",
    "test_site",
    "test_report",
    "test_show",
    "test_claims",
]
TOGETHER = {  # files of one worker, because the second goes on in what the first has made
    "tests/nbs_export/test_student_in_browser.py": "tests/nbs_export/test_student_installed.py",
}
# Whoever is started in the background, or by nohup, has these ignored, and so has all that is started from there.
for name in ("SIGINT", "SIGHUP"):
    if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is signal.SIG_IGN:
        signal.signal(getattr(signal, name), signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)

LESSON = Path(__file__).resolve().parents[1] / "modules" / "07_optimizers" / "07_optimizers.ipynb"

# What the lesson's own cells have measured, by their names.
REPORT = """
import json
print(json.dumps({
    "ratio": ratio, "short_m": short_m, "short_v": short_v,
    "velocity": velocities, "average": average, "lengths": lengths, "pulls": pulls,
    "first_losses": first_losses, "away": {name: np.linalg.norm(path, axis=1) for name, path in ravine_runs.items()},
    "races": {place.name: {racer: viz.losses(place, path)[-1] for racer, path in runs.items()}
              for place, runs in raced.items()},
    "lrs": lrs, "on_ravine": on_ravine, "on_digits": on_digits, "start": start,
    "best_lr": best_lr, "needed": needed, "reads": reads,
    "continued": continued, "usual": usual, "resumed_lengths": resumed_lengths, "resumed_losses": resumed_losses,
    "rest": {name: np.abs(path[30] / path[0]) for name, path in descents.items()}, "drifts": drifts,
    "found_weights": {name: path[-1] for name, path in found_weights.items()}, "resumed_runs": resumed_runs,
    "scaled_runs": {"SGD": ravine_runs["SGD"], "divided by its size": signed}, "held": held,
    "narrow": narrow, "noise": noise, "limit": limit, "scaled_ends": scaled_ends, "kept_ends": kept_ends,
    "step_ratios": step_ratios, "warm_losses": warm_losses,
}, default=lambda value: value.tolist()))
"""


def pytest_configure():
    """What tests keep they keep to the end: to look for garbage as often as usual takes a tenth of the time."""
    gc.set_threshold(20_000, 20, 20)


def pytest_collection_modifyitems(items):
    """The files that take minutes come first, so that at the end no core waits for another."""
    order = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """One worker more than there are cores: some tests only wait, for a limit of time or for a browser."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return 1 + (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """By file, as ``--dist loadfile`` says; some files are one."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return TOGETHER.get(file, file)

    return ByFile(config, log) if config.option.dist == "loadfile" else None


def missing(reason):
    """Skip the test that asks, with the reason; in CI no test may skip, so there it fails."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason}, and CI must run every test")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def lacks():
    """Skip the test because of what this machine lacks, or in CI fail it."""
    return missing


@pytest.fixture(scope="session")
def need():
    """Import an optional module, or skip the test if it is missing; in CI no test may skip, so there the test fails."""

    def need(name):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name.partition(".")[0]:
                raise  # it is installed, and something inside it is broken
        missing(f"{name} is not installed")

    return need


@pytest.fixture(scope="session")
def need_program():
    """The path of the first of some programs that is here; if none is, skip the test, or in CI fail it."""

    def need_program(*names):
        return next(filter(None, map(shutil.which, names)), None) or missing(f"there is no {' or '.join(names)}")

    return need_program


@pytest.fixture(scope="session")
def chromium(need, need_program):
    """One browser for all tests that need one; playwright can be started once in a process."""
    need("playwright")
    from playwright.sync_api import sync_playwright

    path = need_program("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def once(tmp_path_factory, request):
    """Make a folder once in a run of the tests, whichever worker asks first; the others wait, and get the same.

    Its name, and what fills it, are to be given. It is there to be read: whoever writes works in a copy.
    """
    import fcntl  # here: Windows has none

    root = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        root = root.parent  # above the folders of the single workers

    def once(name, make):
        folder, whole = root / f"once-{name}", root / f"once-{name}.whole"
        with open(root / f"once-{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not whole.exists():
                shutil.rmtree(folder, ignore_errors=True)  # what another worker could not make whole
                folder.mkdir()
                make(folder)
                whole.touch()
        return folder

    return once


@pytest.fixture(scope="session")
def lesson_folder(once):
    """A folder with the lesson, filled in and run top to bottom as for the site, and with what its cells have measured.

    It still holds what only the grader may know. The figures that slides are drawn from stand among its outputs.
    """
    return once("lesson", run_lesson)


@pytest.fixture(scope="session")
def lesson_run(lesson_folder):
    """The lesson as somebody saves it who has run all of it, and what its cells have measured.

    Of each code cell, ``peaks`` has the most memory that the kernel has held until it was done, in bytes.
    """
    from nbs_export.figures import MIME

    nb = nbformat.read(lesson_folder / LESSON.name, as_version=4)
    for output in (output for cell in nb.cells for output in cell.get("outputs", []) if "data" in output):
        output.data.pop(MIME, None)
    return nb, json.loads((lesson_folder / "report.json").read_text())


def run_lesson(target):
    """Run the lesson as the site does, and write what `lesson_folder` gives into a folder.

    The run that takes longest of all notebooks is made once, for the tests of the lesson and for those of the site.
    """
    from nbs_export.site import lesson  # here: most tests need none of it

    course, peaks = target / "course", {}
    shutil.copytree(LESSON.parents[1], course / "modules")
    shutil.copy(LESSON.parents[2] / "pyproject.toml", course)
    nb = nbformat.read(LESSON, as_version=4)
    nb.cells.append(nbformat.v4.new_code_cell(REPORT, id="report"))
    nbformat.write(nb, course / lesson.LESSON)

    class Watched(NotebookClient):
        def __init__(self, nb, **settings):
            super().__init__(nb, on_cell_executed=self.look, **settings)

        def look(self, cell, **others):
            status = Path(f"/proc/{self.km.provisioner.pid}/status").read_text()
            peaks[cell.id] = 1024 * int(re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)[1])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lesson, "NotebookClient", Watched)
        patch.setattr(lesson, "without_grading", lambda nb: nb)  # the hidden tests run, too
        nb = lesson.run_lesson(course)
    report = nb.cells.pop()
    measured = json.loads("".join(output.text for output in report.outputs))
    nbformat.write(nb, target / LESSON.name)
    (target / "report.json").write_text(json.dumps(measured | {"peaks": peaks}))
