"""The real lines that ship with the project: everything that happened to them is found, and nothing else."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from audit_core.settings import SAMPLE_RATES
from audit_core.sources.sample import SAMPLE_FOLDER
from audit_core.store.verify import verify
from audit_core.syncing.counters import Counters
from audit_core.syncing.sync import Sync
from audit_core.workspace import Workspace

pytestmark = pytest.mark.in_turn(3)

N, S = "Field Billing North", "Field Billing South"
# counted by joining the snapshots on Row ID: (sheet, look, column, kind) → cells or rows
HAPPENED = {
    (N, "2025-08-16", "(row)", "added"): 1632,
    (N, "2025-08-16", "(row)", "removed"): 112,
    (N, "2025-08-16", "Foreman", "cell"): 378,
    (N, "2025-08-18", "(row)", "added"): 1297,
    (N, "2025-08-18", "Units Total Price", "cell"): 3395,
    (N, "2025-08-18", "Quantity", "cell"): 9,
    (N, "2025-08-26", "(row)", "added"): 2,
    (N, "2025-08-26", "(row)", "removed"): 1227,
    (N, "2025-08-26", "Units Total Price", "cell"): 3465,
    (N, "2025-08-26", "Quantity", "cell"): 10,
    (S, "2025-08-16", "(row)", "added"): 390,
    (S, "2025-08-16", "Foreman", "cell"): 416,
    (S, "2025-08-18", "(row)", "added"): 577,
    (S, "2025-08-18", "Units Total Price", "cell"): 1076,
    (S, "2025-08-26", "(row)", "removed"): 425,
    (S, "2025-08-26", "Units Total Price", "cell"): 1228,
    (S, "2025-08-26", "Foreman", "cell"): 6,
}
# the real files alone, without the simulated month that the sample source puts on top of them
REAL_LINES = {
    "data_dir": "data",
    "source": {"kind": "exports", "path": str(SAMPLE_FOLDER)},
    "rates": str(SAMPLE_RATES),
}
MASS = 50
"""An incident of more rows than this is a mass incident."""


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Counters]:
    folder = tmp_path_factory.mktemp("sample")
    config = folder / "config.json"
    config.write_text(json.dumps(REAL_LINES))
    workspace = Workspace.open(config)
    workspace.store.create()
    counters = Sync(workspace, "run-1", lambda: datetime.now(UTC)).run()
    workspace.store.database.close()
    return workspace, counters


@pytest.fixture
def db(synced: tuple[Workspace, Counters]) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(synced[0].store.data_dir / "audit.db")) as connection:
        yield connection


def test_exactly_what_happened_is_recorded(db: sqlite3.Connection) -> None:
    found: Counter[tuple[str, str, str, str]] = Counter()
    for sheet, look, column, old, new in db.execute(
        "SELECT sheet_name, look, column_name, old_value, new_value FROM audit_events WHERE kind = 'change'"
    ):
        kind = "cell" if column != "(row)" else "added" if old is None else "removed" if new is None else "?"
        found[sheet, look, column, kind] += 1
    assert found == HAPPENED


def test_a_second_sync_records_nothing(synced: tuple[Workspace, Counters]) -> None:
    workspace, first = synced
    assert first.blind_spots == []
    again = Sync(workspace, "run-2", lambda: datetime.now(UTC)).run()
    workspace.store.database.close()
    assert (again.events_recorded, again.looks, again.incidents, again.blind_spots) == (0, 0, 0, [])


def test_the_zeroing_is_one_incident_and_so_is_the_restoration(db: sqlite3.Connection) -> None:
    for kind, rows, money in (("price_zeroed", 4471, -937_653.04), ("price_set_from_zero", 4693, 965_981.53)):
        found = db.execute("SELECT rows, sheets, financial_impact FROM incidents WHERE kind = ?", (kind,)).fetchall()
        assert found == [(rows, 2, money)]


def test_the_restoration_is_calm_and_the_copies_that_it_brought_to_light_are_not(db: sqlite3.Connection) -> None:
    found = db.execute(
        """SELECT kind, rows, severity FROM incidents
        WHERE look = '2025-08-26' AND kind IN ('price_set_from_zero', 'duplicate_unit') ORDER BY kind"""
    ).fetchall()
    assert found == [("duplicate_unit", 3, "HIGH"), ("price_set_from_zero", 4693, "LOW")]


def test_the_price_rule_flags_no_priced_line(db: sqlite3.Connection) -> None:
    counted = db.execute(
        """SELECT look, sum(checked), sum(out_of_scope), sum(hit) FROM rule_counts
        WHERE rule = 'price_mismatch' GROUP BY look"""
    ).fetchall()
    assert counted == [
        ("2025-07-31", 2561, 0, 0),
        ("2025-08-16", 4471, 0, 0),
        ("2025-08-18", 0, 6345, 0),  # all zero: not priced
        ("2025-08-26", 4695, 0, 0),
    ]


def test_the_2035_row_is_flagged_with_its_probable_date(db: sqlite3.Connection) -> None:
    (event,) = db.execute(
        "SELECT kind, severity, issue_description, suggested_fix FROM audit_events WHERE violation_type = 'date_typo'"
    ).fetchall()
    assert event[:2] == ("finding", "HIGH")
    assert "it should probably be 2025-07-05 (week 2025-07-06)" in event[2]
    assert "2025-07-06" in event[3]


def test_lines_deleted_and_keyed_again_are_one_story(db: sqlite3.Connection) -> None:
    (story,) = db.execute(
        "SELECT rows, financial_impact, summary FROM incidents WHERE kind = 'deleted_and_entered_again'"
    ).fetchall()
    assert story[:2] == (112 + 63, pytest.approx(-7648.14))
    assert story[2].startswith(f"WR 73317292 in {N}: 112 lines deleted from locked weeks (-$17,231.28), 63 entered")


def test_the_quantity_edits_after_lock_and_the_deleted_lines_rank_first(db: sqlite3.Connection) -> None:
    ranked = db.execute(
        """SELECT i.kind, max(e.risk_score) FROM audit_events e JOIN incidents i USING (incident_id)
        WHERE i.rows <= ? OR i.kind = 'deleted_and_entered_again' GROUP BY incident_id
        ORDER BY 2 DESC, incident_id""",
        (MASS,),
    ).fetchall()
    assert set(list(dict.fromkeys(kind for kind, _ in ranked))[:3]) == {
        "quantity_zeroed",
        "edited_after_lock",
        "deleted_and_entered_again",
    }
    (lasting,) = db.execute(
        """SELECT e.row_id, e.old_value, e.new_value FROM incidents i JOIN audit_events e USING (incident_id)
        WHERE i.kind = 'edited_after_lock'"""
    ).fetchall()
    assert lasting == ("2590047920021", "1", "3")


def test_reassigned_foremen_and_late_entries_are_stories_without_a_severity(db: sqlite3.Connection) -> None:
    assert db.execute(
        "SELECT rows, severity FROM incidents WHERE kind = 'column_changed' ORDER BY rows DESC"
    ).fetchall() == [(794, None), (6, None)]
    assert db.execute("SELECT DISTINCT severity FROM audit_events WHERE violation_type = 'late_entry'").fetchall() == [
        (None,)
    ]


def test_the_record_proves_itself(synced: tuple[Workspace, Counters]) -> None:
    store = synced[0].store
    whole = verify(store.database, store.snapshots, store.anchor_file, [])
    store.database.close()
    assert (whole.snapshots, whole.anchors) == (8, 4)


def test_every_sheet_can_be_seen_as_it_was(synced: tuple[Workspace, Counters]) -> None:
    store = synced[0].store
    heights = {(taken.sheet_name, taken.look): store.snapshots.load(taken).height for taken in store.snapshots.all()}
    store.database.close()
    assert heights[N, "2025-08-18"] == 4692
    assert sum(heights.values()) == synced[1].rows_checked


def test_all_25_fields_are_there_and_what_is_not_known_is_empty(db: sqlite3.Connection) -> None:
    # the contract's names, word for word
    fields = (
        "timestamp, sheet_id, row_id, work_request, column_name, violation_type, old_value, new_value, delta, "
        "changed_by, changed_at, week_ending, is_historical, audit_run_id, severity, issue_description, "
        "suggested_fix, sheet_reference, ip_address, device_info, session_id, user_agent, risk_score, "
        "anomaly_score, predicted_category"
    )
    assert len(fields.split(", ")) == 25
    rows = db.execute(f"SELECT {fields} FROM audit_events WHERE kind = 'change'").fetchall()
    assert len(rows) == sum(HAPPENED.values())
    nobody_knows = "ip_address, device_info, session_id, user_agent, changed_by, changed_at, anomaly_score"
    known = db.execute(f"SELECT DISTINCT {nobody_knows} FROM audit_events WHERE kind = 'change'").fetchall()
    assert known == [(None,) * 7]
