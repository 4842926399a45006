"""The truth log and the net difference, against an independent comparison of what the API showed."""

from random import Random
from typing import Any

import pytest

from tests.emulator import Emulator, Fact, Mark, Net, Tenant, billing_sheet, net, serving
from tests.emulator.clients import ask, cells
from tests.emulator.ids import stamp
from tests.emulator.state import Sheet

ANN, BOB, CARLA = "ann@example.com", "bob@example.com", "carla@example.com"
Seen = dict[int, dict[int, dict[int, tuple[str, Any]]]]  # sheet → row → column → (type, value)


def read_all(emu: Emulator) -> tuple[Seen, dict[int, dict[int, tuple[str, str]]]]:
    """Everything but system columns, as a client reads it."""
    seen: Seen = {}
    columns: dict[int, dict[int, tuple[str, str]]] = {}
    for listed in ask(emu, "/sheets", includeAll="true").json["data"]:
        body = ask(emu, f"/sheets/{listed['id']}", level=2).json
        own = {each["id"]: (each["title"], each["type"]) for each in body["columns"] if "systemColumnType" not in each}
        columns[body["id"]] = own
        seen[body["id"]] = {
            row["id"]: {
                key: (_kind(cell.get("value")), cell.get("value")) for key, cell in cells(row).items() if key in own
            }
            for row in body["rows"]
        }
    return seen, columns


def _kind(value: Any) -> str:
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def busy(seed: int, **knobs: Any) -> Tenant:
    """Three small sheets."""
    tenant = Tenant(seed)
    tenant.rate_limit = False
    for name, value in knobs.items():
        setattr(tenant, name, value)
    for number in range(3):
        billing_sheet(tenant, f"Billing {number}", 12, seed + number)
    return tenant


@pytest.mark.parametrize("knobs", [{}, {"recalc_delay": (5, 35), "list_lag": (5, 65)}, {"stale_formulas": True}])
def test_net_is_what_a_client_sees(seed: int, knobs: dict[str, Any]) -> None:
    dice = Random(seed)
    for _ in range(4):
        tenant = busy(dice.randrange(10**6), **knobs)
        with serving(tenant) as emu:
            before, old_columns = read_all(emu)
            mark = tenant.mark()
            tenant.batch(dice.randrange(10**6), dice.randint(1, 120))
            found = net(mark, tenant.mark())
            after, new_columns = read_all(emu)
            _compare(found, before, after)
            for sheet, own in new_columns.items():
                assert found["columns_added"].get(sheet, {}).keys() == own.keys() - old_columns[sheet].keys()
                assert found["columns_removed"].get(sheet, {}).keys() == old_columns[sheet].keys() - own.keys()
            for sheet, row, column in found["cells"]:
                newest = ask(emu, f"/sheets/{sheet}/rows/{row}/columns/{column}/history").json["data"][0]
                writer = found["writers"][sheet, row, column]
                assert (newest["modifiedBy"]["email"], newest["modifiedAt"]) == (writer.email, stamp(writer.at))
            assert found["writers"].keys() == found["cells"].keys() | found["moved_cells"].keys()


def _compare(found: Net, before: Seen, after: Seen) -> None:
    changed = {
        (sheet, row, column)
        for sheet, rows in after.items()
        for row, values in rows.items()
        if row in before[sheet]
        for column, value in values.items()
        if before[sheet][row].get(column, ("NoneType", None)) != value
    }
    assert found["cells"].keys() == changed
    came = {(sheet, row) for sheet, rows in after.items() for row in rows if row not in before[sheet]}
    went = {(sheet, row) for sheet, rows in before.items() for row in rows if row not in after[sheet]}
    assert found["rows_added"] | set(found["rows_moved"].values()) == came
    assert found["rows_removed"] | found["rows_moved"].keys() == went
    assert not found["rows_added"] & set(found["rows_moved"].values())


def test_the_last_writer_counts_and_what_was_undone_does_not() -> None:
    tenant = busy(1)
    sheet = tenant.find_sheet("Billing 0")
    row, cu, pole = sheet.rows[0].id, sheet.column("CU").id, sheet.column("Pole #").id
    old = sheet.rows[0].value(cu)
    before = tenant.mark()
    tenant.edit(sheet, row, "CU", "POL-45-1", ANN)
    tenant.tick(60)
    tenant.edit(sheet, row, "CU", "POL-50-1", BOB)
    at = tenant.now
    tenant.tick(60)
    tenant.edit(sheet, row, "CU", "POL-50-1", CARLA)  # the same value
    pole_was = sheet.rows[0].value(pole)
    tenant.edit(sheet, row, "Pole #", "Point 99", ANN)
    tenant.edit(sheet, row, "Pole #", pole_was, BOB)
    tenant.add_row(sheet, {"CU": "ANC-10"}, ANN)
    tenant.delete_row(sheet, sheet.rows[-1], ANN)
    found = net(before, tenant.mark())
    assert found["cells"] == {(sheet.id, row, cu): (old, "POL-50-1")}
    writer = found["writers"][sheet.id, row, cu]
    assert (writer.email, writer.at, writer.kind) == (BOB, at, "edit")
    assert (found["rows_added"], found["rows_removed"]) == (set(), set())


def test_a_computed_price_is_blamed_on_nobody_and_its_cause_is_known() -> None:
    tenant = busy(1)
    sheet = tenant.find_sheet("Billing 0")
    before = tenant.mark()
    tenant.edit(sheet, 1, "Quantity", 55, ANN)
    writers = net(before, tenant.mark())["writers"]
    row = sheet.rows[0].id
    assert writers[sheet.id, row, sheet.column("Quantity").id].kind == "edit"
    price = writers[sheet.id, row, sheet.column("Units Total Price").id]
    assert (price.email, price.kind, price.cause) == ("automation@smartsheet.com", "recalc", ANN)


def test_a_row_that_moves_on_is_one_move() -> None:
    tenant = busy(1)
    one, two, three = (tenant.find_sheet(f"Billing {number}") for number in range(3))
    row = one.rows[0].id
    before = tenant.mark()
    between = tenant.move_to_sheet(one, row, two, ANN)[0]
    tenant.edit(two, between, "CU", "POL-45-1", BOB)
    last = tenant.move_to_sheet(two, between, three, ANN)[0]
    found = net(before, tenant.mark())
    assert found["rows_moved"] == {(one.id, row): (three.id, last.id)}
    assert (found["rows_added"], found["rows_removed"]) == (set(), set())
    key = (three.id, last.id, three.column("CU").id)
    assert list(found["moved_cells"]) == [key]
    assert found["writers"][key].email == BOB


def test_schema_and_order() -> None:
    tenant = busy(1)
    sheet = tenant.find_sheet("Billing 0")
    cu, pole = sheet.column("CU").id, sheet.column("Pole #").id
    before = tenant.mark()
    tenant.rename_column(sheet, "CU", "Code", ANN)
    tenant.retype_column(sheet, pole, "PICKLIST", ANN)
    tenant.reorder_column(sheet, pole, 0, ANN)
    tenant.remove_column(sheet, "Foreman", ANN)
    made = tenant.add_column(sheet, "Crew", ANN)
    tenant.move_row(sheet, 1, 5, ANN)
    tenant.rename_sheet(sheet, "Billing zero", ANN)
    found = net(before, tenant.mark())
    assert found["columns_renamed"] == {sheet.id: {cu: ("CU", "Code")}}
    assert found["columns_retyped"] == {sheet.id: {pole: ("TEXT_NUMBER", "PICKLIST")}}
    assert pole in found["columns_moved"][sheet.id]
    assert list(found["columns_removed"][sheet.id].values()) == ["Foreman"]
    assert found["columns_added"] == {sheet.id: {made.id: "Crew"}}
    assert (found["reordered"], found["cells"]) == ({sheet.id}, {})
    assert found["sheets_renamed"] == {sheet.id: ("Billing 0", "Billing zero")}


def test_type_changes_count_as_changes() -> None:
    tenant = busy(1)
    sheet = tenant.find_sheet("Billing 0")
    sheet_row = sheet.rows[0]
    tenant.edit(sheet, sheet_row, "Quantity", 1, ANN)
    before = tenant.mark()
    for value in ("1", True, 1.0):
        tenant.edit(sheet, sheet_row, "Quantity", value, ANN, stale=True)
        key = (sheet.id, sheet_row.id, sheet.column("Quantity").id)
        assert (key in net(before, tenant.mark())["cells"]) == (value != 1.0 or value is True)


def test_everything_happens_again_whoever_reads(seed: int) -> None:
    def run(reading: bool) -> tuple[list[dict[str, Any]], Mark]:
        tenant = busy(5, recalc_delay=(5, 35), list_lag=(0, 65))
        with serving(tenant) as emu:
            for step in range(5):
                tenant.batch(seed + step, 20)
                if reading:
                    read_all(emu)
        return [fact.as_dict() for fact in tenant.truth], tenant.mark()

    (quiet, one), (read, other) = run(False), run(True)
    assert quiet == read
    assert (one.at, one.sheets) == (other.at, other.sheets)


def test_every_mutation_leaves_a_fact() -> None:
    tenant = busy(1)
    one, two = tenant.find_sheet("Billing 0"), tenant.find_sheet("Billing 1")
    crew = tenant.new_group("Crew", [ANN])
    steps: list[tuple[str, Any]] = [
        ("edit", lambda: tenant.edit(one, 1, "CU", "x", ANN)),
        ("same", lambda: tenant.edit(one, 1, "CU", "x", ANN)),
        ("recalc", lambda: tenant.recalc(one, 1, "Units Total Price", 1)),
        ("automation", lambda: tenant.automation(one, 1, "Snapshot Date", "2026-07-01")),
        ("link", lambda: tenant.cell_link(one, 1, "Pole #", "Point 1")),
        ("row_added", lambda: tenant.form_submit(one, {"CU": "y"})),
        ("row_added", lambda: tenant.add_row(one, {}, ANN, at=2)),
        ("row_moved", lambda: tenant.move_row(one, 1, 4, ANN)),
        ("row_removed", lambda: tenant.delete_row(one, 3, ANN)),
        ("moved_to_sheet", lambda: tenant.move_to_sheet(one, 1, two, ANN)),
        ("sorted", lambda: tenant.sort(one, "CU", ANN, descending=True)),
        ("indent", lambda: tenant.indent(one, 2, ANN)),
        ("outdent", lambda: tenant.outdent(one, 2, ANN)),
        ("blank", lambda: tenant.blank_row(one, 4, ANN)),
        ("column_added", lambda: tenant.add_column(one, "New", ANN)),
        ("column_renamed", lambda: tenant.rename_column(one, "New", "Newer", ANN)),
        ("column_retyped", lambda: tenant.retype_column(one, "Newer", "DATE", ANN)),
        ("column_moved", lambda: tenant.reorder_column(one, "Newer", 0, ANN)),
        ("column_removed", lambda: tenant.remove_column(one, "Newer", ANN)),
        ("format", lambda: tenant.format_only(one, 1, ANN)),
        ("comment", lambda: tenant.comment(one, None, "Consider this", ANN)),
        ("attach", lambda: tenant.attach(one, None, "list", ANN, url="https://example.com/list")),
        ("sheet_renamed", lambda: tenant.rename_sheet(one, "Billing zero", ANN)),
        ("denied", lambda: tenant.deny(one, BOB)),
        ("allowed", lambda: tenant.allow(one, BOB)),
        ("shared", lambda: tenant.share(one, crew, "VIEWER")),
        ("access", lambda: tenant.change_access(one, crew, "ADMIN")),
        ("unshared", lambda: tenant.unshare(one, crew)),
        ("rollback", lambda: tenant.rollback_version(two, 1) if tenant.edit(two, 1, "CU", "z", ANN) else None),
        ("sheet_deleted", lambda: tenant.delete_sheet(one, ANN)),
        ("sheet_restored", lambda: tenant.restore(one, ANN)),
    ]  # fmt: skip
    for kind, act in steps:
        before = len(tenant.truth)
        act()
        new: list[Fact] = tenant.truth[before:]
        assert kind in [fact.kind for fact in new], kind


@pytest.mark.parametrize("profile", ["mixed", "edits", "hot", "rows", "invisible"])
def test_batches_of_every_profile(profile: str) -> None:
    tenant = busy(3, automations=profile != "invisible")  # a same-value save sets them off, too
    before = tenant.mark()
    assert tenant.batch(4, 60, profile) > 0
    found = net(before, tenant.mark())
    if profile == "invisible":
        assert not found["cells"]
    if profile == "hot":
        assert len({row for _, row, _ in found["cells"]}) <= 9


def test_ids_are_in_range_and_never_twice() -> None:
    tenant = busy(1)
    tenant.batch(1, 200)
    ids = [row.id for sheet in tenant.sheets.values() for row in sheet.rows]
    ids += [column.id for sheet in tenant.sheets.values() for column in sheet.columns]
    assert len(ids) == len(set(ids))
    assert all(10**14 <= each < 2**53 for each in ids)


def test_a_sheet_remembers_what_it_was(seed: int) -> None:
    tenant = busy(seed % 10**6)
    sheet: Sheet = tenant.find_sheet("Billing 0")

    def content(of: Sheet) -> list[Any]:
        return [(row.id, row.parent, row.modified_at, {k: c.value for k, c in row.cells.items() if c.value is not None})
                for row in of.rows]  # fmt: skip

    states = [(sheet.version, content(sheet))]
    dice = Random(seed)
    while len(states) < 7:
        tenant.automations = False
        tenant.batch(dice.randrange(10**6), 1, sheets=[sheet])
        if sheet.version != states[-1][0]:
            states.append((sheet.version, content(sheet)))
    for back in range(1, 7):
        was = sheet.before(back)
        assert (was.version, content(was)) == states[-1 - back]
