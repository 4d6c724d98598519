"""The table of attacks in ``docs/sandbox.md``: what each tries, what it did under stock nbgrader, what it does here."""

import re
from pathlib import Path

from attack import Attack

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sandbox.md"
BEGIN, END = "<!-- attacks: written by tests/hostile/stock.py -->", "<!-- end of attacks -->"
THEMES = {
    "cheating": "Points that were not earned",
    "reading": "Secrets",
    "breaking_out": "Other files, processes and machines",
    "misleading": "Deceiving the grader and its pages",
    "exhausting": "Time, memory, disk, output",
    "files": "Broken and hostile files",
}


def here(attack: Attack) -> str:
    """What the tests assert of an attack, in a few words: the points, and what the student is told."""
    points = f"{attack.score:g} points"
    for told in (attack.problem, attack.says, attack.shows):
        words = re.sub(r"\\(.)", r"\1", told.partition("|")[0])
        if words and not re.search(r"[.][*]|[\[\]]|^\.$", words):
            return f"{points}; says “{words}”"
    return points


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def row(attack: Attack, stock: str) -> str:
    return f"| `{attack.name}` | {cell(attack.tries.rstrip('.'))} | {cell(stock)} | {cell(here(attack))} |"


def rows(page: str) -> dict[str, list[str]]:
    """The cells of the table by attack: what it tries, stock nbgrader, here."""
    table = page[page.index(BEGIN) : page.index(END)]
    lines = [re.split(r" (?<!\\)\| ", line.strip("| ")) for line in table.splitlines() if line.startswith("| `")]
    return {name.strip("`"): rest for name, *rest in lines}


def written(attacks: list[Attack], stock: dict[str, str]) -> str:
    """The table, by theme."""
    parts = [BEGIN]
    for theme, title in THEMES.items():
        parts += ["", f"### {title}", "", "| attack | tries | stock nbgrader | here |", "|---|---|---|---|"]
        parts += [row(attack, stock.get(attack.name, "")) for attack in attacks if attack.theme == theme]
    return "\n".join([*parts, "", END])
