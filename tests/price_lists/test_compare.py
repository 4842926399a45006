"""A new price list is compared before it counts: which codes, how many past lines, how much money."""

from pathlib import Path

import pytest

from audit_core.errors import ConfigError
from audit_core.price_lists.compare import Comparison
from audit_core.price_lists.decide import compared
from tests.exports import FIRST, SECOND, Desk, line, open_week
from tests.price_lists.lists import FROM, NEWER, opened, written


def shown(desk: Desk, content: str = NEWER) -> Comparison:
    with opened(desk) as workspace:
        return compared(workspace, written(desk, content), FROM)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Lines of a locked week before the list's day, and lines of an open week after it, on the newest snapshot."""
    desk = Desk(tmp_path_factory.mktemp("original"))
    lines = [line(n) for n in range(10)] + [open_week(n) for n in range(20, 25)]  # of 2025-07-16 and 2025-08-05
    lines += [open_week(30, cu="NEW-1", units_total_price="10"), open_week(31, cu="CON-2", work_type="Rem")]
    lines += [open_week(32, units_total_price="0"), open_week(33, units_total_price="n/a")]
    desk.look(FIRST, lines[:3])
    desk.look(SECOND, lines)
    desk.sync()
    return desk


@pytest.fixture
def desk(original: Desk, tmp_path: Path) -> Desk:
    return original.copy(tmp_path)


def test_codes_are_added_removed_and_re_priced(desk: Desk) -> None:
    found = shown(desk)
    assert (found.added, found.removed, found.repriced) == (1, 1, 1)
    assert [tuple(row) for row in found.codes.iter_rows()] == [
        ("ANC-10", "Inst", 56.84, 60.0, 5, 5 * 2 * 316),
        ("CON-2", "Rem", 0.82, None, 0, 0),
        ("NEW-1", "Inst", None, 5.0, 0, 0),
    ]


def test_past_lines_from_its_day_on_are_counted_with_their_money(desk: Desk) -> None:
    found = shown(desk)
    assert (found.lines, found.money_cents, found.listed, found.unlisted) == (5, 5 * 632, 1, 1)
    assert found.locked == 0
    assert found.words() == (
        "1 codes added, 1 removed, 1 re-priced; 5 past lines would be priced otherwise, by $31.60 in all, 1 come into "
        "the list and 1 drop out of it (0 of these lines are of locked weeks)."
    )


def test_lines_of_locked_weeks_are_told_apart(desk: Desk) -> None:
    desk.look("2025-08-12", [open_week(n) for n in range(20, 25)])  # two days after their week locked
    desk.sync()
    found = shown(desk)
    assert (found.lines, found.locked) == (5, 5)


def test_the_same_list_changes_nothing(desk: Desk) -> None:
    found = shown(desk, (desk.root / "rates.csv").read_text())
    assert found.codes.is_empty()
    assert set(found.counts().values()) == {0}


def test_where_there_was_no_list_every_code_is_added(tmp_path: Path) -> None:
    desk = Desk(tmp_path, rates=None)
    desk.look(FIRST, [open_week(1)])
    desk.sync()
    found = shown(desk)
    assert (found.added, found.removed, found.repriced, found.lines, found.listed) == (3, 0, 0, 0, 1)


WRONG = {
    "no such file": (None, "prices: there is no file "),
    "a column missing": ("CU,Unit Price\nA,1\n", "has no column 'Work Type'"),
    "no rate": ("CU,Work Type,Unit Price\n", "has no rate in it"),
    "two prices": ("CU,Work Type,Unit Price\nA,Inst,1\nA,Install,2\n", "price A Inst differently on the same days"),
    "a price below nothing": ("CU,Work Type,Unit Price\nA,Inst,-1\n", "a unit price is 0 or more"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_list_that_cannot_be_is_one_sentence(tmp_path: Path, case: str) -> None:
    content, words = WRONG[case]
    desk = Desk(tmp_path)
    path = written(desk, content) if content is not None else tmp_path / "none.csv"
    with opened(desk) as workspace, pytest.raises(ConfigError, match=words):
        compared(workspace, path, FROM)
