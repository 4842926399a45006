"""What went before a look: how often each kind of change came, and at which hours each editor works."""

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

OWN_EDITS: Final = 30
"""Edits from which on an editor's own hours are known; before that, the whole team's count."""

HOURS: Final = {"changed_by": pl.String(), "hour": pl.Int8(), "edits": pl.Int64()}
KINDS: Final = {"column": pl.String(), "direction": pl.String(), "past": pl.Int64()}

_EVERYBODY: Final = ""
_HOURS: Final = 24
_BURST: Final = "10m"


@dataclass(frozen=True, slots=True)
class Past:
    """What the trail holds from before a look; the look itself is not in it.

    `hours`: `changed_by, hour` (0–23, in the business's time zone) and `edits`, of people's changes. `kinds`:
    `column, direction, past`, how often each kind of change came in the looks of late, which saw `rows` rows in all.
    """

    hours: pl.DataFrame
    kinds: pl.DataFrame
    rows: int
    zone: ZoneInfo

    @classmethod
    def unknown(cls, zone: ZoneInfo) -> "Past":
        """No past at all."""
        return cls(pl.DataFrame(schema=HOURS), pl.DataFrame(schema=KINDS), 0, zone)

    def hour_rarity(self) -> pl.DataFrame:
        """`changed_by, hour, hour_rarity`: -log10 of the share of edits within an hour of it, for known editors.

        The empty name stands for everybody; it is there from OWN_EDITS edits on.
        """
        people = pl.concat([self.hours, self.hours.with_columns(changed_by=pl.lit(_EVERYBODY))])
        people = people.group_by("changed_by", "hour").agg(pl.col("edits").sum())
        known = people.group_by("changed_by").agg(total=pl.col("edits").sum()).filter(pl.col("total") >= OWN_EDITS)
        clock = pl.DataFrame({"hour": pl.Series(range(_HOURS), dtype=pl.Int8)})
        near = pl.concat(
            [people.with_columns(hour=((pl.col("hour") + off) % _HOURS).cast(pl.Int8)) for off in (-1, 0, 1)]
        )
        near = near.group_by("changed_by", "hour").agg(pl.col("edits").sum())
        grid = known.join(clock, how="cross").join(near, on=["changed_by", "hour"], how="left")
        return grid.select(
            "changed_by", "hour",
            hour_rarity=-((pl.col("edits").fill_null(0) + 1) / (pl.col("total") + 1)).clip(0, 1).log(10),
        )  # fmt: skip


def with_habits(changes: pl.DataFrame, past: Past) -> pl.DataFrame:
    """Adds `unusual_editor`, `unusual_hour`, `burst` and `week_share` to changes; 0 where nobody or no time is known.

    A machine has no habits: its changes have 0 throughout.
    """
    person = pl.col("changed_by").is_not_null() & ~is_machine()
    own = past.hour_rarity()
    local = pl.col("changed_at").dt.convert_time_zone(str(past.zone)).dt.hour()
    told = changes.with_columns(hour_=local.cast(pl.Int8), by_=pl.when(person).then("changed_by"))
    told = told.join(own, left_on=["by_", "hour_"], right_on=["changed_by", "hour"], how="left", maintain_order="left")
    team = own.filter(pl.col("changed_by") == _EVERYBODY).select("hour", team_rarity="hour_rarity")
    told = told.join(team, left_on="hour_", right_on="hour", how="left", maintain_order="left")
    known = pl.col("by_").is_in(own["changed_by"].unique().implode())
    regular = pl.any_horizontal(
        (pl.col("by_") == pl.col(name)).fill_null(value=False) for name in ("b_modified_by", "b_created_by")
    )
    before = pl.any_horizontal(pl.col(name).is_not_null() for name in ("b_modified_by", "b_created_by"))
    late = pl.col("is_historical") == 1
    mine = pl.col("money_cents").abs().filter(late).sum().over("by_", "week_ending")
    week = pl.col("money_cents").abs().sum().over("week_ending")
    return told.with_columns(
        unusual_editor=(person & before & ~regular).cast(pl.Float64),
        unusual_hour=pl.when(known).then("hour_rarity").when(person).then("team_rarity").fill_null(0.0),
        burst=pl.when(person & pl.col("changed_at").is_not_null())
        .then(pl.len().over("by_", pl.col("changed_at").dt.truncate(_BURST)).cast(pl.Float64).log1p())
        .otherwise(0.0),
        week_share=pl.when(person & late).then(mine / week).fill_nan(0.0).fill_null(0.0),
    ).drop("hour_", "by_", "hour_rarity", "team_rarity")


def is_machine() -> pl.Expr:
    """Whether a formula, an automation or this program made the change: a class of its own."""
    return pl.col("who_evidence").is_in(["recalculated", "automation", "own write"]).fill_null(value=False)
