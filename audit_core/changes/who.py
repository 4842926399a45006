"""Who made a change: a ladder of evidence, each answer with the label of the step that gave it. Nobody is guessed.

`cell history` and `webhook` name the writer of this very cell, `webhook` also who deleted a row; `created` names who
made a new row; `row writer` is the last writer of the row, which is evidence about the row and no proof about the cell;
`recalculated`, `automation` and `own write` (this program's) are no people; `one of …` names everybody who could have
done it; else `unknown`.
"""

from collections.abc import Sequence

import polars as pl

from audit_core.changes.diff import ROW
from audit_core.sheets.columns import PRICE, QUANTITY, WEEK, WORK_DATE

MACHINES = "@smartsheet.com"
"""What the e-mail of an identity that is no person ends with: automations, cell links, forms."""

STAMPED = (WEEK, WORK_DATE)
"""Columns that automations write, so that the last writer of a row says nothing about them."""

OWN_WRITE = "own write"
"""What this program wrote itself, with the token of the person that is named."""

PEOPLES_EVIDENCE = ("created", "row writer", "cell history", "webhook")
"""The evidence labels that name a person."""

MONEY_COLUMNS = (PRICE, QUANTITY)
_MOST_NAMED = 12
_INSTANT = pl.Datetime("us", "UTC")
ANSWER_SCHEMA = {
    "row_id": pl.String(),
    "column": pl.String(),
    "by": pl.String(),
    "at": _INSTANT,
    "evidence": pl.String(),
}
"""One answer about one changed cell: who (null: not said), when, and the label."""


def no_answers() -> pl.DataFrame:
    """Nothing is known beyond the rows themselves."""
    return pl.DataFrame(schema=ANSWER_SCHEMA)


def who_changed(
    changes: pl.DataFrame, answers: pl.DataFrame, could_have: Sequence[str], *, remembered: bool
) -> pl.DataFrame:
    """Adds `changed_by, changed_at, who_evidence, undecided, suspect` to changes.

    Needs the rows' system columns (b_/a_), `row_kind` (added, removed, modified), `recalculated` and `latest`.
    `answers`: see ANSWER_SCHEMA. `could_have`: everybody with the right to edit the sheet, empty where not known.
    `remembered`: the source keeps histories of cells. `undecided`: the cell's own history could tell more than this
    does; `suspect`: because automations write its column, so that without its history nobody is named.

    A row's modified time is known when this look moved it and it does not lie after the look. An added row was made by
    its creator, whoever touched it since. A removed row has lost both. An automation that wrote a row last may have
    followed a person, so that it is only named for the one cell that changed.
    """
    told = changes.join(answers, on=["row_id", "column"], how="left", maintain_order="left")
    added = pl.col("row_kind") == "added"
    moved = pl.col("a_modified_at").is_not_null() & (pl.col("a_modified_at") <= pl.col("latest"))
    moved &= pl.col("a_modified_at").ne_missing(pl.col("b_modified_at"))
    created = added & pl.col("a_created_by").is_not_null()
    born = created & (pl.col("a_created_at") <= pl.col("latest"))
    typed = (~pl.col("recalculated")).sum().over("row_id")
    calculated = pl.col("recalculated").any().over("row_id")
    machine = is_machines("a_modified_by")
    # somebody else can have written the rest of the row before the automation, or set off what was calculated
    vague = moved & machine & ((typed > 1) | calculated) & ~added
    stamped = pl.col("column").is_in(STAMPED) | (moved & machine & ~vague & ~pl.col("recalculated")).any().over(
        "column"
    )
    suspect = pl.lit(remembered) & stamped & ~machine & ~added & ~pl.col("recalculated") & (pl.col("column") != ROW)
    writer = moved & pl.col("a_modified_by").is_not_null() & ~vague & ~suspect & ~pl.col("recalculated")
    answered = pl.col("evidence").is_not_null()
    names = _names(could_have)
    told = told.with_columns(
        who_evidence=pl.when(answered)
        .then(_unless_machine("by", pl.col("evidence")))
        .when(created)
        .then(_unless_machine("a_created_by", pl.lit("created")))
        .when(pl.col("recalculated"))
        .then(pl.lit("recalculated"))
        .when(writer)
        .then(_unless_machine("a_modified_by", pl.lit("row writer")))
        .when((pl.col("row_kind") == "removed") & pl.lit(bool(names)))
        .then(pl.lit(names))
        .otherwise(pl.lit("unknown")),
        changed_by=pl.when(answered).then("by").when(created).then("a_created_by").when(writer).then("a_modified_by"),
        changed_at=pl.when(answered).then("at").when(moved).then("a_modified_at").when(born).then("a_created_at"),
        undecided=~answered
        & (pl.col("column") != ROW)
        & ~pl.col("recalculated")
        & (vague | suspect | ~moved | (typed > 1) | pl.col("column").is_in(MONEY_COLUMNS)),
        suspect=suspect,
    )
    return told.drop("by", "at", "evidence")


def _unless_machine(who: str, evidence: pl.Expr) -> pl.Expr:
    return pl.when(is_machines(who)).then(pl.lit("automation")).otherwise(evidence)


def is_machines(who: str) -> pl.Expr:
    """Whether the e-mail in a column is that of an identity that is no person."""
    return pl.col(who).str.to_lowercase().str.ends_with(MACHINES).fill_null(value=False)


def _names(people: Sequence[str]) -> str | None:
    """'one of ann@x.co, bob@x.co', None where nobody is known."""
    if not people:
        return None
    named = sorted(set(people))
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    return f"one of {', '.join(named[:_MOST_NAMED])}{more}"
