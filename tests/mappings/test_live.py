"""A title of a live sheet, mapped by hand: the next sync reads by it, and the decision follows the column."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audit_core.mappings.decide import decide, withdraw
from audit_core.mappings.sheets_now import sheet_now
from tests.emulator import Tenant, billing_sheet
from tests.emulator.state import Sheet
from tests.live import Live, live
from tests.mappings.desks import ADA, NOW

pytestmark = pytest.mark.in_turn(3)

BY = "ann@example.com"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[Live, Sheet]]:
    """A sheet whose column Quantity was called Stück before anybody looked; it was read once."""
    tenant = Tenant(seed=7)
    tenant.rate_limit = False
    sheet = billing_sheet(tenant, "North", 6, seed=1)
    tenant.rename_column(sheet, "Quantity", "Stück", BY)
    with live(tmp_path, tenant) as made:
        made.sync()
        yield made, sheet


def later(desk: Live) -> dict[str, Any]:
    desk.tenant.tick(900)
    desk.time.sleep(900)
    desk.asked()
    return desk.sync()


def missing(counters: dict[str, Any]) -> list[str]:
    return [
        each["detail"] for each in counters["blind_spots"] if each["reason"] in ("column missing", "column not mapped")
    ]


def test_the_next_sync_cures_a_sheet_that_stood_still_without_reading_it_again(desk: tuple[Live, Sheet]) -> None:
    live_desk, sheet = desk
    assert later(live_desk)["looks"] == 0
    workspace = live_desk.open()
    decide(workspace, ADA, str(sheet.id), "Stück", "Quantity", "Pieces, in German.", NOW)
    workspace.store.database.close()
    cured = later(live_desk)
    assert live_desk.asked() == ["/sheets"]
    assert (cured["looks"], cured["cells_changed"], missing(cured)) == (1, 0, [])
    assert later(live_desk)["looks"] == 0


def test_it_follows_the_column_to_another_title_and_can_still_be_withdrawn(desk: tuple[Live, Sheet]) -> None:
    live_desk, sheet = desk
    workspace = live_desk.open()
    decide(workspace, ADA, str(sheet.id), "Stück", "Quantity", "Pieces, in German.", NOW)
    live_desk.tenant.rename_column(sheet, "Stück", "Anzahl", BY)
    assert missing(later(live_desk)) == []
    row = sheet.rows[0]
    live_desk.tenant.edit(sheet, row.id, "Anzahl", 71, BY)
    later(live_desk)
    (edit,) = live_desk.events("AND column_name = 'Quantity' AND kind = 'change'")
    assert (edit["row_id"], edit["new_value"]) == (str(row.id), "71")
    (made,) = sheet_now(workspace, ADA, str(sheet.id)).made
    withdraw(workspace, ADA, made.number, "It was something else.", NOW)
    workspace.store.database.close()
    assert len(missing(later(live_desk))) == 2  # Quantity is missing, Anzahl is not mapped
    assert not live_desk.events("AND column_name = 'Anzahl' AND kind = 'change'")


def test_a_title_set_aside_is_settled_by_the_next_sync(tmp_path: Path) -> None:
    tenant = Tenant(seed=7)
    tenant.rate_limit = False
    sheet = billing_sheet(tenant, "North", 4, seed=1)
    tenant.add_column(sheet, "Notes", "TEXT_NUMBER", BY)
    with live(tmp_path, tenant) as made:
        assert len(missing(made.sync())) == 1
        workspace = made.open()
        decide(workspace, ADA, str(sheet.id), "Notes", None, "Scribbles.", NOW)
        workspace.store.database.close()
        settled = later(made)
        assert (settled["looks"], missing(settled)) == (1, [])
        assert later(made)["looks"] == 0


def test_by_hand_is_said_of_the_column_that_was_decided_about_whatever_it_is_called(desk: tuple[Live, Sheet]) -> None:
    live_desk, sheet = desk
    workspace = live_desk.open()
    decide(workspace, ADA, str(sheet.id), "Stück", "Quantity", "Pieces, in German.", NOW)
    live_desk.tenant.rename_column(sheet, "Stück", "Anzahl", BY)
    live_desk.tenant.add_column(sheet, "Stück", "TEXT_NUMBER", BY)  # another column under the old title
    later(live_desk)
    found = sheet_now(workspace, ADA, str(sheet.id))
    assert {title: found.how(title) for title in ("Anzahl", "Stück")} == {"Anzahl": "by hand", "Stück": "not mapped"}
    workspace.store.database.close()


def test_after_a_look_a_withdrawn_column_is_one_like_any_other_and_keeps_its_name(desk: tuple[Live, Sheet]) -> None:
    live_desk, sheet = desk
    workspace = live_desk.open()
    decide(workspace, ADA, str(sheet.id), "Stück", "Quantity", "Pieces, in German.", NOW)
    later(live_desk)
    (made,) = sheet_now(workspace, ADA, str(sheet.id)).made
    withdraw(workspace, ADA, made.number, "Its title will say so.", NOW)
    live_desk.tenant.rename_column(sheet, "Stück", "Quantity", BY)
    assert missing(later(live_desk)) == []  # by its spelling
    live_desk.tenant.rename_column(sheet, "Quantity", "Wie viele", BY)
    assert missing(later(live_desk)) == []  # as it was read before, whatever it says now
    workspace.store.database.close()
