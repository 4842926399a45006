"""Many changes, one story: the same change on many rows of one look is one incident, across sheets.

Every change is given a story key; changes that share one are an incident when a rule was broken or when they are
many. The keys, first that fits:

* lines deleted, and the lines of the same work request that were entered again for them, with the net money;
* a number set to zero or emptied, set again, a check mark removed, a line entered late, a line doubled, a unit split;
* rows that agree on another price than the list's, lines of codes without a rate, dates stamped by an automation;
* the same columns changed on many rows by one act (foremen reassigned, a bulk re-rating: see acts);
* else the row: all that happened to it in this look.
"""

from collections.abc import Sequence

import polars as pl

from audit_core.changes.diff import ROW
from audit_core.judging.acts import SAME_CHANGE_ROWS, acts, ordinary
from audit_core.rules.base import Certainty, money_text
from audit_core.sheets.columns import COMPLETED, PRICE, QUANTITY, WEEK

_REKEYED_SHARE = 0.1


def stories(changes: pl.DataFrame, mass_rows: int, mass_minutes: int) -> pl.DataFrame:
    """Adds `story` (text, null: no story) and `story_kind` to judged changes of one look over all sheets.

    Needs `violation_type` (null: no rule broken) beside the columns of transitions. `mass_rows`: from so many rows
    on, edits of one act that broke a rule, and deleted lines of several work requests, are one story.
    `mass_minutes`: see acts.
    """
    told = _moved(_deletions(changes, mass_rows))
    number = pl.col("column").is_in([PRICE, QUANTITY])
    name = pl.when(pl.col("column") == PRICE).then(pl.lit("price")).otherwise(pl.lit("quantity"))
    old, new = _amount("b").fill_null(0), _amount("a").fill_null(0)
    blank_before, blank_now = _amount("b").is_null(), _amount("a").is_null()
    # what one list or one automation did to many rows
    by_rule = pl.col("violation_type").is_in(["price_era", "automation_restamp"]) | (
        (pl.col("violation_type") == "cu_not_listed") & (pl.col("certainty") == Certainty.REMARK.value)
    )
    same = (
        pl.when(number & (old > 0) & (new <= 0))
        .then(name + pl.when(blank_now).then(pl.lit("_emptied")).otherwise(pl.lit("_zeroed")))
        .when(number & (old <= 0) & (new > 0))
        .then(name + pl.when(blank_before).then(pl.lit("_filled_in")).otherwise(pl.lit("_set_from_zero")))
        .when((pl.col("column") == COMPLETED) & (pl.col("violation_type") == "completion_unchecked"))
        .then(pl.lit("completion_unchecked"))
        .when((pl.col("column") == WEEK) & (pl.col("violation_type") == "week_moved"))
        .then(pl.lit("week_moved"))
        .when((pl.col("column") == ROW) & (pl.col("violation_type") == "late_entry"))
        .then(pl.lit("late_entry"))
        .when(by_rule)
        .then("violation_type")
        .when(pl.col("column") != ROW)
        .then(pl.lit("column_changed"))
    )
    told = told.with_columns(kind_=pl.coalesce("story_kind", same))
    edited = pl.col("kind_") == "column_changed"
    alike = acts(told.filter(edited), mass_rows, mass_minutes)
    told = told.join(alike, on=["sheet_id", "row_id", "column"], how="left", maintain_order="left")
    told = told.with_columns(kind_=pl.when(edited.not_() | pl.col("act").is_not_null()).then("kind_"))
    key = pl.coalesce("story", pl.concat_str("kind_", pl.lit("|"), "act"), "kind_")
    doubled = (pl.col("violation_type") == "duplicate_unit") & (pl.col("column") == ROW)
    # the cut row's price went with its quantity
    split = (pl.col("violation_type") == "split_across_weeks").any().over("sheet_id", "row_id")
    billed = pl.when(split).then(pl.lit("split_across_weeks")).when(doubled).then(pl.lit("duplicate_unit"))
    of_the_work = pl.when(pl.col("story").is_null()).then(billed)
    work = pl.concat_str(of_the_work, pl.lit("|"), "sheet_id", pl.lit("|"), pl.col("work_request").fill_null(""))
    key, kind = pl.coalesce(work, key), pl.coalesce(of_the_work, "kind_")
    told = told.with_columns(story=key, story_kind=kind)
    rows = pl.struct("sheet_id", "row_id").n_unique().over("story")
    alone = pl.col("story").is_null() | (rows < SAME_CHANGE_ROWS)
    row_key = pl.concat_str(pl.lit("row|"), "sheet_id", pl.lit("|"), "row_id")
    told = told.with_columns(
        story=pl.when(alone).then(row_key).otherwise("story"),
        story_kind=pl.when(alone).then(pl.col("violation_type")).otherwise("story_kind"),
    )
    worth = ordinary().not_().any().over("story") | ~pl.col("story").str.starts_with("row|")
    gravest = pl.col("story_kind").drop_nulls().first().over("story")
    return told.with_columns(story=pl.when(worth).then("story"), story_kind=pl.when(worth).then(gravest)).drop(
        "kind_", "act"
    )


def _amount(side: str) -> pl.Expr:
    """The changed price (cents) or quantity on one side; null where blank or not understood."""
    return pl.when(pl.col("column") == PRICE).then(pl.col(f"{side}_price_cents")).otherwise(pl.col(f"{side}_quantity"))


def _deletions(changes: pl.DataFrame, mass_rows: int) -> pl.DataFrame:
    """Lines deleted from locked weeks, joined with the lines that were entered again for them.

    Entered again: added in the same look on the same sheet and work request, and either late at a pole of the
    deleted lines, or the same unit on the same day of work.
    """
    place = ["sheet_id", "work_request"]
    gone = changes.filter(pl.col("violation_type") == "row_deleted_after_lock")
    if gone.is_empty():
        return changes.with_columns(story=pl.lit(None, dtype=pl.String), story_kind=pl.lit(None, dtype=pl.String))
    new = changes.filter((pl.col("column") == ROW) & (pl.col("kind") == "added"))
    late = new.filter(pl.col("is_historical").ne_missing(0) & pl.col("week_ending").is_not_null())
    at_pole = late.join(gone.select(*place, pole=pl.col("b_pole")).unique(), how="semi",
                        left_on=[*place, "a_pole"], right_on=[*place, "pole"])  # fmt: skip
    unit = ("pole", "cu", "work_type", "work_date")
    same_unit = new.join(gone, how="semi", left_on=[*place, *(f"a_{n}" for n in unit)],
                         right_on=[*place, *(f"b_{n}" for n in unit)])  # fmt: skip
    again = pl.concat([at_pole, same_unit]).select(*place, "row_id").unique()
    # one new line beside hundreds of deleted ones is not their re-entry
    rekeyed = (
        again.group_by(place).agg(entered=pl.len()).join(gone.group_by(place).agg(gone=pl.len()), on=place)
        .filter(pl.col("entered") >= _REKEYED_SHARE * pl.col("gone")).select(place)
    )  # fmt: skip
    again = again.join(rekeyed, on=place, how="semi")
    scattered = gone.join(rekeyed, on=place, how="anti")
    mass = scattered.height >= mass_rows and scattered.select(place).n_unique() > 1
    work = pl.concat_str(pl.lit("deleted|"), "sheet_id", pl.lit("|"), pl.col("work_request").fill_null(""))
    keys = pl.concat(
        [
            gone.join(rekeyed, on=place, how="semi").select(
                "sheet_id", "row_id", story=work, story_kind=pl.lit("deleted_and_entered_again")
            ),
            again.select("sheet_id", "row_id", story=work, story_kind=pl.lit("deleted_and_entered_again")),
            scattered.select(
                "sheet_id",
                "row_id",
                story=pl.lit("deleted") if mass else work,
                story_kind=pl.lit("deleted_after_lock"),
            ),
        ]
    )
    # a deleted or added row has exactly one change, so the row names it
    return changes.join(keys, on=["sheet_id", "row_id"], how="left", maintain_order="left")


def _moved(changes: pl.DataFrame) -> pl.DataFrame:
    """Rows that went from one sheet to another: both ends of all between the same two sheets are one story."""
    here = pl.concat_str("sheet_id", pl.lit("|"), "moved_sheet_id")
    there = pl.concat_str("moved_sheet_id", pl.lit("|"), "sheet_id")
    way = pl.when(pl.col("kind") == "removed").then(here).otherwise(there)
    moved = (pl.col("column") == ROW) & pl.col("moved_row").is_not_null()
    return changes.with_columns(
        story=pl.when(moved).then(pl.concat_str(pl.lit("moved|"), way)).otherwise("story"),
        story_kind=pl.when(moved).then(pl.lit("row_moved")).otherwise("story_kind"),
    )


_TITLES = {
    "row_moved": "{lines} moved between sheets",
    "price_zeroed": "Price set to zero on {rows} rows",
    "price_set_from_zero": "Price set again from zero on {rows} rows",
    "price_emptied": "Price emptied on {rows} rows",
    "price_filled_in": "Price filled in on {rows} rows",
    "quantity_zeroed": "Quantity set to zero on {rows} rows",
    "quantity_emptied": "Quantity emptied or no longer a number on {rows} rows",
    "quantity_filled_in": "Quantity filled in on {rows} rows",
    "quantity_set_from_zero": "Quantity set again from zero on {rows} rows",
    "completion_unchecked": "Completion un-checked after lock on {rows} rows",
    "week_moved": "Billing week moved on {rows} rows",
    "late_entry": "{rows} lines entered late",
    "price_era": "Another unit price than the list's on {rows} rows",
    "cu_not_listed": "{rows} lines with a code that has no rate",
    "automation_restamp": "{column} stamped anew by an automation on {rows} rows",
    "column_changed": "{column} changed on {rows} rows",
    "deleted_after_lock": "{rows} lines deleted from locked weeks",
    "duplicate_unit": "{rows} lines bill a unit twice",
    "split_across_weeks": "Units split across weeks on {rows} rows",
}


def summary(kind: str, events: pl.DataFrame) -> str:
    """One sentence for an incident from its events (`kind, column, row_id, sheet_id, sheet_name, money_cents, …`)."""
    rows = events.select("sheet_id", "row_id").n_unique()
    sheets = events["sheet_name"].unique().sort().to_list()
    where = sheets[0] if len(sheets) == 1 else f"{len(sheets)} sheets"
    money = int(events["money_cents"].sum())
    if kind == "deleted_and_entered_again":
        gone, again = events.filter(pl.col("kind") == "removed"), events.filter(pl.col("kind") == "added")
        request = str(events["work_request"].drop_nulls().first() or "unknown")
        return (
            f"WR {request} in {where}: {gone.height:,} lines deleted from locked weeks "
            f"({money_text(int(gone['money_cents'].sum()))}), {again.height:,} entered again "
            f"({money_text(int(again['money_cents'].sum()))}), net {money_text(money)}."
        )
    if kind == "columns_changed":
        return f"{where}: {' '.join(events['issue_description'].drop_nulls().head(3).to_list())}" + (
            f" And {events.height - 3} more." if events.height > 3 else ""
        )
    if rows == 1:
        sentence = str(events["issue_description"].drop_nulls().first() or "Changed.")
        row = str(events["row_id"].first())
        return f"{where}, row {row}: {sentence}"
    title = _TITLES.get(kind, "{kind} on {rows} rows").format(
        rows=f"{rows:,}",
        lines="1 line" if rows == 2 else f"{rows // 2:,} lines",
        column=_list(events["column"].unique().sort().to_list()),
        kind=kind.replace("_", " ").capitalize(),
    )
    return f"{title} in {where}" + (f", {money_text(money)}." if money else ".")


def _list(names: Sequence[str]) -> str:
    """'Quantity', 'Quantity and Units Total Price', 'A, B and C'."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
