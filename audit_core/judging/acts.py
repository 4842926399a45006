"""Which edits of a look are one act: the same columns of several rows, by one person within minutes, or alike.

Unlike corrections by many people over days are none, however many there are: what is decided about one of them says
nothing of the others. Where neither person nor time is known, only a mass of rows is one act whatever it says.
"""

from typing import Final

import polars as pl

from audit_core.sheets.columns import PRICE, QUANTITY

SAME_CHANGE_ROWS: Final = 2
"""From this many rows on, the same change is told as one story."""

_LATE: Final = "edited_after_lock"
_ROW: Final = ["sheet_id", "row_id"]


def ordinary() -> pl.Expr:
    """Edits that nobody has to look at: billed lines and others of one reassignment are one story."""
    return pl.col("violation_type").is_null() | (pl.col("violation_type") == "foreman_reassigned")


def acts(edits: pl.DataFrame, mass_rows: int, minutes: int) -> pl.DataFrame:
    """`sheet_id, row_id, column, act` (text) of the edits that are part of an act.

    `edits`: transitions with `violation_type`. `minutes`: so long one act of a person lasts. Ordinary edits are part of
    their act; late ones where they are alike, and what broke any rule where `mass_rows` rows of the act broke it.
    """
    part = [*_ROW, "ordinary"]
    told = edits.with_columns(ordinary=ordinary()).sort("column", maintain_order=True)
    parts = (
        told.group_by(part, maintain_order=True)
        .agg(
            columns=pl.col("column").str.join(", "),
            broken=pl.col("violation_type").drop_nulls().unique().sort().str.join(", "),
            by=pl.col("changed_by").drop_nulls().first(),
            at=pl.col("changed_at").min(),
            says=_says().str.join("|"),
        )
        .with_columns(known=pl.col("by").is_not_null() & pl.col("at").is_not_null())
    )
    # late corrections from 1 to 2 of who knows whom have nothing else in common
    counted = pl.col("columns").str.contains(QUANTITY, literal=True) & ~pl.col("known") & ~pl.col("ordinary")
    since = pl.col("at") - pl.col("at").min().over("columns", "by")
    act = _text("columns", "by", since.dt.total_seconds() // (60 * minutes))
    # a re-rating can take its person an hour: one factor on price after price says enough
    priced = pl.when(pl.col("columns") == PRICE).then(_text("columns", "by"))
    parts = parts.with_columns(act=act).with_columns(
        alike=_text(pl.coalesce(priced, "act"), "says", pl.when(counted).then(_text(*_ROW)).otherwise(pl.lit("")))
    )
    whole = pl.len().over("act") >= mass_rows
    many = pl.len().over("act", "ordinary", "broken") >= mass_rows
    several = pl.len().over("alike", "ordinary", "broken") >= SAME_CHANGE_ROWS
    together = pl.col("ordinary") | many | ((pl.col("broken") == _LATE) & several)
    key = pl.when(whole | (pl.col("ordinary") & pl.col("known"))).then("act").otherwise("alike")
    keyed = parts.filter(together).select(*part, act=key)
    return told.join(keyed, on=part).select(*_ROW, "column", "act")


def _says() -> pl.Expr:
    """What an edit has in common with others like it: a price's factor, a quantity's two values, else the new value."""
    both = pl.concat_str(pl.col("old_value").fill_null(""), pl.lit(" → "), pl.col("new_value").fill_null(""))
    factor = (pl.col("a_price_cents") / pl.col("b_price_cents")).round(3).cast(pl.String)
    return (
        pl.when(pl.col("column") == PRICE)
        .then(pl.coalesce(factor, both))
        .when(pl.col("column") == QUANTITY)
        .then(both)
        .otherwise(pl.col("new_value").fill_null(""))
    )


def _text(*parts: str | pl.Expr) -> pl.Expr:
    """Parts as one text; what is not known is blank."""
    several = [pl.col(part) if isinstance(part, str) else part for part in parts]
    return pl.concat_str([part.cast(pl.String).fill_null("") for part in several], separator="|")
