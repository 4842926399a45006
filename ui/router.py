"""The script that Streamlit runs: who is there, which pages they may see, and the page they asked for."""

from pathlib import Path

import streamlit as st

from audit_core.permissions import Permission, allowed
from ui.confirm import confirmation
from ui.frame import side
from ui.guard import PAGE, UNATTENDED, guard
from ui.navigation import PAGES

_MARK = str(Path(__file__).with_name("redline.png"))

st.set_page_config(page_title="Redline", page_icon=_MARK, layout="wide")
actor = guard(Permission.READ_CHANGES, page=False)


def home() -> None:
    """`/` leads to the first page that one may see, which has an address of its own."""
    st.switch_page(next(spec.path for spec in PAGES if allowed(actor, spec.permission)))


sections: dict[str, list[st.Page]] = {"": [st.Page(home, title="Redline", default=True, visibility="hidden")]}
for spec in PAGES:
    # one that may not be seen is not offered; who goes to its address is told why
    may = allowed(actor, spec.permission)
    page = st.Page(
        spec.path, title=spec.title, icon=spec.icon, url_path=spec.name, visibility="visible" if may else "hidden"
    )
    sections.setdefault(spec.section if may else "", []).append(page)

st.logo(_MARK, size="large")
current = st.navigation(sections, expanded=True)
if current.url_path:
    st.session_state[PAGE] = current.url_path
    side(current.url_path, actor)
try:
    current.run()
    confirmation(current.url_path, actor)
finally:
    st.session_state.pop(UNATTENDED, None)
