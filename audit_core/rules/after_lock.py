"""Lock rules: what must not move once the week has locked. Severity and wording follow the lock's certainty."""

import polars as pl

from audit_core.changes.diff import ROW
from audit_core.rules.base import Certainty, ChangeCheck, Checked, Context, Rule, dollars, hits
from audit_core.rules.restamp import by_automation
from audit_core.sheets.columns import COMPLETED, CU, POLE, PRICE, QUANTITY, WEEK, WORK_REQUEST, WORK_TYPE
from audit_core.sheets.weeks import week_ending_of

LOCKED_COLUMNS = (QUANTITY, PRICE, CU, WORK_TYPE, WORK_REQUEST, POLE)


def edited_after_lock(changes: pl.DataFrame, _context: Context) -> Checked:
    """Quantity, price, CU, work type, WR or pole edited after the row's week locked (the week has its own rule)."""
    edits = changes.filter(
        pl.col("column").is_in(LOCKED_COLUMNS) & pl.col("week_ending").is_not_null() & ~_same_in_other_words()
    )
    late = edits.filter(_not_before())
    found = hits(
        late,
        row_id=pl.col("row_id"),
        column=pl.col("column"),
        description=pl.format(
            "{} went from {} to {} {}.", pl.col("column"), _shown("old_value"), _shown("new_value"), _when()
        ),
        fix=pl.when((pl.col("column") == PRICE) & (pl.col("b_price_cents").fill_null(0) == 0))
        .then(pl.lit("Consider checking that the price is the one that stood there before it was lost."))
        .otherwise(
            pl.format(
                "Consider confirming with the biller, or restoring {}; a billed week is corrected by credit or debit.",
                _shown("old_value"),
            )
        ),
        stake_cents=pl.col("money_cents"),
        seen=pl.col("new_value"),
        expected=pl.col("old_value"),
    )
    return Checked(found, edits["row_id"], skipped=_no_week(changes))


def completion_unchecked(changes: pl.DataFrame, _context: Context) -> Checked:
    """Completion un-checked after lock."""
    marks = changes.filter(
        (pl.col("column") == COMPLETED) & pl.col("b_completed") & pl.col("week_ending").is_not_null()
    )
    late = marks.filter(_not_before() & pl.col("a_completed").not_().fill_null(True))
    found = hits(
        late,
        row_id=pl.col("row_id"),
        column=COMPLETED,
        description=pl.format("A completed and billed unit was marked not completed {}.", _when()),
        fix="Consider checking it again, or crediting the unit if it was not installed.",
        stake_cents=-pl.col("b_price_cents"),
        seen=pl.col("new_value").fill_null("blank"),
        expected="true",
    )
    return Checked(found, marks["row_id"], skipped=_no_week(changes))


def row_deleted_after_lock(changes: pl.DataFrame, _context: Context) -> Checked:
    """A whole line deleted after its week locked."""
    gone = changes.filter((pl.col("column") == ROW) & (pl.col("kind") == "removed") & pl.col("moved_row").is_null())
    late = gone.filter(_not_before() & pl.col("week_ending").is_not_null())
    found = hits(
        late,
        row_id=pl.col("row_id"),
        column=ROW,
        description=pl.format(
            "A line of {} ({} {}, WR {}) was deleted {}.",
            pl.coalesce(dollars(pl.col("b_price_cents")), pl.lit("unknown price")),
            pl.col("b_cu").fill_null("no CU"),
            pl.col("b_pole_text").fill_null("no pole"),
            pl.col("b_work_request").fill_null("unknown"),
            _when(),
        ),
        fix="Consider entering the line again, or crediting it; the row as it was is kept with this event.",
        stake_cents=-pl.col("b_price_cents"),
        seen="deleted",
        expected="kept",
    )
    return Checked(found, gone["row_id"], skipped=gone["week_ending"].null_count())


def late_entry(changes: pl.DataFrame, _context: Context) -> Checked:
    """A line entered after its week locked: a remark with its lateness, no severity."""
    new = changes.filter((pl.col("column") == ROW) & (pl.col("kind") == "added") & pl.col("moved_row").is_null())
    late = new.filter(_not_before() & pl.col("week_ending").is_not_null())
    found = hits(
        late,
        row_id=pl.col("row_id"),
        column=ROW,
        description=pl.format("The line was entered {}.", _when()),
        fix="Consider billing it as a late entry of its week.",
        stake_cents=pl.col("a_price_cents"),
        seen="entered late",
    )
    return Checked(found, new["row_id"], skipped=new["week_ending"].null_count())


def week_moved(changes: pl.DataFrame, _context: Context) -> Checked:
    """A row's billing week moved to another week, or out of every week once it had locked.

    A week filled in for the first time is not moved.
    """
    moves = changes.filter((pl.col("column") == WEEK) & pl.col("b_week").is_not_null())
    gone = pl.col("a_week").is_null() & _not_before()
    other = moves.filter(gone | (week_ending_of(pl.col("b_week")) != week_ending_of(pl.col("a_week"))))
    when = pl.when(_not_before()).then(pl.concat_str(pl.lit(" "), _when())).otherwise(pl.lit(""))
    found = hits(
        other,
        row_id=pl.col("row_id"),
        column=WEEK,
        description=pl.format(
            "The billing week moved from {} to {}{}: {} of billed units with it.",
            pl.col("b_week"),
            pl.coalesce(pl.col("a_week").cast(pl.String), _shown("new_value")),
            when,
            pl.coalesce(dollars(pl.col("a_price_cents")), pl.lit("an unknown amount")),
        ),
        fix=pl.format(
            "Consider setting the week back to {}; an automation {}stamped a row that someone merely touched.",
            pl.col("b_week"),
            pl.when(by_automation()).then(pl.lit("")).otherwise(pl.lit("may have ")),
        ),
        stake_cents=pl.col("a_price_cents"),
        seen=_shown("new_value"),
        expected=pl.col("b_week").cast(pl.String),
    )
    return Checked(found, moves["row_id"])


_PARSED = {
    QUANTITY: "quantity",
    PRICE: "price_cents",
    CU: "cu",
    WORK_TYPE: "work_type",
    WORK_REQUEST: "work_request",
    POLE: "pole",
}


def _same_in_other_words() -> pl.Expr:
    """Whether a cell says what it said before in another spelling: 'Inst' and 'Install', '1' and '1 EA'."""
    same = [
        (pl.col("column") == column) & (pl.col(f"b_{name}") == pl.col(f"a_{name}")) for column, name in _PARSED.items()
    ]
    return pl.any_horizontal(same).fill_null(value=False)


def _not_before() -> pl.Expr:
    """After the lock, or possibly so (null)."""
    return pl.col("is_historical").is_null() | (pl.col("is_historical") == 1)


def _when() -> pl.Expr:
    days = pl.col("days_late").round(0).cast(pl.Int64)
    after = pl.format("at least {} days after week {} locked", days, pl.col("week_ending"))
    return (
        pl.when(pl.col("is_historical").is_null())
        .then(pl.format("about the time week {} locked, possibly after it", pl.col("week_ending")))
        .when(days == 1)
        .then(pl.format("at least 1 day after week {} locked", pl.col("week_ending")))
        .when(days == 0)
        .then(pl.format("after week {} locked", pl.col("week_ending")))
        .otherwise(after)
    )


def _shown(column: str) -> pl.Expr:
    return pl.col(column).fill_null("blank")


def _no_week(changes: pl.DataFrame) -> int:
    return changes["week_ending"].null_count()


def _rule(
    name: str, title: str, certainty: Certainty, columns: tuple[str, ...], check: ChangeCheck, *, mended: bool = False
) -> Rule:
    return Rule(name, title, "after lock", certainty, columns, (), None, check, after_lock=True, mended=mended)


RULES = (
    _rule("edited_after_lock", "Edited after lock", Certainty.UNUSUAL, LOCKED_COLUMNS, edited_after_lock),
    _rule(
        "completion_unchecked",
        "Completion un-checked after lock",
        Certainty.CERTAIN,
        (COMPLETED,),
        completion_unchecked,
    ),
    _rule("row_deleted_after_lock", "Line deleted after lock", Certainty.CERTAIN, (ROW,), row_deleted_after_lock),
    _rule("week_moved", "Billing week moved", Certainty.CERTAIN, (WEEK,), week_moved, mended=True),
    _rule("late_entry", "Late entry", Certainty.REMARK, (ROW,), late_entry),
)
