"""What can be done with an event: filter by what it is, send its link, pin it, prove it, open its row at the source."""

from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

import streamlit as st

from audit_core.actors import Actor
from audit_core.detail import Detail
from audit_core.filters import LOCK_WORDS, EventFilter
from audit_core.permissions import Permission, allowed
from audit_core.records.event_proof import WITHHELD, prove_event, seal_handed_out, seen_as_sealed
from audit_core.workspace import Workspace
from ui.filters import LABELS
from ui.guard import whoever_clicks
from ui.navigation import page_of
from ui.notebook.pins import pin_button
from ui.opened import workspace
from ui.words import plain

_LONGEST: Final = 60


def event_acts(found: Detail, actor: Actor, under: EventFilter) -> None:
    """Its values as conditions beside those it stands under, and the ways out."""
    with st.container(horizontal=True, gap="small"):
        _conditions(found, under)
        _ways_out(found, actor)
        pin_button(found.event["event_id"], actor)


def changes_link(words: str, wanted: EventFilter, icon: str, key: str, event: int | None = None) -> None:
    """A way to Changes under a filter, looking at an event of it, from any page. `words`: Markdown."""
    if st.button(words, icon=icon, type="tertiary", key=key, wrap=True):
        _go(wanted, event)


def _go(wanted: EventFilter, event: int | None) -> None:
    looked_at = {} if event is None else {"event": [str(event)]}
    st.switch_page(page_of("changes"), query_params=wanted.parameters() | looked_at)


def _conditions(found: Detail, under: EventFilter) -> None:
    """Two menus: only what has one of its values, or all but that."""
    values, number = _values(found), found.event["event_id"]

    def menu(label: str, icon: str, what: str) -> str | None:
        return st.menu_button(
            label, list(values), icon=icon, type="tertiary", key=f"{label}-{number}", help=what,
            format_func=lambda name: _called(name, values),
        )  # fmt: skip

    if name := menu("Only …", ":material/filter_alt:", "Changes with the same value"):
        _go(under.only(name, values[name]), number)
    if name := menu("Not …", ":material/filter_alt_off:", "Changes without this value"):
        _go(under.but(name, values[name]), None)


def _ways_out(found: Detail, actor: Actor) -> None:
    """Its link, its proof, its row in a packet and at the source."""
    number, clicks, here = found.event["event_id"], whoever_clicks(), workspace()
    popover = st.popover(
        "Take", icon=":material/ios_share:", type="tertiary", help="Its link, its proof", key=f"take-{number}"
    )
    with popover:
        st.caption("Link to this event")
        st.code(_link(number), language=None, wrap_lines=True)
        if allowed(actor, Permission.PROVE_EVENTS) and not seen_as_sealed(here, found.event):
            st.caption(f"Proof of this event: {WITHHELD}")
        elif allowed(actor, Permission.PROVE_EVENTS):
            st.download_button(
                "Proof of this event",
                data=lambda: _proof(here, clicks(), number),
                file_name=f"redline-event-{number}.zip",
                mime="application/zip",
                icon=":material/verified_user:",
                type="tertiary",
                on_click="ignore",
                key=f"proof-{number}",
                help="The event, its proof and a small program that checks both offline against the foot of any report",
            )
    if (row := found.event["row_id"]) and allowed(actor, Permission.READ_PACKETS) and st.button(
        "Packet", icon=":material/inventory_2:", type="tertiary", key=f"packet-{number}",
        help="In which packet its row is, or why in none",
    ):  # fmt: skip
        st.switch_page(page_of("packets"), query_params={"row": row})
    if found.link:
        st.link_button("Smartsheet", found.link, icon=":material/open_in_new:", type="tertiary", help="Open its row")


def _values(found: Detail) -> dict[str, str]:
    """What the event is in each facet that can be chosen from, but its review."""
    event = found.event
    lock = {state: word for word, state in LOCK_WORDS.items()}[event["is_historical"]]
    values = {
        "column": event["column_name"], "rule": event["violation_type"], "person": event["changed_by"] or "unknown",
        "sheet": event["sheet_name"], "week": event["week_ending"] or "no week", "look": event["look"],
        "severity": event["severity"], "lock": lock,
    }  # fmt: skip
    return {name: value for name, value in values.items() if value}


def _called(name: str, values: dict[str, str]) -> str:
    titles = workspace().titles() if name == "rule" else {}
    return plain(f"{LABELS[name]}: {titles.get(values[name], values[name])[:_LONGEST]}")


def _link(number: int) -> str:
    parts = urlsplit(st.context.url or "")
    return f"{parts.scheme}://{parts.netloc}/changes?event={number}"


def _proof(here: Workspace, actor: Actor, event_id: int) -> bytes:
    """The bytes of the download, when they are handed over."""
    now = datetime.now(UTC)
    made = prove_event(here, actor, event_id, now)
    zipped = made.zipped()
    seal_handed_out(here, actor, made, now)
    return zipped
