"""Kept callbacks: each once, found again by sheet and time, and what became of it after a sync."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audit_core.store.callbacks import NOT_READ, SEEN, WAITING, Callback, Callbacks
from audit_core.store.database import Database

NOON = datetime(2026, 7, 27, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "audit.db")
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def callbacks(database: Database) -> Callbacks:
    return Callbacks(database)


def came(at: datetime, sheet_id: str | None = "1", nonce: str = "", webhook_id: str = "45") -> Callback:
    """A callback; its nonce is its time unless the test says otherwise."""
    return Callback(at, webhook_id, sheet_id, nonce or at.isoformat(), f"body of {sheet_id} at {at:%H:%M:%S}")


def states(database: Database) -> list[int]:
    """`processed` of all, in the order in which they came."""
    found = database.connection().execute("SELECT processed FROM webhook_events ORDER BY webhook_event_id")
    return [row[0] for row in found]


def test_one_nonce_of_one_webhook_is_kept_once(callbacks: Callbacks, database: Database) -> None:
    assert callbacks.keep(came(NOON, nonce="n"))
    assert not callbacks.keep(came(NOON + MINUTE, nonce="n"))
    assert callbacks.keep(came(NOON, nonce="n", webhook_id="46"))
    assert states(database) == [WAITING, WAITING]


def test_the_newest_that_waits(callbacks: Callbacks) -> None:
    assert callbacks.newest_waiting() is None
    for at in (NOON + timedelta(microseconds=1), NOON):
        callbacks.keep(came(at))
    assert callbacks.newest_waiting() == NOON + timedelta(microseconds=1)
    callbacks.settle(NOON + MINUTE, {"1"}, {"1"})
    assert callbacks.newest_waiting() is None


def test_the_bodies_of_a_sheet_since_a_moment(callbacks: Callbacks) -> None:
    for at in (NOON + MINUTE, NOON, NOON - MINUTE):
        callbacks.keep(came(at))
    callbacks.keep(came(NOON, "2", nonce="n"))
    callbacks.settle(NOON + 2 * MINUTE, {"1"}, {"1"})
    assert callbacks.bodies("1", NOON) == ["body of 1 at 12:00:00", "body of 1 at 12:01:00"]
    assert callbacks.bodies("3", NOON) == []


def test_what_a_sync_says_of_them(callbacks: Callbacks, database: Database) -> None:
    """Seen, not reached, not to be read, about no sheet, and come only after the sync had begun."""
    for number, (at, sheet_id) in enumerate(
        [(NOON, "seen"), (NOON, "not reached"), (NOON, "another"), (NOON, None), (NOON + MINUTE, "seen")]
    ):
        callbacks.keep(came(at, sheet_id, nonce=str(number)))
    callbacks.settle(NOON + MINUTE, {"seen"}, {"seen", "not reached"})
    assert states(database) == [SEEN, WAITING, NOT_READ, NOT_READ, WAITING]
    callbacks.settle(NOON + 2 * MINUTE, {"seen", "not reached", "another"}, {"seen", "not reached", "another"})
    assert states(database) == [SEEN, SEEN, NOT_READ, NOT_READ, SEEN]


def test_a_sync_without_callbacks_writes_nothing(callbacks: Callbacks, database: Database) -> None:
    def changes() -> int:
        return (
            int(database.connection().execute("PRAGMA data_version").fetchone()[0])
            + database.connection().total_changes
        )

    before = changes()
    callbacks.settle(NOON, {"1"}, {"1"})
    assert changes() == before
