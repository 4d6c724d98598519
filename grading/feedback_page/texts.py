"""The page's own texts in the language of the course: one file for each language, in the folder ``texts/``."""

import re
import string
import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from markupsafe import Markup, escape

from ..util.errors import CourseError
from ..util.text import points

FOLDER = Path(__file__).with_name("texts")
ENGLISH = "en"
SETTING = "c.FeedbackPage.language"
NAME = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*")
OTHER = "other"  # the form of a text for all numbers that have none of their own


class Texts:
    """The texts of one language.

    Parameters
    ----------
    locale : babel.Locale
        Knows which form of a text a number needs, and how a number is written.
    texts : dict of str to (str or dict of str to str)
        By name. A text that holds a number ``{count}`` has a form for each kind of number of the language.
    """

    def __init__(self, locale: Locale, texts: dict[str, str | dict[str, str]]) -> None:
        self.locale, self.texts = locale, texts
        symbols = locale.number_symbols
        self.decimal = symbols.get("latn", symbols)["decimal"]

    @property
    def language(self) -> str:
        """The name of the language as HTML has it."""
        return str(self.locale).replace("_", "-")

    def __call__(self, name: str, **values: Any) -> str:
        """Return a text with values in it; numbers are written as points are."""
        return self.form(name, values).format(**{key: self.shown(value) for key, value in values.items()})

    def html(self, name: str, **values: Any) -> Markup:
        """Return a text as HTML; all in it is escaped but values that are HTML themselves."""
        return Markup(escape(self.form(name, values))).format(**{key: self.shown(v) for key, v in values.items()})

    def form(self, name: str, values: dict[str, Any]) -> str:
        """Return the form of a text that a number needs."""
        found = self.texts[name]
        if isinstance(found, str):
            return found
        kind = self.locale.plural_form(abs(Decimal(points(values["count"]))))
        return found.get(kind, found[OTHER])

    def number(self, value: float) -> str:
        """Write a number with at most two decimals."""
        return points(value).replace(".", self.decimal)

    def shown(self, value: Any) -> Any:
        return self.number(value) if isinstance(value, int | float) else value


@cache
def load_texts(language: str = ENGLISH) -> Texts:
    """Load the texts of a language.

    Raises
    ------
    CourseError
        If there are none, or if one is missing, unknown, or has other values than the English one.
    """
    path = FOLDER / f"{language}.toml"
    if not NAME.fullmatch(language) or not path.is_file():
        known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.toml")))
        raise CourseError(f"{SETTING} = {language!r}: there is no such file in {FOLDER}; there are {known}")
    try:
        locale = Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        raise CourseError(f"{path}: {language!r} is no language that Babel knows") from None
    texts = read_texts(path)
    if language != ENGLISH and (fault := first_fault(texts, load_texts().texts, locale)):
        raise CourseError(f"{path}: {fault}")
    return Texts(locale, texts)


def read_texts(path: Path) -> dict[str, str | dict[str, str]]:
    """Read a file of texts; raises CourseError if that cannot be done."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # of TOML, or of UTF-8
        raise CourseError(f"{path} cannot be read: {error}") from None


def first_fault(texts: dict, english: dict, locale: Locale) -> str:
    """Say what first is wrong with the texts of a language; empty if nothing is."""
    for name, right in english.items():
        if name not in texts:
            return f"the text {name!r} is missing"
        found, several = texts[name], isinstance(right, dict)
        forms = found if isinstance(found, dict) else {OTHER: found}
        if isinstance(found, dict) != several or OTHER not in forms:
            needs = f"needs forms for numbers, {OTHER!r} among them" if several else "is to be one text"
            return f"the text {name!r} {needs}"
        if odd := sorted(forms.keys() - locale.plural_form.tags - {OTHER}):
            return f"the text {name!r} has the form {odd[0]!r}, which the language does not have"
        for form in forms.values():
            if not isinstance(form, str) or fields(form) != fields(right[OTHER] if several else right):
                return f"the text {name!r} needs the same values in braces as the English one"
    unknown = sorted(texts.keys() - english.keys())
    return f"there is no text {unknown[0]!r}" if unknown else ""


def fields(text: str) -> set[str] | None:
    """Return the names of the values in a text; None if the braces are not right."""
    try:
        parts = [part for part in string.Formatter().parse(text) if part[1] is not None]
    except ValueError:
        return None
    return {name + (f":{spec}" if spec else "") + (conversion or "") for _, name, spec, conversion in parts}
