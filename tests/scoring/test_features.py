"""What the features say of an edit: exports in, the kept features read back."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from audit_core.scoring.features import FEATURES
from tests.exports import FIRST, SECOND, THIRD, Desk, Line, edited, line, open_week, two_looks

pytestmark = pytest.mark.in_turn(3)

OTHERS = [line(n, quantity="1", units_total_price="56.84") for n in range(100, 140)]
WIRE = [line(n, cu="CON-2", work_type="Rem", quantity="400", units_total_price="328.00") for n in range(200, 210)]


def history(desk: Desk) -> pl.DataFrame:
    workspace = desk.workspace()
    try:
        return workspace.store.features.history()
    finally:
        workspace.store.database.close()


def features_of(desk: Desk, column: str, row: str = "1") -> dict[str, Any]:
    (found,) = history(desk).filter((pl.col("column") == column) & (pl.col("row_id") == row)).to_dicts()
    return found


EDITS = {
    # what: (line before, what changes, column, feature, its value)
    "a decimal point that moved": (line(1), {"quantity": "20", "units_total_price": "1136.80"},
                                   "Quantity", "decimal_shift", 1),
    "two of them": (line(1), {"units_total_price": "11368.00"}, "Units Total Price", "decimal_shift", 2),
    "no decimal point": (line(1), {"quantity": "21"}, "Quantity", "decimal_shift", 0),
    "digits in another order": (line(1, quantity="12"), {"quantity": "21"}, "Quantity", "digits_swapped", 1),
    "one digit more": (line(1, quantity="12"), {"quantity": "120"}, "Quantity", "digits_swapped", 0),
    "cents in another order": (line(1), {"units_total_price": "113.86"}, "Units Total Price", "digits_swapped", 1),
    "another year": (open_week(1), {"snapshot_date": "2035-08-05"}, "Snapshot Date", "year_slip", 1),
    "another month": (open_week(1), {"snapshot_date": "2025-07-05"}, "Snapshot Date", "year_slip", 0),
    "rounded up": (line(1, quantity="8"), {"quantity": "10"}, "Quantity", "rounded_up", 1),
    "rounded down": (line(1, quantity="12"), {"quantity": "10"}, "Quantity", "rounded_up", 0),
    "to nothing": (line(1), {"units_total_price": "0"}, "Units Total Price", "emptied", 1),
    "a price alone": (line(1), {"units_total_price": "226.36"}, "Units Total Price", "price_alone", 0.684),
    "a price with its quantity": (line(1), {"quantity": "4", "units_total_price": "227.36"},
                                  "Units Total Price", "price_alone", 0),
    "a quantity alone": (line(1), {"quantity": "5"}, "Quantity", "quantity_alone", 0.693),
    "a unit price like its peers": (line(1), {"quantity": "4", "units_total_price": "227.36"},
                                    "Units Total Price", "unit_price_residual", 0),
    "a unit price twice its peers": (line(1), {"units_total_price": "227.36"},
                                     "Units Total Price", "unit_price_residual", 0.693),
    "a quantity like its peers": (line(1), {"quantity": "1", "units_total_price": "56.84"},
                                  "Quantity", "peer_distance", 0),
    "a week late": (line(1), {"pole": "Point 9"}, "Pole #", "lateness", 2.5),
    "before the lock": (open_week(1), {"pole": "Point 9"}, "Pole #", "lateness", 0),
}  # fmt: skip


@pytest.mark.parametrize("what", EDITS)
def test_a_feature_says(tmp_path: Path, what: str) -> None:
    before, edit, column, feature, value = EDITS[what]
    desk = two_looks(tmp_path, [before, *OTHERS], [edited(before, **edit), *OTHERS])
    assert features_of(desk, column)[feature] == pytest.approx(value, abs=0.1)


def test_no_feature_is_missing_or_negative(tmp_path: Path) -> None:
    odd = [line(1), line(2, quantity="", units_total_price="#REF"), line(3, cu="", work_type="")]
    gone = [edited(odd[0], quantity="x", units_total_price="", weekly_reference_logged_date="")]
    made = history(two_looks(tmp_path, odd, [*gone, line(4, units_completed="false")])).select(FEATURES)
    assert made.height > 0
    assert made.null_count().sum_horizontal().item() == 0
    assert made.select(pl.all().is_nan().any() | (pl.all() < 0).any()).sum_horizontal().item() == 0


def test_peers_are_of_before_the_look(tmp_path: Path) -> None:
    """Ten lines of wire are raised together: none of them makes the others look usual."""
    raised = [edited(each, quantity="4000", units_total_price="3280.00") for each in WIRE]
    desk = two_looks(tmp_path, [*OTHERS, *WIRE], [*OTHERS, *raised])
    far = history(desk).filter(pl.col("column") == "Quantity")
    assert far.height == len(WIRE)
    assert far["peer_distance"].min() > 5  # type: ignore[operator]


def test_what_comes_in_every_look_is_less_rare_than_what_came_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    lines: list[Line] = [*OTHERS]
    for place, look in enumerate((FIRST, SECOND, THIRD, "2025-08-19", "2025-08-26")):
        if place:
            lines[place] = edited(lines[place], pole=f"Point {900 + place}")
        if look == "2025-08-26":
            lines[0] = edited(lines[0], cu="POL-40-2")
        desk.look(look, lines)
    desk.sync()
    told = history(desk).sort("event_id")
    poles = told.filter(pl.col("column") == "Pole #")["rarity"].to_list()
    (once,) = told.filter(pl.col("column") == "CU")["rarity"].to_list()
    assert once > poles[-1]
    assert max(poles) - min(poles) < 0.06, "one in forty rows of each look, however many looks"


def test_an_edit_is_as_rare_where_another_sheet_is_not_in_the_look(tmp_path: Path) -> None:
    """The other sheet is twenty times as large: it stands among the rows of the looks that saw it."""
    rare = []
    for name, looks in (("both", 5), ("one", 4)):
        desk = Desk(tmp_path / name)
        lines: list[Line] = [*OTHERS]
        for place, look in enumerate((FIRST, SECOND, THIRD, "2025-08-19", "2025-08-26")):
            lines[place] = edited(lines[place], pole=f"Point {900 + place}")
            desk.look(look, lines)
            if place < looks:
                desk.look(look, [line(n) for n in range(1_000, 1_800)], sheet="Field Billing South")
        desk.sync()
        rare.append(history(desk).sort("event_id")["rarity"].to_list()[-1])
    assert rare[1] == pytest.approx(rare[0], abs=0.03)


def test_the_cell_that_was_changed_before(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for look, pole in ((FIRST, "1"), (SECOND, "9"), (THIRD, "1")):
        desk.look(look, [line(1, pole=f"Point {pole}"), *OTHERS])
    desk.sync()
    first, again = history(desk).sort("event_id")["times_changed"].to_list()
    assert first == 0 < again


CUT = [
    pytest.param(SECOND, 1.0, id="cut while the week was open, put back after it locked"),
    pytest.param(THIRD, 0.0, id="cut after the lock already"),
]


@pytest.mark.parametrize(("cut", "said"), CUT)
def test_cut_and_put_back(tmp_path: Path, cut: str, said: float) -> None:
    whole, less = open_week(1), open_week(1, quantity="1", units_total_price="56.84")
    desk = Desk(tmp_path)
    for look in (FIRST, SECOND, THIRD, "2025-08-19"):
        desk.look(look, [whole if look < cut or look > THIRD else less, *OTHERS])
    desk.sync()
    last = history(desk).filter((pl.col("look") == "2025-08-19") & (pl.col("column") == "Quantity"))
    assert last["cut_and_restored"].to_list() == [said]


def test_groups_and_what_machines_did(tmp_path: Path) -> None:
    stamped = {"Modified By": "automation@smartsheet.com", "Modified": "2025-08-06T15:00:00Z"}
    typed = {"Modified By": "ann@example.com", "Modified": "2025-08-06T15:00:00Z"}
    blank = {"Modified By": "ann@example.com", "Modified": "2025-07-20T15:00:00Z"}
    before = [open_week(1, snapshot_date="") | blank, open_week(2) | blank]
    after = [open_week(1) | stamped, open_week(2, quantity="1") | typed]
    found = history(two_looks(tmp_path, before, after)).sort("row_id")
    assert found["group"].to_list() == ["date", "quantity"]
    assert found["machine"].to_list() == [True, False]
