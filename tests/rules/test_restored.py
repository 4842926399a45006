"""Cut while the week was open and put back once it had locked."""

from pathlib import Path

import polars as pl
import pytest

from tests.exports import FIRST, SECOND, THIRD, Desk, Line, edited, line, open_week
from tests.rules.looks import charged

OTHERS = [line(n) for n in range(100, 120)]
Q, P, DONE = "Quantity", "Units Total Price", "Units Completed?"
Cell = tuple[str, str | None, str | None]


def earlier(*cells: Cell) -> pl.DataFrame:
    """What the trail says of row 1 while its week was open: (column, old value, new value), oldest first."""
    names = ("row_id", "column", "old_value", "new_value")
    return pl.DataFrame([("1", *cell) for cell in cells], schema=dict.fromkeys(names, pl.String), orient="row")


@pytest.mark.parametrize(
    ("cut", "was", "edit", "column"),
    [
        pytest.param([(Q, "6", "2")], line(1), {"quantity": "6"}, Q, id="pieces"),
        pytest.param([(Q, "6", "4"), (Q, "4", "2")], line(1), {"quantity": "6"}, Q, id="a cut in two steps"),
        pytest.param(
            [(Q, "100", "98"), (Q, "98", "10")], line(1, quantity="10"), {"quantity": "98"}, Q, id="in between"
        ),
        pytest.param([(Q, "6 EA", "2 EA")], line(1), {"quantity": "6 EA"}, Q, id="pieces with their unit"),
        pytest.param([(Q, "6", None)], line(1, quantity=""), {"quantity": "6"}, Q, id="emptied"),
        pytest.param(
            [(P, "113.68", "0")], line(1, units_total_price="0"), {"units_total_price": "113.68"}, P, id="price zeroed"
        ),
        pytest.param(
            [(DONE, "true", "false")], line(1, units_completed="false"), {"units_completed": "true"}, DONE,
            id="unchecked",
        ),
    ],
)  # fmt: skip
def test_what_was_cut_before_the_lock_is_back_after_it(
    cut: list[Cell], was: Line, edit: dict[str, str], column: str
) -> None:
    after = edited(was, **edit)
    told = charged("restored_after_lock", [was, *OTHERS], [after, *OTHERS], open_edits=earlier(*cut))
    (hit,) = told
    assert (hit["column"], hit["certainty"], hit["expected"]) == (column, "certain", cut[-1][2] or "blank")
    assert f"was cut from {cut[0][1]} to {hit['expected']} while week 2025-07-20 was open" in hit["description"]
    assert "again now that it has locked" in hit["description"]


@pytest.mark.parametrize(("was", "now"), [("100", "96"), ("6", "8")], ids=["nearly all of them", "and more"])
def test_another_number_than_was_cut_is_as_unusual_as_it_is(was: str, now: str) -> None:
    before, cut = line(1, quantity="2"), earlier((Q, was, "2"))
    (hit,) = charged("restored_after_lock", [before, *OTHERS], [edited(before, quantity=now), *OTHERS], open_edits=cut)
    assert (hit["certainty"], hit["seen"], hit["expected"]) == ("unusual", now, "2")
    assert f"and is {now} now that it has locked" in hit["description"]


@pytest.mark.parametrize(
    ("cut", "was", "edit"),
    [
        pytest.param([], line(1), {"quantity": "6"}, id="nothing was cut: an ordinary late raise"),
        pytest.param([(Q, "6", "2")], line(1), {"quantity": "3"}, id="only a part came back"),
        pytest.param([(Q, "2", "6")], line(1, quantity="6"), {"quantity": "2"}, id="raised, then cut"),
        pytest.param([(Q, "6", "2"), (Q, "2", "6")], line(1, quantity="6"), {"quantity": "7"}, id="back in time"),
        pytest.param([(Q, "100", "99")], line(1, quantity="99"), {"quantity": "100"}, id="a cut of one percent"),
        pytest.param([(P, "341.04", "113.68")], line(1), {"quantity": "6"}, id="another cell"),
        pytest.param([(DONE, "false", "true")], line(1), {"units_completed": "false"}, id="ticked, then unchecked"),
    ],
)
def test_what_is_no_restoration_of_a_cut(cut: list[Cell], was: Line, edit: dict[str, str]) -> None:
    after = edited(was, **edit)
    assert charged("restored_after_lock", [was, *OTHERS], [after, *OTHERS], open_edits=earlier(*cut)) == []


def test_a_restoration_in_an_open_week_is_an_ordinary_correction() -> None:
    was, after = open_week(1), open_week(1, quantity="6")
    cut = earlier((Q, "6", "2"))
    assert charged("restored_after_lock", [was, *OTHERS], [after, *OTHERS], open_edits=cut) == []


def restored(root: Path, *looks: tuple[str, Line]) -> list[tuple[str, str, str]]:
    """(look, column, severity) of what the rule hits in the looks of one line."""
    desk = Desk(root)
    for look, each in looks:
        desk.look(look, [each, *OTHERS])
    desk.sync()
    told = [event for event in desk.events() if "restored_after_lock" in str(event["evidence"])]
    return [(event["look"], event["column_name"], event["severity"]) for event in told]


SIX = open_week(1, quantity="6", units_total_price="341.04")
TWO = open_week(1)


def test_the_trail_remembers_what_was_cut_while_the_week_was_open(tmp_path: Path) -> None:
    # week 2025-08-10: the cut lies before its lock, and between 08-11 and THIRD it is surely locked
    looks = ((FIRST, SIX), (SECOND, TWO), ("2025-08-11", TWO), (THIRD, SIX))
    assert restored(tmp_path, *looks) == [(THIRD, Q, "HIGH"), (THIRD, P, "HIGH")]


def test_what_a_failure_lost_after_the_lock_is_put_back_without_an_alarm(tmp_path: Path) -> None:
    lost = edited(SIX, units_total_price="0")
    looks = ((FIRST, SIX), ("2025-08-11", SIX), (THIRD, lost), ("2025-08-20", SIX))
    assert restored(tmp_path, *looks) == []
