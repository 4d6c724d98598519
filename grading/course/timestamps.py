"""The times at which submissions came: read as they are written, and held against what can be true."""

import codecs
import re
from datetime import UTC, datetime, timedelta, tzinfo

FORM = "2026-11-10 11:30:00 UTC"  # how a time is to be written; any zone may stand there as +0100
NO_TIME = f"holds no time: write it as {FORM}"
LONGEST = 200  # bytes
SKEW = timedelta(minutes=2)  # by which two clocks, or the beginning and the end of a copy, may differ

MOMENT = re.compile(r"(?P<moment>\d{4}-?\d\d-?\d\d[T ]\d\d(?::?\d\d){1,2}(?:[.,]\d+)?)\s*(?P<zone>\S*)")
OFFSET = re.compile(r"[+-]\d\d(?::?\d\d)?")


def decode(data: bytes) -> str:
    """The text of a file in UTF-8, or in UTF-16 with a byte order mark, as PowerShell writes it; without the mark.

    Raises
    ------
    UnicodeDecodeError
        If it is neither.
    """
    is_utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if is_utf_16 else "utf-8-sig")


def parse_time(text: str, local: tzinfo | None = None) -> datetime:
    """Read a time as ISO 8601 or nbgrader writes it.

    nbgrader's own ``parse_utc`` takes the hours of ``+0100`` for seconds, and names of zones that it does not know for
    UTC.

    Parameters
    ----------
    text : str
        Without a zone it is in UTC.
    local : tzinfo or None
        A zone whose own names, such as CET and CEST, may stand there. They are not the same everywhere.

    Returns
    -------
    datetime
        In UTC, without a zone, as nbgrader keeps times.

    Raises
    ------
    ValueError
        If it is no time, or if its zone is not known for certain. The message says what to do.
    """
    found = MOMENT.fullmatch(text.strip().lstrip("\ufeff"))
    if not found:
        raise ValueError(NO_TIME)
    moment, zone = found["moment"].replace(",", "."), found["zone"]
    if zone.upper() in ("", "Z", "UTC", "GMT"):
        zone = "+00:00"
    try:
        if OFFSET.fullmatch(zone):
            aware = datetime.fromisoformat(f"{moment}{zone}")
        else:
            aware = in_named_zone(datetime.fromisoformat(moment), zone, local)
        if aware:
            return aware.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):  # the 13th month
        raise ValueError(NO_TIME) from None
    raise ValueError(f"names a zone, {zone[:20]!r}, that is not known for certain: write the time as {FORM}")


def in_named_zone(moment: datetime, name: str, local: tzinfo | None) -> datetime | None:
    """A moment in the local zone, if that has this name then; else None."""
    for fold in (0, 1):  # at the end of summer time an hour comes twice, under two names
        aware = moment.replace(tzinfo=local, fold=fold)
        if aware.tzname() == name:
            return aware
    return None


def as_text(time: datetime) -> str:
    """A time in UTC as nbgrader writes it."""
    return f"{time:%Y-%m-%d %H:%M:%S.%f} UTC"


def doubt(time: datetime, released: datetime | None, now: datetime) -> str:
    """Say why nobody can have handed in at a time; empty if somebody can.

    Parameters
    ----------
    time : datetime
    released : datetime or None
        When the assignment was first generated, if that is known.
    now : datetime
        All in UTC, without a zone.
    """
    if time > now + SKEW:
        return "which is still to come"
    if released and time < released - SKEW:
        return f"before the assignment was first generated ({released:%Y-%m-%d %H:%M:%S} UTC)"
    return ""


def utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
