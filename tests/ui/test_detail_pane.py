"""The detail of one change: what is said of a change that broke no rule and stands out all the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import ui.opened
from audit_core.actors import Actor, Role, Scope
from audit_core.records.event_proof import WITHHELD
from tests.exports import FIRST, NORTH, SECOND, Desk, edited, line, open_week, two_looks

LIMITED = Actor("u-eva", "eva@example.com", Role.AUDITOR, "s-eva", scope=Scope((NORTH,)))
SCRIPT = """
from dataclasses import replace
from audit_core.actors import SYNC
from audit_core.detail import detail
from audit_core.filters import EventFilter
from ui.event.pane import detail_pane
from ui.opened import whole_workspace as workspace
found = detail(workspace(), {event_id})
detail_pane(replace(found, reasons=({reason!r},)), SYNC, EventFilter())
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """One change in an open week: another foreman, which no rule minds before the lock."""
    first = open_week(1)
    made = two_looks(tmp_path, [first, open_week(2)], [edited(first, foreman="Foreman 23"), open_week(2)])
    monkeypatch.setenv("AUDIT_CONFIG", str(made.config))
    ui.opened.whole_workspace.cache_clear()
    yield made
    ui.opened.whole_workspace().store.database.close()
    ui.opened.whole_workspace.cache_clear()


def test_a_change_that_broke_no_rule_says_its_reasons_too(desk: Desk) -> None:
    (event,) = desk.events()
    assert event["issue_description"] is None
    reason = "By somebody else than who wrote the row before."
    drawn = AppTest.from_string(SCRIPT.format(event_id=event["event_id"], reason=reason), default_timeout=30).run()
    assert not drawn.exception
    assert f"No rule was broken.\n\n- {reason}" in [each.value for each in drawn.markdown]


TAKEN = """
from audit_core.detail import detail
from audit_core.filters import EventFilter
from tests.ui.test_detail_pane import LIMITED
from ui.event.acts import event_acts, workspace
event_acts(detail(workspace(), {event_id}), LIMITED, EventFilter())
"""


def test_of_an_event_that_names_an_unseen_sheet_there_is_a_sentence_in_the_place_of_its_proof(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = line(50, work_request="79999999", pole="Point 7")
    for look, added in ((FIRST, []), (SECOND, [twice])):
        desk.look(look, [line(60), *added], sheet="East yard")
    desk.look("2025-08-20", [open_week(1), open_week(2), twice])
    desk.sync()
    seen = ui.opened.whole_workspace().seen_by(LIMITED)
    monkeypatch.setattr("ui.event.acts.workspace", lambda: seen)
    here = [each for each in desk.events() if each["sheet_name"] == NORTH]
    named = ["East yard" in (each["issue_description"] or "") for each in here]
    assert set(named) == {True, False}
    for event, names_it in zip(here, named, strict=True):
        drawn = AppTest.from_string(TAKEN.format(event_id=event["event_id"]), default_timeout=30).run()
        assert not drawn.exception
        assert (f"Proof of this event: {WITHHELD}" in [each.value for each in drawn.caption]) == names_it
        assert bool(drawn.get("download_button")) != names_it
    seen.store.database.close()
