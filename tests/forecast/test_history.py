"""A history of eleven weeks through the whole pipe: what is learnt from it, what it is worth, and when it is silent."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest

from audit_core.errors import ConfigError, VerificationFailed
from audit_core.forecast import Forecast, forecast
from audit_core.forecast.lines import gather
from audit_core.forecast.outcomes import BILLING_COLUMNS, instants, outcomes
from audit_core.forecast.skill import Skill, measure
from audit_core.forecast.traits import TRAITS, describe
from audit_core.store.forecasts import Forecasts
from audit_core.workspace import Workspace
from jobs.execute import execute
from jobs.tasks import JOBS
from tests.exports import Desk, Line, edited, line

FIRST_SUNDAY = date(2025, 6, 1)
WEEKS = 11
LINES = 60
WEDNESDAY = (FIRST_SUNDAY + timedelta(weeks=WEEKS - 1, days=3)).isoformat()
ROUGH = "Foreman 03"
"""He has every fifth line, and half of his are corrected after the lock; of the others 3 %."""


def sunday(week: int) -> date:
    return FIRST_SUNDAY + timedelta(weeks=week)


def quantity(count: int) -> dict[str, str]:
    return {"quantity": str(count), "units_total_price": f"{56.84 * count:.2f}"}


def new_lines(week: int) -> list[Line]:
    day = {"weekly_reference_logged_date": f"{sunday(week)}", "snapshot_date": f"{sunday(week) - timedelta(days=5)}"}
    return [
        line(week * LINES + place, foreman=ROUGH if place % 5 == 0 else f"Foreman {10 + place % 4}",
             **day, **quantity(1 + place % 3))
        for place in range(LINES)
    ]  # fmt: skip


def write_history(desk: Desk) -> None:
    """A look each Sunday evening, the moment of the lock, and one in the week that follows the last of them.

    Each shows the lines of its week, and which of the week before were corrected since.
    """
    rng, lines = Random(7), new_lines(0)
    for week in range(WEEKS):
        desk.look(sunday(week).isoformat(), lines)
        corrected = {
            each["Row ID"] for each in lines[-LINES:] if rng.random() < (0.5 if each["Foreman"] == ROUGH else 0.03)
        }
        lines = [edited(each, **quantity(9)) if each["Row ID"] in corrected else each for each in lines]
        lines += new_lines(week + 1)
    desk.look(WEDNESDAY, lines)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("history"))
    write_history(desk)
    desk.sync()
    return desk


@pytest.fixture
def workspace(desk: Desk) -> Iterator[Workspace]:
    workspace = desk.workspace()
    yield workspace
    workspace.store.database.close()


def look(week: int) -> str:
    return sunday(week).isoformat()


def test_with_enough_history_it_speaks_with_its_lift_and_the_interval(workspace: Workspace) -> None:
    made = forecast(workspace, look(WEEKS - 1))
    assert made.silent is None
    assert made.skill is not None
    assert (made.skill.weeks_trained, made.skill.weeks_held_out) == (5, 3)
    assert 1 < made.skill.low < made.skill.lift < made.skill.high
    assert made.skill.lift > 2
    assert f"{made.skill.lift:.1f} times as often as all lines (95 % interval {made.skill.low:.1f}–" in made.words()


def test_on_a_short_history_it_is_silent_and_says_what_is_missing(workspace: Workspace) -> None:
    made = forecast(workspace, look(3))
    assert made.lines.is_empty()
    assert made.words() == (
        "No forecast. The history is too short: there are 0 settled weeks with 0 corrected lines to learn from, and it "
        "takes 4 with 30."
    )
    assert made.counters()["speaks"] is False
    assert made.counters()["lift_top_decile"] is None


def test_where_corrections_come_by_chance_it_is_silent_too(workspace: Workspace) -> None:
    known = known_at(workspace, WEDNESDAY)
    # in each week as many lines as ever, but which ones is drawn by lot
    drawn = known.with_columns(pl.col("corrected_at").shuffle(seed=1).over("week_ending"))
    at = known["seen_at"].max()
    assert isinstance(at, datetime)
    skill = measure(drawn, at + timedelta(days=3))
    assert isinstance(skill, Skill)
    made = Forecast(at, drawn.clear(), skill.no_better_than_chance(), skill)
    assert made.silent is not None
    assert made.words().startswith(
        "No forecast. What was learnt is no better than chance on the last 3 settled weeks: "
    )
    assert made.counters()["speaks"] is False
    assert made.counters()["lift_low"] <= 1


def test_the_rows_of_the_open_week_are_ranked_with_reasons_and_their_likelihood(workspace: Workspace) -> None:
    made = forecast(workspace)
    assert made.rows_open == made.lines.height == LINES
    assert made.lines["week_ending"].unique().to_list() == [sunday(WEEKS)]
    assert made.lines["hours_to_lock"].unique().to_list() == [4 * 24.0]
    # those of the foreman whose lines are corrected come first
    assert set(made.lines["foreman"].head(LINES // 5)) == {ROUGH}
    top = made.lines.row(0, named=True)
    assert any(text.endswith(f"earlier lines of this foreman ({ROUGH}) were corrected.") for text in top["reasons"])
    assert top["likelihood"].startswith("1 in 2 of rows like these (n = ")
    assert top["probability"] == pytest.approx(0.5, abs=0.15)
    assert made.lines["score"].is_sorted(descending=True)


def test_the_same_look_gives_the_same_forecast(workspace: Workspace) -> None:
    assert forecast(workspace).lines.equals(forecast(workspace).lines)


def test_nothing_open_is_an_answer(workspace: Workspace) -> None:
    made = forecast(workspace, look(WEEKS - 1))
    assert made.silent is None
    assert made.lines.is_empty()
    assert made.words().startswith("No week with rows is open. On the last 3 settled weeks the top tenth was corrected")


def test_a_look_that_was_never_taken_is_refused(workspace: Workspace) -> None:
    with pytest.raises(ConfigError, match="as_of: found 2025-01-01, expected a look that was taken"):
        forecast(workspace, "2025-01-01")


def known_at(workspace: Workspace, name: str) -> pl.DataFrame:
    """The described lines of locked weeks at a look."""
    calendar = workspace.calendar()
    (at,) = {taken.look_at for taken in workspace.store.snapshots.all() if taken.look == name}
    changes = Forecasts(workspace.store).changes(BILLING_COLUMNS, FIRST_SUNDAY)
    changes = changes.with_columns(at=instants(pl.col("look"), calendar.zone))
    lines = outcomes(gather(workspace.store.snapshots, calendar, at).locked, changes, (), at).lines
    return describe(lines, lines, changes, workspace.prices(), at)


def test_a_look_back_knows_nothing_that_came_later(desk: Desk, workspace: Workspace, tmp_path: Path) -> None:
    then = Desk(tmp_path)
    for week in range(6):
        (then.exports / "Field Billing North").mkdir(exist_ok=True)
        name = f"Field Billing North/{look(week)}.csv"
        (then.exports / name).write_bytes((desk.exports / name).read_bytes())
    then.sync()
    at_the_time = then.workspace()
    assert known_at(workspace, look(5)).equals(known_at(at_the_time, look(5)))
    at_the_time.store.database.close()


def test_what_was_known_of_a_week_at_its_lock_stays_what_it_was(workspace: Workspace) -> None:
    soon, later = (known_at(workspace, name).filter(pl.col("week_ending") == sunday(4)) for name in (look(4), look(9)))
    assert soon.select(TRAITS).equals(later.select(TRAITS))
    assert (soon["corrected_at"].count(), later["corrected_at"].count() > 3) == (0, True)


def test_the_job_keeps_what_it_made_and_seals_what_it_is_worth(desk: Desk) -> None:
    workspace = Workspace.open(desk.config)
    result = execute(workspace, JOBS["forecast"]).as_dict()
    assert (result["status"], result["speaks"], result["rows_open"]) == ("ok", True, LINES)
    kept = Forecasts(workspace.store).newest()
    assert kept is not None
    lines, facts = kept.lines, kept.facts
    assert Path(result["path"]) == workspace.store.data_dir / "forecasts" / f"{facts['file_sha256']}.parquet"
    assert lines.equals(forecast(workspace).lines)
    assert facts["lift_top_decile"] == result["lift_top_decile"]
    (event,) = desk.rows("SELECT issue_description, evidence FROM audit_events WHERE action = 'forecast_made'")
    assert event["issue_description"] == result["message"]
    assert (kept.told, json.loads(event["evidence"])) == (event["issue_description"], facts)
    assert kept.as_of is not None
    Path(result["path"]).write_bytes(b"PAR1")
    with pytest.raises(VerificationFailed, match=r"The forecast \(.*\) is not the file that was made"):
        Forecasts(workspace.store).newest()
    workspace.store.database.close()


def test_after_a_first_look_it_is_silent_and_knows_what_is_open(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(WEDNESDAY, new_lines(WEEKS))
    desk.sync()
    workspace = desk.workspace()
    made = forecast(workspace)
    workspace.store.database.close()
    assert (made.rows_open, made.lines.height) == (LINES, 0)
    assert made.silent is not None
    assert made.silent.startswith("The history is too short: there are 0 settled weeks with 0 corrected lines")


def test_before_the_first_look_there_is_nothing_to_say(tmp_path: Path) -> None:
    workspace = Desk(tmp_path).workspace()
    assert forecast(workspace).words() == "No forecast. Nothing was looked at yet: run 'sync' first."
    assert forecast(workspace).counters()["as_of"] is None
    assert Forecasts(workspace.store).newest() is None
    workspace.store.database.close()
