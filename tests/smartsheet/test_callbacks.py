"""Callbacks as they are kept: every form of an event that can be read, and none that breaks the rest."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from audit_core.changes.callbacks import Touch
from audit_core.sources.smartsheet.callbacks import head, touches
from audit_core.sources.smartsheet.client import CHANGE_AGENT

AT = datetime(2026, 7, 21, 17, 3, 15, tzinfo=UTC)
CELL: dict[str, Any] = {
    "objectType": "cell", "eventType": "updated", "rowId": 901, "columnId": 12, "userId": 9007194052434043,
    "timestamp": "2026-07-21T17:03:15.000+0000",
}  # fmt: skip
TOUCH = Touch("901", "12", "9007194052434043", AT)


def read(*events: object) -> list[Touch]:
    """What a callback with these events tells."""
    return list(touches(json.dumps({"nonce": "n", "events": events})))


def test_a_cell_that_was_written() -> None:
    assert read(CELL) == [TOUCH]
    assert read(CELL | {"rowId": "901", "columnId": "12", "userId": "9007194052434043"}) == [TOUCH], "ids as texts"
    assert read(CELL | {"timestamp": int(AT.timestamp() * 1000)}) == [TOUCH], "milliseconds"
    assert read(CELL | {"eventType": "created", "new": {"a": 1}}) == [TOUCH]


def test_a_row_that_was_deleted() -> None:
    row = {
        "objectType": "row",
        "eventType": "deleted",
        "id": 902,
        "userId": 1,
        "timestamp": "2026-07-21T17:03:15.500+0000",
    }
    assert read(row) == [Touch("902", None, "1", AT.replace(microsecond=500_000), deleted=True)]
    assert read(row | {"eventType": "updated"}) == [Touch("902", None, "1", AT.replace(microsecond=500_000))]


def test_nobody_and_this_program() -> None:
    nobody = {key: value for key, value in CELL.items() if key != "userId"}
    assert [each.user_id for each in read(nobody)] == [""]
    assert [each.own for each in read(CELL | {"changeAgent": CHANGE_AGENT}, CELL | {"changeAgent": "other"})] == [
        True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "odd",
    [
        7,
        None,
        [],
        {},
        CELL | {"timestamp": "yesterday"},
        CELL | {"timestamp": None},
        CELL | {"rowId": None},
        CELL | {"rowId": {"id": 1}},
        CELL | {"objectType": "attachment", "id": 7},
        CELL | {"objectType": 7},
    ],
    ids=str,
)
def test_an_event_that_cannot_be_read_leaves_the_others(odd: object) -> None:
    assert read(odd, CELL, odd) == [TOUCH]


@pytest.mark.parametrize("events", [None, 7, {}, "x"])
def test_a_callback_without_a_list_of_events_tells_nothing(events: object) -> None:
    assert list(touches(json.dumps({"events": events}))) == []
    assert list(touches("{}")) == []


def test_a_head() -> None:
    body = {"nonce": "4b2e", "timestamp": "2026-07-21T17:03:15.000+0000", "webhookId": 45, "scope": "sheet"}
    said = head(json.dumps(body | {"scopeObjectId": 4583173393803140, "events": "of a new form"}).encode())
    assert (said.webhook_id, said.nonce, said.at, said.sheet_id, said.status) == (
        "45", "4b2e", AT, "4583173393803140", None,
    )  # fmt: skip
    assert head(json.dumps(body | {"scope": "plan", "scopeObjectId": 7}).encode()).sheet_id is None
