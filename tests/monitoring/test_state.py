"""How an installation stands: the one answer that status, the health address, the metrics and Operations share."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from audit_core import heartbeat
from audit_core.actors import OPERATOR
from audit_core.blind_spots import BlindSpot, Reason
from audit_core.heartbeat import Heartbeat
from audit_core.monitoring.health import health
from audit_core.monitoring.latency import latency
from audit_core.monitoring.state import state
from audit_core.store.actions import Action
from audit_core.store.lags import recorded_changes
from audit_core.store.ledger import append
from audit_core.workspace import Workspace
from tests.exports import FIRST, SECOND, Desk, edited, line

NOW = datetime(2026, 6, 10, 17, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
UNREAD = BlindSpot("Field Billing South", Reason.SHEET_UNSHARED, "The sheet is no longer shared.", unread=True)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Workspace]:
    workspace = Desk(tmp_path).workspace()
    yield workspace
    workspace.store.database.close()


def ran(here: Workspace, job: str, at: datetime, status: str = "ok", *spots: BlindSpot, **counters: object) -> None:
    """A run on record that took a minute; a `verify` that failed found something."""
    here.store.runs.start(f"{job}-{at.isoformat()}", job, at, None)
    code = 20 if status == "failed" else 0
    here.store.runs.finish(f"{job}-{at.isoformat()}", at + MINUTE, status, code, "Done.", counters, spots)


def sign_of_life(here: Workspace, at: datetime, trouble: str | None = None) -> None:
    """What a runner elsewhere wrote at this moment."""
    sign = Heartbeat("another host", 1, at.isoformat(), at.isoformat(), trouble=trouble)
    (here.settings.data_dir / "runner.json").write_text(json.dumps(asdict(sign)))


def acted(here: Workspace, at: datetime) -> None:
    """One event."""
    with here.store.database.write() as connection:
        here.store.seal(connection, Action("tested", "Something was done.", OPERATOR), at)


def test_a_sheet_is_unread_since_the_first_look_that_missed_it_in_one_go(here: Workspace) -> None:
    for days, spots in ((5, [UNREAD]), (4, []), (3, [UNREAD]), (2, [UNREAD]), (1, [UNREAD])):
        ran(here, "sync", NOW - days * DAY, "partial" if spots else "ok", *spots)
    ran(here, "sync", NOW - MINUTE, "failed")  # says nothing of any sheet
    seen = state(here, NOW).seen
    assert (seen.at, seen.blind_spots) == (NOW - DAY + MINUTE, 1)
    assert [(each.sheet, each.since) for each in seen.unread] == [(UNREAD.sheet, NOW - 3 * DAY)]
    ran(here, "sync", NOW)
    assert state(here, NOW).seen.unread == ()


def test_a_sheet_that_was_never_read_is_unread_from_the_first_look_on(here: Workspace) -> None:
    ran(here, "sync", NOW - 2 * DAY, "partial", UNREAD)
    ran(here, "sync", NOW - DAY, "partial", UNREAD)
    assert state(here, NOW).seen.unread[0].since == NOW - 2 * DAY


def test_the_oldest_event_that_no_verification_saw_is_named(here: Workspace) -> None:
    for days in (3, 2, 1):
        acted(here, NOW - days * DAY)
    assert state(here, NOW).oldest_unverified_at == NOW - 3 * DAY
    ran(here, "verify", NOW - DAY, events=2)
    found = state(here, NOW)
    assert (found.record.since, found.oldest_unverified_at) == (1, NOW - DAY)
    ran(here, "verify", NOW, events=3)
    assert state(here, NOW).oldest_unverified_at is None


def test_what_never_was_is_none_and_no_number(here: Workspace) -> None:
    found = state(here, NOW)
    assert [found.seen.at, found.anchored_at, found.model_trained_at, found.backups.last] == [None] * 4
    assert (found.latency.median_s, found.latency.known) == (None, 0)
    assert not found.stale


# ── from edit to record ───────────────────────────────────────────────────────────────────────────────────────────────


def edits(here: Workspace, *moments: tuple[datetime, datetime | None]) -> None:
    """Changes: when each was recorded, and when made (None: nobody knows)."""
    with here.store.database.write() as connection:
        for recorded, made in moments:
            told = {
                "kind": "change",
                "timestamp": recorded.isoformat(),
                "changed_at": made.isoformat() if made else None,
                "who_evidence": "unknown",
            }
            append(connection, pl.DataFrame([told], schema=dict.fromkeys(told, pl.String)))


def test_the_time_from_edit_to_record_counts_what_is_known_alone(here: Workspace) -> None:
    ran(here, "sync", NOW - 40 * DAY)
    edits(
        here,
        (NOW - 31 * DAY, NOW - 31 * DAY - 9 * MINUTE),  # out of the window
        (NOW - 2 * DAY, NOW - 2 * DAY - 4 * MINUTE),
        (NOW - DAY, NOW - DAY - 10 * MINUTE),
        (NOW - DAY, NOW - DAY - 6 * MINUTE),
        (NOW - DAY, NOW - DAY + MINUTE),  # a clock that is ahead says nothing
        (NOW - DAY, NOW - 50 * DAY),  # made before the first run here
        (NOW - DAY, None),
    )
    found = latency(here, NOW, 30)
    assert (found.known, found.unknown, found.before) == (3, 2, 1)
    assert found.median_s == 360.0
    assert found.p90_s == pytest.approx(552.0)
    assert found.by_day.select("day", "n").rows() == [((NOW - 2 * DAY).date(), 1), ((NOW - DAY).date(), 2)]


def test_where_the_window_begins_is_found_without_reading_all(here: Workspace) -> None:
    edits(here, *((NOW - days * DAY, None) for days in range(20, 0, -1)))
    for days in (0, 1, 7, 20, 99):
        assert recorded_changes(here.store.database, NOW - days * DAY).height == min(days, 20)


# ── health ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_young_installation_is_healthy(here: Workspace) -> None:
    ran(here, "sync", NOW)
    assert health(here, NOW + 5 * MINUTE).as_dict() == {
        "status": "ok",
        "last_sync_age_s": 240,
        "last_backup_age_s": None,
        "runner_alive": False,
        "record_whole": None,
        "not_ok": [],
    }


def test_what_is_late_or_broken_is_named_and_nothing_more(here: Workspace) -> None:
    ran(here, "sync", NOW)
    ran(here, "verify", NOW, "failed")
    sign_of_life(here, NOW)
    told = health(here, NOW + 3 * DAY).as_dict()
    assert (told["status"], told["not_ok"]) == ("not ok", ["runner", "sync", "backup", "record"])
    assert not [value for value in told.values() if isinstance(value, str) and "/" in value]


def test_a_runner_that_ended_as_it_was_told_to_is_no_fault(here: Workspace) -> None:
    ran(here, "sync", NOW)
    sign_of_life(here, NOW)
    assert health(here, NOW + MINUTE).runner_alive
    heartbeat.end(here.settings.data_dir)
    assert health(here, NOW + MINUTE).as_dict()["not_ok"] == []


def test_a_runner_that_cannot_take_up_its_settings_is_named_while_it_lives(here: Workspace) -> None:
    ran(here, "sync", NOW)
    sign_of_life(here, NOW, "config.json: expected valid JSON.")
    told = health(here, NOW + MINUTE).as_dict()
    assert (told["status"], told["not_ok"], told["runner_alive"]) == ("not ok", ["settings"], True)
    assert "JSON" not in json.dumps(told)
    assert health(here, NOW + 5 * MINUTE).as_dict()["not_ok"] == ["runner"]


@pytest.mark.parametrize("harm", ["gone", "nonsense", "older"])
def test_a_store_that_cannot_be_read_is_what_is_wrong(tmp_path: Path, harm: str) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, [line(1)])
    desk.look(SECOND, [edited(line(1), quantity="9")])
    desk.sync()
    path = tmp_path / "data" / "audit.db"
    match harm:
        case "gone":
            path.unlink()
        case "nonsense":
            path.write_bytes(b"this is no database" * 999)
        case _:
            shutil.rmtree(tmp_path / "data")
    told = health(Workspace.open(desk.config), NOW).as_dict()
    assert (told["status"], told["not_ok"], told["last_sync_age_s"]) == ("not ready", ["store"], None)
    assert str(tmp_path) not in json.dumps(told)
