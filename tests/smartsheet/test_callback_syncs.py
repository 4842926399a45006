"""Callbacks in a sync: what becomes of each, and that they never name more than they know."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audit_core.errors import SourceUnavailable
from audit_core.sources.smartsheet.client import CHANGE_AGENT
from audit_core.store.callbacks import NOT_READ, SEEN, WAITING, Callback
from tests.emulator import Fault, Tenant
from tests.emulator.state import Sheet
from tests.hooks import callback, configure, new_hook, tenant_with_sheets
from tests.live import Live, live

pytestmark = pytest.mark.in_turn(3)

ANN, BOB = "ann@example.com", "bob@example.com"
BEGUN = datetime.now(UTC).replace(microsecond=0)
"""The clock of the tenant before the first look."""


def two_hooks() -> Tenant:
    """Two sheets, each with a webhook: the same tenant every time."""
    tenant, sheets = tenant_with_sheets(2, BEGUN)
    for sheet in sheets:
        new_hook(tenant, sheet)
    return tenant


@pytest.fixture(scope="module")
def read_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an installation that read both sheets."""
    with live(tmp_path_factory.mktemp("original"), two_hooks()) as made:
        made.sync()
        return made.root / "data"


@pytest.fixture
def desk(read_once: Path, tmp_path: Path) -> Iterator[Live]:
    """Two sheets, each with a webhook, read once."""
    shutil.copytree(read_once, tmp_path / "data")
    tenant = two_hooks()
    with live(tmp_path, tenant) as desk:
        tenant.tick(600)
        yield desk


@pytest.fixture
def first(desk: Live) -> Sheet:
    """The first sheet."""
    return next(iter(desk.tenant.sheets.values()))


def arrive(desk: Live, *more: Mapping[str, Any], lose: Sequence[int] = ()) -> None:
    """Everything that waits at Smartsheet comes in, without the events whose places are lost."""
    workspace = desk.open()
    for number, hook in enumerate(desk.tenant.webhooks.values()):
        events = [event for place, event in enumerate(hook.pending) if place not in lose]
        hook.pending.clear()
        if events or more:
            body = callback(hook, *events, *more, nonce=str(desk.tenant.now))
            received = datetime.now(UTC) + timedelta(microseconds=number)
            sheet_id = str(hook.scope_object_id)
            workspace.store.callbacks.keep(Callback(received, str(hook.id), sheet_id, str(received), body.decode()))
    workspace.store.database.close()


def states(desk: Live) -> dict[str, int]:
    """Sheet id → `processed` of its newest callback."""
    workspace = desk.open()
    rows = workspace.store.database.connection().execute(
        "SELECT sheet_id, processed FROM webhook_events ORDER BY webhook_event_id"
    )
    found = {str(row[0]): int(row[1]) for row in rows}
    workspace.store.database.close()
    return found


def who(desk: Live) -> dict[str, tuple[str | None, str]]:
    """Column → (who, evidence) of the changes of the newest look."""
    newest = "AND kind = 'change' AND look = (SELECT max(look) FROM audit_events)"
    return {each["column_name"]: (each["changed_by"], each["who_evidence"]) for each in desk.events(newest)}


# ── what becomes of them ──────────────────────────────────────────────────────────────────────────────────────────────


def test_sheets_that_were_read_or_stood_still_are_seen(desk: Live, first: Sheet) -> None:
    desk.tenant.edit(first, 1, "Pole #", "Point 900", ANN)
    arrive(desk, {"objectType": "comment"})
    assert set(states(desk).values()) == {WAITING}
    desk.sync()
    assert set(states(desk).values()) == {SEEN}


def test_a_sheet_that_could_not_be_read_waits(desk: Live, first: Sheet) -> None:
    other = next(each for each in desk.tenant.sheets.values() if each is not first)
    for sheet in (first, other):
        desk.tenant.edit(sheet, 1, "Pole #", "Point 900", ANN)
    arrive(desk)
    desk.emulator.faults.add(Fault.read({"match": f"GET /sheets/{first.id}$", "kind": "api", "args": {"code": 4002}}))
    assert desk.sync()["sheets_failed"] == 1
    assert states(desk) == {str(first.id): WAITING, str(other.id): SEEN}
    desk.emulator.faults.clear()
    desk.sync()
    assert states(desk) == {str(first.id): SEEN, str(other.id): SEEN}


def test_a_sheet_that_is_not_shared_any_more_waits(desk: Live, first: Sheet) -> None:
    arrive(desk, {"objectType": "sheet"})
    desk.tenant.deny(first, desk.tenant.me.email)
    desk.sync()
    assert states(desk)[str(first.id)] == WAITING


def test_when_nothing_can_be_listed_all_wait(desk: Live) -> None:
    arrive(desk, {"objectType": "sheet"})
    desk.emulator.faults.add(
        Fault.read({"match": "GET /sheets$", "kind": "api", "args": {"status": 503, "code": 4001}})
    )
    with pytest.raises(SourceUnavailable):
        desk.sync()
    assert set(states(desk).values()) == {WAITING}


@pytest.mark.parametrize("once_read", [True, False])
def test_a_sheet_that_is_not_to_be_read_is_settled(tmp_path: Path, once_read: bool) -> None:
    tenant, (kept, left_out) = tenant_with_sheets(2)
    with live(tmp_path, tenant, sheet_ids=[kept.id, left_out.id] if once_read else [kept.id]) as desk:
        desk.sync()
        if once_read:
            text = desk.config.read_text()
            desk.config.write_text(text.replace(f", {left_out.id}]", "]"))
            assert desk.config.read_text() != text
        for sheet in (kept, left_out):
            new_hook(tenant, sheet)
        arrive(desk, {"objectType": "sheet"})
        desk.sync()
        assert states(desk) == {str(kept.id): SEEN, str(left_out.id): NOT_READ}


def test_a_rehearsal_changes_nothing(desk: Live, first: Sheet) -> None:
    from audit_core.workspace import Workspace
    from jobs.execute import execute
    from jobs.tasks import JOBS

    desk.tenant.edit(first, 1, "Pole #", "Point 900", ANN)
    arrive(desk)
    assert execute(Workspace.open(desk.config), JOBS["sync"], dry_run=True).exit_code == 0
    assert states(desk)[str(first.id)] == WAITING


# ── whom they name ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_of_two_who_wrote_one_cell_the_history_knows_the_last(desk: Live, first: Sheet) -> None:
    tenant = desk.tenant
    tenant.edit(first, 1, "Units Total Price", 1.5, ANN)
    tenant.tick(60)
    tenant.edit(first, 1, "Units Total Price", 2.5, BOB)
    arrive(desk)
    desk.asked()
    desk.sync()
    assert who(desk)["Units Total Price"] == (BOB, "cell history")
    assert sum("history" in path for path in desk.asked()) == 1


def test_callbacks_spare_the_questions(desk: Live, first: Sheet) -> None:
    tenant = desk.tenant
    tenant.edit(first, 1, "Units Total Price", 1.5, ANN)
    tenant.tick(60)
    tenant.edit(first, 1, "Foreman", "Foreman 99", BOB)
    arrive(desk)
    desk.asked()
    desk.sync()
    assert who(desk) == {"Units Total Price": (ANN, "webhook"), "Foreman": (BOB, "webhook")}
    assert not [path for path in desk.asked() if "history" in path]


def test_where_some_were_lost_the_others_are_not_believed(desk: Live, first: Sheet) -> None:
    """Bob's second write of the cell was announced while the webhook was off."""
    tenant = desk.tenant
    tenant.edit(first, 1, "Pole #", "Point 900", ANN)
    tenant.tick(60)
    tenant.edit(first, 1, "Pole #", "Point 901", BOB)
    arrive(desk, lose=[1])
    desk.sync()
    assert who(desk)["Pole #"] == (BOB, "cell history")


def test_a_calculated_price_stays_calculated(desk: Live, first: Sheet) -> None:
    desk.tenant.edit(first, 1, "Quantity", 77, ANN)
    arrive(desk)
    desk.sync()
    assert who(desk)["Quantity"] == (ANN, "webhook")
    assert who(desk)["Units Total Price"][1] == "recalculated"


def test_what_this_program_wrote_is_told_apart(desk: Live, first: Sheet) -> None:
    tenant = desk.tenant
    tenant.edit(first, 1, "Pole #", "Point 900", tenant.me)
    (event,) = next(iter(tenant.webhooks.values())).pending
    event["changeAgent"] = CHANGE_AGENT
    arrive(desk)
    desk.sync()
    assert who(desk)["Pole #"] == (tenant.me.email, "own write")


def test_a_row_that_moved_away_names_who_moved_it(desk: Live, first: Sheet) -> None:
    other = next(each for each in desk.tenant.sheets.values() if each is not first)
    desk.tenant.move_to_sheet(first, 2, other, BOB)
    arrive(desk)
    desk.sync()
    removed = desk.events("AND kind = 'change' AND new_value IS NULL AND column_name = '(row)'")
    assert [(each["changed_by"], each["who_evidence"]) for each in removed] == [(BOB, "webhook")]


def test_callbacks_of_long_ago_do_not_name_anybody_now(desk: Live, first: Sheet) -> None:
    tenant = desk.tenant
    tenant.edit(first, 1, "Pole #", "Point 900", ANN)
    arrive(desk)
    desk.sync()
    tenant.tick(600)
    tenant.edit(first, 1, "Pole #", "Point 901", BOB)
    for hook in tenant.webhooks.values():
        hook.pending.clear()
    desk.sync()
    assert who(desk)["Pole #"] == (BOB, "cell history")


def test_without_webhooks_everything_is_as_before(desk: Live, first: Sheet) -> None:
    configure(desk)
    desk.tenant.edit(first, 1, "Pole #", "Point 900", ANN)
    desk.sync()
    assert who(desk)["Pole #"] == (ANN, "cell history")
