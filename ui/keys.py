"""Keys: what each page's keys do, the help that `?` opens, and the switch that puts single keys to rest."""

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from typing import Final

import streamlit as st

from audit_core.actors import Actor
from audit_core.preferences import prefer, preferences
from ui.guard import current_actor
from ui.opened import workspace
from ui.tour import on_sample, show_tour

_PAGE, _KEYS, _ON, _SWITCH = "keys-page", "keys-of-page", "keys-on", "keys-switch"
_HELP: Final = "keys-help"
_EVERYWHERE: Final = {
    "?": "this help",
    "Tab, Shift+Tab": "the next and the previous control",
    "Enter, Space": "press a button, open a choice",
    "Esc": "close what is open",
}
# Streamlit's own shortcuts know letters and digits only; this one presses the help button, outside of text fields
_QUESTION_MARK: Final = """<script>
(() => {
  const quiet = "input, textarea, select, [contenteditable=true], [role=textbox], [role=combobox]";
  document.removeEventListener("keydown", window.redlineKeys);
  window.redlineKeys = event => {
    if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(quiet)) return;
    const help = document.querySelector(".st-key-keys-help button");
    if (help) { event.preventDefault(); help.click(); }
  };
  document.addEventListener("keydown", window.redlineKeys);
})();
</script>"""
_NO_QUESTION_MARK: Final = '<script>document.removeEventListener("keydown", window.redlineKeys)</script>'
SCRIPTS: Final = (_QUESTION_MARK, _NO_QUESTION_MARK)
"""The scripts that stand in pages of this app; the browser runs no others (ui/door/headers.py)."""


def keys(does: Mapping[str, str]) -> None:
    """Say what the page's keys do, for the help: `keys({"a": "confirm", "j": "next"})`.

    The keys themselves are shortcuts of buttons: `st.button(…, shortcut=shortcut("a"))`.
    """
    st.session_state[_KEYS] = dict(does)


def shortcut(key: str) -> str | None:
    """The key for a button's `shortcut=`; None while this person has put single keys to rest."""
    return key if st.session_state.get(_ON, True) else None


def help_button(page: str, actor: Actor) -> None:
    """The button that opens the help of a page, also by `?`. To be drawn before the page."""
    st.session_state[_ON] = preferences(workspace().store, actor).single_keys
    if st.session_state.get(_PAGE) != page:
        st.session_state[_PAGE], st.session_state[_KEYS] = page, {}
    st.button("Help and keys", icon=":material/keyboard:", type="tertiary", key=_HELP, on_click=help_dialog)
    st.html(_QUESTION_MARK if st.session_state[_ON] else _NO_QUESTION_MARK, unsafe_allow_javascript=True)


@st.dialog("Help and keys", icon=":material/keyboard:")
def help_dialog() -> None:
    """The keys of this page and of every page, and the switch."""
    on, here = st.session_state.get(_ON, True), st.session_state.get(_KEYS, {})
    if here:
        st.markdown("**On this page**" if on else "**On this page** (single keys are off)")
        st.html(_table(here))
    st.markdown("**Everywhere**")
    st.html(_table(_EVERYWHERE))
    wanted = st.toggle(
        "Single keys", on, key=_SWITCH, on_change=_switched, help="Off: keys pressed alone do nothing, also `?`"
    )
    if wanted != on:
        st.rerun()  # the page behind, whose buttons have the keys
    if on_sample():
        st.button("Look around the sample", icon=":material/tour:", on_click=show_tour, args=(True,))


def _table(does: Mapping[str, str]) -> str:
    lines = "".join(f"<dt><kbd>{escape(key)}</kbd></dt><dd>{escape(what)}</dd>" for key, what in does.items())
    return f"<dl class='redline-keys'>{lines}</dl>"


def _switched() -> None:
    """Callback: single keys on or off, for this person from now on."""
    if (actor := current_actor()) is not None:
        prefer(workspace().store, actor, datetime.now(UTC), single_keys=bool(st.session_state[_SWITCH]))
