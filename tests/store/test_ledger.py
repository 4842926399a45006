"""The ledger's encoding, byte by byte, and a table that only ever grows."""

import hashlib
import math
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from audit_core.store.database import Database
from audit_core.store.ledger import GENESIS, SCHEMA, Head, append, chain, encode, head
from audit_core.store.schema import EVENT_FIELDS

Event = dict[str, Any]

# Two events, written out by hand: the texts below are the contract, and only a new ENCODING_VERSION may change them.
CHANGE: Event = {
    "event_id": 1,
    "kind": "change",
    "sheet_name": "Field Billing North",
    "incident_id": 12,
    "timestamp": "2026-01-01T00:00:00+00:00",
    "row_id": "7",
    "column_name": "Quantity",
    "old_value": "",
    "new_value": "1,5 m² – 'ü'",
    "delta": -2.5,
    "is_historical": 0,
    "risk_score": 0.1,
    "anomaly_score": 0.0,
    "money_cents": -5684,
}
CHANGE_TEXT = (
    "1:16:change19:Field Billing North2:12-"
    "25:2026-01-01T00:00:00+00:00-1:7-8:Quantity-0:16:1,5 m² – 'ü'16:c004000000000000"
    "---1:0---------16:3fb999999999999a16:0000000000000000-"
    "-5:-5684--"
)  # fmt: skip
ACTION: Event = {"event_id": 2, "kind": "action", "timestamp": "t", "changed_by": "system:sync", "action": "signed_in"}
ACTION_TEXT = "1:26:action---1:t--------11:system:sync------------------9:signed_in"


def frame(events: list[Event]) -> pl.DataFrame:
    """Events as the frame that is sealed; what they leave out is NULL."""
    rows = [[event.get(name) for name in EVENT_FIELDS] for event in events]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def test_the_encoding_is_this_text() -> None:
    assert encode(frame([CHANGE, ACTION])).to_list() == [CHANGE_TEXT, ACTION_TEXT]


def test_the_chain_is_these_hashes() -> None:
    first = hashlib.sha256(b"\x01" + b"\x00" * 32 + CHANGE_TEXT.encode("utf-8")).digest()
    second = hashlib.sha256(b"\x01" + first + ACTION_TEXT.encode("utf-8")).digest()
    assert chain(frame([CHANGE, ACTION]), GENESIS) == [first, second]
    # pinned, so that a change of hash, version byte or genesis cannot pass by changing this test's formula with it
    assert first.hex() == "e872cb66331f0729b3f631320321c3f926d660db82b9acded56442197d7ee50d"
    assert second.hex() == "9aec92b3438266dcef81022c1417b6ffa4b4b57fcfe194acb072ed1001f32891"


# each text is its own column's name, each whole number 3, each other number 1
FULL_TEXT = (
    "1:34:kind10:sheet_name1:312:who_evidence"
    "9:timestamp8:sheet_id6:row_id12:work_request11:column_name14:violation_type9:old_value"
    "9:new_value16:3ff000000000000010:changed_by10:changed_at11:week_ending1:312:audit_run_id"
    "8:severity17:issue_description13:suggested_fix15:sheet_reference10:ip_address11:device_info"
    "10:session_id10:user_agent16:3ff000000000000016:3ff000000000000018:predicted_category"
    "4:look1:38:evidence6:action"
)  # fmt: skip


def test_every_column_is_sealed_in_this_order() -> None:
    full = {name: {"TEXT": name, "INTEGER": 3, "REAL": 1.0}[kind] for name, kind in EVENT_FIELDS.items()}
    assert encode(frame([full])).to_list() == [FULL_TEXT]


BITS = [
    (0.0, "0000000000000000"),
    (-0.0, "0000000000000000"),  # SQLite may give the negative zero back as 0
    (1.0, "3ff0000000000000"),
    (0.1, "3fb999999999999a"),
    (0.1 + 0.2, "3fd3333333333334"),
    (0.3, "3fd3333333333333"),
    (5e-324, "0000000000000001"),
    (1.7976931348623157e308, "7fefffffffffffff"),
    (math.inf, "7ff0000000000000"),
    (-math.inf, "fff0000000000000"),
]


@pytest.mark.parametrize(("number", "digits"), BITS, ids=[str(case[0]) for case in BITS])
def test_numbers_are_sealed_by_their_exact_bits(number: float, digits: str) -> None:
    plain, (text,) = encode(frame([{}])).item(), encode(frame([{"delta": number}]))
    assert (plain, text) == ("-" * 34, "-" * 13 + f"16:{digits}" + "-" * 20)


def test_no_events_have_no_hashes() -> None:
    assert chain(frame([]), GENESIS) == []


def strategy(kind: str) -> st.SearchStrategy[Any]:
    if kind == "INTEGER":
        return st.none() | st.integers(-(2**63), 2**63 - 1)
    if kind == "REAL":
        return st.none() | st.floats(allow_nan=False)
    # texts that look like the encoding itself, and any others
    return st.none() | st.text("-:0123456789é", max_size=6) | st.text(max_size=6)


all_events = st.fixed_dictionaries({name: strategy(kind) for name, kind in EVENT_FIELDS.items()})


def decode(text: str) -> Event:
    """The event again, read by a parser that shares no code with the encoder."""
    rest, event = text.encode(), {}
    for name, kind in EVENT_FIELDS.items():
        if rest.startswith(b"-"):
            value, rest = None, rest[1:]
        else:
            length, _, after = rest.partition(b":")
            value, rest = after[: int(length)].decode(), after[int(length) :]
        event[name] = value if value is None else typed(value, kind)
    assert rest == b""
    return event


def typed(text: str, kind: str) -> object:
    if kind == "REAL":
        number: float = pl.Series([bytes.fromhex(text)[::-1]]).bin.reinterpret(dtype=pl.Float64, endianness="little")[0]
        return number
    return int(text) if kind == "INTEGER" else text


@given(all_events)
@example(dict.fromkeys(EVENT_FIELDS) | {"old_value": "-", "new_value": None})
@example(dict.fromkeys(EVENT_FIELDS) | {"old_value": "1:a", "new_value": "-"})
@example(dict.fromkeys(EVENT_FIELDS) | {"old_value": "", "new_value": "1:a-", "look": "a\0b"})
def test_an_encoding_can_be_read_back_so_no_two_events_share_one(event: Event) -> None:
    assert decode(encode(frame([event])).item()) == event


@given(st.lists(all_events, min_size=1, max_size=5), st.data())
def test_a_chain_is_the_same_in_one_piece_and_in_two(events: list[Event], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(events)))
    whole, first = chain(frame(events), GENESIS), chain(frame(events[:cut]), GENESIS)
    assert first + chain(frame(events[cut:]), first[-1] if first else GENESIS) == whole


def test_an_event_moved_by_one_place_has_another_hash() -> None:
    one, two = chain(frame([ACTION, ACTION]), GENESIS)
    assert one != two


# --- the table ---


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty store."""
    made = Database(tmp_path / "audit.db")
    made.migrate()
    yield made
    made.close()


def add(database: Database, *events: Mapping[str, Any]) -> Head:
    with database.write() as connection:
        return append(connection, pl.DataFrame([dict(event) for event in events], infer_schema_length=None))


def act(text: str = "x") -> Event:
    return {"kind": "action", "timestamp": "t", "issue_description": text}


def stored(database: Database) -> list[tuple[Any, ...]]:
    columns = ", ".join([*EVENT_FIELDS, "prev_hash", "hash"])
    rows = database.connection().execute(f"SELECT {columns} FROM audit_events ORDER BY event_id")
    return [tuple(row) for row in rows]


def recomputed(database: Database) -> list[bytes]:
    return chain(pl.DataFrame([row[:-2] for row in stored(database)], schema=SCHEMA, orient="row"), GENESIS)


def test_an_empty_ledger_begins_at_genesis(database: Database) -> None:
    assert head(database.connection()) == Head(0, b"\x00" * 32)


def test_events_are_numbered_and_linked(database: Database) -> None:
    assert add(database, act("a"), act("b")).size == 2
    end = add(database, act("c"))
    rows = stored(database)
    assert [row[0] for row in rows] == [1, 2, 3]
    assert [row[-2] for row in rows] == [GENESIS, rows[0][-1], rows[1][-1]]
    assert end == head(database.connection()) == Head(3, rows[2][-1])
    assert recomputed(database) == [row[-1] for row in rows]


def test_numbers_of_the_caller_are_not_taken(database: Database) -> None:
    add(database, act() | {"event_id": 99}, act() | {"event_id": 99})
    assert [row[0] for row in stored(database)] == [1, 2]


def test_appending_nothing_moves_nothing(database: Database) -> None:
    end = add(database, act())
    with database.write() as connection:
        assert append(connection, pl.DataFrame(schema={"kind": pl.String})) == end


@pytest.mark.parametrize("number", [math.nan, math.inf, -0.0, 0.1 + 0.2, 5e-324])
def test_a_number_is_sealed_as_sqlite_gives_it_back(database: Database, number: float) -> None:
    """SQLite keeps NaN as NULL and may turn -0.0 into 0: sealed as they came, the ledger could never be verified."""
    add(database, act() | {"delta": number}, act())
    assert recomputed(database) == [row[-1] for row in stored(database)]


@pytest.mark.parametrize("text", ["", "a\0b", "\u2028\r\n", "𝔘", "-", "1:a"], ids=ascii)
def test_a_text_is_sealed_as_sqlite_gives_it_back(database: Database, text: str) -> None:
    add(database, act(text))
    (row,) = stored(database)
    assert text in row
    assert recomputed(database) == [row[-1]]


def test_what_is_rolled_back_leaves_no_event(database: Database) -> None:
    end = add(database, act())
    with closing(sqlite3.connect(str(database.path), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert append(other, pl.DataFrame([act("b")])).size == 2
        other.execute("ROLLBACK")
    assert head(database.connection()) == end


LAST = "(SELECT hash FROM audit_events ORDER BY event_id DESC LIMIT 1)"


def copy_of_last(number: str, link: str = LAST) -> str:
    """The last event once more, under another number."""
    columns = ", ".join(name for name in EVENT_FIELDS if name != "event_id")
    values = f"{number}, {columns}, {link}, zeroblob(32)"
    return f"INTO audit_events SELECT {values} FROM audit_events ORDER BY event_id DESC LIMIT 1"


REFUSED = {
    "an update": ("UPDATE audit_events SET new_value = 'x' WHERE event_id = 2", "append-only"),
    "an update of nothing": ("UPDATE audit_events SET kind = kind", "append-only"),
    "an update or replace": ("UPDATE OR REPLACE audit_events SET event_id = 1 WHERE event_id = 2", "append-only"),
    "a delete": ("DELETE FROM audit_events WHERE event_id = 2", "append-only"),
    "a delete of all": ("DELETE FROM audit_events", "append-only"),
    "an insert or replace": (f"INSERT OR REPLACE {copy_of_last('2')}", "event_id must follow"),
    "a replace of the last": (f"REPLACE {copy_of_last('3')}", "event_id must follow"),
    "a double that would be ignored": (f"INSERT OR IGNORE {copy_of_last('3')}", "event_id must follow"),
    "an upsert": (
        f"""INSERT INTO audit_events SELECT * FROM (SELECT {copy_of_last("3").partition("SELECT")[2]}) WHERE true
        ON CONFLICT DO UPDATE SET new_value = 'x'""",
        "event_id must follow",
    ),
    "a gap": (f"INSERT {copy_of_last('5')}", "event_id must follow"),
    "a number before the first": (f"INSERT {copy_of_last('0')}", "event_id must follow"),
    "no number": (f"INSERT {copy_of_last('NULL')}", "event_id must follow"),
    "another link": (f"INSERT {copy_of_last('4', 'prev_hash')}", "prev_hash must be the hash of the last"),
}


@pytest.mark.parametrize(("statement", "why"), REFUSED.values(), ids=REFUSED)
def test_the_table_refuses(database: Database, statement: str, why: str) -> None:
    """Also to any other program: this connection has none of the settings that Redline's own have."""
    add(database, act("a"), act("b"), act("c"))
    before = stored(database)
    database.close()
    other = sqlite3.connect(str(database.path), isolation_level=None)
    with closing(other), pytest.raises(sqlite3.IntegrityError, match=why):
        other.execute(statement)
    assert stored(database) == before


def test_the_next_event_with_the_right_link_is_taken_from_any_program(database: Database) -> None:
    """So that the refusals above are refusals of what is wrong, not of everything."""
    add(database, act("a"), act("b"), act("c"))
    database.close()
    with closing(sqlite3.connect(str(database.path), isolation_level=None)) as other:
        other.execute(f"INSERT {copy_of_last('4')}")
    assert [row[0] for row in stored(database)] == [1, 2, 3, 4]
