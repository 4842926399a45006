"""What judging asks of the trail: answered from the events that can matter, as if all of the sheet's were read."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from audit_core.changes.who import PEOPLES_EVIDENCE
from audit_core.store.database import Database
from audit_core.store.ledger import append
from audit_core.store.trail import Trail
from tests.store.trail_oracle import Rows, new_store

SHEETS = ("1", "2", "3")
FIRST = datetime(2025, 11, 3, 12, tzinfo=UTC)


def name_of(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def database(tmp_path: Path, seed: int) -> Iterator[Database]:
    """Thirty looks some minutes apart, each at some of the sheets, told as sync tells them."""
    made = new_store(tmp_path)
    dice, at = random.Random(seed), FIRST
    for _ in range(30):
        at += timedelta(minutes=dice.randrange(1, 20))
        record(made, dice, at, dice.sample(SHEETS, dice.randrange(1, 4)))
    yield made
    made.close()


def record(database: Database, dice: random.Random, at: datetime, sheets: list[str]) -> None:
    """One look: its snapshots first, then what changed, then which rules that broke."""
    events: list[dict[str, Any]] = [
        {"kind": "action", "action": "snapshot_taken", "sheet_id": sheet, "look": name_of(at)} for sheet in sheets
    ]
    for sheet in sheets:
        events += [change(dice, sheet, at) for _ in range(dice.randrange(8))]
    with database.write() as connection:
        frame = pl.DataFrame(events, infer_schema_length=None).with_columns(timestamp=pl.lit("t"))
        last = append(connection, frame).size
        for number, event in enumerate(events, start=last - len(events) + 1):
            if event.get("violation_type"):
                rules = {event["violation_type"], dice.choice(("stale_formula", "late_entry"))}
                connection.executemany("INSERT INTO rule_hits VALUES (?, ?)", [(number, rule) for rule in rules])
        for sheet in sheets:
            connection.execute(
                """INSERT INTO snapshots (sheet_id, sheet_name, look, look_at, version, content_sha256, location, rows,
                columns, titles, file, file_sha256, blind_spots, taken_at, audit_run_id)
                VALUES (?, '', ?, ?, '', '', '', 1, '[]', '{}', '', '', '[]', '', '')""",
                (sheet, name_of(at), at.isoformat()),
            )


def change(dice: random.Random, sheet: str, at: datetime) -> dict[str, Any]:
    return {
        "kind": dice.choice(("change", "change", "change", "finding")),
        "sheet_id": sheet,
        "look": name_of(at),
        "row_id": str(dice.randrange(6)),
        "column_name": dice.choice(("Quantity", "Quantity", "Units Total Price", "Units Completed?", "(row)")),
        "old_value": str(dice.randrange(3)),
        "new_value": str(dice.randrange(3)),
        "who_evidence": dice.choice((*PEOPLES_EVIDENCE, "recalculated", "automation", "unknown")),
        "is_historical": dice.choice((0, 1)),
        "changed_at": dice.choice((None, name_of(at - timedelta(minutes=dice.randrange(40))))),
        "incident_id": dice.choice((None, 1, 2, 3)),
        "violation_type": dice.choice((None, None, "price_mismatch", "stale_formula")),
        "money_cents": dice.randrange(-9, 9),
    }


def plain(database: Database, sql: str, *values: object) -> Rows:
    return sorted(tuple(row) for row in database.connection().execute(sql, values))


def test_rules_that_were_broken_are_known_with_their_rows(database: Database) -> None:
    for sheet in SHEETS:
        wanted = plain(
            database,
            "SELECT DISTINCT h.rule, e.row_id FROM rule_hits h JOIN audit_events e USING (event_id) WHERE sheet_id = ?",
            sheet,
        )
        known = Trail(database).known_hits(sheet)
        assert sorted((rule, row) for rule, rows in known.items() for row in rows) == wanted


def test_recent_edits_are_those_of_all_events_since(database: Database) -> None:
    people = ", ".join(f"'{label}'" for label in PEOPLES_EVIDENCE)
    looks = database.connection().execute("SELECT sheet_id, look_at FROM snapshots").fetchall()
    for sheet, at in looks:
        since = datetime.fromisoformat(at) - timedelta(minutes=15)
        wanted = plain(
            database,
            f"""SELECT sheet_id, row_id, max(incident_id), max(changed_at),
            sum(CASE WHEN column_name = 'Quantity' THEN money_cents ELSE 0 END) FROM audit_events
            WHERE sheet_id = ? AND kind = 'change' AND incident_id IS NOT NULL AND changed_at >= ?
            AND who_evidence IN ({people}) AND column_name != '(row)' GROUP BY row_id""",
            sheet,
            since.strftime("%Y-%m-%dT%H:%M:%S"),
        )
        found = Trail(database).recent_edits(sheet, since)
        told = found.with_columns(pl.col("edited_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
        assert sorted(told.rows()) == wanted, (sheet, at)
    assert Trail(database).recent_edits("1", FIRST + timedelta(days=9)).is_empty()


def test_fresh_quantities_are_those_of_one_look(database: Database) -> None:
    looks = database.connection().execute("SELECT sheet_id, look FROM snapshots").fetchall()
    seen = 0
    for sheet, look in looks:
        wanted = plain(
            database,
            """SELECT row_id, old_value, new_value, money_cents FROM audit_events q
            WHERE sheet_id = ?1 AND look = ?2 AND column_name = 'Quantity' AND kind = 'change'
            AND who_evidence NOT IN ('recalculated', 'automation') AND old_value IS NOT new_value AND NOT EXISTS
            (SELECT 1 FROM audit_events p WHERE p.sheet_id = ?1 AND p.row_id = q.row_id AND p.look = ?2
             AND p.column_name = 'Units Total Price' AND p.kind = 'change')
            AND NOT EXISTS (SELECT 1 FROM rule_hits h WHERE h.event_id = q.event_id AND h.rule = 'stale_formula')""",
            sheet,
            look,
        )
        assert sorted(Trail(database).fresh_quantities(sheet, look).rows()) == wanted, (sheet, look)
        seen += len(wanted)
    assert seen
    assert Trail(database).fresh_quantities("1", "never").is_empty()


def test_recounted_quantities_are_those_of_one_look(database: Database) -> None:
    looks = database.connection().execute("SELECT sheet_id, look FROM snapshots").fetchall()
    seen = 0
    for sheet, look in looks:
        wanted = plain(
            database,
            """SELECT row_id, old_value, new_value, is_historical FROM audit_events
            WHERE sheet_id = ? AND look = ? AND kind = 'change' AND column_name = 'Quantity'""",
            sheet,
            look,
        )
        assert sorted(Trail(database).recounted(sheet, look).rows()) == wanted, (sheet, look)
        seen += len(wanted)
    assert seen
    assert Trail(database).recounted("1", "never").is_empty()


def test_ticks_are_those_of_all_events_since(database: Database) -> None:
    looks = database.connection().execute("SELECT sheet_id, look_at FROM snapshots").fetchall()
    seen = 0
    for sheet, at in looks:
        since = datetime.fromisoformat(at) - timedelta(minutes=15)
        wanted = plain(
            database,
            """SELECT row_id, max(changed_at) FROM audit_events WHERE sheet_id = ? AND kind = 'change'
            AND column_name = 'Units Completed?' AND changed_at >= ? GROUP BY row_id""",
            sheet,
            since.strftime("%Y-%m-%dT%H:%M:%S"),
        )
        found = Trail(database).ticked(sheet, since)
        told = found.with_columns(pl.col("ticked_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
        assert sorted(told.rows()) == wanted, (sheet, at)
        seen += len(wanted)
    assert seen


def test_edits_made_while_the_week_was_open_come_oldest_first(database: Database) -> None:
    open_then = database.connection().execute(
        """SELECT row_id, column_name, old_value, new_value FROM audit_events WHERE sheet_id = '1' AND kind = 'change'
        AND is_historical = 0 AND column_name != '(row)' AND row_id IN ('2', '4') ORDER BY event_id"""
    )
    found = Trail(database).open_edits("1", pl.Series(["2", "4", "2"]))
    assert found.rows() == [tuple(row) for row in open_then]


def test_the_last_old_value_of_a_cell_is_that_of_its_newest_change(database: Database) -> None:
    wanted = plain(
        database,
        """SELECT sheet_id, row_id, column_name, old_value, is_historical, (SELECT count(*) FROM audit_events
        WHERE kind = 'change' AND sheet_id = '1' AND row_id = e.row_id AND column_name = e.column_name)
        FROM audit_events e WHERE sheet_id = '1' AND kind = 'change'
        AND row_id IN ('2', '4') AND event_id = (SELECT max(event_id) FROM audit_events WHERE kind = 'change'
        AND sheet_id = '1' AND row_id = e.row_id AND column_name = e.column_name)""",
    )
    found = Trail(database).last_old_values("1", pl.Series(["2", "4", "2"]))
    assert sorted(found.rows()) == wanted
