"""What a long record takes longer for is made beside the page, once for all, and what stopped it is said."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import ui.making
import ui.opened
from audit_core.errors import ConfigError
from tests.exports import line, two_looks
from ui.making import made

SCRIPT = """
import streamlit as st
from tests.ui.test_making import slowly
from ui.making import awaited
st.markdown(awaited("what", "Reading …", slowly))
"""
READY = threading.Event()


def slowly() -> str:
    assert READY.wait(60)
    return "made"


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    made_of = two_looks(tmp_path, [line(1)], [line(1, quantity="5")])
    monkeypatch.setenv("AUDIT_CONFIG", str(made_of.config))
    ui.opened.whole_workspace.cache_clear()
    ui.making._asked.clear()
    READY.clear()
    yield
    READY.set()
    ui.opened.whole_workspace().store.database.close()
    ui.opened.whole_workspace.cache_clear()


def test_of_a_short_record_the_page_waits_for_the_answer() -> None:
    threading.Timer(0.3, READY.set).start()
    assert made("short", slowly) == "made"


def test_of_a_long_one_the_page_says_so_and_is_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ui.making, "LONG", 1)
    drawn = AppTest.from_string(SCRIPT, default_timeout=60).run()
    assert ([each.value for each in drawn.info], len(drawn.markdown)) == (["Reading …"], 0)
    READY.set()
    assert ui.making._asked[None, "what"].result(60) == "made"
    assert [each.value for each in drawn.run().markdown] == ["made"]


def test_it_is_made_once_for_all_who_ask() -> None:
    READY.set()
    counted: list[int] = []
    for _ in range(3):
        made("once", lambda: counted.append(1) or "made")  # type: ignore[func-returns-value]
    assert counted == [1]


def test_what_stopped_it_is_raised_and_the_next_tries_again() -> None:
    def refused() -> str:
        raise ConfigError("It cannot be made.")

    READY.set()
    with pytest.raises(ConfigError, match=r"It cannot be made\."):
        made("stopped", refused)
    assert made("stopped", slowly) == "made"
