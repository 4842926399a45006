"""Rules that were added here are called by their title wherever a screen names them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import ui.opened
from tests.exports import Desk
from tests.rules.test_added import FEET, MORE, looked

SCRIPT = """
from ui.changes.event_table import event_table
from ui.filters import filter_bar
from ui.opened import queries
chosen = filter_bar(queries())
event_table(queries(), chosen, 1)
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """One change that broke the rule long_wire, "A lot of wire"."""
    made = looked(tmp_path, [FEET], [MORE])
    monkeypatch.setenv("AUDIT_CONFIG", str(made.config))
    ui.opened.whole_workspace.cache_clear()
    yield made
    ui.opened.whole_workspace().store.database.close()
    ui.opened.whole_workspace.cache_clear()


def test_the_table_and_the_choice_of_rules_say_the_title(desk: Desk) -> None:
    drawn = AppTest.from_string(SCRIPT, default_timeout=30).run()
    assert not drawn.exception
    assert list(drawn.dataframe[0].value["Rule"]) == ["A lot of wire"]
    (rules,) = [each for each in drawn.multiselect if each.label == "Rule"]
    assert rules.options == ["A lot of wire (1)"]
