"""Dates and instants as operators and exports write them: ISO or US order, never day first by guess."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from audit_core.sheets.tokens import NotUnderstood

YEARS: Final = range(1900, 2200)
"""Years a date may lie in; a typo such as 2035 is a date (rules judge it), 0025 is not."""

_MONTH_NAMES: Final = (
    ("jan", "january"),
    ("feb", "february"),
    ("mar", "march"),
    ("apr", "april"),
    ("may",),
    ("jun", "june"),
    ("jul", "july"),
    ("aug", "august"),
    ("sep", "sept", "september"),
    ("oct", "october"),
    ("nov", "november"),
    ("dec", "december"),
)
_MONTHS: Final = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names}
_WEEKDAY: Final = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?,? +)?"
_DAYS: Final = (
    r"(?P<y>[0-9]{4})(?P<s>[-/])(?P<m>[0-9]{1,2})(?P=s)(?P<d>[0-9]{1,2})",
    r"(?P<m>[0-9]{1,2})(?P<s>[-/])(?P<d>[0-9]{1,2})(?P=s)(?P<y>[0-9]{4}|[0-9]{2})",
    rf"{_WEEKDAY}(?P<m>[a-z]{{3,9}})\.? +(?P<d>[0-9]{{1,2}})(?:, *| +)(?P<y>[0-9]{{4}})",
    rf"{_WEEKDAY}(?P<d>[0-9]{{1,2}})(?P<s>[- ])(?P<m>[a-z]{{3,9}})(?P=s)(?P<y>[0-9]{{4}}|[0-9]{{2}})",
)
_TIME: Final = (
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"(?: *(?P<half>[ap])\.?m\.?)?(?: *(?P<zone>z|utc|gmt|[+-][0-9]{2}(?::?[0-5][0-9])?))?"
)
_MOMENTS: Final = tuple(re.compile(rf"{day}(?:(?:t|,? +){_TIME})?", re.ASCII | re.IGNORECASE) for day in _DAYS)
# What this house writes itself is read back most often, and the standard library reads it ten times faster.
_OWN_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)


def parse_date(text: str, zone: ZoneInfo | None = None) -> date:
    """A calendar day: '2025-07-24', '7/24/25', 'Jul 24, 2025', '24-Jul-25'; a time of day beside it is dropped.

    Numbers are read in US order. A time with an offset is an instant, whose day depends on the place: it is
    the day in `zone`, and not understood without one. Midnight with an offset is a day that some program
    wrote as an instant, and stays that day. Raises NotUnderstood.
    """
    match = _match(text, "a date")
    day = _day(match, text)
    if match["hour"] is None:
        return day
    clock = _clock(match, text)
    if match["zone"] is None or clock == time(0):
        return day
    if zone is None:
        raise NotUnderstood(text, "a date without a time zone")
    return (datetime.combine(day, clock) - _offset(match, text)).replace(tzinfo=UTC).astimezone(zone).date()


def parse_instant(text: str, zone: ZoneInfo) -> datetime:
    """An aware UTC instant: '2025-08-26T14:03:11Z', '08/26/25 3:14 PM', '2025-08-26 15:14:00'.

    Text without an offset is local time in `zone`. An hour that the autumn night has twice is its first;
    one that the spring night skips counts on from the clock before the change. A day alone is no instant.
    Raises NotUnderstood.
    """
    if _OWN_INSTANT.fullmatch(text) and int(text[:4]) in YEARS:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            raise NotUnderstood(text, "a date and time of the calendar") from None
    match = _match(text, "a date and time")
    if match["hour"] is None:
        raise NotUnderstood(text, "a date and time")
    local = datetime.combine(_day(match, text), _clock(match, text))
    if match["zone"] is None:
        return local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return (local - _offset(match, text)).replace(tzinfo=UTC)


def instant_text(instant: datetime) -> str:
    """An aware instant as events show it: UTC, whole seconds, '2025-08-26T14:03:11Z'."""
    utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    return utc.isoformat()[:19] + "Z"


def _match(text: str, expected: str) -> re.Match[str]:
    stripped = text.strip()
    for pattern in _MOMENTS:
        if match := pattern.fullmatch(stripped):
            return match
    raise NotUnderstood(text, expected)


def _day(match: re.Match[str], text: str) -> date:
    year, month, day = match.group("y", "m", "d")
    number = int(month) if month.isdecimal() else _MONTHS.get(month.casefold(), 0)
    if (full := _year(year)) not in YEARS:
        raise NotUnderstood(text, f"a date between {YEARS.start} and {YEARS.stop - 1}")
    try:
        return date(full, number, int(day))
    except ValueError:
        raise NotUnderstood(text, "a day of the calendar") from None


def _year(digits: str) -> int:
    # Billing has no past century: '99' is a typo of this one, and rules will say so.
    return int(digits) + (2000 if len(digits) == 2 else 0)


def _clock(match: re.Match[str], text: str) -> time:
    hour = int(match["hour"])
    if match["half"]:
        if not 1 <= hour <= 12:
            raise NotUnderstood(text, "a time of day")
        hour = hour % 12 + (12 if match["half"] in "pP" else 0)
    try:
        return time(hour, int(match["minute"]), int(match["second"] or 0), int(f"{match['fraction'] or '':0<6.6}"))
    except ValueError:
        raise NotUnderstood(text, "a time of day") from None


def _offset(match: re.Match[str], text: str) -> timedelta:
    zone = match["zone"].casefold()
    if zone in ("z", "utc", "gmt"):
        return timedelta(0)
    minutes = int(zone[1:3]) * 60 + int(zone[3:].lstrip(":") or 0)
    if minutes > 14 * 60:
        raise NotUnderstood(text, "a time with a real offset")
    return timedelta(minutes=minutes if zone[0] == "+" else -minutes)
