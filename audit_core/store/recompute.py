"""The chain and the tree computed again from every event's fields, page by page: nothing stored is believed."""

import sqlite3
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field

import polars as pl

from audit_core.errors import VerificationFailed
from audit_core.store.ledger import GENESIS, SCHEMA, chain, head
from audit_core.store.merkle import BLOCK, EMPTY, Frontier
from audit_core.store.schema import EVENT_FIELDS

_PAGE = 50_000
_PYTHON: dict[str, type] = {"INTEGER": int, "REAL": float, "TEXT": str}
_COLUMNS = ", ".join([*SCHEMA, "prev_hash", "hash"])


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What the events give: how many there are, and the last hash and the Merkle root at each size that was asked."""

    size: int
    heads: dict[int, bytes] = field(default_factory=lambda: {0: GENESIS})
    roots: dict[int, bytes] = field(default_factory=lambda: {0: EMPTY})


def recompute(
    connection: sqlite3.Connection, wanted: Set[int], see: Callable[[pl.DataFrame], None] | None = None
) -> Recomputed:
    """Compute everything again; `see` is shown each page of events (the sealed columns) once it was found whole.

    Raises VerificationFailed with the first event that is missing, was altered or does not follow, or the first block
    of the tree that is not that of its events. Each page is a short read of its own, so that nobody waits to write.
    """
    size = head(connection).size
    made, tree = Recomputed(size), Frontier()
    previous, count = GENESIS, 0
    for rows in _pages(connection, size):
        for offset, row in enumerate(rows):
            if row[0] != count + offset + 1:
                raise VerificationFailed(f"Event {count + offset + 1} is missing: the next one is event {row[0]}.")
        page = _frame(rows)
        for sealed, row in zip(chain(page, previous), rows, strict=True):
            count += 1
            if row[-2] != previous:
                raise VerificationFailed(f"Event {count} does not follow event {count - 1}: its link was altered.")
            if row[-1] != sealed:
                raise VerificationFailed(f"Event {count} was altered: its fields do not give its hash.")
            previous = sealed
            tree.add(sealed)
            if count in wanted or count == size:
                made.heads[count], made.roots[count] = sealed, tree.root()
        if see:
            see(page)
    _blocks(connection, tree.blocks)
    return made


def _pages(connection: sqlite3.Connection, size: int) -> Iterator[list[tuple[object, ...]]]:
    """The events up to number `size` in their order."""
    last: object = None
    after = "WHERE event_id > ?1 AND"
    while True:
        # the first page has no lower bound: a number below 1 is no event of ours and must be seen
        where, values = ("WHERE", (size, _PAGE)) if last is None else (after, (last, size, _PAGE))
        place = len(values)
        asked = f"SELECT {_COLUMNS} FROM audit_events {where} event_id <= ?{place - 1} ORDER BY event_id LIMIT ?{place}"
        try:
            rows = connection.execute(asked, values).fetchall()
        except sqlite3.OperationalError as error:
            if "decode" in str(error):
                _undecodable(connection, last or 0, size)
            raise
        if not rows:
            return
        last = rows[-1][0]
        yield [tuple(row) for row in rows]


def _undecodable(connection: sqlite3.Connection, after: object, size: int) -> None:
    """Raise VerificationFailed with the first event after one whose text is no UTF-8."""
    numbers = "SELECT event_id FROM audit_events WHERE event_id > ? AND event_id <= ? ORDER BY event_id LIMIT ?"
    for (number,) in connection.execute(numbers, (after, size, _PAGE)).fetchall():
        try:
            connection.execute(f"SELECT {_COLUMNS} FROM audit_events WHERE event_id = ?", (number,)).fetchone()
        except sqlite3.OperationalError as error:
            raise VerificationFailed(f"Event {number} was altered: it holds a text that is no UTF-8.") from error


def _frame(rows: list[tuple[object, ...]]) -> pl.DataFrame:
    try:
        return pl.DataFrame([row[:-2] for row in rows], schema=SCHEMA, orient="row", strict=True)
    except (TypeError, OverflowError, pl.exceptions.PolarsError) as error:
        misfits = (
            f"Event {row[0]} was altered: its {name}"
            for row in rows
            for name, value in zip(SCHEMA, row[:-2], strict=True)
            if not _fits(name, value)
        )
        where = next(misfits, f"Event {rows[0][0]} or one of the next {len(rows):,} was altered: a field")
        raise VerificationFailed(f"{where} holds a value of the wrong type.") from error


def _fits(column: str, value: object) -> bool:
    return value is None or isinstance(value, _PYTHON[EVENT_FIELDS[column]])


def _blocks(connection: sqlite3.Connection, blocks: list[bytes]) -> None:
    """Blocks that were filled by others meanwhile are not looked at."""
    kept = dict(connection.execute("SELECT block, root FROM merkle_blocks").fetchall())
    for number, root in enumerate(blocks):
        if kept.get(number) != root:
            first, last = number * BLOCK + 1, (number + 1) * BLOCK
            raise VerificationFailed(
                f"Event {first}, or one after it up to event {last}, was replaced: they do not give the root that was "
                "kept for them."
            )
    full = head(connection).size // BLOCK
    if beyond := sorted(number for number in kept if not 0 <= number < full):
        raise VerificationFailed(
            f"Block {beyond[0]} of the Merkle tree stands for event {beyond[0] * BLOCK + 1} and those after it, which "
            "there are not: it was made up."
        )
