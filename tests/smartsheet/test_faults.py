"""Everything an API can do to a client, once and lastingly: one bad answer is survived, lasting ones are told, and the
next clean sync has every change exactly once."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audit_core.sources.smartsheet import transport
from audit_core.store.verify import verify
from tests.emulator import Fault, Tenant, billing_sheet, net
from tests.live import Live, live
from tests.smartsheet.judged import judged

LIST, BODY = r"GET /sheets$", r"GET /sheets/\d+$"
CODES = [(500, 4000), (500, 4002), (500, 4004), (503, 4001), (401, 1002), (401, 1003), (403, 1004), (404, 1006),
         (400, 1008), (410, 4005)]  # fmt: skip
RATES = ["none", "1", "http-date", "garbage", "huge", "-5", "0"]

FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    **{f"rate, Retry-After {form}": ("rate", {"retry_after": form, "seconds": 3}) for form in RATES},
    **{f"rate as {body}": ("rate", {"body": body}) for body in ("text", "empty")},
    **{f"{status}/{code}": ("api", {"status": status, "code": code}) for status, code in CODES},
    **{f"html {status}": ("html", {"status": status}) for status in (200, 502, 503, 504)},
    **{kind: (kind, {"seconds": 2}) for kind in ("hang_before", "hang_body", "drip")},
    **{kind: (kind, {}) for kind in ("reset", "eof", "truncate_len", "truncate_chunk", "truncate_json", "bad_gzip")},
    **{kind: (kind, {}) for kind in ("bad_utf8", "nan", "huge_int", "redirect")},
}  # fmt: skip
BODY_FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    kind: (kind, {})
    for kind in ("dup_rows", "dup_cells", "dup_titles", "missing_cells", "extra_cells", "empty_rows", "partial_rows",
                 "version_back", "stale_version")
}  # fmt: skip
HARMLESS: dict[str, tuple[str, dict[str, Any]]] = {
    **{kind: (kind, {}) for kind in ("unknown_enum", "unknown_field", "unknown_object_type", "string_ids")},
    **{kind: (kind, {}) for kind in ("string_version", "numeric_dates")},
    "clock an hour ahead": ("skew", {"seconds": 3600}),
    "clock an hour behind": ("skew", {"seconds": -3600}),
    "rows of the future": ("skew", {"seconds": 0, "rows_seconds": 7200}),
    "list without a sheet": ("stale_list", {}),
    "list of yesterday": ("stale_list", {"back": 3}),
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits half a minute for a test."""
    monkeypatch.setattr(transport, "SILENCE_S", 0.5)
    monkeypatch.setattr(transport, "_SLOW_AFTER_S", 0.5)


def three_sheets() -> Tenant:
    """The same tenant every time."""
    tenant = Tenant(seed=3)
    tenant.rate_limit = False
    for number in range(3):
        billing_sheet(tenant, f"Billing {number}", 12, seed=number)
    return tenant


@pytest.fixture(scope="module")
def read_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an installation that read the three sheets."""
    with live(tmp_path_factory.mktemp("original"), three_sheets()) as made:
        assert made.run().exit_code == 0
        return made.root / "data"


@pytest.fixture
def desk(read_once: Path, tmp_path: Path) -> Iterator[Live]:
    """Three sheets that were read once."""
    shutil.copytree(read_once, tmp_path / "data")
    with live(tmp_path, three_sheets()) as made:
        yield made


def change(desk: Live) -> None:
    """Something happens on every sheet."""
    desk.tenant.tick(600)
    for sheet in desk.tenant.sheets.values():
        desk.tenant.edit(sheet, sheet.rows[0].id, "Quantity", 77, "ann@example.com")
        desk.tenant.edit(sheet, sheet.rows[1].id, "Foreman", "Foreman 99", "bob@example.com")
        desk.tenant.delete_row(sheet, sheet.rows[-1].id, "carla@example.com")
    desk.tenant.tick(120)


def hit(desk: Live, fault: tuple[str, dict[str, Any]], match: str, **when: Any) -> Fault:
    kind, args = fault
    rule: Fault = desk.emulator.faults.add(kind, match, args=args, **when)
    return rule


def check_whole(desk: Live, before: Any) -> None:
    """Everything that happened since `before` is in the trail once, and the trail is whole."""
    after = desk.tenant.mark()
    score = judged(desk.events(), net(before, after), after, before)
    assert (score.missing, score.invented, score.blamed) == ([], [], [])
    workspace = desk.open()
    verify(workspace.store.database, workspace.store.snapshots, workspace.store.anchor_file, [])
    workspace.store.database.close()


def sentence(text: str) -> bool:
    return bool(re.match(r"\S.*\.$", text)) and "Traceback" not in text and "\n" not in text


@pytest.mark.in_turn(8)
@pytest.mark.parametrize(
    ("name", "match"),
    [*((name, LIST) for name in FAULTS), *((name, BODY) for name in (*FAULTS, *BODY_FAULTS))],
    ids=str,
)
def test_one_bad_answer_is_survived(desk: Live, name: str, match: str) -> None:
    before = desk.tenant.mark()
    change(desk)
    rule = hit(desk, (FAULTS | BODY_FAULTS)[name], match, when=1)
    result = desk.run()
    assert rule.fired == 1
    assert (result.exit_code, result.status) == (0, "ok"), result.message
    check_whole(desk, before)


@pytest.mark.in_turn(4)
@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_only_odd_changes_nothing(desk: Live, name: str) -> None:
    before = desk.tenant.mark()
    change(desk)
    rule = hit(desk, HARMLESS[name], r"GET /sheets", times=4)
    result = desk.run()
    assert rule.fired
    assert (result.exit_code, result.status) == (0, "ok"), result.message
    desk.emulator.faults.clear()
    assert desk.run().exit_code == 0
    check_whole(desk, before)


# two columns of one title, told twice in the same words, are how the sheet is
@pytest.mark.in_turn(8)
@pytest.mark.parametrize("name", sorted({*FAULTS, *BODY_FAULTS} - {"dup_titles"}))
def test_a_sheet_that_stays_bad_is_a_blind_spot(desk: Live, name: str) -> None:
    before = desk.tenant.mark()
    change(desk)
    bad = list(desk.tenant.sheets.values())[1]
    fault = (FAULTS | BODY_FAULTS)[name]
    hit(desk, fault, rf"GET /sheets/{bad.id}$")
    result = desk.run()
    if name == "version_back":  # so does a sheet look that was restored from a backup
        assert result.exit_code in (0, 3)
    else:
        assert (result.exit_code, result.status) == (3, "partial"), result.message
        assert any(spot["sheet"] == bad.name for spot in result.counters["blind_spots"])
    assert all(sentence(spot["detail"]) for spot in result.counters["blind_spots"])
    desk.emulator.faults.clear()
    desk.time.sleep(900)
    assert desk.run().exit_code == 0
    check_whole(desk, before)


@pytest.mark.in_turn(8)
@pytest.mark.parametrize("name", sorted(set(FAULTS) - {"huge_int"}))  # a list has no numbers but ids
def test_nothing_to_be_read_is_said(desk: Live, name: str) -> None:
    before = desk.tenant.mark()
    change(desk)
    hit(desk, FAULTS[name], r"GET /sheets$")
    slept = desk.time.slept
    result = desk.run()
    assert (result.exit_code, result.status) == (75, "failed"), result.message
    assert sentence(result.message)
    assert desk.time.slept - slept <= 120
    desk.emulator.faults.clear()
    desk.time.sleep(900)
    assert desk.run().exit_code == 0
    check_whole(desk, before)
