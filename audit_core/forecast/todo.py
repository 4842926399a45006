"""The newest forecast as a list to do: what of it somebody wants to see, and a part of it for each foreman."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.actors import Actor
from audit_core.permissions import Permission, require
from audit_core.reports.table_export import Export, TableExport, export_table
from audit_core.sheets import LockCalendar
from audit_core.store.forecasts import Forecasts, KeptForecast
from audit_core.workspace import Workspace

FACETS: Final = ("week", "foreman", "sheet", "chance")
"""What can be chosen by, in the order of the screen."""

NO_FOREMAN: Final = "(no foreman)"
_ALL: Final = "all rows of open weeks"
TITLE: Final = "Worth a look before the week locks"
COURTESY: Final = "A list to look at together: nothing on it is said to be wrong."

TODO: Final[dict[str, pl.DataType]] = {
    "place": pl.Int64(),
    "chance": pl.String(),
    "foreman": pl.String(),
    "week": pl.String(),
    "locks_at": pl.Datetime("us", "UTC"),
    "work_request": pl.String(),
    "price_cents": pl.Int64(),
    "why": pl.String(),
    "likelihood": pl.String(),
    "sheet": pl.String(),
    "sheet_id": pl.String(),
    "row_id": pl.String(),
}
"""A line of an open week. `place`: 1 is the likeliest to be corrected. `chance`: how many of rows like these were
(`1 in 3`, `none`), which `likelihood` says in full. `week`: its Sunday."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which lines: within one field any value fits, between fields all must."""

    week: tuple[str, ...] = ()
    foreman: tuple[str, ...] = ()
    sheet: tuple[str, ...] = ()
    chance: tuple[str, ...] = ()

    def words(self) -> str:
        """As a person would say it."""
        return ", ".join(f"{name} {' or '.join(values)}" for name in FACETS if (values := getattr(self, name))) or _ALL

    def parameters(self) -> dict[str, list[str]]:
        """As parameters of a URL; fields without a condition are left out."""
        return {name: list(values) for name in FACETS if (values := getattr(self, name))}

    @classmethod
    def from_parameters(cls, given: Mapping[str, Sequence[str]]) -> "Choice":
        """From those of a URL; others are ignored."""
        return cls(**{name: tuple(each[:200] for each in given[name][:50]) for name in FACETS if name in given})

    def without(self, name: str) -> "Choice":
        """The same without one condition."""
        nothing: dict[str, Any] = {name: ()}
        return replace(self, **nothing)

    def of(self, lines: pl.DataFrame) -> pl.DataFrame:
        """The lines (TODO) that fit."""
        wanted = [pl.col(name).is_in(list(values)) for name in FACETS if (values := getattr(self, name))]
        return lines.filter(*wanted) if wanted else lines


def newest_forecast(workspace: Workspace, actor: Actor) -> KeptForecast | None:
    """The newest forecast, None before the first. Raises NotAllowed, and VerificationFailed (see store.forecasts)."""
    require(actor, Permission.READ_FORECAST)
    return Forecasts(workspace.store).newest()


def behind(workspace: Workspace, kept: KeptForecast) -> bool:
    """Whether a look was taken after the one that the forecast is of."""
    looks = [taken.look_at for taken in workspace.store.snapshots.latest().values()]
    return bool(looks) and (kept.as_of is None or max(looks) > kept.as_of)


def todo(kept: KeptForecast, calendar: LockCalendar) -> pl.DataFrame:
    """TODO: all lines of a forecast, the likeliest first."""
    weeks = kept.lines["week_ending"].unique().to_list()
    locks = {week: calendar.locks_at(week) for week in weeks}
    chance = pl.col("likelihood").str.extract(r"^(1 in [\d,]+) ").fill_null("none")
    return kept.lines.select(
        place=pl.int_range(1, pl.len() + 1),
        chance=chance,
        foreman=pl.col("foreman").fill_null(NO_FOREMAN),
        week=pl.col("week_ending").cast(pl.String),
        locks_at=pl.col("week_ending").replace_strict(locks, default=None, return_dtype=TODO["locks_at"]),
        work_request="work_request",
        price_cents="price_cents",
        why=pl.col("reasons").list.join(" "),
        likelihood="likelihood",
        sheet="sheet_name",
        sheet_id="sheet_id",
        row_id="row_id",
    ).cast(TODO)  # type: ignore[arg-type]


def counts(lines: pl.DataFrame, chosen: Choice) -> dict[str, dict[str, int]]:
    """Facet → each value with how many lines have it under the other conditions, in the order of the values.

    A chance comes in the order of the lines: the best one first.
    """
    return {name: _counted(chosen.without(name).of(lines), name) for name in FACETS}


def weeks(lines: pl.DataFrame) -> pl.DataFrame:
    """`week, locks_at, n, price_cents` of the weeks of some lines, the first to lock first."""
    return lines.group_by("week", "locks_at").agg(n=pl.len(), price_cents=pl.col("price_cents").sum()).sort("week")


def open_weeks(lines: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """`weeks` that have not locked."""
    return weeks(lines.filter(pl.col("locks_at") > now))


def billed(lines: pl.DataFrame) -> int:
    """What some lines bill together, in cents."""
    return int(lines["price_cents"].sum() or 0)


def export_todo(
    workspace: Workspace, actor: Actor, shown: pl.DataFrame, chosen: Choice, zone: ZoneInfo, now: datetime
) -> Export:
    """The lines on screen as .xlsx, a worksheet for each foreman, the likeliest first. Raises NotAllowed."""
    require(actor, Permission.EXPORT_TABLES)
    require(actor, Permission.READ_FORECAST)
    frame = shown.select(
        "place", "chance", "foreman", "week", "locks_at", "work_request", "sheet", "row_id",
        pl.col("price_cents").alias("billed_cents"), why=pl.col("why"), looked_at=pl.lit(""),
    )  # fmt: skip
    words = f"{chosen.words()}. {COURTESY}"
    table = TableExport("forecast", TITLE, words, frame, chosen.parameters(), "foreman", zone)
    return export_table(workspace, actor, table, now)


def _counted(lines: pl.DataFrame, name: str) -> dict[str, int]:
    found = lines.group_by(name, maintain_order=True).agg(n=pl.len(), first=pl.col("place").min())
    order = "first" if name == "chance" else name
    return dict(found.sort(order).select(name, "n").iter_rows())
