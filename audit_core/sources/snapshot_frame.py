"""Grid → the frame a source returns: unique titles, blank cells null, key column `row_id` first."""

import re
from collections import Counter

import polars as pl

from audit_core.blind_spots import Reason
from audit_core.errors import SnapshotRefused
from audit_core.sources.grid import Grid, Note, counted
from audit_core.sources.protocol import ROW_ID

_NAMED_LINES = 5
_NAMED_IDS = 3
_BY_PLACE = re.compile(r"Column \d+|.* \(column \d+\)( \(\d+\))?", re.DOTALL)


def snapshot_frame(grid: Grid, row_id: str, where: str) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    """The rows of `grid` keyed by the column titled `row_id`, in file order; raises SnapshotRefused.

    A row without any cell holds nothing and is left out; a cell of nothing but white space is blank.
    """
    cells = grid.cells.with_columns(
        pl.when(pl.all().str.contains(r"\S")).then(pl.all())  # otherwise null
    )
    filled = cells.select(pl.any_horizontal(pl.all().is_not_null()).alias("filled")).to_series()
    cells, lines = cells.filter(filled), grid.lines.filter(filled)
    if cells.is_empty():
        raise SnapshotRefused(f"{where} has no rows below its titles: export the sheet again.")
    key = _key_position(grid.titles, row_id, where)
    titles, notes = _unique_titles(grid, cells, key)
    ids = _row_ids(cells[str(key)], lines, grid, where)
    others = [pl.col(str(position)).alias(title) for position, title in titles.items()]
    return cells.select(ids, *others), (*grid.notes, *notes)


def named_by_place(title: str) -> bool:
    """Whether a title looks like one that was made here from the column's place, and moves when columns do."""
    return _BY_PLACE.fullmatch(title) is not None


def _spelling(title: str) -> str:
    return re.sub(r"[\W_]+", "", title).casefold()


def _key_position(titles: tuple[str | None, ...], row_id: str, where: str) -> int:
    exact = [place for place, title in enumerate(titles) if title and title.strip() == row_id.strip()]
    close = [place for place, title in enumerate(titles) if title and _spelling(title) == _spelling(row_id)]
    # a title of nothing but punctuation has no spelling to be tolerant of
    found = exact or (close if _spelling(row_id) else [])
    if not found:
        raise SnapshotRefused(
            f"{where} has no column '{row_id}': add an Auto-Number column named '{row_id}' to the sheet in Smartsheet "
            "and export it again, or name its row-id column under source.row_id in config.json."
        )
    if len(found) > 1:
        named = ", ".join(f"'{titles[place]}'" for place in found)
        raise SnapshotRefused(
            f"{where} has {len(found)} columns that could be the row id ({named}): rename all but one in the sheet and "
            "export it again, or name the right one under source.row_id in config.json."
        )
    return found[0]


def _unique_titles(grid: Grid, cells: pl.DataFrame, key: int) -> tuple[dict[int, str], list[Note]]:
    """Position → title of every column but the key; a title that stands twice, in any case, belongs to neither."""
    taken = {ROW_ID, "(row)"}  # what a change of a whole row is called
    titles: dict[int, str] = {}
    notes: list[Note] = []
    spelled = Counter((title or "").strip().casefold() for title in grid.titles)
    for place, given in enumerate(grid.titles):
        if place == key:
            continue
        title = (given or "").strip()
        if not title:
            values = cells.height - cells[str(place)].null_count()
            if not values:
                continue
            title = _free(f"Column {place + 1}", taken)
            notes.append(
                Note(
                    Reason.COLUMN_UNMAPPED,
                    f"Column number {place + 1} has no title but {counted(values, 'value')}: it is read as '{title}'; "
                    "give it a title in the sheet.",
                )
            )
        elif spelled[title.casefold()] > 1 or title.casefold() in taken:
            # which of them was the column so far cannot be told, so none keeps the title
            first, title = title, _free(f"{title} (column {place + 1})", taken)
            notes.append(
                Note(
                    Reason.COLUMN_AMBIGUOUS,
                    f"Column number {place + 1} has the title '{first}', and so has another: it is read as '{title}'; "
                    "rename one of the two in the sheet.",
                )
            )
        taken.add(title.casefold())
        titles[place] = title
    return titles, notes


def _free(title: str, taken: set[str]) -> str:
    if title.casefold() not in taken:
        return title
    number = 2
    while f"{title} ({number})".casefold() in taken:
        number += 1
    return f"{title} ({number})"


def _row_ids(column: pl.Series, lines: pl.Series, grid: Grid, where: str) -> pl.Series:
    ids = column.str.strip_chars().str.replace(r"^([+-]?\d+)\.0*$", "$1").alias(ROW_ID)
    if count := ids.null_count():
        raise SnapshotRefused(
            f"{where} has {counted(count, 'row')} without a row id ({_places(lines.filter(ids.is_null()), grid)}): "
            "fill in the row-id column of the sheet and export it again."
        )
    # Excel writes a long number into a .csv as 4.58E+15: the digits that told rows apart are gone
    shortened = ids.str.contains(r"^\d(?:\.\d+)?[Ee]\+\d+$")
    if count := int(shortened.sum()):
        raise SnapshotRefused(
            f"{where} has {counted(count, 'row id')} shortened to a form like '{ids.filter(shortened)[0]}' "
            f"({_places(lines.filter(shortened), grid)}): take the file as Smartsheet exported it, not saved by Excel."
        )
    if (count := ids.len() - ids.n_unique()) > 0:
        raise SnapshotRefused(_duplicates(ids, lines, grid, where))
    return ids


def _duplicates(ids: pl.Series, lines: pl.Series, grid: Grid, where: str) -> str:
    repeated = (
        pl.DataFrame([ids, lines.alias("line")])
        .group_by(ROW_ID, maintain_order=True)
        .agg("line")
        .filter(pl.col("line").list.len() > 1)
    )
    named = "; ".join(f"'{id_}' in {_places(rows, grid)}" for id_, rows in repeated.head(_NAMED_IDS).iter_rows())
    more = f"; and {repeated.height - _NAMED_IDS:,} more" if repeated.height > _NAMED_IDS else ""
    return (
        f"{where} has {counted(repeated.height, 'row id')} on more than one row ({named}{more}): "
        "make the row-id column of the sheet an Auto-Number column and export it again."
    )


def _places(lines: pl.Series | list[int], grid: Grid) -> str:
    named = list(lines[:_NAMED_LINES])
    word = grid.line_word if len(lines) == 1 else f"{grid.line_word}s"
    return f"{word} {', '.join(str(line) for line in named)}{' …' if len(lines) > len(named) else ''}"
