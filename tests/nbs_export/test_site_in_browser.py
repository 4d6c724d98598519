"""The pages in Chromium: they fetch nothing, fit the screen, and do what they should when they are used."""

import re

import pytest
from bs4 import BeautifulSoup
from visits import DESKTOP, PHONE, Visits, until


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
def test_a_page_fetches_nothing_and_does_not_scroll_sideways(site, look, name, viewport):
    page = look(site / name, viewport)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    blank = "[...document.images].filter(image => !image.complete || !image.naturalWidth).length"
    assert page.evaluate(blank) == 0
    if name != "index.html":
        assert page.evaluate("document.fonts.check('16px \"Source Sans 3\"')")


def test_wide_code_scrolls_in_its_own_box(site, look):
    page = look(site / "chapter.html", PHONE)
    wide = page.evaluate(
        "[...document.querySelectorAll('main pre')].filter(pre => pre.scrollWidth > pre.clientWidth).length"
    )
    assert wide > 5


def test_formulas_are_drawn(site, lesson, look):
    page = look(site / "chapter.html")
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


def test_roots_stand_on_the_line(site, look):
    below = look(site / "chapter.html").evaluate("""[...document.querySelectorAll('main p msqrt')].map(root => {
        const mark = document.createElement('span');
        mark.style.display = 'inline-block';
        root.closest('math').after(mark);
        const hangs = root.getBoundingClientRect().bottom - mark.getBoundingClientRect().bottom;
        mark.remove();
        return hangs / parseFloat(getComputedStyle(root).fontSize);
    })""")
    assert len(below) > 5 and max(below) < 0.4


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
def test_light_and_dark_follow_the_system(site, look, visit, name):
    for scheme, page in (("light", look(site / name)), ("dark", visit(site / name, scheme="dark"))):
        paper, ink = colours(page)
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


ON_A_SLIDE = """
() => {
  const slide = Reveal.getCurrentSlide();
  const kinds = "h1, h2, h3, h4, p, li, pre, td, th, code, math, img, input, button, label";
  const parts = [...slide.querySelectorAll(kinds)];
  const seen = parts.filter((part) => !part.closest("aside.notes") && part.getClientRects().length);
  const boxes = seen.map((part) => part.getBoundingClientRect());
  const clipped = [...slide.querySelectorAll("pre")].some((pre) => pre.scrollWidth > pre.clientWidth + 1);
  const body = seen.filter((part) => part.matches("p, li, pre, td, math, img"));
  const text = body.map((part) => part.textContent).join(" ").trim();
  return {
    heading: slide.querySelector("h1, h2, h3, h4")?.textContent,
    body: text.length + 99 * body.filter((part) => part.matches("img")).length,
    outside: clipped || boxes.some((box) => box.bottom > 720 || box.right > 1280 || box.top < 0 || box.left < 0),
    smallest: Math.min(...seen.map((part) => parseFloat(getComputedStyle(part).fontSize))),
    scaled: [...slide.querySelectorAll("img.drawn")].some((image) => image.getBoundingClientRect().width !== 1136
      || Math.abs(image.getBoundingClientRect().height - image.getAttribute("height")) > 1),
  };
}
"""


def test_the_right_arrow_goes_through_every_slide_and_each_can_be_read(site, visit):
    page = visit(site / "slides.html", DESKTOP)
    count = page.evaluate("Reveal.getTotalSlides()")
    slides, places = [], set()
    for _ in range(count):
        slides.append(page.evaluate(ON_A_SLIDE))
        places.add(page.evaluate("JSON.stringify(Reveal.getIndices())"))
        page.keyboard.press("ArrowRight")
    assert count > 20 and len(places) == count and page.evaluate("Reveal.isLastSlide()")
    assert page.evaluate("document.querySelectorAll('.slides section section').length") == 0
    assert [slide for slide in slides if slide["outside"] or slide["scaled"]] == []
    assert [slide for slide in slides if slide["smallest"] < 20] == []
    assert [slide for slide in slides if slide["body"] < 40] == [], "an empty slide"


def test_what_stands_below_a_slide_can_be_read(site, visit):
    page = visit(site / "slides.html", DESKTOP)
    page.keyboard.press("End")
    for name, pseudo in ((".slide-number", ""), ("nav.pages a", ""), ("section.present", "::after")):
        size = f"parseFloat(getComputedStyle(document.querySelector('{name}'), '{pseudo}').fontSize)"
        assert page.evaluate(size) >= 20, name


def test_the_slides_say_nothing_to_whoever_runs_the_notebook(site):
    soup = BeautifulSoup((site / "slides.html").read_text(), features="html.parser")
    shown = "\n".join(
        section.get_text() for section in soup.select("section") if not section.aside or section.aside.extract()
    )
    assert not re.search(r"Note:|written:|next cell|cell below|Ctrl-S|Validate|^\s*Check:", shown, re.MULTILINE)


def test_every_question_has_what_it_is_about(site):
    soup = BeautifulSoup((site / "slides.html").read_text(), features="html.parser")
    questions = [
        section for section in soup.select("section") if section.h3 and section.h3.get_text().startswith("Question")
    ]
    assert len({question.h3.get_text() for question in questions}) == 5
    for question in questions:
        first = question.select("p, li")[0].get_text()
        assert len(first) > 30, "what the question is about"


def test_the_pictures_of_the_lesson_are_drawn_for_slides(site):
    pictures = BeautifulSoup((site / "slides.html").read_text(), features="html.parser").select("section img.picture")
    assert len(pictures) > 15 and all("drawn" in image["class"] and image["width"] == "1136" for image in pictures)


def test_slides_are_printed_one_a_page_and_light(site, visit):
    page = visit(site / "slides.html", DESKTOP, scheme="dark")
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == page.evaluate("Reveal.getTotalSlides()") > 20
    page.emulate_media(media="print")
    assert set(page.evaluate("Reveal.getSlides().map((slide) => slide.getBoundingClientRect().height)")) == {720}
    paper, ink = colours(page)
    assert paper > ink


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
    picture = page.locator(".animation > img")
    assert picture.is_visible()
    frames = {picture.get_attribute("src")}
    for _ in range(3):
        page.locator(".animation button[title='Next frame']").click()
        frames.add(picture.get_attribute("src"))
    assert len(frames) == 4


def test_a_page_with_an_animation_fits_a_phone(moving_site, visit):
    page = visit(moving_site / "chapter.html", PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


# The chapter at hand


def test_there_is_a_margin_on_both_sides(site, look):
    page = look(site / "chapter.html", DESKTOP)
    left, right = page.evaluate(
        "[document.querySelector('aside').getBoundingClientRect().left,"
        " document.querySelector('main').getBoundingClientRect().right]"
    )
    assert left >= 24 and right <= 1280 - 24


@pytest.mark.parametrize("name", ["chapter.html", "instructor.html"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_words_of_code_are_not_broken(site, look, name, viewport):
    page = look(site / name, viewport)
    words = page.evaluate(
        "[...document.querySelectorAll('main :not(pre) > code > span')].map(w => w.getClientRects().length)"
    )
    assert len(words) > 50 and max(words) == 1


def test_what_scrolls_can_be_reached_by_keyboard(site, look):
    page = look(site / "chapter.html", PHONE)
    until(page, "document.querySelector('main pre[tabindex]') !== null")
    wide = "[...document.querySelectorAll('main pre, main .wide')].filter(e => e.scrollWidth > e.clientWidth)"
    until(page, f"{wide}.every(e => e.tabIndex === 0)")


def test_a_picture_opens_large_on_a_phone(site, visit):
    page = visit(site / "chapter.html", PHONE)
    picture = page.locator("main .enlarge").first
    assert picture.get_attribute("aria-label").startswith("Open large: ")
    small = picture.locator("img").bounding_box()["width"]
    picture.focus()
    page.keyboard.press("Enter")
    large = page.locator("dialog#large img")
    assert large.bounding_box()["width"] > 2 * small and large.get_attribute("alt")
    page.keyboard.press("Escape")
    large.wait_for(state="hidden")
    picture.click()
    page.locator("dialog#large > button").click()
    large.wait_for(state="hidden")


def test_code_can_be_copied(site, visit):
    page = visit(site / "chapter.html")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    code = page.locator("main .highlight").first
    code.hover()
    code.locator(".copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == code.locator("pre").inner_text().rstrip("\n")


def test_what_is_folded_away_has_a_name(site, look):
    page = look(site / "chapter.html")
    names = page.locator("main details:not(#listen) > summary").all_inner_texts()
    assert len(names) > 30 and all(re.fullmatch(r"(One solution|One answer|The check): .+", name) for name in names)
    checks = [name for name in names if name.startswith("The check")]
    assert len(set(checks)) == len(checks)
    assert "One solution: SGD.step" in names


def test_the_chapter_prints_whole_and_light(moving_site, site, visit):
    page = visit(site / "chapter.html", scheme="dark")
    page.emulate_media(media="print")
    assert (
        page.evaluate(
            "[...document.querySelectorAll('main pre')].filter(pre => pre.scrollWidth > pre.clientWidth + 1).length"
        )
        == 0
    )
    assert not page.locator("aside").is_visible() and not page.locator(".copy").first.is_visible()
    paper, ink = colours(page)
    assert paper > ink
    page = visit(moving_site / "chapter.html")
    frames = page.locator(".animation .strip img")
    assert not frames.first.is_visible()
    page.emulate_media(media="print")
    assert frames.count() == 4 and all(frame.is_visible() for frame in frames.all())
    assert len({frame.get_attribute("src") for frame in frames.all()}) == 4
    assert not page.locator(".anim-controls").is_visible()


# What keeps people from a page


# Hides the words of code that look as one before them in their block. That leaves one in ten to be looked at.
HIDE_ALIKE = """() => {
  for (const block of document.querySelectorAll("pre")) {
    const kinds = new Set();
    for (const word of block.querySelectorAll("span:not(:has(*))")) {
      let kind = "";
      for (let part = word; part !== block; part = part.parentElement) kind += `${part.localName}.${part.className} `;
      if (kinds.has(kind)) word.style.visibility = "hidden";
      kinds.add(kind);
    }
  }
}"""
SHOW_AGAIN = "document.querySelectorAll('pre span').forEach((word) => word.style.removeProperty('visibility'))"
ON_COLOURS = {"runOnly": ["cat.color"], "rules": {"color-contrast-enhanced": {"enabled": False}}}  # that one is of AAA


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("name", ["index.html", "chapter.html", "slides.html", "instructors.html", "scale.html"])
def test_axe_finds_nothing_serious(site, look, need, name, viewport, scheme):
    axe = need("axe_playwright_python.sync_playwright").Axe()
    page = look(site / name, viewport)
    page.emulate_media(color_scheme=scheme)
    page.evaluate(HIDE_ALIKE)
    try:
        # what is dark differs from what is light in its colours
        found = axe.run(page, options={"resultTypes": ["violations"], **(ON_COLOURS if scheme == "dark" else {})})
    finally:
        page.evaluate(SHOW_AGAIN)
        page.emulate_media(color_scheme="light")
    assert serious(found) == []


def serious(results):
    """What axe-core has found that keeps somebody from a page, with the places."""
    return [
        (found["id"], [node["html"][:150] for node in found["nodes"][:3]])
        for found in results.response["violations"]
        if found["impact"] in ("serious", "critical")
    ]


def test_axe_sees_a_button_without_a_name(visit, need, tmp_path):
    axe = need("axe_playwright_python.sync_playwright").Axe()
    (tmp_path / "page.html").write_text(
        "<!DOCTYPE html><html lang='en'><title>A</title><main><button></button></main></html>"
    )
    assert [rule for rule, _ in serious(axe.run(visit(tmp_path / "page.html")))] == ["button-name"]
