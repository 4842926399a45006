"""Every question has one answer, with the columnar copy and without, and none reads a growing table end to end."""

import inspect
import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from audit_core.filters import FACETS, EventFilter
from audit_core.store import columnar, filtered, queries
from audit_core.store.columnar import Columnar
from audit_core.store.conditions import VALUES
from audit_core.store.database import Database
from audit_core.store.ledger import SCHEMA
from audit_core.store.queries import Queries
from audit_core.store.trail import Trail
from tests.store.trail_oracle import Oracle, add_decisions, add_events, add_looks, new_store, random_filter

pytestmark = pytest.mark.in_turn(3)

EVENTS = 400
ZONE = ZoneInfo("America/Chicago")


@pytest.fixture
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files, pages and steps so small that a few hundred events take many of each."""
    monkeypatch.setattr(columnar, "FULL", 60)
    monkeypatch.setattr(columnar, "_PAGE", 25)
    monkeypatch.setattr(queries, "_PAGE", 30)
    monkeypatch.setattr(filtered, "_PAGE", 30)
    monkeypatch.setattr(filtered, "_FEW", 40)


@pytest.fixture
def dice(seed: int) -> random.Random:
    return random.Random(seed)


@pytest.fixture
def database(tmp_path: Path, dice: random.Random, small_files: None) -> Iterator[Database]:
    """A store with random events in several commits, looks and incidents."""
    made = new_store(tmp_path)
    for _ in range(8):
        add_events(made, dice, EVENTS // 8)
    add_looks(made, dice)
    add_decisions(made, dice)
    yield made
    made.close()


def nothing(_database: Database, _dice: random.Random) -> None:
    """Leave the store without a copy."""


def whole(database: Database, _dice: random.Random) -> None:
    """Copy every event."""
    Columnar(database).extend()


def with_a_tail(database: Database, dice: random.Random) -> None:
    """Copy every event, then record more."""
    whole(database, dice)
    add_events(database, dice, 30)


def grown_often(database: Database, dice: random.Random) -> None:
    """Copy after each of many small commits."""
    for _ in range(9):
        whole(database, dice)
        add_events(database, dice, dice.randrange(1, 20))
    whole(database, dice)


def twice_after_a_crash(database: Database, dice: random.Random) -> None:
    """Leave what a crash leaves between writing the longer file and removing the shorter one."""
    copy = Columnar(database)
    copy.extend()
    assert copy.folder is not None
    before = {path: path.read_bytes() for path in copy.folder.glob("*/*.parquet")}
    add_events(database, dice, 9)
    copy.extend()
    gone = [path for path in before if not path.exists()]
    for path in gone:
        path.write_bytes(before[path])


def with_a_hole(database: Database, dice: random.Random) -> None:
    """Lose a file in the middle."""
    whole(database, dice)
    sorted((Columnar(database).folder or Path()).glob("*/*.parquet"), key=lambda path: path.name)[3].unlink()


def made_anew(database: Database, dice: random.Random) -> None:
    """Make the copy anew over another one."""
    with_a_hole(database, dice)
    Columnar(database).rebuild()


def of_another_ledger(database: Database, dice: random.Random) -> None:
    """Bring a copy of a longer, different history."""
    other = new_store((database.path or Path()).parent / "other")
    add_events(other, dice, EVENTS * 2)
    Columnar(other).extend()
    other.close()
    ((other.path or Path()).parent / "columnar").rename((database.path or Path()).parent / "columnar")


STATES = [nothing, whole, with_a_tail, grown_often, twice_after_a_crash, with_a_hole, made_anew, of_another_ledger]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_every_answer_is_that_of_plain_sql(
    database: Database, dice: random.Random, state: Callable[[Database, random.Random], None]
) -> None:
    state(database, dice)
    ask, plain = Queries(database), Oracle(database)
    for chosen in [EventFilter(), *(random_filter(dice) for _ in range(9))]:
        total = ask.totals(chosen)
        assert (total.events, total.flagged, total.rows, total.money_cents) == plain.totals(chosen), chosen
        for name, counted in ask.facets(chosen).items():
            assert counted.rows() == plain.facet(chosen, name), (chosen, name)
        for offset in (0, 20, max(total.events - 7, 0), total.events + 5):
            page = ask.riskiest(chosen, 20, offset)
            assert page.rows() == plain.events(chosen, "risk", 20, offset), (chosen, offset)
        for order, offset in (("newest", 0), ("money", 0), ("money", 20)):
            page = ask.first(chosen, order, 20, offset)
            assert page.rows() == plain.events(chosen, order, 20, offset), (chosen, order, offset)
        assert ask.riskiest(chosen, EVENTS * 3).rows() == plain.events(chosen, "risk"), chosen
        assert ask.by_severity(chosen, "look").rows() == plain.by_severity(chosen, "look"), chosen
        assert ask.by_severity(chosen, "week").rows() == plain.by_severity(chosen, "week"), chosen
        assert ask.recorded(chosen).rows() == plain.events(chosen, "time"), chosen
        number = dice.randrange(1, EVENTS)
        assert ask.holds(chosen, ask.event(number) or {}) == plain.holds(chosen, number), (chosen, number)
    headline = ask.headline()
    assert tuple(getattr(headline, name) for name in headline.__slots__) == plain.headline()
    assert ask.by_look().rows() == plain.by_look()
    assert ask.stories_by(VALUES["sheet"], "2025-11-03").rows() == plain.stories_by_sheet("2025-11-03")
    assert ask.rule_counts().rows() == plain.rule_counts()


def test_the_facets_are_named_as_the_filter_names_them(database: Database) -> None:
    assert tuple(Queries(database).facets(EventFilter())) == FACETS


def test_incidents_come_the_riskiest_first_and_of_several_severities_one_after_the_other(database: Database) -> None:
    ask, plain = Queries(database), Oracle(database)
    numbers = "SELECT incident_id FROM incidents {} ORDER BY risk_score DESC, incident_id"
    for severities, limit in [((), None), ((), 4), (("CRITICAL", "HIGH"), None), (("LOW", "HIGH"), 3), (("NONE",), 2)]:
        where = [f"WHERE severity = '{each}'" for each in severities] or [""]
        wanted = [row for each in where for row in plain.rows(numbers.format(each))]
        assert ask.incidents(severities, limit).select("incident_id").rows() == wanted[:limit], (severities, limit)


def test_single_things_are_found_by_key(database: Database) -> None:
    ask, plain = Queries(database), Oracle(database)
    assert [tuple((ask.event(17) or {}).values())] == plain.rows(
        f"SELECT {', '.join(SCHEMA)} FROM audit_events WHERE event_id = 17"
    )
    assert (ask.incident(3) or {})["incident_id"] == 3
    assert ask.event(10**9) is None
    assert ask.incident(10**9) is None
    of_row = plain.rows("SELECT event_id FROM audit_events WHERE sheet_id = '1' AND row_id = '7' ORDER BY event_id")
    assert [(event["event_id"],) for event in ask.timeline("1", "7")] == of_row
    newest = "SELECT event_id FROM audit_events WHERE kind = 'action' {} ORDER BY event_id DESC LIMIT 5"
    assert ask.actions(5).select("event_id").rows() == plain.rows(newest.format(""))
    assert ask.actions_named("signed_in", 5).select("event_id").rows() == plain.rows(
        newest.format("AND action = 'signed_in'")
    )
    later = """SELECT event_id FROM audit_events WHERE kind != 'action' AND severity IS NOT NULL AND event_id > 300
    ORDER BY event_id"""
    assert ask.flagged_after(300).select("event_id").rows() == plain.rows(later)


def test_looks_are_counted_by_sheets_and_rows(database: Database) -> None:
    ask, plain = Queries(database), Oracle(database)
    assert ask.looks().rows() == plain.rows("SELECT look, count(*), sum(rows) FROM snapshots GROUP BY 1 ORDER BY 1")
    assert ask.simulated_looks() == {row[0] for row in plain.rows("SELECT look FROM snapshots WHERE simulated")}
    spots = plain.rows(
        """SELECT look, value ->> 'sheet', value ->> 'reason', value ->> 'detail'
        FROM snapshots, json_each(blind_spots) ORDER BY look DESC, sheet_id, key"""
    )
    assert ask.blind_spots_of_looks().rows() == spots


def test_what_is_read_together_is_of_one_moment(database: Database, dice: random.Random) -> None:
    """Another process copies nothing that this moment does not see: the newest events are not counted."""
    whole(database, dice)
    before = Oracle(database).totals(EventFilter())
    with database.read():
        ask = Queries(database)
        assert ask.totals(EventFilter()).events == before[0]
        files = (database.path or Path()).parent / "columnar"
        other = new_store((database.path or Path()).parent / "other")  # the same folder, some events later
        add_events(other, dice, 900)
        Columnar(other).extend()
        for path in ((other.path or Path()).parent / "columnar").glob("*/*.parquet"):
            (files / path.parent.name).mkdir(exist_ok=True)
            path.rename(files / path.parent.name / path.name)
        other.close()
        assert ask.totals(EventFilter()).events == before[0]


# --- plans ---

CHOSEN = [
    EventFilter(),
    EventFilter(severity=("HIGH",), sheet=("North",)),
    EventFilter(text="anchor", lock=("after lock",)),
    EventFilter(incident=3),
    EventFilter(near="2025-11-04T10:00:00Z", excluded=(("review", "confirmed"),)),
]
CALLS: dict[str, list[tuple[Any, ...]]] = {
    "totals": [(chosen,) for chosen in CHOSEN],
    "riskiest": [(chosen, 20, offset) for chosen in CHOSEN for offset in (0, 40, 300)],
    "first": [(chosen, order, 20) for chosen in CHOSEN for order in ("risk", "money", "newest")],
    "recorded": [(chosen,) for chosen in CHOSEN],
    "facets": [(chosen,) for chosen in CHOSEN],
    "by_severity": [(chosen, name) for chosen in CHOSEN for name in ("look", "week")],
    "holds": [(EventFilter(review=("confirmed",)), dict.fromkeys(SCHEMA))],
    "grouped": [(chosen, VALUES["week"]) for chosen in CHOSEN],
    "event": [(5,)],
    "flagged_after": [(0,), (390,)],
    "timeline": [("1", "7")],
    "of_sheet": [("1",)],
    "at_rows": [("1", ["7", "17"], "2025-11-03")],
    "actions": [()],
    "actions_by": [("ann@example.com",)],
    "actions_named": [("signed_in",)],
    "incidents": [(), ((), 5), (("HIGH", "CRITICAL"), 8), (("LOW",),)],
    "incident": [(3,)],
    "headline": [()],
    "by_look": [()],
    "late_by_week": [("2025-11-03", "2025-11-05", ZONE)],
    "stories_by": [(VALUES["sheet"], "2025-11-03")],
    "deleted_lines": [()],
    "rule_counts": [()],
    "simulated_looks": [()],
    "blind_spots_of_looks": [()],
    "looks": [()],
}
TRAIL_CALLS: dict[str, list[tuple[Any, ...]]] = {
    "known_hits": [("1",)],
    "last_old_values": [("1", pl.Series(["7", "17"]))],
    "recent_edits": [("1", datetime(2025, 11, 2, tzinfo=UTC)), ("9", datetime(2025, 11, 2, tzinfo=UTC))],
    "fresh_quantities": [("1", "2025-11-03"), ("9", "never")],
    "recounted": [("1", "2025-11-03"), ("9", "never")],
    "ticked": [("1", datetime(2025, 11, 2, tzinfo=UTC)), ("9", datetime(2025, 11, 2, tzinfo=UTC))],
    "open_edits": [("1", pl.Series(["7", "17"]))],
}


def public(of: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(of, inspect.isfunction) if not name.startswith("_")}


def statements(database: Database, ask: object, calls: dict[str, list[tuple[Any, ...]]]) -> set[str]:
    """Every statement that the calls make."""
    made: set[str] = set()
    connection = database.connection()
    connection.set_trace_callback(made.add)
    for name, arguments in calls.items():
        for each in arguments:
            getattr(ask, name)(*each)
    connection.set_trace_callback(None)
    return made


# what may be read whole: values given by the caller, and one row a sheet
_SMALL = re.compile(r"SCAN (CONSTANT ROW|\w+ VIRTUAL TABLE .*|sheets|newest|spots)")


@pytest.mark.parametrize(("of", "calls"), [(Queries, CALLS), (Trail, TRAIL_CALLS)], ids=["queries", "trail"])
@pytest.mark.parametrize("state", [nothing, with_a_tail], ids=lambda state: state.__name__)
def test_no_plan_has_a_scan(
    database: Database,
    dice: random.Random,
    state: Callable[[Database, random.Random], None],
    of: type,
    calls: dict[str, list[tuple[Any, ...]]],
) -> None:
    state(database, dice)
    assert public(of) == set(calls), "a new question needs a call here"
    with database.write() as connection:  # so that every branch of the trail's questions is asked
        connection.execute("CREATE TEMP TABLE one AS SELECT * FROM audit_events ORDER BY event_id DESC LIMIT 1")
        connection.execute(
            """UPDATE one SET prev_hash = hash, event_id = event_id + 1, kind = 'action', action = 'snapshot_taken',
            sheet_id = '1', look = '2025-11-03'"""
        )
        connection.execute("INSERT INTO audit_events SELECT * FROM one")
    asked = statements(database, of(database), calls)
    assert len(asked) > 4
    plans = {sql: database.connection().execute(f"EXPLAIN QUERY PLAN {sql}").fetchall() for sql in asked}
    scans = [(sql, row[3]) for sql, plan in plans.items() for row in plan if "SCAN" in row[3]]
    assert not [each for each in scans if not _SMALL.fullmatch(each[1])]


def test_a_plan_with_a_scan_would_be_seen(database: Database) -> None:
    for sql in ("SELECT count(*) FROM audit_events", "SELECT * FROM audit_events ORDER BY risk_score DESC LIMIT 5"):
        plan = database.connection().execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
        assert any("SCAN" in row[3] and not _SMALL.fullmatch(row[3]) for row in plan)
