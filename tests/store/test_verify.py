"""Whoever alters the record is found, and named; an honest record passes."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from audit_core.actors import SYNC
from audit_core.errors import AuditError, ConfigError, VerificationFailed
from audit_core.store import anchors, merkle, recompute
from audit_core.store.actions import Action, action_events
from audit_core.store.anchors import Anchor
from audit_core.store.database import Database
from audit_core.store.ledger import GENESIS, SCHEMA, append, chain
from audit_core.store.schema import EVENT_FIELDS
from audit_core.store.snapshots import Snapshots
from audit_core.store.verify import Verified, verify
from tests.exports import FIRST, SECOND, THIRD, Desk, edited, line

LINES = [line(n) for n in range(1, 7)]
NOW = datetime(2026, 1, 1, tzinfo=UTC)

# three looks make eight events: three snapshots taken, two edited cells at the second look and three at the third
EVENTS = 8
SNAPSHOTS = 3
ANCHORED = [1, 4, 8]


@dataclass(frozen=True)
class Record:
    """A data folder, with the verbs of an auditor and of somebody who tampers with it."""

    data: Path

    @property
    def anchors(self) -> Path:
        return self.data / "anchors.jsonl"

    def verify(self, *given: Anchor) -> Verified:
        database = Database(self.data / "audit.db")
        try:
            return verify(database, Snapshots(database, self.data / "snapshots"), self.anchors, list(given))
        finally:
            database.close()

    def tamper(self, *statements: str) -> None:
        """Whoever owns the file can take its triggers away first."""
        with closing(sqlite3.connect(self.data / "audit.db")) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                assert connection.execute(statement).rowcount != 0, f"{statement} changed nothing"
            connection.commit()

    def value(self, sql: str) -> object:
        with closing(sqlite3.connect(self.data / "audit.db")) as connection:
            return connection.execute(sql).fetchone()[0]

    def values(self, sql: str) -> list[Any]:
        with closing(sqlite3.connect(self.data / "audit.db")) as connection:
            return [row[0] for row in connection.execute(sql)]

    def seal_again(self, first: int) -> None:
        """Make the chain anew from event `first` on, with Redline's own code: it fits together again."""
        with closing(sqlite3.connect(self.data / "audit.db")) as connection:
            fields = ", ".join(EVENT_FIELDS)
            rows = connection.execute(f"SELECT {fields} FROM audit_events WHERE event_id >= ? ORDER BY 1", (first,))
            events = pl.DataFrame(rows.fetchall(), schema=SCHEMA, orient="row")
            found = connection.execute("SELECT hash FROM audit_events WHERE event_id = ?", (first - 1,)).fetchone()
            before = found[0] if found else GENESIS
            for number, sealed in zip(events["event_id"], chain(events, before), strict=True):
                connection.execute(
                    "UPDATE audit_events SET prev_hash = ?, hash = ? WHERE event_id = ?", (before, sealed, number)
                )
                before = sealed
            connection.commit()

    def edit_anchors(self, edit: Callable[[str], str]) -> None:
        before = self.anchors.read_text()
        self.anchors.write_text(edit(before))
        assert self.anchors.read_text() != before

    def snapshot(self, look: str) -> Path:
        return self.data / "snapshots" / str(self.value(f"SELECT file FROM snapshots WHERE look = '{look}'"))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    desk = Desk(tmp_path_factory.mktemp("honest"))
    once = edited(LINES[0], quantity="3", units_total_price="170.52")
    twice = edited(LINES[1], quantity="1", units_total_price="56.84", foreman="Foreman 7")
    for look, lines in ((FIRST, LINES), (SECOND, [once, *LINES[1:]]), (THIRD, [once, twice, *LINES[2:]])):
        desk.look(look, lines)
    desk.sync()
    return desk.root / "data"


@pytest.fixture
def record(original: Path, tmp_path: Path) -> Record:
    """An honest record, all its own."""
    shutil.copytree(original, tmp_path / "data")
    return Record(tmp_path / "data")


def test_an_honest_record_passes(record: Record) -> None:
    head = record.value("SELECT lower(hex(hash)) FROM audit_events WHERE event_id = 8")
    hashes = record.values("SELECT hash FROM audit_events ORDER BY event_id")
    root = merkle.root_of([merkle.leaf(each) for each in hashes])
    assert record.verify() == Verified(
        events=EVENTS, head=str(head), root=root.hex(), anchors=3, signed=0, unknown=0, since=0, snapshots=SNAPSHOTS
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
        events=0, head=GENESIS.hex(), root=merkle.EMPTY.hex(), anchors=0, signed=0, unknown=0, since=0, snapshots=0
    )


# --- one field ---

# where a column may only hold certain values, one of those
OTHER = {
    "kind": "'finding'",
    "is_historical": "1 - is_historical",
    "severity": "'LOW'",
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
    record.verify()
    record.tamper(f"UPDATE audit_events SET money_cents = {value} WHERE event_id = 4")
    with pytest.raises(VerificationFailed, match=r"wrong type|altered"):
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


# --- what only anchors see ---


@pytest.mark.parametrize("left", [7, 4, 1, 0])
def test_a_tail_that_was_cut_off_is_found_by_the_anchors(record: Record, left: int) -> None:
    record.tamper(f"DELETE FROM audit_events WHERE event_id > {left}")
    with pytest.raises(VerificationFailed, match=rf"^Event {left + 1} is missing: the anchor of 2026-01-01"):
        record.verify()


@pytest.mark.parametrize("first", [1, 3, 5, 8])
def test_a_chain_made_anew_fits_together_and_is_found_by_the_anchors(record: Record, first: int) -> None:
    record.tamper(f"UPDATE audit_events SET issue_description = 'nothing happened' WHERE event_id = {first}")
    record.seal_again(first)
    anchored = next(size for size in ANCHORED if size >= first)
    agreed = max((size for size in ANCHORED if size < first), default=0)
    named = rf"^Event {agreed + 1}\b.* was replaced: the hash of event {anchored} is not that of the anchor"
    with pytest.raises(VerificationFailed, match=named):
        record.verify()
    # without the anchors beside it the chain is whole: that is what copies of them elsewhere are for
    elsewhere, bad = anchors.read(record.anchors)
    record.anchors.unlink()
    assert (record.verify().events, bad) == (EVENTS, [])
    with pytest.raises(VerificationFailed, match=rf"{named}.*\(--anchor\)"):
        record.verify(*elsewhere)


def test_every_anchor_is_compared_not_only_the_last_one(record: Record) -> None:
    first, _, last = anchors.read(record.anchors)[0]
    other = Anchor(4, "ab" * 32, "", "")
    for given in ([other, first, last], [first, other, last], [first, last, other]):
        with pytest.raises(
            VerificationFailed, match=r"^Event 2, or one after it up to event 4, was replaced.*unknown time"
        ):
            record.verify(*given)
    assert record.verify(first, last, Anchor(0, GENESIS.hex(), "", "")).anchors == 6


def test_an_anchor_of_an_empty_ledger_holds_too(record: Record) -> None:
    with pytest.raises(VerificationFailed, match=r"^Event 0 was replaced"):
        record.verify(Anchor(0, "ab" * 32, "", ""))


def lines_of(text: str) -> list[str]:
    return text.splitlines(keepends=True)


DEEP = "[" * 100_000
ALTERED: dict[str, tuple[Callable[[str], str], str]] = {
    "a head": (lambda text: text.replace('"head": "', '"head": "00', 1), "Line 1 of"),
    "a head's digit": (lambda text: other_digit(text, 1), "Event 2, or one after it up to event 4, was replaced"),
    "a size": (
        lambda text: text.replace('"size": 4', '"size": 5'),
        "Event 2, or one after it up to event 5, was replaced",
    ),
    "a size beyond the end": (lambda text: text.replace('"size": 8', '"size": 9'), "Event 9 is missing"),
    "a size below zero": (lambda text: text.replace('"size": 4', '"size": -4'), "Line 2 of"),
    "a size with a fraction": (lambda text: text.replace('"size": 4', '"size": 4.0'), "Line 2 of"),
    "a line that is no JSON": (lambda text: "anchor\n" + text, "Line 1 of"),
    "a line that is no object": (lambda text: text + "8\n", "Line 4 of"),
    "a line without end": (lambda text: text.replace("}\n", "\n", 1), "Line 1 of"),
    "the last brace": (lambda text: text[:-2] + "x\n", "Line 3 of"),
    "the last line's end": (lambda text: text[:-1] + "x", "Line 3 of"),
    "brackets without end": (lambda text: DEEP + "\n" + text, "Line 1 of"),
    "bytes that are no text": (lambda text: text + "\udcff\n", "Line 4 of"),
}


def other_digit(text: str, line: int) -> str:
    """The text with the first digit of the head in one of its lines replaced."""
    lines = lines_of(text)
    at = lines[line].index('"head": "') + len('"head": "')
    digit = "1" if lines[line][at] == "0" else "0"
    lines[line] = lines[line][:at] + digit + lines[line][at + 1 :]
    return "".join(lines)


@pytest.mark.parametrize(("edit", "named"), ALTERED.values(), ids=ALTERED)
def test_an_anchor_that_was_edited_is_found(record: Record, edit: Callable[[str], str], named: str) -> None:
    record.anchors.write_bytes(edit(record.anchors.read_text()).encode(errors="surrogateescape"))
    with pytest.raises(VerificationFailed, match=rf"^{named}"):
        record.verify()


def test_a_last_line_that_a_crash_tore_is_passed_over(record: Record) -> None:
    whole = record.anchors.read_text()
    last = lines_of(whole)[-1]
    for kept in (0, 1, 20, len(last) - 2):
        record.anchors.write_text(whole + last[:kept])
        assert record.verify().anchors == 3
    # written whole but for its end: it counts
    record.anchors.write_text(whole + last.rstrip("\n"))
    assert record.verify().anchors == 4


def test_only_the_last_line_can_be_torn(record: Record) -> None:
    record.edit_anchors(lambda text: text[:40] + "\n" + text)
    with pytest.raises(VerificationFailed, match=r"^Line 1 of"):
        record.verify()


def test_a_tail_after_the_last_anchor_leaves_no_trace(record: Record) -> None:
    """What docs/security.md admits; should this ever fail, that page has to change."""
    database = Database(record.data / "audit.db")
    with database.write() as connection:
        append(connection, action_events([Action("signed_in", "Somebody signed in.", None)], NOW))
    database.close()
    assert record.verify().events == 9
    record.tamper("DELETE FROM audit_events WHERE event_id = 9")
    assert record.verify().events == 8


# --- incidents, snapshots ---


@pytest.mark.parametrize(
    "edit",
    [
        "events = events + 1", "rows = rows - 1", "sheets = 2", "financial_impact = financial_impact + 0.01",
        "risk_score = risk_score - 0.000001", "severity = 'LOW'", "severity = NULL", "severity = 'IG'",
        "look = '2025-07-31'", "audit_run_id = 'run-0'",
    ],
)  # fmt: skip
def test_an_incident_that_was_edited_is_found(record: Record, edit: str) -> None:
    record.tamper(f"UPDATE incidents SET {edit} WHERE incident_id = 2")
    with pytest.raises(VerificationFailed, match=r"^Incident 2 does not match its events"):
        record.verify()


def test_an_incident_that_was_removed_or_made_up_is_found(record: Record) -> None:
    made_up = Record(shutil.copytree(record.data, record.data.parent / "made up"))
    record.tamper("DELETE FROM incidents WHERE incident_id = 2")
    with pytest.raises(VerificationFailed, match=r"^Incident 2 "):
        record.verify()
    made_up.tamper(
        "CREATE TABLE one AS SELECT * FROM incidents WHERE incident_id = 2",
        "UPDATE one SET incident_id = 77",
        "INSERT INTO incidents SELECT * FROM one",
    )
    with pytest.raises(VerificationFailed, match=r"^Incident 77 "):
        made_up.verify()


def test_an_event_put_into_another_incident_is_found_although_the_chain_was_made_anew(record: Record) -> None:
    record.tamper("UPDATE audit_events SET incident_id = 1 WHERE incident_id = 2 AND column_name = 'Quantity'")
    record.seal_again(1)
    record.anchors.unlink()
    with pytest.raises(VerificationFailed, match=r"^Incident 1 does not match its events"):
        record.verify()


OF_LEDGER = "is not the one that the ledger sealed"
INDEX: dict[str, tuple[str, str]] = {
    "another hash": ("UPDATE snapshots SET file_sha256 = 'ab' WHERE look = '2025-08-07'", OF_LEDGER),
    "another file": (
        """UPDATE snapshots SET (file, file_sha256) = (SELECT file, file_sha256 FROM snapshots WHERE
        look = '2025-07-31') WHERE look = '2025-08-07'""",
        OF_LEDGER,
    ),
    "another content": ("UPDATE snapshots SET content_sha256 = 'ab' WHERE look = '2025-08-07'", OF_LEDGER),
    "another look": ("UPDATE snapshots SET look = '2025-08-08' WHERE look = '2025-08-07'", OF_LEDGER),
    "another sheet": ("UPDATE snapshots SET sheet_id = 'South' WHERE look = '2025-08-07'", OF_LEDGER),
    "a file elsewhere": ("UPDATE snapshots SET file = '/dev/zero' WHERE look = '2025-08-07'", OF_LEDGER),
    "a folder": ("UPDATE snapshots SET file = '..' WHERE look = '2025-08-07'", OF_LEDGER),
    "removed": ("DELETE FROM snapshots WHERE look = '2025-08-07'", OF_LEDGER),
    "no instant": ("UPDATE snapshots SET look_at = 'soon' WHERE look = '2025-08-07'", "index of snapshots"),
    "no list of columns": ("UPDATE snapshots SET columns = '[' WHERE look = '2025-08-07'", "index of snapshots"),
    "no blind spots": ("UPDATE snapshots SET blind_spots = '[{}]' WHERE look = '2025-08-07'", "index of snapshots"),
}


@pytest.mark.parametrize(("statement", "named"), INDEX.values(), ids=INDEX)
def test_an_index_of_snapshots_that_was_edited_is_found(record: Record, statement: str, named: str) -> None:
    record.tamper(statement)
    with pytest.raises(VerificationFailed, match=named):
        record.verify()


def test_a_snapshot_that_was_made_up_is_found(record: Record) -> None:
    record.tamper(
        "CREATE TABLE one AS SELECT * FROM snapshots WHERE look = '2025-08-07'",
        "UPDATE one SET look = '2025-08-08', snapshot_id = 77",
        "INSERT INTO snapshots SELECT * FROM one",
    )
    with pytest.raises(VerificationFailed, match=f"2025-08-08 of 'Field Billing North' {OF_LEDGER}"):
        record.verify()


@pytest.mark.parametrize("look", [FIRST, SECOND, THIRD])
def test_a_snapshot_file_that_was_altered_is_found(record: Record, look: str) -> None:
    path = record.snapshot(look)
    content = bytearray(path.read_bytes())
    for place in (0, len(content) // 2, len(content) - 1):
        content[place] ^= 1
        path.write_bytes(content)
        with pytest.raises(VerificationFailed, match=rf"^The snapshot {look} .* is not the file that was taken"):
            record.verify()
        content[place] ^= 1
    path.write_bytes(content[:-1])
    with pytest.raises(VerificationFailed, match=rf"^The snapshot {look} .* is not the file that was taken"):
        record.verify()
    path.write_bytes(content)
    record.verify()
    path.unlink()
    with pytest.raises(VerificationFailed, match=rf"^The snapshot {look} .* is gone"):
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
    assert all(str(path) in sentence for sentence in sentences)


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
    fields = {"sheet_id": taken.sheet_id, "look": look, "evidence": proof}
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


# --- anchors on the command line ---


def test_an_anchor_is_given_as_text_or_as_a_file(record: Record) -> None:
    kept, _ = anchors.read(record.anchors)
    assert anchors.given(str(record.anchors)) == kept
    assert anchors.given(f"  {kept[1].line()}") == [kept[1]]
    assert anchors.given(json.dumps({"size": 4, "head": kept[1].head.upper()})) == [Anchor(4, kept[1].head, "", "")]
    assert record.verify(*anchors.given(kept[1].line())).anchors == 4


@pytest.mark.parametrize(
    "text",
    [
        "", "no-such-file", "{}", "[]", "8", DEEP, '{"size": 8}', '{"size": "8", "head": ""}', "a\0b", "x" * 5_000,
        json.dumps({"size": 8, "head": "ab"}), json.dumps({"size": 8, "head": "zz" * 32}),
        json.dumps({"size": -1, "head": "ab" * 32}), json.dumps({"size": None, "head": "ab" * 32}),
    ],
    ids=lambda text: ascii(text[:30]),
)  # fmt: skip
def test_what_is_no_anchor_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ConfigError, match="neither a file of anchors nor an anchor's JSON"):
        anchors.given(text)


def test_a_file_given_as_anchors_has_no_line_that_is_none(record: Record) -> None:
    """Not even a torn one: who gives a copy wants all of it compared."""
    record.edit_anchors(lambda text: text + text[:20])
    with pytest.raises(ConfigError, match="line 4 is not an anchor"):
        anchors.given(str(record.anchors))
    record.anchors.write_text("")
    with pytest.raises(ConfigError, match="line 1 is not an anchor"):
        anchors.given(str(record.anchors))


@pytest.mark.parametrize("what", [0, 1, 2, "all", "the file"])
def test_an_anchor_that_was_taken_away_is_missed(tmp_path: Path, what: int | str) -> None:
    desk = Desk(tmp_path)
    for look, foreman in ((FIRST, "A"), (SECOND, "B"), (THIRD, "C")):
        desk.look(look, [line(n, foreman=foreman) for n in range(3)])
        desk.sync_as_job()
    path = desk.root / "data" / "anchors.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    assert len(lines) == 3
    if what == "the file":
        path.unlink()
    else:
        path.write_text("" if isinstance(what, str) else "".join(lines[:what] + lines[what + 1 :]))
    store = desk.workspace().store
    with pytest.raises(VerificationFailed, match=r"The anchor of run sync-.* is gone from .*anchors\.jsonl"):
        verify(store.database, store.snapshots, store.anchor_file, [])
    store.database.close()
