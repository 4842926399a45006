"""Stamp rules: dates that an automation wrote anew, though nobody completed the unit again."""

from datetime import timedelta
from typing import Final

import polars as pl

from audit_core.changes.who import STAMPED, is_machines
from audit_core.rules.base import Certainty, Checked, Context, Rule, hits
from audit_core.sheets.columns import COMPLETED, WEEK, WORK_DATE

_DATES: Final = ((WEEK, "week"), (WORK_DATE, "work_date"))


def automation_restamp(changes: pl.DataFrame, context: Context) -> Checked:
    """A date that an automation moved to another date, with no completion change of the row around it.

    Certain once the week has locked and the billing week moved, and no one else can have written it. Where both dates
    of a row moved, the week tells it. A first stamp moves nothing.
    """
    was, now = (_date(side) for side in ("b", "a"))
    moved = (was != now).fill_null(value=False)
    stamps = changes.filter(pl.col("column").is_in(STAMPED) & moved & (by_automation() | last_by_automation()))
    week_too = (pl.col("column") == WEEK).any().over("row_id")
    stamps = stamps.filter((pl.col("column") == WEEK) | ~week_too)
    window = timedelta(minutes=context.echo_minutes)
    at = pl.coalesce("changed_at", "latest")
    ticks = [changes.filter(pl.col("column") == COMPLETED).select("row_id", ticked_at=at)]
    if context.ticked is not None:
        ticks.append(context.ticked.select("row_id", "ticked_at"))
    ticked = stamps.join(pl.concat(ticks), on="row_id").filter((at - pl.col("ticked_at")).abs() <= window)
    restamped = stamps.join(ticked, on=["row_id", "column"], how="anti", maintain_order="left").with_columns(
        was=was, now=now
    )
    week_moved = (pl.col("b_week_ending") != pl.col("a_week_ending")).fill_null(value=False)
    certain = by_automation() & week_moved & pl.col("is_historical").eq(1).fill_null(value=False)
    found = hits(
        restamped,
        row_id=pl.col("row_id"),
        column=pl.col("column"),
        description=pl.format(
            "An automation{} stamped {} anew, from {} to {}, though nobody ticked the row within {} minutes.",
            pl.when(by_automation()).then(pl.lit("")).otherwise(pl.lit(", the last to write the row, probably")),
            pl.col("column"),
            pl.col("was"),
            pl.col("now"),
            pl.lit(context.echo_minutes),
        ),
        fix=pl.format(
            "Consider setting {} back to {}, and letting the automation stamp only rows whose completion changes.",
            pl.col("column"),
            pl.col("was"),
        ),
        stake_cents=pl.col("a_price_cents"),
        seen=pl.col("now").cast(pl.String),
        expected=pl.col("was").cast(pl.String),
        certainty=pl.when(certain).then(pl.lit(Certainty.CERTAIN.value)),
    )
    return Checked(found, stamps["row_id"])


def by_automation() -> pl.Expr:
    """Whether an automation wrote a changed cell."""
    return (pl.col("who_evidence") == "automation") | is_machines("changed_by")


def last_by_automation() -> pl.Expr:
    """Whether nothing is known of a changed cell, but an automation wrote its row last, in this look."""
    moved = pl.col("a_modified_at").ne_missing(pl.col("b_modified_at"))
    return (pl.col("who_evidence") == "unknown") & moved & is_machines("a_modified_by")


def _date(side: str) -> pl.Expr:
    dates = [pl.when(pl.col("column") == column).then(f"{side}_{name}") for column, name in _DATES]
    return pl.coalesce(dates)


RULES = (
    Rule(
        "automation_restamp",
        "Date stamped anew by an automation",
        "dates",
        Certainty.UNUSUAL,
        STAMPED,
        (),
        None,
        automation_restamp,
        after_lock=True,
    ),
)
