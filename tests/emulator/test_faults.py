"""Every fault does what its name says, on the wire."""

import gzip
import http.client
import json
import time
import urllib.request
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.emulator import Emulator, Fault, Tenant, billing_sheet, serving
from tests.emulator.clients import ask
from tests.emulator.faults import KINDS
from tests.emulator.state import Sheet

ANN = "ann@example.com"


def whole(emu: Emulator, sheet: Sheet, **query: Any) -> Any:
    """The sheet as JSON."""
    return ask(emu, f"/sheets/{sheet.id}", **query).json


def test_a_fault_strikes_the_nth_request(emu: Emulator) -> None:
    emu.faults.add(Fault("api", r"GET /users/me$", when=2))
    assert [ask(emu, "/users/me").status for _ in range(4)] == [200, 500, 200, 200]
    emu.faults.clear()
    emu.faults.add("api", r"GET /users/me$", when=2, times=2)
    assert [ask(emu, "/users/me").status for _ in range(4)] == [200, 500, 500, 200]
    assert ask(emu, "/groups").status == 200
    assert [call.fault for call in emu.log[-5:]] == ["", "api", "api", "", ""]


def test_a_fault_strikes_at_random_but_the_same_way(tenant: Tenant) -> None:
    found = []
    for _ in range(2):
        with serving(tenant) as emu:
            emu.faults.add("api", "GET", when=0.5)
            found.append([ask(emu, "/users/me").status for _ in range(40)])
    assert found[0] == found[1]
    assert 5 < found[0].count(500) < 35


def test_a_fault_strikes_within_a_window_of_virtual_time(tenant: Tenant, emu: Emulator) -> None:
    emu.faults.add("api", "GET", when=(10, 20), at=tenant.now)
    seen = []
    for _ in range(5):
        seen.append(ask(emu, "/users/me").status)
        tenant.tick(6)
    assert seen == [200, 200, 500, 500, 200]  # after 0, 6, 12, 18 and 24 s


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="no fault nonsense"):
        Fault("nonsense")


@pytest.mark.parametrize(
    ("given", "sent"), [("none", None), (3, "3"), ("garbage", "soon, please"), ("huge", "999999999")]
)
def test_rate(emu: Emulator, given: Any, sent: str | None) -> None:
    emu.faults.add("rate", times=1, args={"retry_after": given})
    answer = ask(emu, "/users/me")
    assert answer.error == (429, 4003)
    assert answer.headers.get("retry-after") == sent
    assert ask(emu, "/users/me").status == 200


def test_rate_with_other_bodies(emu: Emulator) -> None:
    emu.faults.add("rate", times=1, args={"retry_after": "http-date", "body": "text", "seconds": 5})
    emu.faults.add("rate", when=2, args={"body": "empty"})
    text, empty = ask(emu, "/users/me"), ask(emu, "/users/me")
    assert (text.status, text.body) == (429, b"Too Many Requests")
    assert text.headers["retry-after"] == "Mon, 27 Jul 2026 14:00:05 GMT"
    assert (empty.status, empty.body) == (429, b"")


@pytest.mark.parametrize(
    "pair",
    [(500, 4000), (500, 4002), (500, 4004), (503, 4001), (401, 1002), (401, 1003), (403, 1004), (404, 1006),
     (400, 1008), (410, 4005)],
)  # fmt: skip
def test_api(emu: Emulator, pair: tuple[int, int]) -> None:
    emu.faults.add("api", args={"status": pair[0], "code": pair[1]})
    assert ask(emu, "/users/me").error == pair


@pytest.mark.parametrize("status", [200, 502, 503, 504])
def test_html(emu: Emulator, status: int) -> None:
    emu.faults.add("html", args={"status": status})
    answer = ask(emu, "/users/me")
    assert (answer.status, answer.headers["content-type"]) == (status, "text/html")
    assert answer.body.startswith(b"<html>")


def test_hang_before(emu: Emulator) -> None:
    emu.faults.add("hang_before", args={"seconds": 0.3})
    start = time.monotonic()
    with pytest.raises(http.client.RemoteDisconnected):
        ask(emu, "/users/me")
    assert 0.3 <= time.monotonic() - start < 2
    assert (emu.log[0].status, emu.log[0].fault) == (0, "hang_before")


def test_hang_body(emu: Emulator, sheet: Sheet) -> None:
    emu.faults.add("hang_body", args={"seconds": 0.3})
    start = time.monotonic()
    with pytest.raises(http.client.IncompleteRead):
        whole(emu, sheet)
    assert 0.3 <= time.monotonic() - start < 2


def test_drip(emu: Emulator) -> None:
    emu.faults.add("drip", args={"seconds": 0.2, "interval": 0.05, "finish": True}, times=1)
    emu.faults.add("drip", args={"seconds": 0.2, "interval": 0.05})
    start = time.monotonic()
    assert ask(emu, "/users/me").json["email"] == "auditor@example.com"
    assert 0.2 <= time.monotonic() - start < 2
    with pytest.raises(http.client.IncompleteRead) as error:
        ask(emu, "/users/me")
    assert len(error.value.partial) == 4


def test_reset(emu: Emulator) -> None:
    emu.faults.add("reset")
    with pytest.raises(ConnectionResetError) as error:
        ask(emu, "/users/me")
    assert not isinstance(error.value, http.client.RemoteDisconnected)


def test_eof(emu: Emulator) -> None:
    emu.faults.add("eof")
    with pytest.raises(http.client.RemoteDisconnected):
        ask(emu, "/users/me")


@pytest.mark.parametrize("kind", ["truncate_len", "truncate_chunk"])
def test_a_cut_body(emu: Emulator, sheet: Sheet, kind: str) -> None:
    emu.faults.add(kind)
    with pytest.raises(http.client.IncompleteRead):
        whole(emu, sheet)


def test_truncate_json(emu: Emulator, sheet: Sheet) -> None:
    emu.faults.add("truncate_json")
    answer = ask(emu, f"/sheets/{sheet.id}")
    assert (answer.status, int(answer.headers["content-length"])) == (200, len(answer.body))
    with pytest.raises(json.JSONDecodeError):
        _ = answer.json


def test_bad_gzip(emu: Emulator, sheet: Sheet) -> None:
    emu.faults.add("bad_gzip")
    answer = ask(emu, f"/sheets/{sheet.id}", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    with pytest.raises((OSError, EOFError, zlib.error)):
        gzip.decompress(answer.body)


def test_bad_utf8(emu: Emulator, sheet: Sheet) -> None:
    emu.faults.add("bad_utf8")
    with pytest.raises(UnicodeDecodeError):
        ask(emu, f"/sheets/{sheet.id}").body.decode()


def test_numbers_that_are_none(emu: Emulator, sheet: Sheet) -> None:
    emu.faults.add("nan", times=1)
    emu.faults.add("huge_int", when=2, args={"digits": 50})
    assert b'"value":NaN' in ask(emu, f"/sheets/{sheet.id}").body
    assert b'"value":' + b"9" * 50 in ask(emu, f"/sheets/{sheet.id}").body


def test_a_redirect_is_not_followed_with_the_token(emu: Emulator) -> None:
    with serving(Tenant()) as elsewhere:
        emu.faults.add("redirect", args={"location": f"{elsewhere.base}/users/me"})
        answer = ask(emu, "/users/me")
        assert (answer.status, answer.headers["location"]) == (302, f"{elsewhere.base}/users/me")
        request = urllib.request.Request(f"{emu.base}/users/me", headers={"Authorization": "Bearer token"})
        urllib.request.urlopen(request, timeout=5).close()  # this client gives the token away: the log shows it
        assert [call.token for call in elsewhere.log] == ["token"]


Check = Callable[[Any, Any], bool]


@pytest.mark.parametrize(
    ("kind", "args", "check"),
    [
        ("dup_rows", {"count": 2}, lambda old, new: len(new["rows"]) == len(old["rows"]) + 2),
        ("dup_cells", {}, lambda _, new: new["rows"][0]["cells"][0] == new["rows"][0]["cells"][-1]),
        ("dup_titles", {}, lambda _, new: new["columns"][0]["title"] == new["columns"][1]["title"]),
        ("missing_cells", {"share": 1}, lambda _, new: not any(row["cells"] for row in new["rows"])),
        ("extra_cells", {}, lambda old, new: len(new["rows"][0]["cells"]) == len(old["rows"][0]["cells"]) + 1),
        ("unknown_enum", {}, lambda _, new: (new["columns"][0]["type"], new["accessLevel"]) == ("QUANTUM", "OVERSEER")),
        ("unknown_field", {}, lambda _, new: "brandNew" in new["rows"][0] and "brandNew" in new["columns"][0]),
        ("unknown_object_type", {}, lambda _, new: b"HOLOGRAM" in json.dumps(new).encode()),
        ("string_ids", {}, lambda old, new: new["rows"][0]["id"] == str(old["rows"][0]["id"])),
        ("string_version", {}, lambda old, new: new["version"] == str(old["version"])),
        ("numeric_dates", {}, lambda _, new: isinstance(new["rows"][0]["modifiedAt"], int)),
        ("version_back", {"by": 2}, lambda old, new: new["version"] == old["version"] - 2),
        ("empty_rows", {}, lambda _, new: (new["rows"], new["totalRowCount"]) == ([], 30)),
        ("partial_rows", {"share": 0.5}, lambda _, new: (len(new["rows"]), new["totalRowCount"]) == (15, 30)),
        ("skew", {"rows_seconds": 10**6}, lambda old, new: new["rows"][0]["modifiedAt"] > old["modifiedAt"]),
    ],
)  # fmt: skip
def test_changed_content(emu: Emulator, tenant: Tenant, sheet: Sheet, kind: str, args: Any, check: Check) -> None:
    for quantity in (7, 8, 9):
        tenant.edit(sheet, 30, "Quantity", quantity, ANN)
    old = whole(emu, sheet)
    emu.faults.add(kind, rf"GET /sheets/{sheet.id}$", args=args, times=1)
    assert check(old, whole(emu, sheet))
    assert old["rows"] == whole(emu, sheet)["rows"]


def test_a_list_that_is_not_up_to_date(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    billing_sheet(tenant, "South", 1, 1)
    tenant.edit(sheet, 1, "CU", "POL-45-1", ANN)
    emu.faults.add("stale_list", "GET /sheets$", times=1, args={"hide": ["North"]})
    emu.faults.add("stale_list", "GET /sheets$", when=2, args={"back": 1})
    emu.faults.add("version_back", "GET /sheets", when=3)
    names = [each["name"] for each in ask(emu, "/sheets").json["data"]]
    versions = {each["name"]: each["version"] for each in ask(emu, "/sheets", include="sheetVersion").json["data"]}
    assert (names, versions) == (["South"], {"North": 1, "South": 1})
    assert ask(emu, f"/sheets/{sheet.id}/version").json == {"version": 1}


@pytest.mark.parametrize(("claim", "version"), [("old", 1), ("new", 3)])
def test_stale_version(tenant: Tenant, sheet: Sheet, emu: Emulator, claim: str, version: int) -> None:
    before = whole(emu, sheet, include="writerInfo")
    tenant.edit(sheet, 1, "CU", "POL-45-1", ANN)
    tenant.delete_row(sheet, 2, ANN)
    emu.faults.add("stale_version", times=1, args={"mutations": 2, "version": claim})
    stale = whole(emu, sheet, include="writerInfo")
    assert stale["rows"] == before["rows"]
    assert (stale["version"], stale["totalRowCount"]) == (version, 30)
    assert (whole(emu, sheet)["version"], whole(emu, sheet)["totalRowCount"]) == (3, 29)


def test_mutate_during_paging(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    first = sheet.rows[0].id
    args = {"page": 2, "name": "delete_row", "args": {"sheet": sheet.id, "row": first, "by": ANN}}
    emu.faults.add("mutate_during_paging", rf"GET /sheets/{sheet.id}$", times=1, args=args)
    pages = [whole(emu, sheet, page=page, pageSize=10) for page in (1, 2, 3)]
    assert [page["version"] for page in pages] == [1, 1, 2]
    assert [len(page["rows"]) for page in pages] == [10, 10, 9]
    emu.faults.add("mutate_during_paging", rf"GET /sheets/{sheet.id}$", times=1)
    assert [whole(emu, sheet, page=page, pageSize=10)["version"] for page in (1, 2)] == [2, 3]


def test_skew(emu: Emulator) -> None:
    emu.faults.add("skew", args={"seconds": -3600})
    assert ask(emu, "/users/me").headers["date"] == "Mon, 27 Jul 2026 13:00:00 GMT"


def test_token_flip(tenant: Tenant, emu: Emulator) -> None:
    emu.faults.add("token_flip", "GET /groups$", args={"state": "expired"})
    assert ask(emu, "/users/me").status == 200
    assert ask(emu, "/groups").error == (401, 1003)
    assert ask(emu, "/users/me").error == (401, 1003)
    assert tenant.token.state == "expired"


def test_faults_leave_a_connection_usable_where_http_allows(emu: Emulator, sheet: Sheet) -> None:
    parts = urlsplit(emu.base)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    emu.faults.add("truncate_json", when=1)
    emu.faults.add("bad_utf8", when=2)
    try:
        for _ in range(3):
            connection.request("GET", f"/2.0/sheets/{sheet.id}", headers={"Authorization": "Bearer token"})
            answer = connection.getresponse().read()
        assert json.loads(answer)["id"] == sheet.id
    finally:
        connection.close()


def test_stopping_does_not_wait_for_a_hanging_answer(tenant: Tenant) -> None:
    start = time.monotonic()
    with serving(tenant) as emu:
        emu.faults.add("hang_before", args={"seconds": 60})
        with pytest.raises(TimeoutError):
            urllib.request.urlopen(f"{emu.base}/users/me", timeout=0.2)
    assert time.monotonic() - start < 5


def test_every_kind_is_tested_here() -> None:
    text = Path(__file__).read_text()
    assert [kind for kind in sorted(KINDS) if f'"{kind}"' not in text] == []
