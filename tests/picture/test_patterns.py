"""What stands out over months: stories are counted once, too few say nothing, people are not shown to all."""

from collections.abc import Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from audit_core.actors import OPERATOR, Actor, Role
from audit_core.errors import NotAllowed
from audit_core.picture.patterns import MINIMUM, MOST, By, kinds_for, patterns, patterns_now
from audit_core.workspace import Workspace
from tests.exports import Desk

CHICAGO = ZoneInfo("America/Chicago")
USER = Actor("u", "user@example.com", Role.USER)
NEWEST = "2025-08-19"


@pytest.fixture
def workspace(weeks: Desk) -> Iterator[Workspace]:
    opened = weeks.workspace()
    yield opened
    opened.store.database.close()


def told(*counts: tuple[str, object, int, int]) -> pl.DataFrame:
    return pl.DataFrame(counts, schema=["look", "value", "n", "flagged"], orient="row")


def test_looks_of_a_month_stand_together_and_too_few_stories_say_nothing() -> None:
    found = patterns(told(("2025-08-01", "A", MINIMUM - 1, 2), ("2025-08-30", "A", 1, 1), ("2025-09-01", "A", 5, 5)),
                     By.SHEET, CHICAGO)  # fmt: skip
    assert found.cells.rows() == [("2025-08", "A", MINIMUM, 3, 3 / MINIMUM), ("2025-09", "A", 5, 5, None)]
    assert found.values.rows() == [("A", MINIMUM + 5, 8, 8 / (MINIMUM + 5))]


def test_a_month_is_the_business_s_own() -> None:
    found = patterns(told(("2025-09-01T04:00:00Z", "A", 1, 0)), By.SHEET, CHICAGO)
    assert found.cells["month"].to_list() == ["2025-08"]


def test_what_is_left_out_or_not_known_is_counted() -> None:
    many = [("2025-08-01", f"V{n:02}", 100 - n, 0) for n in range(MOST + 2)]
    found = patterns(told(*many, ("2025-08-01", None, 7, 1)), By.CODE, CHICAGO)
    assert found.values["value"].to_list() == [f"V{n:02}" for n in range(MOST)]
    assert (found.left_out, found.unknown) == (2, 7)
    assert set(found.cells["value"]) == set(found.values["value"])


def test_weekdays_keep_their_order() -> None:
    found = patterns(told(("2025-08-01", 7, 9, 0), ("2025-08-01", 1, 2, 0)), By.WEEKDAY, CHICAGO)
    assert found.values["value"].to_list() == ["Monday", "Sunday"]


def test_stories_of_sheets_are_those_of_sql(workspace: Workspace, weeks: Desk) -> None:
    found = patterns_now(workspace, OPERATOR, By.SHEET, NEWEST)
    rows = weeks.rows(
        """SELECT substr(look, 1, 7) month, sheet_name, count(*) n, sum(flagged) flagged FROM (
        SELECT look, sheet_name, max(severity IS NOT NULL) flagged FROM audit_events WHERE kind IN ('change', 'finding')
        GROUP BY look, sheet_name, coalesce(incident_id, -event_id)) GROUP BY 1, 2"""
    )
    assert found.cells.drop("share").rows() == [tuple(row.values()) for row in rows]


def test_a_deleted_line_is_still_its_crew_s(workspace: Workspace, weeks: Desk) -> None:
    (gone,) = weeks.rows("SELECT * FROM audit_events WHERE column_name = '(row)' AND new_value IS NULL")
    assert "Foreman 22" in gone["old_value"]
    found = patterns_now(workspace, OPERATOR, By.CREW, NEWEST)
    assert found.unknown == 0
    assert {"Foreman 22", "Foreman 9"} <= set(found.values["value"])


def test_a_code_is_told_with_its_work_type(workspace: Workspace) -> None:
    assert patterns_now(workspace, OPERATOR, By.CODE, NEWEST).values["value"].to_list() == ["ANC-10 Inst"]


def test_editors_are_shown_to_those_alone_who_may_see_how_people_edit(workspace: Workspace) -> None:
    assert By.EDITOR in kinds_for(workspace, OPERATOR)
    assert By.EDITOR not in kinds_for(workspace, USER)
    with pytest.raises(NotAllowed):
        patterns_now(workspace, USER, By.EDITOR, NEWEST)
    assert not patterns_now(workspace, USER, By.SHEET, NEWEST).values.is_empty()
    nobody = workspace.settings.people.model_copy(update={"visible_to": ()})
    hidden = replace(workspace, settings=workspace.settings.model_copy(update={"people": nobody}))
    assert By.EDITOR not in kinds_for(hidden, OPERATOR)
