"""More of what can happen to a sheet, and how it looks afterwards."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.emulator import Emulator, Tenant, billing_sheet
from tests.emulator.clients import ask, cells, history
from tests.emulator.state import Sheet

ANN, BOB = "ann@example.com", "bob@example.com"


def test_text_2_is_not_number_2(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    tenant.edit(sheet, 1, "Quantity", "2", ANN)
    tenant.edit(sheet, 2, "Quantity", 2, ANN)
    one, two = ask(emu, f"/sheets/{sheet.id}").json["rows"][:2]
    quantity, price = sheet.column("Quantity").id, sheet.column("Units Total Price").id
    assert cells(one)[quantity] == {"columnId": quantity, "value": "2", "displayValue": "2"}
    assert cells(two)[quantity] == {"columnId": quantity, "value": 2, "displayValue": "2"}
    assert cells(one)[price]["value"] == "#INVALID OPERATION"
    assert cells(two)[price]["displayValue"].startswith("$")


def test_columns_and_rows_can_be_chosen(sheet: Sheet, emu: Emulator) -> None:
    quantity = sheet.column("Quantity").id
    ids = [sheet.rows[4].id, sheet.rows[7].id]
    body = ask(emu, f"/sheets/{sheet.id}", columnIds=f"{quantity},17", rowIds=f"{ids[0]},{ids[1]},99").json
    assert [row["id"] for row in body["rows"]] == ids
    assert [(each["id"], each["index"]) for each in body["columns"]] == [(quantity, 4)]
    assert all(cells(row).keys() == {quantity} for row in body["rows"])
    assert body["rows"][0]["siblingId"] == sheet.rows[3].id
    one = ask(emu, f"/sheets/{sheet.id}/rows/{ids[0]}", include="columns").json
    assert (one["sheetId"], one["version"], len(one["columns"])) == (sheet.id, 1, 14)
    columns = ask(emu, f"/sheets/{sheet.id}/columns", level=2, includeAll="true").json
    assert [each["title"] for each in columns["data"]][:2] == ["Work Request #", "Weekly Reference Logged Date"]


def test_rows_become_children_and_grow_up(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    first, second, third = sheet.rows[:3]
    assert tenant.indent(sheet, second, ANN)
    assert tenant.indent(sheet, third, ANN)
    assert not tenant.indent(sheet, first, ANN)
    rows = ask(emu, f"/sheets/{sheet.id}").json["rows"]
    assert [row.get("parentId") for row in rows[:4]] == [None, first.id, first.id, None]
    assert [row.get("siblingId") for row in rows[:4]] == [None, None, second.id, first.id]
    assert tenant.outdent(sheet, second, ANN)
    rows = ask(emu, f"/sheets/{sheet.id}").json["rows"]
    assert [row["id"] for row in rows[:3]] == [first.id, third.id, second.id]
    assert not tenant.outdent(sheet, second, ANN)


def test_a_formula_follows_the_title_it_reads(tenant: Tenant, sheet: Sheet) -> None:
    price = sheet.column("Units Total Price").id
    tenant.rename_column(sheet, "Quantity", "Qty of units", ANN)
    tenant.edit(sheet, 1, "Qty of units", 2, ANN)
    formula = sheet.rows[0].cells[price].formula or ""
    assert formula.startswith("=[Qty of units]@row * ")
    assert sheet.rows[0].value(price) == pytest.approx(2 * float(formula.rpartition(" ")[2]))


def test_a_cell_link_follows_its_source(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    other = billing_sheet(tenant, "South", 3, 8)
    tenant.cell_link(other, 1, "CU Description", source=(sheet, 1, "CU"))
    tenant.edit(sheet, 1, "CU", "POL-45-1", BOB)
    tenant.tick(35)
    found = history(emu, other, other.rows[0].id, "CU Description")
    assert found[0]["value"] == "POL-45-1"
    assert found[0]["modifiedBy"]["email"] == "cell-link@smartsheet.com"
    link = cells(ask(emu, f"/sheets/{other.id}").json["rows"][0])[other.column("CU Description").id]["linkInFromCell"]
    assert (link["sheetId"], link["status"]) == (sheet.id, "OK")


def test_a_restored_backup_has_a_lower_version(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    before = ask(emu, f"/sheets/{sheet.id}").json
    tenant.edit(sheet, 1, "CU", "POL-45-1", ANN)
    tenant.delete_row(sheet, 2, ANN)
    tenant.rollback_version(sheet, 2)
    after = ask(emu, f"/sheets/{sheet.id}").json
    assert after["version"] == 1
    assert after["rows"] == before["rows"]


def test_by_default_a_formula_is_computed_with_the_save(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    price = sheet.column("Units Total Price").id
    before = sheet.rows[0].value(price)
    tenant.edit(sheet, 1, "Quantity", 11, BOB)
    body = ask(emu, f"/sheets/{sheet.id}", include="writerInfo").json
    assert (body["version"], body["rows"][0]["modifiedBy"]["email"]) == (2, BOB)
    assert cells(body["rows"][0])[price]["value"] != before
    stale = sheet.rows[1].value(price)
    tenant.edit(sheet, 2, "Quantity", 77, BOB, stale=True)
    tenant.tick(600)
    assert sheet.rows[1].value(price) == stale


def test_nobody_reads_a_sheet_in_the_middle_of_a_mutation(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    tenant.rate_limit = False
    over = threading.Event()

    def change() -> None:
        for step in range(40):
            tenant.batch(step, 5)
        over.set()

    def read() -> list[int]:
        versions = []
        while not over.is_set():
            body = ask(emu, f"/sheets/{sheet.id}").json
            assert len(body["rows"]) == body["totalRowCount"]
            assert all(len(row["cells"]) == len(body["columns"]) for row in body["rows"])
            assert [row["rowNumber"] for row in body["rows"]] == list(range(1, len(body["rows"]) + 1))
            versions.append(body["version"])
        return versions

    with ThreadPoolExecutor(6) as pool:
        readers = [pool.submit(read) for _ in range(5)]
        pool.submit(change).result()
        for reader in readers:
            versions = reader.result()
            assert versions == sorted(versions)
