"""Editing config.json from the app: the same reader, only what may be changed, nothing lost, and on record."""

import json
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audit_core.actors import OPERATOR, Actor, Role
from audit_core.config_edit import EDITABLE, next_times, prepare, save, value_of
from audit_core.errors import AuditError, ConfigError, ConfirmationNeeded, NotAllowed
from audit_core.settings import Settings
from audit_core.settings.file import read_settings, setting_keys
from audit_core.workspace import Workspace
from tests.exports import Desk

NOW = datetime(2026, 6, 10, 17, 0, tzinfo=UTC)
ADMIN = Actor("u1", "admin@example.com", Role.ADMIN, "s1", confirmed_at=NOW)
AUDITOR = Actor("u2", "auditor@example.com", Role.AUDITOR, "s2")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, backup={"schedule": "01:00", "keep_weeks": 3}, system={"name": "Prüfer"})


@pytest.fixture
def here(desk: Desk) -> Iterator[Workspace]:
    workspace = desk.workspace()
    yield workspace
    workspace.store.database.close()


def saved(here: Workspace, **wanted: Any) -> str:
    """Change some keys, whose dots are written as two underscores."""
    values = {key.replace("__", "."): value for key, value in wanted.items()}
    return save(here, ADMIN, prepare(here, ADMIN, values), NOW)


def test_what_may_be_changed_is_a_setting() -> None:
    assert not set(EDITABLE) - set(setting_keys(Settings))


def test_what_was_changed_stands_there_and_all_else_stays(here: Workspace, desk: Desk) -> None:
    before = json.loads(desk.config.read_text())
    desk.config.chmod(0o640)
    told = saved(here, backup__schedule="03:15", jobs__sync_every_minutes=20, jobs__retrain_at="03:00")
    assert told == 'config.json changed: backup.schedule: "01:00" → "03:15"; jobs.sync_every_minutes: 15 → 20.'
    after = json.loads(desk.config.read_text())
    assert list(after) == [*before, "jobs"]
    assert after == before | {"backup": {"schedule": "03:15", "keep_weeks": 3}, "jobs": {"sync_every_minutes": 20}}
    assert "Prüfer" in desk.config.read_text()
    assert stat.S_IMODE(desk.config.stat().st_mode) == 0o640
    assert Workspace.open(desk.config).settings.backup.schedule == "03:15"


def test_it_is_on_record_with_both_values_and_who(here: Workspace, desk: Desk) -> None:
    saved(here, switches__off=["delivery"])
    (event,) = desk.rows("SELECT changed_by, session_id, evidence FROM audit_events WHERE action = 'config_edited'")
    assert (event["changed_by"], event["session_id"]) == ("admin@example.com", "s1")
    assert json.loads(event["evidence"])["moved"] == {"switches.off": [[], ["delivery"]]}


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("backup.schedule", "25:00", r'backup\.schedule: found "25:00", expected a time of day'),
        ("jobs.sync_every_minutes", 0, r"jobs\.sync_every_minutes: found 0, expected a whole number from 1"),
        ("jobs.working_hours.end", "04:00", r"jobs\.working_hours\.end: found"),
        ("switches.off", ["gravity"], r"switches\.off"),
        ("data_dir", "/tmp", "data_dir is not changed from the app"),
    ],
)
def test_a_wrong_value_is_refused_with_the_reader_s_sentence(here: Workspace, key: str, value: Any, told: str) -> None:
    before = here.config.read_bytes()
    with pytest.raises(ConfigError, match=told):
        prepare(here, ADMIN, {key: value})
    assert here.config.read_bytes() == before


def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(here: Workspace, desk: Desk) -> None:
    edit = prepare(here, ADMIN, {"backup.schedule": "04:00"})
    by_hand = json.dumps(json.loads(desk.config.read_text()) | {"time_zone": "America/Denver"})
    desk.config.write_text(by_hand)
    with pytest.raises(AuditError, match=r"config\.json was changed meanwhile"):
        save(here, ADMIN, edit, NOW)
    assert desk.config.read_text() == by_hand
    assert not desk.rows("SELECT 1 FROM audit_events WHERE action = 'config_edited'")


def test_nor_what_was_written_while_the_change_was_prepared(
    here: Workspace, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand = json.dumps(json.loads(desk.config.read_text()) | {"time_zone": "America/Denver"})

    def meanwhile(path: Path, model: type[Settings], text: str) -> Settings:
        desk.config.write_text(by_hand)
        return read_settings(path, model, text)

    monkeypatch.setattr("audit_core.config_edit.read_settings", meanwhile)
    with pytest.raises(AuditError, match=r"config\.json was changed meanwhile"):
        saved(here, backup__schedule="04:00")
    assert desk.config.read_text() == by_hand


def test_where_it_cannot_be_sealed_the_file_says_what_it_said(here: Workspace, desk: Desk) -> None:
    before = desk.config.read_text()
    edit = prepare(here, ADMIN, {"backup.schedule": "04:00"})
    here.store.database.connection().execute("PRAGMA busy_timeout=50")
    with closing(sqlite3.connect(here.settings.data_dir / "audit.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM audit_events").fetchone()  # as long as it reads, nothing is committed
        with pytest.raises(AuditError, match="nothing changed"):
            save(here, ADMIN, edit, NOW)
    assert desk.config.read_text() == before
    assert not desk.rows("SELECT 1 FROM audit_events WHERE action = 'config_edited'")
    save(here, ADMIN, edit, NOW)
    assert Workspace.open(desk.config).settings.backup.schedule == "04:00"


def test_where_it_cannot_be_written_nothing_is_on_record(
    here: Workspace, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_args: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("audit_core.config_edit.write_whole", read_only)
    with pytest.raises(AuditError, match=r"cannot be written by the app \(Read-only file system\)"):
        saved(here, backup__schedule="04:00")
    assert not desk.rows("SELECT 1 FROM audit_events WHERE action = 'config_edited'")


def test_only_an_admin_who_signed_in_may(here: Workspace) -> None:
    with pytest.raises(NotAllowed):
        prepare(here, AUDITOR, {"backup.schedule": "04:00"})
    edit = prepare(here, OPERATOR, {"backup.schedule": "04:00"})
    with pytest.raises(NotAllowed):
        save(here, OPERATOR, edit, NOW)
    with pytest.raises(ConfigError, match="Nothing is different"):
        saved(here, backup__schedule="01:00")


def test_it_needs_a_proof_of_who_acts_that_is_minutes_old(here: Workspace) -> None:
    edit = prepare(here, ADMIN, {"backup.schedule": "04:00"})
    with pytest.raises(ConfirmationNeeded):
        save(here, ADMIN, edit, NOW + timedelta(minutes=6))


def test_the_next_times_are_those_of_the_schedule_that_is_tried(here: Workspace) -> None:
    edit = prepare(here, ADMIN, {"backup.schedule": "03:15", "jobs.off": ["drill"]})
    was, would = next_times(here.settings, NOW, 5), next_times(edit.settings, NOW, 5)
    assert set(was) - set(would) == {"drill"}
    zone = here.settings.zone
    assert {f"{each.astimezone(zone):%H:%M}" for each in would["backup"]} == {"03:15"}
    assert [b - a for a, b in zip(would["backup"], would["backup"][1:], strict=False)] == [timedelta(days=1)] * 4
    assert would["sync"] == was["sync"]


def test_every_key_has_its_value_as_json(here: Workspace) -> None:
    for key in EDITABLE:
        json.dumps(value_of(here.settings, key))
