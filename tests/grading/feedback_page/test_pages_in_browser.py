"""The pages for students in Chromium: they fit a phone, fetch nothing, and can be read on dark and on light."""

import pytest

from grading.report import read_class, write_page
from tests.course07 import ASSIGNMENT

PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 800}

# The least contrast of a page's text with what is behind it, as WCAG has it.
CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgb = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
                          return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const behind = element => { for (; element; element = element.parentElement) {
                                const colour = rgb(getComputedStyle(element).backgroundColor);
                                if (colour[3] === 255) return colour; } return [255, 255, 255]; };
  let least = 21;
  for (const element of document.querySelectorAll("main *")) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const colour = element instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [light(rgb(colour)), light(behind(element))].sort((x, y) => y - x);
    least = Math.min(least, (a + 0.05) / (b + 0.05));
  }
  return least;
}"""

# Texts in a chart that lie on one another.
OVERLAPS = """() => [...document.querySelectorAll("svg.picture")].flatMap(chart => {
  const texts = [...chart.querySelectorAll("text")].map(text => [text.textContent, text.getBoundingClientRect()]);
  return texts.flatMap(([one, a], i) => texts.slice(i + 1)
    .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
    .map(([other]) => [one, other]));
})"""


@pytest.fixture(scope="module")
def opened(chromium):
    """The pages that were opened, by path, and all that they have asked for or complained about."""
    context = chromium.new_context()
    yield context, {}, []
    context.close()


@pytest.fixture
def look(opened):
    """Look at a file, which is opened once; what it asks for or complains about fails the test at its end."""
    context, pages, noticed = opened

    def look(path, viewport, scheme):
        if path not in pages:
            page = pages[path] = context.new_page()
            address = path.as_uri()
            page.on(
                "request", lambda request: request.url.startswith(("data:", address)) or noticed.append(request.url)
            )
            page.on("console", lambda said: noticed.append(said.text))
            page.on("pageerror", lambda error: noticed.append(str(error)))
            page.goto(address)
        pages[path].set_viewport_size(viewport)
        pages[path].emulate_media(color_scheme=scheme)
        return pages[path]

    yield look
    seen = noticed.copy()
    noticed.clear()
    assert seen == []


@pytest.fixture(scope="module")
def report(sample_class, tmp_path_factory):
    return write_page(read_class(sample_class[0]), tmp_path_factory.mktemp("report") / "report.html")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("student", ["perfect", "untouched", "sgd-averaged-velocity", "adam-broken-cell"])
def test_a_page_of_feedback(sample_class, look, student, viewport, scheme):
    page = look(sample_class[0].folder("feedback", student) / f"{ASSIGNMENT}.html", viewport, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert page.evaluate(CONTRAST) >= 4.5
    for box in (picture.bounding_box() for picture in page.locator("svg.picture").all()):
        assert 250 < box["width"] <= viewport["width"] and box["height"] > 150


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_report(report, look, viewport, scheme):
    page = look(report, viewport, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert page.evaluate(CONTRAST) >= 4.5
    assert page.evaluate("document.querySelectorAll('svg.picture').length") == 2
    assert page.evaluate(OVERLAPS) == []
