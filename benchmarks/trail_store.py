"""A store with a trail of any size, made fast: past the triggers and the seal, for questions and not for proof."""

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import polars as pl

from audit_core.store.columnar import Columnar
from audit_core.store.database import Database
from audit_core.store.ledger import SCHEMA
from benchmarks.trail_data import LOOKS, SHEETS, look_at

_RULES: Final = 20
_COLUMNS: Final = (*SCHEMA, "prev_hash", "hash")
_INSERT: Final = f"INSERT INTO audit_events ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
_LEVELS: Final = {None: 0, "LOW": 1, "MEDIUM": 2, "HIGH": 3, "CRITICAL": 4}


def fill(database: Database, batches: Iterator[pl.DataFrame], events: int) -> None:
    """Take batches until the store holds `events` of them, and bring its indexes and its columnar copy up to date."""
    connection = database.connection()
    for pragma in ("journal_mode=OFF", "synchronous=OFF"):
        connection.execute(f"PRAGMA {pragma}")
    size = connection.execute("SELECT coalesce(max(event_id), 0) FROM audit_events").fetchone()[0]
    made = "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'audit_events' AND type != 'table'"
    # the triggers are gone after the first time; indexes are made when the rows are there
    dropped = [tuple(row) for row in connection.execute(made)]
    for kind, name, _ in dropped:
        connection.execute(f"DROP {kind} {name}")
    while size < events:
        connection.execute("BEGIN")
        batch = next(batches)
        connection.executemany(_INSERT, _rows(batch, size))
        connection.execute("COMMIT")
        size += batch.height
    for kind, _, sql in dropped:
        if kind == "index":
            connection.execute(sql)
    Columnar(database).extend()


def _rows(events: pl.DataFrame, size: int) -> Iterator[tuple[object, ...]]:
    whole = events.select(
        pl.int_range(size + 1, size + 1 + events.height, dtype=pl.Int64).alias(name)
        if name == "event_id"
        else (pl.col(name) if name in events.columns else pl.lit(None, dtype=kind).alias(name))
        for name, kind in SCHEMA.items()
    )
    return ((*row, bytes(32), bytes(32)) for row in whole.iter_rows())


def tell(database: Database, seed: int, looks: int) -> None:
    """The incidents of all events; a snapshot of each sheet at each look, with its rule counts; a run an hour."""
    dice = random.Random(seed)
    connection = database.connection()
    connection.execute("BEGIN")
    for table in ("incidents", "snapshots", "rule_counts", "job_runs"):
        connection.execute(f"DELETE FROM {table}")
    connection.executemany(
        """INSERT INTO incidents (incident_id, events, rows, sheets, risk_score, severity, look, kind, started_at,
        ended_at, financial_impact, summary, status, audit_run_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, 'changed', '', '', 0, '', 'open', '')""",
        _incidents(database).rows(),
    )
    for place in range(looks):
        at = look_at(place, LOOKS)
        look = f"{at:%Y-%m-%dT%H:%M:%SZ}"
        for sheet in range(SHEETS):
            sheet_id = str(4_000_000_000_000_000 + sheet)
            spot = {"sheet": f"Field Billing {sheet}", "reason": "rows skipped", "detail": f"{dice.randrange(9)} rows"}
            connection.execute(
                """INSERT INTO snapshots (sheet_id, sheet_name, look, look_at, version, content_sha256, location, rows,
                columns, titles, file, file_sha256, blind_spots, taken_at, audit_run_id)
                VALUES (?, ?, ?, ?, '', '', '', ?, '[]', '{}', '', '', ?, '', '')""",
                (
                    sheet_id,
                    f"Field Billing {sheet}",
                    look,
                    at.isoformat(),
                    20_000 + place,
                    json.dumps([spot] if dice.random() < 0.05 else []),
                ),
            )
            connection.executemany(
                "INSERT INTO rule_counts VALUES ('sync', ?, ?, ?, 20000, ?, 0, ?, 0, 'on')",
                [(look, sheet_id, f"rule_{rule}", dice.randrange(50), dice.randrange(9)) for rule in range(_RULES)],
            )
    runs = [(f"sync-{hour}", look_at(0, 1) + timedelta(hours=hour)) for hour in range(24 * looks)]
    connection.executemany(
        """INSERT INTO job_runs (run_id, job, trigger, status, started_at, finished_at, host, pid, counters)
        VALUES (?, 'sync', 'schedule', 'ok', ?, ?, '', 1, '{}')""",
        [(run_id, at.isoformat(), (at + timedelta(seconds=9)).isoformat()) for run_id, at in runs],
    )
    connection.execute("COMMIT")


def _incidents(database: Database) -> pl.DataFrame:
    """The row of each incident, from its events."""
    level = pl.col("severity").replace_strict(_LEVELS, return_dtype=pl.Int64)
    names = {number: name for name, number in _LEVELS.items()}
    (made,) = Columnar(database).collect(
        lambda events: (
            events.filter(pl.col("incident_id").is_not_null())
            .group_by("incident_id")
            .agg(
                pl.len().cast(pl.Int64),
                pl.struct("sheet_id", "row_id").n_unique().alias("rows"),
                pl.col("sheet_id").n_unique().alias("sheets"),
                pl.col("risk_score").max(),
                level.max().alias("severity"),
                pl.col("look").min(),
            )
            .sort("incident_id")
        )
    )
    return made.with_columns(pl.col("severity").replace_strict(names, return_dtype=pl.String))
