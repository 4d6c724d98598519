"""What a page of feedback takes, by its parts: ``python -m benchmarks.page [--class FOLDER]``.

Processor milliseconds, of the process that asks for a page and of the copy of it that makes it. Beside them stands what
nbgrader's own page of the same notebook takes, in this process.
"""

import json
import resource
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Annotated

import jinja2
import typer
from nbconvert.exporters import Exporter
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from grading.autograde.class_grader import ClassGrader, autograde_class
from grading.autograde.plan import assignment_of
from grading.course.course import Course
from grading.course.gradebook import GradebookWriter
from grading.feedback_page import exporter, facts, preprocessor
from grading.feedback_page.render import FeedbackRequest, render_feedback
from grading.nbgrader_plugins import code_in_colors, html_filters, isolated_exporter
from grading.workers.pool import collect_seldom

from .classes import MISTAKES, machine, make_class
from .parts import REST, Clock

STOCK_TIMES = 3  # that nbgrader makes a page, which takes long
COPYING = "copying the process, handing over"
PARTS = {
    "reading the notebook": [(exporter, "read_autograded")],
    "preprocessors": [(Exporter, "_validate_preprocessor"), (isolated_exporter.IsolatedExporter, "_preprocess")],
    "what the page says": [(preprocessor, "facts")],
    "pictures": [(facts, "draw_illustration")],
    "template": [(jinja2.Template, "render")],
    "Markdown": [(html_filters, "rendered")],
    "sanitizing": [(html_filters, "cleaned")],
    "highlighting": [(code_in_colors, "highlight")],
    "outputs": [(html_filters, "preformatted")],
}


def main(
    times: Annotated[int, typer.Option(help="How often each page is made.")] = 10,
    kinds: Annotated[int, typer.Option(help="Of how many kinds of submissions, as in a class.")] = len(MISTAKES) + 1,
) -> None:
    """Grade one submission of each kind, and make its page several times."""
    typer.echo(machine())
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder, "course"))
        course.root.mkdir()
        students = make_class(course, 2 * len(MISTAKES))
        chosen = [students[0], *students[1::2]][:kinds]
        autograde_class(course, feedback=False, only=chosen)
        with GradebookWriter(course) as records, ClassGrader(course, records) as group:
            requests = list(group.feedback_requests(chosen))
        stock = {request.student: nbgraders_page(course, request.student, STOCK_TIMES) for request in requests}
        found = pages(course, requests, times, Path(folder, "parts"))
    show(found, stock)


def pages(course: Course, requests: list[FeedbackRequest], times: int, place: Path) -> dict[str, dict[str, float]]:
    """Make pages as a worker does; milliseconds by student and by part."""
    assignment, clock, isolated = assignment_of(course, secret=""), Clock(time.process_time), isolated_exporter.isolated

    def watched(work, seconds, memory):
        def make():
            clock.restart()
            page = work()
            clock.change()
            place.write_text(json.dumps(clock.seconds))
            return page

        return isolated(make, seconds, memory)

    for part, functions in PARTS.items():
        for owner, name in functions:
            setattr(owner, name, clock.timed(part, getattr(owner, name)))
    isolated_exporter.isolated = watched
    for request in requests:  # what is loaded and worked out once
        render_feedback(assignment, request)
    collect_seldom()
    found = {}
    for request in requests:
        parts, before = defaultdict(float), core_seconds()
        for _ in range(times):
            render_feedback(assignment, request)
            for part, seconds in json.loads(place.read_text()).items():
                parts[part] += 1000 * seconds / times
        whole = 1000 * (core_seconds() - before) / times
        found[request.student] = {**parts, COPYING: whole - sum(parts.values())}
    return found


def core_seconds() -> float:
    """Return what this process and the copies that it has waited for have taken."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def nbgraders_page(course: Course, student: str, times: int) -> float:
    """Make nbgrader's own page, and return the median of its milliseconds."""
    config = Config(CourseDirectory={"root": str(course.root), "assignment_id": course.assignment})
    converter = GenerateFeedback(coursedir=CourseDirectory(config=config), config=config)
    maker = converter.exporter_class(parent=converter, config=converter.config)
    for step in converter.preprocessors:
        maker.register_preprocessor(step)
    path, taken = str(course.notebook("autograded", student)), []
    for _ in range(times + 1):
        resources, start = converter.init_single_notebook_resources(path), time.process_time()
        maker.from_filename(path, resources=resources)
        taken.append(1000 * (time.process_time() - start))
    return statistics.median(taken[1:])


def show(found: dict[str, dict[str, float]], stock: dict[str, float]) -> None:
    """Print a column for a right submission, the mean of those with mistakes, and the mean of a class of both."""
    right, *wrong = found.values()
    parts = [*PARTS, REST, COPYING]
    rows = {part: (right.get(part, 0.0), [each.get(part, 0.0) for each in wrong]) for part in parts}
    rows["in all"] = sum(right.values()), [sum(each.values()) for each in wrong]
    rows["nbgrader's own page"] = next(iter(stock.values())), list(stock.values())[1:]
    typer.echo(f"{'processor milliseconds':36} {'right':>9} {'mistakes':>9} {'a class':>9}")
    for part, (of_right, of_wrong) in rows.items():
        mean = statistics.mean(of_wrong) if of_wrong else of_right
        typer.echo(f"{part:36} {of_right:9.1f} {mean:9.1f} {(of_right + mean) / 2:9.1f}")


if __name__ == "__main__":
    typer.run(main)
