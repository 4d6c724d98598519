"""Print what a check saw, for the eyes of an instructor; what a submission says is shown as text alone."""

from itertools import groupby
from math import inf, isnan

from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from ..examiner.explanation import CaseExplained, Compared
from ..feedback_page.facts import HINT
from ..util.text import in_one_line, points, printable
from .numbers import MOST_ENTRIES, difference, kind, pair, written
from .run import CheckSeen, Shown

WARNING = "For instructors only: this shows right values. Do not hand it on, or show it on a shared screen."
WIDE, FEW_ENTRIES = 100, 2  # columns of a screen; entries of an array where it has fewer
MOST_CODE = 20_000  # characters; the lesson's longest class has a tenth of that
MOST_SENTENCES = 3  # of those that told students what a check asks


def print_failed(console: Console, student: str, cells: list[Shown], command: str) -> None:
    """Print a list of the test cells that did not earn all of their points.

    Parameters
    ----------
    console : Console
    student : str
    cells : list of Shown
    command : str
        The command that shows one of them, with CHECK in place of its name.
    """
    console.print(Text(WARNING, "bold yellow"))
    for note in notes(cells):
        console.print(Text(note, "yellow"))
    if not cells:
        console.print(Text(f"{in_one_line(student)}: all test cells earn all of their points"))
        return
    table = Table("check", "points", "what went wrong", title=Text(f"{in_one_line(student)}: what failed"))
    for what, group in groupby(cells, what_went_wrong):  # a cell that does not run fails all of its checks
        group = list(group)
        earned, most = (sum(getattr(shown.cell, name) for shown in group) for name in ("score", "max_score"))
        names = "\n".join(in_one_line(name_of(shown)) for shown in group)
        table.add_row(Text(names), Text(f"{points(earned)} of {points(most)}"), Text(what))
    console.print(table)
    console.print(Text(f"one of them call by call: {command.replace('CHECK', name_of(cells[0]))}"))


def name_of(shown: Shown) -> str:
    """By what a test cell can be asked for: the name of its first check, or its own."""
    return shown.checks[0].check.name if shown.checks else shown.cell.grade_id


def what_went_wrong(shown: Shown) -> str:
    """What a test cell failed at, without its name and the hint."""
    what = shown.cell.message.partition(HINT)[0]
    return in_one_line(what.removeprefix(f"{name_of(shown)}: "))


def print_shown(console: Console, cells: list[Shown], full: bool = False) -> None:
    """Print what the checks of some test cells saw; with `full`, all parameters after every call."""
    console.print(Text(WARNING, "bold yellow"))
    for note in notes(cells):
        console.print(Text(note, "yellow"))
    for shown in cells:
        cell = shown.cell
        earned = f"{points(cell.score)} of {points(cell.max_score)} points"
        console.print(
            Text(f"\n{in_one_line(shown.student)}, {shown.notebook}.ipynb, {cell.grade_id}: {earned}", "bold")
        )
        if shown.source:
            print_plain_test(console, shown)
        for seen in shown.checks:
            print_check(console, shown, seen, full)


def notes(cells: list[Shown]) -> list[str]:
    return [note for shown in cells for note in shown.notes]


def print_plain_test(console: Console, shown: Shown) -> None:
    """Print a test cell that asks no examiner, and what it ended with."""
    console.print("The test, which asks no examiner, so that no value is known but those that stand in it:")
    print_code(console, shown.source)
    console.print(message_of(shown.cell.message) if shown.cell.message else Text("It passed.", "green"))


def print_code(console: Console, source: str) -> None:
    """Print code, every line of it in full; of code that no person reads to its end, the beginning."""
    shown = Syntax(printable(source[:MOST_CODE]), "python", word_wrap=True, background_color="default")
    console.print(Padding(shown, (0, 0, 0, 2)), soft_wrap=False)
    if (left := len(source) - MOST_CODE) > 0:
        console.print(Text(f"  and {left} more characters", "dim"))


def message_of(message: str) -> Text:
    return Text(printable(message), "red")


def print_check(console: Console, shown: Shown, seen: CheckSeen, full: bool) -> None:
    """Print one check: what it asks, the verdict, the case call by call, and the rule."""
    check, verdict = seen.check, seen.verdict
    console.print(Text.assemble((check.name, "bold"), f" asks of {check.subject}: {check.about}"))
    if verdict is None:
        console.print(Text("It was not asked, so there are no numbers to show.", "red"))
        console.print(message_of(shown.cell.message))
    elif verdict.passed:
        console.print(Text("It passed.", "green"))
    else:
        console.print(message_of(f"It failed: {verdict.deviation.message}"))
        if held := verdict.misconception:
            console.print(Text(f"The mistake it looks like ({held.name}): {held.belief}"))
        if hint := verdict.hint or (held.hint if held else ""):
            console.print(Text(f"The hint they got: {hint}"))
    if seen.case:
        print_case(console, seen, full)
    if full and shown.code.get(check.name):
        console.print(Text("\nThe student's code:", "bold"))
        print_code(console, shown.code[check.name])
    if seen.announced and verdict and not verdict.passed:
        console.print(Text("What told students so:"))
        for sentence in seen.announced if full else seen.announced[:MOST_SENTENCES]:
            console.print(Text(f"  {sentence}", "dim"))
        if not full and (left := len(seen.announced) - MOST_SENTENCES) > 0:
            console.print(Text(f"  and {left} more (--full shows them)", "dim"))


def print_case(console: Console, seen: CheckSeen, full: bool) -> None:
    """Print a case: what it starts from, each call with what came of it, and the rule that was broken."""
    case = seen.case
    which = "the first that is wrong" if case.wrong is not None else "all of it right"
    console.print(Text(f"\nCase {seen.number} of {seen.cases}, {which}", "bold"))
    print_inputs(console, case.inputs)
    if case.right_is:
        console.print(Text(f"right: {case.right_is}", "dim"))
    about = topic(case)
    for number, call in enumerate(case.calls):
        is_first = number == case.wrong
        title = Text(f"{number + 1}. {in_one_line(call.title)}", "bold red" if is_first else "bold")
        console.print(title.append("   <- here it leaves the right way" if is_first else ""))
        print_inputs(console, call.inputs)
        if call.said:
            console.print(Padding(Text(f"raised {in_one_line(call.said)}", "red"), (0, 0, 0, 3)))
        if is_first and not call.said and all(row.is_right for row in call.compared):
            console.print(Padding(Text(in_one_line(seen.verdict.deviation.message), "red"), (0, 0, 0, 3)))
        rows = [row for row in call.compared if full or is_worth_it(row, is_first) or row.of in ("", about)]
        if rows:
            console.print(Padding(table_of(rows, MOST_ENTRIES if console.width >= WIDE else FEW_ENTRIES), (0, 0, 0, 3)))
        if left := len(call.compared) - len(rows):
            wrong = sum(not row.is_right and row.counts for row in call.compared if row not in rows)
            more = f", {wrong} of them wrong" if wrong else ", all right"
            console.print(Text(f"   and {left} more{more} (--full shows them)", "dim"))
    if case.wrong is not None and seen.case.calls and len(case.calls) > case.wrong + 1:
        console.print(Text("What comes after the first wrong call goes on from wrong values.", "dim"))
    if any(not row.counts for call in case.calls for row in call.compared):
        console.print(Text("* This check does not look at it.", "dim"))
    if case.rule:
        console.print(Text("\nThe rule:", "bold"))
        for line in case.rule:
            console.print(Text(f"  {line}"))


def is_worth_it(row: Compared, is_first: bool) -> bool:
    """Whether a row is shown whatever it belongs to: at the first call that is wrong, what counts or is not right."""
    return is_first and (row.counts or not row.is_right)


def topic(case: CaseExplained) -> str:
    """What the value belongs to that is the farthest off; where none is wrong, the first that anything belongs to."""
    calls = case.calls if case.wrong is None else case.calls[case.wrong : case.wrong + 1]
    rows = [row for call in calls for row in call.compared if row.of]
    wrong = [row for row in rows if not row.is_right]
    worst = max(wrong, key=lambda row: (row.counts, inf if isnan(row.size) else row.size), default=None)
    return worst.of if worst else rows[0].of if rows else ""


def print_inputs(console: Console, inputs: tuple) -> None:
    for name, value in inputs:
        what = f" ({kind(value)})" if kind(value) else ""
        console.print(Text(f"   {in_one_line(name)}{what}: {written(value)}"))


def table_of(rows: list[Compared], entries: int) -> Table:
    """Return the values after a call beside the right ones."""
    table = Table("", "student", "right", "difference", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.columns[0].no_wrap = table.columns[3].no_wrap = True
    for row in rows:
        given, right = pair(row.given, row.right, row.is_right, entries)
        style = "" if row.is_right else "red" if row.counts else "yellow"
        name = f"{row.of} {row.what}".strip() + ("" if row.counts else " *")
        off = difference(row.given, row.right, row.is_right) + ("  wrong" if row.counts and not row.is_right else "")
        table.add_row(*(Text(in_one_line(text), style) for text in (name, given, right, off)))
    return table
