"""Submissions that attack the page which shows them, in Chromium: the formgrader's page and the page of feedback.

Every answer, every cell of the student's own and every output is a mixture of known tricks (``markup.py``), put into the
autograded notebook, as if nothing had kept it out before.
"""

import json
import os
import re
from urllib.parse import urlsplit

import nbformat
import pytest
from markup import HOST, poison
from nbgrader.converters import GenerateAssignment, GenerateFeedback

from grading.autograde.class_grader import autograde_class
from grading.course.course import Course
from grading.course.paths import DEFAULT_COURSE
from tests.course07 import ASSIGNMENT, fill_in
from tests.grading.nbgrader_plugins.server import TOKEN, jupyter

SEEDS = range(int(os.environ.get("BROWSER_SEEDS", 3)))  # set it for a longer run by hand
BOXES = ".text_cell_render, .output_subarea, .input_area"  # what holds what a submission made
CONTROLS = "input.score, input.extra-credit, textarea.comment, .full-credit, .no-credit"

# All that nbgrader's script or a browser would take for a part of the page, by selector.
COUNTED = ["form, input, textarea, button, select, option, label", "a[href], area", "base, link, meta, script, template, svg",
           "iframe, frame, object, embed, video, audio, source", ".nbgrader_cell", ".score", ".extra-credit", ".comment",
           ".tabbable", ".full-credit", ".no-credit", ".mark-graded", ".help", ".modal", "[name]", "[onclick]",
           "[data-toggle], [data-link], [data-dismiss]", "[tabindex]:not(a)", "[style*=position], [style*=url]"]  # fmt: skip
LOOK = """([boxes, counted]) => ({
  ids: [...document.querySelectorAll("[id]")].map(e => e.id).filter(id => !id.startsWith("cell-id=")).sort(),
  kinds: Object.fromEntries(counted.map(selector => [selector, document.querySelectorAll(selector).length])),
  owned: window.owned,
  clipped: [...document.querySelectorAll(boxes)].every(box => getComputedStyle(box).contain.includes("paint")),
})"""

# Points at which something of a box is on top though they lie outside of it, all over the page.
OUTSIDE = """async boxes => {
  const found = [];
  for (let top = 0; top < document.documentElement.scrollHeight; top += innerHeight) {
    scrollTo({top, behavior: "instant"});
    for (let x = 4; x < innerWidth; x += 90) for (let y = 4; y < innerHeight; y += 45) {
      const box = document.elementFromPoint(x, y)?.closest(boxes);
      if (!box) continue;
      const edge = box.getBoundingClientRect();
      if (x < edge.left - 1 || x > edge.right + 1 || y < edge.top - 1 || y > edge.bottom + 1) found.push([x, y + scrollY]);
    }
  }
  return found;
}"""

# Controls of which something else is on top.
COVERED = """controls => [...document.querySelectorAll(controls)].filter(control => {
  if (!control.getClientRects().length) return false;
  control.scrollIntoView({block: "center", behavior: "instant"});
  const {left, top, width, height} = control.getBoundingClientRect();
  return document.elementFromPoint(left + width / 2, top + height / 2) !== control;
}).map(control => control.id || control.className)"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with one submission, ``mallory``, graded."""
    course = Course(tmp_path_factory.mktemp("pages"))
    (course.root / "nbgrader_config.py").write_text((DEFAULT_COURSE / "nbgrader_config.py").read_text())
    (course.root / "source").symlink_to(DEFAULT_COURSE / "source")
    course.run(GenerateAssignment)
    path = course.notebook("submitted", "mallory")
    path.parent.mkdir(parents=True)
    nbformat.write(fill_in(nbformat.read(course.notebook("release", "."), as_version=4)), path)
    assert [outcome.problem for outcome in autograde_class(course)] == [""]
    path = course.notebook("autograded", "mallory")
    path.chmod(0o644)
    (course.root / "clean.ipynb").write_bytes(path.read_bytes())
    return course


def put_in(course, seed):
    """Put tricks into the graded notebook; none if there is no seed."""
    nb = nbformat.read(course.root / "clean.ipynb", as_version=4)
    if seed is not None:
        poison(nb, seed)
        assert json.dumps(nb).count(HOST) > 200
    course.notebook("autograded", "mallory").write_text(json.dumps(nb))


def marks(course):
    """All points and comments in the gradebook."""
    with course.gradebook() as gradebook:
        notebook = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "mallory")
        grades = {grade.name: (grade.auto_score, grade.manual_score, grade.extra_credit) for grade in notebook.grades}
        return notebook.id, grades, {comment.name: comment.manual_comment for comment in notebook.comments}


class Visited:
    """A page, what it asked for, and what a clean one looks like."""

    def __init__(self, context, address, landmark):
        self.asked, self.sent, self.address = [], [], address
        context.route("**/*", self.answer)
        self.context, self.page = context, context.new_page()
        self.page.on("dialog", lambda dialog: self.asked.append(f"dialog:{dialog.message}"))
        self.page.goto(address)
        self.page.wait_for_selector(landmark)
        self.page.wait_for_load_state("networkidle")

    def answer(self, route, request):
        self.asked.append(request.url)
        if request.method != "GET":
            self.sent.append(f"{request.method} {request.url}")
        here = urlsplit(request.url)[:2] == urlsplit(self.address)[:2]
        route.continue_() if here or request.url.startswith("data:") else route.abort()

    def look(self):
        return self.page.evaluate(LOOK, [BOXES, COUNTED])


@pytest.fixture(scope="module")
def open_formgrader(course, chromium):
    """Open the formgrader's page of the submission."""
    with jupyter(course.root) as address:

        def opened():
            context = chromium.new_context(viewport={"width": 1280, "height": 900})
            context.new_page().goto(f"{address}/formgrader/manage_assignments?token={TOKEN}")  # to log in
            url = f"{address}/formgrader/submissions/{marks(course)[0]}/"
            return Visited(context, url, "#q1-answer-comment[placeholder]")

        yield opened


@pytest.fixture(scope="module")
def clean(course, open_formgrader):
    put_in(course, None)
    return open_formgrader()


@pytest.fixture(scope="module", params=SEEDS)
def attacked(request, course, clean, open_formgrader):
    put_in(course, request.param)
    visited = open_formgrader()
    yield visited
    visited.context.close()


def test_it_is_shown(attacked):
    text = attacked.page.locator("#notebook-container").inner_text()
    assert text.count(HOST) > 100, "or there is nothing to attack with"


def test_nothing_is_asked_for_but_what_the_page_itself_needs(attacked, clean):
    needed = re.compile(r"/formgrader/(static/.*|api/(grades|comments)|submissions/\w+/)|data:.*", re.DOTALL)
    paths = [url if url.startswith("data:") else urlsplit(url).path for url in attacked.asked]
    elsewhere = [url for url in attacked.asked if HOST in url and not url.startswith("data:")]
    assert (elsewhere, [path for path in paths if not needed.fullmatch(path)]) == ([], [])
    assert {urlsplit(url).netloc for url in attacked.asked} <= {urlsplit(attacked.address).netloc, ""}


def test_every_id_and_class_that_the_script_looks_for_is_the_pages_own(attacked, clean):
    seen, wanted = attacked.look(), clean.look()
    assert seen["ids"] == wanted["ids"] and len(set(seen["ids"])) == len(seen["ids"])
    assert seen["kinds"] == wanted["kinds"]
    assert seen["owned"] is None


def test_nothing_leaves_its_box_or_covers_a_control(attacked):
    assert attacked.look()["clipped"]
    assert attacked.page.evaluate(OUTSIDE, BOXES) == []
    assert attacked.page.evaluate(COVERED, CONTROLS) == []
    assert attacked.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_no_click_on_it_changes_a_score_or_leads_anywhere(attacked, course):
    page, before, url = attacked.page, marks(course), attacked.page.url
    for box in page.locator(BOXES).filter(has_text=HOST).all()[:25]:
        box.click(force=True)
    page.evaluate(
        "boxes => document.querySelectorAll(boxes).forEach(b => b.querySelectorAll('*').forEach(e => e.click?.()))",
        BOXES,
    )
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    assert attacked.sent == [] and page.url.partition("?")[0] == url.partition("?")[0]
    assert len(attacked.context.pages) == 2, "the one for logging in, and this one"
    assert marks(course) == before


def test_a_score_given_after_all_that_is_the_one_in_the_gradebook(attacked, course):
    page, (_, before, _) = attacked.page, marks(course)
    given = 1.0 if before["q2-answer"][1] == 0.5 else 0.5  # the course is the same for every seed
    with page.expect_response(lambda answer: "/api/grade/" in answer.url and answer.request.method == "PUT"):
        page.locator(".nbgrader_cell:has(#q1-answer) .full-credit").click()
    with page.expect_response(lambda answer: "/api/grade/" in answer.url and answer.request.method == "PUT"):
        page.locator("#q2-answer").fill(str(given))
        page.keyboard.press("Tab")
    _, grades, _ = marks(course)
    assert grades["q1-answer"][1] == 2.0 and grades["q2-answer"][1] == given
    assert [name for name, grade in grades.items() if grade[1] is not None] == ["q1-answer", "q2-answer"]


@pytest.fixture(scope="module", params=[None, *SEEDS])
def feedback(request, course, chromium):
    """The page of feedback, made by nbgrader's own command: the seed and the page."""
    put_in(course, request.param)
    course.run(GenerateFeedback, student_id="mallory", force=True)
    context = chromium.new_context(viewport={"width": 800, "height": 900})
    path = course.folder("feedback", "mallory") / f"{ASSIGNMENT}.html"
    yield request.param, Visited(context, path.as_uri(), "h1")
    context.close()


def test_feedback_asks_for_nothing_and_holds_nothing_that_acts(feedback):
    seed, visited = feedback
    assert [url for url in visited.asked if not url.startswith("data:")] == [visited.address]
    seen = visited.look()
    assert all(name.startswith("work-") for name in seen["ids"]) and len(set(seen["ids"])) == len(seen["ids"])  # ours
    assert seen["owned"] is None and seen["clipped"]
    left = {selector for selector, count in seen["kinds"].items() if count}
    assert left <= {"a[href], area", "base, link, meta, script, template, svg", ".nbgrader_cell", ".score", "[name]"}
    inside = "boxes => document.querySelectorAll(boxes).values().flatMap(b => b.querySelectorAll('[id], [name], [href], svg')).toArray().length"
    assert visited.page.evaluate(inside, BOXES) == 0
    assert visited.page.locator("script").count() == 0
    assert (seed is None) == (HOST not in visited.page.locator("main").inner_text())


def test_nothing_in_feedback_leaves_its_box(feedback):
    _, visited = feedback
    assert visited.page.evaluate(OUTSIDE, BOXES) == []
    assert visited.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
