"""What changes much asks again who acts, over the page that it was wanted on, and is done then."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from audit_core.access import Door, add_person
from audit_core.actors import OPERATOR, Actor, Role, Where
from audit_core.workspace import Workspace
from tests.exports import Desk
from tests.hooks import app_on

ANN, PASSWORD = "ann@example.com", "correct horse battery"
SCRIPT = """
import streamlit as st
from audit_core.confirmation import require_fresh
from ui.confirm import confirmation
from ui.guard import current_actor
from ui.recorded import recorded, what_was_recorded

def act(here, actor, now):
    require_fresh(actor, now)
    return "It is done."

what_was_recorded()
st.button("Do it", on_click=lambda: recorded(act))
confirmation("overview", current_actor())
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    desk = Desk(tmp_path)
    with app_on(desk.config), closing(desk.workspace().store.database):
        opened = desk.workspace()
        with closing(opened.store.database):
            add_person(opened, OPERATOR, ANN, Role.ADMIN, PASSWORD, datetime.now(UTC))
            yield opened


@pytest.fixture
def page(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """As Ann sees it, who signed in ten minutes ago."""
    door, then = Door(workspace), datetime.now(UTC) - timedelta(minutes=10)
    token = door.sign_in(ANN, PASSWORD, Where(), then)

    def ann() -> Actor | None:
        return door.actor(token, datetime.now(UTC))

    for module in ("ui.recorded", "ui.confirm", "ui.guard"):
        monkeypatch.setattr(f"{module}.current_actor", ann)
    return AppTest.from_string(SCRIPT, default_timeout=30).run()


def press(page: AppTest, label: str) -> AppTest:
    (button,) = [each for each in page.button if each.label == label]
    button.click().run()
    assert not page.exception
    return page


def test_it_asks_for_the_password_refuses_another_one_and_goes_on_with_the_right_one(page: AppTest) -> None:
    press(page, "Do it")
    assert [each.label.replace("\u2060", "").replace("\\", "") for each in page.text_input] == [f"Password of {ANN}"]
    page.text_input[0].set_value("wrong")
    press(page, "Go on")
    assert [each.value for each in page.error] == ["The password is not right."]
    page.text_input[0].set_value(PASSWORD)
    press(page, "Go on")
    assert [each.value for each in page.success] == ["It is done."]
    assert not page.text_input
    press(page, "Do it")  # for some minutes it does not ask again
    assert [each.value for each in page.success] == ["It is done."]
