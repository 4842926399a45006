"""What is in force at a start: said whole in the log, sealed in the ledger, and no secret in either."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit_core import __version__
from audit_core.monitoring.banner import announce, banner, seal_start, settings_sha256
from audit_core.workspace import Workspace
from tests.exports import Desk

NOW = datetime(2026, 6, 10, 17, 0, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    alerts = {
        "email": {
            "enabled": True,
            "smtp_host": "mail.example.com",
            "sender": "a@example.com",
            "recipients": ["ops@example.com"],
        }
    }
    return Desk(tmp_path, alerts=alerts, switches={"off": ["model"]}, time_zone="America/Denver")


@pytest.fixture
def here(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("REDLINE_SMTP_PASSWORD", "canary-password")
    workspace = desk.workspace()
    yield workspace
    workspace.store.database.close()


def test_it_says_what_is_in_force(here: Workspace, desk: Desk) -> None:
    told = banner(here, "runner", NOW)
    assert told["program"].startswith(f"Redline {__version__}, runner, process ")
    assert (told["config"], told["data"]) == (str(desk.config), str(desk.root / "data"))
    assert (told["source"], told["time zone"]) == (f"exports in {desk.exports}", "America/Denver")
    assert told["switched off"] == ("model: changes are judged by the rules alone, and that is a blind spot")
    assert told["alerts go to"] == "ops@example.com by e-mail"
    assert "REDLINE_SMTP_PASSWORD" in told["secrets set"]
    assert "backup Thu 02:00" in told["next"]
    assert "canary" not in str(told)


def test_one_line_of_the_log_each(here: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "redline"):
        announce(here, "app", NOW)
    assert [record.getMessage() for record in caplog.records] == [
        f"{name}: {text}" for name, text in banner(here, "app", NOW).items()
    ]


def test_the_runner_s_start_is_an_event_with_the_settings_digest(here: Workspace, desk: Desk) -> None:
    seal_start(here, NOW)
    (event,) = desk.rows(
        "SELECT issue_description told, changed_by, evidence FROM audit_events WHERE action = 'started'"
    )
    assert event["told"] == f"The runner of Redline {__version__} started; switched off: model."
    proof = json.loads(event["evidence"])
    assert proof == {"version": __version__, "settings_sha256": settings_sha256(here), "off": ["model"]}
    desk.config.write_text(desk.config.read_text().replace("Denver", "Chicago"))
    assert settings_sha256(Workspace.open(desk.config)) != proof["settings_sha256"]
