"""What a look costs: one request to learn that nothing moved, one for each sheet that did, one for each cell that
matters and is undecided."""

from collections.abc import Iterator

import pytest

from tests.emulator import Tenant, billing_sheet
from tests.live import Live, live

pytestmark = pytest.mark.in_turn(3)

ANN, BOB = "ann@example.com", "bob@example.com"
SHEETS = 60


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """SHEETS sheets that were read once. Waiting takes no real time here, so the tenant counts no real minutes."""
    tenant = Tenant(seed=9)
    tenant.rate_limit = False
    for number in range(SHEETS):
        billing_sheet(tenant, f"Billing {number:03}", 15, seed=number)
    with live(tmp_path_factory.mktemp("cost"), tenant) as made:
        made.sync()
        made.emulator.log.clear()
        yield made


def test_an_idle_look_is_one_request(desk: Live) -> None:
    desk.tenant.tick(900)
    desk.time.sleep(900)
    counters = desk.sync()
    assert desk.asked() == ["/sheets"]
    assert (counters["api_requests"], counters["looks"]) == (1, 0)


def test_ten_moved_sheets_and_forty_money_cells_are_51_requests(desk: Live) -> None:
    desk.tenant.tick(900)
    desk.time.sleep(900)
    for sheet in list(desk.tenant.sheets.values())[:10]:
        for row in sheet.rows[:4]:
            desk.tenant.edit(sheet, row.id, "Quantity", 61, ANN)
            desk.tenant.tick(3)
            desk.tenant.edit(sheet, row.id, "Foreman", "Foreman 77", BOB)  # now the row names the wrong writer
    counters = desk.sync()
    assert counters["api_requests"] <= 51
    assert counters["requests"] == {"listing": 1, "moved sheets": 10, "cell history": 40}
    money = desk.events("AND column_name = 'Quantity'")
    assert len(money) == 40
    assert {(each["changed_by"], each["who_evidence"]) for each in money} == {(ANN, "cell history")}


def test_a_mass_edit_is_sampled_and_says_so(desk: Live) -> None:
    desk.tenant.tick(900)
    desk.time.sleep(900)
    sheet = list(desk.tenant.sheets.values())[20]
    more = [{"CU": "POL-40-2", "Quantity": 1} for _ in range(60)]
    desk.tenant.add_rows(sheet, more, ANN)
    desk.sync()
    desk.time.sleep(900)
    desk.tenant.tick(900)
    for row in sheet.rows:
        desk.tenant.edit(sheet, row.id, "Quantity", 0, BOB)
    counters = desk.sync()
    assert 0 < counters["requests"]["cell history"] <= 10
    assert any("a sample of many alike" in spot["detail"] for spot in counters["blind_spots"])


def test_what_the_limits_do_not_allow_is_left_to_the_row_and_said(desk: Live) -> None:
    desk.tenant.tick(900)
    desk.time.sleep(900)
    for sheet in list(desk.tenant.sheets.values())[30:60]:
        for row in sheet.rows[:8]:
            desk.tenant.edit(sheet, row.id, "Quantity", 62 + row.id % 7, ANN)
    slept = desk.time.slept
    counters = desk.sync()
    assert desk.time.slept - slept <= 120
    asked = counters["requests"]["cell history"]
    assert asked < 240
    [spot] = [each for each in counters["blind_spots"] if "not looked up" in each["detail"]]
    assert "limit of requests a minute" in spot["detail"]
    found = desk.events("AND column_name = 'Quantity' AND new_value >= '62' AND new_value <= '68'")
    labels = [each["who_evidence"] for each in found]
    assert labels.count("cell history") == asked
    assert set(labels) == {"cell history", "row writer"}
