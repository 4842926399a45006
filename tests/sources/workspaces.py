"""Small folders of exports to read, and small workbooks to break."""

import csv
import io
import os
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import openpyxl

Row = Sequence[Any]

ROWS: tuple[Row, ...] = (
    ("Row ID", "Work Request #", "CU", "Quantity", "Comment"),
    ("101", "71891012", "POL-40-2", "2 EA", 'the "long" one, at the corner'),
    ("102", "71891012", "#NO MATCH", "34.4", None),
    ("103", "71891013", "ANC-DHM", "1", "two\nlines"),
)


def csv_bytes(rows: Iterable[Row] = ROWS, line_end: str = "\r\n") -> bytes:
    """The rows as Excel and Smartsheet write them into a .csv."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=line_end).writerows(rows)
    return text.getvalue().encode()


def xlsx_bytes(rows: Iterable[Row] = ROWS, change: Callable[[openpyxl.Workbook], None] | None = None) -> bytes:
    """The rows as the first worksheet of a workbook, which `change` may alter."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    if change:
        change(book)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def put(root: Path, location: str, data: bytes) -> Path:
    """A file of the workspace, with its folder."""
    file = root / location
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    os.utime(file, ns=(1_755_000_000_000_000_000, 1_755_000_000_000_000_000))
    return file


def repacked(
    data: bytes, replace: dict[str, bytes] | None = None, leave_out: str = "", method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """The same archive with some parts replaced, added or left out."""
    copy = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(copy, "w", method) as new:
        parts = {name: old.read(name) for name in old.namelist()} | (replace or {})
        for name, content in parts.items():
            if name != leave_out:
                new.writestr(name, content)
    return copy.getvalue()
