"""The columnar copy on disk: what lies where, what a crash leaves, what damage is seen, and what is never touched."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from audit_core.errors import AuditError
from audit_core.store import columnar
from audit_core.store.columnar import COLUMNS, TYPES, Columnar
from audit_core.store.database import Database
from audit_core.store.ledger import SCHEMA, append
from audit_core.store.locks import exclusive
from tests.store.trail_oracle import add_events, new_store

EVENTS = 300


@pytest.fixture(scope="module", autouse=True)
def small_files() -> Iterator[None]:
    """Files of about sixty events."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columnar, "FULL", 60)
        patch.setattr(columnar, "_PAGE", 25)
        yield


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, small_files: None, seed: int) -> Path:
    """A store of some months, with its copy."""
    folder = tmp_path_factory.mktemp("original")
    made = new_store(folder)
    for _ in range(6):
        add_events(made, random.Random(seed), EVENTS // 6)
    Columnar(made).extend()
    made.close()
    return folder


@pytest.fixture
def database(original: Path, tmp_path: Path) -> Iterator[Database]:
    """A store of some months, with its copy; all the test's own."""
    shutil.copytree(original, tmp_path, dirs_exist_ok=True)
    made = Database(tmp_path / "audit.db")
    yield made
    made.close()


def files(database: Database) -> list[Path]:
    """The files of the copy, by their first event."""
    assert database.path is not None
    return sorted((database.path.parent / "columnar").glob("*/*"), key=lambda path: path.name)


def ledger(database: Database, first: int = 1, last: int = 10**9) -> pl.DataFrame:
    """The sealed columns of some events."""
    sql = f"SELECT {', '.join(SCHEMA)} FROM audit_events WHERE event_id BETWEEN ? AND ? ORDER BY event_id"
    rows = [tuple(row) for row in database.connection().execute(sql, (first, last))]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def all_events(copy: Columnar) -> pl.DataFrame:
    """Every event as questions see it."""
    return copy.collect(lambda events: events.sort("event_id"))[0]


def add(database: Database, at: str, n: int = 1) -> None:
    with database.write() as connection:
        append(connection, pl.DataFrame([{"kind": "action", "timestamp": at}] * n))


# --- what lies where ---


def test_the_files_hold_every_event_once(database: Database) -> None:
    copied = pl.concat([pl.read_parquet(path) for path in files(database)])
    assert copied.equals(ledger(database).select(COLUMNS))


def test_a_file_is_of_one_month_and_says_which_events_it_holds(database: Database) -> None:
    for path in files(database):
        first, last, sealed, layout = path.stem.split("-")
        events = ledger(database, int(first), int(last))
        months = {stamp[:7] if stamp[0] == "2" else "undated" for stamp in events["timestamp"]}
        assert months == {path.parent.name}
        sql = "SELECT lower(hex(hash)) FROM audit_events WHERE event_id = ?"
        assert database.connection().execute(sql, (int(last),)).fetchone()[0].startswith(sealed)
        assert (events.height, layout) == (int(last) - int(first) + 1, "v2")


def test_a_full_file_is_left_alone_and_a_small_one_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columnar, "FULL", 5)
    database = new_store(tmp_path)
    spans = []
    for n in (3, 1, 2, 1):
        add(database, "2026-11-25T00:00:00+00:00", n)
        Columnar(database).extend()
        spans.append([path.name[:23] for path in files(database)])
    database.close()
    one, two = "00000000001-0000000000{}".format, "0000000000{}-0000000000{}".format
    assert spans == [[one(3)], [one(4)], [one(6)], [one(6), two(7, 7)]]


def test_nothing_new_writes_nothing(database: Database) -> None:
    before = {path: path.stat().st_mtime_ns for path in files(database)}
    Columnar(database).extend()
    assert {path: path.stat().st_mtime_ns for path in files(database)} == before


def test_a_clock_that_went_back_makes_another_file(tmp_path: Path) -> None:
    database = new_store(tmp_path)
    for at in ("2026-11-30T00:00:00+00:00", "2026-12-01T00:00:00+00:00", "2026-11-30T00:00:00+00:00"):
        add(database, at)
    Columnar(database).extend()
    assert [path.parent.name for path in files(database)] == ["2026-11", "2026-12", "2026-11"]
    assert all_events(Columnar(database))["event_id"].to_list() == [1, 2, 3]
    database.close()


def test_a_month_is_a_folder_whatever_the_ledger_says(tmp_path: Path) -> None:
    database = new_store(tmp_path / "store")
    add(database, "../../2026-11")
    Columnar(database).extend()
    assert [path.parent.name for path in files(database)] == ["undated"]
    database.close()


def test_a_store_in_memory_has_no_copy_and_answers() -> None:
    database = Database(None)
    database.migrate()
    add_events(database, random.Random(1), 20)
    copy = Columnar(database)
    copy.extend()
    copy.rebuild()
    assert copy.folder is None
    assert all_events(copy).equals(ledger(database).select(COLUMNS))
    assert copy.check(ledger(database)) is None
    database.close()


def test_an_empty_store_answers(tmp_path: Path) -> None:
    database = new_store(tmp_path)
    Columnar(database).extend()
    assert all_events(Columnar(database)).equals(pl.DataFrame(schema=TYPES))
    database.close()


# --- others at work ---


def test_while_another_process_extends_nothing_is_done(database: Database) -> None:
    assert database.path is not None
    add(database, "2026-11-25T00:00:00+00:00")
    before = files(database)
    with exclusive(database.path.parent / "locks", "columnar"):
        Columnar(database).extend()
    assert files(database) == before


def test_a_file_that_was_put_into_a_larger_one_while_it_was_read(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Columnar(database)
    listed = copy._pieces()
    add(database, "2026-11-25T00:00:00+00:00")
    listed[-1].path.unlink()
    answers = [listed]
    real = copy._pieces
    monkeypatch.setattr(copy, "_pieces", lambda: answers.pop() if answers else real())
    assert all_events(copy).equals(ledger(database).select(COLUMNS))
    assert not answers
    answers.append(listed)
    assert copy.check(ledger(database)) is None


def test_a_file_that_cannot_be_read_is_said(database: Database) -> None:
    files(database)[1].write_bytes(b"PAR1 and no more")
    with pytest.raises(AuditError, match=r"columnar copy .* cannot be read"):
        all_events(Columnar(database))


def test_what_a_crash_left_is_cleared_away_with_the_next_events(database: Database) -> None:
    last = files(database)[-1]
    content = last.read_bytes()
    add(database, f"{last.parent.name}-28T00:00:00+00:00")
    Columnar(database).extend()
    grown = files(database)
    last.write_bytes(content)  # as a crash before the unlink leaves it
    assert all_events(Columnar(database)).equals(ledger(database).select(COLUMNS))
    Columnar(database).extend()
    assert files(database) == grown


def test_only_files_of_our_naming_in_the_folder_are_ever_removed(database: Database) -> None:
    assert database.path is not None
    folder = database.path.parent / "columnar"
    first = files(database)[0]
    name, old = first.name, first.with_name(first.name.replace("-v2", "-v1"))
    strangers = [folder / "notes.txt", folder / "2026-11" / "x.parquet", folder / "mine" / name, folder / name]
    for path in strangers:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"mine")
    old.write_bytes(b"of an earlier layout")
    Columnar(database).rebuild()
    assert all(path.read_bytes() == b"mine" for path in strangers)
    assert not old.exists()


# --- what is altered is found ---

CHANGED = {
    pl.Int64(): lambda column: pl.coalesce(column + 1, pl.lit(1)),
    pl.Float64(): lambda column: pl.coalesce(column + 0.25, pl.lit(0.25)),
    pl.String(): lambda column: pl.coalesce(column + "x", pl.lit("")),
}


def alter(path: Path, change: pl.Expr | None = None, rows: list[int] | None = None) -> None:
    """Write a file anew with another column, or with other rows."""
    events = pl.read_parquet(path)
    events = events.with_columns(change) if change is not None else events
    (events[rows] if rows is not None else events).write_parquet(path, compression="zstd")


def test_a_copy_as_it_was_made_is_the_ledger(database: Database) -> None:
    copy = Columnar(database)
    assert copy.check(ledger(database)) is None
    assert [copy.check(ledger(database, first, first + 69)) for first in range(1, EVENTS, 70)] == [None] * 5
    add(database, "2026-11-25T00:00:00+00:00")
    assert copy.check(ledger(database)) is None  # what is not copied yet is no difference
    assert copy.check(ledger(database).clear()) is None


@pytest.mark.parametrize("name", COLUMNS)
def test_the_first_event_with_another_value_is_named(database: Database, name: str) -> None:
    path = files(database)[2]
    first, last = (int(part) for part in path.stem.split("-")[:2])
    chosen = (first + last) // 2
    column = pl.col(name)
    alter(path, pl.when(pl.col("event_id") >= chosen).then(CHANGED[TYPES[name]](column)).otherwise(column).alias(name))
    copy = Columnar(database)
    assert copy.check(ledger(database)) == chosen
    assert copy.check(ledger(database, chosen, chosen)) == chosen
    assert copy.check(ledger(database, 1, first - 1)) is None


@pytest.mark.parametrize("name", [name for name in COLUMNS if name not in ("event_id", "kind")])
def test_a_value_that_was_emptied_is_seen(database: Database, name: str) -> None:
    path = files(database)[2]
    events = pl.read_parquet(path)
    full = events.filter(pl.col(name).is_not_null())["event_id"]
    alter(path, pl.lit(None, dtype=TYPES[name]).alias(name))
    assert Columnar(database).check(ledger(database)) == (full[0] if full.len() else None)


def test_rows_that_are_gone_doubled_or_moved_are_seen(database: Database) -> None:
    path = max(files(database), key=lambda each: pl.read_parquet(each).height)
    first, n = int(path.stem.split("-")[0]), pl.read_parquet(path).height
    content, order = path.read_bytes(), list(range(n))
    for rows, bad in {
        "one gone": (order[:3] + order[4:], 3),
        "the last gone": (order[:-1], n - 1),
        "all gone": ([], 0),
        "one doubled": ([*order[:3], 2, *order[3:]], 3),
        "one more": ([*order, 0], n - 1),
        "two exchanged": ([1, 0, *order[2:]], 0),
    }.values():
        alter(path, rows=rows)
        assert Columnar(database).check(ledger(database)) == first + bad, rows
        path.write_bytes(content)


def test_a_file_that_is_no_parquet_is_seen(database: Database) -> None:
    path = files(database)[1]
    for content in (b"", b"PAR1 and no more", path.read_bytes()[:-9], bytes(99)):
        path.write_bytes(content)
        assert Columnar(database).check(ledger(database)) == int(path.stem.split("-")[0])


def test_a_flipped_byte_is_seen_or_changes_nothing(database: Database, seed: int) -> None:
    """Whatever one byte does: either the copy still says what the ledger says, or the difference is found."""
    dice = random.Random(seed)
    path = files(database)[1]
    content = path.read_bytes()
    wanted = ledger(database).select(COLUMNS)
    for _ in range(40):
        place = dice.randrange(len(content))
        path.write_bytes(content[:place] + bytes([content[place] ^ 1 << dice.randrange(8)]) + content[place + 1 :])
        if Columnar(database).check(ledger(database)) is None:
            assert all_events(Columnar(database)).equals(wanted)


def test_made_anew_it_is_the_ledger_again(database: Database) -> None:
    path = files(database)[2]
    alter(path, (pl.col("money_cents").fill_null(0) + 1).alias("money_cents"))
    copy = Columnar(database)
    assert copy.check(ledger(database)) is not None
    copy.rebuild()
    assert copy.check(ledger(database)) is None
    assert all_events(copy).equals(ledger(database).select(COLUMNS))


def test_what_was_held_of_a_damaged_file_goes_when_the_file_is_made_anew(database: Database) -> None:
    """A file made anew has the path of the damaged one: the app must not go on with what it held of that."""
    wanted = Columnar(database).held()
    for path in files(database):
        alter(path, (pl.col("money_cents").fill_null(0) + 1).alias("money_cents"))
    held = Columnar(database).held()
    assert not held["money_cents"].equals(wanted["money_cents"])
    Columnar(database).rebuild()
    assert Columnar(database).held().equals(wanted)
