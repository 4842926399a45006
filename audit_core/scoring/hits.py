"""The hits of one change: which is the gravest, and what all of them weigh together."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from audit_core.rules.base import Certainty, Rule
from audit_core.scoring.risk import LEVELS, RiskSettings, severity, weight

KEY: Final = ["sheet_id", "row_id", "column"]
"""What names a change of a look."""

_RANK: Final = {Certainty.CERTAIN.value: 0, Certainty.UNUSUAL.value: 1, Certainty.REMARK.value: 2}


def graded(charges: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Charges with what their rules say: `after_lock, mended, category, place`, and the hit's `certainty`."""
    facts = pl.DataFrame(
        [(r.name, r.certainty.value, r.after_lock, r.mended, r.category, n) for n, r in enumerate(rules)],
        schema={"rule": pl.String, "of_rule": pl.String, "after_lock": pl.Boolean, "mended": pl.Boolean,
                "category": pl.String, "place": pl.Int64},
        orient="row",
    )  # fmt: skip
    told = charges.join(facts, on="rule", how="left", maintain_order="left")
    return told.with_columns(certainty=pl.coalesce("certainty", "of_rule")).drop("of_rule")


def gravest(charges: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    """One row a change: the gravest hit's rule and words first, then the other sentences, and all hits as a list.

    `charges`: graded ones. Of a change that only possibly came after the lock (`is_historical` of `changes` is null),
    what lock rules say is less certain.
    """
    charges = charges.join(changes.select(*KEY, "is_historical"), on=KEY, how="left", maintain_order="left")
    possibly = pl.col("after_lock") & pl.col("is_historical").is_null()
    rank = pl.col("certainty").replace_strict(_RANK, return_dtype=pl.Int64) + possibly.cast(pl.Int64)
    first = ("rule", "fix", "stake_cents", "certainty", "after_lock", "category")
    return (
        charges.with_columns(rank=rank)
        .sort("rank", "place", maintain_order=True)
        .group_by(KEY, maintain_order=True)
        .agg(
            *(pl.col(name).first() for name in first),
            pl.col("description").str.join(" "),
            hits=pl.struct("rule", "seen", "expected", "n"),
        )
    )


def weighed(charges: pl.DataFrame, changes: pl.DataFrame, settings: RiskSettings) -> pl.DataFrame:
    """KEY, `severity` (the gravest of its hits') and `rules` (0–1): the hits by noisy-or, each by its own severity.

    What is not certain rests on the same signs, whichever rule says it: of such hits the heaviest alone counts.
    `charges`: graded ones. `changes`: with `unusual, story_cents, is_historical, days_late, restores`.
    """
    known = ("unusual", "story_cents", "is_historical", "days_late", "restores")
    each = charges.join(changes.select(*KEY, *known), on=KEY, how="left")
    each = each.with_columns(severity=severity(settings)).with_columns(quiet=1 - weight())
    sure = pl.col("certainty") == Certainty.CERTAIN.value
    quiet = pl.col("quiet").filter(sure).product() * pl.col("quiet").filter(~sure).min().fill_null(1.0)
    level = pl.col("severity").replace_strict({name: n for n, name in enumerate(LEVELS)}, return_dtype=pl.Int64)
    return each.group_by(KEY).agg(pl.col("severity").sort_by(level).last(), rules=1 - quiet)
