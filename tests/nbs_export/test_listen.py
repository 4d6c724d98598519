"""The spoken overview in Chromium, with a voice that the test speaks for, and without one."""

import re

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_markdown_cell, new_notebook
from visits import PHONE, until

from nbs_export.site import write_page
from nbs_export.site.overview import OVERVIEW, as_spoken, read_overview

# A stand-in for the browser's voices: it keeps what it is asked to say, and ends when the test says so.
VOICES = """
window.voices = [
  { lang: "de-DE", localService: true, name: "German" },
  { lang: "en-US", localService: false, name: "elsewhere" },
  { lang: "en-GB", localService: true, name: "here" },
];
class Utterance { constructor(text) { this.text = text; } }
class Synthesis extends EventTarget {
  said = []; cancelled = 0; known = voices;
  getVoices() { return this.known; }
  cancel() { this.cancelled += 1; const now = this.now; this.now = null; now?.onerror?.({ error: "canceled" }); }
  speak(utterance) { this.now = utterance; this.said.push(utterance); }
  end() { const now = this.now; this.now = null; now.onend(); }
}
Object.defineProperty(window, "speechSynthesis", { value: new Synthesis() });
window.SpeechSynthesisUtterance = Utterance;
"""


@pytest.fixture(scope="module")
def chapter(tmp_path_factory):
    lesson = new_notebook(cells=[new_markdown_cell("# A\n\n## B")])
    return write_page("chapter", lesson, tmp_path_factory.mktemp("listen"))


@pytest.fixture
def player(visit, chapter):
    """The chapter, opened where one listens, in a browser with a voice."""
    page = visit(chapter, script=VOICES)
    page.get_by_role("link", name="Listen").click()
    return page


def said(page):
    return page.evaluate("speechSynthesis.said.map(({ text }) => text)")


def marked(page):
    """The position of the sentence that is marked."""
    return page.evaluate(
        "[...document.querySelectorAll('.sentence')].findIndex((one) => one.hasAttribute('aria-current'))"
    )


SENTENCES = [sentence for paragraph in read_overview().paragraphs for sentence in paragraph]


def test_it_takes_about_six_minutes_and_is_all_there(chapter):
    soup = BeautifulSoup(chapter.read_text(), features="html.parser")
    words = " ".join(soup.select_one("#transcript").get_text().split())
    assert words == " ".join(OVERVIEW.read_text().partition("\n")[2].split())
    assert 5.5 < len(words.split()) / 160 < 6.5 and read_overview().minutes == 6


def test_names_are_spoken_as_people_say_them():
    assert as_spoken("AdamW is Adam with decay.") == "Adam W is Adam with decay."
    assert not re.search(r"[`$*_]", OVERVIEW.read_text()), "a voice would say these signs"


@pytest.mark.parametrize("script", ["", "Object.defineProperty(window, 'speechSynthesis', { value: undefined });"])
def test_without_a_voice_there_is_the_text_and_a_line_that_says_so(visit, chapter, script):
    page = visit(chapter, PHONE, script=script)
    page.get_by_role("link", name="Listen").click()
    assert page.locator("#no-voice").is_visible() and not page.locator("#player").is_visible()
    assert page.locator("#transcript .sentence").last.is_visible()
    page.locator("#transcript .sentence").nth(3).click()
    assert marked(page) == -1


def test_a_voice_from_elsewhere_does_not_count_and_one_may_come_later(visit, chapter):
    page = visit(chapter, script=VOICES + "speechSynthesis.known = voices.slice(0, 2);")
    page.get_by_role("link", name="Listen").click()
    assert page.locator("#no-voice").is_visible()
    page.evaluate("speechSynthesis.known = voices; speechSynthesis.dispatchEvent(new Event('voiceschanged'))")
    assert page.locator("#player").is_visible() and not page.locator("#no-voice").is_visible()


def test_it_reads_sentence_by_sentence_and_marks_the_one_it_reads(player):
    player.get_by_role("button", name="Play").click()
    assert said(player) == [SENTENCES[0].spoken] and marked(player) == 0
    assert player.evaluate("speechSynthesis.now.voice.name") == "here"
    player.evaluate("speechSynthesis.end()")
    assert said(player)[1] == SENTENCES[1].spoken and marked(player) == 1
    position = next(i for i, sentence in enumerate(SENTENCES) if sentence.text != sentence.spoken)
    player.locator(".sentence").nth(position).click()
    assert said(player)[-1] == SENTENCES[position].spoken != SENTENCES[position].text


def test_it_stops_and_goes_on_where_it_was(player):
    player.get_by_role("button", name="Play").click()
    player.evaluate("speechSynthesis.end()")
    player.get_by_role("button", name="Pause").click()
    assert player.evaluate("speechSynthesis.now") is None and marked(player) == 1
    player.get_by_role("button", name="Play").click()
    assert said(player)[-1] == SENTENCES[1].spoken


def test_a_click_on_a_sentence_begins_there_and_buttons_step(player):
    player.locator(".sentence").nth(5).click()
    assert said(player) == [SENTENCES[5].spoken] and marked(player) == 5
    player.get_by_role("button", name="Sentence after").click()
    player.get_by_role("button", name="Sentence before").click()
    assert said(player)[1:] == [SENTENCES[6].spoken, SENTENCES[5].spoken]
    player.get_by_role("button", name="Pause").click()
    player.get_by_role("button", name="Sentence after").click()
    assert len(said(player)) == 3 and marked(player) == 6, "it steps, and does not begin to speak"
    assert f"Sentence 7 of {len(SENTENCES)}" in player.locator("#place").inner_text()


def test_another_speed_is_heard_at_once(player):
    player.get_by_label("Speed").select_option("1.5")
    assert said(player) == []
    player.get_by_role("button", name="Play").click()
    player.get_by_label("Speed").select_option("0.75")
    assert player.evaluate("speechSynthesis.said.map(({ rate }) => rate)") == [1.5, 0.75]
    assert said(player) == [SENTENCES[0].spoken] * 2


def test_at_the_end_it_is_ready_to_begin_again(player):
    player.locator(".sentence").last.click()
    player.evaluate("speechSynthesis.end()")
    assert player.get_by_role("button", name="Play").is_visible() and marked(player) == 0


def test_it_is_played_by_keyboard_alone(player):
    player.locator("#listen > summary").focus()
    player.keyboard.press("Tab")
    player.keyboard.press("Space")
    assert said(player) == [SENTENCES[0].spoken]
    player.keyboard.press("Tab")
    player.keyboard.press("Tab")
    player.keyboard.press("Enter")
    assert said(player)[-1] == SENTENCES[1].spoken
    player.locator("#listen > summary").press("Enter")
    player.locator("#player").wait_for(state="hidden")
    until(player, "!speechSynthesis.now")  # what is closed is silent


def test_axe_finds_nothing_serious_in_the_player(player, need):
    results = need("axe_playwright_python.sync_playwright").Axe().run(player)
    assert [found["id"] for found in results.response["violations"] if found["impact"] in ("serious", "critical")] == []
