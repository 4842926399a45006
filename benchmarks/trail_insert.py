"""Sealing and inserting 1,000,000 events beside sqlite-utils' `insert_all`, into the same tables and indexes.

Ours is the ledger's own `append`: events are numbered, hashed, linked, put into the Merkle tree and inserted past the
triggers, look by look, ten looks a transaction. The peer inserts the same rows with its defaults, unsealed, without
triggers.
The same insert without computing a hash takes turns with ours: what it saves is what sealing costs.
Making the events is in nobody's time. One round: the peer alone takes minutes.
"""

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import islice, repeat
from pathlib import Path
from typing import Final

import polars as pl
import sqlite_utils

from audit_core.store.database import Database
from audit_core.store.ledger import SCHEMA, append
from benchmarks.measure import Row, Table
from benchmarks.trail_data import batches

EVENTS: Final = 1_000_000
_COLUMNS: Final = (*SCHEMA, "prev_hash", "hash")
_NO_HASH: Final = bytes(32)
_PAGE: Final = 50_000
_TURN: Final = 10
"""So many looks one takes before it is the other's turn: few, so that both see the same machine."""


def run(events: int = EVENTS) -> Table:
    """Time the three contestants."""
    with tempfile.TemporaryDirectory(prefix="redline-bench-") as name:
        sealed, unsealed, peer = (_store(Path(name) / each) for each in ("sealed.db", "unsealed.db", "peer.db"))
        took = _ours(sealed, unsealed, events) | {"peer": _peer(peer, events)}
        _same_events(sealed, peer)
        for database in (sealed, unsealed, peer):
            database.close()
    sealing = max(took["sealed"] - took["unsealed"], 1e-9)
    lines = [
        Row("append: sealed, with triggers", took["sealed"], took["peer"] / took["sealed"]),
        Row("the same without computing hashes", took["unsealed"], took["peer"] / took["unsealed"]),
        Row("sqlite-utils insert_all, no seal, no triggers", took["peer"], 1.0),
    ]
    promises = {
        "append, times as fast as sqlite-utils": (took["peer"] / took["sealed"], 4.0),
        "the insert, times what sealing takes of it": (took["sealed"] / sealing, 3.0),
    }
    return Table(f"{events:,} events into the indexed ledger", lines, promises)


def _ours(sealed: Database, unsealed: Database, events: int) -> dict[str, float]:
    """Seconds of `append` and of the same without hashes, a transaction for each turn."""
    took = {"sealed": 0.0, "unsealed": 0.0}
    ours, plain = sealed.connection(), unsealed.connection()
    every = batches(events)
    while turn := list(islice(every, _TURN)):
        took["sealed"] += _seconds(partial(_turn, ours, append, turn))
        took["unsealed"] += _seconds(partial(_turn, plain, _insert, turn))
    return took


def _turn(
    connection: sqlite3.Connection,
    insert: Callable[[sqlite3.Connection, pl.DataFrame], object],
    looks: list[pl.DataFrame],
) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for look in looks:
        insert(connection, look)
    connection.execute("COMMIT")


def _peer(database: Database, events: int) -> float:
    """Seconds of sqlite-utils with its defaults, without triggers. Making its rows is not counted."""
    connection = database.connection()
    for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {trigger}")
    took, size = 0.0, 0
    with closing(sqlite3.connect(str(database.path))) as own:
        table = sqlite_utils.Database(own).table("audit_events")
        for batch in batches(events):
            whole = _whole(batch, size)
            rows = [{**row, "prev_hash": _NO_HASH, "hash": _NO_HASH} for row in whole.iter_rows(named=True)]
            took += _seconds(partial(table.insert_all, rows))
            size += batch.height
    return took


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _insert(connection: sqlite3.Connection, events: pl.DataFrame) -> None:
    """What `append` does, without computing a hash."""
    size = connection.execute("SELECT coalesce(max(event_id), 0) FROM audit_events").fetchone()[0]
    columns = (column.to_list() for column in _whole(events, size))
    connection.executemany(
        f"INSERT INTO audit_events ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})",
        zip(*columns, repeat(_NO_HASH, events.height), repeat(_NO_HASH, events.height), strict=True),
    )


def _whole(events: pl.DataFrame, size: int) -> pl.DataFrame:
    """All sealed columns of events that follow `size` others."""
    numbered = events.with_columns(event_id=pl.int_range(size + 1, size + 1 + events.height, dtype=pl.Int64))
    return numbered.select(
        pl.col(name) if name in numbered.columns else pl.lit(None, dtype=kind).alias(name)
        for name, kind in SCHEMA.items()
    )


def _store(path: Path) -> Database:
    made = Database(path)
    made.migrate()
    return made


def _same_events(ours: Database, peer: Database) -> None:
    """A comparison of speed means nothing unless both tables hold the same."""
    assert all(mine == theirs for mine, theirs in zip(_pages(ours), _pages(peer), strict=True))


def _pages(database: Database) -> Iterator[list[tuple[object, ...]]]:
    sql = f"SELECT {', '.join(SCHEMA)} FROM audit_events WHERE event_id > ? ORDER BY event_id LIMIT {_PAGE}"
    last = 0
    while page := [tuple(row) for row in database.connection().execute(sql, (last,))]:
        yield page
        last = page[-1][0]
