"""Raw snapshots → canonical text, typed state, and what could not be read."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_core.blind_spots import Reason
from audit_core.errors import SnapshotRefused
from audit_core.sheets import COLUMNS, Concept, Sheet, read_sheet, state, unparsed_cells
from audit_core.sheets.cells import SETTLED, canonical_text
from audit_core.sheets.parsers import canonical

CHICAGO = ZoneInfo("America/Chicago")


def sheet(columns: Mapping[str, Sequence[str | None]]) -> Sheet:
    rows = max(len(cells) for cells in columns.values())
    ids = {"row_id": [str(number) for number in range(1, rows + 1)]}
    return read_sheet(pl.DataFrame({**ids, **columns}), "7", "North", CHICAGO)


@pytest.mark.parametrize(
    ("concept", "raw", "shown"),
    [
        (
            Concept.MONEY,
            ["$1,250.00", "34.40", "(5)", "n/a ", "", None, "#REF!"],
            ["1250", "34.4", "-5", "n/a", None, None, "#REF!"],
        ),
        (Concept.QUANTITY, ["2.0", " 2 EA ", "1,600", "-0", "0.30000000000000004"], ["2", "2 EA", "1600", "0", "0.3"]),
        (Concept.CHECKBOX, ["TRUE", "0", "checked", "☐", "maybe "], ["true", "false", "true", "false", "maybe"]),
        (
            Concept.DATE,
            ["07/24/25", "2025-07-24 00:00:00", "2025-13-01", " "],
            ["2025-07-24", "2025-07-24", "2025-13-01", None],
        ),
        (
            Concept.INSTANT,
            ["08/26/25 3:14 PM", "2025-08-26T14:03:11.9Z"],
            ["2025-08-26T20:14:00Z", "2025-08-26T14:03:11Z"],
        ),
        (
            Concept.WORK_REQUEST,
            ["WR_71891012", "71891012.0", "71891012", "tbd"],
            ["71891012", "71891012", "71891012", "tbd"],
        ),
        (Concept.TEXT, ["  a  b ", "1.0", "\xa0"], ["a  b", "1.0", None]),
    ],
)
def test_canonical_text(concept: Concept, raw: list[str | None], shown: list[str | None]) -> None:
    cells = canonical_text(pl.Series("title", raw), concept, CHICAGO)
    assert cells.to_list() == shown
    assert cells.name == "title"
    assert cells.dtype == pl.String


def test_columns_without_any_text() -> None:
    for concept in Concept:
        assert canonical_text(pl.Series("c", [], dtype=pl.String), concept, CHICAGO).to_list() == []
        assert canonical_text(pl.Series("c", [None, None]), concept, CHICAGO).to_list() == [None, None]


cell = st.one_of(
    st.text(max_size=8),
    st.from_regex(r"[$(-]?[0-9,]{1,6}(\.[0-9]{0,7})?\)?( EA)?", fullmatch=True),
    st.datetimes().map(str),
    st.dates().map(str),
    st.sampled_from(sorted(SETTLED.values())).flatmap(lambda shape: st.from_regex(shape, fullmatch=True)),
)


@given(st.sampled_from(list(Concept)), st.lists(cell))
def test_columns_agree_with_the_parsers_and_settle(concept: Concept, raw: list[str]) -> None:
    cells = canonical_text(pl.Series(raw, dtype=pl.String), concept, CHICAGO)
    if concept is not Concept.TEXT:
        assert cells.to_list() == [canonical(text, concept, CHICAGO) or None for text in raw]
    assert canonical_text(cells, concept, CHICAGO).to_list() == cells.to_list()


def test_cells_stand_under_canonical_names_in_sheet_order() -> None:
    found = sheet({"Comments": [" late "], "Qty": ["2.0"], "WR": ["WR_71891012"], "Modified": ["2025-08-26T14:03:11Z"]})
    assert found.cells.columns == ["row_id", "Comments", "Quantity", "Work Request #", "Modified Date"]
    assert found.cells.row(0) == ("1", "late", "2", "71891012", "2025-08-26T14:03:11Z")


def test_state_is_typed() -> None:
    found = sheet(
        {
            "WR": ["71891012.0", "tbd", None],
            "Weekly Reference Logged Date": ["2025-08-17", None, "2025-08-13"],
            "Snapshot Date": ["08/13/25", "8/18/25", None],
            "Units Completed?": ["1", "no", "?"],
            "Qty": ["2 EA", "1,600", "some"],
            "Units Total Price": ["$68.805", "#NO MATCH", "(1)"],
            "CU": [" pol-40-2 ", "#NO MATCH", None],
            "Work Type": ["Install", "#REF", "Xfr"],
            "Point #": ["Point 07", "59", None],
            "Foreman": ["Foreman 07", "#NO MATCH", None],
            "Foreman Helping?": ["Foreman 09", "yes", "#NO MATCH"],
            "UOM": ["each", "Lin. Ft.", "spool"],
            "Modified By": ["automation@smartsheet.com", "", None],
            "Modified": ["08/26/25 3:14 PM", "soon", None],
        }
    )
    rows = state(found)
    assert rows.schema == {
        "row_id": pl.String, "work_request": pl.String, "week": pl.Date, "week_ending": pl.Date,
        "week_text": pl.String, "work_date": pl.Date, "work_date_text": pl.String,
        "completed": pl.Boolean, "quantity": pl.Float64, "quantity_text": pl.String, "price_cents": pl.Int64,
        "cu": pl.String, "cu_text": pl.String, "work_type": pl.String, "pole": pl.String, "pole_text": pl.String,
        "foreman": pl.String, "helper": pl.String, "helper_completed": pl.Boolean,
        "vac_crew": pl.String, "vac_completed": pl.Boolean, "unit_of_measure": pl.String,
        "modified_by": pl.String, "modified_at": pl.Datetime("us", "UTC"), "created_by": pl.String,
        "created_at": pl.Datetime("us", "UTC"),
    }  # fmt: skip
    assert rows["work_request"].to_list() == ["71891012", None, None]
    assert rows["week"].to_list() == [date(2025, 8, 17), None, date(2025, 8, 13)]
    assert rows["week_ending"].to_list() == [date(2025, 8, 17), date(2025, 8, 24), date(2025, 8, 17)]
    assert rows["completed"].to_list() == [True, False, None]
    assert rows["quantity"].to_list() == [2.0, 1600.0, None]
    assert rows["quantity_text"].to_list() == ["2 EA", "1600", "some"]
    assert rows["price_cents"].to_list() == [6881, None, -100]
    assert rows["cu"].to_list() == ["POL-40-2", None, None]
    assert rows["cu_text"].to_list() == ["pol-40-2", "#NO MATCH", None]
    assert rows["work_type"].to_list() == ["Inst", None, "Tran"]
    assert rows["pole"].to_list() == ["7", "59", None]
    assert rows["foreman"].to_list() == ["Foreman 07", None, None]
    assert rows["helper"].to_list() == ["Foreman 09", None, None]
    assert rows["unit_of_measure"].to_list() == ["EA", "FT", "SPOOL"]
    assert rows["modified_by"].to_list() == ["automation@smartsheet.com", None, None]
    assert rows["modified_at"].to_list() == [datetime(2025, 8, 26, 20, 14, tzinfo=UTC), None, None]
    assert rows["created_at"].to_list() == [None] * 3


def test_state_of_an_empty_sheet_has_the_same_columns() -> None:
    empty = read_sheet(pl.DataFrame({"row_id": []}, schema={"row_id": pl.String}), "7", "North", CHICAGO)
    assert state(empty).shape == (0, 26)
    full = state(sheet({column.name: ["1"] for column in COLUMNS}))
    assert state(empty).schema == full.schema


def test_an_undecided_column_is_not_read_even_under_the_canonical_name() -> None:
    found = sheet({"Quantity": ["2"], "quantity ": ["3"]})
    assert "Quantity (not mapped)" in found.cells.columns
    assert state(found)["quantity"].to_list() == [None]


def test_cells_not_understood_are_counted_with_examples() -> None:
    found = sheet(
        {
            "Qty": ["two", "two", "n/a", "?", "tbd", "#REF", "1", "2 EA", None, " "],
            "Total Price": ["1"] * 9 + ["#UNPARSEABLE"],
            "Foreman": ["#NO MATCH"] * 10,
        }
    )
    spots = [spot for spot in found.blind_spots if spot.reason is Reason.CELLS_UNPARSED]
    assert [spot.detail for spot in spots] == [
        "Column 'Qty': 5 cells not understood ('two', '?', 'n/a'), 1 cell with a Smartsheet error ('#REF').",
        "Column 'Total Price': 1 cell with a Smartsheet error ('#UNPARSEABLE').",
    ]
    assert unparsed_cells(found) == spots


def test_long_examples_are_cut() -> None:
    [spot] = unparsed_cells(sheet({"Quantity": ["x" * 500]}))
    assert len(spot.detail) < 120


def test_rows_without_ids_are_refused() -> None:
    with pytest.raises(SnapshotRefused, match="North"):
        read_sheet(pl.DataFrame({"Quantity": ["1"]}), "7", "North", CHICAGO)
