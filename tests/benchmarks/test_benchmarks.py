"""The benchmarks run, and compare answers before they compare speeds. How fast anything is, is never asserted here."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit_core.access import Door
from audit_core.actors import Where
from audit_core.filters import EventFilter
from audit_core.picture.lines import line_values
from audit_core.store.database import Database
from audit_core.store.queries import Queries
from audit_core.workspace import Workspace
from benchmarks import diff_frames, sync_whole, trail_insert, trail_questions, workbook_rows
from benchmarks.desk_store import EMAIL, PASSWORD, filled
from benchmarks.measure import Row, Table, best_of
from benchmarks.trail_data import batches
from benchmarks.trail_store import fill, tell
from benchmarks.workload import looks

pytestmark = pytest.mark.in_turn(3)


def test_the_same_seed_gives_the_same_sheet_and_another_seed_another() -> None:
    assert looks(50, seed=1) == looks(50, seed=1)
    assert looks(50, seed=1) != looks(50, seed=2)


def test_the_diff_is_timed_beside_csv_diff_on_the_same_question() -> None:
    table = diff_frames.run(rows=400, rounds=1)
    assert {"diff", "csv-diff"} <= {row.what for row in table.rows}
    assert all(row.seconds > 0 for row in table.rows)
    assert "csv-diff" in table.text()
    assert len(table.promises) == 2


@pytest.mark.soak
def test_a_whole_sync_is_timed_with_its_memory() -> None:
    table = sync_whole.run(rows=400, rounds=1)
    assert all(row.peak_mb and row.peak_mb > 1 for row in table.rows)


def test_sealed_events_are_inserted_beside_sqlite_utils() -> None:
    table = trail_insert.run(events=3_000)
    assert len(table.promises) == 2
    assert all(row.seconds > 0 for row in table.rows)


def test_the_questions_of_the_pages_have_the_answers_of_their_peers_and_no_scan(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "audit.db")) as database:
        database.migrate()
        fill(database, batches(20_000), 20_000)
        tell(database, seed=1, looks=3)
        told = [question.what for question, contestants in trail_questions.asked(database, 20_000) if contestants]
    assert len(set(told)) == len(told) == 30


def test_all_contestants_write_the_same_workbook(tmp_path: Path) -> None:
    workbook_rows.same_cells(200)
    seconds, megabytes = workbook_rows.measured("ours", 200, tmp_path / "made.xlsx")
    assert seconds > 0
    assert megabytes >= 0


@pytest.mark.soak
def test_the_desk_is_measured_on_a_store_that_its_pages_can_ask(tmp_path: Path) -> None:
    workspace = Workspace.open(filled(tmp_path / "desk", 300))
    with closing(workspace.store.database):
        assert Queries(workspace.store.database).totals(EventFilter()).events > 250
        assert line_values(workspace, ("cu", "work_type"))["value"].null_count() == 0
        assert Door(workspace).sign_in(EMAIL, PASSWORD, Where(), datetime.now(UTC))


def test_every_contestant_runs_in_every_round_and_the_best_counts() -> None:
    ran: list[str] = []
    best = best_of({"a": lambda: ran.append("a"), "b": lambda: ran.append("b")}, rounds=3)
    assert sorted(ran) == ["a"] * 4 + ["b"] * 4
    assert set(best) == {"a", "b"}


def test_a_broken_promise_is_said() -> None:
    table = Table("t", [Row("x", 0.5, 2.0, 10.0)], {"twice as fast": (1.5, 2.0)})
    assert not table.kept
    assert "BROKEN: twice as fast" in table.text()
    assert table.as_dict()["kept"] is False
