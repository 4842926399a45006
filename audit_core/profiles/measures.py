"""The figures of a profile, each reckoned over somebody's edits (see store.people.EDITS)."""

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.sheets.columns import PRICE, QUANTITY

_ROUND: Final = 5


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure: its name, what it is called, the words for more and for less of it, and how it is reckoned.

    `counted`: which edits it is about. `value`: one number over those.
    """

    name: str
    title: str
    more: str
    less: str
    counted: pl.Expr
    value: pl.Expr


@dataclass(frozen=True, slots=True)
class Value:
    """A number and from how many edits it comes; None where those are too few."""

    number: float | None
    n: int


def prepared(edits: pl.DataFrame, zone: ZoneInfo) -> pl.DataFrame:
    """Edits with `local` (business time), `old`, `new` (numbers of quantities and prices) and `week` (its Monday)."""
    number = pl.col("column").is_in([QUANTITY, PRICE])
    local = pl.col("at").dt.convert_time_zone(zone.key)
    return edits.with_columns(
        local=local,
        week=local.dt.date().dt.truncate("1w"),
        old=pl.when(number).then(pl.col("old_value").cast(pl.Float64, strict=False)),
        new=pl.when(number).then(pl.col("new_value").cast(pl.Float64, strict=False)),
    )


def hours(edits: pl.DataFrame) -> tuple[int, ...]:
    """How many prepared edits fall into each hour of the business day, 0 to 23."""
    counted = dict(edits["local"].drop_nulls().dt.hour().value_counts().iter_rows())
    return tuple(int(counted.get(hour, 0)) for hour in range(24))


_TIMED: Final = pl.col("local").is_not_null()
_BOTH: Final = (pl.col("old") > 0) & (pl.col("new") > 0) & (pl.col("old") != pl.col("new"))
_PIECES: Final = (pl.col("column") == QUANTITY) & pl.col("old").is_not_null() & pl.col("new").is_not_null()
_HOUR: Final = pl.col("local").dt.hour() + pl.col("local").dt.minute() / 60

MEASURES: Final = (
    Measure("edits", "edits in an active week", "more edits a week than most", "fewer edits a week than most",
            _TIMED, pl.len() / pl.col("week").n_unique()),
    Measure("hour", "middle hour of the day", "edits later in the day than most", "edits earlier in the day than most",
            _TIMED, _HOUR.median()),
    Measure("weekday", "mean day of the week (Monday is 1)", "edits later in the week than most",
            "edits earlier in the week than most", _TIMED, pl.col("local").dt.weekday().mean()),
    Measure("after_lock", "share of edits after the lock", "more of the edits after the lock than most",
            "fewer of the edits after the lock than most", pl.col("after_lock").is_not_null(),
            (pl.col("after_lock") == 1).mean()),
    Measure("magnitude", "middle size of a change of quantity or price (logarithm of new over old)",
            "larger changes than most", "smaller changes than most", _BOTH,
            (pl.col("new") / pl.col("old")).log().abs().median()),
    Measure("rounded_up", "share of quantities raised to a number that ends in 5 or 0",
            "more quantities raised to a round number than most", "fewer quantities raised to a round number than most",
            _PIECES, ((pl.col("new") > pl.col("old")) & (pl.col("new") % _ROUND == 0)).mean()),
    Measure("money", "cents moved by an edit, on average", "more money moved by an edit than most",
            "less money moved by an edit than most", pl.col("money_cents").is_not_null(),
            pl.col("money_cents").abs().mean()),
)  # fmt: skip
"""Every figure, in the order in which a profile shows them."""


def measured(edits: pl.DataFrame, minimum: int) -> dict[str, Value]:
    """Every figure by its name, over prepared edits."""
    found = {}
    for measure in MEASURES:
        counted = edits.filter(measure.counted)
        value = counted.select(measure.value.cast(pl.Float64)).item() if counted.height >= minimum else None
        found[measure.name] = Value(value, counted.height)
    return found
