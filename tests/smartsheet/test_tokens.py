"""The token: what is said when it fails, how it is replaced, and that it is nowhere."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audit_core.workspace import Workspace
from jobs.execute import execute
from jobs.tasks import JOBS
from tests.emulator import Tenant, billing_sheet, serving
from tests.jobs.processes import LONG_S
from tests.live import Live, live

pytestmark = pytest.mark.in_turn(3)

CANARY = "cAnArY7token0that1must2never3show4anywhere"
ROOT = Path(__file__).resolve().parents[2]


def two_sheets() -> Tenant:
    """The same tenant every time."""
    tenant = Tenant(seed=4)
    tenant.rate_limit = False
    for number in range(2):
        billing_sheet(tenant, f"Billing {number}", 8, seed=number)
    return tenant


@pytest.fixture(scope="module")
def read_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an installation that read both sheets."""
    with live(tmp_path_factory.mktemp("original"), two_sheets()) as made:
        made.sync()
        return made.root / "data"


@pytest.fixture
def desk(read_once: Path, tmp_path: Path) -> Iterator[Live]:
    """Two sheets that were read once."""
    shutil.copytree(read_once, tmp_path / "data")
    tenant = two_sheets()
    with live(tmp_path, tenant) as made:
        tenant.tick(600)
        yield made


def edit_all(desk: Live) -> None:
    for sheet in desk.tenant.sheets.values():
        desk.tenant.edit(sheet, sheet.rows[0].id, "Quantity", 71, "ann@example.com")


def test_expired_revoked_and_unshared_say_different_things_to_do(desk: Live) -> None:
    edit_all(desk)
    said = []
    for state in ("expired", "revoked"):
        desk.tenant.token.state = state
        result = desk.run()
        assert (result.exit_code, result.status) == (75, "failed")
        assert "SMARTSHEET_ACCESS_TOKEN" in result.message
        said.append(result.message)
    desk.tenant.token.state = "ok"
    sheet = next(iter(desk.tenant.sheets.values()))
    desk.tenant.deny(sheet, "auditor@example.com")
    result = desk.run()
    assert (result.exit_code, result.status) == (3, "partial")
    [spot] = [each for each in result.counters["blind_spots"] if each["sheet"] == sheet.name]
    assert "share it again" in spot["detail"]
    said.append(spot["detail"])
    assert len(set(said)) == 3


def test_a_deleted_sheet_is_missing_and_its_events_stay(desk: Live) -> None:
    sheet = next(iter(desk.tenant.sheets.values()))
    desk.tenant.delete_sheet(sheet, "ann@example.com")
    for _ in range(2):
        result = desk.run()
        assert result.exit_code == 3
        [spot] = [each for each in result.counters["blind_spots"] if each["sheet"] == sheet.name]
        assert "deleted" in spot["detail"]
    assert desk.events() == []  # no row was told as deleted
    desk.tenant.restore(sheet, "ann@example.com")
    assert desk.run().exit_code == 0


def test_a_token_that_is_revoked_in_the_middle_leaves_the_rest_unread(desk: Live) -> None:
    edit_all(desk)
    first, second = desk.tenant.sheets.values()
    desk.emulator.faults.add(
        "token_flip", rf"GET /sheets/{max(first.id, second.id)}$", when=1, args={"state": "revoked"}
    )
    result = desk.run()
    assert (result.exit_code, result.status) == (3, "partial")
    assert "revoked" in result.message
    desk.tenant.token.state = "ok"
    assert desk.run().exit_code == 0
    assert len(desk.events("AND column_name = 'Quantity'")) == 2


def test_the_next_token_takes_over_in_the_same_run(desk: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    edit_all(desk)
    desk.tenant.new_token("another", desk.tenant.me)
    desk.tenant.token.state = "expired"
    monkeypatch.setenv("SMARTSHEET_ACCESS_TOKEN_NEXT", "another")
    result = desk.run()
    assert result.exit_code == 0
    assert len(desk.events("AND column_name = 'Quantity'")) == 2
    assert any("SMARTSHEET_ACCESS_TOKEN" in spot["detail"] for spot in result.counters["blind_spots"])


def test_a_token_in_the_env_file_is_read_at_every_run(desk: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMARTSHEET_ACCESS_TOKEN")
    kept = desk.root / ".env"
    kept.write_text("SMARTSHEET_ACCESS_TOKEN=token\n")
    kept.chmod(0o644)
    result = desk.run()
    assert result.exit_code == 2
    assert "chmod 600" in result.message
    kept.chmod(0o600)
    assert desk.run().exit_code == 0
    desk.tenant.new_token("another", desk.tenant.me)
    desk.tenant.token.state = "revoked"
    kept.write_text("SMARTSHEET_ACCESS_TOKEN=another\n")
    assert desk.run().exit_code == 0
    kept.unlink()
    result = desk.run()
    assert result.exit_code == 2
    assert "There is no Smartsheet token" in result.message


def test_a_server_that_repeats_the_token_makes_nobody_keep_it(desk: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.tenant.new_token(CANARY, desk.tenant.me)
    monkeypatch.setenv("SMARTSHEET_ACCESS_TOKEN", CANARY)
    edit_all(desk)
    said = f"Your token {CANARY} is odd"
    desk.emulator.faults.add("api", r"GET /sheets/\d+$", args={"status": 400, "code": 5001, "message": said})
    result = desk.run()
    assert "is odd" in result.message
    assert CANARY not in json.dumps(result.as_dict())
    for path in desk.root.rglob("*"):
        assert not path.is_file() or CANARY.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("token", ["tokén", "two words", "line\nend"])
def test_what_can_be_no_token_is_refused_before_it_is_sent(
    desk: Live, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("SMARTSHEET_ACCESS_TOKEN", token)
    desk.asked()
    result = desk.run()
    assert result.exit_code == 2
    assert "SMARTSHEET_ACCESS_TOKEN holds characters" in result.message
    assert token not in result.message
    assert desk.asked() == []


def jobs(config: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SMARTSHEET")}
    environment |= {"AUDIT_CONFIG": str(config), "SMARTSHEET_ACCESS_TOKEN": CANARY, "LOG_CFG": "DEBUG"}
    command = [sys.executable, "-m", "jobs", *words]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=LONG_S
    )


@pytest.mark.parametrize(
    "trouble", [None, "expired", *(pytest.param(each, marks=pytest.mark.soak) for each in ("html", "redirect"))]
)
def test_the_token_is_nowhere(tmp_path: Path, trouble: str | None) -> None:
    tenant = Tenant(seed=6)
    tenant.new_token(CANARY, tenant.me, "expired" if trouble == "expired" else "ok")
    sheet = billing_sheet(tenant, "Billing", 8, seed=1)
    with serving(tenant) as emulator:
        source: dict[str, Any] = {"kind": "smartsheet", "api_base": emulator.base, "sheet_ids": [sheet.id]}
        config = tmp_path / "config.json"
        config.write_text(json.dumps({"data_dir": "data", "source": source}))
        if trouble and trouble != "expired":
            emulator.faults.add(trouble, "", when=0.5)
        said = [jobs(config, "run", "sync", "--json")]
        emulator.faults.clear()
        if trouble is None:
            tenant.edit(sheet, sheet.rows[0].id, "Quantity", 99, "ann@example.com")
            said += [jobs(config, "run", "sync"), jobs(config, "run", "backup", "--json"), jobs(config, "status")]
    assert said[0].returncode == {None: 0, "expired": 75}.get(trouble, said[0].returncode)
    for each in said:
        assert CANARY not in each.stdout + each.stderr
        assert "Traceback" not in each.stdout + each.stderr
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "audit.db" for path in files) or trouble
    for path in files:
        assert CANARY.encode() not in path.read_bytes(), path


def test_the_token_is_in_no_exception(desk: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in the exception, nor in anything that it carries along."""
    monkeypatch.setenv("SMARTSHEET_ACCESS_TOKEN", CANARY)
    desk.emulator.faults.add("reset", "GET /sheets$")
    workspace = Workspace.open(desk.config)
    source = workspace.source()
    with pytest.raises(Exception) as raised:
        source.listing({})
    error: BaseException | None = raised.value
    while error is not None:
        assert CANARY not in repr(error) + repr(vars(error)) + repr(error.args)
        assert not hasattr(error, "request")
        error = error.__cause__ or error.__context__
    workspace.store.database.close()
    assert execute(workspace, JOBS["sync"]).exit_code == 75
