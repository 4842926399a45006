"""Up to three sentences that say why a change stands where it stands.

Each says what was observed, what is typical and from how many, and what would be unremarkable. Hits of rules come
first; then what is rarest among comparable changes. Only changes that somebody may look at get words.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from audit_core.rules.base import Rule, dollars, thousands
from audit_core.scoring.features import FEATURES
from audit_core.scoring.model import Model
from audit_core.sheets.columns import PRICE, QUANTITY

WORTH_WORDS: Final = 0.1
"""The risk from which on a change is explained; below it, nothing about it is remarkable."""

MOST: Final = 3

_NOTABLE: Final = 1.0  # a tail: rarer than one in ten
_FULL_RANK: Final = 100.0  # hits stand above every tail
_Reason = tuple[pl.Expr, pl.Expr]
"""How strong it is (a tail or its like), and the sentence (null: nothing to say)."""


def with_reasons(changes: pl.DataFrame, rules: Sequence[Rule], model: Model | None) -> pl.DataFrame:
    """Adds `reasons` (list of text, the strongest first) to scored changes; empty below WORTH_WORDS."""
    nothing = pl.lit([], dtype=pl.List(pl.String))
    titles = {rule.name: rule.title for rule in rules}
    numbered = changes.with_row_index("at_")
    told = numbered.filter((pl.col("risk_score") >= WORTH_WORDS) | pl.col("severity").is_not_null())
    if told.is_empty():
        return changes.with_columns(reasons=nothing)
    tails = _strengths(told) if model is None else model.tails(told)
    told = told.with_columns(tails.select(pl.col(name).alias(f"t_{name}") for name in FEATURES)).rechunk()
    each = [_hit(titles), _restored(), *_measured()]
    listed = [
        pl.when(text.is_not_null() & (strength >= _NOTABLE)).then(
            pl.struct(strength.cast(pl.Float64).alias("strength"), text.alias("text"))
        )
        for strength, text in each
    ]
    chosen = pl.concat_list(listed).list.drop_nulls().list.sort(descending=True).list.head(MOST)
    texts = chosen.list.eval(pl.element().struct.field("text")).cast(pl.List(pl.String))
    words = told.select("at_", reasons=texts)
    found = numbered.select("at_").join(words, on="at_", how="left", maintain_order="left")
    filled = pl.when(pl.col("reasons").is_null()).then(nothing).otherwise("reasons")
    return changes.with_columns(found.select(reasons=filled).to_series())


def _strengths(changes: pl.DataFrame) -> pl.DataFrame:
    """Without a history: a stand-in for the tails that keeps the order in which people look at things."""
    plain = {
        "decimal_shift": 3.0, "digits_swapped": 3.0, "year_slip": 3.0, "cut_and_restored": 3.0, "rounded_up": 1.2,
        "peer_distance": 0.5, "unit_price_residual": 8.0, "lateness": 0.7, "rarity": 2.0, "money": 0.3,
        "near_double": 1.1, "times_changed": 1.0, "size": 1.0,
    }  # fmt: skip
    return changes.select(pl.col(name) * plain.get(name, 0.0) for name in FEATURES)


def _hit(titles: dict[str, str]) -> _Reason:
    first = pl.col("hits").list.first()
    seen, expected, n = (first.struct.field(name) for name in ("seen", "expected", "n"))
    lines = pl.when(n.is_not_null()).then(pl.format(" (from {} lines)", thousands(n))).otherwise(pl.lit(""))
    said = pl.format(
        "{}: {} stands there, {} would be unremarkable{}.",
        pl.col("violation_type").replace(titles), seen, expected, lines,
    )  # fmt: skip
    return pl.lit(_FULL_RANK), pl.when(pl.col("severity").is_not_null()).then(said)


def _restored() -> _Reason:
    again = pl.when(pl.col("restores")).then(pl.lit("The value that stood there before its last change is back."))
    return pl.lit(_FULL_RANK / 2), again


def _measured() -> list[_Reason]:
    code = pl.concat_str("a_cu", pl.lit(" "), "a_work_type", ignore_nulls=True)
    pieces = pl.format(
        "Quantity {}; {} lines of {} have {}, which would be unremarkable.",
        _number("a_quantity"), thousands(pl.col("peers")), code, _span(_number("pieces_low"), _number("pieces_high")),
    )  # fmt: skip
    unit = pl.format(
        "{} a unit; {} lines of {} have {}, which would be unremarkable.",
        _cents(pl.col("a_price_cents") / pl.col("a_quantity")), thousands(pl.col("peers")), code,
        _span(_cents(pl.col("unit_low") * 100), _cents(pl.col("unit_high") * 100)),
    )  # fmt: skip
    late = pl.when((pl.col("is_historical") == 1) & (pl.col("days_late") >= 1)).then(
        pl.format(
            "At least {} days after week {} locked; before the lock it would be unremarkable.",
            pl.col("days_late").round(0).cast(pl.Int64), pl.col("week_ending"),
        )
    )  # fmt: skip
    rare = pl.format(
        "{} of {} rows of this look had this kind of change of {}; on many rows it would be one act.",
        thousands(pl.col("alike")), thousands(pl.col("compared")), pl.col("column"),
    )  # fmt: skip
    moved = pl.when(pl.col("money_cents") != 0).then(pl.format("It moves {}.", dollars(pl.col("money_cents").abs())))
    changed = pl.when(pl.col("times") > 0).then(
        pl.format("It is change number {} of this cell; the first would be unremarkable.", pl.col("times") + 1)
    )
    counted = pl.col("column").is_in([PRICE, QUANTITY])
    shown = pl.when(counted).then(
        pl.format("{} went from {} to {}", "column", _shown("old_value"), _shown("new_value"))
    )
    return [
        _of("peer_distance", pieces),
        _of("unit_price_residual", unit),
        _of("lateness", late),
        _of("rarity", rare),
        _of("money", moved),
        _of("times_changed", changed),
        _of("decimal_shift", pl.concat_str(shown, pl.lit(": the decimal point moved."))),
        _of("digits_swapped", pl.concat_str(shown, pl.lit(": the same digits in another order."))),
        _of("year_slip", pl.format("The day of the year stayed and the year moved, from {} to {}.",
                                   _shown("old_value"), _shown("new_value"))),
        _of("rounded_up", pl.concat_str(shown, pl.lit(": rounded up to a multiple of five."))),
        _of("near_double", pl.lit("Another line of this week has the same work request, pole, code and work type.")),
        _of("unusual_hour", pl.lit("At an hour at which this editor seldom works.")),
        _of("unusual_editor", pl.lit("By somebody else than who wrote the row before.")),
    ]  # fmt: skip


def _of(feature: str, text: pl.Expr) -> _Reason:
    """A sentence that holds only where the feature says something."""
    return pl.col(f"t_{feature}"), pl.when(pl.col(feature) > 0).then(text)


def _span(low: pl.Expr, high: pl.Expr) -> pl.Expr:
    return pl.when(low == high).then(low).otherwise(pl.format("{} to {}", low, high))


def _shown(column: str) -> pl.Expr:
    return pl.col(column).fill_null("blank")


def _number(column: str) -> pl.Expr:
    return pl.col(column).round(2).cast(pl.String).str.strip_suffix(".0")


def _cents(value: pl.Expr) -> pl.Expr:
    return dollars(value.round(0).cast(pl.Int64, strict=False))
