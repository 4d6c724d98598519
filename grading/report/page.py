"""The report as one page that fetches nothing."""

from collections import Counter, defaultdict
from itertools import groupby
from pathlib import Path
from statistics import mean, median

from jinja2 import Environment, FileSystemLoader

from ..examiner.exam import Family
from ..feedback_page.exporter import TEMPLATES
from ..util.files import atomic_write
from ..util.text import by_hand, points
from . import charts
from .facts import ClassFacts


def write_page(found: ClassFacts, path: Path, names: bool = False) -> Path:
    """Write the page; an older one is replaced when the new one is whole.

    Parameters
    ----------
    found : ClassFacts
    path : Path
    names : bool
        Say which students; without, the page says only how many.
    """
    loader = FileSystemLoader([Path(__file__).with_name("templates"), TEMPLATES / "verdicts"])
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["points"] = points
    text = environment.get_template("report.html.j2").render(
        assignment=found.assignment,
        found=found,
        names=names,
        handed_in=len(found.scores) + len(found.ungraded),
        graded=len(found.scores) - len(found.ungradable),
        scores=list(found.scores.values()),
        mean=mean,
        median=median,
        scores_chart=charts.scores_chart(list(found.scores.values()), found.max_score),
        checks_charts=[
            (part, charts.checks_chart(part, list(checks)))
            for part, checks in groupby(found.checks, lambda check: check.part)
        ],
        seconds_chart=charts.seconds_chart(list(found.seconds.values())) if found.seconds else "",
        families=families(found),
        needs=[(title, by_reason(reasons)) for title, reasons in needs(found) if reasons],
    )
    with atomic_write(path) as partial:
        partial.write_text(text, encoding="utf-8")
    return path


def families(found: ClassFacts) -> list[tuple]:
    """Group the misconceptions of the class into families, with the number of students."""
    members, exam = defaultdict(list), found.exam
    families = exam.families if exam else ()
    for held in found.misconceptions:
        family = next((family for family in families if family.has(held.name)), Family(held.name, (), ""))
        members[family].append(held)
    rows = [
        (family, members[family], len({s for held in members[family] for s in held.students}))
        for family in dict.fromkeys([*families, *members])
        if family in members
    ]
    return sorted(rows, key=lambda row: -row[2])


def needs(found: ClassFacts) -> list[tuple[str, dict[str, str]]]:
    """List what a person has to look at: a title, and a reason for each student."""
    waiting = {student: by_hand(count) for student, count in found.waiting.items()}
    ungraded = dict.fromkeys(found.ungraded, "new: run `python -m grading autograde`")
    outdated = {student: f"{why}: run `python -m grading autograde`" for student, why in found.outdated.items()}
    return [
        ("Not gradable", found.ungradable),
        ("Graded in part", found.incomplete),
        ("Stopped by a limit", found.stopped),
        ("Graded, but unreadable now", found.unreadable),
        ("Not graded yet", ungraded),
        ("Changed since it was graded", outdated),
        ("Waiting for a grade by hand", waiting),
    ]


def by_reason(reasons: dict[str, str]) -> list[tuple[str, int, list[str]]]:
    """Group students by reason, the most frequent first."""
    counts = Counter(reasons.values())
    return [(reason, n, sorted(s for s in reasons if reasons[s] == reason)) for reason, n in counts.most_common()]
