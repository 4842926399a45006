"""A predecessor's trail is taken in: each row is an event labelled imported, and no value is lost."""

import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from audit_core.actors import OPERATOR
from audit_core.detail import detail
from audit_core.errors import AuditError, ConfigError
from audit_core.filters import EventFilter
from audit_core.records import Imported, import_legacy
from audit_core.records.legacy_rows import MISSION, as_event
from audit_core.reports import make_report
from audit_core.store.accounts import Accounts
from audit_core.store.queries import Queries
from jobs.__main__ import main
from tests.exports import SECOND, THIRD, Desk, edited, line, two_looks
from tests.records.desks import LATER, opened, three_years, verified
from tests.records.predecessor import ROW, legacy

pytestmark = pytest.mark.in_turn(3)

CHICAGO_LINES = [line(1), line(2)]

SCREEN = """
from audit_core.actors import OPERATOR
from audit_core.detail import detail
from audit_core.filters import EventFilter
from ui.event.pane import detail_pane
from ui.changes.event_table import event_table
from ui.opened import queries
from ui.opened import whole_workspace as workspace
workspace.cache_clear()
event_table(queries(), EventFilter(), 5)
detail_pane(detail(workspace(), {event}), OPERATOR, EventFilter())
workspace().store.database.close()
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    after = [edited(CHICAGO_LINES[0], quantity="3"), CHICAGO_LINES[1]]
    return two_looks(tmp_path_factory.mktemp("original"), CHICAGO_LINES, after)


@pytest.fixture
def desk(original: Desk, tmp_path: Path) -> Desk:
    return original.copy(tmp_path)


def taken_in(desk: Desk, file: Path) -> Imported:
    with opened(desk) as workspace:
        return import_legacy(workspace, file, "import-1", LATER)


def imported(desk: Desk) -> list[dict[str, Any]]:
    return desk.rows("SELECT * FROM audit_events WHERE who_evidence = 'imported' ORDER BY event_id")


def test_a_row_becomes_an_event_with_all_its_fields(desk: Desk, tmp_path: Path) -> None:
    made = taken_in(desk, legacy(tmp_path / "old.db"))
    assert made.events == {"audit_trail": 1}
    assert not made.not_taken
    (event,) = imported(desk)
    expected = ROW | {
        "timestamp": LATER.isoformat(), "sheet_id": "4711", "work_request": "71891012", "new_value": "3.5",
        "delta": 1.5, "changed_at": "2024-03-04T16:00:00Z", "week_ending": "2024-03-03", "is_historical": 1,
        "severity": "CRITICAL", "sheet_reference": "North, row 12 (imported)", "anomaly_score": 0.25,
    }  # fmt: skip
    assert {name: event[name] for name in MISSION} == expected
    assert (event["kind"], event["look"], event["incident_id"], event["sheet_name"]) == ("change", None, None, "4711")
    evidence = json.loads(event["evidence"])["imported"]
    assert evidence["row"] == {"id": 1, **ROW}
    assert (evidence["table"], evidence["number"], evidence["file_sha256"]) == ("audit_trail", 1, made.sha256)
    verified(desk)


def test_the_import_is_one_event_that_counts_everything(desk: Desk, tmp_path: Path) -> None:
    more = (
        "CREATE TABLE user_permissions (email)",
        "INSERT INTO user_permissions VALUES ('Bob@example.com'), (NULL), (7)",
        "CREATE TABLE webhook_events (body)",
        "INSERT INTO webhook_events VALUES ('x'), ('y')",
    )
    taken_in(desk, legacy(tmp_path / "old.db", [ROW, ROW | {"severity": "worst"}], more=more))
    (action,) = desk.rows("SELECT * FROM audit_events WHERE action = 'legacy_imported'")
    told = json.loads(action["evidence"])
    assert told["events"] == {"audit_trail": 2}
    assert told["left"] == {"user_permissions": 3, "webhook_events": 2}
    assert told["not_taken"] == {"severity is none of LOW, MEDIUM, HIGH, CRITICAL": 1}
    assert (told["file"], told["people"]) == ("old.db", 1)
    with opened(desk) as workspace:
        bob = Accounts(workspace.store).by_email("bob@example.com")
    assert bob is not None
    assert bob.role is None


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("severity", "urgent", "is none of"), ("risk_score", 1.5, "is not between"),
        ("risk_score", "high", "no number"), ("changed_at", "0001-01-01T00:00:00+14:00", "no time of the calendar"),
        ("anomaly_score", -0.1, "is not between"), ("delta", "two", "is no number"),
        ("delta", "nan", "no finite number"),
        ("changed_at", "2024-03-04 10:00:00", "without an offset"), ("changed_at", "yesterday", "is no ISO time"),
        ("week_ending", "2024-03-04", "is no Sunday"), ("week_ending", "spring", "is no date"),
        ("is_historical", "perhaps", "neither true nor false"), ("new_value", b"\x00\xff", "is no text"),
    ],
)  # fmt: skip
def test_what_does_not_fit_a_field_is_counted_and_kept(
    desk: Desk, tmp_path: Path, field: str, value: object, why: str
) -> None:
    made = taken_in(desk, legacy(tmp_path / "old.db", [ROW | {field: value}]))
    ((said, count),) = made.not_taken.items()
    assert said.startswith(field)
    assert why in said
    assert count == 1
    (event,) = imported(desk)
    assert event[field] is None
    evidence = json.loads(event["evidence"])["imported"]
    assert why in evidence["not_taken"][field]
    assert evidence["row"][field] == (value if not isinstance(value, bytes) else {"blob_hex": value.hex()})


def test_kinds(desk: Desk, tmp_path: Path) -> None:
    still = {"old_value": "2", "new_value": "2"}
    rows = [
        ROW, ROW | still, ROW | still | {"violation_type": None}, ROW | {"column_name": None},
        ROW | {"old_value": None, "new_value": None, "violation_type": ""},
    ]  # fmt: skip
    taken_in(desk, legacy(tmp_path / "old.db", rows))
    assert [each["kind"] for each in imported(desk)] == ["change", "finding", "change", "finding", "change"]


def test_rows_keep_their_order_and_tables_are_found_by_their_fields(desk: Desk, tmp_path: Path) -> None:
    rows = [ROW | {"new_value": str(number)} for number in range(7)]
    columns = [name.upper() for name in MISSION if name not in ("device_info", "user_agent", "session_id")]
    shorter = [{name: value for name, value in row.items() if name.upper() in columns} for row in rows]
    made = taken_in(desk, legacy(tmp_path / "old.db", shorter, table='odd "log"', columns=columns))
    assert made.events == {'odd "log"': 7}
    assert [each["new_value"] for each in imported(desk)] == [str(number) for number in range(7)]


def test_text_that_is_no_utf8_and_numbers_without_end_are_kept_exactly(desk: Desk, tmp_path: Path) -> None:
    broken = "UPDATE audit_trail SET old_value = CAST(x'ff41' AS TEXT), delta = 9e999"
    made = taken_in(desk, legacy(tmp_path / "old.db", more=[broken]))
    assert made.not_taken == {"old_value is no UTF-8": 1, "delta is no finite number": 1}
    row = json.loads(imported(desk)[0]["evidence"])["imported"]["row"]
    assert (row["old_value"], row["delta"]) == ({"text_hex": "ff41"}, {"real": "inf"})


def test_odd_texts_and_numbers_are_sealed_as_they_are_kept(desk: Desk, tmp_path: Path) -> None:
    odd = {"sheet_id": 4711.0, "row_id": 2**63 - 1, "old_value": "a\0b", "new_value": "\u202e=1+1\n", "delta": -0.0}
    made = taken_in(desk, legacy(tmp_path / "old.db", [ROW | odd]))
    assert not made.not_taken
    (event,) = imported(desk)
    assert (event["sheet_id"], event["row_id"], event["old_value"]) == ("4711", str(2**63 - 1), "a\0b")
    verified(desk)


def test_a_file_is_taken_in_once(desk: Desk, tmp_path: Path) -> None:
    file = legacy(tmp_path / "old.db")
    taken_in(desk, file)
    with pytest.raises(ConfigError, match="was imported already"):
        taken_in(desk, file.rename(tmp_path / "other.db"))
    assert len(imported(desk)) == 1


def not_sqlite(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def nothing_in_it(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE notes (text)")


def damaged(path: Path) -> None:
    legacy(path, [ROW] * 200)
    content = bytearray(path.read_bytes())
    content[4096 * 2 : 4096 * 4] = b"\xff" * 4096 * 2
    path.write_bytes(content)


def missing(path: Path) -> None:
    path.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (not_sqlite, ConfigError, "is no SQLite database"),
        (empty, ConfigError, "is no SQLite database"),
        (missing, ConfigError, "cannot be read"),
        (nothing_in_it, ConfigError, "has no table with most of"),
        (damaged, AuditError, "cannot be read as a whole"),
    ],
)
def test_what_cannot_be_taken_in_leaves_nothing_behind(
    desk: Desk, tmp_path: Path, make: Callable[[Path], None], error: type[AuditError], said: str
) -> None:
    before = desk.rows("SELECT count(*) n FROM audit_events")
    make(tmp_path / "old.db")
    with pytest.raises(error, match=said) as raised:
        taken_in(desk, tmp_path / "old.db")
    assert raised.type is error
    assert desk.rows("SELECT count(*) n FROM audit_events") == before


def test_a_store_of_our_own_is_no_predecessor(desk: Desk, tmp_path: Path) -> None:
    other = three_years(tmp_path / "other")
    with pytest.raises(ConfigError, match="a store of this program"):
        taken_in(desk, other.root / "data" / "audit.db")


def test_what_its_program_had_still_in_its_log_is_taken_in_too(desk: Desk, tmp_path: Path) -> None:
    file = legacy(tmp_path / "old.db")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("INSERT INTO audit_trail (column_name, new_value) VALUES ('CU', 'X')")
        connection.commit()
        assert taken_in(desk, file).events == {"audit_trail": 2}


def test_bytes_of_any_kind_end_in_a_sentence(desk: Desk, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    whole = legacy(tmp_path / "old.db", [ROW] * 30).read_bytes()
    for number in range(40):
        content = bytearray(whole)
        for _ in range(rng.randrange(1, 30)):
            content[rng.randrange(16, len(content))] = rng.randrange(256)
        (tmp_path / "odd.db").write_bytes(content)
        before = len(imported(desk))
        added, said = 0, ""
        try:
            added = sum(taken_in(desk, tmp_path / "odd.db").events.values())
        except AuditError as error:
            said = str(error)
        assert "\n" not in said, number
        assert len(imported(desk)) == before + added
    verified(desk)


def test_what_was_imported_changes_no_judgement(desk: Desk, tmp_path: Path) -> None:
    old = {"sheet_id": "Field Billing North", "row_id": "1", "column_name": "Quantity", "old_value": "2"}
    taken_in(desk, legacy(tmp_path / "old.db", [ROW | old | {"new_value": "9"}]))
    desk.look(THIRD, [edited(CHICAGO_LINES[0], quantity="4"), CHICAGO_LINES[1]])
    desk.sync()
    last = desk.events()[-1]
    assert (last["old_value"], last["new_value"], last["who_evidence"]) == ("3", "4", "unknown")
    verified(desk)


def test_screens_and_reports_show_it_and_say_that_nothing_sealed_it(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare: dict[str, Any] = {"column_name": "CU", "new_value": "X"}
    taken_in(desk, legacy(tmp_path / "old.db", [ROW, bare, {"violation_type": "odd"}, {"row_id": "1"}]))
    monkeypatch.setenv("AUDIT_CONFIG", str(desk.config))
    for event in imported(desk):
        drawn = AppTest.from_string(SCREEN.format(event=event["event_id"]), default_timeout=30).run()
        assert not drawn.exception, event
        assert "(imported)" in " ".join(each.value for each in drawn.caption).replace("\\", "")
        told = " ".join(each.proto.body for each in drawn.get("html"))
        assert "nothing sealed it before it was imported" in told
    with opened(desk) as workspace:
        found = detail(workspace, imported(desk)[0]["event_id"])
        assert found is not None
        assert (found.hits, found.around, found.thinned) == ((), (), False)
        report = make_report(workspace, OPERATOR, EventFilter(), LATER)
        assert report.changes == 4
        queries = Queries(workspace.store.database)
        assert queries.totals(EventFilter(sheet=("4711",))).events == 1
        assert queries.flagged_after(0).filter(who_evidence="imported").is_empty()
    assert SECOND in {event["look"] for event in desk.events()}


def test_the_command_and_its_dry_run(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUDIT_CONFIG", str(desk.config))
    file = str(legacy(tmp_path / "old.db"))
    assert main(["import-legacy", file, "--dry-run", "--json"]) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["message"].startswith("Dry run, nothing was changed. 1 rows of audit_trail imported")
    assert not imported(desk)
    assert main(["import-legacy", file, "--json"]) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (said["events"], said["people"]) == ({"audit_trail": 1}, 0)
    assert main(["import-legacy", file]) == 2
    assert main(["import-legacy", str(tmp_path / "none.db")]) == 2
    assert main(["verify"]) == 0


def test_the_command_names_what_fits_no_field(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUDIT_CONFIG", str(desk.config))
    file = str(legacy(tmp_path / "old.db", [ROW | {"severity": "urgent"}] * 2))
    for more in (["--dry-run"], []):
        assert main(["import-legacy", file, *more, "--json"]) == 0
        said = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert said["not_taken"] == {"severity is none of LOW, MEDIUM, HIGH, CRITICAL": 2}
        assert "2 values fit no field" in said["message"]
    other = str(legacy(tmp_path / "other.db", [ROW | {"severity": "urgent"}]))
    assert main(["import-legacy", other]) == 0
    assert "1 values fit no field" in capsys.readouterr().out
    assert main(["verify"]) == 0


def test_a_row_without_any_field_is_still_an_event() -> None:
    made = as_event({"note": "x"}, {"table": "t"}, datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("UTC"))
    assert made.event["kind"] == "change"
    assert json.loads(made.event["evidence"])["imported"]["row"] == {"note": "x"}
