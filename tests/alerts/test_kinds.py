"""Every kind of notice, from a store in which it is so: raised, with where to look, and over when it is over."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import get_args
from unittest.mock import patch

import polars as pl
import pytest

from audit_core import heartbeat
from audit_core.access import add_person
from audit_core.actors import JOBS, OPERATOR, Role
from audit_core.alerts import KINDS
from audit_core.alerts.kinds.people import access_review
from audit_core.alerts.kinds.sheets import _top
from audit_core.alerts.sight import Sight
from audit_core.backups.record import NOT_PASSED, Record
from audit_core.blind_spots import BlindSpot, Reason
from audit_core.delivery.deliveries import BEGUN, Way
from audit_core.errors import AuditError
from audit_core.forecast.make import SCHEMA
from audit_core.review.deciding import give
from audit_core.review.dispositions import Verdict
from audit_core.settings.alerts import KindName
from audit_core.store.actions import Action
from audit_core.store.forecasts import Forecasts
from audit_core.store.slots import Skipped
from tests.access_review.conftest import Room
from tests.access_review.conftest import made as made  # noqa: PLC0414  (fixtures)
from tests.access_review.conftest import room as room  # noqa: PLC0414
from tests.alerts.tower import Tower
from tests.exports import FIRST, SECOND, edited, line
from ui.navigation import spec_of

pytestmark = pytest.mark.in_turn(3)


def grave(here: Tower) -> None:
    lines = [line(n) for n in range(1, 4)]
    here.desk.look(FIRST, lines)
    here.desk.look(SECOND, [edited(each, quantity="200") for each in lines])
    here.now = datetime.now(UTC)
    here.desk.sync_as_job()


def likely(here: Tower) -> None:
    lines = [
        {
            "sheet_id": "1", "sheet_name": "North", "row_id": str(n), "work_request": "71891012", "foreman": "Ann",
            "week_ending": date(2026, 1, 11), "hours_to_lock": 30.0, "score": 1.0 / n, "probability": 1 / (2 * n),
            "likelihood": f"1 in {2 * n} of rows like these (n = 100) was corrected after the lock.",
            "reasons": ["The quantity is 90; usual for ANC-10 is 2 (n = 40)."], "price_cents": 1_000,
        }
        for n in (1, 2, 3)
    ]  # fmt: skip
    Forecasts(here.workspace.store).keep(
        pl.DataFrame(lines, schema=SCHEMA), {"as_of": here.now.isoformat()}, "Ranked.", "run", here.now
    )
    here.now = datetime(2026, 1, 10, 18, tzinfo=UTC)  # Saturday noon: the week locks tomorrow at midnight


def half_seen(here: Tower) -> None:
    store = here.workspace.store
    spots = [
        BlindSpot("North", Reason.COLUMN_UNMAPPED, "Column 'Note' is not a known billing column."),
        BlindSpot("North", Reason.COLUMN_NEW, "Column 'New' was first seen."),
    ]
    store.runs.start("sync-1", "sync", here.now, None)
    store.runs.finish("sync-1", here.now, "ok", 0, "", {}, spots)


def long_ago(here: Tower) -> None:
    here.unread(code=0)
    here.later(hours=3)


def thrice(here: Tower) -> None:
    for _ in range(3):
        here.later(minutes=5).unread(job="retrain", code=1, message="No space left.")


def was_down(here: Tower) -> None:
    here.unread(code=0)
    first, last = here.now - timedelta(hours=5), here.now - timedelta(minutes=15)
    here.workspace.store.slots.skip("sync", [Skipped(20, first, last, "down", "Missed 20 slots.")], here.now)


def misread(here: Tower) -> None:
    heartbeat.beat(here.workspace.settings.data_dir, here.now, (), "config.json: expected valid JSON.")


def altered(here: Tower) -> None:
    here.verified(whole=False)


def no_backup(here: Tower) -> None:
    Record(here.workspace.store, "backup-1", here.now).failed(AuditError("The disk is full."), here.now)


def no_way_back(here: Tower) -> None:
    Record(here.workspace.store, "drill-1", here.now).drilled(NOT_PASSED, "The drill failed: no key.", {}, here.now)


def may_have_arrived(here: Tower) -> None:
    way = Way("customer", "bob@example.com", 1)
    said = {"subscription": way.subscription, "to": way.to, "document_event_id": way.document, "hook": False,
            "round": 0, "try": 1}  # fmt: skip
    with here.workspace.store.database.write() as connection:
        action = Action(BEGUN, "Sending.", JOBS, fields={"evidence": json.dumps(said), "audit_run_id": "deliver-1"})
        here.workspace.store.seal(connection, action, here.now)


def untrained(here: Tower) -> None:
    here.now = datetime.now(UTC)  # topics hold from the day on which they were written
    add_person(here.workspace, OPERATOR, "new@example.com", Role.AUDITOR, "correct horse battery", here.now)
    here.later(days=120)


def guessed(here: Tower) -> None:
    with here.workspace.store.database.write() as connection:
        counted = {"evidence": json.dumps({"count": 49})}
        for name, fields in (("sign_in_refused", {}), ("sign_ins_refused", counted)):
            here.workspace.store.seal(connection, Action(name, "Refused.", None, fields=fields), here.now)


def no_secret(here: Tower) -> None:
    here.tell(slack={"enabled": True}, off=[])


def torn(here: Tower) -> None:
    likely(here)
    for path in (here.desk.root / "data" / "forecasts").rglob("*"):
        if path.is_file():
            path.write_bytes(b"torn")


# (what makes it so, the key, the severity, words of its sentence)
SO: list[tuple[Callable[[Tower], None], str, str, str]] = [
    (grave, "risk:sync-", "CRITICAL", "findings of high risk"),
    (
        likely,
        "forecast:2026-01-11",
        "MEDIUM",
        "2 rows of the week 2026-01-11, which locks on Monday at 00:00, are likely",
    ),
    (lambda here: here.unread("North"), "unread:North", "HIGH", "Not read: North. 'North' is gone."),
    (half_seen, "blind:North:column not mapped", "MEDIUM", "Column not mapped in North: Column 'Note'"),
    (long_ago, "late:sync", "HIGH", "The job sync has not done its work for 3 hours"),
    (thrice, "failing:retrain", "MEDIUM", "The newest said: No space left."),
    (was_down, "down:", "MEDIUM", "No runner was alive: 20 looks"),
    (
        misread,
        "settings",
        "MEDIUM",
        "cannot take up what config.json says, and goes on with what it said before: config",
    ),
    (altered, "record", "CRITICAL", "The record is not what was sealed: Event 7"),
    (no_backup, "backup", "HIGH", "The last try to make a backup failed: The disk is full. There is none."),
    (no_way_back, "drill", "HIGH", "The drill failed: no key."),
    (may_have_arrived, "deliveries", "MEDIUM", "1 document on the way waits for a decision"),
    (untrained, "training:", "LOW", "The training of one person is overdue"),
    (guessed, "sign_in", "HIGH", "50 sign-ins were refused within an hour"),
    (no_secret, "channel:slack", "HIGH", "expected also its address in REDLINE_SLACK_WEBHOOK_URL"),
    (torn, "watcher:forecast", "HIGH", "It is not known whether there is something of the kind 'Before the lock'"),
]


@pytest.mark.parametrize(("so", "key", "severity", "words"), SO, ids=[each[1].rstrip(":-") for each in SO])
def test_it_is_raised_with_what_is_known_and_where_to_look(
    watch_tower: Tower, so: Callable[[Tower], None], key: str, severity: str, words: str
) -> None:
    watch_tower.tell(off=[])
    so(watch_tower)
    watch_tower.look()
    found = [line.notice.found for line in watch_tower.board().open]
    (one,) = [each for each in found if each.key.startswith(key)]
    assert one.kind == key.partition(":")[0]
    assert one.severity == severity
    assert words in one.sentence
    assert spec_of(one.page).name == one.page
    others = {each.kind for each in found} - {one.kind, "late"}
    assert others <= {"failing", "backup", "risk"}, "something else is told beside it"


def test_a_disk_that_is_almost_full_is_told_and_graver_below_200_megabytes(watch_tower: Tower) -> None:
    watch_tower.tell(off=[])
    for free, severity in ((900_000_000, "HIGH"), (100_000_000, "CRITICAL")):
        with patch.object(shutil, "disk_usage", lambda _path, free=free: SimpleNamespace(free=free)):
            watch_tower.later(minutes=2).look()
        (found,) = [each.notice.found for each in watch_tower.board().open if each.notice.found.kind == "disk"]
        assert found.severity == severity
    assert any("CRITICAL, worse than before" in title for title in watch_tower.titles())


def test_an_access_review_that_is_overdue_is_told_until_it_is_signed(room: Room) -> None:
    assert list(access_review(Sight(room.workspace, (), {}, room.now))) == []
    (found,) = access_review(Sight(room.workspace, (), {}, room.later(days=20)))
    assert found.key == f"access_review:{room.month}"
    assert "ago" in found.sentence


def test_commands_that_were_given_wrongly_are_no_failing_job(watch_tower: Tower) -> None:
    for _ in range(3):
        watch_tower.later(minutes=5).unread(job="weekly", code=2, message="a week is named by its Sunday.")
    watch_tower.look()
    assert watch_tower.open_keys() == []
    for minutes in (15, 30, 45):  # what was planned counts
        slot, run_id = watch_tower.later(minutes=15).now, f"weekly-{minutes}"
        watch_tower.workspace.store.runs.start(run_id, "weekly", slot, slot)
        watch_tower.workspace.store.runs.finish(run_id, slot, "failed", 2, "config.json is wrong.", {})
    watch_tower.unread(job="weekly", code=2)
    watch_tower.look()
    assert watch_tower.open_keys() == ["failing:weekly"]


def test_settings_that_are_taken_up_again_are_over(watch_tower: Tower) -> None:
    misread(watch_tower)
    watch_tower.look()
    assert watch_tower.open_keys() == ["settings"]
    heartbeat.beat(watch_tower.workspace.settings.data_dir, watch_tower.now, ())
    watch_tower.later(minutes=2).look()
    assert watch_tower.open_keys() == []


def test_decided_risk_is_over(watch_tower: Tower) -> None:
    watch_tower.tell(hook=True, off=["late", "backup", "disk"])
    grave(watch_tower)
    watch_tower.look()
    (key,) = watch_tower.open_keys()
    incidents = [row["incident_id"] for row in watch_tower.desk.incidents()]
    for place, number in enumerate(incidents):
        assert watch_tower.later(minutes=2).look().changes.resolved == (), f"{len(incidents) - place} are undecided"
        give(
            watch_tower.workspace.store, f"incident:{number}", Verdict.CONFIRMED, "wrong_quantity",
            actor=OPERATOR, now=watch_tower.now,
        )  # fmt: skip
    watch_tower.later(minutes=2).look()
    assert watch_tower.told_by_hook() == [(key, "new"), (key, "resolved")]


def test_every_kind_has_a_test_a_name_in_the_settings_and_words() -> None:
    tested = {key.partition(":")[0] for _, key, _, _ in SO} | {"disk", "access_review"}
    assert tested == set(KINDS) == set(get_args(KindName))
    for kind in KINDS.values():
        assert kind.advice.endswith(".")
        assert kind.gone.endswith(".")
        assert not kind.comes.endswith(".")


def test_of_what_is_risky_the_critical_is_told_first_and_each_sentence_once() -> None:
    events = pl.DataFrame(
        [
            (1, "HIGH", "Twice the quantity.", "7101"),
            (2, "CRITICAL", "A price of zero.", "7102"),
            (3, "CRITICAL", "After the lock.", "7103"),
            (4, "HIGH", "Twice the quantity.", "7104"),
        ],
        schema=["event_id", "severity", "sentence", "work_request"],
        orient="row",
    )
    waiting = pl.DataFrame({"riskiest": [1, 2, 3, 4], "risk_score": [0.99, 0.71, 0.90, 0.98]})
    assert _top(events, waiting) == (
        "CRITICAL, work request 7103: After the lock.",
        "CRITICAL, work request 7102: A price of zero.",
        "HIGH, 2 times: Twice the quantity.",
    )
