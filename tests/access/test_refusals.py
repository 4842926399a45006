"""Refusals: all of them are counted, and none of them fills the record."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audit_core.access.refusals import Refusals, Why, network
from audit_core.actors import Where
from audit_core.store.store import Store
from tests.exports import Desk

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def store(desk: Desk) -> Iterator[Store]:
    opened = desk.workspace().store
    with closing(opened.database):
        yield opened


def counts(desk: Desk) -> list[dict[str, Any]]:
    return [json.loads(each["evidence"]) for each in desk.events("action") if each["action"] == "sign_ins_refused"]


def test_five_are_told_alone_and_the_rest_once_a_minute_with_the_exact_number(desk: Desk, store: Store) -> None:
    refusals = Refusals()
    for n in range(300):
        refusals.note(store, Why.TOO_MANY, None, None, Where(f"203.0.113.{n % 2}"), NOW + n * SECOND)
    refusals.tell(store, NOW + 300 * SECOND, all_of_it=True)
    alone = [each for each in desk.events("action") if each["action"] == "sign_in_refused"]
    told = counts(desk)
    assert (len(alone), len(told)) == (10, 5)
    assert len(alone) + sum(int(each["count"]) for each in told) == 300
    assert all(each["why"] == {Why.TOO_MANY.value: each["count"]} for each in told)


def test_a_flood_from_everywhere_is_a_few_events(desk: Desk, store: Store) -> None:
    refusals = Refusals()
    for n in range(6_000):
        refusals.note(store, Why.WAITING, "ann@example.com", None, Where(f"10.{n // 250}.0.{n % 250}"), NOW)
    refusals.tell(store, NOW, all_of_it=True)
    events = desk.events("action")
    (told,) = counts(desk)
    assert len(events) == 201
    assert told["count"] == 6_000 - 200
    rest = told["other_addresses"]
    assert (rest["addresses"], rest["count"]) == (4_981, 4_981)
    assert told["addresses"]["elsewhere"] == 800
    assert len(str(told)) < 2_000


def test_what_could_not_be_told_is_told_with_the_next(
    desk: Desk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = Refusals()
    for n in range(9):
        refusals.note(store, Why.FORM, None, None, Where("203.0.113.7"), NOW + n * SECOND)
    with monkeypatch.context() as broken:
        broken.setattr(store, "seal", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            refusals.tell(store, NOW, all_of_it=True)
    refusals.tell(store, NOW, all_of_it=True)
    assert [each["count"] for each in counts(desk)] == [4]


@pytest.mark.parametrize(
    ("address", "whose"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (None, "unknown"),
        ("no address", "unknown"),
    ],
)
def test_a_household_counts_as_one(address: str | None, whose: str) -> None:
    assert network(address) == whose
