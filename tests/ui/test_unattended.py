"""A window that nobody touches looks again by itself, and its session ends all the same."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import ui.opened
from audit_core.access import Door
from audit_core.actors import Actor, Where
from tests.browser.site import PASSWORD, let_people_in
from tests.exports import Desk, line, two_looks
from ui.door.cookies import SESSION

SCRIPT = """
import streamlit as st
from audit_core.permissions import Permission
from ui.guard import UNATTENDED, guard
from ui.overview.unattended import looking_again
{before}
guard(Permission.READ_CHANGES)
looking_again(lambda: st.caption("drawn"))
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Somebody is signed in."""
    made = two_looks(tmp_path, [line(1)], [line(1, quantity="5")])
    monkeypatch.setenv("AUDIT_CONFIG", str(made.config))
    ui.opened.whole_workspace.cache_clear()
    here = ui.opened.whole_workspace()
    let_people_in(here)
    token = Door(here).sign_in("auditor@example.com", PASSWORD, Where(), datetime.now(UTC))
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", {SESSION: token})
    yield made
    here.store.database.close()
    ui.opened.whole_workspace.cache_clear()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each question about the session counted against idling."""
    counted: list[bool] = []
    really = Door.actor

    def actor(door: Door, token: str, now: datetime, *, seen: bool = False) -> Actor | None:
        counted.append(seen)
        return really(door, token, now, seen=seen)

    monkeypatch.setattr(Door, "actor", actor)
    return counted


def run(before: str = "") -> Any:
    drawn = AppTest.from_string(SCRIPT.format(before=before), default_timeout=30).run()
    assert not drawn.exception
    return drawn


def test_whoever_opens_a_page_did_something_and_looking_again_is_nothing(desk: Desk, asked: list[bool]) -> None:
    assert run().caption[0].value == "drawn"
    assert asked[0]
    assert not any(asked[1:])


def test_a_page_that_draws_itself_anew_does_not_count_against_idling(desk: Desk, asked: list[bool]) -> None:
    run("st.session_state[UNATTENDED] = True")
    assert asked
    assert not any(asked)


def test_a_session_that_ended_is_drawn_no_more(desk: Desk, asked: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=2)
    ui.opened.whole_workspace().store.database.connection().execute(
        "UPDATE sessions SET seen_at = ?", (long_ago.isoformat(),)
    )
    drawn = run()
    assert [each.value for each in drawn.warning] == ["Your session has ended. Sign in again to go on."]
    assert not drawn.caption
