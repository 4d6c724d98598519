"""The attacks: what each tries, where it stands in a notebook, what it must get, and how it is told.

An attack is either a cell's source, a file in ``attacks/``, or a file that is no sound notebook, made in ``broken.py``.
The first line of a cell's docstring says what it tries. After it come the things that are not as usual:

    adam: wrong      it follows a class Adam in which everything is wrong; else there is no Adam, unless it makes one
    where: first     it is a cell of its own before all others, and not in the student's solution of Adam
    where: CELL      it takes the place of this solution
    score: 12        what it must get; 19 is all that does not depend on Adam, 12 what comes before it, 3 the numbers
    says: REGEX      what the message of a test about Adam must contain
    shows: REGEX     what the outputs of its own cell must contain, so that it is known to have been run
    problem: REGEX   why it cannot be graded
    limits: NAME=N   options of ConfinedExecute with which it is graded, to save time
    knows: traces    what a right Adam leaves of the cases that this student would get of names alone: target.traces
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from grading.examiner.examination import traces
from tests.course07 import ASSIGNMENT, EXAM, LESSON, cell_of, fill_in
from tinytorch.core.optimizers import Adam

HERE = Path(__file__).parent
PRELUDE, WRONG_ADAM = (HERE / "prelude.py").read_text(), (HERE / "wrong_adam.py").read_text()
# Of the lesson's graded cells, those that are attacked. With all of them, and its prose, it would take twice as long.
KEPT = """
    optimizer test-optimizer-zero-grad sgd sgd-momentum sgd-decay sgd-state test-sgd-step test-sgd-set-state
    adam adam-averages adam-correction
    test-adam-defaults test-adam-moments test-adam-bias-correction test-adam-epsilon test-adam-weight-decay
    test-adam-gradients adamw test-adamw-step
    q1-numbers test-q1-adam-state test-q1-adam-training test-q1-momentum-training q1-answer
""".split()
ADAM = ("adam", "adam-averages", "adam-correction")  # the cells in which it is written
PERFECT = 46.0  # points, without what a person gives
HONEST = 19.0  # what a submission without an Adam has earned
BEFORE_ADAM = 12.0  # what it has earned when it is stopped at Adam
FILES = f"{ASSIGNMENT}.ipynb"


@dataclass(frozen=True)
class Attack:
    """One hostile submission.

    Attributes
    ----------
    name, theme, tries : str
    score : float
        All that it earned honestly, and so all that it must get.
    says, shows, problem : str
        Regular expressions; see above. Empty where they are not asked for.
    limits : dict
        Options of ConfinedExecute.
    files : callable
        From the release version and what the attack is to know, what is handed in: contents by file name.
    """

    name: str
    theme: str
    tries: str
    files: Callable[[nbformat.NotebookNode, dict], dict[str, bytes]]
    score: float = HONEST
    says: str = ""
    shows: str = ""
    problem: str = ""
    limits: dict = field(default_factory=dict)


def write_lesson(source: Path) -> None:
    """Write the lesson into a course's ``source/``, without prose, plots and most of the graded cells."""
    nb = nbformat.read(LESSON, as_version=4)
    roles = [cell.metadata.get("nbgrader", {}) for cell in nb.cells]
    given = [role.get("grade") is False and role.get("solution") is False for role in roles]
    nb.cells = [
        cell
        for cell, role, is_given in zip(nb.cells, roles, given, strict=True)
        if is_given or role.get("grade_id") in KEPT
    ]
    target = source / ASSIGNMENT / FILES
    target.parent.mkdir(parents=True)
    nbformat.write(nb, target)


def from_file(path: Path) -> Attack:
    """An attack out of ``attacks/``."""
    source = path.read_text()
    tries, _, rest = source.lstrip('r"').partition('"""')[0].partition("\n")
    told = dict(line.split(": ", 1) for line in rest.splitlines() if line)
    name = path.stem.replace("_", "-")
    adam, where, knows = told.pop("adam", ""), told.pop("where", "adam"), told.pop("knows", "")
    if unknown := set(told) - {"score", "says", "shows", "problem", "limits"}:
        raise ValueError(f"{path}: {unknown}")
    limits = {name: float(n) for name, n in (item.split("=") for item in told.pop("limits", "").split())}
    score = float(told.pop("score", HONEST))

    def files(released, target):
        nb = fill_in(released)
        more = {"traces": traces_made_at_home(name)} if knows == "traces" else {}
        known = f"TARGET = {json.dumps(target | more)!r}\n{PRELUDE}"
        wrong = f"{WRONG_ADAM}\n\n" if adam == "wrong" else ""
        for cell in ADAM:
            cell_of(nb, cell).source = wrong if cell == "adam" else ""
        if where == "first":
            nb.cells.insert(0, nbformat.v4.new_code_cell(f"{known}\n\n{source}"))
        else:
            cell_of(nb, where).source = f"{known}\n\n{wrong if where == 'adam' else ''}{source}"
        return {FILES: nbformat.writes(nb).encode()}

    return Attack(name, path.parent.name, tries, files, score, **told, limits=limits)


def traces_made_at_home(student: str) -> list[list[dict]]:
    """The cases that everybody can draw who has this repository, each with the trace that is right for it."""
    checks = [check for check in EXAM.checks.values() if check.subject == "Adam"]
    drawn = [check.examination(ASSIGNMENT, student) for check in checks]
    return [[case, trace] for one in drawn for case, trace in zip(one.data, traces(one, Adam), strict=True)]


def all_attacks() -> list[Attack]:
    from broken import BROKEN

    attacks = [from_file(path) for path in sorted(HERE.glob("attacks/*/*.py"))] + BROKEN
    return sorted(attacks, key=lambda attack: (attack.theme, attack.name))
