"""The ways themselves: real HTTP to this machine, what a receiver can check, and that no secret is ever told."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest
from apprise.plugins.slack import NotifySlack

from audit_core.alerts.chat import Chat
from audit_core.alerts.content import trial_content
from audit_core.alerts.targets import Target
from audit_core.alerts.ways import signature
from audit_core.delivery.answers import Verdict
from audit_core.errors import ConfigError
from tests.alerts.tower import SECRET, Tower
from tests.delivery.servers import Sink, make_certificate, sink_server

SLACK_SECRET = "https://hooks.slack.com/services/T0CANARYA/B0CANARYB/canaryCanaryCanary0123"
TEAMS_SECRET = (
    "https://prod-1.westus.logic.azure.com/workflows/0123456789abcdef/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=canary_signature_0123456789"
)
CANARIES = (SECRET, "canaryCanaryCanary0123", "T0CANARYA", "canary_signature_0123456789")
NOW = datetime(2026, 1, 7, 18, tzinfo=UTC)


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """Slack's address leads to this machine."""
    sink = Sink(body=b"ok")
    monkeypatch.setenv("REDLINE_SLACK_WEBHOOK_URL", SLACK_SECRET)
    with sink_server(sink) as url, patch.object(NotifySlack, "webhook_url", url):
        yield sink


def test_what_the_webhook_gets_can_be_checked_with_the_secret_alone(watch_tower: Tower) -> None:
    watch_tower.tell(hook=True)
    watch_tower.unread("North")
    watch_tower.look()
    (headers,), (body,) = watch_tower.sink.headers, watch_tower.sink.bodies
    stamp = headers["X-Redline-Timestamp"]
    assert stamp == str(int(watch_tower.now.timestamp()))
    assert headers["X-Redline-Signature"] == f"sha256={signature(SECRET, stamp, body)}"
    assert headers["X-Redline-Signature"] != f"sha256={signature(SECRET, stamp, body + b' ')}"
    assert headers["Idempotency-Key"] == json.loads(body)["id"]
    assert "Authorization" not in headers


def test_slack_gets_one_short_message(watch_tower: Tower, slack: Sink) -> None:
    watch_tower.tell(mail=(), slack={"enabled": True, "channel": "#billing-audit"})
    watch_tower.unread(*(f"Sheet {n:02}" for n in range(60)))
    watch_tower.look()
    (got,) = slack.got
    said = json.dumps(got)
    assert got["channel"] == "#billing-audit"
    assert "60 new, 60 HIGH" in said
    assert "and 40 more" in said
    assert len(said) < 8_000
    watch_tower.later(minutes=2).look()
    assert len(slack.got) == 1


def test_slack_that_refuses_is_asked_again_later(watch_tower: Tower, slack: Sink) -> None:
    watch_tower.tell(mail=(), slack={"enabled": True})
    slack.statuses = [404]
    watch_tower.unread("North")
    assert "Slack refused it" in watch_tower.look().told.troubles[0]
    watch_tower.later(minutes=2).look()
    assert len(slack.got) == 1
    assert len(slack.headers) == 2


def test_teams_gets_a_card_over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watch_tower: Tower) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(make_certificate(tmp_path / "tls")))
    sink, content = Sink(), trial_content(watch_tower.workspace.settings, "Somebody")
    with sink_server(sink, tmp_path / "tls") as url:
        ways = [Chat(Target("teams", "Teams", "LOW"), TEAMS_SECRET) for _ in range(2)]
        for way in ways:
            way._plugin.host, way._plugin.port = "127.0.0.1", int(url.split(":")[2].split("/")[0])
        assert ways[0].send("key", content, NOW, again=False).verdict is Verdict.ACCEPTED
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
        refused = ways[1].send("key", content, NOW, again=False)
    assert refused.verdict is Verdict.UNCLEAR
    (got,) = sink.got
    assert got["type"] == "message"
    assert "Somebody asked for this message" in json.dumps(got)
    assert not [each for each in CANARIES if each in refused.said]


@pytest.mark.parametrize("channel", ["slack", "teams"])
def test_an_address_that_is_none_of_theirs_is_refused_without_being_shown(channel: str) -> None:
    with pytest.raises(ConfigError, match="no address of a webhook") as refused:
        Chat(Target(channel, channel, "LOW"), "https://evil.example/services/T0CANARYA/B/c")
    assert "CANARY" not in str(refused.value)


def test_no_secret_is_ever_logged_or_recorded_whatever_goes_wrong(
    watch_tower: Tower, slack: Sink, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(
        "REDLINE_TEAMS_WEBHOOK_URL", TEAMS_SECRET.replace("westus.logic.azure.com", "x.logic.azure.invalid")
    )
    monkeypatch.setenv("REDLINE_ALERTS_SMTP_PASSWORD", "canary-of-the-mail-server")
    watch_tower.tell(
        hook=True, slack={"enabled": True}, teams={"enabled": True}, email={"user": "redline"},
    )  # fmt: skip
    slack.body = SLACK_SECRET.encode()  # says it again, and not "ok"
    watch_tower.sink.body, watch_tower.sink.statuses = SECRET.encode(), [500, 500]
    with caplog.at_level(logging.INFO):
        watch_tower.unread("North")
        first = watch_tower.look()
        watch_tower.later(minutes=20).look()
    assert len(first.told.troubles) == 4
    watch_tower.workspace.store.keep_anchor("run", watch_tower.now)
    watch_tower.workspace.store.database.close()
    kept = b"".join(path.read_bytes() for path in watch_tower.desk.root.rglob("*") if path.is_file())
    told = f"{caplog.text}{first}{watch_tower.titles()}{watch_tower.texts()}"
    for canary in (*CANARIES, "canary-of-the-mail-server"):
        assert canary.encode() not in kept, canary
        assert canary not in told, canary


def test_a_subject_keeps_its_line_and_its_letters_whatever_a_sheet_is_called(watch_tower: Tower) -> None:
    watch_tower.unread("Nörth\r\nBcc: evil@example.com \u202e=?utf-8?q?x?=")
    watch_tower.look()
    (message,) = watch_tower.box.messages
    assert message["Bcc"] is None
    assert str(message["Subject"]).startswith("[Redline] HIGH: Not read: Nörth Bcc: evil@example.com = ?utf-8?q?x?=")
    assert watch_tower.box.to == ["bob@example.com"]
