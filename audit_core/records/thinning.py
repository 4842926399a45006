"""Thinning: of the snapshots of long ago, the last one of each sheet and business day is kept.

Whatever a later look may be compared with stays: the first and the newest snapshot of a sheet, and the newest one that
has each of its columns. Which ones were given up is an event of the ledger, so that `verify` does not miss them.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from audit_core.actors import JOBS
from audit_core.errors import LockHeld
from audit_core.store.actions import Action
from audit_core.store.snapshots import TakenSnapshot
from audit_core.store.store import Store
from audit_core.workspace import Workspace

THINNED: Final = "snapshots_thinned"
_A_TIME: Final = 5_000
_LEFT_AFTER: Final = timedelta(days=1)

Key = tuple[str, str]
"""A snapshot: its sheet's id and its look."""


@dataclass(frozen=True, slots=True)
class Thinned:
    """What was given up: snapshots of the index, the files that only they needed, and files that crashed runs left."""

    snapshots: int = 0
    files: int = 0
    orphans: int = 0
    waiting: bool = False

    def words(self) -> str:
        """As a sentence; empty where there was nothing to do."""
        if self.waiting:
            return "Snapshots were not thinned, because a sync is under way: the next backup does it."
        if not (self.snapshots or self.files or self.orphans):
            return ""
        left = f" {self.orphans:,} files left by crashed runs removed." if self.orphans else ""
        return f"{self.snapshots:,} snapshots thinned ({self.files:,} files).{left}"


def thin(workspace: Workspace, run_id: str, now: datetime) -> Thinned:
    """Give up what `retention.snapshots_dense_days` says. Called when a backup that has everything was verified.

    A dry run changes its own copy of the index and no file.
    """
    store, days = workspace.store, workspace.settings.retention.snapshots_dense_days
    try:
        # while the lock is held no sync saves a file that is being removed
        with store.leases.held("sync", run_id):
            gone: list[TakenSnapshot] = []
            if days is not None:
                taken = store.snapshots.all()
                gone = superfluous(taken, now - timedelta(days=days), workspace.settings.zone)
                for start in range(0, len(gone), _A_TIME):
                    _give_up(store, gone[start : start + _A_TIME], run_id, now)
            needed = _needed_files(store)
            files = {each.file for each in gone} - needed
            if workspace.rehearsal:
                return Thinned(len(gone), len(files))
            for name in files:
                (store.snapshots.folder / name).unlink(missing_ok=True)
            left = now - _LEFT_AFTER
            orphans = [*_orphans(store.snapshots.folder, needed, left), *_half_written(store.data_dir, left)]
            for path in orphans:
                path.unlink(missing_ok=True)
            return Thinned(len(gone), len(files), len(orphans))
    except LockHeld:
        return Thinned(waiting=True)


def superfluous(taken: Sequence[TakenSnapshot], before: datetime, zone: ZoneInfo) -> list[TakenSnapshot]:
    """The snapshots looked at before `before` (aware) that are neither the last of their day nor needed by syncs."""
    last: dict[tuple[str, object], str] = {}
    for each in taken:
        day = (each.sheet_id, each.look_at.astimezone(zone).date())
        last[day] = max(each.look, last.get(day, ""))
    kept = {(sheet_id, look) for (sheet_id, _), look in last.items()} | needed_by_syncs(taken) | _first(taken)
    return [each for each in taken if each.look_at < before and (each.sheet_id, each.look) not in kept]


def needed_by_syncs(taken: Iterable[TakenSnapshot]) -> set[Key]:
    """The newest snapshot of each sheet, and the newest one with each column that the sheet ever had."""
    newest: dict[tuple[str, str], str] = {}
    for each in taken:
        for column in ("", *each.columns):
            newest[each.sheet_id, column] = max(each.look, newest.get((each.sheet_id, column), ""))
    return {(sheet_id, look) for (sheet_id, _), look in newest.items()}


def _first(taken: Iterable[TakenSnapshot]) -> set[Key]:
    first: dict[str, str] = {}
    for each in taken:
        first[each.sheet_id] = min(each.look, first.get(each.sheet_id, each.look))
    return set(first.items())


def _give_up(store: Store, gone: Sequence[TakenSnapshot], run_id: str, now: datetime) -> None:
    """Take them out of the index and seal it, in one short transaction."""
    keys = [{"sheet_id": each.sheet_id, "look": each.look} for each in gone]
    with store.database.write() as connection:
        connection.executemany("DELETE FROM snapshots WHERE sheet_id = :sheet_id AND look = :look", keys)
        text = f"{len(keys):,} snapshots given up: of their days, later ones are kept."
        fields = {"audit_run_id": run_id, "evidence": json.dumps({"snapshots": keys})}
        store.seal(connection, Action(THINNED, text, JOBS, fields=fields), now)


def _needed_files(store: Store) -> set[str]:
    found: sqlite3.Cursor = store.database.connection().execute(
        "SELECT file FROM snapshots UNION SELECT file FROM refused_snapshots WHERE file IS NOT NULL"
    )
    return {row[0] for row in found}


def _orphans(folder: Path, needed: set[str], before: datetime) -> Iterable[Path]:
    """Snapshots that nothing on record speaks of, last written before `before`."""
    for path in folder.glob("*/*.parquet"):
        if path.relative_to(folder).as_posix() not in needed and _is_older(path, before):
            yield path


def _half_written(data_dir: Path, before: datetime) -> Iterable[Path]:
    """What killed processes left of files that were to appear whole; backups look after their own."""
    for folder in data_dir.iterdir():
        if folder.is_dir() and not folder.is_symlink() and folder.name != "backups":
            yield from (path for path in folder.rglob(".*.part") if path.is_file() and _is_older(path, before))


def _is_older(path: Path, before: datetime) -> bool:
    with suppress(FileNotFoundError):
        return datetime.fromtimestamp(path.stat().st_mtime, UTC) < before
    return False
