"""How much room a worksheet will take once parsed, told from its bytes.

A parser holds the whole rectangle from the first cell to the last, and every text as often as cells refer to it:
two cells at the ends of a worksheet, or one long text in very many cells, fill all memory from a small file.
"""

import re
from collections.abc import Mapping, Sequence

from audit_core.errors import SnapshotRefused

MAX_CELLS = 10_000_000
"""Twice what Smartsheet can hold in a sheet."""
MAX_TEXT = 500_000_000

# led by a letter, which is a third faster than by \s; twelve digits are more than enough to be too many
_PLACE = re.compile(rb"""r(?<=\sr)\s*=\s*["']([A-Za-z]*)(\d{1,12})""")
"""Of a cell ('AB12') or of a row ('12'), which also places the cells that do not say where they are."""
_ROW = re.compile(rb"<(?:\w+:)?row\b")
_SHARED_TEXT = re.compile(rb"<(?:\w+:)?si\s*/>|<(?:\w+:)?si\b.*?</(?:\w+:)?si>", re.DOTALL)
_SHARED_USE = re.compile(rb"""\st\s*=\s*["']s["'][^>]*>\s*<(?:\w+:)?v>\s*(\d{1,12})\s*</""")


def shared_lengths(parts: Mapping[str, bytes]) -> Sequence[int]:
    """The length of each shared text of a workbook, in bytes."""
    return [len(text) for text in _SHARED_TEXT.findall(parts.get("xl/sharedStrings.xml", b""))]


def check_extent(sheet: bytes, texts: Sequence[int], where: str) -> None:
    """Raises SnapshotRefused for a worksheet that would take too much room; `where` is 'sheet/file'."""
    columns: set[bytes] = set()
    numbers: set[bytes] = set()
    placed = 0
    for place in _PLACE.finditer(sheet):
        columns.add(place[1])
        numbers.add(place[2])
        placed += place[1] != b""
    width = max((_column_number(letters) for letters in columns), default=0)
    height = max((int(number) for number in numbers), default=0)
    tags = sheet.count(b"<c") + sheet.count(b":c")
    if tags > placed:
        # cells that do not say where they are follow the one before: at worst all stand beyond the last that does
        height += sheet.count(b"<row") + sheet.count(b":row")
        loose = tags - placed  # too many by a few other tags, so rows are told apart only if that matters
        width += loose if (width + loose) * height <= MAX_CELLS else _widest_row(sheet)
    if width * height > MAX_CELLS:
        raise SnapshotRefused(
            f"{where} spreads over up to {height:,} rows and {width:,} columns, the limit is {MAX_CELLS:,} cells: "
            "delete the stray cells far from the table, or export the sheet again."
        )
    if max(texts, default=0) * max(placed, tags) <= MAX_TEXT:
        return
    text = sum(texts[int(use)] for use in _SHARED_USE.findall(sheet) if int(use) < len(texts))
    if text > MAX_TEXT:
        raise SnapshotRefused(
            f"{where} repeats long texts to {text:,} bytes, the limit is {MAX_TEXT:,}: export the sheet again."
        )


def _widest_row(sheet: bytes) -> int:
    return max((row.count(b"<c") + row.count(b":c") for row in _ROW.split(sheet)[1:]), default=0)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper()[:8]:
        number = number * 26 + letter - ord("A") + 1
    return number
