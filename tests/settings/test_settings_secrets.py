"""No secret stands in config.json, and none is shown when it is refused."""

import traceback
from pathlib import Path
from typing import Any

import pytest

from audit_core.errors import ConfigError
from audit_core.settings.secrets_gate import find_secrets
from tests.configs import config, read, refusal, reopened

TOKEN = "k7Qz2mXw9Lr4Vt8Bn3Hy6Jd1Fc5"
SLACK = "https://hooks.slack.com/services/T000/B000/XXXX"

# (where, the value that must not be shown, the file)
SECRETS = [
    ("source.token", "hunter2", config(source={"kind": "smartsheet", "token": "hunter2"})),
    ("SMARTSHEET_API_TOKEN", "hunter2", config(SMARTSHEET_API_TOKEN="hunter2")),
    ("alerts.email.smtpPassword", "hunter2", config(alerts={"email": {"smtpPassword": "hunter2"}})),
    ("alerts.email.passwd", "hunter2", config(alerts={"email": {"passwd": "hunter2"}})),
    ("alerts.slack.webhook_url", "hunter2", config(alerts={"slack": {"webhook_url": "hunter2"}})),
    ("webhook.shared-secret", "hunter2", config(webhook={"shared-secret": "hunter2"})),
    ("backup.access_key", "hunter2", config(backup={"access_key": "hunter2"})),
    ("system.apiKey", "hunter2", config(system={"apiKey": "hunter2"})),
    ("credentials.user", "hunter2", config(credentials={"user": "hunter2"})),
    ("tokens[1]", "hunter2", config(tokens=["", "hunter2"])),
    ("alerts.slack.channel", SLACK, config(alerts={"slack": {"channel": SLACK}})),
    ("webhook.url", "outlook", config(webhook={"url": "https://acme.webhook.office.com/webhookb2/outlook"})),
    ("webhook.url", "hunter2", config(webhook={"url": "https://jo:hunter2@example.com/"})),
    ("webhook.url", "hunter2", config(webhook={"url": "https://example.com/hook?sig=hunter2"})),
    ("system.name", "hunter2", config(system={"name": "Bearer hunter2"})),
    ("weeks.reopenings[0].reason", TOKEN, reopened(reason=f"see {TOKEN}")),
    ("system.version", TOKEN, config(system={"version": TOKEN})),
    ("(a key not shown)", TOKEN, config(**{TOKEN: "x", "token": ""})),
    ("security.password_complexity", "hunter2", config(security={"password_complexity": "hunter2"})),
    ("system.passwords", "4711", config(system={"passwords": 4711})),
]


@pytest.mark.parametrize(("place", "secret", "text"), SECRETS, ids=[place for place, _, _ in SECRETS])
def test_a_secret_is_refused_and_never_shown(tmp_path: Path, place: str, secret: str, text: str) -> None:
    sentence = refusal(tmp_path, text)
    assert sentence.startswith(f"{place}: found ")
    try:
        read(tmp_path, text)
    except ConfigError as error:
        logged = "".join(traceback.format_exception(error))
    assert secret not in sentence + logged


def test_a_refused_secret_is_told_where_to_go(tmp_path: Path) -> None:
    assert refusal(tmp_path, config(source={"kind": "smartsheet", "token": "x"}, api_key="y")) == (
        "source.token: found a secret (not shown), expected none here: move it to the environment "
        "or to a .env file (mode 0600) beside this file (and 1 more error)"
    )


@pytest.mark.parametrize(
    "harmless",
    [
        {"security": {"password_complexity": True, "session_timeout": 30, "max_login_attempts": 5}},
        {"source": {"kind": "exports", "path": f"/srv/{TOKEN}/in"}},
        {"data_dir": "redline-data-2026-north-and-south"},
        {"webhook": {"url": "https://audit.example.com/hooks/1"}},
        {"alerts": {"email": {"recipients": ["billing.audit.2026.north.office@example.com"]}}},
        {"time_zone": "America/Argentina/Buenos_Aires"},
        {"token": "", "password": None},
        {"weeks": {"reopenings": [{"until": "2026-07-08T17:00:00.000000-05:00"}]}},
    ],
    ids=str,
)
def test_what_is_no_secret_passes(harmless: dict[str, Any]) -> None:
    assert not list(find_secrets(harmless))
