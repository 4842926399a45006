"""A sheet that is too much for one answer is read page by page, and is still the sheet of one moment."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from audit_core.sources.smartsheet import body, reading
from tests.emulator import Tenant, billing_sheet, net
from tests.live import Live, live
from tests.smartsheet.judged import judged

BODY = r"GET /sheets/\d+$"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    """One sheet of 23 rows that was read once; a page has five."""
    monkeypatch.setattr(reading, "PAGE_ROWS", 5)
    tenant = Tenant(seed=3)
    tenant.rate_limit = False
    billing_sheet(tenant, "Billing", 23, seed=1)
    with live(tmp_path, tenant) as made:
        made.sync()
        tenant.tick(600)
        made.asked()
        yield made


def busy(desk: Live) -> None:
    """The server gives up on the whole sheet."""
    desk.emulator.faults.add("api", BODY, times=4, args={"status": 500, "code": 4002})


def test_a_sheet_that_is_too_large_is_read_page_by_page(desk: Live) -> None:
    before = desk.tenant.mark()
    [sheet] = desk.tenant.sheets.values()
    for row in (sheet.rows[0], sheet.rows[22]):
        desk.tenant.edit(sheet, row.id, "Foreman", "Foreman 99", "ann@example.com")
    busy(desk)
    counters = desk.sync()
    pages = [call.query["page"] for call in desk.emulator.log if "page" in call.query]
    assert pages == ["1", "2", "3", "4", "5"]
    assert counters["cells_changed"] == 2
    after = desk.tenant.mark()
    score = judged(desk.events(), net(before, after), after, before)
    assert (score.missing, score.invented) == ([], [])


def test_an_edit_between_two_pages_starts_them_anew(desk: Live) -> None:
    [sheet] = desk.tenant.sheets.values()
    desk.tenant.edit(sheet, sheet.rows[0].id, "Foreman", "Foreman 99", "ann@example.com")
    busy(desk)
    desk.emulator.faults.add("mutate_during_paging", BODY, when=5)  # the first page
    counters = desk.sync()
    assert len([call for call in desk.emulator.log if "page" in call.query]) == 10
    assert counters["sheets_failed"] == 0


def test_a_sheet_that_never_stands_still_is_a_blind_spot(desk: Live) -> None:
    [sheet] = desk.tenant.sheets.values()
    desk.tenant.edit(sheet, sheet.rows[0].id, "Foreman", "Foreman 99", "ann@example.com")
    busy(desk)
    desk.emulator.faults.add("mutate_during_paging", BODY)
    result = desk.run()
    assert result.exit_code == 75
    assert "edited each time while its pages were read" in result.message
    desk.emulator.faults.clear()
    assert desk.run().exit_code == 0


def test_a_service_that_leaves_blank_cells_out_is_believed_after_saying_so_twice(desk: Live) -> None:
    [sheet] = desk.tenant.sheets.values()
    blanked = next(column for column in sheet.columns if column.title == "Foreman")
    for row in sheet.rows:
        desk.tenant.edit(sheet, row.id, blanked.id, None, "ann@example.com")
    with patch.dict(body.QUERY, {"exclude": "nonexistentCells"}):
        assert desk.sync()["requests"]["second reads"] == 1
        assert len(desk.events("AND column_name = 'Foreman' AND new_value IS NULL")) == 23
        desk.tenant.edit(sheet, sheet.rows[0].id, blanked.id, "Foreman 1", "ann@example.com")
        assert "second reads" not in desk.sync()["requests"]
