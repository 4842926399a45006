"""A table of any size, read page by page in its order, so that nobody waits to write; and Parquet written likewise."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import polars as pl

from audit_core.store.ledger import SCHEMA

PAGE: Final = 50_000
"""Rows."""

SEALED: Final[Mapping[str, pl.DataType]] = {**SCHEMA, "prev_hash": pl.Binary(), "hash": pl.Binary()}
"""The columns of an event with its seal."""

_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


def pages(
    connection: sqlite3.Connection, table: str, columns: Sequence[str], low: int = _LOWEST, high: int = _HIGHEST
) -> Iterator[list[tuple[Any, ...]]]:
    """The rows whose rowid (of events: their number) is one of low … high."""
    chosen = ", ".join(f'"{name}"' for name in columns)
    while low <= high and (
        rows := connection.execute(
            f'SELECT rowid, {chosen} FROM "{table}" WHERE rowid BETWEEN ? AND ? ORDER BY rowid LIMIT ?',
            (low, high, PAGE),
        ).fetchall()
    ):
        yield [tuple(row)[1:] for row in rows]
        low = rows[-1][0] + 1


def event_pages(connection: sqlite3.Connection, low: int, high: int) -> Iterator[pl.DataFrame]:
    """The events low … high with their seals."""
    for rows in pages(connection, "audit_events", tuple(SEALED), low, high):
        yield pl.DataFrame(rows, schema=SEALED, orient="row", strict=True)


class ParquetPages:
    """A Parquet file that is written one frame at a time, all of one schema."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def add(self, frame: pl.DataFrame) -> None:
        """Append the rows of a frame."""
        self._writer.write_table(_arrow(frame))


@contextmanager
def parquet(path: Path, schema: Mapping[str, pl.DataType]) -> Iterator[ParquetPages]:
    """A new file at `path`, compressed with zstandard."""
    from pyarrow.parquet import ParquetWriter  # noqa: PLC0415  (only those who leave need it)

    with ParquetWriter(path, _arrow(pl.DataFrame(schema=schema)).schema, compression="zstd") as writer:
        yield ParquetPages(writer)


def read_parquet_pages(path: Path) -> Iterator[pl.DataFrame]:
    """The frames of a Parquet file, at most PAGE rows each. Raises ValueError or OSError for what is none."""
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415  (likewise)

    with ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=PAGE):
            frame = pl.from_arrow(batch)
            if isinstance(frame, pl.DataFrame):
                yield frame


def _arrow(frame: pl.DataFrame) -> Any:
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())
