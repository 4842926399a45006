"""What another lock would mean: when the next weeks lock, and which recorded changes would lie on its other side."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl
from pydantic_core import to_jsonable_python

from audit_core.filters import LOCK_WORDS
from audit_core.sheets import LockCalendar, week_ending
from audit_core.store.figures import changed_at
from audit_core.workspace import Workspace

_WEEKS: Final = 8
"""So many weeks before the newest look are looked at."""

_WORDS: Final = {state: word for word, state in LOCK_WORDS.items()}
_POSSIBLY: Final = _WORDS[None]
_INSTANT: Final = pl.Datetime("us", "UTC")


@dataclass(frozen=True, slots=True)
class LockChoice:
    """The two settings that say when a week locks: `time_zone` and `weeks.lock_grace_hours`."""

    zone: ZoneInfo
    grace_hours: int

    @classmethod
    def in_force(cls, workspace: Workspace) -> "LockChoice":
        """As config.json says now."""
        return cls(workspace.settings.zone, workspace.settings.weeks.lock_grace_hours)

    def calendar(self, workspace: Workspace) -> LockCalendar:
        """The locks by this choice, with the reopenings of config.json."""
        return LockCalendar(self.zone, timedelta(hours=self.grace_hours), workspace.calendar().reopenings)

    def config_lines(self, workspace: Workspace) -> str:
        """What to put into config.json, as JSON members; empty where it says so already."""
        now, lines = self.in_force(workspace), []
        if self.zone != now.zone:
            lines.append(f'"time_zone": {json.dumps(self.zone.key)}')
        if self.grace_hours != now.grace_hours:
            weeks = to_jsonable_python(workspace.settings.weeks.model_dump()) | {"lock_grace_hours": self.grace_hours}
            lines.append(f'"weeks": {json.dumps({name: value for name, value in weeks.items() if value != []})}')
        return ",\n".join(lines)


@dataclass(frozen=True, slots=True)
class Shift:
    """What a choice would do to the changes of the last weeks, were they judged again; nothing of them is.

    `changes`: how many were looked at. `moved`: `week, now, then, changes, money_cents` of those that would lie
    elsewhere (`now`, `then`: as in filters.LOCK_WORDS). `since`: the first look that was counted, None before any.
    """

    changes: int
    moved: pl.DataFrame
    since: str | None

    @property
    def freed(self) -> int:
        """How many would turn from after to before their lock."""
        return self._count((pl.col("now") == "after lock") & (pl.col("then") == "before lock"))

    @property
    def caught(self) -> int:
        """How many would turn from before to after their lock."""
        return self._count((pl.col("now") == "before lock") & (pl.col("then") == "after lock"))

    @property
    def unsure(self) -> int:
        """How many are possibly after their lock by one choice and not by the other."""
        return self._count((pl.col("now") == _POSSIBLY) | (pl.col("then") == _POSSIBLY))

    def _count(self, which: pl.Expr) -> int:
        return int(self.moved.filter(which)["changes"].sum())


def next_locks(workspace: Workspace, choice: LockChoice, now: datetime, weeks: int = 6) -> list[tuple[date, datetime]]:
    """(Sunday, UTC instant at which its week locks) of the week before this one, this one and those that follow."""
    first = week_ending(workspace.today(now)) - timedelta(days=7)
    calendar = choice.calendar(workspace)
    return [(day, calendar.locks_at(day)) for day in (first + timedelta(days=7 * each) for each in range(weeks))]


def shift(workspace: Workspace, choice: LockChoice) -> Shift:
    """The changes of the looks of the last eight weeks that `choice` would put on another side of their lock.

    Where the moment of a change is not known, it lies between its look and the one before, as when it was judged.
    """
    newest = max((taken.look for taken in workspace.store.snapshots.latest().values()), default=None)
    if newest is None:
        return Shift(0, pl.DataFrame(schema=_MOVED), None)
    since = (date.fromisoformat(newest[:10]) - timedelta(weeks=_WEEKS)).isoformat()
    (found,) = workspace.store.columnar.collect(
        lambda events: events.filter(
            (pl.col("kind") == "change") & (pl.col("look") >= since) & pl.col("week_ending").is_not_null()
        ).select("sheet_id", "look", "changed_at", "week_ending", "money_cents")
    )
    bounds = pl.DataFrame(
        workspace.store.snapshots.moments(since),
        schema={"sheet_id": pl.String, "look": pl.String, "latest": _INSTANT},
        orient="row",
    ).with_columns(earliest=pl.col("latest").shift(1).over("sheet_id", order_by="look"))
    calendars = {"now": workspace.calendar(), "then": choice.calendar(workspace)}
    known = changed_at(ZoneInfo("UTC"))
    changes = found.join(bounds, on=["sheet_id", "look"], how="left", maintain_order="left").with_columns(
        pl.col("week_ending").str.to_date(),
        earliest=pl.coalesce(known, "earliest"),
        latest=pl.coalesce(known, "latest"),
    )
    near = _near_a_lock(changes, list(calendars.values()))
    told = near.with_columns(
        calendar.lock_frame(near["week_ending"], near["earliest"], near["latest"])["is_historical"]
        .replace_strict(_WORDS, return_dtype=pl.String)
        .alias(name)
        for name, calendar in calendars.items()
    )
    moved = told.filter(pl.col("now") != pl.col("then")).group_by(
        week=pl.col("week_ending").cast(pl.String), now="now", then="then"
    )
    counted = moved.agg(changes=pl.len().cast(pl.Int64), money_cents=pl.col("money_cents").sum())
    return Shift(changes.height, counted.sort("week", "now", "then", descending=[True, False, False]), since)


def _near_a_lock(changes: pl.DataFrame, calendars: Sequence[LockCalendar]) -> pl.DataFrame:
    """The changes that may lie between the locks of their week: of all others two calendars say the same."""
    weeks = changes["week_ending"].unique().to_list()
    locks = [(week, *sorted(calendar.locks_at(week) for calendar in calendars)) for week in weeks]
    between = pl.DataFrame(locks, schema={"week_ending": pl.Date, "first": _INSTANT, "last": _INSTANT}, orient="row")
    beside = changes.join(between, on="week_ending", how="left", maintain_order="left")
    unknown = pl.col("earliest").is_null() | pl.col("latest").is_null()
    return beside.filter(unknown | ((pl.col("earliest") <= pl.col("last")) & (pl.col("latest") >= pl.col("first"))))


_MOVED: Final = {
    "week": pl.String(),
    "now": pl.String(),
    "then": pl.String(),
    "changes": pl.Int64(),
    "money_cents": pl.Int64(),
}
