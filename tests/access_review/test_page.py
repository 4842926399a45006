"""The page Access review and the page Training in each state, as each role sees them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from audit_core.actors import Actor, Role
from audit_core.workspace import Workspace
from tests.access_review.conftest import Room
from tests.access_review.office import BOB, RITA
from tests.access_review.test_month import decide_all
from ui.opened import whole_workspace as workspace

SCRIPT = """
import streamlit as st
from ui.navigation import PAGES
st.navigation([st.Page(spec.path, title=spec.title, default=spec.name == {page!r}) for spec in PAGES]).run()
"""
Draw = Callable[..., AppTest]
UMA_USER = Actor("u-9", "ursula@example.com", Role.USER, "s")


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> Iterator[Draw]:
    """A page of an installation as somebody sees it."""

    def drawn(here: Workspace, page: str, who: Actor, **address: str) -> AppTest:
        monkeypatch.setenv("AUDIT_CONFIG", str(here.config))
        lately = replace(who, confirmed_at=datetime.now(UTC))
        for module in ("ui.guard", "ui.recorded"):
            monkeypatch.setattr(f"{module}.current_actor", lambda: lately)
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
    parts = [*app.markdown, *app.info, *app.warning, *app.error, *app.success, *app.caption]
    return "\n".join(each.value for each in parts).replace("\\", "").replace("\u2060", "").replace("**", "")


def test_a_user_sees_no_access_review_and_their_own_training(room: Room, draw: Draw) -> None:
    assert "This needs the role Auditor or Admin" in said(draw(room.workspace, "access_review", UMA_USER))
    app = draw(room.workspace, "training", UMA_USER)
    assert not app.exception
    assert "Everybody" not in said(app)


def test_a_line_is_shown_with_its_reason_and_decided_by_its_button(room: Room, draw: Draw) -> None:
    app = draw(room.workspace, "access_review", room.rita, part="on sheets", line=f"sheets:{BOB}")
    assert {each.label: each.value for each in app.metric}["Decided"] == "0 of 18"
    assert "no edit for more than 90 days" in said(app)
    assert "The members of 1 group (Crew leads) are not visible" in said(app)
    app.button("choice-keep").click().run()
    assert "say why it is decided otherwise" in said(app)
    app.text_input(f"reason-{room.month}-sheets:{BOB}").set_value("He is on leave, and back in May.")
    app.button("choice-keep").click().run()
    assert not app.exception
    decided = room.review.decided[f"sheets:{BOB}"]
    assert (decided.choice, decided.reason) == ("keep", "He is on leave, and back in May.")
    assert app.query_params["line"] != [f"sheets:{BOB}"]


def test_all_that_may_stay_is_kept_at_once_and_undone(room: Room, draw: Draw) -> None:
    app = draw(room.workspace, "access_review", room.rita, part="on sheets")
    assert app.button("keep-all").label == "Keep all 3 that are recommended to be kept"
    app.button("keep-all").click().run()
    assert len(room.review.decided) == 3
    app.button("undo-step").click().run()
    assert len(room.review.decided) == 0


def test_nobody_is_offered_the_line_about_themselves(room: Room, draw: Draw) -> None:
    app = draw(room.workspace, "access_review", room.rita, line=f"here:{RITA}")
    assert "This line is about you: somebody else decides it." in said(app)
    assert "choice-keep" not in {each.key for each in app.button}


def test_it_is_signed_by_two_and_its_evidence_is_there(room: Room, draw: Draw) -> None:
    decide_all(room)
    app = draw(room.workspace, "access_review", room.rita)
    assert "1 line about you waits for another reviewer's signature." in said(app)
    app.button("sign").click().run()
    assert "You have signed." in said(app)
    app = draw(room.workspace, "access_review", room.sam)
    app.button("sign").click().run()
    assert room.review.closed
    assert "To be carried out" in said(app)
    assert len(app.get("download_button")) == 2


def test_before_the_first_review_it_says_how_one_comes(room: Room, draw: Draw) -> None:
    here = Workspace(room.workspace.config, room.workspace.settings, room.workspace.store)
    (here.settings.data_dir / "audit.db").unlink()
    (here.settings.data_dir / "anchors.jsonl").unlink()
    here.store.database.close()
    here.store.create()
    assert "No access review was made yet." in said(draw(here, "access_review", room.rita))


def test_the_matrix_and_a_completion_of_ones_own(room: Room, draw: Draw) -> None:
    app = draw(room.workspace, "training", room.rita, part="everybody")
    assert {each.label: each.value for each in app.metric}["People"] == "4"
    assert RITA in app.dataframe[0].value["Who"].to_list()
    app = draw(room.workspace, "training", room.rita, topic="after_lock")
    app.button("complete-after_lock").click().run()
    assert not app.exception
    app = draw(room.workspace, "training", room.rita, topic="after_lock")
    assert "completed on" in said(app)
