"""A price list beside the one in force: which codes, how many past lines, how much money."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from audit_core.price_lists.kept import followed
from audit_core.rules.base import money_text
from audit_core.rules.price_list import PriceList
from audit_core.rules.unit_prices import rated, readable
from audit_core.sheets import LockCalendar, state
from audit_core.store.snapshots import TakenSnapshot
from audit_core.syncing.baseline import Baselines
from audit_core.workspace import Workspace

_CODE = ["cu", "work_type"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a list changes from its day on.

    `codes`: `cu, work_type, before, after` (dollars on that day, null where the list lacks the code), `lines,
    money_cents` of the past lines of the code whose price would change; only codes that differ or have such lines.
    `listed`, `unlisted`: priced lines that come into the list or drop out of it. `locked`: of all these lines
    (`lines` + `listed` + `unlisted`), how many are of locked weeks.
    """

    codes: pl.DataFrame
    lines: int
    money_cents: int
    listed: int
    unlisted: int
    locked: int

    @property
    def added(self) -> int:
        """Codes that only the new list has."""
        return self.codes.filter(pl.col("before").is_null() & pl.col("after").is_not_null()).height

    @property
    def removed(self) -> int:
        """Codes that the new list lacks."""
        return self.codes.filter(pl.col("after").is_null() & pl.col("before").is_not_null()).height

    @property
    def repriced(self) -> int:
        """Codes with another price."""
        return self.codes.filter(pl.col("before") != pl.col("after")).height

    def counts(self) -> dict[str, Any]:
        """The numbers, as JSON values."""
        return {
            "added": self.added,
            "removed": self.removed,
            "repriced": self.repriced,
            "lines": self.lines,
            "money_cents": self.money_cents,
            "listed": self.listed,
            "unlisted": self.unlisted,
            "locked": self.locked,
        }

    def words(self) -> str:
        """As a sentence."""
        return (
            f"{self.added:,} codes added, {self.removed:,} removed, {self.repriced:,} re-priced; {self.lines:,} past "
            f"lines would be priced otherwise, by {money_text(self.money_cents)} in all, {self.listed:,} come into the "
            f"list and {self.unlisted:,} drop out of it ({self.locked:,} of these lines are of locked weeks)."
        )


def compare(before: PriceList | None, later: PriceList, day: date, lines: pl.DataFrame) -> Comparison:
    """What `later` changes from `day` on. `lines`: see past_lines."""
    old, new = before or PriceList(later.rates.clear()), followed(before, later, day)
    codes = (
        old.on(day)
        .rename({"unit_price": "before"})
        .join(new.on(day).rename({"unit_price": "after"}), on=_CODE, how="full", coalesce=True)
    )
    priced = lines.join(_unit(old, lines, "before"), on="row_id", how="left", maintain_order="left")
    priced = priced.join(_unit(new, lines, "after"), on="row_id", how="left", maintain_order="left")
    priced = priced.with_columns(
        money_cents=pl.col("after_cents") - pl.col("before_cents"),
        listed=pl.col("before").is_null() & pl.col("after").is_not_null(),
        unlisted=pl.col("before").is_not_null() & pl.col("after").is_null(),
    )
    moved = priced.filter(pl.col("money_cents") != 0)
    by_code = moved.group_by(_CODE).agg(lines=pl.len().cast(pl.Int64), money_cents=pl.col("money_cents").sum())
    codes = (
        codes.join(by_code, on=_CODE, how="full", coalesce=True)
        .with_columns(pl.col("lines", "money_cents").fill_null(0))
        .filter(pl.col("before").ne_missing(pl.col("after")) | (pl.col("lines") > 0))
        .sort("lines", *_CODE, descending=[True, False, False])
    )
    touched = priced.filter((pl.col("money_cents") != 0).fill_null(value=False) | pl.col("listed") | pl.col("unlisted"))
    return Comparison(
        codes,
        moved.height,
        int(moved["money_cents"].sum()),
        int(priced["listed"].sum()),
        int(priced["unlisted"].sum()),
        int(touched["locked"].sum()),
    )


def past_lines(workspace: Workspace) -> pl.DataFrame:
    """Every priced line of the newest snapshots whose quantity, code and work type are readable.

    `row_id` (one for each line, over all sheets), `cu, work_type, quantity, price_cents, work_date, week_ending`, and
    `locked`: whether its week had locked at its sheet's newest look.
    """
    baselines, calendar = Baselines(workspace.store.snapshots, workspace.settings.zone), workspace.calendar()
    parts = [_lines(baselines, calendar, taken) for taken in workspace.store.snapshots.latest().values()]
    return pl.concat([*parts, _NO_LINES]).with_columns(row_id=pl.int_range(pl.len()).cast(pl.String))


_NO_LINES = pl.DataFrame(
    schema={
        "row_id": pl.String,
        "cu": pl.String,
        "work_type": pl.String,
        "quantity": pl.Float64,
        "price_cents": pl.Int64,
        "work_date": pl.Date,
        "week_ending": pl.Date,
        "locked": pl.Boolean,
    }
)


def _lines(baselines: Baselines, calendar: LockCalendar, taken: TakenSnapshot) -> pl.DataFrame:
    sheet = baselines.sheet(taken.sheet_id)
    if sheet is None:
        return _NO_LINES
    rows = readable(state(sheet))
    lock = calendar.lock_frame(rows["week_ending"], taken.look_at, taken.look_at)
    return rows.with_columns(locked=(lock["is_historical"] == 1).fill_null(value=False)).select(_NO_LINES.columns)


def _unit(prices: PriceList, lines: pl.DataFrame, name: str) -> pl.DataFrame:
    """What each line would cost by a list: `row_id`, the unit price as `name`, and the whole in cents."""
    return rated(lines, prices).select(
        "row_id", pl.col("unit_price").alias(name), pl.col("expected").alias(f"{name}_cents")
    )
