"""A trail of any size, as two years of syncs would have left it; the same seed gives the same events."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import polars as pl

SEED: Final = 20251126
SHEETS, COLUMNS, PEOPLE, WEEKS, LOOKS, ROWS = 30, 40, 60, 100, 500, 20_000
LOOK_EVENTS: Final = 10_000
_FIRST: Final = datetime(2024, 1, 1, 18, tzinfo=UTC)
_RULES: Final = (
    "price_mismatch", "price_zeroed", "quantity_zeroed", "week_moved", "late_entry", "deleted_after_lock",
    "edited_after_lock", "duplicate_unit", "completion_unchecked", "unit_identity",
)  # fmt: skip
_BANDS: Final = {"LOW": (0.10, 0.40), "MEDIUM": (0.40, 0.70), "HIGH": (0.70, 0.90), "CRITICAL": (0.90, 1.0)}


def look_at(place: int, events: int) -> datetime:
    """The instant of the look that a trail of `events` recorded with its event number `place` (from 0)."""
    return _FIRST + timedelta(days=1.4 * (place * LOOKS // events))


def batches(events: int, seed: int = SEED) -> Iterator[pl.DataFrame]:
    """All events of a trail in order, without their numbers, LOOK_EVENTS at a time.

    30 sheets of 20,000 rows, 40 columns, 60 people, 100 weeks, two years; 3 % have a severity, one in fifty is an
    action of the app, and about thirty neighbours share an incident. A look tells of one sheet after the other, and of
    a sheet's rows in no order: so a sync records them.
    """
    dice = np.random.default_rng(seed)
    for start in range(0, events, LOOK_EVENTS):
        yield _batch(dice, start, min(LOOK_EVENTS, events - start), events)


def _batch(dice: np.random.Generator, start: int, n: int, events: int) -> pl.DataFrame:
    """`n` events from place `start` on."""
    place = np.arange(start, start + n)
    looks = [look_at(int(each), events) for each in place]
    sheet, row = dice.integers(SHEETS, size=n), dice.integers(ROWS, size=n)
    column = np.minimum(dice.geometric(0.09, size=n) - 1, COLUMNS - 1)
    old, new = dice.integers(1, 4000, size=n), dice.integers(1, 4000, size=n)
    frame = pl.DataFrame(
        {
            "look_at": looks,
            "sheet": sheet,
            "row": row,
            "column": column,
            "person": np.minimum(dice.geometric(0.06, size=n) - 1, PEOPLE - 1),
            "week": dice.integers(WEEKS, size=n),
            "old": old / 100,
            "new": new / 100,
            "cents": np.where(column % 4 == 0, (new - old) * dice.integers(1, 90, size=n), 0),
            "flag": dice.random(n),
            "place": dice.random(n),
            "kind": dice.random(n),
            "known": dice.random(n),
            "rule": dice.integers(len(_RULES), size=n),
            "late": dice.integers(3, size=n),
            "incident": 1 + place // 30,
        }
    )
    frame = frame.with_columns(frame.select("look_at", "sheet").sort("look_at", "sheet"))
    action = pl.col("kind") >= 0.98
    flagged = (pl.col("flag") < 0.03) & ~action
    level = (pl.col("flag") / 0.0075).floor().cast(pl.Int64).clip(0, 3)
    names, lows = list(_BANDS), [low for low, _ in _BANDS.values()]
    widths = [high - low for low, high in _BANDS.values()]
    severity = pl.when(flagged).then(level.replace_strict(dict(enumerate(names)), return_dtype=pl.String))
    low = level.replace_strict(dict(enumerate(lows)), return_dtype=pl.Float64)
    width = level.replace_strict(dict(enumerate(widths)), return_dtype=pl.Float64)
    rule = pl.when(flagged).then(pl.col("rule").replace_strict(dict(enumerate(_RULES)), return_dtype=pl.String))
    look = pl.col("look_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    sheet_name = pl.format("Field Billing {}", pl.col("sheet"))
    row_id = pl.format("{}", 5_000_000_000_000_000 + pl.col("sheet") * ROWS + pl.col("row"))
    column_name = pl.format("Column {}", pl.col("column"))
    ours = pl.when(~action)
    person = pl.format("user{}@example.com", pl.col("person"))
    week = pl.lit(datetime(2023, 12, 3).date()) + pl.duration(days=pl.col("week") * 7)  # noqa: DTZ001  (a day)
    return frame.select(
        pl.when(action)
        .then(pl.lit("action"))
        .when(pl.col("kind") < 0.02)
        .then(pl.lit("finding"))
        .otherwise(pl.lit("change"))
        .alias("kind"),
        sheet_name=ours.then(sheet_name),
        incident_id=ours.then("incident"),
        who_evidence=ours.then(pl.when(pl.col("known") < 0.9).then(pl.lit("row writer")).otherwise(pl.lit("unknown"))),
        timestamp=pl.col("look_at").dt.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        sheet_id=ours.then(pl.format("{}", 4_000_000_000_000_000 + pl.col("sheet"))),
        row_id=ours.then(row_id),
        work_request=ours.then(pl.format("{}", 70_000_000 + pl.col("row") // 22 * 1_117)),
        column_name=ours.then(column_name),
        violation_type=rule,
        old_value=ours.then(pl.col("old").cast(pl.String)),
        new_value=ours.then(pl.col("new").cast(pl.String)),
        delta=ours.then(pl.col("new") - pl.col("old")),
        changed_by=pl.when(pl.col("known") < 0.9).then(person),
        changed_at=ours.then(pl.col("look_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ")),
        week_ending=pl.when((pl.col("known") < 0.97) & ~action).then(week.dt.strftime("%Y-%m-%d")),
        is_historical=ours.then(pl.when(pl.col("late") < 2).then("late")),
        audit_run_id=pl.format("sync-{}", look),
        severity=severity,
        issue_description=pl.when(flagged)
        .then(pl.format("{} is {}, but {} was expected after the lock.", column_name, pl.col("new"), pl.col("old")))
        .when(action)
        .then(pl.format("{} signed in.", person)),
        suggested_fix=pl.when(flagged).then(pl.lit("Consider asking whoever changed it.")),
        sheet_reference=ours.then(pl.format("{}, row {}, column {}", sheet_name, row_id, column_name)),
        risk_score=pl.when(flagged)
        .then(low + width * 0.999 * pl.col("place"))
        .when(~action)
        .then(0.099 * pl.col("place"))
        .round(6),
        anomaly_score=ours.then("place"),
        predicted_category=pl.when(flagged).then(pl.lit("price")),
        look=ours.then(look),
        money_cents=ours.then("cents"),
        evidence=pl.when(flagged).then(
            pl.concat_str(
                pl.lit('{"hits": [{"rule": "'), rule, pl.lit('", "seen": null, "expected": null, "n": null}]}')
            )
        ),
        action=pl.when(action).then(pl.lit("signed_in")),
    )
