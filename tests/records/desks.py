"""Desks whose looks were recorded in different years, and the verbs that tests of the record's years need."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from audit_core.signing import SIGNING_KEY, new_key
from audit_core.store.verify import Verified, verify
from audit_core.syncing.sync import Sync
from audit_core.workspace import Workspace
from tests.exports import FIRST, SECOND, THIRD, Desk, edited, line

LINES = [line(n) for n in range(1, 7)]
CHANGED = [edited(each, quantity="3", units_total_price="170.52") for each in LINES[:2]] + LINES[2:]
MORE = [edited(each, foreman="Foreman 23") for each in CHANGED]
LATER = datetime(2026, 11, 1, tzinfo=UTC)


@contextmanager
def opened(desk: Desk) -> Iterator[Workspace]:
    """The desk's workspace, closed at the end."""
    workspace = Workspace.open(desk.config)
    try:
        yield workspace
    finally:
        workspace.store.database.close()


def sync_at(desk: Desk, now: datetime) -> None:
    """Take every new look, recorded at `now`."""
    with opened(desk) as workspace:
        workspace.store.create()
        Sync(workspace, f"sync-{now:%Y%m%d}", lambda: now).run()


def three_years(root: Path, day: int = 1) -> Desk:
    """One look recorded in 2024, one in 2025 (4 changes), one in 2026 (6 changes), each on a day of June."""
    desk = Desk(root)
    for year, (look, lines) in enumerate(((FIRST, LINES), (SECOND, CHANGED), (THIRD, MORE)), start=2024):
        desk.look(look, lines)
        sync_at(desk, datetime(year, 6, day, tzinfo=UTC))
    return desk


def verified(desk: Desk) -> Verified:
    """What `verify` says of the desk's store."""
    with opened(desk) as workspace:
        store = workspace.store
        return verify(store.database, store.snapshots, store.anchor_file, [], store.keys())


@contextmanager
def signing() -> Iterator[str]:
    """With a new signing key in the environment; its text."""
    text, _ = new_key()
    with patch.dict(os.environ, {SIGNING_KEY: text}):
        yield text
