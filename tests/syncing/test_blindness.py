"""What cannot be read ends in a sentence and a blind spot; no change is invented, and no later sync is poisoned."""

import errno
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.exports import FIRST, NORTH, SECOND, THIRD, Desk, Line, edited, line

pytestmark = pytest.mark.in_turn(3)

LINES = [line(n) for n in range(1, 31)]
EDIT = [edited(LINES[0], quantity="3", units_total_price="170.52"), *LINES[1:]]
"""What the third look shows: one line edited since the first."""


def reasons(desk: Desk) -> list[str]:
    return [spot.reason.value for spot in desk.sync().blind_spots]


def without(lines: list[Line], title: str) -> list[Line]:
    return [{name: value for name, value in each.items() if name != title} for each in lines]


def renamed(lines: list[Line], title: str, to: str) -> list[Line]:
    return [{(to if name == title else name): value for name, value in each.items()} for each in lines]


def changed_cells(desk: Desk) -> list[tuple[str, str, str, str]]:
    return sorted((e["row_id"], e["column_name"], e["old_value"], e["new_value"]) for e in desk.events())


THE_EDIT = [("1", "Quantity", "2", "3"), ("1", "Units Total Price", "113.68", "170.52")]

DRIFT: list[tuple[str, list[Line], str, str]] = [
    ("a required column renamed", renamed(LINES, "Quantity", "Pieces"), "column missing", "Quantity"),
    ("a required column dropped", without(LINES, "Units Total Price"), "column missing", "Units Total Price"),
    ("another column dropped", without(LINES, "Foreman"), "column missing", "Foreman"),
    ("a column added", [each | {"Notes": "n/a"} for each in LINES], "column not mapped", "Notes"),
    ("two columns for one concept", [each | {"Qty": "9"} for each in LINES], "two columns for one concept", "Qty"),
]


@pytest.mark.parametrize(("_what", "second", "reason", "named"), DRIFT, ids=[case[0] for case in DRIFT])
def test_a_column_that_drifts_is_reported_and_invents_nothing(
    tmp_path: Path, _what: str, second: list[Line], reason: str, named: str
) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, LINES)
    desk.sync()
    desk.look(SECOND, second)
    counters = desk.sync()
    spots = [spot for spot in counters.blind_spots if spot.reason == reason]
    assert spots
    assert any(f"'{named}'" in spot.detail for spot in spots)
    assert not any(spot.unread for spot in counters.blind_spots)
    assert (counters.cells_changed, counters.rows_added, counters.rows_removed) == (0, 0, 0)
    # the column comes back, with one edit made meanwhile: exactly that edit is found
    desk.look(THIRD, EDIT)
    desk.sync()
    assert changed_cells(desk) == THE_EDIT


def test_the_blind_spots_of_the_last_look_are_told_again_while_nothing_is_new(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, without(LINES, "Quantity"))
    assert reasons(desk) == reasons(desk) != []


def test_another_name_for_a_column_is_no_drift(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, LINES)
    desk.look(SECOND, renamed(renamed(LINES, "Quantity", "# Units"), "Units Total Price", "redlined TOTAL price"))
    counters = desk.sync()
    assert (counters.cells_changed, counters.blind_spots) == (0, [])


def test_numbers_exported_as_text_are_no_change(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for look, typed in ((FIRST, True), (SECOND, False)):
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(list(LINES[0]))
        for each in LINES:
            price = each["Units Total Price"]
            row = each | {"Quantity": 2.0, "Units Total Price": float(price), "Units Completed?": True}
            text = each | {"Quantity": "2", "Units Total Price": f"${price}", "Units Completed?": "TRUE"}
            sheet.append(list((row if typed else text).values()))
        path = desk.exports / NORTH / f"{look}.xlsx"
        path.parent.mkdir(exist_ok=True)
        book.save(path)
    counters = desk.sync()
    assert (counters.looks, counters.cells_changed, counters.blind_spots) == (2, 0, [])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def header_only(path: Path) -> None:
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def doubled(path: Path) -> None:
    path.write_bytes(path.read_bytes() + path.read_bytes().splitlines(keepends=True)[1])


def no_row_id(path: Path) -> None:
    path.write_text(path.read_text().replace("Row ID", "Line"))


def bomb(path: Path) -> None:
    path.unlink()
    with zipfile.ZipFile(path.with_suffix(".xlsx"), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 201_000_000)


BROKEN: list[tuple[Callable[[Path], None], str]] = [
    (empty, "empty"),
    (header_only, "rows"),
    (cut, "cut"),
    (doubled, "1"),
    (no_row_id, "Auto-Number"),
    (bomb, "unpack"),
]


@pytest.mark.parametrize(("breaks", "word"), BROKEN, ids=[case[0].__name__ for case in BROKEN])
def test_a_snapshot_that_cannot_be_taken_is_refused_and_the_next_one_is_compared_with_the_last_good_one(
    tmp_path: Path, breaks: Callable[[Path], None], word: str
) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, LINES)
    desk.sync()
    breaks(desk.look(SECOND, EDIT))
    counters = desk.sync()
    (spot,) = counters.blind_spots
    assert spot.unread
    assert word.lower() in spot.detail.lower()
    assert NORTH in spot.detail
    assert spot.detail.endswith(".")
    assert (counters.sheets_failed, counters.events_recorded, counters.looks) == (1, 0, 0)
    assert desk.sync().events_recorded == 0
    desk.look(THIRD, EDIT)
    healed = desk.sync()
    assert changed_cells(desk) == THE_EDIT
    assert healed.looks == 1
    later = desk.sync()
    assert later.events_recorded == 0
    assert not any(spot.unread for spot in later.blind_spots)


@pytest.mark.parametrize("step", [41, pytest.param(5, marks=pytest.mark.soak)])
def test_a_file_cut_anywhere_in_its_last_lines_invents_no_change(tmp_path: Path, step: int) -> None:
    """Also inside the very last cell, where every line still has its right number of fields."""
    whole = Desk(tmp_path / "whole").look(SECOND, LINES).read_bytes()
    start = whole.rfind(b"\n", 0, whole.rfind(b"\n", 0, -2)) + 1
    for at in range(len(whole) - 3, start - 1, -step):
        desk = Desk(tmp_path / str(at))
        desk.look(FIRST, LINES)
        desk.look(SECOND, LINES).write_bytes(whole[:at].rstrip(b"\r\n"))
        desk.look(THIRD, EDIT)
        counters = desk.sync()
        assert changed_cells(desk) == THE_EDIT, f"cut at {at}"
        assert [spot.unread for spot in counters.blind_spots] == [True]


@pytest.mark.parametrize("kept", [0.25, 0.6, 0.9, 0.99])
def test_a_file_cut_at_the_end_of_a_line_waits_for_the_next_one(tmp_path: Path, kept: float) -> None:
    many = [line(n) for n in range(1, 301)]
    edit = [edited(many[0], quantity="3", units_total_price="170.52"), *many[1:]]
    desk = Desk(tmp_path)
    desk.look(FIRST, many)
    desk.look(SECOND, edit[: int(kept * 300)])
    (spot,) = desk.sync().blind_spots
    assert (spot.reason.value, spot.unread) == ("snapshot not plausible", True)
    desk.look(THIRD, edit)
    desk.sync()
    assert changed_cells(desk) == THE_EDIT


def test_lines_deleted_from_the_bottom_are_believed_when_the_next_look_says_so_too(tmp_path: Path) -> None:
    many = [line(n) for n in range(1, 101)]
    desk = Desk(tmp_path)
    desk.look(FIRST, many)
    desk.look(SECOND, many[:90])
    assert desk.sync().rows_removed == 0
    desk.look(THIRD, [edited(many[0], foreman="F 2"), *many[1:90]])
    counters = desk.sync()
    assert (counters.rows_removed, counters.cells_changed) == (10, 1)


def test_two_different_cuts_confirm_nothing(tmp_path: Path) -> None:
    many = [line(n) for n in range(1, 401)]
    desk = Desk(tmp_path)
    for look, rows in ((FIRST, 400), (SECOND, 100), (THIRD, 50), ("2025-08-20", 350)):
        desk.look(look, many[:rows])
    assert desk.sync().rows_removed == 0
    desk.look("2025-08-21", many)
    assert desk.sync().events_recorded == 1  # that a snapshot was taken, and nothing about its rows
    assert desk.events() == []


def test_a_row_added_in_a_cut_last_cell_is_not_taken_as_it_is(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, LINES)
    path = desk.look(SECOND, [*LINES, line(99)])
    path.write_bytes(path.read_bytes()[:-4])
    desk.look(THIRD, [*LINES, line(99)])
    desk.sync()
    assert [(e["column_name"], e["look"]) for e in desk.events()] == [("(row)", THIRD)]


def test_a_second_column_never_takes_the_place_of_the_one_that_was_read_so_far(tmp_path: Path) -> None:
    synonym = renamed(LINES, "Units Total Price", "Total Price")
    desk = Desk(tmp_path)
    desk.look(FIRST, synonym)
    desk.look(SECOND, [each | {"Units Total Price": "5"} for each in synonym])
    desk.look(THIRD, renamed(EDIT, "Units Total Price", "Total Price"))
    counters = desk.sync()
    assert changed_cells(desk) == THE_EDIT
    assert not any(spot.unread for spot in counters.blind_spots)


def test_a_title_that_stands_twice_is_neither_column(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, LINES)
    path = desk.look(SECOND, LINES)
    doubled_title = [f"9,{text}" for text in path.read_text().splitlines()]
    path.write_text("\n".join([doubled_title[0].replace("9,", "Quantity,", 1), *doubled_title[1:], ""]))
    desk.sync()
    assert desk.events() == []
    desk.look(THIRD, EDIT)
    desk.sync()
    assert changed_cells(desk) == THE_EDIT


def test_a_file_that_may_not_be_read_is_a_blind_spot_and_the_rest_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path)
    for sheet in ("A", NORTH):
        desk.look(FIRST, LINES, sheet=sheet)
    desk.sync()
    hidden = desk.look(SECOND, EDIT, sheet="A")
    desk.look(SECOND, EDIT)
    really = Path.open

    def forbidden(path: Path, *how: Any, **more: Any) -> Any:  # root may read everything, so the refusal is made here
        if path == hidden:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return really(path, *how, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", forbidden)
        counters = desk.sync()
    (spot,) = counters.blind_spots
    assert (spot.sheet, spot.unread, counters.sheets_failed) == ("A", True, 1)
    assert "Permission denied" in spot.detail
    assert changed_cells(desk) == THE_EDIT
    desk.sync()
    assert changed_cells(desk) == sorted(THE_EDIT * 2)


def test_priced_lines_that_no_rate_covers_are_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, [edited(LINES[0], cu="NEW-1"), *LINES[1:]])
    (spot,) = desk.sync().blind_spots
    assert spot.reason.value == "rows not checked"
    assert spot.detail.startswith("1 of 30 priced lines are in no rate of the price list")


def test_a_file_that_never_ends_its_last_line_is_read_all_the_same(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for look, lines in ((FIRST, LINES), (SECOND, EDIT)):
        path = desk.look(look, lines)
        path.write_bytes(path.read_bytes().rstrip(b"\r\n"))
    counters = desk.sync()
    assert changed_cells(desk) == THE_EDIT
    assert {spot.reason.value for spot in counters.blind_spots} == {"file without a last line end"}


def test_older_doubled_and_altered_snapshots_are_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(SECOND, LINES)
    desk.sync()
    desk.look(FIRST, EDIT)
    assert reasons(desk) == ["snapshot older than the last one taken"]
    desk.look(SECOND, EDIT)
    assert sorted(reasons(desk)) == ["snapshot older than the last one taken", "taken snapshot changed"]
    (desk.exports / NORTH / f"{THIRD}.csv").write_text("a")
    (desk.exports / NORTH / f"{THIRD} copy.csv").write_text("b")
    assert "two snapshots of one date" in reasons(desk)
    assert desk.events() == []


def test_a_sheet_that_is_gone_is_missed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, LINES)
    desk.look(FIRST, LINES, sheet="Field Billing South")
    desk.sync()
    for path in (desk.exports / "Field Billing South").iterdir():
        path.unlink()
    (desk.exports / "Field Billing South").rmdir()
    (spot,) = desk.sync().blind_spots
    assert (spot.sheet, spot.unread) == ("Field Billing South", True)


def test_most_rows_gone_waits_for_a_second_snapshot(tmp_path: Path) -> None:
    many = [line(n) for n in range(1, 501)]
    desk = Desk(tmp_path)
    desk.look(FIRST, many)
    desk.look(SECOND, many[:200])
    assert reasons(desk) == ["snapshot not plausible"]
    assert desk.events() == []
    desk.look(THIRD, many[:200])
    assert desk.sync().rows_removed == 300


def test_without_a_price_list_prices_are_said_to_be_unchecked(tmp_path: Path) -> None:
    desk = Desk(tmp_path, rates=None)
    desk.look(FIRST, LINES)
    assert "rule not run" in reasons(desk)


def test_cells_nobody_understands_are_counted(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, [edited(LINES[0], quantity="a few", units_total_price="#UNPARSEABLE"), *LINES[1:]])
    details = [spot.detail for spot in desk.sync().blind_spots if spot.reason == "cells not understood"]
    assert len(details) == 2
    assert "'a few'" in details[0] + details[1]


def test_hostile_cells_are_kept_as_they_are(tmp_path: Path) -> None:
    nasty = ["=1+1", "+cmd|' /C calc'!A0", "<script>", "'; DROP TABLE audit_events;--", "\u202eevil", "é" * 40_000]
    desk = Desk(tmp_path)
    desk.look(FIRST, LINES)
    desk.look(SECOND, [edited(each, foreman=text) for each, text in zip(LINES, nasty, strict=False)] + LINES[6:])
    desk.sync()
    assert [event["new_value"] for event in desk.events()] == nasty
    assert json.loads(json.dumps(nasty)) == nasty


def test_system_columns_may_come_and_go(tmp_path: Path) -> None:
    who = {"Modified By": "ana@example.com", "Modified": "08/06/25 4:12 PM", "Created By": "", "Created Date": ""}
    desk = Desk(tmp_path)
    desk.look(FIRST, LINES)
    desk.look(SECOND, [each | who for each in LINES])
    desk.look(THIRD, EDIT)
    assert reasons(desk) == []
    assert changed_cells(desk) == THE_EDIT
