"""The page of feedback: what it says, and what it must not."""

import copy
import math
import os
import re
import shutil
from html.parser import HTMLParser
from types import SimpleNamespace
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
from diagnosis.trace import Moment, Trace
from nbformat.v4 import new_code_cell
from tracing.data import Raised

from grading.autograde.class_grader import autograde_class
from grading.course.course import Course
from grading.course.paths import DEFAULT_COURSE
from grading.course.scores import SubmissionScores, gradebook_cells
from grading.examiner.secret import SECRET_FILE
from grading.exams.optimizers.answers import ANSWERS
from grading.exams.optimizers.checks import CHECKS, LABELS
from grading.exams.optimizers.illustration import illustration
from grading.exams.optimizers.mutants import MISCONCEPTIONS
from grading.exams.optimizers.public.differences import RECORDED_RIGHT
from grading.feedback_page.facts import facts
from grading.feedback_page.picture import draw_illustration
from grading.nbgrader_plugins.confined_execute import enforced, error
from tests import forked
from tests.course07 import ASSIGNMENT, EXAM, cell_of, lesson
from tests.nbs_export.lesson_secrets import secret_lines

GRADED = ["perfect", "untouched", "adam-broken-cell", "adam-epsilon-in-root", "adam-m-uncorrected", "adamw-coupled",
          "edited-tests", "optimizer-zeros-gradients", "sgd-averaged-velocity", "sgd-import-error",
          "sgd-state-not-copied", "sgd-stops-at-missing-gradient"]  # fmt: skip


class Text(HTMLParser):
    """What of a page can be read, with the pieces of text on lines of their own."""

    def __init__(self, html):
        super().__init__()
        self.pieces, self.hidden = [], False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.hidden = tag in ("style", "svg", "script")

    def handle_endtag(self, tag):
        self.hidden = self.hidden and tag not in ("style", "svg", "script")

    def handle_data(self, data):
        if not self.hidden and data.strip():
            self.pieces.append(" ".join(data.split()))

    def __str__(self):
        return "\n".join(self.pieces)


def page_of(course, student):
    return (course.folder("feedback", student) / f"{ASSIGNMENT}.html").read_text()


def notebook_of(course, student):
    return nbformat.read(course.notebook("autograded", student), as_version=4)


def facts_of(course, student, nb=None):
    with course.gradebook() as gradebook:
        submitted = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student)
        scores = SubmissionScores.of(submitted, gradebook_cells(gradebook, ASSIGNMENT))
    return facts(nb or notebook_of(course, student), lesson(), scores, EXAM)


@pytest.fixture(scope="module")
def course(sample_class):
    return sample_class[0]


def test_the_lessons_parts_have_all_points(course):
    parts = {part.name: part.max_score for part in facts_of(course, "perfect").parts}
    assert list(parts)[:4] == [
        "Part 1. What every optimizer can do",
        "Part 2. SGD: walk downhill",
        "Part 3. Adam: a step size for every parameter",
        "Part 4. AdamW: decay that is not divided away",
    ]
    assert list(parts)[4:] == ["At scale, on paper", "Check your understanding"]
    assert sum(parts.values()) == 100


def test_every_check_has_a_name_and_a_cell():
    assert set(LABELS) == set(CHECKS)
    assert set(lesson().checks) == {name for name in lesson().places if name.startswith("test-")}
    assert sorted(lesson().checks.values()) == sorted([name] for name in [*CHECKS, *ANSWERS])


def test_a_mistake_is_named_placed_hinted_and_drawn(course):
    page = page_of(course, "adam-epsilon-in-root")
    said = str(Text(page))
    assert said.index("87\nof 100 points so far; 10 still wait for a person") < said.index("Part 1.")
    assert "Adam: epsilon\n−3\nAfter step 1, the value of parameter" in said
    assert MISCONCEPTIONS["adam.eps_inside"].hint in said
    assert re.search(r"The two separate after step 1, with Adam\(params, lr=[^)]*\)[^)]*\), at the dotted line\.", said)
    assert len(re.findall('<svg[^>]* class="picture"', page)) == 1
    assert said.count("24 of 27") == 1 and said.count("25 of 25") == 1
    assert "Waiting for a person\nQuestion 1. Memory, 2 points" in said


def test_all_is_well_with_the_perfect_one(course):
    page = page_of(course, "perfect")
    assert "Nothing: every check passed." in page and "<svg" not in page
    assert not any("illustration" in verdict for cell in notebook_of(course, "perfect").cells
                   for verdict in cell.metadata.get("verdicts", []))  # fmt: skip


def test_one_reason_for_many_checks_is_said_once(course):
    said = str(Text(page_of(course, "adam-broken-cell")))
    broken = "The cell Adam did not run, so there is nothing to check. It ended with:\nSyntaxError: expected ':'"
    assert said.count(f"{broken} (line 2 of the cell)") == 1
    assert "6 checks\n−27" in said
    said = str(Text(page_of(course, "untouched")))
    assert said.count("Not written yet: zero_grad() raised NotImplementedError.") == 1
    assert "No number given yet (GiB)." in said and "Question 1. Memory: q1_adam_state" in said


@pytest.mark.parametrize("student", GRADED)
def test_the_points_lost_add_up(course, student):
    found = facts_of(course, student)
    for part in found.parts:
        assert part.score + part.waiting + sum(trouble.lost for trouble in part.troubles) <= part.max_score
    if student != "untouched":  # whose answers are empty, and lose their points without a check
        lost = sum(trouble.lost for part in found.parts for trouble in part.troubles)
        assert found.score + sum(answer.points for answer in found.waiting) + lost == found.max_score == 100


@pytest.mark.parametrize("student", GRADED)
def test_no_page_holds_what_is_hidden(course, student):
    # all but `untouched` hand in the lesson's own solutions, which they may see again
    secrets = secret_lines("HIDDEN TESTS", *(["SOLUTION", "MARK SCHEME"] if student == "untouched" else []))
    assert secrets
    page = page_of(course, student)
    shown = page + str(Text(page))
    assert [secret for secret in secrets if secret in shown] == []
    for word in ("HIDDEN TESTS", "examine(", "grading.examiner", "grading/", "<script"):
        assert word not in shown
    assert not [m.belief for m in MISCONCEPTIONS.values() if m.belief in shown and len(m.belief) > 20]
    assert not [name for name in CHECKS if re.search(rf"\b{re.escape(name)}\b", shown) and name != "adam.step"]


def test_two_students_with_one_mistake_see_one_picture(course):
    ways = [
        cell_of(notebook_of(course, student), "test-adam-epsilon").metadata["verdicts"][0]["illustration"]
        for student in ("adam-epsilon-in-root", "edited-tests")
    ]
    assert ways[0] == ways[1], "the numbers are not those that each of them was graded on"
    with np.load(RECORDED_RIGHT) as public:
        rows = np.concatenate(
            [public[name].ravel() for name in public.files if name.startswith("Adam.") and "right" in name]
        )
    assert all(np.isclose(rows, value, rtol=1e-6).any() for value in ways[0]["right"])


def test_without_the_sandbox_the_page_says_the_same(course):
    nb = notebook_of(course, "adamw-coupled")
    with_verdicts = facts_of(course, "adamw-coupled", nb)
    del nb.metadata["usage"]
    for cell in nb.cells:
        cell.metadata.pop("verdicts", None)
    without = facts_of(course, "adamw-coupled", nb)
    troubles = [[trouble for part in found.parts for trouble in part.troubles] for found in (with_verdicts, without)]
    told = [[(trouble.names, trouble.what, trouble.hint) for trouble in found] for found in troubles]
    assert told[0] == told[1] and len(told[0]) == 2
    assert troubles[0][0].picture and not troubles[1][0].picture
    assert troubles[1][1].hint == "The same as for AdamW: decay."


@pytest.fixture(scope="module")
def copied(course, tmp_path_factory):
    """The graded course in another place, for nbgrader's own commands; a grader has been there."""
    root = tmp_path_factory.mktemp("feedback")
    shutil.copy(DEFAULT_COURSE / "nbgrader_config.py", root)
    for name in ("gradebook.db", SECRET_FILE):
        shutil.copy(course.root / name, root)
    shutil.copytree(DEFAULT_COURSE / "source", root / "source")
    for student in ("adam-epsilon-in-root", "perfect", "forger"):
        origin = "adam-epsilon-in-root" if student == "forger" else student
        for step in ("submitted", "autograded"):
            shutil.copytree(course.folder(step, origin), root / step / student / ASSIGNMENT)
    copied = Course(root)
    for notebook in root.glob("autograded/*/*/*.ipynb"):
        os.utime(notebook)  # the copy of the lesson is younger than what was copied here, which would be graded again
    with copied.gradebook() as gradebook:
        answer = gradebook.find_grade("q1-answer", ASSIGNMENT, ASSIGNMENT, "perfect")
        answer.manual_score, answer.needs_manual_grade = 1.5, False
        comment = gradebook.find_comment("q1-answer", ASSIGNMENT, ASSIGNMENT, "perfect")
        comment.manual_comment = "And <b>activations</b>?<script>owned()</script>"
        gradebook.db.commit()
    return copied


WORDS = {"xlabel": "FORGED", "ylabel": "FORGED", "about": "FORGED"}


def forged():
    verdict = {"check": "adam.epsilon", "message": "", "misconception": "", "belief": "FORGED"}
    way = {"where": "FORGED", "yours": [0, 1], "right": [0, 1], "point": 0, **WORDS}
    return {"verdicts": [{**verdict, "message": "FORGED", "illustration": way}]}


def test_forged_metadata_counts_for_nothing(copied):
    path = copied.notebook("submitted", "forger")
    nb = nbformat.read(path, as_version=4)
    nb.metadata["usage"] = {"seconds": 1e9, "FORGED": 1}
    for cell in nb.cells:
        cell.metadata.update(forged())
    role = {**cell_of(nb, "test-adam-epsilon").metadata.nbgrader, "grade_id": "test-adam-epsilon"}
    nb.cells.insert(0, new_code_cell("'a copy'", metadata={**forged(), "nbgrader": role}))
    nb.cells.append(new_code_cell("'mine'", metadata={**forged(), "nbgrader": {**role, "grade_id": "test-own"}}))
    nbformat.write(nb, path)
    autograde_class(copied)
    page = page_of(copied, "forger")
    assert "FORGED" not in page and "87</strong>" in page and page.count("<article") == 1
    assert "FORGED" not in notebook_of(copied, "forger").metadata["usage"]


def test_the_stock_command_makes_the_same_page(course, copied):
    done = forked.run("nbgrader", "generate_feedback", ASSIGNMENT, "--force", cwd=copied.root)
    assert done.returncode == 0, done.stderr
    assert page_of(copied, "adam-epsilon-in-root") == page_of(course, "adam-epsilon-in-root")

    page = page_of(copied, "perfect")
    said = str(Text(page))
    assert "91.5\nof 100 points so far; 8 still wait for a person" in said
    assert "Question 1. Memory, 2 points" not in said
    assert "Comments\nQuestion 1. Memory\n: And <b>activations</b>?<script>owned()</script>" in said
    assert "<script" not in page


def test_a_hint_is_the_graders_and_not_the_submissions(forger_of_words):
    course, nb = forger_of_words, notebook_of(forger_of_words, "words")
    page = page_of(course, "words")
    assert "Full marks" in page, "it is told what its exceptions said"
    found = facts_of(course, "words", nb)
    troubles = [trouble for part in found.parts for trouble in part.troubles]
    assert len(troubles) >= 3
    for trouble in troubles:
        assert "Full marks" not in trouble.what + trouble.hint + trouble.caption
        assert "looked at it by hand" not in trouble.what + trouble.hint
    said = [trouble.said for trouble in troubles if "Full marks" in trouble.said]
    assert any(text.startswith("Stopped: the grader has looked") for text in said)
    assert any(text.startswith("E Hint: Full marks: x") for text in said), "on one line, whatever a class is called"
    assert any(text.startswith("adamw.step: the grader") for text in said)
    assert any(text.startswith("q1.adam_state: that is not the number (GiB)\nHint: Full marks") for text in said)
    for piece in re.findall(r'<p class="(?:what|hint)">.*?</p>', page, flags=re.DOTALL):
        assert "Full marks" not in piece


def test_the_first_error_of_a_test_cell_is_the_verdicts():
    name, message = "adam.moments", "adam.moments: after step 1, it is off"
    verdict = SimpleNamespace(check=name, passed=False, message=message)
    session = SimpleNamespace(due=[name], examined={name: 1})  # it was asked after the forged error
    assert enforced([error("AssertionError", "adam.moments: all right")], session, [verdict])[0].evalue == message
    assert enforced([], session, [verdict]) == [error("CheckFailed", message)]


RIGHT = [0.0, 1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("yours", "note"),
    [
        ([0.0, 1.0, 1.5, 2.0], ""),
        ([0.0, 1.0, None, None], " Then yours is no longer a finite number."),
        ([0.0, 1e308, -1e308, 1e-320], " Yours leaves the picture."),
        ([None] * 4, " Then yours is no longer a finite number."),
        ([0.0, 50.0, None, 2.0], " Yours leaves the picture. Then yours is no longer a finite number."),
    ],
)
def test_any_numbers_make_a_picture(yours, note):
    svg, said = draw_illustration({"yours": yours, "right": RIGHT, "point": 2, **WORDS})
    picture = ElementTree.fromstring(svg)
    assert said == note and note in picture.get("aria-label")
    assert picture.get("role") == "img" and "currentColor" in svg
    for path in picture.iter("{http://www.w3.org/2000/svg}path"):
        assert all(abs(float(number)) < 2000 for number in re.findall(r"-?[\d.]+", path.get("d", "")))


@pytest.mark.parametrize(
    ("yours", "note"),
    [
        ([0.0, 1.0, 1.5, 2.0], " In the values here it shows first after 2 calls."),
        ([0.0, 1.01, 2.0, 3.0], " On the right, the place where it shows first is enlarged about 100 times."),
        ([0.0, 1.0, 2.0, 2.99], " In the values here it shows first after 3 calls. "
         "On the right, the place where it shows first is enlarged about 100 times."),
        ([0.0, 1.0 + 1e-7, 2.0, 3.0], ""),
        ([0.0, 1.5, 2.0, 3.0], ""),
    ],
)  # fmt: skip
def test_two_that_are_hard_to_tell_apart_are_shown_enlarged(yours, note):
    svg, said = draw_illustration({"yours": yours, "right": RIGHT, "point": 1, **WORDS})
    assert said == note and ElementTree.fromstring(svg).get("aria-label").endswith(note)
    assert svg.count("<clipPath") == 1 + ("enlarged" in note), "a panel each"


def test_a_right_way_that_stands_still_can_be_drawn():
    assert draw_illustration({"yours": [1.0, 1.0, 9.0], "right": [1.0] * 3, "point": 2, **WORDS})[0]
    assert draw_illustration({"yours": [1.0, 1.0], "right": [None, None], "point": 0, **WORDS}) == ("", "")


def test_a_class_that_hangs_is_asked_for_no_second_case():
    asked = []

    def hangs(case):
        asked.append(case)
        return Trace([Moment(raised=Raised(("TookTooLong",), "", timed_out=True))])

    assert illustration("SGD", hangs) is None and len(asked) == 1


def test_what_is_drawn_fits_into_json(course):
    nb = notebook_of(course, "sgd-averaged-velocity")
    ways = [v["illustration"] for cell in nb.cells for v in cell.metadata.get("verdicts", []) if "illustration" in v]
    assert len(ways) == 1, "a class is asked once, however many of its checks fail"
    values = copy.copy(ways[0]["yours"]) + ways[0]["right"]
    assert all(value is None or math.isfinite(value) for value in values)
