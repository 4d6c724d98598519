"""Every attack, graded in one class with innocent submissions: what it earned, what it harmed, what it was told."""

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from graded import ATTACKS, INNOCENT
from rich.console import Console
from world import processes_of

from grading.autograde.results_table import results_table, write_grades
from grading.sandbox.template import template

every_attack = pytest.mark.parametrize("name", ATTACKS)


@every_attack
def test_it_gets_what_it_earned(hostile_class, name):
    result = hostile_class.results[name]
    assert result.score == ATTACKS[name].score, (result.problem, result.messages)


@every_attack
def test_it_harms_nothing(hostile_class, name):
    assert hostile_class.results[name].harm == []


@every_attack
def test_nothing_it_tries_gets_through(hostile_class, name):
    assert [line for line in hostile_class.results[name].shown.splitlines() if line.startswith("GOT THROUGH")] == []


@every_attack
def test_it_learns_no_secret(hostile_class, name):
    assert hostile_class.world.stolen(hostile_class.results[name].outputs) == []


@every_attack
def test_it_has_run_and_is_told_the_truth(hostile_class, name):
    attack, result = ATTACKS[name], hostile_class.results[name]
    assert attack.says or attack.shows or attack.problem, "nobody would notice if this attack did nothing"
    assert re.search(attack.problem, result.problem) if attack.problem else not result.problem, result.problem
    assert re.search(attack.shows, result.shown), result.shown
    for error in result.own_errors:  # one that is not meant would keep the attack from being made
        assert attack.shows and re.search(attack.shows, error), error
    if attack.says:
        told = "\n".join(message for test, message in result.messages.items() if "test-adam-" in test)
        assert re.search(attack.says, told), told


class Scripts(HTMLParser):
    """Collects what of a page would run that an attack has put there: its scripts all name `owned`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found, self.inside = [], ""

    def handle_starttag(self, tag, attributes):
        self.inside = tag
        self.found += [(tag, name, value) for name, value in attributes if runs(tag, name, value)]

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside == "script" and "owned" in data:
            self.found.append(("script", "", data[:100]))


def runs(tag, name, value):
    picture = tag == "img" and name == "src" and value.startswith("data:image/png")
    loads = name.startswith("on") or name in ("href", "src", "srcdoc", "action")
    return "owned" in (value or "") and loads and not picture


@pytest.mark.parametrize("name", [name for name in ATTACKS if "script" in name or "cannot-be-written" in name])
def test_no_page_runs_what_it_shows(hostile_class, name):
    scripts = Scripts()
    scripts.feed(hostile_class.results[name].page)
    assert hostile_class.results[name].page and scripts.found == []


@pytest.mark.parametrize("innocent", INNOCENT)
def test_the_innocent_are_graded_as_ever(hostile_class, innocent):
    result = hostile_class.results[innocent]
    assert (result.score, result.problem, result.harm) == (INNOCENT[innocent], "", [])


def test_the_instructor_gets_a_table_and_a_file_of_grades(hostile_class):
    console = Console(file=io.StringIO(), width=200)
    console.print(results_table(hostile_class.course, hostile_class.outcomes))
    printed = console.file.getvalue()
    assert all(name in printed for name in hostile_class.results)
    assert not [c for c in printed if not c.isprintable() and c != "\n"]
    with open(write_grades(hostile_class.course), newline="") as file:
        grades = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert grades.items() >= {name: result.score for name, result in hostile_class.results.items()}.items()


def test_nothing_is_left_when_the_class_is_graded(hostile_class):
    zygote, world = hostile_class.zygote, hostile_class.world
    assert zygote.alive and len(list(Path(f"/proc/{zygote.pid}/task").iterdir())) == 1
    assert {path.name for path in world.temporary.iterdir()} == {"notes", zygote.folder.name}
    assert not list(zygote.folder.iterdir())
    assert processes_of(world.home) == {template().process.pid, zygote.pid}


def test_every_graded_notebook_is_strict_json(hostile_class):
    def refused(name):
        raise ValueError(f"{name} is not JSON, and a browser's JSON.parse refuses it")

    for student in hostile_class.results:
        path = hostile_class.course.notebook("autograded", student)
        if path.exists():
            json.loads(path.read_text(encoding="utf-8"), parse_constant=refused)
