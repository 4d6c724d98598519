"""What students get of the examiner: diagnose(), which names known mistakes and knows no answers."""

import subprocess
import sys

import matplotlib
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from diagnosis import compare, diagnose
from diagnosis.diagnose import RECORDED, recorded

from grading.exams.optimizers.mutants import MISCONCEPTIONS, MUTANTS
from grading.exams.optimizers.record_fingerprints import record
from nbs_export.markers import MARKERS
from tests.course07 import LESSON
from tinytorch.core import optimizers as reference
from tinytorch.core.tensor import Tensor

matplotlib.use("agg")


def test_the_recorded_fingerprints_are_those_of_the_mutants(tmp_path):
    fresh = record(tmp_path / "fingerprints.npz")
    with np.load(fresh) as new, np.load(RECORDED) as old:
        assert new.files == old.files
        assert str(new["about"]) == str(old["about"]), "run `python -m grading fingerprints`"
        for name in new.files[1:]:
            np.testing.assert_allclose(new[name], old[name], rtol=1e-5, err_msg="run `python -m grading fingerprints`")


@pytest.mark.parametrize("name", ["Optimizer", "SGD", "Adam", "AdamW"])
def test_the_lessons_solution_behaves_like_no_mistake(name, capsys):
    diagnose(getattr(reference, name))
    assert capsys.readouterr().out.startswith(f"{name} behaves like none of the known mistakes, and as it should")
    assert not plt.get_fignums()


def test_most_mutants_are_recognized():
    missed, caught = [], {name: mutant for name, mutant in MUTANTS.items() if mutant.caught}
    for name, mutant in caught.items():
        found = compare(type(mutant.subject, (mutant.make,), {}))
        if found.hint != mutant.misconception.hint:
            missed.append((name, found.belief or found.is_right))
    assert len(missed) <= 0.15 * len(caught), missed


def changed(name, grade_id, right, wrong):
    """The lesson's own class with one line changed: written in another way than the mutants are."""
    cells = nbformat.read(LESSON, as_version=4).cells
    source = next(cell.source for cell in cells if cell.id == grade_id)
    assert right in source
    scope = {**vars(reference), "Tensor": Tensor}
    exec(MARKERS.sub("", source).replace(right, wrong), scope)  # noqa: S102 - our own source
    return scope[name]


@pytest.mark.parametrize(
    ("name", "right", "wrong", "misconception"),
    [
        ("SGD", "self.momentum_buffers[i] + grad", "self.momentum_buffers[i] + (1 - self.momentum) * grad",
         "momentum.averaged"),
        ("SGD", "                continue", "                return", "missing.stops"),
        ("SGD", "None if buffer is None else buffer.copy()", "buffer", "state.alias_out"),
        ("SGD", "param.data - self.lr", "param.data + self.lr", "step.uphill"),
        ("Adam", "np.sqrt(v_hat) + self.eps", "np.sqrt(v_hat + self.eps)", "adam.eps_inside"),
        ("Adam", " / (1 - self.beta2**self.step_count)", "", "adam.v_uncorrected"),
        ("Adam", "grad**2", "grad", "adam.v_not_square"),
        ("Adam", "self.beta1 * self.m_buffers[i] + (1 - self.beta1) * grad", "self.beta1 * self.m_buffers[i] + grad",
         "adam.m_sum"),
        ("AdamW", "(1 - self.lr * self.weight_decay) * stepped", "(1 - self.weight_decay) * stepped",
         "adamw.without_lr"),
        ("AdamW", "(1 - self.lr * self.weight_decay) * stepped", "stepped", "adamw.ignored"),
    ],
)  # fmt: skip
def test_mistakes_in_a_students_own_words_are_named(name, right, wrong, misconception, capsys):
    diagnose(changed(name, name.lower(), right, wrong))
    said = capsys.readouterr().out
    assert f"{name} behaves like this known mistake: {MISCONCEPTIONS[misconception].belief}." in said
    assert MISCONCEPTIONS[misconception].hint in said
    plt.close("all")


def test_it_shows_where_the_ways_part():
    diagnose(changed("Adam", "adam", " / (1 - self.beta2**self.step_count)", ""))
    (axes,) = plt.gcf().axes
    yours, right = (line.get_ydata() for line in reversed(axes.get_lines()[:2]))
    assert axes.get_legend_handles_labels()[1] == ["a right optimizer", "yours"]
    assert yours[0] == right[0] and abs(yours[1] - right[1]) > 0.01
    plt.close("all")


def test_an_unknown_mistake_gets_no_wrong_name(capsys):
    diagnose(changed("Adam", "adam", "self.lr * m_hat", "0.83 * self.lr * m_hat"))
    said = capsys.readouterr().out
    assert said.startswith(
        "Adam behaves like none of the known mistakes, but not as it should.\nIt first differs after step 1."
    )
    plt.close("all")


@pytest.mark.parametrize("subject", [7, None, reference.Adam([Tensor([1.0], requires_grad=True)]), int, "Adam"])
def test_what_is_no_optimizer_class_gets_a_clear_error(subject):
    with pytest.raises(ValueError, match="diagnose takes one of the classes Optimizer, SGD, Adam, AdamW"):
        diagnose(subject)


def test_an_unfinished_class_is_no_traceback(capsys):
    source = "raise NotImplementedError()"

    class Adam(reference.Adam):
        def step(self):
            exec(source)

    diagnose(Adam)
    assert capsys.readouterr().out == "Adam.step() is not written yet.\n"
    assert not plt.get_fignums()


def test_the_lesson_says_truly_how_many_mistakes_are_known():
    about, _ = recorded()
    known = sum(len(subject["hints"]) for subject in about.values())
    assert 200 <= known < 500
    text = next(
        cell.source for cell in nbformat.read(LESSON, as_version=4).cells if cell.id == "optimizer-diagnose-intro"
    )
    assert "more than two hundred known\nmistakes" in text


def test_it_needs_neither_matplotlib_nor_anything_of_grading_to_compare():
    program = (
        "import sys; from diagnosis import compare; from tinytorch.core.optimizers import Adam;"
        "assert compare(Adam).is_right;"
        "assert not {name.partition('.')[0] for name in sys.modules} & {'matplotlib', 'grading', 'nbgrader'}"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
