"""Whoever alters an event is found, and the event is named; an honest record passes."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from audit_core.actors import SYNC
from audit_core.errors import AuditError, VerificationFailed
from audit_core.store import anchors, merkle, recompute
from audit_core.store.actions import Action, action_events
from audit_core.store.database import Database
from audit_core.store.ledger import GENESIS, append
from audit_core.store.schema import EVENT_FIELDS
from audit_core.store.snapshots import Snapshots
from audit_core.store.verify import Verified, verify
from tests.store.tampering import ANCHORED, EVENTS, NOW, SNAPSHOTS, Record


def test_an_honest_record_passes(record: Record) -> None:
    head = record.value("SELECT lower(hex(hash)) FROM audit_events WHERE event_id = 8")
    hashes = record.values("SELECT hash FROM audit_events ORDER BY event_id")
    root = merkle.root_of([merkle.leaf(each) for each in hashes])
    assert record.verify() == Verified(
        events=EVENTS,
        head=str(head),
        root=root.hex(),
        anchors=3,
        signed=0,
        unknown=0,
        since=0,
        snapshots=SNAPSHOTS,
        indexes=True,
    )
    assert [anchor.size for anchor in anchors.read(record.anchors)[0]] == ANCHORED


def test_an_honest_record_passes_in_pages_of_any_size(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = record.verify()
    for size in (1, 3, 7, 8, 9):
        monkeypatch.setattr(recompute, "_PAGE", size)
        assert record.verify() == whole


def test_an_empty_record_passes(tmp_path: Path) -> None:
    Database(tmp_path / "audit.db").migrate()
    assert Record(tmp_path).verify() == Verified(
        events=0,
        head=GENESIS.hex(),
        root=merkle.EMPTY.hex(),
        anchors=0,
        signed=0,
        unknown=0,
        since=0,
        snapshots=0,
        indexes=True,
    )


# --- one field ---

# where a column may only hold certain values, one of those
OTHER = {
    "kind": "'finding'",
    "is_historical": "1 - is_historical",
    "severity": "'CRITICAL'",
    "risk_score": "risk_score / 2",
    "anomaly_score": "0.25",
    "incident_id": "incident_id + 1",
    "money_cents": "money_cents + 1",
    "delta": "delta + 0.001",
}
EDITS = [(name, OTHER.get(name, f"coalesce({name}, '') || 'x'")) for name in EVENT_FIELDS if name != "event_id"]


@pytest.mark.parametrize(("column", "value"), EDITS, ids=[case[0] for case in EDITS])
def test_any_field_of_an_event_that_is_edited_is_found(record: Record, column: str, value: str) -> None:
    record.tamper(f"UPDATE audit_events SET {column} = {value} WHERE event_id = 4")
    with pytest.raises(VerificationFailed, match=r"^Event 4 was altered"):
        record.verify()


def test_any_field_of_an_event_that_is_erased_is_found(record: Record) -> None:
    """Each on a copy of its own; a field that is NULL on every event has nothing to erase."""
    erased = 0
    for name in EVENT_FIELDS:
        number = record.value(f"SELECT min(event_id) FROM audit_events WHERE {name} IS NOT NULL")
        if number is None or name in {"event_id", "kind", "timestamp"}:
            continue
        copy = Record(shutil.copytree(record.data, record.data.parent / name))
        copy.tamper(f"UPDATE audit_events SET {name} = NULL WHERE event_id = {number}")
        with pytest.raises(VerificationFailed, match=rf"^Event {number} was altered"):
            copy.verify()
        erased += 1
    assert erased >= 20


def test_null_and_an_empty_text_are_not_the_same(record: Record) -> None:
    record.tamper("UPDATE audit_events SET device_info = '' WHERE event_id = 4")
    with pytest.raises(VerificationFailed, match=r"^Event 4 was altered"):
        record.verify()


@pytest.mark.parametrize("number", range(1, EVENTS + 1))
def test_an_edit_is_found_whichever_event_it_is(record: Record, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recompute, "_PAGE", 3)
    record.tamper(f"UPDATE audit_events SET look = '2025-01-01' WHERE event_id = {number}")
    with pytest.raises(VerificationFailed, match=rf"^Event {number} was altered"):
        record.verify()


@pytest.mark.parametrize("value", ["x'00'", "'ten'", "1.5"])
def test_a_value_of_another_type_is_found(record: Record, value: str) -> None:
    """A table made anew without STRICT takes anything."""
    fields = ", ".join([*EVENT_FIELDS, "prev_hash", "hash"])
    record.tamper(
        f"CREATE TABLE loose ({fields})",
        f"INSERT INTO loose SELECT {fields} FROM audit_events",
        "DROP TABLE audit_events",
        "ALTER TABLE loose RENAME TO audit_events",
    )
    with pytest.raises(VerificationFailed, match=r"^The index audit_events_action is gone"):
        record.verify()
    record.tamper(f"UPDATE audit_events SET money_cents = {value} WHERE event_id = 4")
    with pytest.raises(VerificationFailed, match=r"^Event 4 .*(wrong type|altered)"):
        record.verify()


# --- whole events ---

SWAPPED = ", ".join(name for name in EVENT_FIELDS if name != "event_id")
FORGED: dict[str, tuple[list[str], str]] = {
    "one deleted in the middle": (["DELETE FROM audit_events WHERE event_id = 5"], "Event 5 is missing"),
    "the first deleted": (["DELETE FROM audit_events WHERE event_id = 1"], "Event 1 is missing"),
    "one given another number": (["UPDATE audit_events SET event_id = 80 WHERE event_id = 8"], "Event 8 is missing"),
    "deleted and renumbered": (
        [
            "DELETE FROM audit_events WHERE event_id = 5",
            *(f"UPDATE audit_events SET event_id = {number - 1} WHERE event_id = {number}" for number in (6, 7, 8)),
        ],
        "Event 5 does not follow event 4",
    ),
    "two in another order": (
        [
            "UPDATE audit_events SET event_id = -1 WHERE event_id = 6",
            "UPDATE audit_events SET event_id = 6 WHERE event_id = 7",
            "UPDATE audit_events SET event_id = 7 WHERE event_id = -1",
        ],
        "Event 6 does not follow event 5",
    ),
    "two with their contents exchanged": (
        [
            "CREATE TABLE six AS SELECT * FROM audit_events WHERE event_id = 6",
            f"""UPDATE audit_events SET ({SWAPPED}) =
            (SELECT {SWAPPED} FROM audit_events WHERE event_id = 7) WHERE event_id = 6""",
            f"UPDATE audit_events SET ({SWAPPED}) = (SELECT {SWAPPED} FROM six) WHERE event_id = 7",
        ],
        "Event 6 was altered",
    ),
    "one put in between": (
        [
            *(f"UPDATE audit_events SET event_id = {number + 1} WHERE event_id = {number}" for number in (8, 7, 6, 5)),
            f"INSERT INTO audit_events SELECT 5, {SWAPPED}, prev_hash, hash FROM audit_events WHERE event_id = 4",
        ],
        "Event 5 does not follow event 4",
    ),
    "a link edited": (
        ["UPDATE audit_events SET prev_hash = zeroblob(32) WHERE event_id = 5"], "Event 5 does not follow event 4"
    ),
    "the first link edited": (
        ["UPDATE audit_events SET prev_hash = randomblob(32) WHERE event_id = 1"], "Event 1 does not follow event 0"
    ),
    "a hash edited": (["UPDATE audit_events SET hash = zeroblob(32) WHERE event_id = 5"], "Event 5 was altered"),
    "the last hash edited": (["UPDATE audit_events SET hash = zeroblob(32) WHERE event_id = 8"], "Event 8 was altered"),
    "a hash and its link edited": (
        [
            "UPDATE audit_events SET hash = zeroblob(32) WHERE event_id = 5",
            "UPDATE audit_events SET prev_hash = zeroblob(32) WHERE event_id = 6",
        ],
        "Event 5 was altered",
    ),
    "one appended with a made-up hash": (
        [f"INSERT INTO audit_events SELECT 9, {SWAPPED}, hash, randomblob(32) FROM audit_events WHERE event_id = 8"],
        "Event 9 was altered",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("statements", "named"), FORGED.values(), ids=FORGED)
def test_events_that_are_forged_are_found(record: Record, statements: list[str], named: str) -> None:
    record.tamper(*statements)
    with pytest.raises(VerificationFailed, match=f"^{named}"):
        record.verify()


# --- damage ---


def test_a_database_that_was_overwritten_in_places_ends_in_a_sentence(record: Record) -> None:
    path = record.data / "audit.db"
    whole = path.read_bytes()
    before, sentences = record.verify(), []
    for start in range(0, len(whole), 4096):
        path.write_bytes(whole[:start] + b"\xff" * 4096 + whole[start + 4096 :])
        try:
            assert record.verify() == before  # a page that nothing of what is proven lies on
        except VerificationFailed as error:
            sentences.append(str(error))
    assert len(sentences) >= 5
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in sentences)


def test_no_database_of_ours_ends_in_a_sentence(record: Record) -> None:
    (record.data / "audit.db").write_bytes(b"not a database, but as long as a header of one would be" * 20)
    with pytest.raises(VerificationFailed, match="cannot be read as a whole"):
        record.verify()
    (record.data / "audit.db").write_bytes(b"")
    with pytest.raises(VerificationFailed, match="cannot be read as a whole"):
        record.verify()


# --- beside a running sync ---


def commit_a_look(record: Record, look: str) -> bool:
    """Another look is committed: its snapshot and the event that seals it. False when the store is being read."""
    database = Database(record.data / "audit.db")
    database.connection().execute("PRAGMA busy_timeout = 0")
    taken = replace(Snapshots(database, record.data / "snapshots").all()[-1], look=look)
    proof = json.dumps({"file_sha256": taken.file_sha256, "content_sha256": taken.content_sha256})
    fields = {"sheet_id": taken.sheet_id, "look": look, "audit_run_id": "run-2", "evidence": proof}
    try:
        with database.write() as connection:
            Snapshots(database, record.data / "snapshots").record(connection, taken, "run-2", NOW)
            append(connection, action_events([Action("snapshot_taken", "Taken.", SYNC, fields=fields)], NOW))
    except AuditError:
        return False
    finally:
        database.close()
    return True


@pytest.mark.parametrize("moment", ["ORDER BY event_id", "FROM incidents", "BEGIN", "FROM snapshots", "snapshot_taken"])
def test_a_sync_beside_verify_is_no_difference(record: Record, moment: str) -> None:
    """A look is committed at one moment of the reading, or has to wait for its end: nothing seems altered."""
    database = Database(record.data / "audit.db")
    looks: list[str] = []

    def when_asked(statement: str) -> None:
        if moment in statement and not looks:
            looks.append("2025-09-01")
            commit_a_look(record, looks[0])

    database.connection().set_trace_callback(when_asked)
    verify(database, Snapshots(database, record.data / "snapshots"), record.anchors, [])
    database.close()
    assert looks
    before = record.verify()
    assert commit_a_look(record, "2025-09-02")
    assert record.verify().snapshots == before.snapshots + 1
