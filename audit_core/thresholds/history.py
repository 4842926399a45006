"""What alerts are made of, read from a store: all that was judged, or one look of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.review.suppressions import held_now
from audit_core.sheets.weeks import look_day
from audit_core.store.figures import Figures
from audit_core.store.judged import Judged
from audit_core.store.store import Store
from audit_core.thresholds.alerts import alerts, raised, rises, steps
from audit_core.thresholds.limits import Limits

DRAWN: Final = "drawn"
"""The level of a story that is no alert and was drawn at random to be looked at all the same."""

STANDING: Final = (
    "alert", "event_id", "newest", "look", "day", "level", "risk_score", "severity", "rule", "money_cents", "sentence",
)  # fmt: skip
"""As in ALERTS; `rule`: the gravest that the event broke, null for none. `newest`: the last event of the story."""


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
    return alerts(rises(events), limits).filter(pl.col("look") == look)


def alerts_standing(store: Store, zone: ZoneInfo, day: date, limits: Limits, drawn: Collection[str]) -> pl.DataFrame:
    """STANDING of what is put before people: the alerts there are but the suppressed, by the suppressions
    of `day`; after them the stories `drawn` (their subjects) that are none, with the `level` DRAWN.
    """
    judged = Judged(store.database)
    parts = [each.partition(":") for each in drawn]
    numbers = {kind: [int(number) for named, _, number in parts if named == kind] for kind in ("incident", "event")}
    events = _with_days(store, judged.at_least(limits.review, numbers["incident"], numbers["event"]), zone, day)
    found = raised(steps(events.filter(pl.col("risk_score") >= limits.review)), limits)
    theirs = pl.col("incident_id").is_in(numbers["incident"]) | pl.col("event_id").is_in(numbers["event"])
    rest = raised(steps(events.filter(theirs)), Limits(0.0, 1.0)).filter(pl.col("alert").is_in(list(drawn)))
    others = rest.join(found, on="story", how="anti").with_columns(level=pl.lit(DRAWN))
    told = pl.concat([found, others]).filter(~pl.col("suppressed"))
    moved = judged.moved(-told["story"].filter(told["story"] < 0)).select(
        -pl.col("incident_id").alias("story"), "newest", of_all="money_cents"
    )
    return (
        told.join(
            events.select("event_id", "money_cents", rule="violation_type"),
            on="event_id",
            how="left",
            maintain_order="left",
        )
        .join(moved, on="story", how="left", maintain_order="left")
        .with_columns(money_cents=pl.coalesce("of_all", "money_cents"), newest=pl.coalesce("newest", "event_id"))
        .select(*STANDING)
    )


def _with_days(store: Store, events: pl.DataFrame, zone: ZoneInfo, day: date) -> pl.DataFrame:
    events = events.filter(pl.col("look").is_not_null())  # what was imported comes from no look
    return events.with_columns(held_now(store, events, day).alias("suppressed"), day=look_day(pl.col("look"), zone))
