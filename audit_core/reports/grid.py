"""Long worksheets: a header row by openpyxl, and under it rows whose XML polars makes column by column.

openpyxl needs seven times as long for 100,000 rows of 25 cells. A text cell here is an inline string and a number is a
number; nothing in this module can write a formula.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import polars as pl
import polars.selectors as cs
from openpyxl.utils import get_column_letter

from audit_core.reports.cells import (
    ILLEGAL,
    LETTERS,
    LINE_POINTS,
    LONGEST,
    NONE,
    ODD,
    SEVERITIES,
    Kind,
    Styles,
    inert,
    severity_style,
    units,
    write_text,
)

SHEET_ROWS: Final = 1_048_576
"""Rows of one worksheet, its header row included: Excel's limit."""

PLAIN_NUMBER: Final = r"^-?[0-9]{1,15}(\.[0-9]{1,6})?$"
"""A quantity's text that is shown as a number."""

_CHUNK = 20_000
_MOST_LINES = 20
_TABLOID = 3  # 11 × 17 inches
_LEGIBLE = 320  # characters that one page of it is wide, in print that can still be read
_EPOCH_DAYS = 25_569  # 1970-01-01 as Excel counts days
_FIRST, _LAST = 61, 2_958_466  # days before March 1900 are miscounted by Excel; after 9999 it knows none


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its title, what its cells hold, its width in characters, and its values over the given frame.

    Money is given in cents (Int64), a date or moment as ISO text (moments with their offset, shown in the business's
    time zone), everything else as it is.
    """

    title: str
    kind: Kind
    width: float
    values: pl.Expr


def pages(frame: pl.DataFrame, rows: int = SHEET_ROWS) -> list[pl.DataFrame]:
    """The frame cut to what one worksheet holds beside its header; one empty page when there is nothing."""
    held = rows - 1
    return [frame.slice(start, held) for start in range(0, frame.height, held)] or [frame]


class Foot(NamedTuple):
    """What stands at the foot of every page, our own words only ("&" would be a command): the run and the anchor."""

    run: str = ""
    witness: str = ""


def lay_out(sheet: Any, columns: Sequence[Column], rows: int, foot: Foot) -> None:
    """Header, widths, frozen pane, filter and print setup of a worksheet with `rows` rows under its header."""
    last = get_column_letter(len(columns))
    for place, column in enumerate(columns, start=1):
        cell = sheet.cell(1, place)
        write_text(cell, column.title)
        text = column.kind in (Kind.TEXT, Kind.WRAPPED, Kind.SEVERITY)
        cell.style = "Redline header" if text else "Redline number header"
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    sheet.row_dimensions[1].height = 30
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{last}{rows + 1}"
    print_setup(sheet, foot)
    sheet.page_setup.paperSize = _TABLOID
    sheet.print_title_rows = "1:1"
    wide = sum(column.width for column in columns)
    if wide > _LEGIBLE:  # several pages side by side, each with the columns that say what a row is
        sheet.page_setup.fitToWidth = math.ceil(wide / _LEGIBLE)
        sheet.page_setup.pageOrder = "overThenDown"
        sheet.print_title_cols = "A:B"


def print_setup(sheet: Any, foot: Foot) -> None:
    """Landscape, one page wide; the worksheet's name at the head, the page's number and the witness at the foot."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    margins = sheet.page_margins
    margins.left = margins.right = 0.4
    margins.top, margins.bottom = 0.6, 0.7
    margins.header = margins.footer = 0.3
    sheet.oddHeader.right.text, sheet.oddHeader.right.size = (
        "&A",
        8,
    )  # the name: a break of lines is not read everywhere
    sheet.oddFooter.left.text = foot.witness or None
    sheet.oddFooter.center.text = "Page &P of &N"
    sheet.oddFooter.right.text = foot.run
    # 78 characters of an anchor stay left of the middle at this size
    sheet.oddFooter.left.size = 7
    sheet.oddFooter.center.size = sheet.oddFooter.right.size = 8


def rows_xml(frame: pl.DataFrame, columns: Sequence[Column], styles: Styles, zone: ZoneInfo) -> Iterator[bytes]:
    """The rows under the header, as pieces of the worksheet's XML."""
    severity = {name: styles.number(severity_style(name)) for name in SEVERITIES}
    numbers = [styles.number(column.kind.value) for column in columns]
    for start in range(0, frame.height, _CHUNK):
        piece = frame.slice(start, _CHUNK)
        at = pl.int_range(start + 2, start + 2 + piece.height, dtype=pl.Int64, eager=True).cast(pl.String)
        values = piece.select(column.values.alias(str(place)) for place, column in enumerate(columns))
        cells = []
        for place, (column, number) in enumerate(zip(columns, numbers, strict=True)):
            style = pl.lit(str(number))
            if column.kind is Kind.SEVERITY:
                style = pl.col("v").fill_null(NONE).replace_strict(severity, default=number).cast(pl.String)
            letter = get_column_letter(place + 1)
            cells.append(_cells(values[str(place)], at, letter, column.kind, style, zone).alias(str(place)))
        rows = pl.DataFrame(cells).select(
            pl.concat_str(
                pl.lit('<row r="'),
                at,
                pl.lit('"'),
                _heights(values, columns),
                pl.lit(">"),
                *(column.name for column in cells),
                pl.lit("</row>"),
            )
        )
        yield "".join(rows.to_series()).encode()


def altered(frame: pl.DataFrame, columns: Sequence[Column]) -> tuple[int, int]:
    """How many texts of the cells are cut because they are too long, and how many hold what a cell cannot."""
    texts = frame.select(column.values.alias(str(place)) for place, column in enumerate(columns)).select(cs.string())
    long = [text for name in texts.columns for text in texts[name].filter(texts[name].str.len_bytes() > LONGEST)]
    odd = texts.select(pl.all().str.contains(ILLEGAL).sum()).sum_horizontal()
    return sum(units(text) > LONGEST for text in long), int(odd.sum())


def _heights(values: pl.DataFrame, columns: Sequence[Column]) -> pl.Series:
    """The rows' heights as attributes of XML, by their longest wrapped text: not every program finds them itself."""
    lines = pl.lit(1, dtype=pl.Int64)
    for place, column in enumerate(columns):
        if column.kind is Kind.WRAPPED:
            needed = (values[str(place)].str.len_chars().cast(pl.Int64) / (column.width * LETTERS)).ceil()
            lines = pl.max_horizontal(lines, needed.fill_null(1).cast(pl.Int64))
    if not any(column.kind is Kind.WRAPPED for column in columns):
        return pl.Series(["" for _ in range(values.height)], dtype=pl.String)
    points = (lines.clip(1, _MOST_LINES) * LINE_POINTS + 3).cast(pl.String)
    return values.select(pl.concat_str(pl.lit(' ht="'), points, pl.lit('" customHeight="1"'))).to_series()


def _cells(values: pl.Series, at: pl.Series, letter: str, kind: Kind, style: pl.Expr, zone: ZoneInfo) -> pl.Series:
    """One column's cells as XML; no cell where there is no value."""
    opening = pl.concat_str(pl.lit(f'<c r="{letter}'), at, pl.lit('" s="'), style, pl.lit('"'))
    frame = values.alias("v").to_frame()
    if values.dtype == pl.String:
        frame = frame.with_columns(shown=_escaped(_inert(values)))
    else:
        frame = frame.with_columns(shown=pl.col("v").cast(pl.String))
    text = pl.concat_str(
        opening, pl.lit(' t="inlineStr"><is><t xml:space="preserve">'), pl.col("shown"), pl.lit("</t></is></c>")
    )
    number = _number(kind, zone)
    if number is None:
        return frame.select(text.fill_null("")).to_series()
    # what is no number or no day that Excel knows is shown as the text it is
    found = pl.concat_str(opening, pl.lit("><v>"), number.cast(pl.String), pl.lit("</v></c>"))
    return frame.select(pl.coalesce(found, text).fill_null("")).to_series()


def _number(kind: Kind, zone: ZoneInfo) -> pl.Expr | None:
    """The value as Excel's number, null where it has none; None for kinds that are text."""
    value = pl.col("v")
    match kind:
        case Kind.COUNT | Kind.NUMBER:
            return value
        case Kind.MONEY | Kind.AMOUNT:
            # in digits: dividing by a hundred leaves 886.3100000000001 of 88631
            sign = pl.when(value < 0).then(pl.lit("-")).otherwise(pl.lit(""))
            whole, rest = (value.abs() // 100).cast(pl.String), (value.abs() % 100).cast(pl.String).str.zfill(2)
            return pl.concat_str(sign, whole, pl.lit("."), rest)
        case Kind.DELTA | Kind.SHARE:
            return pl.when(value.is_finite()).then(value)
        case Kind.QUANTITY:  # as written in the sheet: "2 EA" stays the text it is
            plain = value.str.contains(PLAIN_NUMBER)
            return pl.when(plain).then(value.cast(pl.Float64, strict=False))
        case Kind.DATE:
            days = value.str.to_date("%Y-%m-%d", strict=False).cast(pl.Int64) + _EPOCH_DAYS
            return pl.when(days.is_between(_FIRST, _LAST, closed="left")).then(days)
        case Kind.MOMENT:
            utc = value.str.replace("Z$", "+00:00").str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", strict=False)
            local = utc.dt.convert_time_zone(zone.key).dt.replace_time_zone(None)
            days = local.dt.cast_time_unit("us").cast(pl.Int64) / 86_400_000_000 + _EPOCH_DAYS
            return pl.when(days.is_between(_FIRST, _LAST, closed="left")).then(days)
        case _:
            return None


def _inert(values: pl.Series) -> pl.Series:
    """`inert` for a column; the few texts that need it are found by polars."""
    odd = values.str.contains(ODD) | (values.str.len_bytes() > LONGEST)
    rare = values.filter(odd).unique()
    return values.replace(rare, pl.Series([inert(text) for text in rare], dtype=pl.String)) if rare.len() else values


def _escaped(values: pl.Series) -> pl.Series:
    """Text for the inside of an XML element."""
    for char, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        values = values.str.replace_all(char, name, literal=True)
    return values
