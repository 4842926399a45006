"""Parsing the body of a 20,000 × 25 sheet beside the SDK's own model of it, each in a process of its own for memory.

Both start from the bytes that Smartsheet sends; ours ends with a frame, theirs with the SDK's Sheet. What json.loads
alone takes stands beside them. Memory is what the parsing added to a process that holds the libraries and the bytes.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks.measure import ROOT, Row, Table

ROWS: Final = 20_000
COLUMNS: Final = 25
ROUNDS: Final = 3
_MAKERS: Final = ("ours", "json", "sdk")


def run(rows: int = ROWS, rounds: int = ROUNDS) -> Table:
    """Time every contestant in fresh processes, interleaved; the SDK's once, because it takes half a minute."""
    best = dict.fromkeys(_MAKERS, float("inf"))
    peak = dict.fromkeys(_MAKERS, float("inf"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.json"
        path.write_bytes(sheet_body(rows))
        for turn in range(rounds):
            for name in _MAKERS if turn == 0 else _MAKERS[:2]:
                seconds, megabytes = _measured(name, path)
                best[name], peak[name] = min(best[name], seconds), min(peak[name], megabytes)
        size = path.stat().st_size / 1e6
    lines = [
        Row("our parser, to a frame", best["ours"], best["sdk"] / best["ours"], peak["ours"]),
        Row("json.loads alone", best["json"], best["sdk"] / best["json"], peak["json"]),
        Row("SDK models.Sheet", best["sdk"], 1.0, peak["sdk"]),
    ]
    promises = {
        "our parser, times as fast as the SDK's model": (best["sdk"] / best["ours"], 50.0),
        "the SDK's memory, times ours": (peak["sdk"] / peak["ours"], 4.0),
    }
    return Table(f"A sheet's body, {rows:,} × {COLUMNS}, {size:.0f} MB", lines, promises)


def sheet_body(rows: int) -> bytes:
    """The body of `GET /sheets/{id}?include=writerInfo`, compact as it comes over the wire."""
    titles = [f"Column {number}" for number in range(COLUMNS)]
    columns = [
        {"id": 7_000_000_000_000 + number, "version": 0, "index": number, "title": title, "type": "TEXT_NUMBER",
         "primary": number == 0, "validation": False, "width": 150}
        for number, title in enumerate(titles)
    ]  # fmt: skip
    made = []
    for row in range(rows):
        cells = []
        for number, column in enumerate(columns):
            value: object = round(row * 1.37 + number, 2) if number % 5 == 1 else f"value {row % 400} of {number}"
            shown = value if isinstance(value, str) else f"{value:,.2f}"
            cells.append({"columnId": column["id"], "value": value, "displayValue": shown})
            if number % 5 == 1 and number > 20:
                cells[-1]["formula"] = "=Quantity@row * 2"
        person = {"name": f"Person {row % 9}", "email": f"person{row % 9}@example.com"}
        made.append(
            {"id": 5_000_000_000_000 + row, "rowNumber": row + 1, "expanded": True, "createdAt": "2026-07-07T13:40:44Z",
             "modifiedAt": "2026-07-21T13:59:43Z", "createdBy": person, "modifiedBy": person, "cells": cells}
        )  # fmt: skip
    body = {"id": 4583173393803140, "name": "Billing", "version": 812, "totalRowCount": rows, "accessLevel": "EDITOR",
            "permalink": "https://app.smartsheet.com/sheets/x", "columns": columns, "rows": made}  # fmt: skip
    return json.dumps(body, separators=(",", ":")).encode()


def _measured(name: str, path: Path) -> tuple[float, float]:
    """(seconds, megabytes added) of one contestant in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.sheet_body", name, str(path)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    seconds, megabytes = done.stdout.split()
    return float(seconds), float(megabytes)


def _contest(name: str, path: Path) -> None:
    """In the process of one contestant: parse once and print what it took."""
    body = path.read_bytes()
    match name:
        case "ours":
            from audit_core.sources.smartsheet.body import parse_sheet

            small = sheet_body(10)
            parse_sheet(small)  # what is imported and built at the first call is not parsing
            before, began = _peak_mb(), time.perf_counter()
            made: object = parse_sheet(body)
        case "json":
            before, began = _peak_mb(), time.perf_counter()
            made = json.loads(body)
        case _:
            from smartsheet.models import Sheet

            Sheet(json.loads(sheet_body(10)))
            before, began = _peak_mb(), time.perf_counter()
            made = Sheet(json.loads(body))
    took = time.perf_counter() - began
    print(took, _peak_mb() - before)
    assert made is not None


def _peak_mb() -> float:
    """The largest memory of this process so far."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    _contest(sys.argv[1], Path(sys.argv[2]))
