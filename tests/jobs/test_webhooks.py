"""`webhooks list|create|delete` against a tenant, and a callback's whole way: from an edit to the name in the trail."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from audit_core.store.callbacks import SEEN, WAITING
from audit_core.workspace import Workspace
from jobs.__main__ import main
from tests.emulator import Fault
from tests.hooks import SECRET, URL, app_on, configure, listening, new_hook, tenant_with_sheets
from tests.live import Live, live

pytestmark = pytest.mark.in_turn(3)

Said = tuple[int, str]
Run = Callable[..., Said]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Live]:
    """An installation with a store on a tenant with two sheets, that takes callbacks."""
    tenant, _ = tenant_with_sheets(2)
    with live(tmp_path, tenant) as desk, app_on(desk.config):
        configure(desk, enabled=True, url=URL)
        desk.open().store.database.close()
        yield desk
        assert tenant.illegal_writes == []


@pytest.fixture
def listened(desk: Live) -> Iterator[str]:
    """The app of the installation, which answers where webhook.url says."""
    with listening() as url:
        configure(desk, enabled=True, url=url)
        yield url


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """`python -m jobs webhooks …` in this process: its exit code, and what it said."""

    def run(*words: object) -> Said:
        code = main(["webhooks", *map(str, words)])
        out, err = capsys.readouterr()
        assert SECRET not in out + err
        return code, (out + err).strip()

    return run


def answered(said: Said) -> dict[str, Any]:
    """The JSON object of a command that ended with --json."""
    code, text = said
    result: dict[str, Any] = json.loads(text.splitlines()[-1])
    assert (result["exit_code"], result["job"]) == (code, "webhooks")
    return result


def sheets(desk: Live) -> list[int]:
    """The ids of the tenant's sheets."""
    return list(desk.tenant.sheets)


def rows(desk: Live, sql: str) -> list[dict[str, Any]]:
    """What the store answers."""
    with closing(sqlite3.connect(desk.root / "data" / "audit.db")) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql)]


def actions(desk: Live) -> list[dict[str, Any]]:
    """What was sealed of webhooks."""
    return rows(desk, "SELECT * FROM audit_events WHERE action LIKE 'webhook%' ORDER BY event_id")


# ── create ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_webhook_is_made_verified_and_sealed(desk: Live, listened: str, run: Run) -> None:
    sheet_id = sheets(desk)[0]
    made = answered(run("create", sheet_id, "--json"))
    (hook,) = desk.tenant.webhooks.values()
    assert (hook.enabled, hook.status, hook.events, hook.columns) == (True, "ENABLED", ("*.*",), ())
    assert (hook.scope_object_id, hook.callback_url) == (sheet_id, listened)
    assert made["message"] == f"Smartsheet announces changes of sheet {sheet_id} at {listened} (webhook {hook.id})."
    assert (made["status"], made["webhook_id"], made["sheet_id"]) == ("ok", str(hook.id), str(sheet_id))
    (sealed,) = actions(desk)
    assert (sealed["action"], sealed["changed_by"], sealed["who_evidence"]) == (
        "webhook_created", "system:operator", "system",
    )  # fmt: skip
    assert (sealed["sheet_id"], sealed["issue_description"]) == (str(sheet_id), made["message"])
    assert json.loads(sealed["evidence"]) == {"webhook_id": str(hook.id)}
    anchor = json.loads((desk.root / "data" / "anchors.jsonl").read_text().splitlines()[-1])
    assert anchor["size"] == sealed["event_id"]
    assert main(["verify"]) == 0
    for path in desk.root.rglob("*"):
        assert not path.is_file() or hook.shared_secret.encode() not in path.read_bytes()


def test_a_sheet_has_one_webhook(desk: Live, listened: str, run: Run) -> None:
    first, second = sheets(desk)
    assert run("create", first)[0] == 0
    code, said = run("create", first)
    assert (code, "has a webhook already" in said) == (2, True)
    assert run("create", second)[0] == 0
    assert len(desk.tenant.webhooks) == 2


def test_a_webhook_that_was_given_up_is_switched_on_again(desk: Live, listened: str, run: Run) -> None:
    sheet_id = sheets(desk)[0]
    assert run("create", sheet_id)[0] == 0
    (hook,) = desk.tenant.webhooks.values()
    hook.disable("DISABLED_CALLBACK_FAILED")
    assert answered(run("create", sheet_id, "--json"))["webhook_id"] == str(hook.id)
    assert list(desk.tenant.webhooks.values()) == [hook]
    assert hook.enabled


def test_when_nobody_answers_the_challenge_no_webhook_is_left(desk: Live, listened: str, run: Run) -> None:
    configure(desk, enabled=True, url=listened.replace("/api/webhook", "/elsewhere"))
    code, said = run("create", sheets(desk)[0])
    assert code == 1
    assert "got no answer to its challenge" in said
    assert "DISABLED_VERIFICATION_FAILED" in said
    assert desk.tenant.webhooks == {}
    assert actions(desk) == []


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"enabled": True}, "webhook.url: found null, expected the https address under which Smartsheet reaches"),
        ({"enabled": True, "url": "http://audit.example.com/api/webhook"}, "expected an https address on one of the"),
        ({"enabled": True, "url": "https://audit.example.com:8501/api/webhook"}, "443, 8000, 8008, 8080, 8443:"),
        ({"url": URL}, "webhook.enabled: found false, expected true:"),
    ],
)
def test_settings_that_cannot_work_are_said_in_one_sentence(
    desk: Live, run: Run, settings: dict[str, Any], sentence: str
) -> None:
    configure(desk, **settings)
    code, said = run("create", sheets(desk)[0])
    assert code == 2
    assert sentence in said
    assert "\n" not in said
    assert desk.asked() == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/api/webhook", "http://localhost/api/webhook", "http://[::1]/x"])
def test_this_machine_is_called_by_a_stand_in_on_this_machine_only(desk: Live, run: Run, url: str) -> None:
    configure(desk, enabled=True, url=url)
    settings = json.loads(desk.config.read_text())
    desk.config.write_text(json.dumps(settings | {"source": {"kind": "smartsheet", "sheet_ids": [1]}}))
    code, said = run("create", 1)
    assert code == 2
    assert "expected an https address" in said


@pytest.mark.parametrize("words", [("create", "x"), ("create", "0"), ("create", "-5"), ("delete", "1" * 5000)])
def test_an_id_is_a_number(desk: Live, run: Run, words: tuple[str, str]) -> None:
    code, said = run(*words)
    assert code == 2
    assert "\n" not in said
    assert len(said) < 300


def test_a_sheet_that_is_not_there_is_smartsheets_refusal(desk: Live, listened: str, run: Run) -> None:
    code, said = run("create", 45)
    assert (code, "1151" in said) == (1, True)


def test_exports_have_no_webhooks(desk: Live, run: Run) -> None:
    settings = json.loads(desk.config.read_text())
    desk.config.write_text(json.dumps(settings | {"source": {"kind": "exports", "path": "in"}}))
    for words in (("list",), ("create", 1), ("delete", 1)):
        code, said = run(*words)
        assert code == 2
        assert 'source.kind: found "exports", expected "smartsheet"' in said


def test_without_a_store_nothing_is_made(desk: Live, listened: str, run: Run) -> None:
    (desk.root / "data" / "audit.db").unlink()
    assert run("create", sheets(desk)[0])[0] == 10
    assert desk.tenant.webhooks == {}


# ── list and delete ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_shows_all_webhooks_of_the_user(desk: Live, run: Run) -> None:
    sheet = desk.tenant.find_sheet(sheets(desk)[0])
    ours, other = new_hook(desk.tenant, sheet), new_hook(desk.tenant, sheet, "https://other.example.com/")
    other.disable("DISABLED_BY_OWNER")
    code, said = run("list")
    assert code == 0
    newest, oldest, end = said.splitlines()
    assert newest.split() == [
        str(other.id), "sheet", str(sheet.id), "DISABLED_BY_OWNER", "(not", "ours)", other.callback_url, "Redline",
    ]  # fmt: skip
    assert oldest.split() == [str(ours.id), "sheet", str(sheet.id), "ENABLED", URL, "Redline"]
    assert end == "webhooks: ok. 2 webhooks, 1 of this installation."
    listed = answered(run("list", "--json"))["webhooks"]
    assert listed[1] == {
        "id": str(ours.id), "name": "Redline", "sheet_id": str(sheet.id), "status": "ENABLED", "callback_url": URL,
        "ours": True,
    }  # fmt: skip


def test_the_list_needs_no_store_and_no_webhook_settings(desk: Live, run: Run) -> None:
    configure(desk)
    (desk.root / "data" / "audit.db").unlink()
    assert run("list") == (0, "webhooks: ok. 0 webhooks, 0 of this installation.")


def test_a_webhook_is_removed_and_that_is_sealed(desk: Live, run: Run) -> None:
    hook = new_hook(desk.tenant, desk.tenant.find_sheet(sheets(desk)[0]))
    configure(desk, enabled=False, url=URL)  # what was switched off can still be tidied up
    code, said = run("delete", hook.id)
    assert code == 0
    assert said == (
        f"webhooks: ok. Webhook {hook.id} is gone: changes of sheet {hook.scope_object_id} are found by polling alone."
    )
    assert desk.tenant.webhooks == {}
    assert [each["action"] for each in actions(desk)] == ["webhook_deleted"]


def test_a_webhook_of_something_else_is_left_alone(desk: Live, run: Run) -> None:
    hook = new_hook(desk.tenant, desk.tenant.find_sheet(sheets(desk)[0]), "https://other.example.com/")
    code, said = run("delete", hook.id)
    assert code == 2
    assert "it belongs to something else and is left alone" in said
    assert list(desk.tenant.webhooks) == [hook.id]
    assert actions(desk) == []


def test_a_webhook_that_is_not_there_is_a_failure(desk: Live, run: Run) -> None:
    code, said = run("delete", 45)
    assert (code, "It is not there" in said) == (1, True)


# ── when Smartsheet does not answer ───────────────────────────────────────────────────────────────────────────────────


def test_when_smartsheet_is_down_the_answer_is_to_try_later(desk: Live, run: Run) -> None:
    desk.emulator.faults.add(Fault.read({"match": "/webhooks", "kind": "api", "args": {"status": 503, "code": 4001}}))
    assert answered(run("list", "--json"))["exit_code"] == 75
    assert run("delete", 1)[0] == 75


def test_without_a_token_nothing_is_asked(desk: Live, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMARTSHEET_ACCESS_TOKEN")
    assert run("list")[0] == 2
    assert desk.asked() == []


# ── the whole way ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_from_an_edit_to_its_name_in_the_trail(desk: Live, listened: str, run: Run) -> None:
    """Two people write one row, a third deletes another: the row itself names only its last writer, and no deleter."""
    tenant, sheet_id = desk.tenant, sheets(desk)[0]
    assert run("create", sheet_id)[0] == 0
    desk.sync()
    sheet = tenant.find_sheet(sheet_id)
    first, gone = sheet.rows[0], sheet.rows[3]
    tenant.tick(120)
    tenant.edit(sheet, first, "Pole #", "Point 900", "ann@example.com")
    tenant.tick(30)
    tenant.edit(sheet, first, "Foreman", "Foreman 99", "bob@example.com")
    tenant.delete_row(sheet, gone, "carla@example.com")
    tenant.tick(30)
    assert tenant.deliver_webhooks() == [200]
    (kept,) = rows(desk, "SELECT * FROM webhook_events")
    assert (kept["sheet_id"], kept["processed"]) == (str(sheet_id), WAITING)
    desk.asked()
    desk.sync()
    assert not any("history" in path for path in desk.asked())
    told = {(each["row_id"], each["column_name"]): each for each in desk.events("AND kind = 'change'")}
    assert {key: (each["changed_by"], each["who_evidence"]) for key, each in told.items()} == {
        (str(first.id), "Pole #"): ("ann@example.com", "webhook"),
        (str(first.id), "Foreman"): ("bob@example.com", "webhook"),
        (str(gone.id), "(row)"): ("carla@example.com", "webhook"),
    }
    assert told[str(first.id), "Pole #"]["changed_at"] < told[str(first.id), "Foreman"]["changed_at"]
    assert rows(desk, "SELECT processed FROM webhook_events") == [{"processed": SEEN}]


def test_smartsheet_asks_for_the_challenge_again_after_a_hundred_callbacks(desk: Live, listened: str, run: Run) -> None:
    tenant, sheet_id = desk.tenant, sheets(desk)[0]
    assert run("create", sheet_id)[0] == 0
    (hook,) = tenant.webhooks.values()
    hook.callbacks = 100
    tenant.edit(tenant.find_sheet(sheet_id), 1, "Pole #", "Point 900", "ann@example.com")
    assert tenant.deliver_webhooks() == [200]
    assert hook.enabled


def test_an_installation_that_was_switched_off_loses_no_webhook_at_once(desk: Live, listened: str, run: Run) -> None:
    tenant, sheet_id = desk.tenant, sheets(desk)[0]
    assert run("create", sheet_id)[0] == 0
    configure(desk, enabled=False, url=listened)
    tenant.edit(tenant.find_sheet(sheet_id), 1, "Pole #", "Point 900", "ann@example.com")
    assert tenant.deliver_webhooks() == [404]
    configure(desk, enabled=True, url=listened)
    assert tenant.deliver_webhooks() == [200]
    assert len(rows(desk, "SELECT * FROM webhook_events")) == 1
    assert Workspace.open(desk.config).settings.webhook.enabled
