"""What the sheet itself can tell beside values: formulas, types, moves, columns; and what belongs together."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit_core.store.verify import verify
from tests.emulator import Column, Tenant, billing_sheet
from tests.emulator.state import Row, Sheet
from tests.live import Live, live

pytestmark = pytest.mark.in_turn(3)

ANN, BOB = "ann@example.com", "bob@example.com"


def two_sheets() -> Tenant:
    """The same tenant every time: a Monday afternoon."""
    tenant = Tenant(seed=5)
    tenant.rate_limit = False
    for name in ("North", "South"):
        billing_sheet(tenant, name, 12, seed=ord(name[0]))
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
        workspace = made.open()
        verify(workspace.store.database, workspace.store.snapshots, workspace.store.anchor_file, [])
        workspace.store.database.close()


def sheet(desk: Live, name: str = "North") -> Sheet:
    return next(each for each in desk.tenant.sheets.values() if each.name == name)


def locked(of: Sheet) -> Row:
    """A row whose week has locked, with one unit."""
    weeks = next(each.id for each in of.columns if each.title.startswith("Weekly"))
    return next(row for row in of.rows if str(row.value(weeks)) < "2026-07-20")


def test_a_formula_that_follows_later_joins_the_incident_of_the_edit(desk: Live) -> None:
    desk.tenant.recalc_delay = (20, 20)
    north = sheet(desk)
    row = locked(north)
    desk.tenant.edit(north, row.id, "Quantity", 41, ANN)
    desk.sync()
    [edit] = desk.events()
    desk.tenant.tick(30)
    desk.sync()
    [_, echo] = desk.events("ORDER BY event_id")
    assert (echo["column_name"], echo["who_evidence"], echo["changed_by"]) == (
        "Units Total Price",
        "recalculated",
        None,
    )
    assert echo["incident_id"] == edit["incident_id"]
    assert (edit["changed_by"], edit["who_evidence"]) == (ANN, "cell history")
    assert echo["money_cents"] == 0  # the quantity's change told of this money


def test_an_echo_after_the_window_stands_for_itself(desk: Live) -> None:
    desk.tenant.recalc_delay = (1200, 1200)
    north = sheet(desk)
    row = locked(north)
    desk.tenant.edit(north, row.id, "Quantity", 41, ANN)
    desk.sync()
    desk.tenant.tick(1300)
    desk.sync()
    edit, *_, echo = desk.events("AND kind = 'change' ORDER BY event_id")
    assert echo["column_name"] == "Units Total Price"
    assert echo["incident_id"] != edit["incident_id"]


@pytest.mark.parametrize("pause", [0, 90])
def test_a_quantity_whose_price_does_not_follow_is_a_stale_formula(desk: Live, pause: int) -> None:
    desk.tenant.stale_formulas = True
    north = sheet(desk)
    row = locked(north)
    desk.tenant.edit(north, row.id, "Quantity", 41, ANN)
    desk.tenant.tick(pause)
    desk.sync()
    found = desk.events("AND rules LIKE '%stale_formula%'")
    assert len(found) == (1 if pause else 0)  # a minute is what a formula may take
    desk.tenant.tick(90)
    desk.asked()
    desk.sync()
    assert desk.asked() == ["/sheets"]
    found = desk.events("AND rules LIKE '%stale_formula%'")
    assert len(found) == 1
    assert found[0]["row_id"] == str(row.id)
    assert found[0]["severity"] in ("HIGH", "CRITICAL")
    desk.tenant.tick(900)
    desk.sync()
    assert len(desk.events("AND rules LIKE '%stale_formula%'")) == 1


def test_a_formula_that_follows_in_time_is_not_stale(desk: Live) -> None:
    desk.tenant.recalc_delay = (35, 35)
    north = sheet(desk)
    desk.tenant.edit(north, locked(north).id, "Quantity", 41, ANN)
    desk.sync()
    desk.tenant.tick(40)
    desk.sync()
    desk.tenant.tick(900)
    desk.sync()
    assert desk.events("AND rules LIKE '%stale_formula%'") == []


def test_a_number_that_becomes_text_is_one_change(desk: Live) -> None:
    north = sheet(desk)
    row = north.rows[0]
    quantity = next(each.id for each in north.columns if each.title == "Quantity")
    value = row.value(quantity)
    desk.tenant.edit(north, row.id, "Quantity", str(value), BOB)
    desk.sync()
    [event] = desk.events("AND column_name = 'Quantity'")
    assert (event["old_value"], event["new_value"], event["violation_type"]) == (str(value), str(value), "retyped")
    assert event["changed_by"] == BOB


def test_a_machine_that_came_after_a_person_is_not_named_for_the_person(desk: Live) -> None:
    """The row's last writer is who calculated its price; the quantity is Bob's."""
    north = sheet(desk)
    desk.tenant.recalc_delay = (20, 20)
    desk.tenant.edit(north, locked(north).id, "Quantity", 43, BOB)
    desk.tenant.tick(30)
    desk.sync()
    named = {each["column_name"]: (each["who_evidence"], each["changed_by"]) for each in desk.events()}
    assert named == {"Quantity": ("cell history", BOB), "Units Total Price": ("recalculated", None)}


def test_a_formula_replaced_by_its_value_is_told(desk: Live) -> None:
    north = sheet(desk)
    row = north.rows[0]
    price = next(each.id for each in north.columns if each.title == "Units Total Price")
    desk.tenant.edit(north, row.id, "Units Total Price", row.value(price), BOB)
    desk.sync()
    [event] = desk.events()
    assert event["old_value"] == event["new_value"]
    assert event["violation_type"] == "formula_changed"
    assert "=Quantity@row" in event["issue_description"]


def test_a_line_on_another_sheet_is_one_move(desk: Live) -> None:
    north, south = sheet(desk), sheet(desk, "South")
    row = locked(north)
    [moved] = desk.tenant.move_to_sheet(north, row.id, south, ANN)
    desk.sync()
    gone, came = sorted(desk.events(), key=lambda each: each["new_value"] is not None)
    assert {each["violation_type"] for each in (gone, came)} == {"row_moved"}
    assert gone["incident_id"] == came["incident_id"]
    assert gone["severity"] is None
    assert str(moved.id) in gone["issue_description"]
    assert gone["money_cents"] + came["money_cents"] == 0


def test_columns_keep_their_history_under_new_titles(desk: Live) -> None:
    north = sheet(desk)
    desk.tenant.rename_column(north, "Quantity", "Menge", ANN)
    desk.tenant.retype_column(north, "Foreman", "PICKLIST", ANN)
    desk.tenant.add_column(north, "Remark", ANN)
    desk.tenant.rename_sheet(north, "North 2026", ANN)
    desk.tenant.edit(north, north.rows[0].id, "Menge", 55, ANN)
    desk.tenant.edit(north, north.rows[0].id, "Remark", "checked", ANN)
    desk.sync()
    told = {(each["violation_type"], each["column_name"]) for each in desk.events("AND kind = 'finding'")}
    assert told >= {
        ("column_renamed", "Menge"), ("column_retyped", "Foreman"), ("column_added", "Remark"),
        ("sheet_renamed", "(sheet)"),
    }  # fmt: skip
    changed = {each["column_name"]: each for each in desk.events("AND kind = 'change'")}
    assert changed["Quantity"]["new_value"] == "55"
    assert (changed["Remark"]["old_value"], changed["Remark"]["new_value"]) == (None, "checked")
    assert set(changed) == {"Quantity", "Remark", "Units Total Price"}
    assert changed["Units Total Price"]["who_evidence"] == "recalculated"
    assert len(desk.events("AND kind = 'change'")) == 3  # no formula changed but for the title that it names
    desk.tenant.tick(60)
    desk.tenant.remove_column(north, "Remark", ANN)
    counters = desk.sync()
    assert [each["violation_type"] for each in desk.events("AND column_name = 'Remark' AND kind = 'finding'")] == [
        "column_added",
        "column_removed",
    ]
    assert counters["cells_changed"] == 0


def test_types_and_formulas_are_compared_under_a_new_title_too(desk: Live) -> None:
    north = sheet(desk)
    price, quantity = (next(c.id for c in north.columns if c.title == t) for t in ("Units Total Price", "Quantity"))
    desk.tenant.rename_column(north, price, "Redlined Total Price", ANN)
    desk.tenant.rename_column(north, quantity, "Qty", ANN)
    desk.tenant.edit(north, north.rows[0].id, price, north.rows[0].value(price), BOB)
    desk.tenant.edit(north, north.rows[1].id, quantity, str(north.rows[1].value(quantity)), ANN)
    desk.sync()
    told = {
        (each["column_name"], each["violation_type"], each["changed_by"]) for each in desk.events("AND row_id > ''")
    }
    assert told >= {("Units Total Price", "formula_changed", BOB), ("Quantity", "retyped", ANN)}
    assert len(desk.events("AND violation_type = 'formula_changed'")) == 1


def test_a_deleted_row_names_who_could_have_done_it_or_nobody(desk: Live) -> None:
    north = sheet(desk)
    desk.tenant.delete_row(north, north.rows[0].id, ANN)
    desk.sync()
    [event] = desk.events("AND column_name = '(row)'")
    assert event["changed_by"] is None
    assert event["who_evidence"].startswith("one of ") or event["who_evidence"] == "unknown"
    if event["who_evidence"] != "unknown":
        assert ANN in event["who_evidence"]


def test_automations_and_forms_are_nobody(desk: Live) -> None:
    north = sheet(desk)
    desk.tenant.automation(north, north.rows[0].id, "Snapshot Date", "2026-07-25")
    desk.tenant.form_submit(north, {"CU": "POL-40-2"})
    desk.sync()
    assert {each["who_evidence"] for each in desk.events()} == {"automation"}


def test_an_empty_sheet_fills_and_empties_again(desk: Live) -> None:
    columns = [Column(desk.tenant.ids.number(), title) for title in ("Work Request #", "Remark")]
    empty = desk.tenant.new_sheet("Empty", columns)
    bare = desk.tenant.new_sheet("Without columns", [])
    settings = json.loads(desk.config.read_text())
    settings["source"]["sheet_ids"] += [empty.id, bare.id]
    desk.config.write_text(json.dumps(settings))
    assert desk.sync()["sheets_failed"] == 0
    rows = desk.tenant.add_rows(empty, [{"Work Request #": 71000001}, {}], ANN)
    desk.tenant.tick(60)
    counters = desk.sync()
    assert (counters["rows_added"], counters["cells_changed"]) == (2, 0)
    for row in rows:
        desk.tenant.delete_row(empty, row.id, ANN)
    desk.tenant.tick(60)
    counters = desk.sync()
    assert counters["rows_removed"] == 2
    assert counters["requests"]["second reads"] == 1
    assert desk.sync()["looks"] == 0


def test_two_sheets_of_one_name_are_two_sheets(desk: Live) -> None:
    north, south = sheet(desk), sheet(desk, "South")
    desk.tenant.rename_sheet(south, "North", ANN)
    desk.tenant.edit(north, north.rows[0].id, "Foreman", "Foreman 98", ANN)
    desk.tenant.edit(south, south.rows[0].id, "Foreman", "Foreman 99", BOB)
    desk.tenant.tick(60)
    desk.sync()
    told = {each["sheet_id"]: each["changed_by"] for each in desk.events("AND column_name = 'Foreman'")}
    assert told == {str(north.id): ANN, str(south.id): BOB}


def test_a_new_name_is_told_although_the_version_stands_still(desk: Live) -> None:
    sheet(desk).name = "North 2026"
    desk.asked()
    desk.sync()
    assert desk.asked() == ["/sheets"]
    [event] = desk.events()
    assert (event["violation_type"], event["old_value"], event["new_value"]) == ("sheet_renamed", "North", "North 2026")
    assert desk.sync()["looks"] == 0


@pytest.mark.parametrize("column", ["Snapshot Date", "Foreman"])
def test_who_came_after_an_automation_is_not_named_for_it(desk: Live, column: str) -> None:
    """Ann only gave the row another format, so that she is its last writer."""
    north = sheet(desk)
    for row in north.rows[:3]:
        desk.tenant.automation(north, row.id, column, "2026-07-25")
    desk.tenant.tick(30)
    desk.tenant.format_only(north, north.rows[0].id, ANN)
    desk.sync()
    told = desk.events(f"AND column_name = '{column}'")
    assert len(told) == 3
    assert {each["who_evidence"] for each in told} == {"automation"}


def test_a_grave_change_is_not_laid_on_whoever_touched_the_row_last(desk: Live) -> None:
    """Bob changed the unit of a locked line; Ann only gave the row another format."""
    north = sheet(desk)
    row = locked(north)
    desk.tenant.edit(north, row.id, "CU", "ANC-99", BOB)
    desk.tenant.tick(30)
    desk.tenant.format_only(north, row.id, ANN)
    desk.sync()
    [event] = desk.events("AND column_name = 'CU'")
    assert event["severity"] is not None
    assert (event["changed_by"], event["who_evidence"]) == (BOB, "cell history")


def test_what_a_sheet_could_not_show_stays_said_while_it_stands_still(desk: Live) -> None:
    north = sheet(desk)
    desk.tenant.rename_column(north, "Pole #", "Foreman", ANN)
    desk.sync()
    north.name = "North 2026"  # a look that reads nothing anew
    desk.tenant.tick(60)
    desk.sync()
    spots = [spot["detail"] for spot in desk.sync()["blind_spots"]]
    assert any("another has the same title" in detail for detail in spots)
