"""Rules that an installation adds in its config.json: one column, one test. Each starts in shadow."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

import polars as pl

from audit_core.changes.diff import ROW
from audit_core.rules.base import Certainty, Checked, Context, Rule, dollars, hits, money_text
from audit_core.rules.states import Scope
from audit_core.settings.rules import NUMBERS, AddedRule
from audit_core.sheets import columns as c
from audit_core.sheets.parsers import cents

_FIELDS = {
    c.QUANTITY: "quantity",
    c.PRICE: "price_cents",
    c.CU: "cu_text",
    c.WORK_TYPE: "work_type",
    c.WORK_REQUEST: "work_request",
    c.POLE: "pole_text",
    c.FOREMAN: "foreman",
    c.UNIT_OF_MEASURE: "unit_of_measure",
    c.COMPLETED: "completed",
    c.WEEK: "week",
    c.WORK_DATE: "work_date",
}
"""Where the state of a row (see sheets.state) has each column."""

_EXPECTED = {"over": "at most", "under": "at least", "equals": "not", "matches": "nothing like", "blank": "a value"}


def added_rule(added: AddedRule) -> Rule:
    """The rule that an object of `rules.added` describes."""
    on_rows = added.on == "rows"
    return Rule(
        added.name,
        added.title,
        "added here",
        Certainty.CERTAIN if added.certain else Certainty.UNUSUAL,
        columns=(added.column,),
        needs=(added.column,),
        on_state=partial(_rows, added) if on_rows else None,
        on_changes=None if on_rows else partial(_changes, added),
        added=True,
        scope=Scope(added.sheets, added.work_requests),
    )


def _rows(added: AddedRule, state: pl.DataFrame, _context: Context, _before: pl.DataFrame | None) -> Checked:
    """Every row that passes the test. A row whose number cannot be read is skipped, unless that is the test."""
    return _checked(added, state, _FIELDS[added.column], None)


def _changes(added: AddedRule, changes: pl.DataFrame, _context: Context) -> Checked:
    """Every change of the column, and every new line, whose new value passes the test."""
    there = changes.filter(
        (pl.col("column") == added.column) | ((pl.col("column") == ROW) & (pl.col("kind") == "added"))
    )
    return _checked(added, there, f"a_{_FIELDS[added.column]}", pl.col("column"))


def _checked(added: AddedRule, frame: pl.DataFrame, field: str, column: pl.Expr | None) -> Checked:
    value = pl.col(field)
    readable = frame if added.test == "blank" else frame.filter(value.is_not_null())
    found = readable.filter(_TESTS[added.test](value, _wanted(added)))
    expected = _EXPECTED[added.test] if added.value is None else f"{_EXPECTED[added.test]} {_shown(added)}"
    seen = pl.lit("blank or not readable") if added.test == "blank" else _text(added.column, value)
    made = hits(
        found,
        row_id=pl.col("row_id"),
        column=column,
        description=pl.concat_str(
            pl.lit(f"{added.title}: {added.column} is "), seen, pl.lit(f", where {expected} is expected.")
        ),
        fix=f"Consider checking {added.column}; this rule was added here (rules.added in config.json).",
        seen=seen,
        expected=expected,
    )
    return Checked(made, readable["row_id"], skipped=frame.height - readable.height)


_TESTS: dict[str, Callable[[pl.Expr, float | int | str | None], pl.Expr]] = {
    "over": lambda value, wanted: value > wanted,
    "under": lambda value, wanted: value < wanted,
    "equals": lambda value, wanted: (value if isinstance(wanted, int | float) else value.cast(pl.String)) == wanted,
    "matches": lambda value, wanted: value.cast(pl.String).str.contains(str(wanted)),
    "blank": lambda value, _wanted: value.is_null(),
}


def _wanted(added: AddedRule) -> float | int | str | None:
    """The value as the state has it: money in cents."""
    if added.column == c.PRICE and isinstance(added.value, float):
        return cents(Decimal(str(added.value)))
    return added.value


def _shown(added: AddedRule) -> str:
    wanted = _wanted(added)
    if isinstance(wanted, int):
        return money_text(wanted)
    return f"{wanted:,.10g}" if isinstance(wanted, float) else f"'{wanted}'"


def _text(column: str, value: pl.Expr) -> pl.Expr:
    """A value for a sentence."""
    if column == c.PRICE:
        return dollars(value)
    return value.cast(pl.String).str.strip_suffix(".0") if column in NUMBERS else value.cast(pl.String)
