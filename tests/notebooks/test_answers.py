"""What cells answer is what SQL answers, and a frozen notebook answers the same for ever."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from audit_core.errors import ConfigError
from audit_core.filters import EventFilter
from audit_core.notebooks.answers import answer, groupings_for, measured, number_text, withheld
from audit_core.notebooks.cells import ChartCell, Grouping, Measure, NumberCell, Order, PinnedCell, TableCell
from audit_core.notebooks.document import gather
from audit_core.notebooks.shelf import Notebooks
from audit_core.reports.event_columns import COLUMNS
from audit_core.reports.table_export import rows_digest
from audit_core.store.looks import snapshot_action
from audit_core.workspace import Workspace
from tests.exports import THIRD, Desk, line, two_looks
from tests.meanwhile import meanwhile
from tests.notebooks.desks import ANN, CHIEF, NOW, READER, cells, go_on

TRAIL = "kind IN ('change', 'finding')"
MOVED = "coalesce(sum(CASE WHEN kind = 'change' THEN money_cents END), 0)"
ALL = EventFilter()
ZONE = ZoneInfo("America/Chicago")


def size(here: Workspace) -> int:
    return here.store.events()


def test_numbers_are_those_of_sql(desk: Desk, here: Workspace) -> None:
    (sql,) = desk.rows(
        f"""SELECT count(*) events, count(DISTINCT sheet_id || row_id) rows_, {MOVED} money
        FROM audit_events WHERE {TRAIL}"""
    )
    said = answer(here, NumberCell(1, "n", ALL, Measure.MONEY), size(here))
    assert said.totals is not None
    assert [measured(said.totals, each) for each in Measure] == [sql["events"], sql["rows_"], sql["money"]]
    assert said.money_cents == sql["money"] < 0
    assert number_text(sql["money"], Measure.MONEY) in said.words


@pytest.mark.parametrize(
    ("grouping", "field"),
    [
        (Grouping.RULE, "coalesce(violation_type, 'no rule')"),
        (Grouping.SEVERITY, "coalesce(severity, 'no severity')"),
        (Grouping.WEEK, "coalesce(week_ending, 'no week')"),
        (Grouping.PERSON, "coalesce(changed_by, 'unknown')"),
        (Grouping.COLUMN, "column_name"),
        (Grouping.LOOK, "look"),
        (Grouping.SHEET, "sheet_name"),
    ],
)
def test_a_chart_has_the_bars_of_sql(desk: Desk, here: Workspace, grouping: Grouping, field: str) -> None:
    rows = desk.rows(f"SELECT {field} value, count(*) n, {MOVED} money FROM audit_events WHERE {TRAIL} GROUP BY 1")
    titles = here.titles()
    expected = {titles.get(row["value"], row["value"]): (row["n"], row["money"]) for row in rows}
    said = answer(here, ChartCell(1, "c", ALL, grouping), size(here))
    found = {value: (events, cents) for value, events, _, cents in said.frame.iter_rows()}
    assert found == expected
    assert said.totals is not None
    assert (said.frame["events"].sum(), said.money_cents) == (said.totals.events, said.totals.money_cents)


def test_bars_stand_in_their_order(here: Workspace) -> None:
    def values(grouping: Grouping) -> list[str]:
        return answer(here, ChartCell(1, "c", ALL, grouping), size(here)).frame["value"].to_list()

    assert values(Grouping.LOOK) == sorted(values(Grouping.LOOK))
    assert values(Grouping.WEEKDAY) == ["Thursday"]  # the second look's day, where no edit has a time
    by_rule = answer(here, ChartCell(1, "c", ALL, Grouping.RULE, Measure.MONEY), size(here)).frame
    moved = by_rule["money_cents"].abs().to_list()
    assert moved == sorted(moved, reverse=True)


def test_when_an_edit_was_made_stands_in_the_table_and_says_the_weekday(tmp_path: Path) -> None:
    timed = line(1, quantity="9") | {"Modified": "08/06/25 8:15 AM", "Modified By": "ann@example.com"}
    desk = two_looks(tmp_path, [line(1)], [timed])
    here = desk.workspace()
    said = answer(here, TableCell(1, "t", ALL, ("what", "when")), size(here)).frame
    assert said["Changed at"].drop_nulls().unique().to_list() == [datetime(2025, 8, 6, 13, 15, tzinfo=UTC)]
    bars = answer(here, ChartCell(1, "c", ALL, Grouping.WEEKDAY), size(here)).frame
    assert "Wednesday" in bars["value"].to_list()
    here.store.database.close()


def test_a_table_shows_what_was_asked_for(desk: Desk, here: Workspace) -> None:
    said = answer(here, TableCell(1, "t", ALL, tuple(COLUMNS), limit=500), size(here))
    assert said.frame.columns == [title for title, _ in COLUMNS.values()]
    assert said.totals is not None
    assert (said.rows, said.money_cents) == (said.totals.events, said.totals.money_cents)
    assert sorted(said.frame["Event"]) == [row["event_id"] for row in desk.rows(
        f"SELECT event_id FROM audit_events WHERE {TRAIL} ORDER BY 1")]  # fmt: skip
    for order, by in ((Order.NEWEST, "event_id DESC"), (Order.RISK, "risk_score DESC, event_id")):
        first = answer(here, TableCell(1, "t", ALL, ("event", "money"), order, 4), size(here))
        expected = desk.rows(f"SELECT event_id FROM audit_events WHERE {TRAIL} ORDER BY {by} LIMIT 4")
        assert first.frame["Event"].to_list() == [row["event_id"] for row in expected]
        assert first.money_cents == first.frame["money_cents"].sum()
        assert "The first 4 are shown" in first.words
        assert first.sha256 == rows_digest(first.frame)


def test_nothing_is_said_as_nothing(here: Workspace) -> None:
    said = answer(here, TableCell(1, "t", EventFilter(sheet=("nowhere",)), ("event",)), size(here))
    assert (said.words, said.rows, said.money_cents) == ("Nothing fits these conditions.", 0, 0)


def test_a_frozen_notebook_says_the_same_after_more_looks(desk: Desk, here: Workspace) -> None:
    event = desk.events()[0]["event_id"]
    shelf = Notebooks(here.store, ANN)
    number = shelf.create("Then and now", cells(event), NOW).number
    frozen = shelf.freeze(number, 1, NOW)
    before = gather(here, ANN, number, None, ZONE)
    here.store.database.close()
    go_on(desk)
    again = desk.workspace()
    after, today = gather(again, ANN, number, None, ZONE), gather(again, ANN, number, 1, ZONE)
    assert frozen.frozen_at == before.anchor.size < today.anchor.size
    assert after.anchor == before.anchor
    for old, new, now in zip(before.answers, after.answers, today.answers, strict=True):
        assert new.frame.equals(old.frame)
        assert (new.words, new.totals, new.sha256) == (old.words, old.totals, old.sha256)
        if new.totals is not None and now.totals is not None:
            assert now.totals.events > new.totals.events
    again.store.database.close()


def test_how_single_people_edit_is_drawn_only_for_those_who_may_see_it(desk: Desk) -> None:
    here = Desk(desk.root, people={"visible_to": ["Admin"]}).workspace()
    bo = EventFilter(person=("bo@x.example",))
    for chart in (ChartCell(1, "c", ALL, Grouping.PERSON), ChartCell(1, "c", bo, Grouping.WEEKDAY)):
        assert withheld(here, CHIEF, chart) is None
        for actor in (ANN, READER):
            said = withheld(here, actor, chart)
            assert said is not None
            assert (said.rows, said.totals, said.frame.height) == (0, None, 0)
            assert (
                said.words == "Not shown: how single people edit is visible to the role Admin here (people.visible_to)."
            )
    for cell in (ChartCell(1, "c", ALL, Grouping.WEEKDAY), TableCell(1, "t", bo, ("event",)), NumberCell(1, "n", bo)):
        assert withheld(here, ANN, cell) is None  # as Changes shows it to everybody
    assert Grouping.PERSON in groupings_for(here, CHIEF)
    assert Grouping.PERSON not in groupings_for(here, ANN)
    shelf = Notebooks(here.store, CHIEF)
    number = shelf.create("By whom", [ChartCell(1, "c", ALL, Grouping.PERSON)], NOW).number
    shelf.save(number, 1, lambda each: replace(each, shared=True), "shared", NOW)
    for_all, for_chief = (gather(here, actor, number, None, ZONE).answers[0].rows for actor in (READER, CHIEF))
    assert for_all == 0 < for_chief
    here.store.database.close()


def test_an_event_that_is_none_yet_is_refused(desk: Desk, here: Workspace) -> None:
    event = desk.events()[0]["event_id"]
    said = answer(here, PinnedCell(1, event), event)
    assert dict(said.frame.iter_rows())["Event"] == str(event)
    with pytest.raises(ConfigError, match="no change or finding"):
        answer(here, PinnedCell(1, event), event - 1)


def test_a_pinned_event_stays_within_what_is_frozen(desk: Desk, here: Workspace) -> None:
    shelf = Notebooks(here.store, ANN)
    number = shelf.create("Frozen", [], NOW).number
    shelf.freeze(number, 1, NOW)
    here.store.database.close()
    go_on(desk)
    again = desk.workspace()
    newest = desk.events()[-1]["event_id"]
    with pytest.raises(ConfigError, match="unfreeze it first"):
        Notebooks(again.store, ANN).save(number, 2, lambda n: n.with_new(PinnedCell(1, newest)), "pinned", NOW)
    again.store.database.close()


def test_the_digest_is_of_the_rows(here: Workspace) -> None:
    one = answer(here, TableCell(1, "t", ALL, ("event", "what")), size(here))
    assert one.sha256 != rows_digest(one.frame.with_columns(pl.col("Event") + 1))


def test_frozen_it_says_what_was_simulated_by_then(desk: Desk, here: Workspace) -> None:
    shelf = Notebooks(here.store, ANN)
    number = shelf.create("Then and now", [], NOW).number
    shelf.freeze(number, 1, NOW)
    (taken, *_) = here.store.snapshots.all()
    made_up = snapshot_action(replace(taken, look=THIRD, simulated=True), "run-9", {})
    with here.store.database.write() as connection:
        here.store.seal(connection, made_up, NOW)
    assert [gather(here, ANN, number, version, ZONE).simulated_from for version in (2, 1)] == [None, THIRD]


def test_it_is_frozen_at_all_that_was_recorded_when_it_was(here: Workspace, desk: Desk) -> None:
    shelf, other = Notebooks(here.store, ANN), desk.workspace()
    number = shelf.create("Frozen", [], NOW).number
    with meanwhile(lambda: Notebooks(other.store, ANN).create("Another", [], NOW)):
        frozen = shelf.freeze(number, 1, NOW)
    assert frozen.frozen_at == here.store.events() - 1  # all but that it was frozen
    other.store.database.close()
