"""What is looked at in Review: one item with its keys and tabs, or the several that are chosen."""

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from audit_core.actors import Actor
from audit_core.detail import detail
from audit_core.filters import EventFilter
from audit_core.review.cases import case_of, history
from audit_core.review.claims import Claim
from audit_core.review.dispositions import disposition_on, parts_of
from audit_core.review.parts import beside, chosen_of
from audit_core.review.queue import State
from audit_core.rules.base import money_text
from audit_core.store.judged import Judged
from ui.chosen import switch
from ui.clock import zone
from ui.event.pane import detail_pane
from ui.navigation import page_of
from ui.opened import workspace
from ui.review.case import case_pane, said_list
from ui.review.decision_bar import Subject, decision_bar, move_buttons
from ui.review.queue_list import TABS, Place, age, skipped
from ui.words import counted, moment, plain, severity_badge


def item_pane(
    told: pl.DataFrame,
    found: pl.DataFrame,
    item: str,
    actor: Actor,
    at: Place,
    held: Claim | None,
    *,
    may: bool,
    today: date,
) -> None:
    """One item: what it is, who has it, the keys to decide, and one of its tabs."""
    here, (kind, number) = workspace(), parts_of(item)
    scores = Judged(here.store.database).scores(kind, number)
    shown = detail(here, scores[2]) if scores else None
    if shown is None:
        st.markdown(":material/search_off: There is no such item. **Choose one** on the left.")
        return
    row = next(told.filter(pl.col("subject") == item).iter_rows(named=True), None)
    standing = disposition_on(here.store, item)
    seen = standing.decision_id if standing else None
    around, case = beside(found, item, actor.email, skipped()), case_of(here.store, item)
    about = Subject({item: seen}, around.following, around.before)
    place_ = found.filter(pl.col("subject") == item)["place"].to_list()
    where = f" · {place_[0]:,} of {found.height:,}" if place_ else ""
    with st.container(key="item-head"):
        st.markdown(f"{severity_badge(shown.event['severity'])} **{kind.capitalize()} {number}**{where}")
    many = shown.incident if shown.incident and kind == "incident" and shown.incident["events"] > 1 else None
    if many:
        st.markdown(f"**{plain(many['summary'])}**")
    if row is not None:
        st.caption(_facts(row, many, today))
    if held is not None:
        _held(held, actor)
    if standing is not None:
        grown = ". It grew since: decide about all of it" if row and row["state"] == State.GROWN.value else ""
        st.markdown(
            f":material/gavel: **{standing.disposition.words().capitalize()}** · {plain(standing.by)} · "
            f"{moment(standing.at, zone())}{grown}"
        )
    if may:
        decision_bar(about, actor)
    else:
        with st.container(horizontal=True, gap="small"):
            move_buttons(about)
    steps = f" ({len(case.steps)})" if case.steps else ""
    switch("tab", "Show", list(TABS), at.tab, words=lambda tab: TABS[tab] + (steps if tab == "case" else ""))
    match at.tab:
        case "case":
            case_pane(case, seen, actor, may=may)
        case "history":
            said_list(history(here.store, case))
        case _:
            if many:
                st.page_link(
                    page_of("changes"), label=f"All {many['events']:,} changes of this incident",
                    icon=":material/arrow_forward:", query_params={"incident": str(number)},
                )  # fmt: skip
            detail_pane(shown, actor, EventFilter(), deciding=False)


def several_pane(found: pl.DataFrame, chosen: list[str], actor: Actor) -> None:
    """What is chosen, counted and summed before anything is decided."""
    several, most = chosen_of(found, chosen), workspace().settings.review.most_at_once
    st.markdown(f"**{counted(len(several.seen), 'item')} chosen**")
    if not several.seen:
        st.caption(f"Tick rows on the left (at most {most}); the box on top takes the whole page.")
        return
    moved, cost = money_text(several.money_cents), money_text(several.risk_cents)
    st.markdown(f"moving {plain(moved)} either way · expected cost {plain(cost)}")
    titles = workspace().titles()
    kinds = [(titles.get(rule, rule) if rule else "no rule", n) for rule, n in several.rules.items()]
    st.markdown("\n".join(f"- {counted(n, 'item')}: {plain(kind)}" for kind, n in kinds))
    decision_bar(Subject(several.seen, None), actor)
    st.caption("One step in the trail, with one undo. Where somebody was first on one of them, none is decided.")


def _facts(row: dict[str, Any], incident: dict[str, Any] | None, today: date) -> str:
    """An item in one line: what moved, what it would cost, how old it is, why it is here."""
    why = {"urgent": "urgent", "review": "for review", "drawn": "drawn at random: as worth deciding as a find"}
    parts = [
        counted(incident["rows"], "row") if incident else "1 row",
        f"moves {plain(money_text(row['money_cents'] or 0))}",
        f"risk {row['risk_score']:.2f}",
        f"expected cost {plain(money_text(row['risk_cents'] or 0))}",
        f"{age(row['day'], today)} old",
        why[row["level"]],
    ]
    return " · ".join(parts)


def _held(held: Claim, actor: Actor) -> None:
    """Who has it."""
    if held.by == actor.email:
        st.caption(f":material/pan_tool: Yours until {moment(held.until, zone())}, or until you go on.")
    else:
        st.warning(
            f"**{plain(held.by)}** has looked at this since {moment(held.at, zone())}. You can decide all the same; "
            "whoever is first counts.",
            icon=":material/pan_tool:",
        )
