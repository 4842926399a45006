"""Who made a change, by what a source called about: its callbacks name who touched which cell or row, and when.

They hold no values, and some may be lost. So a person is named only where nobody else is said to have touched the same
cell between the two looks, and only for rows of which the callbacks reach as far as the row's last modification.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from audit_core.changes.diff import ROW
from audit_core.changes.who import ANSWER_SCHEMA, OWN_WRITE, no_answers

SYSTEM_USERS: Final = {
    "3940654876256132": "automation@smartsheet.com",
    "3377704922834820": "cell-link@smartsheet.com",
}
"""Users of Smartsheet itself, which no share names."""

_SLACK: Final = timedelta(seconds=5)
"""A callback and the row it is about need not tell the same second."""
_INSTANT: Final = pl.Datetime("us", "UTC")


@dataclass(frozen=True, slots=True)
class Touch:
    """Somebody touched a row, or (`column_id` not None) one cell of it. `at` is UTC.

    `user_id` "": not said. `deleted`: the row itself was deleted. `own`: this program wrote it.
    """

    row_id: str
    column_id: str | None
    user_id: str
    at: datetime
    deleted: bool = False
    own: bool = False


_TOUCHES: Final = {
    "row_id": pl.String(),
    "column_id": pl.String(),
    "user_id": pl.String(),
    "at": _INSTANT,
    "deleted": pl.Boolean(),
    "own": pl.Boolean(),
}


def answers_of(
    changes: pl.DataFrame,
    touches: Sequence[Touch],
    column_ids: Mapping[str, str],
    people: Mapping[str, str],
    between: tuple[datetime, datetime],
) -> pl.DataFrame:
    """What callbacks answer of the changes of one sheet (see changes.transitions), as ANSWER_SCHEMA.

    `column_ids`: column of a change → its id. `people`: user id → e-mail; who is in neither it nor SYSTEM_USERS is not
    named. `between`: the two looks (UTC). Cells that were calculated again are left to other evidence.
    """
    if not touches:
        return no_answers()
    told = pl.DataFrame([astuple(each) for each in touches], schema=_TOUCHES, orient="row").with_columns(
        actor=pl.when("own").then(pl.lit(OWN_WRITE)).otherwise("user_id")
    )
    since, until = (pl.lit(moment).cast(_INSTANT) for moment in between)
    ids = pl.DataFrame(list(column_ids.items()), schema={"column": pl.String, "column_id": pl.String}, orient="row")
    found = pl.concat([_cells(changes, told, ids, since, until), _deleted_rows(changes, told, since, until)])
    names = pl.DataFrame(
        list({**people, **SYSTEM_USERS}.items()), schema={"user_id": pl.String, "by": pl.String}, orient="row"
    )
    return (
        found.join(names, on="user_id", how="left", maintain_order="left")
        .filter(pl.col("by").is_not_null() | pl.col("own"))
        .with_columns(evidence=pl.when("own").then(pl.lit(OWN_WRITE)).otherwise(pl.lit("webhook")))
        .select(*ANSWER_SCHEMA)
    )


def _cells(
    changes: pl.DataFrame, told: pl.DataFrame, ids: pl.DataFrame, since: pl.Expr, until: pl.Expr
) -> pl.DataFrame:
    """Changed cells that one actor touched; the row's own times bound it more closely than the looks do."""
    cells = changes.filter((pl.col("column") != ROW) & ~pl.col("recalculated")).select(
        "row_id",
        "column",
        after=pl.coalesce("b_modified_at", since),
        until=pl.coalesce("a_modified_at", until),
    )
    rows = cells.select("row_id", "after", "until").unique()
    near = told.join(rows, on="row_id").filter(
        (pl.col("at").dt.truncate("1s") > pl.col("after")) & (pl.col("at") <= pl.col("until") + _SLACK)
    )
    # what touched the row last was not called about: others may be missing, too
    near = near.filter(pl.col("at").max().over("row_id") >= pl.col("until") - _SLACK)
    return _by_one(near.join(ids, on="column_id").join(cells.select("row_id", "column"), on=["row_id", "column"]))


def _deleted_rows(changes: pl.DataFrame, told: pl.DataFrame, since: pl.Expr, until: pl.Expr) -> pl.DataFrame:
    gone = changes.filter((pl.col("column") == ROW) & (pl.col("kind") == "removed")).select("row_id", "column")
    near = told.filter(pl.col("deleted") & pl.col("at").is_between(since - _SLACK, until + _SLACK))
    return _by_one(near.join(gone, on="row_id"))


def _by_one(near: pl.DataFrame) -> pl.DataFrame:
    """`row_id, column, user_id, own, at` of what one actor alone touched, at his last touch."""
    return (
        near.group_by("row_id", "column", maintain_order=True)
        .agg(pl.col("actor").n_unique().alias("actors"), pl.col("user_id", "own").last(), pl.col("at").max())
        .filter(pl.col("actors") == 1)
        .drop("actors")
    )
