"""What alerts are made of, read from a store: all that was judged, or one look of it."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.review.suppressions import held_now
from audit_core.sheets.weeks import look_day
from audit_core.store.figures import Figures
from audit_core.store.judged import Judged
from audit_core.store.store import Store
from audit_core.thresholds.alerts import alerts
from audit_core.thresholds.limits import Limits


@dataclass(frozen=True, slots=True)
class History:
    """All that was judged (EVENTS), and the business day (Date) of each look."""

    events: pl.DataFrame
    look_days: pl.Series


def history(store: Store, zone: ZoneInfo, day: date) -> History:
    """All that was judged, with what the suppressions in force on `day` hold back."""
    looks = Figures(store.database).looks()
    return History(
        _with_days(store, Judged(store.database).events(), zone, day),
        looks.select(day=look_day(pl.col("look"), zone)).to_series(),
    )


def alerts_of(store: Store, look: str, after: int, zone: ZoneInfo, day: date, limits: Limits) -> pl.DataFrame:
    """The ALERTS of a look that was recorded after the event `after`. `day`: its business day."""
    events = _with_days(store, Judged(store.database).since(after), zone, day)
    return alerts(events, limits).filter(pl.col("look") == look)


def _with_days(store: Store, events: pl.DataFrame, zone: ZoneInfo, day: date) -> pl.DataFrame:
    events = events.filter(pl.col("look").is_not_null())  # what was imported comes from no look
    return events.with_columns(held_now(store, events, day).alias("suppressed"), day=look_day(pl.col("look"), zone))
