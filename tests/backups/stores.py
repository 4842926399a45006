"""A small store with everything a backup holds, and the verbs that tests of backups need."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from audit_core.backups import Backup, Restored, backup, restore
from audit_core.backups.encryption import BACKUP_KEY, new_backup_key
from audit_core.backups.manifest import MANIFEST, Manifest
from audit_core.signing import SIGNING_KEY, Keys, new_key
from audit_core.store.anchors import Anchor
from audit_core.store.database import Database
from audit_core.store.snapshots import Snapshots
from audit_core.store.verify import Verified, verify
from audit_core.workspace import Workspace
from jobs.tasks import Request, run_retrain
from tests.exports import Desk, Line, line, two_looks

NOW = datetime(2026, 1, 1, 8, tzinfo=UTC)
NAME = "20260101T080000Z"
EVENTS = 106
"""Of the small store: two snapshots, 102 changes, one model and what the gate said of it."""
KEYS = {SIGNING_KEY: new_key()[0], BACKUP_KEY: new_backup_key()[0]}
"""The keys of the machine where the locked backup is made."""


def with_keys(desk: Desk, **values: str) -> Path:
    """Put secrets into the `.env` beside a desk's config; returns the config."""
    return machine(desk.root, **values)


def machine(root: Path, **values: str) -> Path:
    """A machine without an installation, with secrets in its `.env`; returns where its config would be."""
    root.mkdir(exist_ok=True)
    path = root / ".env"
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    return root / "config.json"


def second_line(row: int) -> Line:
    """A line as the second look has it."""
    return line(row, foreman="Foreman 30", pole=f"Point {row}a")


def small_store(root: Path) -> Desk:
    """Two looks, a hundred changes between them, and a model trained on those."""
    desk = two_looks(root, [line(n) for n in range(1, 52)], [second_line(n) for n in range(1, 52)])
    with opened(desk) as workspace:
        run_retrain(workspace, Request("train", now=lambda: NOW))
    return desk


@contextmanager
def opened(desk: Desk) -> Iterator[Workspace]:
    """The desk's workspace, closed at the end."""
    workspace = Workspace.open(desk.config)
    try:
        yield workspace
    finally:
        workspace.store.database.close()


def back_up(desk: Desk, now: datetime = NOW, run_id: str = "run-b") -> Backup:
    """Make a backup."""
    with opened(desk) as workspace:
        return backup(workspace, run_id, now)


def restored(path: Path | str, to: Path, config: Path | None = None, endpoint: str | None = None) -> Restored:
    """Restore on a machine that has no keys, unless there is a `.env` beside `config`."""
    return restore(path, to, config or to / "no such folder" / "config.json", endpoint)


def manifest_of(made: Backup | Path) -> Manifest:
    """The manifest of a backup."""
    return Manifest.read((made.path if isinstance(made, Backup) else made) / MANIFEST)


def actions(desk: Desk, *names: str) -> list[dict[str, Any]]:
    """The actions of these names in the desk's ledger."""
    return [event for event in desk.events("action") if event["action"] in names]


def verified(desk: Desk) -> Verified:
    """What `verify` says of the desk's store."""
    with opened(desk) as workspace:
        store = workspace.store
        return verify(store.database, store.snapshots, store.anchor_file, [], store.keys())


def whole(data: Path, *given: Anchor) -> Verified:
    """What `verify` says of a data folder, without any key."""
    database = Database(data / "audit.db")
    try:
        return verify(database, Snapshots(database, data / "snapshots"), data / "anchors.jsonl", list(given), Keys())
    finally:
        database.close()


def change(desk: Desk, *statements: str) -> None:
    """Do to the database what Redline never would; its triggers are taken away first."""
    with closing(sqlite3.connect(desk.root / "data" / "audit.db")) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, f"{statement} changed nothing"
        connection.commit()


def logs(desk: Desk) -> list[dict[str, Any]]:
    """The rows of `backup_logs`."""
    return desk.rows("SELECT * FROM backup_logs ORDER BY backup_id")


def tree(folder: Path) -> dict[str, bytes | None]:
    """Everything in a folder, hidden or not: the bytes of a file, None for what is none."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")
    }
