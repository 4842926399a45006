"""What a file's name and state tell before it is opened: its date, its version, whether it is meant to be read."""

import os
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

READABLE = frozenset({".csv", ".xlsx"})
"""Suffixes of snapshots, in any case."""
ALMOST = frozenset({".xls", ".xlsm", ".xlsb", ".ods", ".zip"})
"""Suffixes of files that somebody surely meant to be read; every other file is none of our business."""

_ISO_DATE = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)", re.ASCII)
_YEARS = range(2000, 2100)


def version_of(state: os.stat_result) -> str:
    """Changes whenever the file may have: its size and modification time."""
    return f"{state.st_size}-{state.st_mtime_ns}"


def end_of_day(day: date, time_zone: ZoneInfo) -> datetime:
    """The instant `day` ends in `time_zone`, in UTC."""
    # the next local midnight, not 24 hours on: a day may have 23 or 25 of them
    return datetime.combine(day + timedelta(days=1), time(), time_zone).astimezone(UTC)


def date_in(name: str) -> date | None:
    """The one ISO date in a file name; None without one, with two, or with one that is no real day of our time."""
    found = {match[0] for match in _ISO_DATE.finditer(name)}
    try:
        day = date.fromisoformat(found.pop()) if len(found) == 1 else None
    except ValueError:
        return None
    return day if day is not None and day.year in _YEARS else None


def is_lost_snapshot(entry: Path) -> bool:
    """Whether a file beside the sheets' folders looks like a snapshot put in the wrong place."""
    # a price list may well lie beside the sheets' folders; a dated export there was meant to be read
    dated = not entry.name.startswith((".", "~$")) and date_in(entry.name) is not None
    return dated and (entry.suffix.lower() in READABLE or entry.suffix.lower() in ALMOST)


def is_text(name: str) -> bool:
    """Whether a name is valid UTF-8."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def shown_name(name: str) -> str:
    """A file name fit for a sentence, even if it is not valid UTF-8."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def why(error: OSError) -> str:
    """The operating system's own short reason."""
    return error.strerror or type(error).__name__
