"""The newest forecast as a list: what is chosen of it, how it is counted, and the workbook with a sheet a foreman."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import polars as pl
import pytest

from audit_core.actors import Actor, Role
from audit_core.errors import NotAllowed
from audit_core.forecast.todo import (
    COURTESY,
    NO_FOREMAN,
    Choice,
    behind,
    billed,
    counts,
    export_todo,
    newest_forecast,
    open_weeks,
    todo,
    weeks,
)
from audit_core.workspace import Workspace
from tests.exports import SECOND, THIRD, Desk, line
from tests.forecast.kept import LINES, keep_forecast

NOW = datetime(2025, 8, 8, 12, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")
AUDITOR, USER = (Actor("1", "someone@x.co", role, "s") for role in (Role.AUDITOR, Role.USER))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("original"))
    desk.look(SECOND, [line(70)])
    desk.sync()
    return desk


@pytest.fixture
def desk(original: Desk, tmp_path: Path) -> Desk:
    return original.copy(tmp_path)


@pytest.fixture
def workspace(desk: Desk) -> Iterator[Workspace]:
    workspace = desk.workspace()
    yield workspace
    workspace.store.database.close()


def listed(workspace: Workspace) -> pl.DataFrame:
    keep_forecast(workspace)
    kept = newest_forecast(workspace, USER)
    assert kept is not None
    return todo(kept, workspace.calendar())


def test_before_the_first_one_there_is_none(workspace: Workspace) -> None:
    assert newest_forecast(workspace, USER) is None


def test_the_likeliest_comes_first_with_its_chance_lock_and_reasons(workspace: Workspace) -> None:
    rows = listed(workspace).to_dicts()
    assert [(row["place"], row["chance"], row["foreman"], row["row_id"]) for row in rows] == [
        (1, "1 in 3", "Foreman 03", "70"), (2, "1 in 3", NO_FOREMAN, "71"), (3, "1 in 8", "Foreman 22", "72"),
    ]  # fmt: skip
    assert rows[0]["why"] == "It was entered 3 hours before the lock. It bills $1.00."
    assert rows[0]["locks_at"] == datetime(2025, 8, 11, 5, tzinfo=UTC)  # Monday 00:00 in Chicago


def test_each_choice_counts_what_is_left_under_the_others(workspace: Workspace) -> None:
    lines = listed(workspace)
    chosen = Choice(chance=("1 in 3",))
    assert chosen.of(lines)["row_id"].to_list() == ["70", "71"]
    assert counts(lines, chosen)["foreman"] == {NO_FOREMAN: 1, "Foreman 03": 1}
    assert counts(lines, chosen)["chance"] == {"1 in 3": 2, "1 in 8": 1}
    assert weeks(chosen.of(lines)).rows() == [("2025-08-10", datetime(2025, 8, 11, 5, tzinfo=UTC), 2, 11368)]


def test_what_lines_bill_and_which_weeks_are_still_open(workspace: Workspace) -> None:
    lines, lock = listed(workspace), datetime(2025, 8, 11, 5, tzinfo=UTC)
    assert billed(lines) == int(lines["price_cents"].sum())
    assert billed(lines.clear()) == 0
    assert open_weeks(lines, lock - timedelta(seconds=1)).rows() == weeks(lines).rows()
    assert open_weeks(lines, lock).is_empty()


def test_a_choice_is_an_address_and_words() -> None:
    chosen = Choice(foreman=("Foreman 03", "=1+1"), week=("2025-08-10",))
    assert Choice.from_parameters({**chosen.parameters(), "line": ["x"], "zone": ["utc"]}) == chosen
    assert chosen.words() == "week 2025-08-10, foreman Foreman 03 or =1+1"
    assert (Choice().words(), Choice().parameters()) == ("all rows of open weeks", {})


def test_a_newer_look_leaves_a_forecast_behind(workspace: Workspace, desk: Desk) -> None:
    keep_forecast(workspace)
    kept = newest_forecast(workspace, USER)
    assert kept is not None
    assert not behind(workspace, kept)
    desk.look(THIRD, [line(70)])
    desk.sync()
    assert behind(workspace, kept)


def test_the_workbook_has_a_sheet_a_foreman_and_equals_the_list(workspace: Workspace, desk: Desk) -> None:
    shown = listed(workspace)
    made = export_todo(workspace, AUDITOR, shown, Choice(), CHICAGO, NOW)
    book = openpyxl.load_workbook(io.BytesIO(made.content))
    assert book.sheetnames == ["Foreman 03", NO_FOREMAN, "Foreman 22", "About"]
    rows = [row for name in book.sheetnames[:-1] for row in book[name].iter_rows(min_row=2, values_only=True)]
    assert (made.rows, len(rows)) == (len(LINES), len(LINES))
    header = [cell.value for cell in book["Foreman 03"][1]]
    assert "Billed (USD)" in header
    assert sum(row[header.index("Billed (USD)")] or 0 for row in rows) == pytest.approx(170.52)
    (action,) = desk.rows("SELECT issue_description, evidence FROM audit_events WHERE action = 'exported'")
    assert COURTESY in action["issue_description"]
    assert json.loads(action["evidence"])["totals"] == {"billed_cents": 17052}


def test_who_may_not_export_gets_no_workbook(workspace: Workspace, desk: Desk) -> None:
    shown = listed(workspace)
    with pytest.raises(NotAllowed):
        export_todo(workspace, USER, shown, Choice(), CHICAGO, NOW)
    assert desk.rows("SELECT 1 FROM audit_events WHERE action = 'exported'") == []
