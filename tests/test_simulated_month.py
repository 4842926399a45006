"""The simulated month through the whole pipe: every planted error is found, nothing else is, and all of it says so."""

import json
import os
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from audit_core.blind_spots import Reason
from audit_core.forecast import forecast
from audit_core.settings import SAMPLE_RATES
from audit_core.sources import ExportsSource
from audit_core.sources.sample import SAMPLE_FOLDER, simulated_month
from audit_core.sources.simulation import LAST_REAL_LOOK, Kind, Slip, simulate
from audit_core.sources.simulation.people import ADMINISTRATOR, ANALYSTS, AUTOMATION, BILLERS
from audit_core.store.verify import verify
from audit_core.syncing.counters import Counters
from audit_core.syncing.sync import Sync
from audit_core.workspace import Workspace
from tests.jobs.processes import LONG_S

pytestmark = pytest.mark.in_turn(3)

ROOT = Path(__file__).resolve().parents[1]
N, S = "Field Billing North", "Field Billing South"
LEVELS = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
FINGERPRINT = "bd2ea59be3901dd015330e922a97506c67d4f64b8af6493e68ed82035aa69b2c"
"""Of what edition 2 makes. Whoever changes the recipe changes the edition (simulation/month.py) with it."""

# kind → (the rule that must be charged to its change, the least severity that rules.md promises)
PROMISED: Mapping[Kind, tuple[str, str | None]] = {
    Kind.STALE_PRICE: ("price_mismatch", "HIGH"),
    Kind.SHIFTED_PRICE: ("price_mismatch", "HIGH"),
    Kind.PRICE_AFTER_LOCK: ("edited_after_lock", "LOW"),
    Kind.QUANTITY_AFTER_LOCK: ("edited_after_lock", "LOW"),
    Kind.CU_AFTER_LOCK: ("edited_after_lock", "LOW"),
    Kind.WORK_TYPE_AFTER_LOCK: ("edited_after_lock", "LOW"),
    Kind.WORK_REQUEST_AFTER_LOCK: ("edited_after_lock", "LOW"),
    Kind.POLE_AFTER_LOCK: ("edited_after_lock", "LOW"),
    Kind.PRICE_ZEROED: ("price_zeroed", "HIGH"),
    Kind.PRICE_RESTORED: ("edited_after_lock", "LOW"),
    Kind.UNCHECKED: ("completion_unchecked", "HIGH"),
    Kind.DELETED: ("row_deleted_after_lock", "HIGH"),
    Kind.DELETED_TO_REENTER: ("row_deleted_after_lock", "HIGH"),
    Kind.REENTERED: ("late_entry", None),
    Kind.WEEK_MOVED: ("week_moved", "HIGH"),
    Kind.DATE_TYPO: ("date_typo", "HIGH"),
    Kind.DATE_OUTSIDE_WEEK: ("date_outside_week", "HIGH"),
    Kind.WEEK_NOT_SUNDAY: ("week_not_sunday", "HIGH"),
    Kind.BILLED_TWICE: ("duplicate_unit", "HIGH"),
    Kind.NEAR_WORK_REQUEST: ("near_work_request", "MEDIUM"),
    Kind.CUT_RESTORED: ("edited_after_lock", "LOW"),
    Kind.NO_MATCH_EDITED: ("price_zeroed", "HIGH"),
    Kind.QUANTITY_WORD: ("quantity_text", "HIGH"),
    Kind.BULK_FOREMAN: ("foreman_reassigned", None),
    Kind.SETTLED: ("edited_after_lock", "LOW"),
}
# recorded as changes that break no rule: ordinary at the time, or not billable and so in no packet
UNRULED = {Kind.CUT_BEFORE_LOCK, Kind.QUANTITY_TEXT, Kind.NO_MATCH_ENTERED}
# no change of a cell at all
BLIND = {Kind.COLUMN_RENAMED}


FINGERPRINT_NOW = """
import hashlib, zoneinfo
from audit_core.sources.sample import SampleSource
source = SampleSource(zoneinfo.ZoneInfo("America/Chicago"))
looks = [source.fingerprint(version) for version in source.listing({}).versions if version.simulated]
print(hashlib.sha256("".join(looks).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Counters]:
    config = tmp_path_factory.mktemp("month") / "config.json"
    config.write_text(json.dumps({"data_dir": "data", "source": {"kind": "sample"}}))
    workspace = Workspace.open(config)
    workspace.store.create()
    counters = Sync(workspace, "run-1", lambda: datetime.now(UTC)).run()
    workspace.store.database.close()
    return workspace, counters


@pytest.fixture
def db(synced: tuple[Workspace, Counters]) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(synced[0].store.data_dir / "audit.db")) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


@pytest.fixture(scope="module")
def changes(synced: tuple[Workspace, Counters]) -> dict[tuple[str, str, str, str], dict[str, Any]]:
    """Changes of the simulated looks by (look, sheet, row, column), each with the set of its `rules`."""
    rules: dict[int, set[str]] = defaultdict(set)
    with closing(sqlite3.connect(synced[0].store.data_dir / "audit.db")) as db:
        db.row_factory = sqlite3.Row
        for event_id, rule in db.execute("SELECT event_id, rule FROM rule_hits"):
            rules[event_id].add(rule)
        rows = db.execute(
            "SELECT * FROM audit_events WHERE kind = 'change' AND look > ?", (LAST_REAL_LOOK.isoformat(),)
        ).fetchall()
    return {
        (row["look"], row["sheet_name"], row["row_id"], row["column_name"]): {
            **dict(row), "rules": rules[row["event_id"]]
        }
        for row in rows
    }  # fmt: skip


def at(slip: Slip) -> tuple[str, str, str, str]:
    return slip.look, slip.sheet, slip.row_id, slip.column


@pytest.mark.soak
def test_the_same_month_is_made_every_time() -> None:
    source = ExportsSource(SAMPLE_FOLDER, ZoneInfo("America/Chicago"))
    last = [version for version in source.listing({}).versions if version.look == LAST_REAL_LOOK.isoformat()]
    sheets = {version.sheet_name: source.read(version).frame for version in last}
    again, month = simulate(sheets, pl.read_csv(SAMPLE_RATES, infer_schema_length=0)), simulated_month()
    assert again is not month
    assert again.truth == month.truth
    assert list(again.frames) == list(month.frames)
    assert all(again.frames[key].equals(frame) for key, frame in month.frames.items())


@pytest.mark.parametrize("hash_seed", ["1", pytest.param("2", marks=pytest.mark.soak)])
def test_another_process_makes_the_same_month(hash_seed: str) -> None:
    env = os.environ | {"PYTHONHASHSEED": hash_seed}
    made = subprocess.run(
        [sys.executable, "-c", FINGERPRINT_NOW],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
        timeout=LONG_S,
    )
    assert made.stdout.strip() == FINGERPRINT


def test_every_kind_of_error_is_planted_on_both_sheets_or_more_than_once() -> None:
    planted: dict[Kind, set[tuple[str, str]]] = defaultdict(set)
    for slip in simulated_month().truth:
        planted[slip.kind].add((slip.sheet, slip.look))
    assert set(planted) == set(Kind)
    assert {*PROMISED, *UNRULED, *BLIND} == set(Kind)
    once = {kind for kind, places in planted.items() if len(places) == 1}
    assert once == {Kind.QUANTITY_WORD, Kind.NO_MATCH_EDITED, Kind.BULK_FOREMAN, Kind.COLUMN_RENAMED}


@pytest.mark.parametrize("kind", sorted(PROMISED))
def test_a_planted_error_is_found_by_its_rule_on_its_change(
    kind: Kind, changes: dict[tuple[str, str, str, str], dict[str, Any]]
) -> None:
    rule, least = PROMISED[kind]
    for slip in simulated_month().truth:
        if slip.kind is kind:
            change = changes[at(slip)]
            assert rule in change["rules"], slip
            assert change["violation_type"], slip
            if least is None:
                assert change["severity"] is None, slip
            else:
                assert LEVELS.index(change["severity"]) >= LEVELS.index(least), slip


def test_what_no_rule_covers_is_recorded_all_the_same(
    changes: dict[tuple[str, str, str, str], dict[str, Any]],
) -> None:
    for slip in simulated_month().truth:
        if slip.kind in UNRULED:
            assert changes[at(slip)]["rules"] == set(), slip


def test_ordinary_edits_stay_without_a_severity(
    db: sqlite3.Connection, changes: dict[tuple[str, str, str, str], dict[str, Any]]
) -> None:
    planted = {at(slip) for slip in simulated_month().truth}
    ordinary = [change for key, change in changes.items() if key not in planted]
    assert len(ordinary) > 3000
    assert {change["severity"] for change in ordinary} == {None}  # the share of HIGH ones is 0 %
    assert {change["violation_type"] for change in ordinary} == {None, "late_entry", "foreman_reassigned"}
    found = db.execute("SELECT count(*) FROM audit_events WHERE kind = 'finding' AND look > '2025-08-26'").fetchone()
    assert tuple(found) == (0,)


def test_a_sunday_evening_in_chicago_is_before_the_lock(
    changes: dict[tuple[str, str, str, str], dict[str, Any]],
) -> None:
    # after 19:00 on a Chicago Sunday it is Monday in UTC
    burst = [
        change
        for change in changes.values()
        if change["column_name"] == "(row)" and change["changed_at"] and change["changed_at"][:10] == "2025-09-15"
        and change["changed_at"][11:13] < "05"
    ]  # fmt: skip
    assert len(burst) > 10
    assert {(change["is_historical"], change["violation_type"], change["look"]) for change in burst} == {
        (0, None, "2025-09-15")
    }


def test_only_made_up_people_and_the_automation_wrote(db: sqlite3.Connection) -> None:
    people = {person.email for person in (*BILLERS, *ANALYSTS, ADMINISTRATOR)}
    assert len(people) == 7
    assert all(email.endswith("@simulated.example") for email in people)
    wrote = {row[0] for row in db.execute("SELECT DISTINCT changed_by FROM audit_events WHERE kind = 'change'")}
    assert wrote == {None, AUTOMATION, *people}
    for (_, look), frame in simulated_month().frames.items():
        untouched = frame.filter(pl.col("Modified By").is_null())
        assert untouched.height > 2 / 3 * 1228, look
        assert (
            untouched.select("Modified Date", "Created By", "Created Date").null_count().row(0)
            == (untouched.height,) * 3
        )


def test_the_stories_of_the_mass_events(db: sqlite3.Connection) -> None:
    stories = {
        (row["look"], row["kind"]): (row["rows"], row["sheets"])
        for row in db.execute("SELECT * FROM incidents WHERE look > '2025-08-26' ORDER BY rows")
    }
    assert stories["2025-09-10", "price_zeroed"] == (60, 2)
    assert stories["2025-09-11", "price_set_from_zero"] == (60, 2)
    assert stories["2025-09-08", "week_moved"] == (8, 1)
    assert stories["2025-09-15", "week_moved"] == (5, 1)
    assert stories["2025-09-17", "deleted_and_entered_again"] == (10, 1)
    assert stories["2025-09-26", "deleted_and_entered_again"] == (10, 1)
    assert stories["2025-09-16", "column_changed"][0] >= 150


def test_a_renamed_column_is_a_blind_spot_and_the_error_behind_it_is_found_when_it_is_back(
    synced: tuple[Workspace, Counters], changes: dict[tuple[str, str, str, str], dict[str, Any]]
) -> None:
    taken = {(each.sheet_name, each.look): each for each in synced[0].store.snapshots.all()}
    synced[0].store.database.close()
    told = {spot.reason for spot in taken[N, "2025-09-17"].blind_spots}
    assert {Reason.COLUMN_MISSING, Reason.COLUMN_NEW, Reason.RULE_NOT_RUN} <= told
    assert not [key for key in changes if key[:2] == (N, "2025-09-17") and key[3] == "Quantity"]
    behind = [slip for slip in simulated_month().truth if slip.look == "2025-09-18" and slip.kind is Kind.STALE_PRICE]
    assert [changes[at(slip)]["violation_type"] for slip in behind] == ["price_mismatch"]
    assert {spot.reason for spot in taken[N, "2025-09-26"].blind_spots} == {Reason.COLUMN_UNMAPPED}  # Notes


def test_system_columns_come_without_a_blind_spot(synced: tuple[Workspace, Counters]) -> None:
    spots = [spot.detail for spot in synced[1].blind_spots]
    assert not [detail for detail in spots if "Modified" in detail or "Created" in detail]


def test_all_that_is_simulated_says_so_and_nothing_real_does(db: sqlite3.Connection) -> None:
    simulated = "look > '2025-08-26'"
    said = {
        "SELECT {} AS simulated, simulated = 1 AS said, count(*) FROM snapshots GROUP BY 1, 2": [(0, 0, 8), (1, 1, 74)],
        "SELECT {}, sheet_reference LIKE '% (simulated)', count(*) > 0 FROM audit_events GROUP BY 1, 2": [
            (0, 0, 1),
            (1, 1, 1),
        ],
        "SELECT {}, summary LIKE 'Simulated: %', count(*) > 0 FROM incidents GROUP BY 1, 2": [(0, 0, 1), (1, 1, 1)],
    }
    for question, answer in said.items():
        assert [tuple(row) for row in db.execute(question.format(simulated))] == answer


@pytest.mark.parametrize(
    "look", ["2025-11-08", *(pytest.param(f"2025-11-{day}", marks=pytest.mark.soak) for day in (15, 22)), "2025-11-29"]
)
def test_in_its_last_four_weeks_the_forecast_speaks(synced: tuple[Workspace, Counters], look: str) -> None:
    made = forecast(synced[0], look)
    synced[0].store.database.close()
    assert made.silent is None
    assert made.skill is not None
    assert 1 < made.skill.low < made.skill.lift < made.skill.high
    assert made.lines.height == made.rows_open > 100
    assert made.words().endswith("Learnt from simulated weeks, so it shows how this works and nothing more.")


def test_at_the_end_of_the_month_the_forecast_is_silent(synced: tuple[Workspace, Counters]) -> None:
    made = forecast(synced[0], "2025-09-26")
    synced[0].store.database.close()
    assert made.silent is not None
    assert made.silent.startswith("The history is too short: ")
    assert (made.rows_open > 100, made.lines.height) == (True, 0)


def test_a_second_sync_records_nothing_and_the_record_proves_itself(synced: tuple[Workspace, Counters]) -> None:
    workspace, first = synced
    assert (first.looks, first.sheets_failed) == (4 + 37, 0)
    again = Sync(workspace, "run-2", lambda: datetime.now(UTC)).run()
    assert (again.events_recorded, again.looks, again.incidents) == (0, 0, 0)
    store = workspace.store
    whole = verify(store.database, store.snapshots, store.anchor_file, [])
    store.database.close()
    assert (whole.snapshots, whole.anchors) == (82, 41)
