"""A workbook of 2,000 and of 100,000 rows × 25 beside XlsxWriter's constant-memory and openpyxl's write-only mode.

The same cells, from values that are there to a file that is closed. Each contestant runs in a process of its own. Ours
begins with a frame, theirs with rows of Python values, whose making is in nobody's time, and they write with the calls
that they are fastest with. Widths, filter and frozen header are made by ours alone, styles by ours and, for what is no
text, by XlsxWriter. Memory is what the writing added to a process that holds libraries and values. Before anything is
timed, the three files of a few rows are read back and compared.
"""

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import fastexcel
import polars as pl
from openpyxl import Workbook

from audit_core.reports.cells import Kind, Styles
from audit_core.reports.grid import Column, Foot, lay_out, rows_xml
from audit_core.reports.package import pack
from benchmarks.measure import ROOT, Row, Table

SMALL: Final = 2_000
LARGE: Final = 100_000
COLUMNS: Final = 25
_ROUNDS: Final = {SMALL: 5, LARGE: 2}
_PEERS: Final = {"xlsxwriter": "XlsxWriter, constant memory", "openpyxl": "openpyxl, write-only"}
_MAKERS: Final = ("ours", *_PEERS)
_SEVERITIES: Final = ("LOW", "MEDIUM", "HIGH", "CRITICAL", "none")
_AT: Final = datetime(2026, 1, 2, tzinfo=UTC)
_KINDS: Final = (
    *(Kind.NUMBER, Kind.TEXT, Kind.TEXT, Kind.TEXT, Kind.TEXT, Kind.TEXT, Kind.TEXT, Kind.DELTA, Kind.MONEY),
    *(Kind.AMOUNT, Kind.AMOUNT, Kind.TEXT, Kind.TEXT, Kind.MOMENT, Kind.DATE, Kind.TEXT, Kind.TEXT, Kind.SEVERITY),
    *(Kind.SHARE, Kind.SHARE, Kind.TEXT, Kind.TEXT, Kind.NUMBER, Kind.TEXT, Kind.MOMENT),
)
"""What the columns hold: those of the worksheet Changes."""
_WORDS: Final = {11: 4, 20: 14, 21: 9}
"""Columns of sentences, with how many words they have."""


def run() -> Table:
    """Time every contestant at both sizes, interleaved."""
    same_cells()
    rows, promises = [], {}
    for size, least in ((SMALL, 3.0), (LARGE, 5.0)):
        best = dict.fromkeys(_MAKERS, float("inf"))
        peak = dict.fromkeys(_MAKERS, float("inf"))
        dice = random.Random(size)
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(_ROUNDS[size]):
                for name in dice.sample(_MAKERS, len(_MAKERS)):
                    seconds, megabytes = measured(name, size, Path(folder) / "made.xlsx")
                    best[name], peak[name] = min(best[name], seconds), min(peak[name], megabytes)
        ours = best["ours"]
        rows.append(Row(f"ours, {size:,} rows", ours, best["xlsxwriter"] / ours, peak["ours"]))
        rows += [
            Row(f"{title}, {size:,} rows", best[name], best["xlsxwriter"] / best[name], peak[name])
            for name, title in _PEERS.items()
        ]
        promises[f"{size:,} rows, times as fast as XlsxWriter"] = (best["xlsxwriter"] / ours, 3.0)
        promises[f"{size:,} rows, times as fast as openpyxl"] = (best["openpyxl"] / ours, least)
        promises[f"{size:,} rows, MB that are left of 250"] = (250 - peak["ours"], 0.0)
    return Table(f"A workbook of so many rows × {COLUMNS} (peer: XlsxWriter)", rows, promises)


def values(size: int) -> list[list[Any]]:
    """The values of each column, by a seed: money in cents, moments and days as texts."""
    dice = random.Random(7)
    words = [f"word{number}" for number in range(400)]
    start = datetime(2025, 7, 1, tzinfo=UTC)
    made: list[list[Any]] = []
    for place, kind in enumerate(_KINDS):
        match kind:
            case Kind.NUMBER:
                column: list[Any] = list(range(place, place + size))
            case Kind.DELTA | Kind.SHARE:
                column = [round(dice.random() * 100) / 100 for _ in range(size)]
            case Kind.MONEY | Kind.AMOUNT:
                column = [dice.randrange(-200_000, 200_000) for _ in range(size)]
            case Kind.MOMENT:
                column = [f"{start + timedelta(seconds=dice.randrange(10**7)):%Y-%m-%dT%H:%M:%SZ}" for _ in range(size)]
            case Kind.DATE:
                column = [f"{start + timedelta(days=7 * dice.randrange(40)):%Y-%m-%d}" for _ in range(size)]
            case Kind.SEVERITY:
                column = [dice.choice(_SEVERITIES) for _ in range(size)]
            case _:
                count = _WORDS.get(place, 2)
                column = [" ".join(dice.choices(words, k=count)) for _ in range(size)]
        made.append(column)
    return made


def _ours(columns: list[list[Any]]) -> Callable[[Path], object]:
    frame = pl.DataFrame({str(place): column for place, column in enumerate(columns)})

    def write(path: Path) -> None:
        book = Workbook()
        sheet, styles = book.worksheets[0], Styles(book)
        wanted = [Column(f"Column {place}", kind, 14, pl.col(str(place))) for place, kind in enumerate(_KINDS)]
        lay_out(sheet, wanted, frame.height, Foot("run", "witness"))
        rows = rows_xml(frame, wanted, styles, ZoneInfo("UTC"))
        path.write_bytes(pack(book, {sheet.title: (frame.height, rows)}, _AT))

    return write


def _typed(columns: list[list[Any]]) -> list[tuple[Any, ...]]:
    """Rows of values as a library takes them."""

    def typed(kind: Kind, value: Any) -> Any:
        match kind:
            case Kind.MONEY | Kind.AMOUNT:
                return value / 100
            case Kind.MOMENT | Kind.DATE:
                return datetime.fromisoformat(value.removesuffix("Z"))
            case _:
                return value

    return list(zip(*([typed(kind, each) for each in column] for kind, column in zip(_KINDS, columns, strict=True))))  # noqa: B905


def _xlsxwriter(columns: list[list[Any]]) -> Callable[[Path], object]:
    import xlsxwriter

    rows = _typed(columns)

    def write(path: Path) -> None:
        book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
        sheet = book.add_worksheet()
        forms = {
            Kind.MONEY: book.add_format({"num_format": '"$"#,##0.00'}),
            Kind.AMOUNT: book.add_format({"num_format": '"$"#,##0.00'}),
            Kind.MOMENT: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            Kind.DATE: book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        calls = [
            sheet.write_datetime
            if kind in (Kind.MOMENT, Kind.DATE)
            else sheet.write_string
            if kind in (Kind.TEXT, Kind.SEVERITY)
            else sheet.write_number
            for kind in _KINDS
        ]
        cells = [(place, call, forms.get(kind)) for place, (call, kind) in enumerate(zip(calls, _KINDS, strict=True))]
        for place in range(COLUMNS):
            sheet.write_string(0, place, f"Column {place}")
        for at, row in enumerate(rows, start=1):
            for place, call, form in cells:
                call(at, place, row[place], form)
        book.close()

    return write


def _openpyxl(columns: list[list[Any]]) -> Callable[[Path], object]:
    rows = _typed(columns)

    def write(path: Path) -> None:
        book = Workbook(write_only=True)
        sheet = book.create_sheet()
        sheet.append([f"Column {place}" for place in range(COLUMNS)])
        for row in rows:
            sheet.append(row)
        book.save(path)

    return write


_WRITERS: Final = {"ours": _ours, "xlsxwriter": _xlsxwriter, "openpyxl": _openpyxl}


def same_cells(size: int = 300) -> None:
    """A comparison of speed means nothing unless all three write the same."""
    with tempfile.TemporaryDirectory() as folder:
        read = []
        for name, writer in _WRITERS.items():
            path = Path(folder) / f"{name}.xlsx"
            writer(values(size))(path)
            read.append(fastexcel.read_excel(path).load_sheet(0).to_polars())
    assert read[0].shape == (size, COLUMNS)
    for other in read[1:]:
        assert read[0].equals(other)


def measured(name: str, size: int, path: Path) -> tuple[float, float]:
    """(seconds, megabytes added) of one contestant in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.workbook_rows", name, str(size), str(path)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    seconds, megabytes = done.stdout.split()
    return float(seconds), float(megabytes)


def _contest(name: str, size: int, path: Path) -> None:
    """In the process of one contestant: write once and print what it took."""
    _WRITERS[name](values(20))(path)  # what is imported and built at the first call is not writing
    write = _WRITERS[name](values(size))
    before, began = _peak_mb(), time.perf_counter()
    write(path)
    print(time.perf_counter() - began, _peak_mb() - before)


def _peak_mb() -> float:
    """The largest memory of this process so far."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    _contest(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
