"""The script that Streamlit runs: who is there, which pages they may see, and the page they asked for."""

from html import escape
from pathlib import Path

import streamlit as st

from audit_core.actors import Permission, allowed
from ui.guard import guard
from ui.navigation import PAGES

_MARK = str(Path(__file__).with_name("redline.png"))

st.set_page_config(page_title="Redline", page_icon=_MARK, layout="wide")
actor = guard(Permission.READ_CHANGES)


def home() -> None:
    """`/` leads to the overview, which has an address of its own."""
    st.switch_page(PAGES[0].path)


sections: dict[str, list[st.Page]] = {"": [st.Page(home, title="Redline", default=True, visibility="hidden")]}
for spec in PAGES:
    if allowed(actor, spec.permission):
        page = st.Page(spec.path, title=spec.title, icon=spec.icon, url_path=spec.name)
        sections.setdefault(spec.section, []).append(page)

# two columns side by side are too narrow to read in a small window: there they stand one below the other
_SPLIT = "[class*='st-key-split-'] > * > [data-testid='stHorizontalBlock']"
st.html(
    f"<style>@media (max-width: 1150px) {{ {_SPLIT} {{ flex-wrap: wrap }} "
    f"{_SPLIT} > [data-testid='stColumn'] {{ min-width: 100% }} }}</style>"
)
st.logo(_MARK, size="large")
current = st.navigation(sections)
with st.sidebar:
    st.html(
        f"<div>{escape(actor.email)}<br>{actor.role.value}</div>"
        '<a href="/sign-out" target="_self" style="color:inherit">Sign out</a>'
    )
current.run()
