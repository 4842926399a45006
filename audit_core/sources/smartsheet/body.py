"""The body of a sheet: bytes → a frame of text cells, with the type and the formula of each cell where it has one.

The SDK's own model of a sheet takes fifty times as long and loses what it does not know (see benchmarks/).
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
import polars as pl

from audit_core.blind_spots import Reason
from audit_core.sheets.marks import formula_column, type_column
from audit_core.sources.protocol import ROW_ID, SheetColumn
from audit_core.sources.smartsheet.client import NotWhole
from audit_core.sources.smartsheet.values import KINDS, TEXTS, instant_text, number_texts

QUERY: Final = {"include": "writerInfo", "exclude": "linksOutToCellsDetails", "level": "2"}
"""What of a sheet is asked for. Without page and pageSize all of its rows come in one answer; blank cells too, so that
a cell that was left out by mistake is told from one that was emptied."""

ROW_FACTS: Final = ("Modified By", "Modified Date", "Created By", "Created Date")
"""Columns made of what Smartsheet says of each row; they stand for the sheet's own columns of that kind."""
_OWN_KINDS: Final = {"CREATED_BY", "CREATED_DATE", "MODIFIED_BY", "MODIFIED_DATE"}
_Id = int | str


class _Cell(msgspec.Struct, gc=False):
    columnId: _Id  # noqa: N815 - these are Smartsheet's names
    value: str | float | int | bool | list[Any] | dict[str, Any] | None = None
    formula: str | None = None


class _Person(msgspec.Struct, gc=False):
    email: str | None = None
    name: str | None = None


class _Row(msgspec.Struct, gc=False):
    id: _Id
    cells: list[_Cell] = []
    createdAt: str | int | None = None  # noqa: N815
    modifiedAt: str | int | None = None  # noqa: N815
    createdBy: _Person | None = None  # noqa: N815
    modifiedBy: _Person | None = None  # noqa: N815


class _Column(msgspec.Struct):
    id: _Id
    title: str = ""
    type: str = ""
    systemColumnType: str | None = None  # noqa: N815
    formula: str | None = None


class _Sheet(msgspec.Struct):
    id: _Id
    name: str
    version: _Id
    totalRowCount: int  # noqa: N815
    columns: list[_Column]
    rows: list[_Row]


@dataclass(frozen=True, slots=True)
class SheetBody:
    """One whole sheet. `frame`: `row_id`, text cells by title, row facts, marks (see sheets.marks).

    `notes`: what could not be read as it stands, as (reason, sentence). `newest`: the latest modification of a row.
    `odd`: what Smartsheet does not send on a good day, as the end of a sentence ("": nothing): it is read twice.
    """

    sheet_id: str
    name: str
    version: int
    frame: pl.DataFrame
    columns: tuple[SheetColumn, ...]
    notes: tuple[tuple[Reason, str], ...]
    newest: datetime | None
    odd: str
    left_out: int


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one answer, which may be all of a sheet's `total`."""

    sheet: _Sheet

    @property
    def total(self) -> int:
        """Rows that the whole sheet has."""
        return self.sheet.totalRowCount

    @property
    def version(self) -> int:
        """The version that these rows are of."""
        return int(self.sheet.version)


def parse_page(body: bytes) -> Page:
    """One answer of `GET /sheets/{id}`. Raises a msgspec error for anything else."""
    return Page(msgspec.json.decode(body, type=_Sheet))


def parse_sheet(body: bytes) -> SheetBody:
    """A sheet from one answer. Raises NotWhole, or a msgspec error, unless it is a whole sheet."""
    return sheet_of([parse_page(body)])


def sheet_of(pages: Sequence[Page]) -> SheetBody:
    """A sheet from all of its pages, in their order. Raises NotWhole unless together they are the whole sheet."""
    sheet = pages[0].sheet
    rows = [row for page in pages for row in page.sheet.rows] if len(pages) > 1 else sheet.rows
    if len(rows) != sheet.totalRowCount:
        raise NotWhole(f"has {len(rows):,} of the sheet's {sheet.totalRowCount:,} rows")
    ids = [str(row.id) for row in rows]
    if len(set(ids)) != len(ids):
        raise NotWhole(f"has a row twice ({_first_double(ids)})")
    column_ids = [str(column.id) for column in sheet.columns]
    if len(set(column_ids)) != len(column_ids):
        raise NotWhole(f"has a column twice ({_first_double(column_ids)})")
    kept, notes, doubled = _titled(sheet.columns)
    cells = _Cells(rows, [column.id for column in sheet.columns])
    series = [pl.Series(ROW_ID, ids, dtype=pl.String)]
    series += cells.columns(kept)
    facts = _row_facts(rows)
    frame = pl.DataFrame([*series, *facts])
    if cells.strange:
        text = f"{cells.strange:,} cells hold a list or an object: they are read as JSON text."
        notes.append((Reason.CELLS_UNPARSED, text))
    columns = tuple(
        SheetColumn(str(column.id), kept[place], column.type if column.type in _TYPES else "")
        for place, column in enumerate(sheet.columns)
        if place in kept
    )
    newest = facts[1].drop_nulls().max()
    moment = datetime.fromisoformat(str(newest)) if newest else None
    notes += [
        (Reason.COLUMN_TYPE_UNKNOWN, f"Column '{kept[place]}' is of a type that is not known here ({column.type}).")
        for place, column in enumerate(sheet.columns)
        if place in kept and column.type not in _TYPES
    ]
    left = cells.left_out
    oddities = {
        f"leaves out {left:,} cells": left,
        f"has {cells.strange:,} cells with a list or an object": cells.strange,
        f"names two columns '{doubled}'": doubled,
    }
    odd = next((what for what, there in oddities.items() if there), "")
    return SheetBody(
        str(sheet.id), sheet.name, int(sheet.version), frame, columns, tuple(notes), moment, odd, cells.left_out
    )


_TYPES: Final = {
    "TEXT_NUMBER", "DATE", "DATETIME", "ABSTRACT_DATETIME", "CONTACT_LIST", "MULTI_CONTACT_LIST", "CHECKBOX",
    "PICKLIST", "MULTI_PICKLIST", "DURATION", "PREDECESSOR",
}  # fmt: skip


class _Cells:
    """All cells of all rows in one list, row by row, so that a column is one slice of it."""

    def __init__(self, rows: Sequence[_Row], column_ids: Sequence[_Id]) -> None:
        self._width = len(column_ids)
        self._values = [cell.value for row in rows for cell in row.cells]
        self._formulas = [cell.formula for row in rows for cell in row.cells]
        self.left_out = len(rows) * self._width - len(self._values)
        self.strange = 0
        if [cell.columnId for row in rows for cell in row.cells] != list(column_ids) * len(rows):
            self._put_in_order(rows, column_ids)

    def _put_in_order(self, rows: Sequence[_Row], column_ids: Sequence[_Id]) -> None:
        """For rows that leave cells out, or have them in another order than the columns."""
        place = {str(column_id): number for number, column_id in enumerate(column_ids)}
        try:
            at = [
                number * self._width + place[str(cell.columnId)]
                for number, row in enumerate(rows)
                for cell in row.cells
            ]
        except KeyError as error:
            raise NotWhole(f"has a cell of a column that it does not have ({error.args[0]})") from None
        if len(set(at)) != len(at):
            raise NotWhole("has two cells in one place")
        values, formulas = dict(zip(at, self._values, strict=True)), dict(zip(at, self._formulas, strict=True))
        everywhere = range(len(rows) * self._width)
        self._values, self._formulas = [values.get(n) for n in everywhere], [formulas.get(n) for n in everywhere]

    def columns(self, titles: dict[int, str]) -> list[pl.Series]:
        """The cells under each title (place in the sheet → title), then the marks of those that have any."""
        cells, marks = [], []
        for place, title in titles.items():
            values, formulas = self._values[place :: self._width], self._formulas[place :: self._width]
            kinds = list(map(type, values))
            there = set(kinds)
            plain = there <= {str, type(None)}
            text = number_texts(values) if there <= {int, float, type(None)} and not plain else None
            if text is None:
                texts = values if plain else [TEXTS[kind](value) for value, kind in zip(values, kinds, strict=True)]
                text = pl.Series(texts, dtype=pl.String)
            text = text.alias(title)
            blank = ~text.str.contains(r"\S").fill_null(value=False)
            cells.append(text.set(blank, None))
            if not plain:
                named = pl.Series(type_column(title), [KINDS[kind] for kind in kinds], dtype=pl.String)
                marks.append(named.set(blank, None))
                self.strange += sum(kind in (list, dict) for kind in kinds)
            if any(formulas):
                marks.append(pl.Series(formula_column(title), formulas, dtype=pl.String))
        return [*cells, *marks]


def _row_facts(rows: Sequence[_Row]) -> list[pl.Series]:
    """Who wrote each row last and when, and who made it, in the order of ROW_FACTS."""
    columns: tuple[Iterable[str | None], ...] = (
        (_email(row.modifiedBy) for row in rows),
        (instant_text(row.modifiedAt) for row in rows),
        (_email(row.createdBy) for row in rows),
        (instant_text(row.createdAt) for row in rows),
    )
    return [pl.Series(name, list(found), dtype=pl.String) for name, found in zip(ROW_FACTS, columns, strict=True)]


def _email(person: _Person | None) -> str | None:
    return (person.email or person.name) if person else None


_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")


def _titled(columns: Sequence[_Column]) -> tuple[dict[int, str], list[tuple[Reason, str]], str]:
    """(place → title, each once whatever its case; what had to be renamed; a title that stands twice).

    The sheet's own row facts are left out.
    """
    wanted = {
        place: " ".join(_CONTROL.sub(" ", column.title).split()) or f"Column {place + 1}"
        for place, column in enumerate(columns)
        if column.systemColumnType not in _OWN_KINDS
    }
    spelled = Counter(title.casefold() for title in wanted.values())
    taken = {ROW_ID, "(row)", *(name.casefold() for name in ROW_FACTS)}
    titles: dict[int, str] = {}
    notes: list[tuple[Reason, str]] = []
    for place, first in wanted.items():
        title = first
        if spelled[title.casefold()] > 1 or title.casefold() in taken:
            title = f"{first} (column {columns[place].id})"
            text = f"Column '{first}' is read as '{title}', because another has the same title: rename one of the two."
            notes.append((Reason.COLUMN_AMBIGUOUS, text))
        taken.add(title.casefold())
        titles[place] = title
    return titles, notes, next((title for title in wanted.values() if spelled[title.casefold()] > 1), "")


def _first_double(ids: Sequence[str]) -> str:
    return next(name for name, times in Counter(ids).items() if times > 1)
