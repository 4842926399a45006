"""Over months: of how many of its stories something was flagged, by sheet, crew, code, weekday or editor."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.access.visible import require_visible
from audit_core.actors import Actor
from audit_core.errors import NotAllowed
from audit_core.permissions import Permission, require
from audit_core.picture.lines import line_values
from audit_core.picture.period import day_of
from audit_core.sheets.weeks import look_day
from audit_core.store.conditions import VALUES
from audit_core.store.figures import Figures, changed_at
from audit_core.workspace import Workspace

MINIMUM: Final = 20
"""Of fewer stories no share is said."""
MONTHS: Final = 12
MOST: Final = 12
"""So many values are shown, those with the most stories."""

_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class By(StrEnum):
    """What stories are told apart by."""

    SHEET = "sheet"
    CREW = "crew"
    CODE = "code"
    WEEKDAY = "weekday"
    EDITOR = "editor"


@dataclass(frozen=True, slots=True)
class Patterns:
    """`values`: `value, n, flagged, share`, those with the most stories first (weekdays in their order). `cells`:
    `month` (`2025-11`), `value, n, flagged, share` of them. A share (0–1) is null below MINIMUM stories.

    `left_out`: how many further values there are. `unknown`: stories of which the value is not known.
    """

    by: By
    values: pl.DataFrame
    cells: pl.DataFrame
    left_out: int
    unknown: int


def kinds_for(workspace: Workspace, actor: Actor) -> tuple[By, ...]:
    """What an actor may tell stories apart by: by editor only who may see here how single people edit."""
    try:
        require_visible(workspace, actor)
    except NotAllowed:
        return tuple(by for by in By if by is not By.EDITOR)
    return tuple(By)


def patterns_now(workspace: Workspace, actor: Actor, by: By, newest: str) -> Patterns:
    """The last MONTHS months up to the newest look (its name). Raises NotAllowed (see kinds_for)."""
    require(actor, Permission.READ_OVERVIEW)
    if by is By.EDITOR:
        require_visible(workspace, actor)
    zone, figures = workspace.settings.zone, Figures(workspace.store.database)
    since = _months_back(day_of(newest, zone), MONTHS - 1).isoformat()
    asked: Mapping[By, Callable[[], pl.DataFrame]] = {
        By.SHEET: lambda: figures.stories_by(VALUES["sheet"], since),
        By.EDITOR: lambda: figures.stories_by(VALUES["person"], since),
        By.WEEKDAY: lambda: figures.stories_by(changed_at(zone).dt.weekday(), since),
        By.CREW: lambda: figures.stories_by(pl.col("value"), since, line_values(workspace, ("foreman",))),
        By.CODE: lambda: figures.stories_by(pl.col("value"), since, line_values(workspace, ("cu", "work_type"))),
    }
    return patterns(asked[by](), by, zone)


def patterns(counted: pl.DataFrame, by: By, zone: ZoneInfo) -> Patterns:
    """`counted`: `look, value, n, flagged`, as of store.figures.stories_by."""
    value = pl.col("value")
    if by is By.WEEKDAY:
        value = (value - 1).replace_strict(dict(enumerate(_WEEKDAYS)), default=None, return_dtype=pl.String)
    told = counted.select(
        "n", "flagged", value=value.cast(pl.String), month=look_day(pl.col("look"), zone).dt.to_string("%Y-%m")
    )
    known = told.drop_nulls("value")
    values = _shares(known.group_by("value")).sort("n", "value", descending=[True, False])
    shown = values.head(MOST)
    if by is By.WEEKDAY:
        order = pl.col("value").replace_strict({name: at for at, name in enumerate(_WEEKDAYS)}, return_dtype=pl.Int64)
        shown = shown.sort(order)
    cells = _shares(known.join(shown, on="value", how="semi").group_by("month", "value")).sort("month", "value")
    unknown = int(told.filter(pl.col("value").is_null())["n"].sum())
    return Patterns(by, shown, cells, values.height - shown.height, unknown)


def _shares(groups: "pl.dataframe.group_by.GroupBy") -> pl.DataFrame:
    share = pl.when(pl.col("n") >= MINIMUM).then(pl.col("flagged") / pl.col("n"))
    return groups.agg(pl.col("n", "flagged").sum()).with_columns(share=share)


def _months_back(day: date, months: int) -> date:
    """The first day of the month so many months before."""
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(years, month + 1, 1)
