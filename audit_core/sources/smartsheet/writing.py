"""What this program writes into Smartsheet when it is told to: rows of a sheet of findings, a file at a row."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from audit_core.errors import AuditError, ConfigError, SourceUnavailable
from audit_core.sources.smartsheet.answers import Id, decoder
from audit_core.sources.smartsheet.client import Client, NotWhole, OverLimit, Purpose, Refused, WritingClient
from audit_core.sources.smartsheet.transport import Body
from audit_core.sources.smartsheet.verdicts import Trouble

FIELDS: Final = (
    "timestamp", "sheet_id", "row_id", "work_request", "column_name", "violation_type", "old_value", "new_value",
    "delta", "changed_by", "changed_at", "week_ending", "is_historical", "severity", "issue_description",
    "suggested_fix", "sheet_reference", "risk_score",
)  # fmt: skip
"""The columns of a sheet of findings: fields of an event that say something to people."""

MOST_ROWS: Final = 500
"""Smartsheet takes no more in one request."""
_LONGEST: Final = 4_000
"""Smartsheet cuts longer texts without a word."""
_IDENTITY: Final = ("timestamp", "sheet_id", "row_id", "column_name", "violation_type", "new_value")
_NOT_TAKEN: Final = (Trouble.TOKEN, Trouble.DENIED, Trouble.GONE, Trouble.REFUSED, Trouble.RATE)

Row = list[dict[str, Any]]
"""One row as Smartsheet takes it: `{"columnId": …, "value": …}` for each cell that is not blank."""


class Column(msgspec.Struct):
    """A column of a sheet of findings."""

    id: Id
    title: str = ""
    type: str = ""
    systemColumnType: str | None = None  # noqa: N815 - these are Smartsheet's names
    formula: str | None = None


class _Columns(msgspec.Struct):
    data: list[Column]
    totalCount: int  # noqa: N815


class _Named(msgspec.Struct):
    name: str = ""


class _Attachments(msgspec.Struct):
    data: list[_Named]


class _Cell(msgspec.Struct):
    columnId: Id  # noqa: N815
    value: Any = None


class _Cells(msgspec.Struct):
    cells: list[_Cell] = []


class _Sheet(msgspec.Struct):
    totalRowCount: int  # noqa: N815
    rows: list[_Cells]


class _Taken(msgspec.Struct):
    resultCode: int  # noqa: N815
    result: Any


def findings_columns(client: Client, sheet_id: int) -> dict[str, Column]:
    """The column for each of FIELDS, by its title; case, blanks and underscores do not matter.

    Raises ConfigError when one is not there or cannot be written, AuditError when the sheet cannot be read.
    """
    query = {"level": "2", "includeAll": "true"}
    try:
        found = client.get(f"/sheets/{sheet_id}/columns", decoder(_Columns), query, purpose=Purpose.WRITE_BACK).value
    except Refused as refusal:
        raise told(f"The columns of sheet {sheet_id} were not read", refusal) from None
    columns: dict[str, list[Column]] = {}
    for column in found.data:
        columns.setdefault(_plain(column.title), []).append(column)
    own = {name: columns.get(_plain(name), []) for name in FIELDS}
    if missing := [name for name, each in own.items() if not each]:
        raise ConfigError(f"Sheet {sheet_id} has no column for {', '.join(missing)}: add it; nothing was written.")
    if twice := [name for name, each in own.items() if len(each) > 1]:
        raise ConfigError(f"Sheet {sheet_id} has two columns for {', '.join(twice)}: rename one; nothing was written.")
    if filled := [name for name, (each,) in own.items() if each.systemColumnType or each.formula]:
        raise ConfigError(
            f"Sheet {sheet_id} fills its column for {', '.join(filled)} by itself: make it a plain column; nothing "
            "was written."
        )
    return {name: each for name, (each,) in own.items()}


def finding_row(columns: Mapping[str, Column], event: Mapping[str, Any], zone: ZoneInfo) -> Row:
    """An event as a row for these columns. `zone`: for the day of an instant in a column of dates."""
    values = {name: _value(name, event[name], columns[name].type, zone) for name in FIELDS}
    return [{"columnId": int(columns[name].id), "value": each} for name, each in values.items() if each is not None]


def append_rows(client: WritingClient, sheet_id: int, rows: Sequence[Row]) -> None:
    """Put rows (MOST_ROWS at most) under a sheet: all or none. Raises Refused."""

    def decode(body: bytes) -> None:
        taken = msgspec.json.decode(body, type=_Taken)
        if taken.resultCode != 0 or not isinstance(taken.result, list) or len(taken.result) != len(rows):
            raise NotWhole(f"does not say that all {len(rows):,} rows were taken")

    body = Body(json=[{"toBottom": True, "cells": cells} for cells in rows])
    client.send("POST", f"/sheets/{sheet_id}/rows", body, decode, purpose=Purpose.WRITE_BACK)


def holds_rows(client: Client, sheet_id: int, columns: Mapping[str, Column], rows: Sequence[Row]) -> bool:
    """Whether a sheet holds any of these rows. Raises AuditError when it cannot be read."""
    wanted = [int(columns[name].id) for name in _IDENTITY]
    query = {"columnIds": ",".join(map(str, wanted)), "exclude": "nonexistentCells", "level": "2"}

    def decode(body: bytes) -> list[dict[int, str]]:
        sheet = msgspec.json.decode(body, type=_Sheet)
        if len(sheet.rows) != sheet.totalRowCount:
            raise NotWhole(f"has {len(sheet.rows):,} of the sheet's {sheet.totalRowCount:,} rows")
        return [{int(cell.columnId): str(cell.value) for cell in row.cells} for row in sheet.rows]

    try:
        there = client.get(f"/sheets/{sheet_id}", decode, query, purpose=Purpose.WRITE_BACK).value
    except Refused as refusal:
        raise told(f"Sheet {sheet_id} was not read", refusal) from None
    known = {_identity(each, wanted) for each in there}
    sent = [{cell["columnId"]: str(cell["value"]) for cell in row} for row in rows]
    return any(_identity(each, wanted) in known for each in sent)


def attachment_names(client: Client, sheet_id: int, row_id: int) -> frozenset[str]:
    """The names of the files at a row. Raises AuditError when they cannot be read."""
    path = f"/sheets/{sheet_id}/rows/{row_id}/attachments"
    try:
        found = client.get(path, decoder(_Attachments), {"includeAll": "true"}, purpose=Purpose.WRITE_BACK).value
    except Refused as refusal:
        raise told(f"The attachments of row {row_id} of sheet {sheet_id} were not read", refusal) from None
    return frozenset(each.name for each in found.data)


def attach_file(client: WritingClient, sheet_id: int, row_id: int, name: str, content: bytes, kind: str) -> None:
    """Attach a file of a MIME type `kind` to a row. Raises Refused."""
    path, body = f"/sheets/{sheet_id}/rows/{row_id}/attachments", Body(file=(name, content, kind))
    client.send("POST", path, body, decoder(_Taken), purpose=Purpose.WRITE_BACK, heavy=True)


def surely_not_taken(refusal: Refused) -> bool:
    """Whether what was sent was not taken; else nobody knows."""
    return isinstance(refusal, OverLimit) or (refusal.verdict is not None and refusal.trouble in _NOT_TAKEN)


def told(what: str, refusal: Refused) -> AuditError:
    """A refusal as an error that says `what` did not happen."""
    if refusal.trouble is Trouble.DENIED:
        return AuditError(f"{what}: the token's user has no right to do that; ask the owner of the sheet for it.")
    lasting = refusal.trouble in (Trouble.GONE, Trouble.REFUSED)
    return (AuditError if lasting else SourceUnavailable)(f"{what}: {refusal}")


def _plain(title: str) -> str:
    return re.sub(r"[\s_]+", "", title.casefold())


def _value(name: str, value: Any, kind: str, zone: ZoneInfo) -> Any:
    """A field as a cell of a column of this type takes it; None for a blank cell."""
    if value is None:
        return None
    if name == "is_historical":
        return bool(value) if kind == "CHECKBOX" else str(bool(value)).lower()
    if isinstance(value, int | float):
        return round(value, 6)
    if kind == "DATE" and name in ("timestamp", "changed_at"):
        return datetime.fromisoformat(value).astimezone(zone).date().isoformat()
    # an apostrophe in front is Smartsheet's own mark for text that is to stay text
    text = f"'{value}" if str(value).startswith("=") else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _identity(cells: Mapping[int, str], columns: Sequence[int]) -> tuple[str, ...]:
    return tuple(cells.get(column, "").lstrip("'") for column in columns)
