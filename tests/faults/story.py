"""A small installation with a past and a future, for tests that hurt it; and what must hold of it whatever happened."""

import gc
import io
import json
import logging
import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from audit_core.errors import VerificationFailed
from jobs.__main__ import main
from tests.exports import Desk, Line, edited, line

SHEETS = {"Field Billing North": "71891012", "Field Billing South": "72793190"}
"""Each sheet with its work request."""
_FIRST_LOOK = date(2025, 7, 31)
_MOMENTS = {"timestamp", "audit_run_id", "prev_hash", "hash"}
"""What differs between two runs that did the same."""


class Story:
    """Sheets that people edit: each look is the one before it with seeded edits."""

    def __init__(self, seed: int, lines: int = 40, sheets: int = len(SHEETS)) -> None:
        self._rng = random.Random(seed)
        self._sheets = {
            name: [line(n, work_request=request) for n in range(1, lines + 1)]
            for name, request in list(SHEETS.items())[:sheets]
        }
        self._looks = 0

    def next_look(self, *desks: Desk, edits: int = 8) -> str:
        """Put the next look of every sheet into the exports of these desks; returns its date."""
        look = (_FIRST_LOOK + timedelta(days=self._looks)).isoformat()
        for name, lines in self._sheets.items():
            for place in self._rng.sample(range(len(lines)), min(edits, len(lines))):
                lines[place] = self._edit(lines[place])
            for desk in desks:
                desk.look(look, lines, sheet=name)
        self._looks += 1
        return look

    def _edit(self, of: Line) -> Line:
        price = f"{self._rng.randrange(1, 50_000) / 100:.2f}"
        return edited(of, foreman=f"Foreman {self._rng.randrange(1, 40)}", units_total_price=price)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command said: its one JSON object, and the log records that have a traceback."""

    result: dict[str, Any]
    tracebacks: list[str]

    @property
    def code(self) -> int:
        return int(self.result["exit_code"])

    @property
    def message(self) -> str:
        return str(self.result["message"])


class _Tracebacks(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.found.append(f"{record.getMessage()}: {record.exc_info[1]!r}")


@contextmanager
def _heard() -> Iterator[list[str]]:
    handler, logger = _Tracebacks(), logging.getLogger("redline")
    logger.addHandler(handler)
    try:
        yield handler.found
    finally:
        logger.removeHandler(handler)


def jobs(desk: Desk, *words: str) -> Answer:
    """`python -m jobs … --json` in this process: two hundred of them take as long as ten new processes."""
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.dict(os.environ, {"AUDIT_CONFIG": str(desk.config)}),
        _heard() as tracebacks,
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = main([*words, "--json"])
    gc.collect()  # what failed may still hold a connection
    (said,) = out.getvalue().splitlines()
    result = json.loads(said)
    assert result["exit_code"] == code
    assert "Traceback" not in err.getvalue()
    return Answer(result, tracebacks)


def events(config: Path, *, besides: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """All events, but for what differs between two runs that did the same.

    What an action proves (digests of rows with their moments) differs as well. `besides`: further columns left out.
    """
    with closing(sqlite3.connect(config.parent / "data" / "audit.db")) as connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute("SELECT * FROM audit_events ORDER BY event_id").fetchall()
    left_out = _MOMENTS | besides
    return [
        {
            name: row[name]
            for name in row.keys()  # noqa: SIM118
            if name not in left_out and not (name == "evidence" and row["kind"] == "action")
        }
        for row in rows
    ]


def whole(desk: Desk) -> int:
    """How many events there are, all of them proven. Raises VerificationFailed."""
    said = jobs(desk, "verify")
    if said.code != 0:
        raise VerificationFailed(said.message)
    return int(said.result["events"])


def left_overs(folder: Path) -> list[str]:
    """Temporary files and folders below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.part"))
