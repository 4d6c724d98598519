"""The page's own texts in every language that there is."""

import re
import tomllib
from dataclasses import replace

import pytest
from nbgrader.converters import GenerateFeedback, NbGraderException

from grading.autograde.class_grader import ClassGrader, write_feedback
from grading.autograde.plan import assignment_of
from grading.course.gradebook import GradebookWriter
from grading.feedback_page import texts as texts_of
from grading.feedback_page.render import render_feedback
from grading.feedback_page.texts import FOLDER, fields, load_texts
from grading.util.errors import CourseError
from tests.grading.autograde.graded_class import class_of_three, course
from tests.grading.course.own_course import set_option
from tests.grading.feedback_page.test_feedback import Text

__all__ = ["class_of_three", "course"]  # fixtures
LANGUAGES = sorted(path.stem for path in FOLDER.glob("*.toml"))
ENGLISH = tomllib.loads((FOLDER / "en.toml").read_text())


def forms(text):
    return text if isinstance(text, dict) else {"": text}


def phrases(texts):
    """What is said between the values of the texts, if it is more than a word."""
    found = {piece.strip(" .,:;()") for text in texts.values() for form in forms(text).values()
             for piece in re.split(r"\{\w+\}", form)}  # fmt: skip
    return {phrase for phrase in found if " " in phrase}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_texts_in_all_its_forms(language):
    found = load_texts(language)
    assert list(found.texts) == list(ENGLISH), "in the same order, too"
    for name, text in found.texts.items():
        assert forms(text).keys() == (found.locale.plural_form.tags | {"other"} if isinstance(text, dict) else {""})
        assert {frozenset(fields(form)) for form in forms(text).values()} == {
            frozenset(fields(form)) for form in forms(ENGLISH[name]).values()
        }


def test_every_text_is_used():
    source = "".join(path.read_text() for path in FOLDER.parent.rglob("*") if path.suffix in (".py", ".j2"))
    assert [name for name in ENGLISH if not re.search(rf"""["']{name}["']""", source)] == []


@pytest.mark.parametrize(
    ("language", "count", "text"),
    [("en", 1, "1 point"), ("en", 0, "0 points"), ("en", 1.5, "1.5 points"), ("en", 2.0, "2 points"),
     ("de", 1.0, "1 Punkt"), ("de", 1.5, "1,5 Punkte"), ("de", 0, "0 Punkte")],
)  # fmt: skip
def test_numbers_and_their_forms(language, count, text):
    assert load_texts(language)("points", count=count) == text


def test_values_are_text_and_not_html_or_formats():
    texts = load_texts()
    assert texts.html("title", notebook="<b>{count}</b>") == "Feedback: &lt;b&gt;{count}&lt;/b&gt;"
    assert texts("title", notebook="{0.__class__}") == "Feedback: {0.__class__}"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda text: text.replace('part = "Teil"\n', ""), "the text 'part' is missing"),
        (lambda text: text + 'more = "x"\n', "there is no text 'more'"),
        (lambda text: text.replace("{notebook}", "{book}"), "the text 'title' needs the same values in braces"),
        (lambda text: text.replace("{notebook}", "{"), "the text 'title' needs the same values in braces"),
        (lambda text: text.replace('part = "Teil"', 'part = { other = "Teil" }'), "the text 'part' is to be one text"),
        (lambda text: text.replace("days = { one =", "days = { few ="), "the text 'days' has the form 'few'"),
        (lambda text: text.replace('part = "Teil"', "part = Teil"), "cannot be read: Invalid value (at line "),
    ],
)
def test_a_file_that_is_not_right_is_named_with_what_is_wrong(tmp_path, monkeypatch, change, fault):
    monkeypatch.setattr(texts_of, "FOLDER", tmp_path)
    (tmp_path / "en.toml").write_text((FOLDER / "en.toml").read_text())
    (tmp_path / "de.toml").write_text(change((FOLDER / "de.toml").read_text()))
    load_texts.cache_clear()
    with pytest.raises(CourseError, match="^" + re.escape(str(tmp_path / "de.toml"))) as raised:
        load_texts("de")
    assert fault in str(raised.value) and "\n" not in str(raised.value)
    load_texts.cache_clear()


@pytest.mark.parametrize("language", ["xx", "../en", "", "en.toml", "de\n"])
def test_a_language_that_there_is_not_stops_before_anybody_is_graded(course, grading, language):
    before = course.page("ada").read_bytes()
    set_option(course, f"c.FeedbackPage.language = {language!r}")
    for command in ("autograde", "feedback"):
        status, _, err = grading(command, "--course", course.root)
        assert status == 2 and f"c.FeedbackPage.language = {language!r}: there is no such file in" in " ".join(
            err.split()
        )
        assert "there are de, en" in " ".join(err.split()) and "Traceback" not in err
    assert course.page("ada").read_bytes() == before


def test_nbgraders_own_command_keeps_the_pages_it_cannot_make(course):
    before = course.page("ada").read_bytes()
    set_option(course, 'c.FeedbackPage.language = "xx"')
    with pytest.raises(NbGraderException, match="c.FeedbackPage.language = 'xx': there is no such file in "):
        course.run(GenerateFeedback, force=True)
    assert course.page("ada").read_bytes() == before


def test_nbgraders_own_command_takes_the_same_language(course):
    set_option(course, 'c.FeedbackPage.language = "de"')
    write_feedback(course)
    page = course.page("bob").read_text()
    assert '<html lang="de">' in page and "Rückmeldung: ps1" in page
    course.run(GenerateFeedback, force=True)
    assert course.page("bob").read_text() == page


def test_a_german_page_has_no_english_sentence(sample_class):
    graded = sample_class[0]
    config = graded.config()
    config.FeedbackPage.language = "de"
    german, english = phrases(load_texts("de").texts), phrases(load_texts().texts)
    assignment = replace(assignment_of(graded, secret=""), config=config)
    students = ["adam-epsilon-in-root", "adam-broken-cell", "untouched", "perfect", "sgd-averaged-velocity"]
    with GradebookWriter(graded) as records:
        requests = list(ClassGrader(graded, records).feedback_requests(students))
    assert english & german == set()
    used = set()
    for request in requests:
        (page,) = render_feedback(assignment, request).values()
        frame = page.decode()
        assert '<html lang="de">' in frame and '<th scope="col">Teil</th>' in frame
        frame = re.sub(r'(?s)<div class="panel-body">.*?(?=<div class="panel-(?:footer|heading)">|</main>)', "", frame)
        said = re.sub(r"(?s)<blockquote.*?</blockquote>", "", frame)
        said = str(Text(said)).replace("\n", " ")
        assert [phrase for phrase in english if re.search(rf"\b{re.escape(phrase)}\b", said)] == []
        used |= {phrase for phrase in german if phrase in said}
    assert len(used) > 15 and any(phrase.startswith("Noch nicht geschrieben") for phrase in used)
