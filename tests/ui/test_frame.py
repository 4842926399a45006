"""The clock, the keys, the tour and the views, as a page draws them; clicks that act are in tests/browser."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import ui.opened
from audit_core.actors import Actor, Role
from audit_core.preferences import prefer
from audit_core.views import save_view
from audit_core.workspace import Workspace
from ui.keys import shortcut
from ui.navigation import PAGES

pytestmark = pytest.mark.in_turn(3)

CLOCK = """
import streamlit as st
from ui.clock import clock_switch, zone
clock_switch()
st.text(zone().key)
"""
SIDE = """
import streamlit as st
from audit_core.actors import Actor, Role
from ui.keys import help_button, help_dialog, keys, shortcut
from ui.tour import tour
from ui.views import views_section
ANN = Actor("u-1", "ann@example.com", Role.AUDITOR)
tour("overview", ANN)
views_section("overview", ANN)
help_button("overview", ANN)
keys({"a": "confirm", "<b>": "bold"})
st.button("Confirm", shortcut=shortcut("a"))
if st.query_params.get("help"):
    help_dialog()
"""
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ANN = Actor("u-1", "ann@example.com", Role.AUDITOR)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """The sample, before its first sync."""
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"data_dir": "data", "source": {"kind": "sample"}}))
    monkeypatch.setenv("AUDIT_CONFIG", str(config))
    ui.opened.whole_workspace.cache_clear()
    opened = ui.opened.whole_workspace()
    opened.store.create()
    yield opened
    opened.store.database.close()
    ui.opened.whole_workspace.cache_clear()


def drawn(script: str, **parameters: str) -> AppTest:
    test = AppTest.from_string(script, default_timeout=30)
    test.query_params.update(parameters)
    test.run()
    assert not test.exception
    return test


@pytest.mark.parametrize(
    ("given", "mine", "key"),
    [
        ("", "Europe/Berlin", "America/Chicago"),
        ("mine", "Europe/Berlin", "Europe/Berlin"),
        ("mine", "Mars/Olympus", "America/Chicago"),
        ("utc", "Europe/Berlin", "UTC"),
        ("../etc", "Europe/Berlin", "America/Chicago"),
    ],
)
def test_the_clock_is_the_one_of_the_address(workspace: Workspace, given: str, mine: str, key: str) -> None:
    test = AppTest.from_string(CLOCK, default_timeout=30)
    test.context["timezone"] = mine
    if given:
        test.query_params["zone"] = given
    assert test.run().text[0].value == key


def test_a_mine_that_the_browser_does_not_name_says_so(workspace: Workspace) -> None:
    test = AppTest.from_string(CLOCK, default_timeout=30)
    test.context["timezone"] = ""
    test.query_params["zone"] = "mine"
    (switch,) = test.run().get("button_group")
    assert switch.proto.label == "Times in America/Chicago (the browser names no zone)"


def test_the_tour_stands_at_the_side_until_it_is_closed(workspace: Workspace) -> None:
    test = drawn(SIDE)
    assert test.caption[0].value == "Tour, 1 of 6"
    test.button(key="tour-next").click().run()
    assert test.caption[0].value == "Tour, 2 of 6"
    prefer(workspace.store, ANN, NOW, tour=False)
    assert "Tour" not in " ".join(each.value for each in drawn(SIDE).caption)


def test_there_is_no_tour_outside_of_the_sample(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.tour.on_sample", lambda: False)
    assert "Tour" not in " ".join(each.value for each in drawn(SIDE).caption)


def test_the_help_says_the_keys_of_the_page_and_what_stands_in_them_is_text(workspace: Workspace) -> None:
    drawn(SIDE)
    test = AppTest.from_string(SIDE, default_timeout=30).run()
    test.query_params["help"] = "1"
    test.run()
    said = " ".join(each.proto.body for each in test.get("html"))
    assert "<kbd>a</kbd></dt><dd>confirm</dd>" in said
    assert "&lt;b&gt;" in said


def test_single_keys_at_rest_leave_buttons_without_a_shortcut(workspace: Workspace) -> None:
    assert drawn(SIDE).button[-1].proto.shortcut == "a"
    prefer(workspace.store, ANN, NOW, single_keys=False)
    test = drawn(SIDE)
    assert test.button[-1].proto.shortcut == ""
    assert not [each for each in test.get("html") if "addEventListener" in each.proto.body]


def test_a_page_asks_for_its_keys_by_one_function_alone() -> None:
    """A key that is written into a button itself could not be put to rest."""
    root = Path(ui.opened.__file__).parents[1]
    sources = [*root.glob("pages/*.py"), *(root / "ui").rglob("*.py")]
    assert not [path.name for path in sources if 'shortcut="' in path.read_text("utf-8")]
    assert shortcut("a") == "a"


def test_views_are_listed_and_the_one_on_screen_is_marked(workspace: Workspace) -> None:
    save_view(workspace.store, ANN, "overview", "A [x](http://evil)", {"period": ["30"]}, NOW, shared=True)
    save_view(workspace.store, ANN, "changes", "Elsewhere", {}, NOW, shared=True)
    test = drawn(SIDE, period="30", zone="utc", page="2")
    (line,) = [each for each in test.button if each.key == "view-1"]
    assert (line.label, line.proto.icon) == ("A \\[x\\]\\(http\\:\u2060//evil\\)", ":material/bookmark_added:")


def test_a_view_of_somebody_else_is_text_where_a_refusal_quotes_it(workspace: Workspace) -> None:
    test = AppTest.from_string(SIDE, default_timeout=30)
    test.session_state["views-told"] = "ann@x shares a view '![x](//host/y)' of this page already."
    assert test.run().error[0].value == ("ann⁠@x shares a view '\\!\\[x\\]\\(//host/y\\)' of this page already.")


def test_every_page_has_a_question() -> None:
    assert not [spec.name for spec in PAGES if not spec.question.endswith("?")]
