"""The control side over HTTP, the emulator as a process, and how fast it is."""

import gzip
import json
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from tests.emulator import Call, Emulator, Tenant, billing_sheet, worst_minute
from tests.emulator.clients import ask, history
from tests.emulator.estate import START
from tests.emulator.rendering import Look, rows_piece
from tests.emulator.state import Sheet

ANN = "ann@example.com"


def test_a_tenant_is_changed_and_read_over_http(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    args = {"sheet": "North", "row": 1, "col": "CU", "value": "POL-45-1", "by": ANN}
    assert ask(emu, "/_emu/mutate", "POST", {"name": "edit", "args": args}).status == 200
    made = ask(
        emu, "/_emu/mutate", "POST", {"name": "add_row", "args": {"sheet": sheet.id, "values": {"CU": "x"}}}
    ).json
    assert made == {"made": sheet.rows[-1].id}
    state = ask(emu, "/_emu/state").json
    assert (state["sheets"][0]["version"], state["sheets"][0]["rows"], state["knobs"]["rate_limit"]) == (3, 31, True)
    truth = ask(emu, "/_emu/truth").json
    assert [(fact["kind"], fact["actor"]) for fact in truth] == [("edit", ANN), ("row_added", "owner@example.com")]
    assert ask(emu, "/_emu/tick", "POST", {"seconds": 90}).json["now"] == "2026-07-27T14:01:30Z"
    assert ask(emu, "/_emu/set", "POST", {"list_lag": [5, 65], "rate_limit": False}).status == 200
    assert (tenant.list_lag, tenant.rate_limit) == ((5, 65), False)
    assert ask(emu, "/_emu/faults", "POST", {"kind": "api", "when": [0, 10]}).json[0]["kind"] == "api"
    assert ask(emu, "/users/me").status == 500
    assert ask(emu, "/_emu/faults", "DELETE").json == []
    ask(emu, "/_emu/token", "POST", {"token": "token", "state": "expired"})
    assert ask(emu, "/users/me").error == (401, 1003)
    assert ask(emu, "/_emu/deliver", "POST").json == {"statuses": []}
    log = ask(emu, "/_emu/log").json
    assert [(call["path"], call["status"], call["fault"]) for call in log["calls"]] == [
        ("/users/me", 500, "api"), ("/users/me", 401, ""),
    ]  # fmt: skip
    assert (log["worstMinute"], log["worstHeavyMinute"]) == (2, 0)


def test_mistakes_are_told(emu: Emulator) -> None:
    for path, body in (
        ("mutate", {"name": "burn"}),
        ("mutate", {"name": "edit", "args": {"sheet": "nowhere"}}),
        ("mutate", {"name": "delete_row", "args": {"sheet": "North", "row": 99, "by": ANN}}),
        ("set", {"seed": 1}),
        ("faults", {"kind": "nonsense"}),
        ("nonsense", {}),
    ):
        answer = ask(emu, f"/_emu/{path}", "POST", body)
        assert (answer.status, list(answer.json)) == (400, ["error"])
    assert ask(emu, "/_emu/nonsense").status == 400


def test_the_log_knows_what_calls_cost(sheet: Sheet, emu: Emulator) -> None:
    ask(emu, "/sheets", include="sheetVersion")
    history(emu, sheet, sheet.rows[0].id, "CU")
    ask(emu, "/nowhere")
    assert [(call.method, call.status, call.heavy) for call in emu.log] == [
        ("GET", 200, False), ("GET", 200, True), ("GET", 404, False),
    ]  # fmt: skip
    assert emu.log[0].query == {"include": "sheetVersion"}
    assert emu.log[0].at <= emu.log[1].at <= emu.log[2].at


def test_the_worst_minute() -> None:
    def call(at: float, heavy: bool) -> Call:
        return Call("GET", "/sheets", {}, heavy, at, START, "token", "")

    log = [call(at, at % 2 == 0) for at in (0, 10, 20, 59, 60, 61, 130)]
    assert worst_minute(log) == 5  # 10 to 61
    assert worst_minute(log, heavy=True) == 3  # 0, 10 and 20; 60 comes a minute after 0
    assert worst_minute(log, virtual=True) == 7
    assert worst_minute([]) == 0


def test_the_emulator_is_a_program(tmp_path: Path) -> None:
    folder = str(Path(__file__).parent)
    command = [sys.executable, folder, "--sheets", "2", "--rows", "5", "--seed", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout is not None
        about: dict[str, Any] = json.loads(process.stdout.readline())
        request = urllib.request.Request(
            f"{about['base']}/sheets", headers={"Authorization": f"Bearer {about['token']}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            listed = json.load(answer)["data"]
        assert {each["name"]: each["id"] for each in listed} == about["sheets"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_a_large_sheet_is_written_once() -> None:
    look = Look(2, frozenset({"writerInfo", "objectValue", "columnType"}))
    spent, again = [], []
    for seed in range(3):
        tenant = Tenant(seed)
        start = time.process_time()
        sheet = billing_sheet(tenant, "Large", 2000, seed, wide=True)
        spent.append(time.process_time() - start)
        first = rows_piece(sheet, look, tenant.users)
        start = time.process_time()
        assert rows_piece(sheet, look, tenant.users) is first
        again.append(time.process_time() - start)
    assert len(sheet.columns) == 25
    assert min(spent) < 0.2
    assert min(again) < 0.001


def test_a_body_is_squeezed_when_that_is_asked_for(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    def rows(body: bytes) -> Any:
        return json.loads(body)["rows"]

    path = f"/sheets/{sheet.id}"
    plain = ask(emu, path)
    small = ask(emu, path, headers={"Accept-Encoding": "gzip, deflate"})
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert rows(gzip.decompress(small.body)) == rows(plain.body)
    assert len(small.body) < len(plain.body) / 3
    tenant.gzip = False
    assert "content-encoding" not in ask(emu, path, headers={"Accept-Encoding": "gzip"}).headers


def test_a_sheet_as_csv(sheet: Sheet, emu: Emulator) -> None:
    answer = ask(emu, f"/sheets/{sheet.id}", headers={"Accept": "text/csv"})
    lines = answer.body.decode("utf-8-sig").splitlines()
    assert answer.headers["content-disposition"] == 'attachment; filename="North.csv";'
    assert lines[0].startswith("Work Request #,Weekly Reference Logged Date,Snapshot Date,Units Completed?,Quantity")
    assert len(lines) == 31
    assert "$" in lines[1]
