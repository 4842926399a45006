"""The body of a sheet: bytes → a frame of text cells, with the type and the formula of each cell where it has one.

The SDK's own model of a sheet takes fifty times as long and loses what it does not know (see benchmarks/).
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import msgspec
import polars as pl

from audit_core.blind_spots import Reason
from audit_core.sheets.marks import CHECK, NUMBER, TEXT, formula_column, type_column
from audit_core.sources.protocol import ROW_ID, SheetColumn
from audit_core.sources.smartsheet.client import NotWhole

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


def parse_sheet(body: bytes) -> SheetBody:
    """A sheet from the body of `GET /sheets/{id}`. Raises NotWhole, or a msgspec error, unless it is a whole sheet."""
    sheet = msgspec.json.decode(body, type=_Sheet)
    rows = sheet.rows
    if len(rows) != sheet.totalRowCount:
        raise NotWhole(f"has {len(rows):,} of the sheet's {sheet.totalRowCount:,} rows")
    ids = [str(row.id) for row in rows]
    if len(set(ids)) != len(ids):
        raise NotWhole(f"has a row twice ({_first_double(ids)})")
    column_ids = [str(column.id) for column in sheet.columns]
    if len(set(column_ids)) != len(column_ids):
        raise NotWhole(f"has a column twice ({_first_double(column_ids)})")
    kept, notes, doubled = _titled(sheet.columns)
    flat = _Flat(rows, [column.id for column in sheet.columns])
    series = [pl.Series(ROW_ID, ids, dtype=pl.String)]
    series += flat.columns(kept)
    facts = _row_facts(rows)
    frame = pl.DataFrame([*series, *facts])
    if flat.strange:
        text = f"{flat.strange:,} cells hold a list or an object: they are read as JSON text."
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
    odd = (
        f"leaves out {flat.left_out:,} cells" if flat.left_out else f"names two columns '{doubled}'" if doubled else ""
    )
    return SheetBody(str(sheet.id), sheet.name, int(sheet.version), frame, columns, tuple(notes), moment, odd)


_TYPES: Final = {
    "TEXT_NUMBER", "DATE", "DATETIME", "ABSTRACT_DATETIME", "CONTACT_LIST", "MULTI_CONTACT_LIST", "CHECKBOX",
    "PICKLIST", "MULTI_PICKLIST", "DURATION", "PREDECESSOR",
}  # fmt: skip


class _Flat:
    """All cells of all rows, laid out column by column without a loop over rows for each column."""

    def __init__(self, rows: Sequence[_Row], column_ids: Sequence[_Id]) -> None:
        self._height, self._width = len(rows), len(column_ids)
        place = {column_id: number for number, column_id in enumerate(column_ids)}
        place |= {str(column_id): number for number, column_id in enumerate(column_ids)}
        try:
            at = [place[cell.columnId] * self._height + number for number, row in enumerate(rows) for cell in row.cells]
        except KeyError as error:
            raise NotWhole(f"has a cell of a column that it does not have ({error.args[0]})") from None
        if len(set(at)) != len(at):
            raise NotWhole("has two cells in one place")
        self._at = pl.Series(at, dtype=pl.UInt32)
        self.left_out = self._height * self._width - len(at)
        values = [cell.value for row in rows for cell in row.cells]
        kinds = [_KINDS[type(value)] for value in values]
        self.strange = kinds.count(_STRANGE)
        texts = [value if kind is TEXT else _text(value) for value, kind in zip(values, kinds, strict=True)]
        formulas = [cell.formula for row in rows for cell in row.cells]
        self._texts = self._laid_out(pl.Series(texts, dtype=pl.String))
        self._kinds = self._laid_out(pl.Series(kinds, dtype=pl.String))
        self._formulas = self._laid_out(pl.Series(formulas, dtype=pl.String)) if any(formulas) else None

    def _laid_out(self, found: pl.Series) -> pl.Series:
        grid = pl.Series([None], dtype=pl.String).new_from_index(0, self._height * self._width)
        return grid.scatter(self._at, found) if len(found) else grid

    def columns(self, titles: dict[int, str]) -> list[pl.Series]:
        """The cells under each title (place in the sheet → title), then the marks of those that have any."""
        cells, marks = [], []
        for place, title in titles.items():
            part = slice(place * self._height, (place + 1) * self._height)
            text = self._texts[part].alias(title)
            blank = ~text.str.contains(r"\S").fill_null(value=False)
            cells.append(text.set(blank, None))
            kinds = self._kinds[part].set(blank, None)
            if (kinds != TEXT).any():
                marks.append(kinds.alias(type_column(title)))
            if self._formulas is not None and (formulas := self._formulas[part]).null_count() < self._height:
                marks.append(formulas.alias(formula_column(title)))
        return [*cells, *marks]


_STRANGE: Final = "json"
_KINDS: Final[dict[type, str | None]] = {
    str: TEXT, int: NUMBER, float: NUMBER, bool: CHECK, type(None): None, list: _STRANGE, dict: _STRANGE,
}  # fmt: skip


def _text(value: Any) -> str | None:
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return number_text(value)
        case int():
            if abs(value) > _LARGEST:
                raise NotWhole("has a number that no cell can hold")
            return str(value)
        case _:
            return msgspec.json.encode(value).decode()


_LARGEST: Final = 10**24


def number_text(value: float) -> str:
    """A number as people write it: '34.4', '5', never '5.0' or '1e3'."""
    text = repr(value)
    if text.endswith(".0"):
        return text[:-2]
    return format(Decimal(text), "f") if "e" in text else text


def cell_text(value: Any) -> str | None:
    """A JSON value as the text of a cell, blank as None; the same for bodies and for cell histories."""
    text = _text(value)
    return text if text and not text.isspace() else None


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


def instant_text(moment: str | int | None) -> str | None:
    """Smartsheet's time, text or milliseconds, as '2026-07-19T10:00:00Z'; None for what is no time."""
    if isinstance(moment, str):
        return moment
    return None if moment is None else datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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
    taken = {ROW_ID, *(name.casefold() for name in ROW_FACTS)}
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
