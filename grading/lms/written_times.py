"""Times as platforms write them for people: in English, and often without a zone."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from ..course import timestamps
from ..util.errors import CourseError
from ..util.text import in_one_line

NOT_UNDERSTOOD = "is no time that is understood: take the file in English"
MONTHS = {
    name: number
    for number, names in enumerate(
        "january jan,february feb,march mar,april apr,may,june jun,july jul,august aug,september sep sept,october oct,"
        "november nov,december dec".split(","),
        start=1,
    )
    for name in names.split()
}
CLOCK = r",?\s+(?:at\s+)?(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?:\s*(?P<half>[ap])\.?m\.?)?"
WRITTEN = (
    re.compile(r"(?:[a-z]+,\s+)?(?P<day>\d{1,2})\s+(?P<month>[a-z]+)\.?,?\s+(?P<year>\d{4})" + CLOCK),
    re.compile(r"(?:[a-z]+,\s+)?(?P<month>[a-z]+)\.?\s+(?P<day>\d{1,2}),\s+(?P<year>\d{4})" + CLOCK),
    re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)" + CLOCK.replace(r",?\s+", r"(?:t|,?\s+)", 1)),
)
NUMBERS = re.compile(r"(?P<a>\d{1,2})(?P<by>[/.])(?P<b>\d{1,2})[/.](?P<year>\d{4}|\d\d)" + CLOCK)


def moments(
    written: Iterable[tuple[str, str]], zone: tzinfo | None, column: Iterable[str] | None = None
) -> list[datetime]:
    """Return times in UTC.

    Parameters
    ----------
    written : iterable of (str, str)
        Where each stands, and its text.
    zone : tzinfo or None
        Where they are of, if they do not say it.
    column : iterable of str or None
        All times of the file, by which it is told whether the day or the month comes first; by default the same.

    Raises
    ------
    CourseError
        If one is no time, or if it is not certain which.
    """
    found, written = [], list(written)
    is_day_first = day_first(column if column is not None else [text for _, text in written])
    for place, text in written:
        try:
            local = as_written(text, is_day_first)
            if local is None:
                found.append(timestamps.parse_time(require_zone(text)).replace(tzinfo=UTC, microsecond=0))
                continue
        except ValueError as error:
            raise CourseError(f"{place}: {in_one_line(text)[:80]!r} {error}") from None
        if zone is None:
            raise CourseError(
                f"{place}: {in_one_line(text)[:80]!r} names no time zone: say which it is of, such as "
                "--zone Europe/Berlin"
            )
        try:
            found.append(local.replace(tzinfo=zone).astimezone(UTC))
        except OverflowError:
            raise CourseError(f"{place}: {in_one_line(text)[:80]!r} is no time of a class") from None
    return found


def require_zone(text: str) -> str:
    """Return a text that ends in the name of a zone or an offset; ValueError if it does not."""
    if not re.search(r"\d\d(?:[.,]\d+)?\s*(?:Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)$", text, re.IGNORECASE):
        raise ValueError(NOT_UNDERSTOOD)
    return text


def as_written(text: str, is_day_first: bool | None) -> datetime | None:
    """Return a time as a person reads it, without a zone; None if it is not written so.

    Raises
    ------
    ValueError
        If there is no such time, or if it is not certain whether the day or the month comes first.
    """
    text = " ".join(text.replace("\u202f", " ").split()).casefold()
    for pattern in WRITTEN:
        if match := pattern.fullmatch(text):
            month = int(match["month"]) if match["month"].isdigit() else MONTHS.get(match["month"])
            if month is None:
                raise ValueError(NOT_UNDERSTOOD)
            return at_clock(int(match["year"]), month, int(match["day"]), match)
    if match := NUMBERS.fullmatch(text):
        if is_day_first is None and match["by"] == "/" and match["a"] != match["b"]:
            raise ValueError("could be day/month or month/day, and no line tells: write the days as 2026-11-10")
        a, b, year = int(match["a"]), int(match["b"]), int(match["year"])
        day, month = (a, b) if match["by"] == "." or is_day_first else (b, a)
        return at_clock(year + 2000 if year < 100 else year, month, day, match)
    return None


def at_clock(year: int, month: int, day: int, match: re.Match) -> datetime:
    hour = int(match["hour"])
    if match["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("is no time")
        hour = hour % 12 + (12 if match["half"] == "p" else 0)
    try:
        return datetime(year, month, day, hour, int(match["minute"]), int(match["second"] or 0))
    except ValueError:
        raise ValueError("is no time") from None


def day_first(column: Iterable[str]) -> bool | None:
    """Tell from all times of a file whether the day or the month comes first in 5/10/26; None if no line tells."""
    matches = [NUMBERS.fullmatch(" ".join(text.split()).casefold()) for text in column]
    pairs = [(int(match["a"]), int(match["b"])) for match in matches if match and match["by"] == "/"]
    if any(a > 12 for a, _ in pairs):
        return True
    return False if any(b > 12 for _, b in pairs) else None
