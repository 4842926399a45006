"""Which backups are removed: those past their time and what crashed runs left over, and nothing else."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from audit_core.backups.manifest import MANIFEST

STAMP = "%Y%m%dT%H%M%SZ"
"""A backup's folder is named by the moment it was made, UTC."""

_FOLDER = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_LEFT_OVER = re.compile(r"\.([0-9]{8}T[0-9]{6}Z)-\w+\.part")


def remove_old(folder: Path, made: Path, before: datetime) -> tuple[str, ...]:
    """Remove finished backups older than `before`, never the newest one nor `made`."""
    backups = sorted(
        each
        for each in folder.iterdir()
        if _FOLDER.fullmatch(each.name) and not each.is_symlink() and (each / MANIFEST).is_file()
    )
    old = [each for each in backups[:-1] if each != made and _is_before(each.name, before)]
    for each in old:
        # first out of sight, so that a crash leaves no half backup that looks like one
        hidden = each.rename(folder / f".{each.name}-removed.part")
        shutil.rmtree(hidden)
    return tuple(each.name for each in old)


def remove_left_overs(folder: Path, before: datetime) -> None:
    """Remove the temporary folders of runs that were killed before `before`."""
    for each in folder.iterdir():
        match = _LEFT_OVER.fullmatch(each.name)
        if match and not each.is_symlink() and _is_before(match[1], before):
            shutil.rmtree(each)


def _is_before(stamp: str, instant: datetime) -> bool:
    try:
        return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC) < instant
    except ValueError:
        return False  # digits that are no date: not a name of ours
