"""One row of a predecessor's trail as an event: what is valid is taken, what is not is named, and nothing is lost."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from audit_core.filters import FLAGGED
from audit_core.sheets.moments import parse_date
from audit_core.sheets.tokens import NotUnderstood
from audit_core.store.schema import EVENT_FIELDS

MISSION: Final = tuple(EVENT_FIELDS)[tuple(EVENT_FIELDS).index("timestamp") : tuple(EVENT_FIELDS).index("look")]
"""The fields by whose names a trail is recognised."""

IMPORTED: Final = "imported"
"""What is known of who made a change that somebody else's database tells of."""

_TRUE, _FALSE = ("1", "true", "yes"), ("0", "false", "no")


@dataclass(frozen=True, slots=True)
class Undecodable:
    """A text that is no UTF-8."""

    content: bytes


class _NotTakenError(ValueError):
    """Why a value cannot be the field it stands in."""


@dataclass(frozen=True, slots=True)
class LegacyRow:
    """The columns of an event, and why which field was not taken."""

    event: dict[str, Any]
    not_taken: dict[str, str]


def as_event(row: Mapping[str, Any], origin: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> LegacyRow:
    """An event for a row. `row`: its values by column; `origin`: of which file, table and row number it is.

    The row as it was stands in the event's evidence, which also says what was not taken.
    """
    given = {column.casefold(): value for column, value in row.items()}
    event: dict[str, Any] = {}
    not_taken: dict[str, str] = {}
    for name in (*MISSION, "sheet_name"):
        value = given.get(name)
        if value is None or name == "timestamp" or (isinstance(value, str) and not value.strip()):
            continue
        try:
            read: Callable[[Any, ZoneInfo], Any] = _KINDS.get(name, _text)
            event[name] = read(value, zone)
        except _NotTakenError as error:
            not_taken[name] = str(error)
    changed = event.get("column_name") is not None and event.get("old_value") != event.get("new_value")
    finding = event.get("violation_type") is not None and not changed
    sheet = event.get("sheet_name") or event.get("sheet_id")
    place = event.get("sheet_reference") or f"{sheet or 'unnamed sheet'}, row {event.get('row_id', 'unknown')}"
    evidence: dict[str, Any] = {**origin, "row": {column: _as_json(value) for column, value in row.items()}}
    if not_taken:
        evidence["not_taken"] = not_taken
    event |= {
        "kind": "finding" if finding else "change",
        "timestamp": now.isoformat(),
        "who_evidence": IMPORTED,
        "sheet_name": sheet,
        "sheet_reference": f"{place} ({IMPORTED})",
        "evidence": json.dumps({IMPORTED: evidence}),
    }
    return LegacyRow(event, not_taken)


def _text(value: Any, _zone: ZoneInfo) -> str:
    if isinstance(value, Undecodable):
        raise _NotTakenError("is no UTF-8")
    if isinstance(value, bytes):
        raise _NotTakenError("is no text")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def _number(value: Any, zone: ZoneInfo) -> float:
    try:
        number = float(_text(value, zone))
    except ValueError as error:
        raise _NotTakenError("is no number") from error
    if not math.isfinite(number):
        raise _NotTakenError("is no finite number")
    return number


def _share(value: Any, zone: ZoneInfo) -> float:
    number = _number(value, zone)
    if not 0 <= number <= 1:
        raise _NotTakenError("is not between 0 and 1")
    return number


def _severity(value: Any, zone: ZoneInfo) -> str:
    name = _text(value, zone).strip().upper()
    if name not in FLAGGED:
        raise _NotTakenError(f"is none of {', '.join(FLAGGED)}")
    return name


def _flag(value: Any, zone: ZoneInfo) -> int:
    word = _text(value, zone).strip().casefold()
    if word not in _TRUE + _FALSE:
        raise _NotTakenError("is neither true nor false")
    return int(word in _TRUE)


def _instant(value: Any, zone: ZoneInfo) -> str:
    try:
        moment = datetime.fromisoformat(_text(value, zone).strip())
    except ValueError as error:
        raise _NotTakenError("is no ISO time") from error
    if moment.tzinfo is None:
        raise _NotTakenError("is a time without an offset")
    try:
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except OverflowError as error:
        raise _NotTakenError("is no time of the calendar") from error


def _week(value: Any, zone: ZoneInfo) -> str:
    try:
        day = parse_date(_text(value, zone), zone)
    except NotUnderstood as error:
        raise _NotTakenError("is no date") from error
    if day.isoweekday() != 7:
        raise _NotTakenError("is no Sunday")
    return day.isoformat()


_KINDS: Final[Mapping[str, Callable[[Any, ZoneInfo], Any]]] = {
    "delta": _number,
    "risk_score": _share,
    "anomaly_score": _share,
    "severity": _severity,
    "is_historical": _flag,
    "changed_at": _instant,
    "week_ending": _week,
}
"""How a field is read; all others are text."""


def _as_json(value: Any) -> Any:
    """A value of SQLite, so that it can be told again exactly."""
    if isinstance(value, Undecodable):
        return {"text_hex": value.content.hex()}
    if isinstance(value, bytes):
        return {"blob_hex": value.hex()}
    if isinstance(value, float) and not math.isfinite(value):
        return {"real": repr(value)}
    return value
