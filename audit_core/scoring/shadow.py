"""The last weeks scored by two models: do about as many alerts come, mostly the same, and not all from one side?"""

import polars as pl

from audit_core.changes.diff import ROW
from audit_core.scoring.held_out import rescored
from audit_core.scoring.model import Model
from audit_core.scoring.verdicts import Check

_VOLUME, _FEW = 0.30, 5  # alerts may rise or fall by this share, or by so many
_TOP, _OVERLAP = 100, 0.5
_ONE_SIDED, _TIMES, _NEW = 0.5, 2, 10  # of so many new alerts at least, one person or column may have this share


def shadow(recent: pl.DataFrame, champion: Model | None, challenger: Model) -> pl.DataFrame:
    """One row a story of the last weeks: its highest risk `old` (without a model in use: by the rules) and `new`, and
    the person (None for a machine) and column of its riskiest event."""
    old = rescored(recent, champion)["risk_score"] if champion else recent["rules"]
    both = recent.with_columns(
        old=old,
        new=rescored(recent, challenger)["risk_score"],
        changed_by=pl.when(~pl.col("machine")).then("changed_by"),
    )
    return (
        both.sort("new", "event_id", descending=[True, False])
        .group_by("story", maintain_order=True)
        .agg(pl.col("old", "new").max(), pl.col("changed_by", "column").first())
    )


def volume(told: pl.DataFrame, cutoff: float, weeks: int) -> Check:
    """Whether about as many stories reach the cut-off as before."""
    old, new = (int((told[side] >= cutoff).sum()) for side in ("old", "new"))
    passed = abs(new - old) <= max(_VOLUME * old, _FEW)
    moved = f"would {'rise' if new > old else 'fall'} by {abs(new - old) / old:.0%}" if old else "would begin"
    words = f"its alerts {moved if new != old else 'stay as many'} (from {old:,} to {new:,} in {weeks} weeks"
    return Check("alert volume", passed, f"{words}; limit {_VOLUME:.0%})", {"old": old, "new": new})


def overlap(told: pl.DataFrame) -> Check:
    """Whether the highest stories are the same ones as before."""
    count = min(_TOP, told.height)
    top = [set(told.sort([side, "story"], descending=[True, False])["story"].head(count)) for side in ("old", "new")]
    shared = len(top[0] & top[1]) / max(count, 1)
    words = f"{shared:.0%} of the {count:,} highest stories stay among them (limit {_OVERLAP:.0%})"
    return Check("highest stories", shared >= _OVERLAP, words, {"shared": shared})


def one_sided(told: pl.DataFrame, cutoff: float) -> Check:
    """Whether one person or one column has too many of the alerts that there were not before.

    Too many are more than half of them, and more than twice its share of the edits that could have become one: most
    corrections are of quantities, so most of what is unusual besides is too.
    """
    name = "new alerts"
    calm = told.filter(pl.col("old") < cutoff)
    edits, fresh = calm.filter(pl.col("column") != ROW), calm.filter(pl.col("new") >= cutoff)
    if fresh.height < _NEW:
        return Check(name, passed=True, words=f"{fresh.height:,} new alerts, too few to be one-sided")
    counts = [
        (count / fresh.height, _limit(edits[column].eq_missing(value).mean()), f"{word} {value}")
        for word, column in (("person", "changed_by"), ("column", "column"))
        for value, count in fresh[column].drop_nulls().value_counts().iter_rows()
    ]
    share, limit, worst = max(counts, key=lambda each: each[0] - each[1])
    words = f"{share:.0%} of {fresh.height:,} new alerts are of the {worst} (limit {limit:.0%})"
    return Check(name, share <= limit, words, {"share": share, "limit": limit, "new": fresh.height})


def _limit(share: object) -> float:
    """The most new alerts that a person or column of this share of the edits may have (1: all of them)."""
    return min(max(_ONE_SIDED, _TIMES * share), 1.0) if isinstance(share, float) else _ONE_SIDED
