"""Numbers for one scorer on one trial."""

import polars as pl

from audit_core.scoring import measures


def average_precision(items: pl.DataFrame) -> float:
    """AP of `score` for `bad`."""
    return measures.average_precision(items["bad"].to_numpy(), items["score"].to_numpy())


def precision_at_n(items: pl.DataFrame) -> float:
    """The share of errors among the n highest scores, n errors in all; equals at the edge count by their share."""
    wanted = room = int(items["bad"].sum())
    steps = items.group_by("score").agg(pl.len(), bad=pl.col("bad").sum()).sort("score", descending=True)
    found = 0.0
    for several, bad in steps.select("len", "bad").iter_rows():
        taken = min(room, several)
        found += bad * taken / several
        room -= taken
    return found / wanted if wanted else float("nan")
