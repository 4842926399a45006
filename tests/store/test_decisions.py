"""Decisions: recorded with the event that seals them, never changed, and compared by verify."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit_core.actors import Actor, Role
from audit_core.errors import VerificationFailed
from audit_core.store.decisions import NewDecision, decide
from audit_core.store.store import Store
from audit_core.store.verify import verify

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
ANN = Actor("u1", "ann@example.com", Role.AUDITOR, "0123456789abcdef")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path)
    made.create()
    return made


def proven(store: Store) -> int:
    return verify(store.database, store.snapshots, store.anchor_file, []).events


def test_a_decision_is_an_event_and_the_newest_counts(store: Store) -> None:
    first = store.decisions.record("rule", "rule:x", {"state": "shadow"}, "Rule x is watched.", ANN, NOW)
    second = store.decisions.record("rule", "rule:x", {"state": "on"}, "Rule x is on.", ANN, NOW)
    assert (first.event_id, second.event_id) == (1, 2)
    assert store.decisions.newest("rule", "rule:x") == second
    assert store.decisions.all("rule") == [first, second]
    assert store.decisions.newest("rule", "rule:y") is None
    (text,) = (
        store.database.connection()
        .execute("SELECT issue_description FROM audit_events WHERE event_id = 2 AND changed_by = 'ann@example.com'")
        .fetchone()
    )
    assert text == "Rule x is on."
    assert proven(store) == 2
    store.database.close()


def test_several_are_recorded_together_or_not_at_all(store: Store) -> None:
    one = NewDecision("exemption", "rule:x", {"until": "2026-02-01"}, "Exempt.")
    with pytest.raises(TypeError), store.database.write() as connection:
        decide(connection, [one, NewDecision("exemption", "rule:y", {"until": NOW}, "No JSON.")], ANN, NOW)
    assert (store.decisions.all("exemption"), store.events()) == ([], 0)
    with store.database.write() as connection:
        assert [each.event_id for each in decide(connection, [one, one], ANN, NOW)] == [1, 2]
    store.database.close()


ACTS: dict[str, Callable[[sqlite3.Connection], object]] = {
    "altered": lambda db: db.execute("UPDATE decisions SET content = '{}' WHERE decision_id = 1"),
    "by another": lambda db: db.execute("UPDATE decisions SET decided_by = 'bob@example.com'"),
    "gone": lambda db: db.execute("DELETE FROM decisions WHERE decision_id = 2"),
    "made up": lambda db: db.execute(
        "INSERT INTO decisions VALUES (3, 'rule', 'rule:x', '{}', 'ann@example.com', '2026-01-05T09:00:00+00:00', 2)"
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_verify_finds_a_decision_that_is(store: Store, act: str) -> None:
    for state in ("shadow", "on"):
        store.decisions.record("rule", "rule:x", {"state": state}, f"Rule x is {state}.", ANN, NOW)
    store.database.close()
    with closing(sqlite3.connect(store.data_dir / "audit.db")) as db, db:
        made = db.execute("SELECT name, sql FROM sqlite_master WHERE name LIKE 'decisions_no_%'").fetchall()
        for name, _ in made:
            db.execute(f"DROP TRIGGER {name}")
        ACTS[act](db)
        for _, sql in made:
            db.execute(sql)
    with pytest.raises(VerificationFailed, match="Decision"):
        proven(store)
    store.database.close()


def test_what_was_decided_up_to_now_has_a_number_and_each_decision_its_sentence(store: Store) -> None:
    assert store.decisions.upto("note", "shown") == 0
    store.decisions.record("note", "event:1", {}, "The first.", ANN, NOW)
    store.decisions.record("other", "event:1", {}, "Of another kind.", ANN, NOW)
    newest = store.decisions.record("note", "event:2", {}, "The second.", ANN, NOW)
    assert store.decisions.upto("note", "shown") == newest.decision_id
    assert store.decisions.upto("other") == newest.decision_id - 1
    assert [told for _, told in store.decisions.told("note")] == ["The second.", "The first."]
    assert store.decisions.told("note")[0][0] == newest
    store.database.close()
