"""A small honest record, and the verbs of an auditor and of somebody who tampers with it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from audit_core.store.anchors import Anchor
from audit_core.store.database import Database
from audit_core.store.ledger import GENESIS, SCHEMA, chain
from audit_core.store.schema import EVENT_FIELDS
from audit_core.store.snapshots import Snapshots
from audit_core.store.verify import Verified, verify
from tests.exports import line

LINES = [line(n) for n in range(1, 7)]
NOW = datetime(2026, 1, 1, tzinfo=UTC)

# three looks make eight events: three snapshots taken, two edited cells at the second look and three at the third
EVENTS = 8
SNAPSHOTS = 3
ANCHORED = [1, 4, 8]


@dataclass(frozen=True)
class Record:
    """A data folder, with the verbs of an auditor and of somebody who tampers with it."""

    data: Path

    @property
    def anchors(self) -> Path:
        return self.data / "anchors.jsonl"

    def verify(self, *given: Anchor) -> Verified:
        database = Database(self.data / "audit.db")
        try:
            return verify(database, Snapshots(database, self.data / "snapshots"), self.anchors, list(given))
        finally:
            database.close()

    @contextmanager
    def opened(self) -> Iterator[sqlite3.Connection]:
        """Whoever owns the file can take its triggers away first, and put them back when it is done."""
        with closing(sqlite3.connect(self.data / "audit.db")) as connection:
            triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            yield connection
            for name, sql in triggers:
                connection.execute(f"DROP TRIGGER IF EXISTS {name}")
                connection.execute(sql)
            for scratch in ("one", "six"):
                connection.execute(f"DROP TABLE IF EXISTS {scratch}")
            connection.commit()

    def tamper(self, *statements: str) -> None:
        with self.opened() as connection:
            for statement in statements:
                assert connection.execute(statement).rowcount != 0, f"{statement} changed nothing"

    def value(self, sql: str) -> object:
        with closing(sqlite3.connect(self.data / "audit.db")) as connection:
            return connection.execute(sql).fetchone()[0]

    def values(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(self.data / "audit.db")) as connection:
            return [row[0] for row in connection.execute(sql)]

    def seal_again(self, first: int) -> None:
        """Make the chain anew from event `first` on, with Redline's own code: it fits together again."""
        with self.opened() as connection:
            fields = ", ".join(EVENT_FIELDS)
            rows = connection.execute(f"SELECT {fields} FROM audit_events WHERE event_id >= ? ORDER BY 1", (first,))
            events = pl.DataFrame(rows.fetchall(), schema=SCHEMA, orient="row")
            found = connection.execute("SELECT hash FROM audit_events WHERE event_id = ?", (first - 1,)).fetchone()
            before = found[0] if found else GENESIS
            for number, sealed in zip(events["event_id"], chain(events, before), strict=True):
                connection.execute(
                    "UPDATE audit_events SET prev_hash = ?, hash = ? WHERE event_id = ?", (before, sealed, number)
                )
                before = sealed

    def edit_anchors(self, edit: Callable[[str], str]) -> None:
        before = self.anchors.read_text()
        self.anchors.write_text(edit(before))
        assert self.anchors.read_text() != before

    def snapshot(self, look: str) -> Path:
        return self.data / "snapshots" / str(self.value(f"SELECT file FROM snapshots WHERE look = '{look}'"))
