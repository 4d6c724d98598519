"""The commands of ``python -m grading``. Each loads what it needs itself: nbgrader alone takes most of a second."""

import json
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from .cli_assignment import update_assignment, void
from .cli_class import report, show
from .cli_grades import due, extend, resolve
from .cli_lms import collect, roster
from .cli_options import Name, OfCells, Root, Scheduler, Students, System, Workers, console
from .course.lock import course_lock
from .course.paths import DEFAULT_COURSE
from .util.errors import CourseError, NotDecided
from .util.imports import fast_imports
from .util.text import in_one_line

app = typer.Typer(help="What nbgrader's own commands lack.", no_args_is_help=True, pretty_exceptions_enable=False)
LONGEST_TABLE = 100  # students; of a larger class only those with a problem are shown


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="A notebook that a student has filled in.")],
    assignment: OfCells = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    course: Root = None,
) -> None:
    """Grade one submission and touch no gradebook."""
    with fast_imports():
        from .autograde.template import start_template

        start_template()
        from .autograde import check as checking

    report = checking.check(notebook, assignment, course)
    typer.echo(report.whose, err=as_json)
    if as_json:
        typer.echo(json.dumps(report.as_json(), indent=2))
        return
    for cell in report.cells:
        typer.echo(f"{cell.score:5g} / {cell.max_score:<5g} {cell.grade_id}")
        message = cell.message or ("" if cell.score >= cell.max_score else "a person gives these points")
        typer.echo("".join(f"{'':14}{line}\n" for line in message.splitlines()), nl=False)
    typer.echo(f"{report.score:5g} / {report.max_score:<5g} in all")


@app.command()
def sample(assignment: Name = None, course: Root = None) -> None:
    """Make a small sample class in submitted/, if nobody has handed anything in yet."""
    with fast_imports():
        from .course.course import Course
        from .course.sample import PLAIN_CLASS, make_sample_class
        from .examiner.course_exam import course_exam

    target = Course(course, assignment)
    if students := target.students():
        typer.echo(f"{target.root / 'submitted'} already holds {len(students)} submissions; left as it is")
        return
    exam = course_exam(target)
    with course_lock(course):
        made = make_sample_class(target, exam.sample_class if exam and exam.sample_class else PLAIN_CLASS)
    typer.echo(f"{made} sample submissions in {target.root / 'submitted'}")


@app.command()
def autograde(
    assignment: Name = None,
    course: Root = None,
    force: Annotated[bool, typer.Option("--force", help="Grade everybody again, changed or not.")] = False,
    feedback: Annotated[bool, typer.Option(help="Write feedback, too.")] = True,
    student: Students = None,
    workers: Workers = None,
    scheduler: Scheduler = "",
) -> None:
    """Grade everybody in submitted/; write the gradebook, feedback/ and grades.csv; show a table.

    Exit status 1 if somebody could not be graded, or has no page, by no fault of their own.
    """
    with course_lock(course):
        with start_workers(workers, scheduler) as started:
            with fast_imports():
                from .autograde import class_grader, results_table
                from .autograde.progress import show_progress
                from .course.course import Course

            target = Course(course, assignment)
            progress = partial(show_progress, console)
            outcomes = class_grader.autograde_class(
                target, started, force, progress, feedback, student or (), console.print
            )
        grades = results_table.write_grades(target)
    problems = [outcome for outcome in outcomes if outcome.problem]
    if len(outcomes) <= LONGEST_TABLE:
        console.print(results_table.results_table(target, outcomes))
    elif shown := [outcome for outcome in outcomes if outcome.problem or outcome.lacking]:
        console.print(results_table.results_table(target, shown))
    warnings = [*results_table.grouped_warnings(outcomes), *target.strays()]
    for line in warnings[:LONGEST_TABLE]:
        typer.echo(f"warning: {in_one_line(line)}", err=True)
    if len(warnings) > LONGEST_TABLE:
        typer.echo(f"warning: and {len(warnings) - LONGEST_TABLE} more like these", err=True)
    console.print(f"{len(outcomes) - len(problems)} of {len(outcomes)} submissions are graded")
    console.print(f"gradebook  {target.root / 'gradebook.db'}")
    console.print(f"grades     {grades}")
    if feedback:
        print_pages(target)
    exit_if_undecided(outcomes)


@app.command()
def feedback(
    assignment: Name = None,
    course: Root = None,
    student: Students = None,
    workers: Workers = None,
    scheduler: Scheduler = "",
) -> None:
    """Write everybody's feedback anew, with the points and comments that a person has given since.

    Exit status 1 if a page could not be made.
    """
    target, outcomes = write_pages(course, assignment, workers, scheduler, student or ())
    warn_not_current(target)
    print_pages(target)
    exit_if_undecided(outcomes)


def print_pages(course) -> None:
    """Say where the pages of feedback are."""
    for name in course.lesson_paths:
        console.print(f"feedback   {course.page('STUDENT', name)}")


def warn_not_current(course, new: bool = True) -> None:
    """Warn if grades are missing from the gradebook, or older than what they are made from."""
    from .autograde.currency import warning

    if line := warning(course, new):
        typer.echo(f"warning: {line}", err=True)


def exit_if_undecided(outcomes: list) -> None:
    """End with exit status 1 if somebody has no grade, or no page, by no fault of their own."""
    if undecided := sum(outcome.needs_person for outcome in outcomes):
        typer.echo(f"error: {undecided} could not be done, by no fault of theirs: run it again to try again", err=True)
        raise typer.Exit(1)


def write_pages(course: Path, assignment: str | None, workers: int | None, scheduler: str, only: Sequence[str] = ()):
    """Write feedback anew, of everybody or some; say for whom that cannot be; return the course and all outcomes."""
    with course_lock(course), start_workers(workers, scheduler) as started:
        with fast_imports():
            from .autograde import class_grader
            from .autograde.progress import show_progress
            from .course.course import Course

        target = Course(course, assignment)
        progress = partial(show_progress, console)
        outcomes = class_grader.write_feedback(target, started, progress, only)
    for outcome in outcomes:
        if outcome.problem:
            console.print(f"{escape(in_one_line(outcome.student))}: {escape(in_one_line(outcome.problem))}")
    return target, outcomes


@contextmanager
def start_workers(workers: int | None, scheduler: str) -> Iterator[Callable]:
    """Give what makes a pool for an assignment: of a scheduler's workers, or of this machine's, which start already."""
    if scheduler:
        from .workers.dask_pool import DaskPool

        yield partial(DaskPool, scheduler=scheduler)
        return
    with fast_imports():
        from .workers.local_pool import LocalPool, local_workers
    with local_workers(workers) as crew:
        yield partial(LocalPool, crew=crew)


@app.command()
def export(
    to: Annotated[System | None, typer.Option(help="For which system.")] = None,
    assignment: Name = None,
    template: Annotated[Path | None, typer.Option(help="The file of grades that it has written itself.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The file to write.")] = None,
    column: Annotated[str, typer.Option(help="The template's column for the scores, or a part of its name.")] = "",
    questions: Annotated[
        Path | None, typer.Option(help="Write everybody's points for each question, too, into this CSV file.")
    ] = None,
    feedback: Annotated[
        Path | None, typer.Option(help="Make everybody's feedback anew, too, and pack it into this zip file.")
    ] = None,
    student: Students = None,
    course: Root = None,
    workers: Workers = None,
    scheduler: Scheduler = "",
) -> None:
    """Write the grades, and the feedback, in the form that Canvas, Moodle, Blackboard or Gradescope reads."""
    with fast_imports():
        from .course.course import Course
        from .course.gradebook import renew_penalties
        from .lms.cautions import listed
        from .lms.export import EXPORTS
        from .lms.feedback_archive import pack

    target, only = Course(course, assignment), student or ()
    if questions:
        from .lms.questions import write_questions

        typer.echo(f"points for each question: {write_questions(target, questions, only)}")
    if to is None:
        if questions and not (template or out or feedback or column):
            return
        raise CourseError("for which system? Name it: --to canvas, moodle, blackboard or gradescope")
    exporter = EXPORTS[to.value]
    with course_lock(course) if feedback else nullcontext():
        renew_penalties(target)
        warn_not_current(target, new=False)  # the exporter names those
        with target.gradebook() as gradebook:
            plugin = exporter(
                to=str(out or target.root / exporter.default_to),
                template=str(template or ""),
                column=column,
                assignment=[target.assignment],
                student=list(only),
            )
            plugin.export(gradebook)
        for warning in plugin.warnings:
            typer.echo(f"warning: {in_one_line(warning)}", err=True)
        typer.echo(f"grades for {exporter.system}: {plugin.written}")
        if plugin.left_alone:
            names = in_one_line(listed(plugin.left_alone))
            typer.echo(f"not graded, and left as in {template}: {names}")
        if not feedback:
            return
        _, outcomes = write_pages(course, target.assignment, workers, scheduler, only)
        for warning in pack(target, plugin.folders, feedback):
            typer.echo(f"warning: {in_one_line(warning)}", err=True)
        typer.echo(f"feedback for {exporter.system}: {feedback}")
    exit_if_undecided(outcomes)


@app.command()
def new_course(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder, or an empty one.")],
) -> None:
    """Make the folder of a course of your own: its settings, which begin with ours, source/ and exams/."""
    with fast_imports():
        from .course import new_course as making

    folder = folder.resolve()
    making.new_course(folder)
    typer.echo(f"1. put your notebook, with its solutions and tests, into {folder / 'source' / 'NAME'}/")
    typer.echo(f"2. run `nbgrader generate_assignment NAME` in {folder}")
    typer.echo(f"3. put what students hand in into {folder / 'submitted' / 'STUDENT' / 'NAME'}/")
    typer.echo(f"4. run `python -m grading autograde NAME --course {shlex.quote(str(folder))}`")


@app.command()
def new_secret(course: Root = None) -> None:
    """Make the secret that cases are drawn from, where it is lost. Everybody is then asked with other numbers."""
    with fast_imports():
        from .examiner.secret import SECRET_FILE, make_secret

    path = course / SECRET_FILE
    if path.exists():
        raise CourseError(f"{path} is there: take it away first, and with it what everybody is asked")
    make_secret(course)
    typer.echo(f"secret  {path}: back it up with gradebook.db, then `python -m grading autograde --force`")


def examined(course: Path, assignment: str | None):
    """Return an assignment that has an exam, as its course; without a name, the only one.

    Raises
    ------
    CourseError
        If there is none, or if none is named and there are several.
    """
    with fast_imports():
        from .course.course import Course, choose_assignment
        from .examiner.course_exam import exams_of

    exams, folder = exams_of(Course(course)), Course(course).exams_folder
    if assignment is not None and assignment not in exams:
        others = f"there is one for {', '.join(exams)}" if exams else f"it would be {folder / assignment}.py"
        raise CourseError(f"there is no exam for {in_one_line(assignment)!r}; {others}")
    if not exams:
        raise CourseError(f"no assignment has an exam; it would be {folder / 'NAME.py'}")
    return Course(course, choose_assignment(assignment, exams, []))


@app.command()
def audit(
    assignment: Name = None,
    students: Annotated[int, typer.Option(help="On how many students' numbers to try every right variant.")] = 200,
    mutant_students: Annotated[int, typer.Option(help="On how many to try every mutant.")] = 5,
    course: Root = None,
) -> None:
    """Grade the grader: every mutant must fail, every right variant pass. Exit status 1 if a promise is broken."""
    with fast_imports():
        from rich.progress import track

        from .examiner import audit as auditing
        from .examiner.course_exam import require_checks, source_of

    target = examined(course, assignment)
    require_checks(target)
    source = source_of(target)
    if not auditing.load_exam(source).mutants:
        raise CourseError(f"the exam of {source.assignment} has no mutants and no slips to audit it with")
    total = students + mutant_students
    result = auditing.audit(
        source,
        target.lessons.values(),
        mutant_students,
        students,
        lambda rows: track(rows, "auditing", total=total, console=console, transient=True),
    )
    for line in auditing.report(result):
        typer.echo(line)
    faults = list(result.faults())
    for fault in faults:
        typer.echo(f"error: {fault}", err=True)
    if faults:
        raise typer.Exit(1)


@app.command()
def fingerprints(assignment: Name = None) -> None:
    """Record how right and wrong solutions behave on public cases, for students' diagnose()."""
    with fast_imports():
        from .examiner.course_exam import course_exam

    exam = course_exam(examined(DEFAULT_COURSE, assignment))
    if not exam.record:
        raise CourseError(f"the exam of {exam.assignment} records nothing for students")
    typer.echo(f"written: {exam.record()}")


for command in (roster, collect, report, show, due, extend, resolve, update_assignment, void):
    app.command()(command)


def run() -> None:
    """Run a command; turn what the user can mend into one line and exit status 2, and Ctrl-C into 130.

    Exit status 1: a submission could not be graded, by no fault of its own.
    """
    try:
        app(prog_name="python -m grading")
    except NotDecided as error:
        typer.echo(f"error: {in_one_line(str(error))}", err=True)
        raise SystemExit(1) from None
    except (CourseError, OSError) as error:
        named = isinstance(error, OSError) and error.filename and error.strerror
        said = f"{error.filename}: {error.strerror}" if named else str(error)
        typer.echo(f"error: {in_one_line(said)}", err=True)
        raise SystemExit(2) from None
    except SystemExit as ended:
        if ended.code == 130:  # what typer makes of a KeyboardInterrupt
            typer.echo("stopped; run the same again to go on from here", err=True)
        raise
    except Exception as error:
        from sqlalchemy.exc import DatabaseError  # by now, whoever can raise it has loaded it

        if not isinstance(error, DatabaseError):
            raise
        typer.echo(f"error: the gradebook cannot be used: {error.orig}", err=True)
        raise SystemExit(2) from None
