"""Everything that the Overview says of a workspace, of one period."""

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.filters import FLAGGED, EventFilter
from audit_core.picture.period import Period, before, period
from audit_core.picture.waiting import Waiting, waited, waiting
from audit_core.picture.weeks import after_lock, trend
from audit_core.sheets.weeks import look_day
from audit_core.store.figures import Figures
from audit_core.workspace import Workspace

AFTER_LOCK: Final = ("after lock",)


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a period, and the same of the period before; None where that is not known."""

    now: int
    before: int | None

    @property
    def delta(self) -> int | None:
        """How much more it is."""
        return None if self.before is None else self.now - self.before


@dataclass(frozen=True, slots=True)
class Picture:
    """`events`: changes and findings that the period's looks showed, of which `flagged` have a severity and `late`
    came after the lock for certain. `waiting`: items that wait for a person now, however old, and `risk_cents`: what
    they put at risk; both beside those of the end of the period before. `waits`: more of them.

    `trend`, `locks`, `locks_left_out`: see weeks. `compared`: the period before, None where the record does not hold
    all of it.
    """

    period: Period
    compared: Period | None
    events: Number
    flagged: Number
    late: Number
    waiting: Number
    risk_cents: Number
    waits: Waiting
    trend: pl.DataFrame
    locks: pl.DataFrame
    locks_left_out: int

    def all_of_it(self) -> EventFilter:
        """The filter of `events`."""
        return self.period.filter()

    def flagged_ones(self) -> EventFilter:
        """The filter of `flagged`."""
        return self.period.filter(severity=FLAGGED)

    def late_ones(self) -> EventFilter:
        """The filter of `late`."""
        return self.period.filter(lock=AFTER_LOCK)


def picture(workspace: Workspace, told: pl.DataFrame, days: int) -> Picture | None:
    """The picture of the `days` up to the newest look; None before the first look. `told`: of review.queue.queue."""
    zone, figures = workspace.settings.zone, Figures(workspace.store.database)
    looks = figures.looks()["look"].to_list()
    if not looks:
        return None
    chosen = period(looks, days, zone)
    compared = before(chosen, looks, zone)
    by_look = figures.by_look()
    waits = waiting(workspace, told)
    here = (*_sums(by_look, chosen, zone), waits.count, waits.risk_cents)
    there = (*_sums(by_look, compared, zone), *waited(told, compared.last, zone)) if compared else (None,) * len(here)
    events, flagged, late, waiting_now, risk = (Number(*each) for each in zip(here, there, strict=True))
    locks, left_out = after_lock(figures.late_by_week(chosen.since, chosen.until, zone), workspace.calendar())
    return Picture(
        chosen,
        compared,
        events,
        flagged,
        late,
        waiting_now,
        risk,
        waits,
        trend(by_look, zone, max(looks)),
        locks,
        left_out,
    )


def _sums(by_look: pl.DataFrame, of: Period, zone: ZoneInfo) -> tuple[int, int, int]:
    """(events, flagged, late) of the looks of a period."""
    shown = by_look.filter(look_day(pl.col("look"), zone).is_between(of.first, of.last))
    events, flagged, late = shown.select(pl.col("events", "flagged", "late").sum()).row(0)
    return events, flagged, late
