"""Whatever can be switched off does nothing then, says so, and goes on when it is back."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

import ui.guard
import ui.opened
from audit_core.actors import OPERATOR
from audit_core.delivery import deliver
from audit_core.due import plans
from audit_core.errors import ConfigError
from audit_core.monitoring.state import state
from audit_core.settings.operating import WITHOUT, Switch
from audit_core.settings.source import SmartsheetSettings
from audit_core.write_back import write_back
from tests.alerts.tower import tower
from tests.configs import config, read, refusal
from tests.exports import FIRST, SECOND, Desk, edited, line

NOW = datetime(2026, 6, 10, 17, 0, tzinfo=UTC)
SOURCE = {"kind": "smartsheet", "sheet_ids": [1], "write_back": {"findings_sheet_id": 2}}
HOOK = {"name": "all", "what": "packets", "first_week": "2025-07-20", "webhook": {"url": "https://files.example.com"}}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.look(FIRST, [line(1), line(2)])
    desk.look(SECOND, [edited(line(1), quantity="9"), line(2)])
    return desk


def switch_off(desk: Desk, *switches: str) -> None:
    """The desk's config.json with these switched off."""
    Desk(desk.root, switches={"off": list(switches)}, delivery={"subscriptions": [HOOK]})


@pytest.fixture
def app(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AUDIT_CONFIG", str(desk.config))
    ui.opened.whole_workspace.cache_clear()
    yield
    ui.opened.workspace().store.database.close()
    ui.opened.whole_workspace.cache_clear()


def test_every_feature_says_what_is_so_without_it() -> None:
    assert set(WITHOUT) == set(Switch)


def test_an_unknown_feature_is_refused(tmp_path: Path) -> None:
    told = refusal(tmp_path, config(switches={"off": ["gravity"]}))
    assert told.startswith('switches.off[0]: found "gravity", expected ')
    assert told.endswith("a list of names of switches (alerts, delivery, downloads, model, webhooks, write_back)")


def test_what_is_off_is_not_planned(tmp_path: Path) -> None:
    delivery = {"subscriptions": [HOOK]}
    on = plans(read(tmp_path, config(source=SOURCE, delivery=delivery)))
    off = plans(read(tmp_path, config(source=SOURCE, delivery=delivery, switches={"off": ["delivery", "write_back"]})))
    assert set(on) - set(off) == {"deliver", "write_back"}


def test_delivery_that_is_asked_for_is_refused(desk: Desk) -> None:
    switch_off(desk, "delivery")
    workspace = desk.workspace()
    with pytest.raises(ConfigError, match=r"config\.json switches delivery off \(switches\.off\), so no document goes"):
        deliver(workspace, "run-1", lambda: NOW)
    workspace.store.database.close()


def test_writing_that_is_asked_for_is_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path, source=SOURCE, switches={"off": ["write_back"]})
    workspace = desk.workspace()
    source = workspace.settings.source
    assert isinstance(source, SmartsheetSettings)
    with pytest.raises(ConfigError, match="switches write_back off"):
        write_back(workspace, source, "run-1", lambda: NOW)
    workspace.store.database.close()


def test_judging_without_the_model_is_a_blind_spot_and_is_sealed(desk: Desk) -> None:
    switch_off(desk, "model")
    counters = desk.sync()
    assert [spot.detail for spot in counters.blind_spots if "switched off" in spot.detail] == [
        "Changes are judged without the model: it is switched off (switches.off)."
    ]
    (kept,) = desk.rows("SELECT settings FROM settings_versions")
    assert '"model": "off"' in kept["settings"]


def test_downloads_end_at_once_and_come_back(desk: Desk, app: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The app runs on: it takes up what config.json says."""
    desk.sync()
    monkeypatch.setattr("ui.guard.Door.actor", lambda *_args, **_more: OPERATOR)
    monkeypatch.setattr("ui.guard.st.context", SimpleNamespace(cookies={"redline_session": "token"}))
    clicks = ui.guard.whoever_clicks()
    assert clicks() == OPERATOR
    switch_off(desk, "downloads")
    with pytest.raises(ConfigError, match="nothing leaves through the app"):
        clicks()
    switch_off(desk)
    assert clicks() == OPERATOR


def test_while_alerts_are_off_what_is_noticed_waits_and_is_told_once_they_are_on(tmp_path: Path) -> None:
    with tower(tmp_path) as watching:
        said = json.loads(watching.desk.config.read_text())
        watching.desk.config.write_text(json.dumps(said | {"switches": {"off": ["alerts"]}}))
        watching.tell()
        watching.unread("North")
        watching.look()
        assert (watching.open_keys(), watching.titles()) == (["unread:North"], [])
        found = state(watching.workspace, watching.now).alerts
        assert (found.open, found.waiting, found.watched_at) == (1, 1, watching.now)
        watching.desk.config.write_text(json.dumps(said))
        watching.tell()
        watching.later(minutes=2).look()
        watching.later(minutes=2).look()
        assert len(watching.titles()) == 1
