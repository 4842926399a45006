"""Which backups are kept: all of some days, one of each week, one of each month; and what crashed runs left over."""

import re
import shutil
from collections.abc import Iterable, Sequence, Set
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from audit_core.backups.manifest import MANIFEST
from audit_core.settings import BackupSettings

STAMP: Final = "%Y%m%dT%H%M%SZ"
"""A backup's folder is named by the moment it was made, UTC."""

_FOLDER: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_LEFT_OVER: Final = re.compile(r"\.([0-9]{8}T[0-9]{6}Z)-\w+\.part")


def made_at(name: str) -> datetime | None:
    """When the backup of this name was made; None for what is no name of ours."""
    try:
        return datetime.strptime(name, STAMP).replace(tzinfo=UTC) if _FOLDER.fullmatch(name) else None
    except ValueError:
        return None  # digits that are no date


def over(
    names: Iterable[str], settings: BackupSettings, now: datetime, zone: ZoneInfo, always: Set[str]
) -> tuple[str, ...]:
    """The names of backups whose time is over, oldest first; never one of `always`.

    Kept are those of the last `retention_days` days, the newest of each of the last `keep_weeks` weeks and of each of
    the last `keep_months` months, by the business's calendar. This week and this month count as the first.
    """
    known = sorted((at, name) for name in names if (at := made_at(name)))
    kept = {name for at, name in known if at >= now - timedelta(days=settings.retention_days)}
    today = now.astimezone(zone).date()
    weeks = {_week(at.astimezone(zone).date()): name for at, name in known}  # the last of a week wins: the newest
    kept |= {name for week, name in weeks.items() if _week(today) - week < settings.keep_weeks}
    months = {_month(at.astimezone(zone).date()): name for at, name in known}
    kept |= {name for month, name in months.items() if _month(today) - month < settings.keep_months}
    return tuple(name for _, name in known if name not in kept | always)


def finished(folder: Path) -> Sequence[Path]:
    """The backups in a folder, oldest first: what has our kind of name and a manifest."""
    if not folder.is_dir():
        return []
    return sorted(
        each
        for each in folder.iterdir()
        if made_at(each.name) and not each.is_symlink() and (each / MANIFEST).is_file()
    )


def remove(folder: Path) -> None:
    """Remove a backup."""
    # first out of sight, so that a crash leaves no half backup that looks like one
    shutil.rmtree(folder.rename(folder.with_name(f".{folder.name}-removed.part")))


def remove_left_overs(folder: Path, before: datetime) -> None:
    """Remove the temporary folders of runs that were killed before `before`."""
    for each in folder.iterdir():
        match = _LEFT_OVER.fullmatch(each.name)
        at = made_at(match[1]) if match else None
        if at and at < before and not each.is_symlink():
            shutil.rmtree(each)


def _week(day: date) -> int:
    return (day.toordinal() - 1) // 7  # day 1 of the calendar was a Monday


def _month(day: date) -> int:
    return day.year * 12 + day.month
