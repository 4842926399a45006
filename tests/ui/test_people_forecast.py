"""The pages People and Forecast in each state: nothing yet, too little, refused, and with something to say."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from audit_core.actors import Actor, Role
from audit_core.workspace import Workspace
from tests.exports import SECOND, Desk, line
from tests.forecast.kept import LINES, TOLD, keep_forecast
from tests.profiles.test_portrait import ANN, DEE, desk_of, number_of
from ui.forecast.head import countdown
from ui.opened import whole_workspace as workspace

pytestmark = pytest.mark.in_turn(3)

SCRIPT = """
import streamlit as st
from ui.navigation import PAGES
st.navigation([st.Page(spec.path, title=spec.title, default=spec.name == {page!r}) for spec in PAGES]).run()
"""
Draw = Callable[..., AppTest]


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> Iterator[Draw]:
    """A page of a desk as somebody of a role sees it."""

    def drawn(desk: Desk, page: str, role: Role = Role.AUDITOR, **address: str) -> AppTest:
        monkeypatch.setenv("AUDIT_CONFIG", str(desk.config))
        monkeypatch.setattr("ui.guard.current_actor", lambda: Actor("1", "someone@x.co", role, "s"))
        workspace.cache_clear()
        app = AppTest.from_string(SCRIPT.format(page=page), default_timeout=30)
        for name, value in address.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    yield drawn
    workspace().store.database.close()
    workspace.cache_clear()


def said(app: AppTest) -> str:
    """All that it says, without the escapes of Markdown."""
    parts = [*app.markdown, *app.info, *app.warning, *app.error, *app.caption]
    return "\n".join(each.value for each in parts).replace("\\", "").replace("\u2060", "").replace("**", "")


@pytest.fixture
def empty(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.look(SECOND, [line(70)])
    desk.sync()
    return desk


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return desk_of(tmp_path_factory.mktemp("peopled"), people={"min_edits": 2})


def forecast_of(desk: Desk, **facts: object) -> Desk:
    opened: Workspace = desk.workspace()
    keep_forecast(opened, [] if facts else LINES, **facts)
    opened.store.database.close()
    return desk


def test_where_nobody_is_named_people_says_where_names_come_from(empty: Desk, draw: Draw) -> None:
    assert "Of nobody it is known that they edited" in said(draw(empty, "people"))


def test_a_user_does_not_see_people(empty: Desk, draw: Draw) -> None:
    app = draw(empty, "people", Role.USER)
    assert "This needs the role Auditor or Admin" in said(app)
    assert not app.title


def test_where_profiles_are_visible_to_nobody_it_says_so(tmp_path: Path, draw: Draw) -> None:
    desk = desk_of(tmp_path, people={"visible_to": []})
    app = draw(desk, "people", Role.ADMIN)
    assert "visible to nobody here (people.visible_to)" in said(app)
    assert ANN not in said(app)


def test_people_stand_side_by_side_and_of_too_little_nothing_is_said(peopled: Desk, draw: Draw) -> None:
    app = draw(peopled, "people")
    assert "4 editors by name" in said(app)
    assert app.dataframe[0].value["Editor"].to_list()[0] == ANN
    dee = draw(peopled, "people", person=str(number_of(peopled, DEE)))
    assert "Too few edits to say anything: 1, and it takes 2." in said(dee)
    assert not dee.dataframe


def test_an_address_opens_one_editor_and_nonsense_all_of_them(peopled: Desk, draw: Draw) -> None:
    app = draw(peopled, "people", person=str(number_of(peopled, ANN)))
    assert app.selectbox[0].value == str(number_of(peopled, ANN))
    assert "3 changes in 1 week" in said(app)
    assert "share of edits after the lock" in app.table[0].value.to_string()
    assert "editors by name" in said(draw(peopled, "people", person="ann@x.co"))


def test_before_the_first_forecast_it_says_how_one_comes(empty: Desk, draw: Draw) -> None:
    assert "No forecast was made yet" in said(draw(empty, "forecast", Role.USER))


def test_a_silent_forecast_says_why_and_what_it_takes(empty: Desk, draw: Draw) -> None:
    reason = "The history is too short: there are 0 settled weeks with 0 corrected lines to learn from, and it takes 4."
    told = said(draw(forecast_of(empty, speaks=False, reason=reason, rows_open=7), "forecast"))
    assert reason in told
    assert "14 days after the lock were looked at" in told
    assert "7 rows" in told


def test_a_forecast_speaks_with_its_lift_and_its_rows(empty: Desk, draw: Draw) -> None:
    app = draw(forecast_of(empty), "forecast")
    assert TOLD in said(app)
    assert {each.label: each.value for each in app.metric}["Lift of the top tenth"] == "2.5 (1.5–3.5)"
    assert app.dataframe[0].value["Row"].to_list() == ["70", "71", "72"]
    assert "By today's clock every one of these weeks has locked already" in said(app)


def test_a_forecast_is_filtered_by_its_address(empty: Desk, draw: Draw) -> None:
    app = draw(forecast_of(empty), "forecast", foreman="Foreman 22", line="North:72")
    assert app.dataframe[0].value["Row"].to_list() == ["72"]
    assert "1 row, billing $56.84" in said(app)
    assert "Nothing fits these conditions" in said(draw(empty, "forecast", foreman="nobody"))


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=2, hours=4, minutes=30), "locks in 2 days 4 hours"),
        (timedelta(hours=1, minutes=1), "locks in 1 hour 1 minute"),
        (timedelta(minutes=20), "locks in 20 minutes"),
        (timedelta(days=-3), "locked 3 days ago"),
    ],
    ids=str,
)
def test_a_lock_is_counted_down_in_words(left: timedelta, words: str) -> None:
    now = datetime(2025, 8, 8, 12, tzinfo=UTC)
    assert countdown(now + left, now) == words
