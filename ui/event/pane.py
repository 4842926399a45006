"""One event on one screen: before → after, why it was flagged, who, and behind tabs its row's whole story."""

from datetime import datetime
from html import escape
from typing import Final

import streamlit as st

from audit_core.actors import Actor
from audit_core.changes.diff import ROW
from audit_core.detail import Detail
from audit_core.detail.difference import Piece
from audit_core.filters import EventFilter
from audit_core.rules.base import money_text
from ui.clock import zone
from ui.event.acts import changes_link, event_acts
from ui.event.decided import review_block
from ui.event.tabs import detail_tabs
from ui.words import moment, plain, severity_badge, visible

_EVIDENCE: Final = {
    "created": "the one who made the row, as its system columns say",
    "cell history": "the writer of this very cell, as Smartsheet's history of it says",
    "row writer": "the last writer of the row, as its system columns say; another cell's edit may be somebody else's",
    "webhook": "named by Smartsheet itself when it announced the change",
    "own write": "written by this program with that person's token",
    "automation": "an automation, not a person",
    "recalculated": "calculated again by its formula; nobody typed here",
    "imported": "so says the database of the predecessor; nothing sealed it before it was imported",
    "unknown": "not known: the source gives no writer for this row",
}
_LONGEST: Final = 160


def detail_pane(found: Detail, actor: Actor, under: EventFilter, *, deciding: bool = True) -> None:
    """Show it, with what `actor` may take away. `under`: the conditions that ways to Changes keep.

    `deciding`: what was decided, and the buttons for it, stand in it.
    """
    event = found.event
    st.markdown(f"{severity_badge(event['severity'])} **{plain(event['column_name'])}** · event {event['event_id']}")
    _before_after(found)
    st.caption(plain(event["sheet_reference"]))
    reasons = "".join(f"\n- {plain(reason)}" for reason in found.reasons)
    if event["issue_description"]:
        st.markdown(f"**Why flagged**  \n{plain(event['issue_description'])}\n{reasons}")
        st.markdown(f":material/lightbulb: {plain(event['suggested_fix'])}")
    else:
        st.markdown(f"No rule was broken.\n{reasons}")
    _facts(found)
    event_acts(found, actor, under)
    if found.incident:
        number = event["incident_id"]
        words = f"Incident {number}: {plain(found.incident['summary'][:_LONGEST])}"
        changes_link(words, EventFilter(incident=number), ":material/hub:", f"goto-incident-{event['event_id']}")
    if deciding:
        review_block(found, actor)
    detail_tabs(found, under)


def _before_after(found: Detail) -> None:
    """The two sides; what only one of them has is struck through or underlined, and their distance stands beside."""
    event, apart = found.event, found.difference
    if event["column_name"] == ROW:
        there = [event[name] is not None for name in ("old_value", "new_value")]
        sides = ["the line" if each else "not there" for each in there]
    else:
        sides = [_marked(apart.before, "del"), _marked(apart.after, "ins")]
    cells = (
        f"<div><span>{title}</span><p>{text or 'blank'}</p></div>"
        for title, text in zip(("Before", "After"), sides, strict=True)
    )
    between = f"<em>{escape(apart.words)}</em>" if apart.words else ""
    st.html(f"<section class='redline-sides'>{'<b>→</b>'.join(cells)}{between}</section>")


def _marked(pieces: tuple[Piece, ...], tag: str) -> str:
    return "".join(
        escape(visible(each.text)) if each.same else f"<{tag}>{escape(visible(each.text))}</{tag}>" for each in pieces
    )


def _facts(found: Detail) -> None:
    event, clock = found.event, zone()
    week = f"week {event['week_ending']}" if event["week_ending"] else "its week, which is not known,"
    lock = {1: f"after {week} locked", 0: f"before {week} locked", None: f"possibly after {week} locked"}
    if event["changed_at"]:
        when = f"{moment(datetime.fromisoformat(event['changed_at']), clock)} ({clock.key})"
    elif found.previous_look_at and found.look_at:
        when = f"between {moment(found.previous_look_at, clock)} and {moment(found.look_at, clock)} ({clock.key})"
    elif event["look"]:
        when = f"seen in look {event['look']}"
    else:
        when = "not known"
    evidence = event["who_evidence"] or "unknown"
    known = f"nobody is on record; it was {evidence}" if evidence.startswith("one of ") else evidence
    who = f"{event['changed_by'] or 'Nobody can be named'} · {_EVIDENCE.get(evidence, known)}"
    money = money_text(event["money_cents"]) if event["money_cents"] is not None else "–"
    anomaly = "there was no model for it" if event["anomaly_score"] is None else f"{event['anomaly_score']:.3f}"
    facts = (
        ("Who", who),
        ("When", f"{when}; {lock[event['is_historical']]}" if event["row_id"] else when),
        ("Work request", event["work_request"] or "none"),
        ("Moves", money),
        ("Risk", f"{event['risk_score']:.2f} · anomaly: {anomaly}" if event["risk_score"] is not None else "–"),
    )
    rows = "".join(f"<dt>{name}</dt><dd>{escape(visible(value))}</dd>" for name, value in facts)
    st.html(f"<dl class='redline-facts'>{rows}</dl>")
