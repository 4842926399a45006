"""Which sheets are read: named ones, and everything under a folder or workspace, also what appears there later."""

import json
from pathlib import Path

import pytest

from tests.emulator import Tenant, billing_sheet
from tests.live import live
from tests.sources.workspaces import csv_bytes, put

pytestmark = pytest.mark.in_turn(3)


def test_workspaces_and_folders_are_read_however_deep_and_a_new_sheet_appears_by_itself(tmp_path: Path) -> None:
    tenant = Tenant(seed=7)
    tenant.rate_limit = False
    tenant.token_page = 2  # so that the pages are turned
    space = tenant.new_workspace("Billing")
    deep = tenant.new_folder("2026", tenant.new_folder("Years", space))
    other = tenant.new_workspace("Other")
    outside = tenant.new_folder("Archive", other)
    for number in range(5):
        billing_sheet(tenant, f"Deep {number}", 3, seed=number, home=deep)
    billing_sheet(tenant, "Top", 3, seed=11, home=space)
    billing_sheet(tenant, "Archived", 3, seed=12, home=outside)
    named = billing_sheet(tenant, "Named", 3, seed=13)
    billing_sheet(tenant, "Nobody's", 3, seed=14, home=other)
    with live(
        tmp_path, tenant, workspace_ids=[space.id], folder_ids=[outside.id], sheet_ids=[named.id]
    ) as desk:  # fmt: skip
        counters = desk.sync()
        assert counters["sheets_checked"] == 8
        tenant.tick(900)
        desk.time.sleep(900)
        desk.asked()
        desk.sync()
        assert desk.asked() == ["/sheets"]
        billing_sheet(tenant, "New", 3, seed=15, home=deep)
        tenant.tick(900)
        assert desk.sync()["sheets_checked"] == 9
        desk.asked()
        assert desk.sync()["looks"] == 0
        assert desk.asked() == ["/sheets"]


def test_a_folder_that_cannot_be_looked_through_is_said_and_the_rest_is_read(tmp_path: Path) -> None:
    tenant = Tenant(seed=7)
    tenant.rate_limit = False
    named = billing_sheet(tenant, "Named", 3, seed=13)
    with live(tmp_path, tenant, folder_ids=[4567890123456789], sheet_ids=[named.id]) as desk:
        result = desk.run()
        assert (result.exit_code, result.status) == (3, "partial")
        assert "Folder 4567890123456789 could not be looked through" in result.message
        assert result.counters["sheets_checked"] == 1


def test_a_sheet_that_was_never_there_is_a_blind_spot(tmp_path: Path) -> None:
    tenant = Tenant(seed=7)
    tenant.rate_limit = False
    named = billing_sheet(tenant, "Named", 3, seed=13)
    with live(tmp_path, tenant, sheet_ids=[named.id, 4567890123456789]) as desk:
        result = desk.run()
        assert result.exit_code == 3
        assert any("4567890123456789" in spot["detail"] for spot in result.counters["blind_spots"])


@pytest.mark.parametrize("how", ["delete_sheet", "deny"])
def test_a_sheet_that_vanishes_from_its_folder_is_a_blind_spot_until_it_is_retired(tmp_path: Path, how: str) -> None:
    tenant = Tenant(seed=7)
    tenant.rate_limit = False
    space = tenant.new_workspace("Billing")
    gone, _ = (billing_sheet(tenant, name, 3, seed=13, home=space) for name in ("Gone", "Stays"))
    with live(tmp_path, tenant, workspace_ids=[space.id]) as desk:
        desk.sync()
        getattr(tenant, how)(gone, "auditor@example.com")
        for days in (0, 1, 2):  # also when the folders are walked anew
            tenant.tick(86_400 * days + 60)
            desk.time.sleep(900)
            result = desk.run()
            assert (result.exit_code, result.status) == (3, "partial"), days
            [spot] = [each for each in result.counters["blind_spots"] if each["sheet"] == "Gone"]
            assert ("share it again" if how == "deny" else "deleted") in spot["detail"]
        settings = json.loads(desk.config.read_text())
        settings["source"]["retired_sheet_ids"] = [gone.id]
        desk.config.write_text(json.dumps(settings))
        assert desk.run().exit_code == 0


def test_a_sheet_that_is_no_longer_named_is_told_once_more_and_is_no_failure(tmp_path: Path) -> None:
    tenant = Tenant(seed=7)
    tenant.rate_limit = False
    first, second = (billing_sheet(tenant, name, 3, seed=13) for name in ("First", "Second"))
    with live(tmp_path, tenant) as desk:
        desk.sync()
        desk.config.write_text(desk.config.read_text().replace(f", {second.id}", ""))
        result = desk.run()
        assert result.exit_code == 0
        assert any("no longer among" in spot["detail"] for spot in result.counters["blind_spots"])
        assert first.id != second.id


def test_old_exports_are_the_past_of_a_live_sheet(tmp_path: Path) -> None:
    tenant = Tenant(seed=7)
    tenant.rate_limit = False
    sheet = billing_sheet(tenant, "Billing", 3, seed=13)
    title = {column.id: column.title for column in sheet.columns if column.system is None}
    exported = [("Row ID", *title.values())]
    for row in sheet.rows:
        values = [row.value(column) for column in title]
        exported.append((str(row.id), *(str(value) for value in values)))
    earlier = [list(each) for each in exported]
    earlier[1][1 + list(title.values()).index("Quantity")] = "501"
    put(tmp_path, "exports/2026-05-01.csv", csv_bytes([tuple(each) for each in earlier]))
    put(tmp_path, "exports/2026-06-01.csv", csv_bytes(exported))
    with live(tmp_path, tenant, history=[{"sheet_id": sheet.id, "path": "exports"}]) as desk:
        counters = desk.sync()
        assert counters["looks"] == 3
        [event] = desk.events("AND kind = 'change'")
        assert (event["sheet_id"], event["row_id"], event["column_name"]) == (
            str(sheet.id), str(sheet.rows[0].id), "Quantity",
        )  # fmt: skip
        assert (event["old_value"], event["look"]) == ("501", "2026-06-01")
        assert desk.sync()["looks"] == 0
