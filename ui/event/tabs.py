"""Behind the tabs of an event: its row's story, the whole row at any look, what else happened, the evidence.

Only the tab that is open is asked for.
"""

from datetime import UTC, datetime
from typing import Final

import streamlit as st

from audit_core.detail import Detail, Hit, Moment, around, row_between, timeline
from audit_core.errors import AuditError
from audit_core.filters import EventFilter
from audit_core.rules.base import money_text
from ui.chosen import in_address, put, switch
from ui.clock import zone
from ui.event.acts import changes_link
from ui.opened import workspace
from ui.words import counted, look_text, moment, plain, severity_badge

_TABS: Final = {"timeline": "Timeline", "row": "Whole row", "around": "What else", "evidence": "Evidence"}
_MOST: Final = 60
_ICON: Final = {
    "seen": ":material/visibility:",
    "lock": ":material/lock:",
    "change": ":material/edit:",
    "finding": ":material/search:",
    "sheet": ":material/table_chart:",
}


def detail_tabs(found: Detail, under: EventFilter) -> None:
    """The tabs, and what is behind the open one. What befell a sheet as a whole has only its evidence.

    `under`: the conditions that ways to Changes keep.
    """
    tabs = _TABS if found.event["row_id"] is not None else {"evidence": _TABS["evidence"]}
    chosen = in_address("pane", tabs, next(iter(tabs)))
    switch("pane", "About this event", list(tabs), chosen, words=tabs.__getitem__)
    try:
        match chosen:
            case "timeline":
                _timeline(found)
            case "row":
                _row(found)
            case "around":
                _around(found, under)
            case _:
                _evidence(found)
    except AuditError as error:  # a snapshot that was altered
        st.error(plain(str(error)), icon=":material/error:")


def _timeline(found: Detail) -> None:
    moments, here = timeline(workspace(), found), found.event["event_id"]
    place = next((n for n, each in enumerate(moments) if each.event_id == here), 0)
    first = max(0, min(place - _MOST // 2, len(moments) - _MOST))
    shown = moments[first : first + _MOST]
    if len(shown) < len(moments):
        st.caption(f"{len(shown)} of {counted(len(moments), 'moment')}, those around this one")
    st.markdown("  \n".join(_line(each, here) for each in shown))


def _line(each: Moment, here: int) -> str:
    mark = " :primary-badge[this one]" if each.event_id == here else ""
    badge = f" {severity_badge(each.severity)}" if each.severity else ""
    who = f" · {plain(each.who)}" if each.who else ""
    return f"{_ICON[each.kind]} **{moment(each.at, zone())}** {plain(each.text[:300])}{who}{badge}{mark}"


def _row(found: Detail) -> None:
    looks = list(found.kept)[::-1]
    if not looks:
        st.caption("No snapshot of this sheet is kept.")
        return
    if found.thinned:
        st.caption("Not both snapshots around this look are kept: later ones of their days are (see retention).")
    own = found.around[-1] if found.around else looks[0]
    left, right = st.columns(2)
    with left:
        after = _look_choice("As it was at", "row_at", looks, own)
    with right:
        before = _look_choice("Compared with", "row_beside", looks, found.around[0] if found.around else own)
    shown = row_between(workspace(), found.event, before, after)
    if shown.is_empty():
        st.caption("The row stands in neither of these looks.")
        return
    differing = int(shown["differs"].sum())
    st.caption(
        f"{counted(differing, 'cell')} of {shown.height} differ, these first" if differing else "No cell differs"
    )
    st.dataframe(
        shown.fill_null("").to_pandas(),
        hide_index=True,
        width="stretch",
        height=min(560, 38 + 35 * shown.height),
        column_config={
            "column": "Column",
            "before": look_text(before, zone()),
            "after": look_text(after, zone()),
            "differs": st.column_config.CheckboxColumn("Differs", width="small"),
        },
    )


def _look_choice(label: str, name: str, looks: list[str], default: str) -> str:
    """A look that is kept, the newest first; of `default`, which may be kept no longer, the nearest before it."""
    near = next((look for look in looks if look <= default), looks[-1])
    chosen = in_address(name, looks, near)
    key, clock = f"{name}={hash((chosen, tuple(looks)))}", zone()
    return st.selectbox(
        label, looks, index=looks.index(chosen), format_func=lambda look: look_text(look, clock), key=key,
        on_change=lambda: put(name, st.session_state[key]),
    )  # fmt: skip


def _around(found: Detail, under: EventFilter) -> None:
    seen, number = around(workspace(), found), found.event["event_id"]
    for each in seen.others:
        told = f"{counted(each.totals.events, 'event')} on {counted(each.totals.rows, 'row')}"
        moved = plain(money_text(each.totals.money_cents))
        words = f"{each.words}: **{told}**, {each.totals.flagged:,} flagged, {moved}"
        changes_link(words, each.chosen, ":material/arrow_forward:", f"goto-{number}-{each.words}", number)
    if seen.beside is None:
        st.caption("The rows beside it are not known: no snapshot of its look is kept.")
        return
    st.markdown("**Rows beside it that changed in the same look**")
    for row in seen.beside:
        where = f"{abs(row.places)} {'above' if row.places < 0 else 'below'}"
        more = f" and {counted(row.events - 1, 'more event')}" if row.events > 1 else ""
        words = f"{where}: {plain(row.text[:120])}{more}"
        changes_link(words, under, ":material/table_rows:", f"goto-{number}-{row.row_id}", row.event_id)
    if not seen.beside:
        st.caption("None of the five above and the five below.")


def _evidence(found: Detail) -> None:
    for hit in found.hits:
        st.markdown(_said(hit))
    for hit in found.shadow:
        st.caption(f":material/visibility_off: In shadow, raises nothing: {_said(hit)}")
    if not (found.hits or found.shadow):
        st.caption("No rule was broken, so there is no evidence to show.")
    recorded = datetime.fromisoformat(found.event["timestamp"]).astimezone(UTC)
    st.caption(f"Recorded {moment(recorded, zone())} as event {found.event['event_id']} of the ledger.")


def _said(hit: Hit) -> str:
    base = f", from {hit.n:,} rows" if hit.n else ""
    seen, expected = plain(hit.seen or "nothing"), plain(hit.expected or "nothing of the kind")
    return f"**{plain(hit.title)}**: seen {seen}, expected {expected}{base}"
