"""The app's workspace follows its file: what is switched off or scheduled counts without a restart."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

import ui.opened
from audit_core.config_edit import EDITABLE
from audit_core.errors import ConfigError
from tests.exports import Desk
from tests.monitoring.test_state import NOW
from ui.door.health import health
from ui.operations.fields import FIELDS


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    monkeypatch.setenv("AUDIT_CONFIG", str(desk.config))
    ui.opened.whole_workspace.cache_clear()
    yield desk
    ui.opened.whole_workspace.cache_clear()


def said(desk: Desk, **keys: object) -> None:
    """The file with other keys, written as an editor writes it."""
    text = json.loads(desk.config.read_text()) | keys
    part = desk.config.with_suffix(".part")
    part.write_text(json.dumps(text))
    part.replace(desk.config)


def test_it_is_opened_once_and_read_anew_when_it_changed(desk: Desk) -> None:
    first = ui.opened.workspace()
    assert ui.opened.workspace() is first
    said(desk, switches={"off": ["delivery"]})
    now = ui.opened.workspace()
    assert now.settings.switches.off == ("delivery",)
    assert now.store is first.store, "its connections and what it holds in memory stay"


def test_a_file_that_became_wrong_changes_nothing_and_is_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    first = ui.opened.workspace()
    said(desk, switches={"off": ["gravity"]})
    with caplog.at_level(logging.WARNING):
        assert ui.opened.workspace() is first
        assert ui.opened.workspace() is first
    assert len([each for each in caplog.messages if "the settings of before stay in force" in each]) == 1
    said(desk, switches={"off": []}, time_zone="America/Denver")
    assert ui.opened.workspace().settings.time_zone == "America/Denver"


def test_another_data_folder_is_another_store(desk: Desk) -> None:
    first = ui.opened.workspace()
    said(desk, data_dir="elsewhere")
    assert ui.opened.workspace().store is not first.store


def test_a_file_that_is_wrong_from_the_start_is_refused(desk: Desk) -> None:
    desk.config.write_text("{")
    with pytest.raises(ConfigError):
        ui.opened.workspace()
    assert health(NOW) == {"status": "not ready", "not_ok": ["settings"]}


def test_every_key_that_can_be_changed_has_a_field_and_no_other() -> None:
    assert sorted(key for group in FIELDS.values() for key in group) == sorted(EDITABLE)
