"""Whether a snapshot looks whole beside the one before it. A file cut on its way must not become deletions."""

from typing import Final

import polars as pl

from audit_core.sheets import Sheet
from audit_core.sheets.sheet import ROW_ID

_SHRINK_SHARE: Final = 0.5
_SHRINK_ROWS: Final = 200
"""A snapshot that lost more than this share of the rows, and so many, is not believed at once."""
_SHRUNK_SHARE: Final = 0.3
"""A live sheet that lost more than this share of its rows is read a second time."""
_TAIL_ROWS: Final = 2
"""Nor is a text file that lost exactly so many of its last rows or more, and gained none: so a cut looks."""


def lost_rows(before: Sheet, after: Sheet) -> pl.Series:
    """The ids of rows of `before` that `after` no longer has, in the order of `before`."""
    return before.cells.join(after.cells, on=ROW_ID, how="anti", maintain_order="left")[ROW_ID]


def sign_of_a_cut(before: Sheet, after: Sheet, *, may_be_cut: bool, open_ended: bool) -> str | None:
    """What makes `after` look like a cut file, as the middle of a sentence; None when nothing does.

    `may_be_cut`: the format has no end mark. `open_ended`: the last line has no end, unlike those of the sheet so far.
    """
    lost = lost_rows(before, after)
    rows = before.cells.height
    if len(lost) >= _SHRINK_ROWS and len(lost) > _SHRINK_SHARE * rows:
        return f"lost {len(lost):,} of {rows:,} rows"
    if open_ended:
        return "ends without a line end, unlike the one before"
    kept = rows - len(lost)
    first_rows = after.cells.height == kept and after.cells[ROW_ID].equals(before.cells[ROW_ID].head(kept))
    # only a cut, or somebody who deletes from the bottom up, leaves exactly the first rows in their order
    if may_be_cut and len(lost) >= _TAIL_ROWS and first_rows:
        return f"has only the first {kept:,} of {rows:,} rows, in their order"
    return None


def shrunk(before: Sheet, after: Sheet) -> bool:
    """Whether a live sheet lost so many rows that it is read again before that is believed."""
    return len(lost_rows(before, after)) > _SHRUNK_SHARE * before.cells.height


def agrees(before: Sheet, held: Sheet, after: Sheet) -> bool:
    """Whether `after` confirms `held`, which was not believed: what `held` had lost is still gone."""
    return set(lost_rows(before, held)) <= set(lost_rows(before, after))
