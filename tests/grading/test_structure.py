"""The house: an engine that knows no assignment, exams that know no nbgrader, and imports that run one way."""

import ast
import re
from pathlib import Path

import pytest

from grading import examiner
from grading.course.paths import DEFAULT_COURSE as PACKAGE

# From the ground up: a room imports only from rooms before it.
ROOMS = [
    "util",
    "sandbox",
    "course",
    "examiner",
    "nbgrader_plugins",
    "workers",
    "feedback_page",
    "autograde",
    "show",
    "report",
    "lms",
    "cli_options",
    "cli_assignment",
    "cli_class",
    "cli_lms",
    "cli_grades",
    "cli",
    "__main__",
]
DATA = {"source", "submitted", "autograded", "feedback", "release", "downloaded", "backups"}  # the course's folders
PUBLIC = {"tracing": PACKAGE / "examiner" / "tracing", "diagnosis": PACKAGE / "exams" / "optimizers" / "public"}
CONTENT = re.compile(
    r"\b(tinytorch|optimi[sz]ers?|adamw?|sgd|momentum|velocity|learning rates?|weight[ _]decay|0\d_\w+|diagnosis)\b",
    re.IGNORECASE,
)


def files_of(*places):
    """The Python files below some folders of the package, without the course's own."""
    return [path for place in places for path in sorted(Path(place).rglob("*.py")) if not DATA & set(path.parts)]


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


ENGINE = [path for path in files_of(PACKAGE) if room_of(path) not in ("exams", "examples", "nbgrader_config")]


def imports_of(path):
    """The modules that a file imports, absolute, with the names that it takes from them."""
    package = ("grading", *path.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*start, *([node.module] if node.module else [])])
            yield from ((module, alias.name) for alias in node.names)


def modules_of(path):
    """The modules of this package that a file imports, by their paths."""
    for module, name in imports_of(path):
        parts = module.split(".")
        if parts[0] == "grading":
            place = PACKAGE.joinpath(*parts[1:])
            for found in (place / name / "__init__.py", place / f"{name}.py", place / "__init__.py"):
                if name and found.exists():
                    yield found
                    break
            else:
                yield place.with_suffix(".py") if place.with_suffix(".py").exists() else place / "__init__.py"


def test_every_file_is_in_a_known_room():
    rooms = {room_of(path) for path in files_of(PACKAGE)}
    assert rooms == {*ROOMS, "exams", "examples", "nbgrader_config", "__init__"}


@pytest.mark.parametrize("path", ENGINE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_engine_names_no_assignment(path):
    text = path.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if CONTENT.search(line)] == []


@pytest.mark.parametrize("path", ENGINE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path):
    room = room_of(path)
    if room == "__init__":
        return
    above = ROOMS[ROOMS.index(room) + 1 :]
    assert [str(other) for other in modules_of(path) if room_of(other) in (*above, "exams", "examples")] == []


@pytest.mark.parametrize(
    "path", files_of(PACKAGE / "exams", PACKAGE / "examples"), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_an_exam_takes_from_the_engine_only_what_it_offers(path):
    for module, name in imports_of(path):
        if module.startswith("grading") and not module.startswith("grading.exams"):
            assert module == "grading.examiner" and name in examiner.__all__, f"{module}.{name}"


@pytest.mark.parametrize("path", files_of(*PUBLIC.values()), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_students_get_imports_nothing_private(path):
    for module, _ in imports_of(path):
        if module.startswith("grading"):  # a relative import of its own package
            assert any(PACKAGE.joinpath(*module.split(".")[1:]).is_relative_to(place) for place in PUBLIC.values())


def test_the_process_that_children_are_forked_from_loads_nothing_private():
    loaded, waiting = set(), [PACKAGE / "sandbox" / "zygote.py"]
    while waiting:
        path = waiting.pop()
        if path not in loaded:
            loaded.add(path)
            waiting += modules_of(path)
    assert {room_of(path) for path in loaded} <= {"sandbox", "util", "__init__"}


def test_files_stay_small():
    tables = {PACKAGE / "exams" / "optimizers" / name for name in ("mutants", "variants")}
    lengths = {str(path): len(path.read_text("utf-8").splitlines()) for path in files_of(PACKAGE)
               if path.parent not in tables}  # fmt: skip
    assert {name: length for name, length in lengths.items() if length > 400} == {}
