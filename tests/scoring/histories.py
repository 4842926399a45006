"""Made-up feature histories: ordinary changes, wrong ones of several kinds, and what an analyst would say of them."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from audit_core.scoring.features import FEATURES, GROUPS

FIRST_DAY = date(2025, 1, 6)


def history(seed: int = 0, events: int = 4_000, weeks: int = 12, share_bad: float = 0.03) -> pl.DataFrame:
    """A feature history with a column `truth`: three kinds of error that rules decide, and one that they hardly see.

    Some ordinary changes break an uncertain rule too, and look alike: what labels can teach.
    """
    rng = np.random.default_rng(seed)
    size = len(FEATURES)
    features = rng.exponential(0.6, (events, size)) * (rng.random((events, size)) < rng.uniform(0.1, 0.9, size))
    truth, kind = rng.random(events) < share_bad, rng.integers(0, 4, events)
    rules = np.where(rng.random(events) < 0.02, rng.uniform(0.1, 0.5, events), 0.0)
    for each in range(4):
        mine = truth & (kind == each)
        for place in rng.choice(size, 3, replace=False):
            features[mine, place] += rng.exponential(1.5, mine.sum())
        seen = mine & (rng.random(events) < (0.95 if each < 3 else 0.2))
        rules[seen] = rng.uniform(0.6, 0.95, seen.sum()) if each < 3 else rng.uniform(0.1, 0.5, seen.sum())
    alike = ~truth & (rng.random(events) < 0.02)
    rules[alike] = rng.uniform(0.3, 0.7, alike.sum())
    for place in rng.choice(size, 2, replace=False):
        features[alike, place] += rng.exponential(2, alike.sum())
    days = [FIRST_DAY + timedelta(days=int(7 * weeks * n / events)) for n in range(events)]
    nothing = pl.lit(None)
    return pl.DataFrame(features, schema=dict.fromkeys(FEATURES, pl.Float64)).with_columns(
        event_id=pl.int_range(1, events + 1, dtype=pl.Int64),
        look=pl.Series([day.isoformat() for day in days]),
        day=pl.Series(days),
        recorded_at=pl.lit(datetime(2025, 12, 1, tzinfo=UTC)).cast(pl.Datetime("us", "UTC")),
        incident_id=nothing.cast(pl.Int64),
        sheet_id=pl.lit("1"),
        row_id=pl.int_range(1, events + 1).cast(pl.String),
        column=pl.Series(rng.choice(["Quantity", "Units Total Price", "Foreman"], events)),
        group=pl.Series(rng.choice(GROUPS[:2], events)),
        machine=pl.Series(rng.random(events) < 0.1),
        rules=pl.Series(rules),
        restores=pl.lit(value=False),
        severity=pl.when(pl.Series(rules) >= 0.65).then(pl.lit("HIGH")),
        violation_type=nothing.cast(pl.String),
        changed_by=pl.Series(rng.choice(["a@x.example", "b@x.example", "c@x.example"], events)),
        money_cents=pl.lit(0, dtype=pl.Int64),
        truth=pl.Series(truth),
    )


def decided(told: pl.DataFrame, count: int, seed: int = 0, *, shuffled: bool = False) -> pl.DataFrame:
    """What analysts said of `count` events, most of them the highest by rule. `shuffled`: of others, by mistake."""
    rng = np.random.default_rng(seed)
    ranked = told.sort(pl.col("rules") + pl.col("truth"), "event_id", descending=True)["event_id"].to_numpy()
    top = rng.choice(ranked[: 2 * count], int(0.7 * count), replace=False)
    rest = rng.choice(np.setdiff1d(ranked, top), count - len(top), replace=False)
    known = told.filter(pl.col("event_id").is_in(np.concatenate([top, rest]).tolist())).select("event_id", bad="truth")
    if shuffled:
        known = known.with_columns(bad=pl.Series(rng.permutation(known["bad"].to_numpy())))
    return known.with_columns(
        decided_at=pl.lit(datetime(2025, 12, 2, tzinfo=UTC)).cast(pl.Datetime("us", "UTC")),
        reason=pl.when("bad").then(pl.lit("wrong_price")).otherwise(pl.lit("authorised")),
        probability_shown=pl.lit(None, dtype=pl.Float64),
    )
