"""The pages in Chromium: they fetch nothing, fit the screen, and do what they should when they are used."""

import re

import pytest

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 720}


class Visits:
    """Files opened in the browser, and what they asked for or complained about beyond themselves."""

    def __init__(self, chromium):
        self.chromium, self.opened, self.asked, self.complaints = chromium, [], [], []

    def __call__(self, path, viewport=DESKTOP, scheme="light"):
        page = self.chromium.new_context(viewport=viewport, color_scheme=scheme).new_page()
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda said: said.type in ("error", "warning") and self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.opened.append(page)
        page.goto(path.as_uri())
        until(page, "document.fonts.status === 'loaded'")
        if path.name == "slides.html":
            until(page, "Reveal.isReady()")
        return page

    def close(self):
        """End all visits; what the pages asked for beyond themselves, and what they complained about."""
        own = [page.url.partition("#")[0] for page in self.opened]
        for page in self.opened:
            page.context.close()
        foreign = [url for url in self.asked if not url.startswith("data:") and url.partition("#")[0] not in own]
        return foreign, self.complaints


def until(page, condition):
    """Wait until a condition holds; playwright's own wait is forbidden by the pages' security policy."""
    page.evaluate(
        f"""async () => {{
          const begin = performance.now();
          while (!({condition})) {{
            if (performance.now() - begin > 20000) throw new Error("waited in vain");
            await new Promise(requestAnimationFrame);
          }}
        }}"""
    )


@pytest.fixture
def visit(chromium):
    """Open files; what they ask for or complain about fails the test at its end."""
    visits = Visits(chromium)
    yield visits
    assert visits.close() == ([], [])


def test_the_guard_sees_what_a_page_asks_for(chromium, tmp_path):
    (tmp_path / "page.html").write_text("<img src='missing.png'><script>undefined.x</script>")
    visits = Visits(chromium)
    visits(tmp_path / "page.html")
    foreign, complaints = visits.close()
    assert [url.rpartition("/")[2] for url in foreign] == ["missing.png"]
    assert any("undefined" in complaint for complaint in complaints)


def test_the_browser_itself_fetches_nothing_for_a_page(chromium, site, tmp_path):
    for name in ("chapter.html", "slides.html"):
        page = (site / name).read_text()
        assert "</body>" in page
        (tmp_path / name).write_text(page.replace("</body>", "<img src='https://example.org/spy.png'></body>"))
        visits = Visits(chromium)
        visits(tmp_path / name)
        assert any("Content Security Policy" in complaint for complaint in visits.close()[1])


@pytest.mark.parametrize("name", ["index.html", "chapter.html", "slides.html"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_page_fetches_nothing_and_does_not_scroll_sideways(site, visit, name, viewport):
    page = visit(site / name, viewport)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    blank = "[...document.images].filter(image => !image.complete || !image.naturalWidth).length"
    assert page.evaluate(blank) == 0
    if name != "index.html":
        assert page.evaluate("document.fonts.check('16px \"Source Sans 3\"')")


def test_wide_code_scrolls_in_its_own_box(site, visit):
    page = visit(site / "chapter.html", PHONE)
    wide = page.evaluate(
        "[...document.querySelectorAll('main pre')].filter(pre => pre.scrollWidth > pre.clientWidth).length"
    )
    assert wide > 5


def test_formulas_are_drawn(site, lesson, visit):
    page = visit(site / "chapter.html")
    text = "\n".join(cell.source for cell in lesson.cells if cell.cell_type == "markdown")
    text = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    written = len(re.findall(r"\$\$.+?\$\$|\$[^$]+\$", text, flags=re.DOTALL))
    drawn = page.evaluate(
        "[...document.querySelectorAll('main math')].map(math => [math.getBoundingClientRect(), math.textContent])"
        ".filter(([box, text]) => box.width > 2 && box.height > 2 && !text.includes('\\\\')).length"
    )
    assert drawn == written > 20
    assert "$" not in "".join(page.locator("main p").all_inner_texts())
    # a browser that knows MathML draws a fraction as high as two lines
    height = "name => document.querySelector(`main ${name}`).getBoundingClientRect().height"
    fraction, letter = (page.evaluate(height, name) for name in ("mfrac", "mi"))
    assert fraction > 1.4 * letter


def test_the_contents_list_leads_to_every_heading(site, visit):
    page = visit(site / "chapter.html")
    links = page.locator("#contents a")
    assert links.all_inner_texts() == page.locator("main :is(h2, h3)").all_inner_texts()
    targets = page.evaluate("[...document.querySelectorAll('#contents a')].map(link => link.hash.slice(1))")
    assert len(set(targets)) == len(targets) > 5
    links.nth(3).click()
    until(page, f"Math.abs(document.getElementById('{targets[3]}').getBoundingClientRect().top) < 60")
    until(page, "document.querySelector('#contents a[aria-current]') !== null")


def test_on_a_phone_the_contents_list_opens_and_closes(site, visit):
    page = visit(site / "chapter.html", PHONE)
    first = page.locator("#contents a").first
    assert not first.is_visible()
    page.locator("#contents summary").click()
    first.click()
    first.wait_for(state="hidden")


LUMINANCE = """
name => {
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.fillStyle = getComputedStyle(document.body)[name];
  canvas.fillRect(0, 0, 1, 1);
  const linear = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map(
    (c) => c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}
"""


def colours(page):
    """The relative luminance (WCAG 2) of the page and of its text."""
    return page.evaluate(LUMINANCE, "backgroundColor"), page.evaluate(LUMINANCE, "color")


@pytest.mark.parametrize("name", ["chapter.html", "slides.html"])
def test_light_and_dark_follow_the_system(site, visit, name):
    for scheme in ("light", "dark"):
        paper, ink = colours(visit(site / name, scheme=scheme))
        assert (paper > ink) == (scheme == "light")
        assert (max(paper, ink) + 0.05) / (min(paper, ink) + 0.05) > 7


def test_the_switch_between_light_and_dark_is_remembered(site, visit):
    page = visit(site / "chapter.html", scheme="dark")
    page.locator("#theme").click()
    paper, ink = colours(page)
    assert paper > ink
    page.reload()
    assert colours(page) == (paper, ink)
    page.locator("#theme").click()
    assert colours(page)[0] < 0.1


def test_answers_are_folded_away_until_asked_for(site, visit):
    page = visit(site / "chapter.html")
    answers = page.locator("main details.answer")
    assert answers.count() >= 4
    for answer in answers.all():
        assert not answer.locator("pre, p").first.is_visible()
    answers.first.locator("summary").click()
    assert answers.first.locator("pre").is_visible()


OUTSIDE = """
() => {
  const slide = Reveal.getCurrentSlide(), screen = slide.getBoundingClientRect();
  const parts = [...slide.querySelectorAll("h1, h2, h3, h4, p, li, pre, td, th, math, img, input, button")];
  const seen = parts.filter((part) => !part.closest("aside.notes") && part.getClientRects().length);
  const size = (part) => parseFloat(getComputedStyle(part).fontSize);
  const boxes = seen.map((part) => part.getBoundingClientRect());
  const clipped = [...slide.querySelectorAll("pre")].some((pre) => pre.scrollWidth > pre.clientWidth + 1);
  return {
    heading: slide.querySelector("h1, h2, h3, h4")?.textContent,
    parts: seen.length,
    outside: clipped || boxes.some((box) => box.bottom > 720 || box.right > 1280 || box.top < 0 || box.left < 0),
    smallest: Math.min(...seen.filter((part) => part.matches("p, li, pre")).map(size), 100),
    picture: Math.min(...[...slide.querySelectorAll("img")].map((image) => image.getBoundingClientRect().height), 999),
  };
}
"""


def test_no_slide_is_larger_than_the_screen(site, visit):
    page = visit(site / "slides.html", DESKTOP)
    count = page.evaluate("Reveal.getTotalSlides()")
    slides = []
    for _ in range(count):
        slides.append(page.evaluate(OUTSIDE))
        page.evaluate("Reveal.next()")
    assert count > 20 and page.evaluate("Reveal.isLastSlide()")
    assert [slide for slide in slides if slide["outside"] or not slide["parts"]] == []
    assert [slide for slide in slides if slide["smallest"] < 12] == []
    assert [slide for slide in slides if slide["picture"] < 90] == []


def test_the_speaker_has_the_prose(site, visit):
    page = visit(site / "slides.html")
    with page.expect_popup() as opened:
        page.keyboard.press("s")
    assert opened.value.title()
    assert page.locator("aside.notes").count() > 5


@pytest.mark.parametrize("name", ["chapter.html", "slides.html"])
def test_an_animation_moves_without_a_network(moving_site, visit, name):
    page = visit(moving_site / name)
    if name == "slides.html":
        page.wait_for_function(
            "Reveal.getCurrentSlide().querySelector('.animation') !== null || (Reveal.next(), false)"
        )
    picture = page.locator(".animation img")
    assert picture.is_visible()
    frames = {picture.get_attribute("src")}
    for _ in range(3):
        page.locator(".animation button[title='Next frame']").click()
        frames.add(picture.get_attribute("src"))
    assert len(frames) == 4


def test_a_page_with_an_animation_fits_a_phone(moving_site, visit):
    page = visit(moving_site / "chapter.html", PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
