"""Restoring over a data folder in use: verified beside it, swapped in at one stroke, the old one kept."""

import ctypes
import errno
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from audit_core.actors import OPERATOR
from audit_core.backups.manifest import MANIFEST
from audit_core.backups.unpack import Fresh, Restored, unpacked_beside
from audit_core.errors import AuditError, ConfigError, LockHeld
from audit_core.signing import open_keys
from audit_core.store.actions import Action
from audit_core.store.files import sync_folder
from audit_core.store.ledger import head
from audit_core.store.locks import alone
from audit_core.store.store import Store

RESTORED: Final = "restored"
"""The action that both stores keep of a swap."""

_OURS: Final = ("audit.db", "anchors.jsonl", "snapshots", "backups")
_CARRIED: Final = ("backups", "reports")
"""What belongs to the installation and not to the moment that is restored."""

_AT_CWD, _EXCHANGE = -100, 2
_LOOK_AGAIN_S: Final = 0.2  # who waits for SQLite's lock looks again at least ten times a second


def swap_in(path: str | Path, to: Path, config: Path, now: datetime, endpoint: str | None = None) -> Restored:
    """Restore a backup in the place of the data folder `to`; the old one stays as `<to>.before-<stamp>`.

    At any moment one whole store is at `to`. Raises as `restore` does, and LockHeld while a runner or job is live.
    """
    if to.is_symlink() or not to.is_dir() or not any((to / name).exists() for name in _OURS):
        raise ConfigError(f"--to {to} is no data folder that something could be swapped into: leave --swap out.")
    to = to.resolve()
    if _is_backup(to):
        raise ConfigError(f"--to {to} is a backup or lies among backups: give the data folder itself.")
    aside = to.with_name(f"{to.name}.before-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    if aside.exists():
        raise AuditError(f"There is already a folder {aside}: wait a second.")
    # also in the folder that will be there from now on: whoever comes before all is done is refused
    with (
        alone(to / "locks"),
        unpacked_beside(path, to, config, endpoint) as fresh,
        alone(fresh.folder / "locks"),
    ):
        try:
            had = _swap(fresh, to, aside, path, config, now)
        except OSError as error:
            raise AuditError(f"{to} could not be swapped and is as it was ({error}).") from error
        kept = _tell_the_old(fresh, aside, path, config, had, now)
        _carry(aside, to)
        return fresh.restored(to, f"; the store that was there is kept as {aside}{kept}")


def _is_backup(to: Path) -> bool:
    """Whether a folder holds a manifest, or lies in the `backups` of a data folder."""
    inside = (each.parent for each in (to, *to.parents) if each.name == "backups")
    return (to / MANIFEST).exists() or any((data / name).exists() for data in inside for name in _OURS[:-1])


def _swap(fresh: Fresh, to: Path, aside: Path, path: str | Path, config: Path, now: datetime) -> int | None:
    """Swap while nobody can write to either database. Returns how many events the old one had, None if unreadable.

    SQLite names a journal after its database: one that is open while its folder moves would be taken for the other's.
    """
    with ExitStack() as still:
        with _held(to / "audit.db", "EXCLUSIVE") as had:
            store = Store(fresh.folder, keys=lambda: open_keys(config))
            try:
                _seal(store, fresh, path, had, "in the place of", now)
            finally:
                store.database.close()
            still.enter_context(_held(fresh.folder / "audit.db", "IMMEDIATE"))
            exchange(fresh.folder, to, aside)
            sync_folder(to.parent)
        time.sleep(_LOOK_AGAIN_S)  # readers of the old file that waited are through before the new one has a journal
    return had


def _tell_the_old(fresh: Fresh, aside: Path, path: str | Path, config: Path, had: int | None, now: datetime) -> str:
    """Record in the old store what became of it; one that is damaged cannot keep it, which is said."""
    store = Store(aside, keys=lambda: open_keys(config))
    try:
        if had is None:
            raise AuditError("it cannot be read")
        _seal(store, fresh, path, had, "instead of", now)
    except (AuditError, sqlite3.Error, OSError) as error:
        return f", which could not record this ({str(error).rstrip('.')})"
    finally:
        store.database.close()
    return ""


def _seal(store: Store, fresh: Fresh, path: str | Path, had: int | None, how: str, now: datetime) -> None:
    events = "a store that could not be read" if had is None else f"a store of {had:,} events"
    text = (
        f"Backup {path} of {fresh.manifest.made_at} ({fresh.manifest.events:,} events, SHA-256 of its manifest "
        f"{fresh.seal}) restored {how} {events}."
    )
    evidence = {
        "backup": str(path), "manifest_sha256": fresh.seal, "events": fresh.manifest.events,
        "head": fresh.manifest.head, "old_events": had,
    }  # fmt: skip
    run_id = f"restore-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    fields = {"audit_run_id": run_id, "evidence": json.dumps(evidence, sort_keys=True)}
    with store.database.write() as connection:
        store.seal(connection, Action(RESTORED, text, OPERATOR, fields=fields), now)
    store.keep_anchor(run_id, now)


@contextmanager
def _held(database: Path, how: str) -> Iterator[int | None]:
    """Keep others from writing to a database (EXCLUSIVE: also from reading), without writing to it.

    Gives its number of events, None for one that is gone or damaged. Raises LockHeld where it is always in use.
    """
    try:
        found = sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True, timeout=30, isolation_level=None)
    except sqlite3.OperationalError:
        yield None
        return
    with closing(found):
        size = None
        try:
            found.execute(f"BEGIN {how}")
            size = head(found).size
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # the second: damage in SQLite's own words
            if getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise LockHeld(f"{database} is in use without a pause: stop what works with it.") from error
        yield size


def exchange(new: Path, at: Path, aside: Path) -> None:
    """Put the folder `new` at `at`, and what is there to `aside`, at one stroke where the system can.

    Where it cannot, with two renames, of which the first is taken back if the second fails.
    """
    new.rename(aside)  # the name first, so that the stroke itself leaves nothing to be named
    try:
        if _at_one_stroke(aside, at):
            return
    except OSError:
        aside.rename(new)
        raise
    aside.rename(new)
    at.rename(aside)
    try:
        new.rename(at)
    except OSError:
        aside.rename(at)
        raise


def _at_one_stroke(one: Path, other: Path) -> bool:
    """Exchange two folders by Linux's renameat2; False where the system or the disk has none."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    if renameat2(_AT_CWD, os.fsencode(one), _AT_CWD, os.fsencode(other), _EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL):
        return False
    raise OSError(code, os.strerror(code), str(other))


def _carry(aside: Path, to: Path) -> None:
    for name in _CARRIED:
        if (aside / name).is_dir() and not (to / name).exists():
            (aside / name).rename(to / name)
