"""What a person wants of the screens is theirs, and only a change of it is recorded."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit_core.actors import Actor, Role
from audit_core.preferences import Preferences, carried, prefer, preferences
from audit_core.store.store import Store

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ANN = Actor("u1", "ann@example.com", Role.AUDITOR, "s1")
BEA = Actor("u2", "bea@example.com", Role.USER, "s2")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path)
    made.create()
    yield made
    made.database.close()


def test_a_preference_is_one_persons_own(store: Store) -> None:
    assert preferences(store, ANN) == Preferences(single_keys=True, tour=True)
    assert prefer(store, ANN, NOW, single_keys=False) == Preferences(single_keys=False, tour=True)
    prefer(store, ANN, NOW, tour=False)
    assert preferences(store, ANN) == Preferences(single_keys=False, tour=False)
    assert preferences(store, BEA) == Preferences()


def test_what_changes_nothing_is_not_recorded(store: Store) -> None:
    prefer(store, ANN, NOW, tour=True)
    assert store.events() == 0


def test_preferences_go_on_in_a_store_that_is_started_anew(store: Store) -> None:
    prefer(store, ANN, NOW, tour=False)
    prefer(store, ANN, NOW, single_keys=False)
    (kept,) = carried(store)
    assert Preferences.from_json(kept.content) == Preferences(single_keys=False, tour=False)
