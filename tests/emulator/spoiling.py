"""Answers that are sent in place of the right one, and right ones whose content is changed."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any

from tests.emulator.faults import Fault
from tests.emulator.ids import instant_of, millis, stamp
from tests.emulator.state import Json
from tests.emulator.wire import Answer, Piece, Refusal, dumped

API_MESSAGES = {
    4000: "An unexpected error has occurred. Please retry your request.", 4001: "Smartsheet.com is currently offline.",
    4002: "Server timeout exceeded.", 4003: "Rate limit exceeded.", 4004: "An unexpected error has occurred.",
    4005: "Invalid API version.", 1002: "Your Access Token is invalid.", 1003: "Your Access Token has expired.",
    1004: "You are not authorized to perform this action.", 1006: "Not Found", 1008: "Unable to parse request.",
}  # fmt: skip
_TIMES = ("createdAt", "modifiedAt")


def instead(fault: Fault, ref: str, now: datetime) -> Answer:
    """The answer of a fault that asks nobody."""
    args = fault.args
    if fault.kind == "rate":
        return _rate(fault, ref, now)
    if fault.kind == "api":
        code = int(args.get("code", 4000))
        message = args.get("message", API_MESSAGES.get(code, "Something went wrong."))
        return Answer.refusing(Refusal(int(args.get("status", 500)), code, message), ref)
    if fault.kind == "html":
        status = int(args.get("status", 502))
        page = f"<html><head><title>{status}</title></head><body><h1>{status} Gateway</h1></body></html>"
        return Answer(status, [Piece(page.encode())], {"Content-Type": "text/html"})
    if fault.kind == "redirect":
        location = str(args.get("location", "https://elsewhere.invalid/2.0"))
        return Answer(302, [Piece(b"")], {"Content-Type": "text/html", "Location": location})
    return Answer(200, [Piece(b"")])


def _rate(fault: Fault, ref: str, now: datetime) -> Answer:
    answer = Answer.refusing(Refusal(429, 4003, API_MESSAGES[4003]), ref)
    match fault.args.get("body", "json"):
        case "text":
            answer = Answer(429, [Piece(b"Too Many Requests")], {"Content-Type": "text/plain"})
        case "empty":
            answer = Answer(429, [Piece(b"")], {})
    wait = fault.args.get("retry_after", "none")
    words = {"garbage": "soon, please", "huge": "999999999"}
    if wait == "http-date":
        answer.headers["Retry-After"] = format_datetime(
            now + timedelta(seconds=fault.number("seconds", 1)), usegmt=True
        )
    elif wait not in ("none", None):
        answer.headers["Retry-After"] = words.get(str(wait), str(wait))
    return answer


def spoil(fault: Fault, answer: Answer, dice: Random) -> None:
    """Change a JSON answer as the fault says; what is no JSON, or has nothing to change, stays."""
    try:
        body = json.loads(answer.body())
    except ValueError:
        return
    if not isinstance(body, dict):
        return
    if fault.kind in _TEXT:
        answer.replace(_TEXT[fault.kind](fault, body))
    else:
        _CHANGES[fault.kind](fault, body, dice)
        answer.replace(dumped(body))


def _rows(body: Json) -> list[Json]:
    return body["rows"] if isinstance(body.get("rows"), list) else []


def _columns(body: Json) -> list[Json]:
    return body["columns"] if isinstance(body.get("columns"), list) else []


def _filled(body: Json) -> list[Json]:
    return [cell for row in _rows(body) for cell in row["cells"] if "value" in cell]


def _dup_rows(fault: Fault, body: Json, _dice: Random) -> None:
    body["rows"] = _rows(body) + _rows(body)[: int(fault.number("count", 1))]


def _dup_cells(fault: Fault, body: Json, _dice: Random) -> None:
    for row in _rows(body)[: int(fault.number("count", 1))]:
        row["cells"] += row["cells"][:1]


def _dup_titles(_fault: Fault, body: Json, _dice: Random) -> None:
    for one, other in zip(_columns(body)[:1], _columns(body)[1:2], strict=False):
        other["title"] = one["title"]


def _missing_cells(fault: Fault, body: Json, dice: Random) -> None:
    share = fault.number("share", 0.1)
    for row in _rows(body):
        row["cells"] = [cell for cell in row["cells"] if dice.random() >= share]


def _extra_cells(_fault: Fault, body: Json, _dice: Random) -> None:
    for row in _rows(body):
        row["cells"].append({"columnId": 1234567890123457, "value": "from nowhere"})


def _unknown_enum(_fault: Fault, body: Json, _dice: Random) -> None:
    for column in _columns(body)[:1]:
        column["type"] = "QUANTUM"
    for item in [body, *body.get("data", ())]:
        if isinstance(item, dict) and "accessLevel" in item:
            item["accessLevel"] = "OVERSEER"
    for share in body.get("items", ()):
        share["accessLevel"] = "OVERSEER"


def _unknown_field(_fault: Fault, body: Json, _dice: Random) -> None:
    for item in (body, *_rows(body), *_columns(body), *_filled(body)[:100], *body.get("data", ())):
        item["brandNew"] = {"since": 2027}


def _unknown_object_type(_fault: Fault, body: Json, _dice: Random) -> None:
    for cell in _filled(body)[:1]:
        cell["objectValue"] = {"objectType": "HOLOGRAM", "value": cell["value"]}


def _walk(value: Any, change: Callable[[str, Any], Any]) -> None:
    for key, each in value.items() if isinstance(value, dict) else ():
        value[key] = change(key, each)
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict | list):
            _walk(each, change)


def _string_ids(_fault: Fault, body: Json, _dice: Random) -> None:
    names = ("id", "columnId", "parentId", "siblingId", "sheetId", "rowId")
    _walk(body, lambda key, each: str(each) if key in names and isinstance(each, int) else each)


def _string_version(_fault: Fault, body: Json, _dice: Random) -> None:
    for item in (body, *body.get("data", ())):
        if "version" in item:
            item["version"] = str(item["version"])


def _numeric_dates(_fault: Fault, body: Json, _dice: Random) -> None:
    _walk(body, lambda key, each: millis(instant_of(each)) if key in _TIMES and isinstance(each, str) else each)


def _version_back(fault: Fault, body: Json, _dice: Random) -> None:
    for item in (body, *body.get("data", ())):
        if isinstance(item.get("version"), int):
            item["version"] -= int(fault.number("by", 1))


def _stale_list(fault: Fault, body: Json, _dice: Random) -> None:
    """`hide`: ids or names of sheets to leave out (default: the first); `back`: show versions so much lower."""
    data = body.get("data", [])
    if "back" in fault.args:
        for item in data:
            if "version" in item:
                item["version"] = max(1, item["version"] - int(fault.args["back"]))
        return
    hide = fault.args.get("hide", [each["id"] for each in data[:1]])
    body["data"] = [each for each in data if each["id"] not in hide and each["name"] not in hide]
    body["totalCount"] = len(body["data"])


def _empty_rows(_fault: Fault, body: Json, _dice: Random) -> None:
    if "rows" in body:
        body["rows"] = []


def _partial_rows(fault: Fault, body: Json, _dice: Random) -> None:
    if "rows" in body:
        body["rows"] = body["rows"][: int(len(body["rows"]) * fault.number("share", 0.5))]


def _skew(fault: Fault, body: Json, _dice: Random) -> None:
    by = timedelta(seconds=fault.number("rows_seconds", 0))
    if by:
        for row in _rows(body):
            row["modifiedAt"] = stamp(instant_of(row["modifiedAt"]) + by)


def _nan(fault: Fault, body: Json) -> bytes:
    return _first_number(body, str(fault.args.get("text", "NaN")))


def _huge_int(fault: Fault, body: Json) -> bytes:
    return _first_number(body, "9" * int(fault.number("digits", 400)))


def _first_number(body: Json, text: str) -> bytes:
    """The body with the first number among its cells (else its version) written as something no number is."""
    marker = 271828182845904523
    for cell in _filled(body):
        if isinstance(cell["value"], int | float) and not isinstance(cell["value"], bool):
            cell["value"] = marker
            break
    else:
        body["version"] = marker
    return dumped(body).replace(str(marker).encode(), text.encode(), 1)


_CHANGES: dict[str, Callable[[Fault, Json, Random], None]] = {
    "dup_rows": _dup_rows, "dup_cells": _dup_cells, "dup_titles": _dup_titles, "missing_cells": _missing_cells,
    "extra_cells": _extra_cells, "unknown_enum": _unknown_enum, "unknown_field": _unknown_field,
    "unknown_object_type": _unknown_object_type, "string_ids": _string_ids, "string_version": _string_version,
    "numeric_dates": _numeric_dates, "version_back": _version_back, "stale_list": _stale_list,
    "empty_rows": _empty_rows, "partial_rows": _partial_rows, "skew": _skew,
}  # fmt: skip
_TEXT: dict[str, Callable[[Fault, Json], bytes]] = {"nan": _nan, "huge_int": _huge_int}
