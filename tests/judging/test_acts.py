"""Which edits of one look are one act, and which only happen to be in the same look."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from audit_core.judging.acts import acts

ANN, BEA = "ann@x.example", "bea@x.example"
LATE = "edited_after_lock"
Q, P, FOREMAN = "Quantity", "Units Total Price", "Foreman"
NINE = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
MINUTES = 15

Edit = tuple[str, str, str | None, str | None, int | None]
"""(column, new value, rule, by, minutes after nine); the old value is 1."""
SCHEMA: dict[str, pl.DataType] = {
    **dict.fromkeys(("sheet_id", "row_id", "column", "old_value", "new_value"), pl.String()),
    **dict.fromkeys(("violation_type", "changed_by"), pl.String()),
    "changed_at": pl.Datetime("us", "UTC"),
    "b_price_cents": pl.Int64(),
    "a_price_cents": pl.Int64(),
}  # fmt: skip


def told(*rows: Edit | list[Edit], mass_rows: int = 50) -> list[int | None]:
    """For the edits of each row: the number of their act, in order of appearance; None where it is its own."""
    made = [
        ("S", f"{row:04}", column, "1", new, rule, by, None if at is None else NINE + timedelta(minutes=at),
         100, int(float(new) * 100) if column == P else 100)
        for row, edits in enumerate(rows)
        for column, new, rule, by, at in (edits if isinstance(edits, list) else [edits])
    ]  # fmt: skip
    frame = pl.DataFrame(made, schema=SCHEMA, orient="row")
    keyed = frame.join(
        acts(frame, mass_rows, MINUTES), on=["sheet_id", "row_id", "column"], how="left", maintain_order="left"
    )
    keyed = keyed.with_columns(shared=pl.struct("sheet_id", "row_id").n_unique().over("act") > 1)
    found = keyed.select(pl.when("shared").then("act")).to_series().to_list()
    numbers = {act: number for number, act in enumerate(dict.fromkeys(act for act in found if act))}
    return [numbers.get(act) for act in found]


def test_unlike_corrections_by_many_people_over_days_are_no_act() -> None:
    days = [(Q, str(n), None, f"p{n % 6}@x.example", 400 * n) for n in range(2, 15)]
    assert told(*days) == [None] * 13
    assert told(*((Q, "2", LATE, f"p{n}@x.example", 400 * n) for n in range(6))) == [None] * 6


def test_what_one_person_does_within_minutes_is_one_act() -> None:
    assert told((Q, "2", None, ANN, 0), (Q, "7", None, ANN, 14), (Q, "3", None, ANN, 16)) == [0, 0, None]
    assert told((Q, "2", None, ANN, 0), (Q, "7", None, BEA, 1)) == [None, None]
    assert told((Q, "2", None, ANN, 0), (P, "7", None, ANN, 1)) == [None, None]


def test_late_edits_are_one_act_where_they_are_alike() -> None:
    assert told((Q, "3", LATE, ANN, 0), (Q, "3", LATE, ANN, 5), (Q, "4", LATE, ANN, 6)) == [0, 0, None]
    assert told((P, "1.04", LATE, ANN, 0), (P, "1.04", LATE, ANN, 5), (P, "1.1", LATE, ANN, 6)) == [0, 0, None]
    assert told(*[("CU", "ANC-10", LATE, None, None)] * 2, ("CU", "POL-40", LATE, None, None)) == [0, 0, None]


def test_prices_that_one_person_moved_by_one_factor_are_one_act_however_long_it_took() -> None:
    assert told((P, "1.12", LATE, ANN, 0), (P, "1.12", LATE, ANN, 90), (P, "1.12", LATE, BEA, 91)) == [0, 0, None]


def test_a_quantity_and_its_price_are_one_edit() -> None:
    both: list[list[Edit]] = [[(Q, "3", LATE, ANN, at), (P, "3", LATE, ANN, at)] for at in (0, 5)]
    assert told(*both, (Q, "3", LATE, ANN, 6)) == [0, 0, 0, 0, None]


@pytest.mark.parametrize("rule", [None, "foreman_reassigned"])
def test_foremen_set_to_one_are_one_act_though_nobody_knows_by_whom(rule: str | None) -> None:
    assert told(*((FOREMAN, who, rule, None, None) for who in ("X", "X", "Y"))) == [0, 0, None]


def test_a_mass_of_one_column_is_one_act_whatever_it_says() -> None:
    rows = [(FOREMAN, str(n), None, None, None) for n in range(10)]
    assert told(*rows, mass_rows=10) == [0] * 10
    assert told(*rows, mass_rows=11) == [None] * 10
    broken = [(P, str(n), "price_mismatch", ANN, 0) for n in range(2, 12)]
    assert told(*broken, mass_rows=10) == [0] * 10
    assert told(*broken, mass_rows=11) == [None] * 10


def test_late_quantities_of_nobody_knows_whom_are_not_alike_because_the_numbers_are() -> None:
    assert told(*[(Q, "2", LATE, None, None)] * 3) == [None] * 3
    assert told(*[(Q, "2", LATE, None, None)] * 3, mass_rows=3) == [0] * 3


def test_a_line_that_broke_another_rule_beside_is_a_story_of_its_own() -> None:
    wrong: list[Edit] = [(Q, "3", "price_mismatch", ANN, 0), (P, "3", LATE, ANN, 0)]
    assert told(wrong, (P, "3", LATE, ANN, 1), (P, "3", LATE, ANN, 2)) == [None, None, 0, 0]
