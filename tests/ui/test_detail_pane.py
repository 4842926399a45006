"""The detail of one change: what is said of a change that broke no rule and stands out all the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import ui.opened
from tests.exports import Desk, edited, open_week, two_looks

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
