"""What screens and reports show of dispositions, and the buttons of the detail pane."""

import pytest
from streamlit.testing.v1 import AppTest

from audit_core.actors import Actor
from audit_core.reports import build
from audit_core.review.deciding import give
from audit_core.review.dispositions import Verdict, newest_dispositions
from audit_core.workspace import Workspace
from tests.exports import Desk
from tests.reports.books import opened, request, table
from tests.review.desks import ANN, BEA, NOW, READER, event_on, number, zeroing
from ui.opened import whole_workspace as opened_workspace

SCREEN = """
from audit_core.actors import Actor, Role
from audit_core.detail import detail
from ui import recorded
from ui.opened import whole_workspace as workspace
from ui.event.decided import review_block
actor = Actor("u", {email!r}, Role({role!r}), "s")
recorded.current_actor = lambda: actor
review_block(detail(workspace(), {event}), actor)
workspace().store.database.close()
"""


def screen(desk: Desk, event: int, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """What the detail pane says of decisions on an event, as a person sees it."""
    monkeypatch.setenv("AUDIT_CONFIG", str(desk.config))
    opened_workspace.cache_clear()
    source = SCREEN.format(email=actor.email, role=actor.role.value, event=event)
    drawn = AppTest.from_string(source, default_timeout=30).run()
    assert not drawn.exception
    return drawn


def shown(drawn: AppTest) -> str:
    """What it says, without the escapes of Markdown."""
    return "\n".join(each.value for each in drawn.markdown).replace("\\", "").replace("\u2060", "")


def test_the_detail_pane_shows_it_and_lets_an_auditor_decide(
    desk: Desk, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = event_on(desk, 1)
    drawn = screen(desk, number(subject), ANN, monkeypatch)
    named = f"review-{subject}-0-{subject}-false_alarm"
    drawn.selectbox(key=f"{named}-reason").select("re_rating")
    drawn.text_input(key=f"{named}-note").input("list of July")
    drawn.button(key=named).click().run()
    assert not drawn.exception
    (given,) = newest_dispositions(workspace.store).values()
    assert (given.subject, given.disposition.reason, given.by) == (subject, "re_rating", ANN.email)
    assert f"False alarm: prices were agreed anew** (event {number(subject)}) · ann@x.example" in shown(drawn)
    assert "list of July" in shown(drawn)
    drawn.button(key=f"review-{subject}-1-{subject}-undo").click().run()
    assert newest_dispositions(workspace.store) == {}
    assert "Withdrawn" in shown(drawn)


def test_a_second_person_at_an_old_screen_is_told_who_was_first(
    desk: Desk, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = event_on(desk, 4)
    drawn = screen(desk, number(subject), BEA, monkeypatch)
    give(workspace.store, subject, Verdict.CONFIRMED, "wrong_quantity", actor=ANN, now=NOW)
    drawn.button(key=f"review-{subject}-0-{subject}-false_alarm").click().run()
    said = drawn.error[0].value.replace("\\", "").replace("\u2060", "")
    assert "was decided first by ann@x.example at 2026-01-05 15:30 UTC" in said
    assert newest_dispositions(workspace.store)[subject].by == ANN.email


def test_a_reader_sees_the_decision_and_no_button(
    desk: Desk, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(workspace.store, zeroing(desk), Verdict.CONFIRMED, "wrong_price", actor=ANN, now=NOW)
    drawn = screen(desk, number(event_on(desk, 1)), READER, monkeypatch)
    assert f"Confirmed: the price is wrong** (incident {number(zeroing(desk))})" in shown(drawn)
    assert not [each for each in drawn.button if each.label == "Decide"]


def test_the_workbook_says_what_was_decided(desk: Desk, workspace: Workspace) -> None:
    give(workspace.store, zeroing(desk), Verdict.CONFIRMED, "wrong_price", actor=ANN, now=NOW)
    give(workspace.store, event_on(desk, 1), Verdict.FALSE_ALARM, "re_rating", actor=BEA, now=NOW)
    workspace.store.database.close()
    desk.sync_as_job()
    book = opened(build(workspace, request(desk)))
    said = {row["Row"]: row["Review"] for row in table(book["Violations"])}
    assert said["1"] == "false alarm: prices were agreed anew (bea@x.example, 2026-01-05)"
    assert said["2"] == "confirmed: the price is wrong (ann@x.example, 2026-01-05)"
    assert said["4"] is None
    incidents = {row["Incident"]: row["Review"] for row in table(book["Incidents"])}
    assert incidents.pop(number(zeroing(desk))) == said["2"]
    assert set(incidents.values()) == {None}
