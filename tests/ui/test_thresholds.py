"""The sliders, what they come to, and what may be done with a set: the page's parts without a browser."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

import ui.opened
from audit_core.actors import Actor, Role
from audit_core.errors import VerificationFailed
from audit_core.reports.table_export import TableExport
from audit_core.thresholds.limits import Limits
from audit_core.thresholds.volume import weeks_beside
from audit_core.workspace import Workspace
from tests.exports import Desk, edited, line
from ui.thresholds.charts import cost_chart, weeks_chart
from ui.thresholds.desk import answers

pytestmark = pytest.mark.in_turn(3)

NOW = datetime(2026, 1, 5, 15, 30, tzinfo=UTC)
ANN = Actor("u-1", "ann@x.example", Role.AUDITOR, "s-1")
BEA = Actor("u-2", "bea@x.example", Role.AUDITOR, "s-2")
ADA = Actor("u-3", "ada@x.example", Role.ADMIN, "s-3")
SCRIPT = """
from audit_core.actors import Actor, Role
from ui.thresholds.desk import answers
from ui.thresholds.sets import sets_section
from ui.thresholds.tuning import tuning
while (told := answers()) is None:
    pass
actor = Actor({user_id!r}, {email!r}, Role({role!r}), {session!r})
tuning(actor, told)
sets_section(actor, told)
"""
SUNDAYS = [datetime(2025, 8, 3, tzinfo=UTC) + timedelta(weeks=n) for n in range(6)]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Six looks a week apart: in each after the first, three prices are lost and a pole is put right."""
    desk = Desk(tmp_path_factory.mktemp("thresholds"))
    lines = [line(n) for n in range(1, 41)]
    for week, sunday in enumerate(SUNDAYS):
        for place in range(4 * (week - 1), 4 * week if week else 0):
            lost = {"units_total_price": "0"} if place % 4 else {"pole": "Point 999"}
            lines[place] = edited(lines[place], **lost)
        desk.look(f"{sunday:%Y-%m-%d}", lines)
    desk.sync()
    return desk


@pytest.fixture
def here(recorded: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("AUDIT_CONFIG", str(recorded.config))
    ui.opened.whole_workspace.cache_clear()
    opened = ui.opened.whole_workspace()
    with closing(opened.store.database):
        yield opened
    ui.opened.whole_workspace.cache_clear()


def page(monkeypatch: pytest.MonkeyPatch, actor: Actor = ANN, **address: str) -> AppTest:
    """The page as one person sees it at an address."""
    monkeypatch.setattr("ui.recorded.current_actor", lambda: replace(actor, confirmed_at=datetime.now(UTC)))
    who = {"user_id": actor.user_id, "email": actor.email, "role": actor.role.value, "session": actor.session}
    drawn = AppTest.from_string(SCRIPT.format(**who), default_timeout=60)
    for name, value in address.items():
        drawn.query_params[name] = value
    drawn.run()
    assert not drawn.exception
    return drawn


def stands(drawn: AppTest) -> tuple[list[Any], list[Any]]:
    """What the sliders and their typed twins show: review, urgent."""
    typed = [each.value for each in drawn.number_input if each.label.endswith("typed")]
    return [each.value for each in drawn.slider], typed


def said(drawn: AppTest) -> str:
    """All words of the page, without the escapes of Markdown."""
    every = (drawn.markdown, drawn.caption, drawn.success, drawn.error, drawn.warning)
    parts = [each.value for several in every for each in several]
    return "\n".join(parts).replace("\\", "").replace("\u2060", "")


def button(drawn: AppTest, label: str) -> Button:
    return next(each for each in drawn.button if each.label == label)


def draft(here: Workspace, name: str, limits: Limits, actor: Actor = ANN) -> str:
    made = here.thresholds().draft(name, limits, None, "For a test.", actor, NOW)
    return f"{made.name}@{made.version}"


@pytest.mark.usefixtures("here")
def test_without_a_word_in_the_address_the_sliders_stand_where_the_set_in_force_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = page(monkeypatch)
    assert stands(drawn) == ([0.4, 0.7], [0.4, 0.7])
    assert "As in force." in said(drawn)


@pytest.mark.usefixtures("here")
def test_slider_typed_twin_and_address_always_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = page(monkeypatch, review="0.42", urgent="0.8")
    assert stands(drawn) == ([0.42, 0.8], [0.42, 0.8])
    drawn.slider[0].set_value(0.55).run()
    assert stands(drawn) == ([0.55, 0.8], [0.55, 0.8])
    typed = next(each for each in drawn.number_input if each.label == "Review from, typed")
    typed.set_value(0.123456).run()
    assert stands(drawn) == ([0.123456, 0.8], [0.123456, 0.8])
    assert drawn.query_params["review"] == "0.123456"


@pytest.mark.usefixtures("here")
def test_one_cut_off_takes_the_other_along_where_they_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = page(monkeypatch)
    drawn.slider[0].set_value(0.9).run()
    assert stands(drawn)[0] == [0.9, 0.9]
    drawn.slider[1].set_value(0.2).run()
    assert stands(drawn)[0] == [0.2, 0.2]
    button(drawn, "Back to what is in force").click().run()
    assert stands(drawn)[0] == [0.4, 0.7]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("review", ["many", "nan", "1.5"])
def test_what_is_no_risk_in_the_address_is_passed_over(monkeypatch: pytest.MonkeyPatch, review: str) -> None:
    assert stands(page(monkeypatch, review=review, per_day="-3", days="9"))[0] == [0.4, 0.7]


@pytest.mark.usefixtures("here")
def test_a_budget_finds_the_cut_off_or_says_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = page(monkeypatch, per_day="0.8")
    button(drawn, "Find the cut-off").click().run()
    assert "No cut-off keeps to 4 alerts a week" in said(drawn)
    assert stands(drawn)[0][0] == 0.4
    told = answers()
    assert told is not None
    week = told.preview(Limits(0.4, 0.7)).volume
    assert week is not None
    drawn = page(monkeypatch, per_day=str(week.per_week), days="1", review="0.9")
    button(drawn, "Find the cut-off").click().run()
    assert told.preview(Limits(stands(drawn)[0][0], 1.0)).volume == week


def test_what_goes_is_listed_with_its_link_and_leaves_as_it_stands(
    here: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[TableExport] = []
    monkeypatch.setattr(
        "audit_core.thresholds.export.export_table", lambda _workspace, _actor, asked, _now: taken.append(asked)
    )
    monkeypatch.setattr("ui.thresholds.lists.export_button", lambda _label, ask, actor, _key: ask(actor, NOW))
    drawn = page(monkeypatch, review="1", urgent="1")
    told = answers()
    assert told is not None
    goes = told.compare(here.thresholds().in_force().limits, Limits(1, 1)).goes
    assert goes.height > 0
    assert f"{goes.height} alerts lost with the draft" in [each.value for each in drawn.subheader]
    listed = next(each.value for each in drawn.dataframe if "What" in each.value and "Money" in each.value)
    links = [int(link.removeprefix("/changes?event=")) for link in listed["Event"]]
    assert sorted(links) == sorted(goes["event_id"])
    (asked,) = taken
    assert asked.frame["Event"].to_list() == links
    assert asked.frame["money_cents"].to_list() == [round(each * 100) for each in listed["Money"]]
    assert (asked.link, asked.totals()["money_cents"]) == ("/thresholds?review=1&urgent=1", goes["money_cents"].sum())
    assert asked.words == "in force: review from 0.4, urgent from 0.7; draft: review from 1, urgent from 1"


def test_a_draft_is_saved_with_name_and_reason_and_waits_for_somebody_else(
    here: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = page(monkeypatch, review="0.42", urgent="0.8")
    button(drawn, "Save as draft").click().run()
    assert "cannot name a threshold set" in said(drawn)
    for box, text in (("Name of the set", "saved"), ("Reason", "Fewer, please.")):
        next(each for each in drawn.text_input if each.label == box).set_value(text)
    button(drawn, "Save as draft").click().run()
    assert "saved v1 (review from 0.42, urgent from 0.8) is drafted." in said(drawn)
    made = here.thresholds().find("saved")
    assert (made.limits, made.author, made.reason, made.budget) == (
        Limits(0.42, 0.8),
        ANN.email,
        "Fewer, please.",
        None,
    )
    assert button(drawn, "Publish").disabled
    assert "ann@x.example drafted saved v1: another person has to publish it." in said(drawn)


def test_a_second_person_publishes_and_an_admin_goes_back(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    name = draft(here, "calm", Limits(0.9, 0.95))
    button(page(monkeypatch, BEA, set=name), "Publish").click().run()
    assert here.thresholds().in_force().title == "calm v1"
    drawn = page(monkeypatch, BEA, set="default@0")
    assert "An Admin can put it in force again." in said(drawn)
    drawn = page(monkeypatch, ADA, set="default@0")
    button(drawn, "Put in force again").click().run()
    assert "needs a reason" in said(drawn)
    next(each for each in drawn.text_input if each.label == "Reason to go back").set_value("Too little is shown.")
    button(drawn, "Put in force again").click().run()
    assert here.thresholds().in_force().title == "default v0"
    story = next(each.value for each in drawn.dataframe if "Who" in each.value)
    assert story["Who"].to_list()[:3] == [ADA.email, BEA.email, ANN.email]
    assert story["What"][0].endswith("Too little is shown.")


def test_a_version_can_be_put_on_the_sliders(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = page(monkeypatch, set=draft(here, "other", Limits(0.33, 0.66)))
    button(drawn, "Put on the sliders").click().run()
    assert stands(drawn)[0] == [0.33, 0.66]


@pytest.mark.usefixtures("here")
def test_what_cannot_be_answered_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def altered(_desk: object, _now: datetime) -> None:
        raise VerificationFailed("The file of model m-1 was *altered*.")

    monkeypatch.setattr("audit_core.thresholds.desk.Desk.ready", altered)
    drawn = page(monkeypatch)
    assert [each.value for each in drawn.error] == ["The file of model m\\-1 was \\*altered\\*."]
    assert not drawn.slider


def test_the_charts_count_what_their_tables_say() -> None:
    weeks = pl.DataFrame({"week": SUNDAYS, "looks": 1, "alerts": [0, 3, 2, 0, 1, 4], "urgent": 1, "whole": True})
    table = weeks_beside(weeks, weeks.with_columns(alerts=pl.col("alerts") + 1))
    assert table["in force"].to_list() == [0, 3, 2, 0, 1, 4]
    assert table["draft"].to_list() == [1, 4, 3, 1, 2, 5]
    assert "budget 5" in weeks_chart(table, 5.0).to_json()
    costs = pl.DataFrame(
        {"cutoff": [0.2, 0.6], "alerts": [3.0, 1.0], "review_cents": 600.0, "missed_cents": 5.0, "cost_cents": 605.0}
    )
    assert "diamond" in cost_chart(costs, 0.6, Limits(0.4, 0.7), Limits(0.6, 0.7)).to_json()
    assert "diamond" not in cost_chart(costs, None, Limits(0.4, 0.7), Limits(0.6, 0.7)).to_json()
