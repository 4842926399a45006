"""What config.json may say of alerts: the predecessor's keys as they were, and a sentence for what is wrong."""

from pathlib import Path
from typing import Any

import pytest

from audit_core.errors import ConfigError
from audit_core.settings import load_settings
from audit_core.workspace import Workspace
from tests.configs import config, read, refusal

ADDRESSES = "a list of e-mail addresses, none twice"
BOB = "bob@example.com"


def test_the_predecessors_keys_are_taken_and_nothing_is_on_by_itself(tmp_path: Path) -> None:
    email = {"enabled": True, "smtp_host": "mail.example.com", "smtp_port": 587, "sender": BOB, "recipients": [BOB]}
    said = {"email": email, "slack": {"enabled": True, "channel": "#billing-audit"}}
    alerts = read(tmp_path, config(alerts=said)).alerts
    assert alerts.email.server is not None
    assert (alerts.email.server.host, alerts.email.server.security) == ("mail.example.com", "starttls")
    quiet = read(tmp_path, config()).alerts
    assert not (quiet.email.enabled)
    assert not (quiet.slack.enabled)
    assert not (quiet.teams.enabled)
    assert not (quiet.webhook.url)
    assert not (quiet.off)
    assert (quiet.quiet_hours, quiet.escalate_after_minutes) == ((), None)


@pytest.mark.parametrize(
    ("alerts", "sentence"),
    [
        (
            {"email": {"enabled": True, "smtp_host": "127.0.0.1", "sender": BOB}},
            f"alerts.email.recipients: found a list, expected {ADDRESSES}, and at least one where enabled is true",
        ),
        (
            {"email": {"recipients": [BOB, "Bob@example.com"]}},
            f"alerts.email.recipients: found a list, expected {ADDRESSES}, and at least one where enabled is true",
        ),
        (
            {"email": {"smtp_host": "mail.example.com", "security": "none"}},
            (
                'alerts.email.security: found "none", expected "starttls" or "tls", or "none" where smtp_host is this '
                "machine (127.0.0.1 or localhost)"
            ),
        ),
        (
            {"webhook": {"url": "http://example.com/x"}},
            (
                'alerts.webhook.url: found "http://example.com/x", expected null or an address that begins with '
                "https:// (http:// only to this machine)"
            ),
        ),
        (
            {"quiet_hours": [{"start": "22:00", "end": "22:00"}]},
            (
                'alerts.quiet_hours[0].end: found "22:00", expected a time of day from "00:00" to "23:59", other than '
                "start"
            ),
        ),
        (
            {"escalate_after_minutes": 30},
            (
                f"alerts.escalate_to: found a list, expected {ADDRESSES}, at least one where escalate_after_minutes is "
                "given"
            ),
        ),
        ({"per_hour": 0}, "alerts.per_hour: found 0, expected a whole number from 1 to 60"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, alerts: dict[str, Any], sentence: str) -> None:
    assert refusal(tmp_path, config(alerts=alerts)) == sentence


def test_a_kind_that_there_is_not_is_refused_with_those_there_are(tmp_path: Path) -> None:
    told = refusal(tmp_path, config(alerts={"off": ["risc"]}))
    assert told.startswith('alerts.off[0]: found "risc", expected ')
    assert "risk, forecast, unread" in told


def test_notices_by_mail_need_a_mail_server_here_or_that_of_delivery(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    alerts = {"escalate_after_minutes": 30, "escalate_to": [BOB]}
    path.write_text(config(alerts=alerts))
    load_settings(path)
    with pytest.raises(ConfigError, match="found null, expected the name of a mail server"):
        Workspace.open(path)
    path.write_text(config(alerts=alerts, delivery={"smtp": {"host": "mail.example.com", "sender": BOB}}))
    Workspace.open(path)
