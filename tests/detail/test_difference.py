"""How far apart two values of a cell are: as a number, in days, or word by word."""

import pytest

from audit_core.detail.difference import Piece, difference


def told(before: str | None, after: str | None, delta: float | None = None, column: str = "Foreman") -> str:
    return difference({"old_value": before, "new_value": after, "delta": delta, "column_name": column}).words


@pytest.mark.parametrize(
    ("before", "after", "delta", "words"),
    [
        ("28.09", "56.18", 28.09, "+28.09 (+100%)"),
        ("$1,000.00", "900", -100.0, "-100 (-10%)"),
        ("2 EA", "3 EA", 1.0, "+1 (+50%)"),
        ("(50.00)", "50", 100.0, "+100 (+200%)"),
        ("0", "12.5", 12.5, "+12.5"),
        (None, "7", 7.0, "+7"),
        ("1000000", "1000001", 1.0, "+1"),
        ("2025-09-14", "2025-09-21", None, "+7 days"),
        ("2025-09-14T10:00:00Z", "2025-09-13", None, "-1 day"),
        ("2025-09-14", None, None, ""),
        ("72793190", "72793191", None, ""),
    ],
)
def test_a_distance_has_a_measure_where_it_makes_sense(
    before: str | None, after: str | None, delta: float | None, words: str
) -> None:
    assert told(before, after, delta) == words


def test_texts_are_compared_word_by_word() -> None:
    found = difference(
        {"old_value": "Point 03, North", "new_value": "Point 04, North", "delta": None, "column_name": "Pole #"}
    )
    assert found.before == (Piece("Point ", same=True), Piece("03", same=False), Piece(", North", same=True))
    assert found.after == (Piece("Point ", same=True), Piece("04", same=False), Piece(", North", same=True))


@pytest.mark.parametrize(("column", "before"), [("(row)", '{"CU": "ANC-10"}'), ("Notes", "long " * 500)])
def test_whole_lines_and_long_texts_are_not_taken_apart(column: str, before: str) -> None:
    found = difference({"old_value": before, "new_value": "new", "delta": None, "column_name": column})
    assert found.before == (Piece(before, same=True),)
