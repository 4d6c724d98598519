"""The report as one page that fetches nothing."""

from collections import Counter, defaultdict
from pathlib import Path
from statistics import mean, median

from jinja2 import Environment, FileSystemLoader

from ..examiner.exam import Family
from ..feedback_page.exporter import TEMPLATES
from ..util.files import atomic_write
from ..util.text import points, printable
from . import charts
from .discrimination import ABOUT, SMALLEST_CLASS
from .facts import ClassFacts
from .links import Links
from .side_by_side import side_by_side


def write_page(found: ClassFacts, path: Path, names: bool = False, links: Links | None = None) -> Path:
    """Write the page; an older one is replaced when the new one is whole.

    Parameters
    ----------
    found : ClassFacts
    path : Path
    names : bool
        Say which students; without, the page says only how many.
    links : Links or None
        Where it links to; None if nowhere.
    """
    loader = FileSystemLoader([Path(__file__).with_name("templates"), TEMPLATES / "verdicts"])
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"points": points, "percent": lambda share: f"{100 * share:.0f}\u00a0%", "plain": printable}
    scores, raw = list(found.scores.values()), list(found.raw_scores.values())
    text = environment.get_template("report.html.j2").render(
        assignment=found.assignment,
        found=found,
        names=names,
        links=links,
        made=f"{found.made:%Y-%m-%d %H:%M} {found.made.tzname() or ''}".strip(),
        handed_in=len(found.scores) + len(found.ungraded),
        graded=len(found.scores) - len(found.ungradable),
        scores=scores,
        hardest_first=sorted(found.checks, key=lambda check: check.rate),  # of equals, the first in the lesson
        raw=raw if raw != scores else [],
        mean=mean,
        median=median,
        scores_chart=charts.scores_chart(scores, found.max_score),
        seconds_chart=charts.seconds_chart(list(found.seconds.values())) if found.seconds else "",
        families=families(found),
        needs=[(title, by_reason(reasons)) for title, reasons in needs(found) if reasons],
        tells=any(check.discrimination is not None for check in found.checks),
        about_discrimination=ABOUT,
        smallest_class=SMALLEST_CLASS,
        pairs=side_by_side(found) if names else [],
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
    absent = dict.fromkeys(found.absent, "on the roster, and no submission")
    ungraded = dict.fromkeys(found.ungraded, "new: run `python -m grading autograde`")
    outdated = {student: f"{why}: run `python -m grading autograde`" for student, why in found.outdated.items()}
    return [
        ("Not gradable", found.ungradable),
        ("Graded in part", found.incomplete),
        ("Stopped by a limit", found.stopped),
        ("Graded, but unreadable now", found.unreadable),
        ("Not graded yet", ungraded),
        ("Handed in nothing", absent),
        ("Changed since it was graded", outdated),
    ]


def by_reason(reasons: dict[str, str]) -> list[tuple[str, int, list[str]]]:
    """Group students by reason, the most frequent first."""
    counts = Counter(reasons.values())
    return [(reason, n, sorted(s for s in reasons if reasons[s] == reason)) for reason, n in counts.most_common()]
