"""Run the cells of a submission where they can do no harm, and judge what they leave."""

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import fields
from itertools import takewhile
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution
from traitlets import Bool, Float, Integer, Unicode

from ..course.handed_in import SubmittedReader
from ..course.lesson import examined, grade_id, is_test, lessons_in, names_bound
from ..course.own_answers import is_unanswered
from ..course.results import not_run
from ..examiner.course_exam import configured_source
from ..examiner.exam import Exam, load_exam, sandbox_profile
from ..examiner.in_process import CASE_KEY
from ..examiner.secret import case_key, course_secret
from ..examiner.session import CellSession, Illustrator, examination
from ..examiner.verdict import Verdict
from ..sandbox.host import Child, Ended, child
from ..sandbox.limits import Limits, MiB
from ..sandbox.machine import CannotConfine
from ..sandbox.plain_python import prepared
from ..sandbox.profile import SandboxProfile
from ..sandbox.readable import hiding_course
from ..sandbox.zygote_process import Interrupted
from ..util.errors import CourseError
from ..util.text import in_one_line
from .python_versions import explain_syntax_errors

DEFAULT = Limits()
TIMEOUT = "CellTimeoutError"  # nbgrader's name for it


class ConfinedExecute(NbGraderPreprocessor):
    """Takes the place of nbgrader's Execute: cells run in a confined process, and verdicts are made outside it.

    A test cell that asks ``examine`` passes if the verdict says so and the cell raised nothing. A test cell that does
    not is believed what its process says, as everywhere in nbgrader. All verdicts are made when the last cell has run.

    The notebook that comes out says more than its outputs, for the feedback and the class report: the metadata of a
    test cell hold its ``verdicts``, each a dict of ``check``, ``message`` (empty if it passed), ``misconception`` and
    ``belief``, and for the first check that a class failed an ``illustration``; those of the notebook hold what it
    took, ``usage``: ``seconds``, ``cpu`` seconds, ``memory`` in bytes, and if it was ``stopped``, by what, and
    ``stopped_in`` which cell. What stands there is the grader's own word; an output's is the submission's, whatever it
    calls itself.
    """

    skip_cells_with_tag = Unicode("explore", help="Cells with this tag are not run.").tag(config=True)
    cell_seconds = Float(DEFAULT.cell_seconds, help="Seconds that a cell may take; then it is interrupted.").tag(
        config=True
    )
    total_seconds = Float(DEFAULT.total_seconds, help="Seconds that all cells together may take.").tag(config=True)
    cpu_seconds = Integer(DEFAULT.cpu_seconds, help="Seconds of CPU that all cells together may take.").tag(config=True)
    memory = Integer(
        DEFAULT.memory // MiB, help="MiB of address space that a submission may use besides Python and its libraries."
    ).tag(config=True)
    file_size = Integer(DEFAULT.file_size // MiB, help="MiB that a file may have that a cell writes.").tag(config=True)
    scratch_size = Integer(DEFAULT.scratch_size // MiB, help="MiB that all files together may have.").tag(config=True)
    scratch_files = Integer(DEFAULT.scratch_files, help="Files and folders there may be.").tag(config=True)
    open_files = Integer(DEFAULT.open_files, help="Files that may be open at a time.").tag(config=True)
    threads = Integer(DEFAULT.threads, help="Threads there may be at a time.").tag(config=True)
    text = Integer(DEFAULT.text, help="Characters that a cell may print; the rest is left out.").tag(config=True)
    pictures = Integer(
        DEFAULT.pictures // MiB, help="MiB of pictures and the like that a cell may show; the rest is left out."
    ).tag(config=True)
    outputs = Integer(DEFAULT.outputs // MiB, help="MiB that all cells together may print and show.").tag(config=True)
    run_strangers_code_unconfined = Bool(
        False,
        help="""Run submissions with all the rights of whoever grades them, in nbgrader's own way. For a class whose
        every member you trust with your files, on a machine that cannot confine them, such as macOS or Windows.""",
    ).tag(config=True)

    def limits(self) -> Limits:
        in_mib = {"memory", "file_size", "scratch_size", "pictures", "outputs"}
        names = [field.name for field in fields(Limits)]
        return Limits(**{name: getattr(self, name) * (MiB if name in in_mib else 1) for name in names})

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        nb.metadata.pop("usage", None)  # a submission may bring its own
        key = self.case_key(resources["nbgrader"])
        if self.run_strangers_code_unconfined:
            self.log.warning("Submissions run with all your rights, because run_strangers_code_unconfined is set")
            execute = Execute(parent=self.parent, skip_cells_with_tag=self.skip_cells_with_tag)
            with environment(CASE_KEY, key):
                return execute.preprocess(nb, resources)
        files, tries = Path(resources["metadata"]["path"]), resources["nbgrader"].get("tries", 2)
        try:
            for left in reversed(range(tries)):
                try:
                    self.run_cells(nb, resources, files, key)
                    break
                except Interrupted as error:
                    if not left:
                        raise
                    self.log.warning("A submission is run again: %s", error)
        except CannotConfine as error:
            self.log.error("Grading refused: submissions cannot be confined here: %s", error)
            raise
        return nb, resources

    def case_key(self, context: dict) -> str:
        """Return what the cases of a submission are drawn from; empty if it is part of no course, or has no exam.

        Raises
        ------
        CourseError
            If the course's secret is missing, or if there is no such submission.
        """
        if "case_key" in context:
            return context["case_key"]
        assignment = context["assignment"]
        if "db_url" not in context or not self.exam(context):
            return ""
        directory = CourseDirectory(config=self.config)
        submitted = Path(directory.root, directory.submitted_directory)
        try:
            secret = course_secret(Path(directory.root), context["db_url"])
        except CourseError as error:
            self.log.error("Grading refused: %s", error)
            raise
        lessons = lessons_in(Path(directory.format_path(directory.source_directory, ".", assignment)), assignment)
        reader = SubmittedReader(submitted, assignment, self.limits(), directory.ignore, lessons)
        return case_key(secret, reader.read(context["student"], *lessons).submission.digest)

    def exam(self, context: dict) -> Exam | None:
        """Return the exam of the assignment, if it has one."""
        found = context["exam"] if "exam" in context else configured_source(self.config, context["assignment"])
        return load_exam(found)

    def profile(self, assignment: str) -> SandboxProfile:
        """Return what a submission finds in its sandbox, which is nothing of the course."""
        return hiding_course(sandbox_profile(assignment), Path(CourseDirectory(config=self.config).root))

    def run_cells(self, nb: NotebookNode, resources: dict, files: Path, key: str) -> None:
        """Run what is to be run, in order; then judge it, and put outputs and verdicts into the cells."""
        stopped, process, start, context = "", None, time.perf_counter(), resources["nbgrader"]
        stopped_at = None
        exam, student = self.exam(context), context["student"]
        profile = context.get("profile") or self.profile(context["assignment"])
        sessions: list[tuple[NotebookNode, CellSession]] = []
        to_run = [cell for cell in nb.cells if self.is_run(cell)]
        untouched = untouched_names(nb)
        with contextlib.ExitStack() as stack:
            for count, cell in enumerate(to_run, start=1):
                cell.execution_count, cell.outputs = count, []
                cell.metadata.pop("verdicts", None)  # a submission may bring its own
                if stopped:
                    if is_grade(cell):
                        cell.outputs = [error("Stopped", not_run(stopped, grade_id(stopped_at)))]
                    continue
                try:
                    if process is None:
                        drawing, given = draw_ahead(to_run, exam, student, key), context.get("given", ())
                        process = stack.enter_context(child(profile, self.limits(), files, drawing, given))
                    session = CellSession(checks_of(cell), exam, student, key, untouched)
                    if session.due:
                        sessions.append((cell, session))
                    cell.outputs = self.run_cell(process, cell, session)
                except Ended as ended:
                    stopped, stopped_at = str(ended), cell
                    cell.outputs = [error("Stopped", stopped)]
                    self.log.warning("The submission was stopped: %s", in_one_line(stopped))
            context.get("sessions", []).extend((grade_id(cell), session) for cell, session in sessions)
            illustrator = Illustrator(exam, process)
            for cell, session in sessions:
                verdicts = session.verdicts()
                cell.metadata["verdicts"] = [illustrator.as_data(verdict, session) for verdict in verdicts]
                if cell is not stopped_at:
                    cell.outputs = enforced(cell.outputs, session, verdicts)
            if process:
                with contextlib.suppress(Ended):  # then of an error only its message is left
                    process.make_tracebacks(output for cell, _ in sessions for output in cell.outputs)
        explain_syntax_errors(nb)
        nb.metadata["usage"] = {"seconds": time.perf_counter() - start}
        if process and process.usage:
            nb.metadata["usage"] |= {name: process.usage[name] for name in ("cpu", "memory")}
        if stopped:
            nb.metadata["usage"] |= {"stopped": stopped, "stopped_in": grade_id(stopped_at)}

    def is_run(self, cell: NotebookNode) -> bool:
        has_code = cell.cell_type == "code" and bool(cell.source.strip())
        return has_code and self.skip_cells_with_tag not in cell.metadata.get("tags", [])

    def run_cell(self, process: Child, cell: NotebookNode, session: CellSession) -> list[NotebookNode]:
        """Run one cell, and take in what it is to be judged for."""
        is_trusted = is_test(cell) and not session.due
        if is_trusted:
            self.log.warning(
                "Cell %s asks no examine(); whether it passes is for the submission to say",
                cell.metadata.nbgrader.grade_id,
            )
        code = prepared(cell.source) if is_test(cell) else ""
        outputs = process.run(cell.source, session.receive, session.questions, code)
        if process.timed_out:
            outputs.insert(0, error(TIMEOUT, f"the cell took more than {self.cell_seconds:g} s"))
        return credited(outputs, cell.metadata.nbgrader.get("points", 0)) if is_trusted else outputs


def draw_ahead(cells: list[NotebookNode], exam: Exam | None, student: str, key: str) -> Iterator[list]:
    """Draw what a submission will be asked, one check after the other: while it runs there is time to."""
    for cell in cells:
        for name in checks_of(cell):
            yield examination(exam, name, student, key).data


def untouched_names(nb: NotebookNode) -> frozenset[str]:
    """Return what is bound only by solution cells that are as they were released."""
    released, written = set(), set()
    for cell in nb.cells:
        if cell.cell_type == "code" and not is_grade(cell):
            (released if is_solution(cell) and is_unanswered(cell) else written).update(names_bound(cell.source))
    return frozenset(released - written)


def checks_of(cell: NotebookNode) -> list[str]:
    """Return the checks that a cell asks the examiner about, if it is a test."""
    return examined(cell.source) if is_test(cell) else []


def enforced(outputs: list[NotebookNode], session: CellSession, verdicts: list[Verdict]) -> list[NotebookNode]:
    """The outputs of a test cell as if each verdict had been there when it was asked for, whatever the process says.

    nbgrader reads the grade off them: the first error costs all points, and a result before it would be a grade. The
    first error is also what everybody reads, so it is the verdict's, and not one that only looks like it. It ends the
    cell, as where ``examine`` raises: what came after it is left out.
    """
    for output in outputs:
        if output.output_type == "execute_result":
            output.output_type = "display_data"
            del output["execution_count"]
    if failed := next((verdict for verdict in verdicts if not verdict.passed), None):
        before = [output for output in outputs if output.get("ename") != TIMEOUT][: session.examined[failed.check]]
        before = takewhile(lambda output: output.output_type != "error", before)
        return [*before, error("CheckFailed", failed.message)]
    missing = [name for name in session.due if name not in session.examined]
    if missing and not any(output.output_type == "error" for output in outputs):
        message = f"{missing[0]}: the examiner was not asked. Is examine() another function by now?"
        outputs.insert(0, error("CheckFailed", message))
    return outputs


def credited(outputs: list[NotebookNode], points: float) -> list[NotebookNode]:
    """The outputs of a test cell that asks no examiner, without results that nbgrader cannot take for partial credit.

    It fails at a number above the cell's points, and at a result without a text. What is no number it takes for full
    credit, and so are these.
    """
    for output in outputs:
        if output.output_type == "execute_result" and not is_credit(output["data"].get("text/plain"), points):
            output.output_type = "display_data"
            del output["execution_count"]
    return outputs


def is_credit(text: str | None, points: float) -> bool:
    """Whether nbgrader can make points of a result."""
    try:
        return bool(text) and not float(text) > points
    except ValueError:
        return True


@contextlib.contextmanager
def environment(name: str, value: str) -> Iterator[None]:
    """Give an environment variable to the processes that are started inside."""
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]


def error(name: str, message: str) -> NotebookNode:
    return new_output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])
