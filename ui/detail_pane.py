"""One event on one screen: before → after, why it was flagged, who, and the row's whole story."""

from datetime import UTC, datetime
from html import escape

import streamlit as st

from audit_core.actors import Actor, Permission, allowed
from audit_core.detail import Detail, Hit, Moment
from audit_core.records.event_proof import prove_event, seal_handed_out
from ui.filters import show_incident
from ui.opened import workspace
from ui.review import review_block
from ui.words import dollars, moment, plain, severity_badge, visible

_EVIDENCE = {
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
_VALUE_STYLE = "font-weight:600;overflow-wrap:anywhere;white-space:pre-wrap;max-height:9em;overflow:auto"
_FACTS_STYLE = (
    ".redline-facts{display:grid;grid-template-columns:auto 1fr;gap:2px 12px;margin:0!important;padding:0!important}"
    ".redline-facts dt{font-weight:600}.redline-facts dd{margin:0!important;padding:0!important;overflow-wrap:anywhere}"
)
_MOMENT_ICON = {
    "seen": ":material/visibility:",
    "lock": ":material/lock:",
    "change": ":material/edit:",
    "finding": ":material/search:",
}


def detail_pane(found: Detail, actor: Actor) -> None:
    """Show it, with what `actor` may take away."""
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
    if found.incident:
        st.button(
            f"Incident {event['incident_id']}: {plain(found.incident['summary'])}",
            icon=":material/hub:",
            type="tertiary",
            on_click=show_incident,
            args=(event["incident_id"],),
        )
    review_block(found, actor)
    if allowed(actor, Permission.MAKE_REPORTS):
        event_id = event["event_id"]
        st.download_button(
            "Proof of this event",
            data=lambda: _proof(actor, event_id),
            file_name=f"redline-event-{event_id}.zip",
            mime="application/zip",
            icon=":material/verified_user:",
            type="tertiary",
            on_click="ignore",
            key=f"proof-{event_id}",
            help="The event, its proof and a small program that checks both offline against the foot of any report",
        )
    if event["row_id"] is None:  # something happened to the sheet itself
        return
    timeline, row, rules = st.tabs(["Timeline of the row", "The whole row", "Evidence"])
    with timeline:
        for each in found.moments:
            _moment(each, event["event_id"])
    with row:
        _row(found)
    with rules:
        for hit in found.hits:
            st.markdown(_said(hit))
        for hit in found.shadow:
            st.caption(f":material/visibility_off: In shadow, raises nothing: {_said(hit)}")
        if not (found.hits or found.shadow):
            st.caption("No rule was broken, so there is no evidence to show.")


def _said(hit: Hit) -> str:
    base = f", from {hit.n:,} rows" if hit.n else ""
    seen, expected = plain(hit.seen or "nothing"), plain(hit.expected or "nothing of the kind")
    return f"**{plain(hit.title)}**: seen {seen}, expected {expected}{base}"


def _proof(actor: Actor, event_id: int) -> bytes:
    """The bytes of the download, when they are handed over."""
    now = datetime.now(UTC)
    made = prove_event(workspace(), actor, event_id, now)
    zipped = made.zipped()
    seal_handed_out(workspace(), actor, made, now)
    return zipped


def _before_after(found: Detail) -> None:
    event = found.event
    if event["column_name"] == "(row)":
        sides = ["not there" if value is None else "the line" for value in (event["old_value"], event["new_value"])]
    else:
        sides = [value or "blank" for value in (event["old_value"], event["new_value"])]
    for column, title, value in zip(st.columns(2), ("Before", "After"), sides, strict=True):
        with column.container(border=True):
            st.caption(title)
            st.html(f'<div style="{_VALUE_STYLE}">{escape(visible(value))}</div>')


def _facts(found: Detail) -> None:
    event, zone = found.event, workspace().settings.zone
    week = f"week {event['week_ending']}" if event["week_ending"] else "its week, which is not known,"
    lock = {1: f"after {week} locked", 0: f"before {week} locked", None: f"possibly after {week} locked"}
    if event["changed_at"]:
        when = f"{moment(datetime.fromisoformat(event['changed_at']), zone)} ({zone.key})"
    elif found.previous_look_at and found.look_at:
        when = f"between {moment(found.previous_look_at, zone)} and {moment(found.look_at, zone)} ({zone.key})"
    elif event["look"]:
        when = f"seen in look {event['look']}"
    else:
        when = "not known"
    evidence = event["who_evidence"] or "unknown"
    known = f"nobody is on record; it was {evidence}" if evidence.startswith("one of ") else evidence
    who = f"{event['changed_by'] or 'Nobody can be named'} · {_EVIDENCE.get(evidence, known)}"
    money = dollars(event["money_cents"] / 100) if event["money_cents"] is not None else "–"
    anomaly = "there was no model for it" if event["anomaly_score"] is None else f"{event['anomaly_score']:.3f}"
    facts = (
        ("Who", who),
        ("When", f"{when}; {lock[event['is_historical']]}" if event["row_id"] else when),
        ("Work request", event["work_request"] or "none"),
        ("Moves", f"{money}" + (f" (delta {event['delta']:g})" if event["delta"] is not None else "")),
        ("Risk", f"{event['risk_score']:.2f} · anomaly: {anomaly}" if event["risk_score"] is not None else "–"),
    )
    rows = "".join(f"<dt>{name}</dt><dd>{escape(visible(value))}</dd>" for name, value in facts)
    st.html(f"<style>{_FACTS_STYLE}</style><dl class='redline-facts'>{rows}</dl>")


def _moment(each: Moment, here: int) -> None:
    zone = workspace().settings.zone
    mark = " :primary-badge[this one]" if each.event_id == here else ""
    badge = f" {severity_badge(each.severity)}" if each.severity else ""
    who = f" · {plain(each.who)}" if each.who else ""
    st.markdown(
        f"{_MOMENT_ICON.get(each.kind, '')} **{moment(each.at, zone)}** {plain(each.text[:300])}{who}{badge}{mark}"
    )


def _row(found: Detail) -> None:
    if found.thinned:
        st.caption("The snapshots around this look are no longer kept: later ones of their days are (see retention).")
        return
    if found.row.is_empty():
        st.caption("The row stands in neither snapshot around this look.")
        return
    shown = found.row.sort("differs", descending=True, maintain_order=True)
    st.dataframe(
        shown.to_pandas(),
        hide_index=True,
        width="stretch",
        column_config={"differs": st.column_config.CheckboxColumn("differs", width="small")},
    )
