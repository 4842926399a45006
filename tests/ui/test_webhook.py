"""The address that Smartsheet calls: what is believed, what is refused, and that nothing else ever happens."""

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audit_core.settings.source import SmartsheetSettings
from audit_core.sources.smartsheet.webhooks import PAUSE_S
from audit_core.syncing.receiver import Receiver
from tests.emulator import Fault
from tests.emulator.state import Webhook
from tests.hooks import (
    URL,
    app_on,
    ask,
    callback,
    configure,
    forget,
    new_hook,
    signature,
    signed,
    tenant_with_sheets,
)
from tests.live import Live, live
from ui.door import webhook

CHANGED = {"objectType": "cell", "eventType": "updated", "rowId": 1, "columnId": 2, "userId": 3}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Live]:
    """An installation that takes callbacks, on a tenant with one webhook."""
    tenant, (sheet,) = tenant_with_sheets()
    with live(tmp_path, tenant) as desk, app_on(desk.config):
        configure(desk, enabled=True, url=URL)
        desk.open().store.database.close()
        new_hook(tenant, sheet)
        yield desk


@pytest.fixture
def hook(desk: Live) -> Webhook:
    """Its webhook."""
    (hook,) = desk.tenant.webhooks.values()
    return hook


def kept(desk: Live) -> list[dict[str, Any]]:
    """What is kept of callbacks."""
    with closing(sqlite3.connect(desk.root / "data" / "audit.db")) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM webhook_events ORDER BY webhook_event_id")]


# ── the challenge ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_challenge_is_said_again(desk: Live) -> None:
    word = "f4c1a2e0-0b6f-4f13-9d5c-6f0d4a8e7b21"
    told = ask(b'{"challenge":"f4c1","webhookId":45}', {"Smartsheet-Hook-Challenge": word})
    assert (told.status, json.loads(told.body)) == (200, {"smartsheetHookResponse": word})
    assert told.headers["smartsheet-hook-response"] == word
    assert told.headers["content-type"] == "application/json"
    assert told.headers["x-content-type-options"] == "nosniff"
    assert kept(desk) == []


def test_while_calls_are_switched_off_none_is_taken(desk: Live) -> None:
    said = json.loads(desk.config.read_text())
    desk.config.write_text(json.dumps(said | {"switches": {"off": ["webhooks"]}}))
    told = ask(b"{}", {"Smartsheet-Hook-Challenge": "word"})
    assert (told.status, told.text) == (503, "Calls are switched off for now.")
    desk.config.write_text(json.dumps(said))
    assert ask(b"{}", {"Smartsheet-Hook-Challenge": "word"}).status == 200


@pytest.mark.parametrize("word", ["", "x" * 201, "a b", "café", "a\x7fb", "a\x00b", "\x1b[31m"])
def test_a_strange_challenge_is_not_said_again(desk: Live, word: str) -> None:
    told = ask(b"{}", {"Smartsheet-Hook-Challenge": word})
    assert (told.status, told.text) == (400, "A challenge is 1 to 200 printable characters.")
    assert "smartsheet-hook-response" not in told.headers


# ── the signature ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_callback_is_kept_and_nothing_else_happens(desk: Live, hook: Webhook) -> None:
    body = callback(hook, CHANGED)
    before = datetime.now(UTC)
    told = ask(body, signed(hook, body))
    assert (told.status, told.text) == (200, "Kept.")
    (row,) = kept(desk)
    assert before <= datetime.fromisoformat(row["received_at"]) <= datetime.now(UTC)
    assert (row["webhook_id"], row["sheet_id"]) == (str(hook.id), str(hook.scope_object_id))
    assert (row["body"], row["processed"], row["nonce"]) == (body.decode(), 0, "n-1")
    assert desk.asked() == ["/webhooks"]
    workspace = desk.open()
    assert workspace.store.events() == 0
    workspace.store.database.close()


@pytest.mark.parametrize("spelled", [str.upper, str.lower, str.title, lambda text: f"  {text} "])
def test_the_case_of_a_signature_does_not_matter(desk: Live, hook: Webhook, spelled: Any) -> None:
    body = callback(hook)
    assert ask(body, {"Smartsheet-Hmac-SHA256": spelled(signature(hook.shared_secret, body))}).status == 200


def test_a_signature_that_begins_with_zeros_is_taken_with_and_without_them(desk: Live, hook: Webhook) -> None:
    bodies = (callback(hook, nonce=f"n-{number}") for number in range(10_000))
    zeros = [body for body in bodies if signature(hook.shared_secret, body).startswith("00")][:2]
    for body, cut in zip(zeros, ("", "00"), strict=True):
        said = signature(hook.shared_secret, body).removeprefix(cut)
        assert ask(body, {"Smartsheet-Hmac-SHA256": said}).status == 200


@pytest.mark.parametrize(
    "said", [None, "", "0", "f" * 64, "x" * 64, "f" * 65, "é" * 64, "0x" + "f" * 62], ids=lambda said: str(said)[:5]
)
def test_another_signature_is_refused(desk: Live, hook: Webhook, said: str | None) -> None:
    body = callback(hook)
    told = ask(body, {} if said is None else {"Smartsheet-Hmac-SHA256": said})
    assert (told.status, told.text) == (401, "This is not signed by a webhook of this installation.")
    assert kept(desk) == []


def test_the_signature_is_over_the_bytes_as_they_came(desk: Live, hook: Webhook) -> None:
    body = callback(hook)
    assert ask(body + b" ", signed(hook, body)).status == 401
    assert ask(body.replace(b"n-1", b"n-2"), signed(hook, body)).status == 401
    assert kept(desk) == []


def test_a_callback_signed_by_another_webhook_is_refused(desk: Live, hook: Webhook) -> None:
    other = new_hook(desk.tenant, next(iter(desk.tenant.sheets.values())), secret="another secret")
    body = callback(hook)
    assert ask(body, signed(other, body)).status == 401


def test_an_unknown_webhook_is_refused_in_the_same_words(desk: Live, hook: Webhook) -> None:
    body = callback(hook).replace(str(hook.id).encode(), b"45")
    told = ask(body, signed(hook, body))
    assert (told.status, told.text) == (401, "This is not signed by a webhook of this installation.")
    assert kept(desk) == []


def test_a_webhook_of_the_same_user_that_calls_something_else_is_none_of_ours(desk: Live) -> None:
    sheet = next(iter(desk.tenant.sheets.values()))
    other = new_hook(desk.tenant, sheet, url="https://other.example.com/hook")
    body = callback(other)
    assert ask(body, signed(other, body)).status == 401


def test_a_secret_that_was_reset_is_asked_for_again(desk: Live, hook: Webhook) -> None:
    workspace, time = desk.open(), [0.0]
    assert isinstance(workspace.settings.source, SmartsheetSettings)
    taker = Receiver(workspace, workspace.settings.source, lambda: time[0])

    def status(nonce: str) -> int:
        body = callback(hook, nonce=nonce)
        return taker.take(body, signature(hook.shared_secret, body), datetime.now(UTC)).status

    assert status("n-1") == 200
    hook.shared_secret = "a new secret"
    assert status("n-2") == 401, "asked a moment ago"
    time[0] += PAUSE_S
    assert status("n-2") == 200
    assert desk.asked() == ["/webhooks", "/webhooks"]
    workspace.store.database.close()


def test_made_up_webhooks_cost_one_request_a_minute(desk: Live, hook: Webhook) -> None:
    workspace, time = desk.open(), [0.0]
    assert isinstance(workspace.settings.source, SmartsheetSettings)
    taker = Receiver(workspace, workspace.settings.source, lambda: time[0])
    for number in range(120):
        time[0] = float(number)
        body = callback(hook).replace(str(hook.id).encode(), str(1_000 + number).encode())
        assert taker.take(body, "f" * 64, datetime.now(UTC)).status == 401
    assert desk.asked() == ["/webhooks"] * 2
    body = callback(hook)
    assert taker.take(body, signature(hook.shared_secret, body), datetime.now(UTC)).status == 200
    assert desk.asked() == []
    workspace.store.database.close()


def test_while_smartsheet_does_not_say_the_secret_the_caller_is_to_try_again(desk: Live, hook: Webhook) -> None:
    desk.emulator.faults.add(
        Fault.read({"match": "GET /webhooks", "kind": "api", "args": {"status": 503, "code": 4001}})
    )
    body = callback(hook)
    told = ask(body, signed(hook, body))
    assert (told.status, told.text) == (503, "The signature cannot be checked now: try again.")
    assert kept(desk) == []


def test_without_a_token_the_caller_is_to_try_again(desk: Live, hook: Webhook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMARTSHEET_ACCESS_TOKEN")
    body = callback(hook)
    assert ask(body, signed(hook, body)).status == 503


def test_the_secret_is_written_down_nowhere(desk: Live, hook: Webhook, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    body = callback(hook, CHANGED)
    assert ask(body, signed(hook, body)).status == 200
    assert ask(body, {"Smartsheet-Hmac-SHA256": "f" * 64}).status == 401
    files = [path for path in desk.root.rglob("*") if path.is_file()]
    assert any(path.name == "audit.db" for path in files)
    for path in files:
        assert hook.shared_secret.encode() not in path.read_bytes()
    assert hook.shared_secret not in caplog.text


# ── what is refused although it is signed ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("minutes", [-16, 16, -60 * 24])
def test_what_is_old_or_of_the_future_is_refused(desk: Live, hook: Webhook, minutes: int) -> None:
    body = callback(hook, at=datetime.now(UTC) + timedelta(minutes=minutes))
    told = ask(body, signed(hook, body))
    assert told.status == 401
    assert told.text == "This is older or newer than 15 minutes by this installation's clock."
    assert kept(desk) == []


@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_clock_that_is_a_little_off_is_forgiven(desk: Live, hook: Webhook, minutes: int) -> None:
    body = callback(hook, at=datetime.now(UTC) + timedelta(minutes=minutes))
    assert ask(body, signed(hook, body)).status == 200


def test_the_same_callback_again_is_answered_well_and_kept_once(desk: Live, hook: Webhook) -> None:
    body = callback(hook)
    assert [ask(body, signed(hook, body)).status for _ in range(3)] == [200, 200, 200]
    assert len(kept(desk)) == 1
    forget()  # also after a restart
    assert ask(body, signed(hook, body)).text == "Known already."
    assert len(kept(desk)) == 1


def test_another_webhook_may_use_the_same_nonce(desk: Live, hook: Webhook) -> None:
    other = new_hook(desk.tenant, next(iter(desk.tenant.sheets.values())))
    for each in (hook, other):
        body = callback(each)
        assert ask(body, signed(each, body)).text == "Kept."
    assert len(kept(desk)) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"webhookId": 1, "timestamp": "2026-07-21T17:04:23.795+0000"}',
        b'{"webhookId": 1, "nonce": "", "timestamp": "2026-07-21T17:04:23.795+0000"}',
        b'{"webhookId": 1, "nonce": "n", "timestamp": "yesterday"}',
        b'{"webhookId": 1, "nonce": "n", "timestamp": "2026-07-21T17:04:23"}',
        b'{"webhookId": {}, "nonce": "n", "timestamp": "2026-07-21T17:04:23.795+0000"}',
        b'{"webhookId": 1, "nonce": "n", "timestamp": "2026-07-21T17:04:23.795+0000", "x": "\xff"}',
    ],
    ids=lambda body: body[:24],
)
def test_what_is_no_callback_is_refused_in_one_sentence(desk: Live, body: bytes) -> None:
    told = ask(body, {"Smartsheet-Hmac-SHA256": "f" * 64})
    assert told.status == 400
    assert told.text.startswith("This is no callback of Smartsheet (")
    assert "\n" not in told.text
    assert desk.asked() == []
    assert kept(desk) == []


def test_what_is_too_large_is_refused_before_it_is_read_to_its_end(desk: Live) -> None:
    pieces = [b"x" * 30_000] * 4
    told = ask(pieces)
    assert (told.status, told.text) == (413, "This is larger than 64 KiB.")
    assert ask([b"{" + b" " * 65_534 + b"}"]).status == 400, "as large as may be"
    assert ask(b"x" * 65_537).status == 413
    assert ask(b"x" * 65_537, {"Smartsheet-Hook-Challenge": "word"}).status == 413


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_only_post_is_taken(desk: Live, method: str) -> None:
    told = ask(method=method)
    assert (told.status, told.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("settings", [{}, {"enabled": False, "url": URL}])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_while_it_is_off_there_is_no_such_address(
    desk: Live, hook: Webhook, settings: dict[str, Any], method: str
) -> None:
    configure(desk, **settings)
    body = callback(hook)
    for headers in ({}, signed(hook, body), {"Smartsheet-Hook-Challenge": "word"}):
        told = ask(body, headers, method)
        assert (told.status, told.text) == (404, "Not found.")
    assert kept(desk) == []
    assert desk.asked() == []


def test_exports_have_no_such_address(desk: Live) -> None:
    settings = json.loads(desk.config.read_text())
    desk.config.write_text(json.dumps(settings | {"source": {"kind": "exports", "path": "in"}}))
    forget()
    assert ask(b"{}", {"Smartsheet-Hook-Challenge": "word"}).status == 404


def test_without_a_store_or_a_config_that_can_be_read_the_caller_is_to_try_again(desk: Live, hook: Webhook) -> None:
    (desk.root / "data" / "audit.db").unlink()
    body = callback(hook)
    told = ask(body, signed(hook, body))
    assert (told.status, told.text) == (503, "This cannot be kept now: try again.")
    assert not (desk.root / "data" / "audit.db").exists()
    desk.config.write_text("{")
    forget()
    assert ask(body, signed(hook, body)).status == 503


def test_nothing_else_of_the_app_opens_by_it(desk: Live, hook: Webhook) -> None:
    body = callback(hook)
    for path in (f"{webhook.PATH}/", f"{webhook.PATH}/x", "/api/webhooks", "/api", "/api/Webhook"):
        assert ask(body, signed(hook, body), path=path).status == 401
    assert kept(desk) == []


def test_a_caller_who_hangs_up_is_no_failure(desk: Live, hook: Webhook) -> None:
    told = ask([], signed(hook, b""))
    assert told.status == 400


# ── the log ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_refusals_are_counted_and_told_once_a_minute(
    desk: Live, hook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    workspace, time = desk.open(), [0.0]
    assert isinstance(workspace.settings.source, SmartsheetSettings)
    taker = Receiver(workspace, workspace.settings.source, lambda: time[0])
    body = callback(hook)
    for _ in range(50):
        taker.take(body, "", datetime.now(UTC))
    time[0] += 60
    taker.take(b"{", "", datetime.now(UTC))
    assert caplog.messages == [
        f"a callback was refused: webhook {hook.id} did not sign it, or is none of ours (1 refused so far)",
        "a callback was refused: it is no callback (51 refused so far)",
    ]
    workspace.store.database.close()


def test_a_webhook_that_smartsheet_switched_off_is_told_to_the_operator(
    desk: Live, hook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    body = json.dumps(json.loads(callback(hook)) | {"newWebhookStatus": "DISABLED_SCOPE_INACCESSIBLE"}).encode()
    assert ask(body, signed(hook, body)).status == 200
    (said,) = caplog.messages
    assert said == (
        f"Smartsheet says that webhook {hook.id} is 'DISABLED_SCOPE_INACCESSIBLE' now: "
        "see 'python -m jobs webhooks list'"
    )
    assert len(kept(desk)) == 1
