"""An assignment of three notebooks, by us and by nbgrader: asserts, partial credit, words, a task, a file beside."""

import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateFeedback, NbGraderException

from grading.autograde import class_grader
from grading.autograde.class_grader import autograde_class, write_feedback
from grading.autograde.results_table import results_table, write_grades
from grading.course.course import Course
from grading.course.gradebook import GradebookWriter
from grading.course.sample import generate_assignment
from grading.course.submission import GradedNotebook, GradingResult
from grading.feedback_page import render
from grading.nbgrader_plugins import careful_autograde
from grading.util.errors import CourseError
from grading.workers.local_pool import LocalPool, local_workers
from grading.workers.task import Failed
from tests.forked import run
from tests.plain_course import (
    MARK_SCHEME,
    NAMES,
    SCORES,
    cell_of,
    filled_in,
    grades_in,
    grades_of,
    hand_in,
    plain_course,
    plain_source,
    released,
    scores_in,
    submissions,
    with_source,
    write_sources,
)

__all__ = ["plain_course", "plain_source"]  # fixtures
P1, P2, P3 = NAMES


@pytest.fixture
def handed_in(plain_course):
    """The course, with a class that has handed in."""
    for student, notebooks in submissions(plain_course).items():
        hand_in(plain_course, student, notebooks, {"data/numbers.txt": "100\n"})
    return plain_course


def lacking(outcomes):
    return {outcome.student: outcome.lacking for outcome in outcomes if outcome.lacking}


def test_everybody_gets_the_points_for_what_is_there(handed_in):
    outcomes = autograde_class(handed_in)
    assert {outcome.student: outcome.problem for outcome in outcomes} == dict.fromkeys(SCORES, "")
    assert scores_in(handed_in) == SCORES
    assert lacking(outcomes) == {
        "first-only": f"{P2}.ipynb, {P3}.ipynb: no such file",
        "without-first": f"{P1}.ipynb: no such file",
    }
    for student, notebooks in submissions(handed_in).items():
        for step, kind in (("autograded", "ipynb"), ("feedback", "html")):
            there = {path.name for path in handed_in.folder(step, student).glob(f"*.{kind}")}
            assert there == {f"{name}.{kind}" for name in notebooks}
        assert (handed_in.folder("autograded", student) / "data" / "numbers.txt").read_text() == "1\n2\n3\n", "ours"
    no_page = f"There are no pages for {P2}, {P3}: they were not handed in, or they could not be graded."
    page = handed_in.folder("feedback", "first-only") / f"{P1}.html"
    assert no_page in page.read_text()
    handed_in.run(GenerateFeedback, student_id="first-only", force=True)
    assert no_page in page.read_text(), "nor does nbgrader's own command keep it quiet"
    assert "There is no page for" not in (handed_in.folder("feedback", "perfect") / f"{P1}.html").read_text()
    graded = grades_in(handed_in)
    assert graded["perfect"][P2]["grades"] == {"why": (None, None, True), "draw": (None, None, True)}
    assert graded["first-only"][P2]["grades"] == {"why": (0.0, None, False), "draw": (0.0, None, False)}


def test_workers_of_their_own_give_the_same(handed_in):
    with local_workers(2) as crew:
        outcomes = autograde_class(handed_in, lambda assignment: LocalPool(assignment, crew))
    assert {outcome.student: outcome.problem for outcome in outcomes} == dict.fromkeys(SCORES, "")
    assert scores_in(handed_in) == SCORES
    assert all(handed_in.page("perfect", name).exists() for name in NAMES)


def nbgrader(folder, *arguments):
    done = run("nbgrader", *arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done


def test_stock_nbgrader_gives_the_same_scores(handed_in, tmp_path):
    """With none of our plugins: its own kernels, its own steps."""
    stock = tmp_path / "stock"
    write_sources(stock / "source")
    shutil.copytree(handed_in.root / "submitted", stock / "submitted")
    (stock / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'plain'\n")
    nbgrader(stock, "generate_assignment", "ps1")
    nbgrader(stock, "autograde", "ps1")
    autograde_class(handed_in, feedback=False)
    with Gradebook(f"sqlite:///{stock / 'gradebook.db'}", "plain") as gradebook:
        theirs = grades_of(gradebook, "ps1")
    assert grades_in(handed_in) == theirs


def test_nbgraders_command_with_our_settings_gives_the_same_when_late(handed_in):
    """What is late costs points in each notebook that is there, as nbgrader has it; a person's points stay."""
    settings = Course.config
    ours = handed_in

    def late(course, **coursedir):
        config = settings(course, **coursedir)
        config.PointsPerDay.points_per_day = 2.0
        return config

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Course, "config", late)
        for student in ("perfect", "first-only"):
            (ours.folder("submitted", student) / "timestamp.txt").write_text("2026-01-02 12:00:00 UTC")
        with ours.gradebook() as gradebook:
            gradebook.update_or_create_assignment("ps1", duedate="2026-01-01 12:30:00")
        theirs = Course(shutil.copytree(ours.root, ours.root.with_name("theirs")), "ps1")
        for course in (ours, theirs):
            for again in (False, True):
                if again:  # a person has graded meanwhile
                    with course.gradebook() as gradebook:
                        for cell in ("why", "draw"):
                            grade = gradebook.find_grade(cell, P2, "ps1", "perfect")
                            grade.manual_score, grade.needs_manual_grade = 2.0, False
                        gradebook.db.commit()
                if course is ours:
                    autograde_class(course, force=True, feedback=False)
                else:
                    for student in SCORES:
                        course.run(Autograde, student_id=student, force=True)
    mine = grades_in(ours)
    assert mine == grades_in(theirs)
    assert {name: graded["penalty"] for name, graded in mine["perfect"].items()} == {P1: 2.0, P2: 2.0, P3: 2.0}
    assert {name: graded["penalty"] for name, graded in mine["first-only"].items()} == {P1: 2.0, P2: None, P3: None}
    assert mine["perfect"][P2]["grades"] == {"why": (None, 2.0, False), "draw": (None, 2.0, False)}, "still settled"


def test_what_is_no_notebook_or_another_one_costs_its_own_points_only(plain_course):
    right = {name: filled_in(plain_course, name) for name in NAMES}
    hand_in(plain_course, "not-json", right | {P3: "{"})
    hand_in(plain_course, "mixed-up", right | {P1: right[P2]})
    hand_in(plain_course, "foreign", right | {P2: nbformat.v4.new_notebook(cells=[new_code_cell("1 + 1")])})
    hand_in(plain_course, "none", {P1: "{", P3: "<html>"})
    hand_in(plain_course, "empty", {}, {"notes.txt": "I forgot"})
    outcomes = {outcome.student: outcome for outcome in autograde_class(plain_course)}
    assert scores_in(plain_course) == {
        "not-json": (7.0, 0.0, 0.0),
        "mixed-up": (0.0, 0.0, 3.0),
        "foreign": (7.0, 0.0, 3.0),
        "none": (0.0, 0.0, 0.0),
        "empty": (0.0, 0.0, 0.0),
    }
    assert outcomes["not-json"].lacking.startswith(f"{P3}.ipynb: not a notebook (")
    assert outcomes["mixed-up"].lacking == (
        f"{P1}.ipynb: a notebook, but not of the assignment ps1: it has none of its cells; its cells are those of "
        f"{P2}.ipynb"
    )
    assert outcomes["foreign"].lacking.startswith(f"{P2}.ipynb: a notebook, but not of the assignment ps1")
    assert outcomes["none"].problem.startswith("not graded: ") and f"{P1}.ipynb: not a note" in outcomes["none"].problem
    assert outcomes["empty"].problem == f"not graded: {P1}.ipynb, {P2}.ipynb, {P3}.ipynb: no such file"
    again = {outcome.student: outcome for outcome in autograde_class(plain_course)}
    assert again == outcomes, "a second run says the same"
    mine = grades_in(plain_course)
    with plain_course.gradebook() as gradebook:
        gradebook.remove_submission("ps1", "not-json")
    plain_course.run(careful_autograde.Autograde, student_id="not-json", force=True)
    assert grades_in(plain_course)["not-json"] == mine["not-json"], "so does nbgrader's command"
    with pytest.raises(NbGraderException, match="No notebooks were matched"):
        plain_course.run(careful_autograde.Autograde, student_id="none", force=True)


def test_cells_without_their_metadata_are_recognised_in_each_notebook(plain_course):
    bare = {}
    for name in NAMES:
        bare[name] = filled_in(plain_course, name)
        for cell in bare[name].cells:
            cell.metadata.pop("nbgrader", None)
    hand_in(plain_course, "colab", bare)
    assert [outcome.lacking or outcome.problem for outcome in autograde_class(plain_course)] == [""]
    assert scores_in(plain_course) == {"colab": SCORES["perfect"]}


def test_each_notebook_runs_in_a_process_and_a_folder_of_its_own(plain_course):
    right = {name: filled_in(plain_course, name) for name in NAMES}
    leaves = (
        "import builtins\nopen('left.txt', 'w').write('AB')\nbuiltins.left = 'AB'\ndef double(x):\n    return 2 * x"
    )
    finds = "import builtins, os\ndef shout(text):\n    return 'AB' if os.path.exists('left.txt') else builtins.left"
    left = {P1: with_source(right[P1], "double", leaves), P3: with_source(right[P3], "shout", finds)}
    hand_in(plain_course, "leaves-something", right | left)
    autograde_class(plain_course)
    assert scores_in(plain_course) == {"leaves-something": (7.0, 0.0, 1.0)}


def graded_by(run):
    """Whom a run has graded, in this order."""
    names = []

    def watched(what, done, total):
        for item, result in done:
            names.append((what, item.student))
            yield item, result

    run(watched)
    return names


def test_only_who_has_changed_anything_is_graded_again(handed_in):
    autograde_class(handed_in)
    before = grades_in(handed_in)
    assert graded_by(lambda watched: autograde_class(handed_in, progress=watched)) == []
    hand_in(handed_in, "first-only", {P3: filled_in(handed_in, P3)})
    hand_in(handed_in, "quiet", {P3: filled_in(handed_in, P3)})
    handed_in.page("partial", P2).unlink()
    assert graded_by(lambda watched: autograde_class(handed_in, progress=watched)) == [
        ("grading", "first-only"),
        ("grading", "quiet"),
        ("feedback", "first-only"),
        ("feedback", "partial"),
        ("feedback", "quiet"),
    ]
    changed = scores_in(handed_in)
    assert changed == SCORES | {"first-only": (7.0, 0.0, 3.0), "quiet": (7.0, 0.0, 3.0)}
    assert {s: g for s, g in grades_in(handed_in).items() if s not in ("first-only", "quiet")} == {
        s: g for s, g in before.items() if s not in ("first-only", "quiet")
    }
    shutil.copytree(handed_in.root / "submitted", handed_in.root / "moved")  # as new as its place
    shutil.rmtree(handed_in.root / "submitted")
    (handed_in.root / "moved").rename(handed_in.root / "submitted")
    assert graded_by(lambda watched: autograde_class(handed_in, progress=watched)) == []


def test_a_run_that_is_killed_leaves_no_submission_in_part(handed_in, monkeypatch):
    """Killed at each writing of a folder: a student's notebooks are there together, and the next run ends it."""
    monkeypatch.setattr(class_grader, "BATCH_SECONDS", -1.0)
    replace, renamed = class_grader.os.replace, []

    def killed(source, target):
        renamed.append(target)
        if len(renamed) % 3 == 0:
            raise KeyboardInterrupt
        replace(source, target)

    runs = 0
    with monkeypatch.context() as patch:
        patch.setattr(class_grader.os, "replace", killed)
        while runs < 50:
            runs += 1
            try:
                autograde_class(handed_in)
                break
            except KeyboardInterrupt:
                for student, notebooks in submissions(handed_in).items():
                    there = {path.stem for path in handed_in.folder("autograded", student).glob("*.ipynb")}
                    assert there in (set(), set(notebooks))
    assert runs > 5 and scores_in(handed_in) == SCORES
    assert not (handed_in.root / ".partial").exists()


def test_what_is_written_together_is_written_whole_or_not_at_all(handed_in):
    """The scores of all notebooks of a submission go into the gradebook together."""
    some = {"test-double": 1.0, "test-total": 1.0, "test-partial": 1.0}
    half = GradingResult("half", notebooks={P1: GradedNotebook(b"", some), P3: GradedNotebook(b"", {})})
    with GradebookWriter(handed_in) as records, pytest.raises(KeyError):
        records.write([(half, None)])
    assert grades_in(handed_in) == {}


def test_the_table_and_the_grades_have_all_notebooks(handed_in):
    outcomes = autograde_class(handed_in, feedback=False)
    table = results_table(handed_in, outcomes)
    rows = dict(zip(table.columns[0]._cells, zip(*(c._cells for c in table.columns[1:]), strict=True), strict=True))
    assert rows["perfect"] == ("10 / 17", "(2 answers to grade by hand)")
    assert rows["quiet"] == ("8 / 17", f"{P3}/shout (2 answers to grade by hand)")
    assert (
        rows["first-only"]
        == (
            "7 / 17",
            f"{P3}/double, {P3}/shout, {P2}/draw, {P2}/why; {P2}.ipynb, {P3}.ipynb: no such file",
        )
        or f"{P2}.ipynb, {P3}.ipynb: no such file" in rows["first-only"][1]
    )
    grades = write_grades(handed_in).read_text().splitlines()
    assert [line.split(",")[-2:] for line in grades if ",quiet," in line] == [["8.0", "17.0"]]


def test_pages_show_each_notebook_and_what_a_person_gave(handed_in):
    autograde_class(handed_in)
    page = handed_in.page("quiet", P3).read_text()
    assert "<strong>1</strong> of 3 points" in page and "test shout" in page and "it is not loud" in page
    assert "every check passed" not in page
    assert "every check passed" in handed_in.page("quiet", P1).read_text()
    partial = handed_in.page("partial", P1).read_text()
    assert "It earned 0.5 of 2 points." in partial and "every check passed" not in partial
    words = handed_in.page("perfect", P2).read_text()
    assert "Draw it, below." in words and "Because it is even." in words and "7 still wait for a person" in words
    assert MARK_SCHEME not in words and "Nothing here is checked by a program" in words
    with handed_in.gradebook() as gradebook:
        grade = gradebook.find_grade("draw", P2, "ps1", "perfect")
        grade.manual_score, grade.needs_manual_grade = 2.5, False
        gradebook.find_comment("draw", P2, "ps1", "perfect").manual_comment = "Name your axes."
        gradebook.db.commit()
    assert [outcome.problem for outcome in write_feedback(handed_in)] == [""] * len(SCORES)
    words = handed_in.page("perfect", P2).read_text()
    assert "<strong>2.5</strong> of 7 points" in words and "Name your axes." in words


def test_a_page_that_cannot_be_made_keeps_no_other_back(handed_in, monkeypatch):

    page = render.render_page

    def failing(assignment, graded, name):
        return Failed("to make it took ages") if name == P1 else page(assignment, graded, name)

    monkeypatch.setattr(render, "render_page", failing)
    outcomes = {outcome.student: outcome for outcome in autograde_class(handed_in)}
    assert outcomes["perfect"].problem == f"graded, but without feedback: {P1}.ipynb: to make it took ages"
    assert outcomes["first-only"].problem == "graded, but without feedback: to make it took ages"
    assert outcomes["without-first"].problem == "" and outcomes["perfect"].needs_person
    assert handed_in.page("perfect", P2).exists() and not handed_in.page("perfect", P1).exists()
    monkeypatch.setattr(render, "render_page", page)
    assert [outcome.problem for outcome in autograde_class(handed_in)] == [""] * len(SCORES)
    assert handed_in.page("perfect", P1).exists()


def test_a_cell_that_the_lesson_has_no_more_costs_no_page(handed_in, plain_source):
    """The lesson was changed after grading, and the assignment not yet generated anew."""
    autograde_class(handed_in, feedback=False)
    path = plain_source / "ps1" / f"{P3}.ipynb"
    nb = nbformat.read(path, as_version=4)
    for name in ("shout", "test-shout"):
        cell_of(nb, name).metadata.nbgrader.grade_id = f"new-{name}"
    nbformat.write(nb, path)
    assert [outcome.problem for outcome in write_feedback(handed_in)] == [""] * len(SCORES)
    page = handed_in.page("quiet", P3).read_text()
    assert "test shout" in page and "it is not loud" in page and "every check passed" not in page


def test_a_notebook_that_was_not_generated_is_named_before_anybody_is_graded(handed_in, plain_source):
    shutil.copy(plain_source / "ps1" / f"{P3}.ipynb", plain_source / "ps1" / "p4_new.ipynb")
    with pytest.raises(CourseError, match="p4_new.ipynb.*`python -m grading update-assignment ps1`"):
        autograde_class(Course(handed_in.root, "ps1"))
    (plain_source / "ps1" / "p4_new.ipynb").unlink()
    (plain_source / "ps1" / f"{P3}.ipynb").unlink()
    with pytest.raises(CourseError, match=f"{P3}.ipynb.*`python -m grading update-assignment ps1`"):
        autograde_class(Course(handed_in.root, "ps1"))
    assert not (handed_in.root / "autograded").exists()


def test_a_check_that_no_exam_has_is_named_with_its_file_before_anybody_is_graded(handed_in, plain_source):
    path = plain_source / "ps1" / f"{P3}.ipynb"
    nb = nbformat.read(path, as_version=4)
    cell_of(nb, "test-shout").source = 'from grading.examiner import examine\nexamine("ps1.shout", shout)'
    nbformat.write(nb, path)
    generate_assignment(handed_in, force=True)
    with pytest.raises(CourseError, match=rf"{P3}\.ipynb: the cell test-shout asks examine\('ps1.shout'\)"):
        autograde_class(handed_in)
    assert not (handed_in.root / "autograded").exists()


def test_a_notebook_of_text_alone_is_part_of_the_assignment(plain_course, plain_source):
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("Read this first.")])
    nbformat.write(nb, plain_source / "ps1" / "p0_intro.ipynb")
    generate_assignment(plain_course, force=True)
    course = Course(plain_course.root, "ps1")
    notebooks = {name: released(course, name) for name in course.lessons}
    hand_in(course, "reads", notebooks | {P1: filled_in(course, P1)})
    assert [(outcome.problem, outcome.lacking) for outcome in autograde_class(course)] == [("", "")]
    assert scores_in(course) == {"reads": (0.0, 7.0, 0.0, 0.0)}


def test_nbgraders_own_command_makes_the_same_pages(handed_in):
    autograde_class(handed_in)
    pages = {name: handed_in.page("quiet", name).read_text() for name in NAMES}
    shutil.rmtree(handed_in.root / "feedback")
    handed_in.run(GenerateFeedback, student_id="quiet", force=True)
    assert {name: handed_in.page("quiet", name).read_text() for name in NAMES} == pages
