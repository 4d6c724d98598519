"""nbgrader's own command measures a notebook before it reads it."""

import json
import os

import nbformat
import pytest
from attack import FILES, PERFECT, write_lesson
from graded import LimitedCourse
from nbgrader.converters import GenerateAssignment, NbGraderException

from grading.nbgrader_plugins import careful_autograde
from tests.course07 import ASSIGNMENT, fill_in


def many_cells(nb):
    cell = {"cell_type": "markdown", "metadata": {}, "source": ""}
    return nb | {"cells": nb["cells"] + [cell] * 2000}


def deep(nb):
    return nb | {"metadata": {**nb["metadata"], "language_info": json.loads("[" * 60 + "]" * 60)}}


def outputs_without_a_key(nb):
    return nb | {"cells": [cell | ({"outputs": [{}] * 20_000} if "outputs" in cell else {}) for cell in nb["cells"]]}


REFUSED = {"deep": "nested too deeply", "half": "not a notebook", "many-cells": "more than 2000 cells"}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = LimitedCourse(tmp_path_factory.mktemp("measured"))
    write_lesson(course.root / "source")
    course.run(GenerateAssignment, force=True)
    nb = json.loads(nbformat.writes(fill_in(nbformat.read(course.notebook("release", "."), as_version=4))))
    made = {
        "a-innocent": json.dumps(nb),
        "deep": json.dumps(deep(nb)),
        "half": json.dumps(nb)[:5000],
        "loud": json.dumps(outputs_without_a_key(nb)),
        "many-cells": json.dumps(many_cells(nb)),
        "z-innocent": json.dumps(nb),
    }
    for student, text in made.items():
        path = course.notebook("submitted", student)
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return course


def test_who_is_too_much_is_refused_and_what_is_not_read_is_left_out(course, monkeypatch):
    stock = careful_autograde.Autograde.__base__
    seen, start = {}, stock.start

    def look(self):
        folder = self.coursedir.submitted_directory
        for student in os.listdir(folder):
            with open(os.path.join(folder, student, ASSIGNMENT, FILES)) as file:
                seen[student] = len(file.read())
        return start(self)

    monkeypatch.setattr(stock, "start", look)
    with pytest.raises(NbGraderException, match="^not graded: half, many-cells$"):
        course.run(careful_autograde.Autograde)
    assert set(seen) == {"a-innocent", "deep", "loud", "z-innocent"}
    assert seen["loud"] == seen["a-innocent"]
    with course.gradebook() as gradebook:
        scores = {s.student.id: s.score for s in gradebook.assignment_submissions(ASSIGNMENT)}
    assert scores == dict.fromkeys(seen, PERFECT)
