"""What changed in money after a packet went out: a credit or a debit for each line, and the net for each packet.

Pure: the lines as they were sent, the lines as they are now.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from audit_core.packets.lines import KEY, PACKET

ADJUSTMENT: Final[Mapping[str, pl.DataType]] = {
    "work_request": pl.String(),
    "week_ending": pl.Date(),
    "variant": pl.String(),
    "sheet_id": pl.String(),
    "sheet_name": pl.String(),
    "row_id": pl.String(),
    "pole": pl.String(),
    "cu": pl.String(),
    "kind": pl.String(),
    "why": pl.String(),
    "sent_cents": pl.Int64(),
    "now_cents": pl.Int64(),
    "delta_cents": pl.Int64(),
}
"""One line whose money is another than was sent. `kind`: credit (less is billed now) or debit (more is)."""

CREDIT: Final = "credit"
DEBIT: Final = "debit"


def adjustments(sent: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """ADJUSTMENT of lines (lines.LINE) that were sent and lines of the same packets now, by packet, pole and row.

    A line that is in none of the packets any more is a credit of all of it, one that is new in them a debit. A line
    that moved from one of these packets to another is both. Lines with the same money are no adjustments.
    """
    key = [*KEY, *PACKET]
    kept = ["sheet_name", "pole", "cu", "quantity", "price_cents"]
    both = (
        sent.select(*key, *kept)
        .join(now.select(*key, *kept), on=key, how="full", suffix="_now", coalesce=True)
        .with_columns(
            sent_cents=pl.col("price_cents").fill_null(0),
            now_cents=pl.col("price_cents_now").fill_null(0),
        )
        .with_columns(delta_cents=pl.col("now_cents") - pl.col("sent_cents"))
        .filter(pl.col("delta_cents") != 0)
    )
    if both.is_empty():
        return pl.DataFrame(schema=dict(ADJUSTMENT))
    was, is_now = (pl.col(name).fill_null("blank") for name in ("quantity", "quantity_now"))
    why = (
        pl.when(pl.col("price_cents").is_null())
        .then(pl.lit("new since it was sent"))
        .when(pl.col("price_cents_now").is_null())
        .then(pl.lit("no longer in this packet"))
        .when(was != is_now)
        .then(pl.format("quantity {} → {}", was, is_now))
        .otherwise(pl.lit("another price"))
    )
    return (
        both.rechunk()
        .with_columns(
            *(pl.coalesce(name, f"{name}_now").alias(name) for name in ("sheet_name", "pole", "cu")),
            kind=pl.when(pl.col("delta_cents") < 0).then(pl.lit(CREDIT)).otherwise(pl.lit(DEBIT)),
            why=why,
        )
        .sort(*PACKET, "pole", "row_id", "sheet_id", nulls_last=True)
        .select(pl.col(name).cast(kind) for name, kind in ADJUSTMENT.items())
    )


def net(several: pl.DataFrame) -> pl.DataFrame:
    """`work_request, week_ending, lines, credit_cents, debit_cents, net_cents` of ADJUSTMENT, for each WR and week."""
    delta = pl.col("delta_cents")
    return (
        several.group_by("work_request", "week_ending")
        .agg(
            lines=pl.len().cast(pl.Int64),
            credit_cents=delta.filter(delta < 0).sum(),
            debit_cents=delta.filter(delta > 0).sum(),
            net_cents=delta.sum(),
        )
        .sort("work_request", "week_ending")
    )
