"""What was known of a line before its lock, as numbers: each larger where a correction is more to be expected.

Peers and shares come from the lines of earlier weeks alone, and from what was known of those at the time.
"""

from datetime import datetime, timedelta
from typing import Final

import polars as pl

from audit_core.rules.price_list import PriceList
from audit_core.rules.unit_prices import agrees, rated

TRAITS: Final = (
    "foreman_share", "request_share", "code_share", "pieces", "distance", "edits", "broken", "young", "last_day",
    "touched", "weekend", "price_off", "missing", "double", "money",
)  # fmt: skip
"""The model's columns. The shares are of corrected lines, pulled towards the share of all by SHRINK lines."""

SHRINK: Final = 20
PEERS: Final = 10
"""So many earlier lines of a unit before a quantity is held against them."""

_OF: Final = {"foreman_share": "foreman", "request_share": "work_request", "code_share": "cu"}
_NEEDED: Final = ("work_request", "work_date", "quantity", "price_cents", "cu", "work_type", "pole", "foreman")
_UNIT: Final = ("work_request", "week_ending", "pole", "cu", "work_type")
_DAY_H: Final = 24
_AT_ONCE: Final = timedelta(hours=1)
"""What writes to a line so soon after its entry still belongs to it: mostly the automation that dates it."""


def describe(
    lines: pl.DataFrame,
    past: pl.DataFrame,
    changes: pl.DataFrame,
    prices: PriceList | None,
    as_of: datetime,
) -> pl.DataFrame:
    """Lines with their TRAITS (Float64; null: not known) and what the words need (`…_n`, `usual`, `entered_h` …).

    `past`: lines of locked weeks with `corrected_at`. `changes`: see outcomes. Of both only what lies before each
    line's own lock, and before `as_of`, is used.
    """
    parts = [
        _beside_past(week, past.filter(pl.col("locks_at") < week["locks_at"][0]), as_of)
        for week in lines.partition_by("week_ending", maintain_order=True)
    ]
    told = pl.concat(parts) if parts else _beside_past(lines, past, as_of)
    told = _beside_changes(told, changes, as_of)
    local = pl.col("work_date").dt.weekday()
    made = told.with_columns(
        pieces=(pl.col("quantity").clip(lower_bound=0) + 1).log(),
        edits=(pl.col("times") + 1).log(),
        broken=(pl.col("breaks") + 1).log(),
        young=-(pl.col("entered_h") + 1).log(),
        last_day=(pl.col("entered_h") < _DAY_H).cast(pl.Float64),
        touched=-(_hours("rewritten_at") + 1).log(),
        weekend=(local >= 6).cast(pl.Float64),
        price_off=_price_off(told, prices),
        missing=pl.sum_horizontal(pl.col(name).is_null().cast(pl.Float64) for name in _NEEDED),
        double=(pl.all_horizontal(pl.col(name).is_not_null() for name in _UNIT) & pl.struct(_UNIT).is_duplicated())
        .cast(pl.Float64),
        money=(pl.col("price_cents").abs() / 100 + 1).log(),
    )  # fmt: skip
    return made.with_columns(pl.col(TRAITS).cast(pl.Float64).fill_nan(None)).rechunk()


def _beside_past(week: pl.DataFrame, past: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """One week's lines beside what was known when it locked of the lines before it."""
    lock = pl.lit(as_of if week.is_empty() else min(as_of, week["locks_at"][0])).cast(pl.Datetime("us", "UTC"))
    known = past.with_columns(corrected=(pl.col("corrected_at") <= lock).fill_null(value=False))
    overall = known["corrected"].mean() if known.height else None
    for name, column in _OF.items():
        counted = known.drop_nulls(column).group_by(column).agg(
            pl.len().alias(f"{name}_n"), pl.col("corrected").sum().alias(f"{name}_k")
        )  # fmt: skip
        n, k = pl.col(f"{name}_n").fill_null(0), pl.col(f"{name}_k").fill_null(0)
        week = week.join(counted, on=column, how="left", maintain_order="left").with_columns(
            ((k + SHRINK * pl.lit(overall, dtype=pl.Float64)) / (n + SHRINK)).alias(name)
        )
    log = pl.col("quantity").log()
    peers = (
        known.filter(pl.col("quantity") > 0)
        .group_by("cu", "work_type")
        .agg(
            peers=pl.len(),
            usual=pl.col("quantity").median(),
            middle=log.median(),
            spread=((log - log.median()).abs().median() * 1.4826).clip(lower_bound=0.1),
        )
        .filter(pl.col("peers") >= PEERS)
    )
    week = week.join(peers, on=["cu", "work_type"], how="left", maintain_order="left")
    off = (pl.when(pl.col("quantity") > 0).then(log) - pl.col("middle")).abs() / pl.col("spread")
    return week.with_columns(distance=off.clip(upper_bound=10), overall=pl.lit(overall, dtype=pl.Float64)).drop(
        "middle", "spread"
    )


def _beside_changes(lines: pl.DataFrame, changes: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Adds `times` (edits before the lock), `breaks` (of a rule), `entered_at` with `entered_h` (hours from entry to
    lock), and `rewritten_at`: the last write, where it was another than the entry."""
    key = ["sheet_id", "row_id"]
    before = lines.select(*key, "week_ending", "locks_at").join(
        changes.filter(pl.col("at") <= as_of), on=key, how="inner"
    )
    before = before.filter(pl.col("at") <= pl.col("locks_at"))
    counted = before.group_by(*key, "week_ending").agg(
        times=(~pl.col("added") & ~pl.col("removed")).sum(),
        breaks=pl.col("broken").sum(),
        first_seen=pl.col("at").filter("added").min(),
    )
    joined = lines.join(counted, on=[*key, "week_ending"], how="left", maintain_order="left")
    return joined.with_columns(
        pl.col("times", "breaks").fill_null(0), entered_at=pl.coalesce("created_at", "first_seen")
    ).with_columns(
        entered_h=_hours("entered_at"),
        rewritten_at=pl.when(pl.col("modified_at") > pl.col("entered_at") + _AT_ONCE).then("modified_at"),
    )


def _hours(column: str) -> pl.Expr:
    """Hours from a moment to the line's lock."""
    return ((pl.col("locks_at") - pl.col(column)).dt.total_minutes() / 60).clip(lower_bound=0)


def _price_off(lines: pl.DataFrame, prices: PriceList | None) -> pl.Series:
    """1.0 where a price is not that of the list; null where nothing can be compared."""
    if prices is None or lines.is_empty():
        return pl.Series("price_off", [None], dtype=pl.Float64).new_from_index(0, lines.height)
    # rows of several sheets may share an id: the place in the frame is the key here
    placed = lines.with_row_index("place").with_columns(row_id=pl.col("place").cast(pl.String))
    off = ~agrees(pl.col("price_cents"), pl.col("expected"))
    judged = rated(placed, prices).select("row_id", price_off=off.cast(pl.Float64))
    return placed.select("row_id").join(judged, on="row_id", how="left", maintain_order="left")["price_off"]
