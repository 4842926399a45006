"""One editor from near: when, where and how much they change, beside the others, and what was decided about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from audit_core.access.visible import require_visible
from audit_core.actors import Actor
from audit_core.profiles.decided import decided_about
from audit_core.profiles.editors import Editor
from audit_core.profiles.profile import MIN_PEERS, named
from audit_core.profiles.visible import recent_edits
from audit_core.workspace import Workspace

SIZES: Final = ("up to ×1.1", "up to ×1.5", "up to ×2", "up to ×5", "up to ×10", "more")
"""How much a quantity or a price was multiplied or divided by."""
_STEPS: Final = (1.1, 1.5, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Portrait:
    """`rhythm`: `weekday` (1 is Monday), `hour, n` of the business's clock, those with edits.

    `months`: `month` (`2025-11`), `n, after_lock` (edits whose side of the lock is known, and those after it), `share`,
    and of the others `low, median, high` (10th to 90th percentile) and how many (`others`).
    `sizes`: `size` (see SIZES), `n, share, others` (median share of the others) of the changes of quantity and price.
    `sheets`, `columns`: `name, n, after_lock, moved_cents`, the most frequent first.
    A share is null below `people.min_edits` edits, what the others do below MIN_PEERS of them; and where the person has
    fewer edits than that, these tables are empty. `decided`: see decided.decided_about.
    """

    editor: Editor
    rhythm: pl.DataFrame
    months: pl.DataFrame
    sizes: pl.DataFrame
    sheets: pl.DataFrame
    columns: pl.DataFrame
    decided: pl.DataFrame


def portrait(workspace: Workspace, actor: Actor, editor: Editor, now: datetime) -> Portrait:
    """One of the editors (see editors.editors) from near. Raises NotAllowed (see visible)."""
    require_visible(workspace, actor)
    who, minimum = editor.profile.who, workspace.settings.people.min_edits
    people = named(recent_edits(workspace, now), workspace.settings.zone).filter(~pl.col("machine"))
    own = people.filter(pl.col("who") == (who if editor.profile.figures else ""))
    decided = decided_about(workspace, now)
    return Portrait(
        editor=editor,
        rhythm=_rhythm(own),
        months=_months(people, own, who, minimum),
        sizes=_sizes(people, own, who, minimum),
        sheets=_places(own, "sheet_name"),
        columns=_places(own, "column"),
        decided=decided.filter(pl.col("who") == who).drop("who"),
    )


def _rhythm(own: pl.DataFrame) -> pl.DataFrame:
    local = pl.col("local")
    return (
        own.drop_nulls("local").group_by(weekday=local.dt.weekday().cast(pl.Int64), hour=local.dt.hour().cast(pl.Int64))
        .agg(n=pl.len()).sort("weekday", "hour")
    )  # fmt: skip


def _months(people: pl.DataFrame, own: pl.DataFrame, who: str, minimum: int) -> pl.DataFrame:
    known = people.drop_nulls(["local", "after_lock"]).with_columns(month=pl.col("local").dt.strftime("%Y-%m"))
    counted = known.group_by("who", "month").agg(n=pl.len(), after_lock=(pl.col("after_lock") == 1).sum())
    counted = counted.with_columns(share=_share(minimum, "after_lock", "n"))
    others = _others(counted.filter(pl.col("who") != who).drop_nulls("share"), ["month"])
    mine = counted.filter((pl.col("who") == who) & pl.lit(not own.is_empty())).drop("who")
    return mine.join(others, on="month", how="left").sort("month")


def _sizes(people: pl.DataFrame, own: pl.DataFrame, who: str, minimum: int) -> pl.DataFrame:
    both = (pl.col("old") > 0) & (pl.col("new") > 0) & (pl.col("old") != pl.col("new"))
    factor = pl.max_horizontal("old", "new") / pl.min_horizontal("old", "new")
    step = sum((factor > pl.lit(each)).cast(pl.Int64) for each in _STEPS)
    counted = people.filter(both).with_columns(step=step).group_by("who", "step").agg(n=pl.len())
    whole = counted.group_by("who").agg(of=pl.col("n").sum())
    steps = pl.DataFrame({"step": range(len(SIZES)), "size": SIZES})
    # everybody at every step, so that none of a size counts as a share of nothing
    every = whole.join(steps, how="cross").join(counted, on=["who", "step"], how="left")
    told = every.with_columns(pl.col("n").fill_null(0)).with_columns(share=_share(minimum, "n", "of"))
    others = _others(told.filter(pl.col("who") != who).drop_nulls("share"), ["step"])
    mine = told.filter((pl.col("who") == who) & pl.lit(not own.is_empty()))
    joined = mine.join(others, on="step", how="left").sort("step")
    return joined.select("size", "n", "share", others="median")


def _share(minimum: int, part: str, whole: str) -> pl.Expr:
    return pl.when(pl.col(whole) >= minimum).then(pl.col(part) / pl.col(whole))


def _others(shares: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """`low, median, high, others` of the shares of the others, where they are enough."""
    share = pl.col("share")
    return (
        shares.group_by(by)
        .agg(
            low=share.quantile(0.1, "linear"),
            median=share.median(),
            high=share.quantile(0.9, "linear"),
            others=pl.len(),
        )
        .filter(pl.col("others") >= MIN_PEERS)
    )  # fmt: skip


def _places(own: pl.DataFrame, column: str) -> pl.DataFrame:
    return (
        own.group_by(name=column)
        .agg(
            n=pl.len(),
            after_lock=(pl.col("after_lock") == 1).sum(),
            moved_cents=pl.col("money_cents").abs().sum(),
        )
        .sort("n", "name", descending=[True, False])
    )
