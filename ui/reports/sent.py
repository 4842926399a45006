"""What went to whom: what waits for a person with its buttons, and everything that was sent or waits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import polars as pl
import streamlit as st

from audit_core.actors import Actor
from audit_core.delivery import Line, State, held_up, lines, resume, send_again, settle
from audit_core.workspace import Workspace
from ui.clock import zone
from ui.navigation import page_of
from ui.opened import workspace
from ui.recorded import recorded
from ui.words import moment, plain

_FEW: Final = 20
"""So many deliveries that wait for a person are shown with their buttons at once."""

_MOST: Final = 1_000
_TALLEST: Final = 460
_BADGES: Final = {
    State.WAITS: ("gray", "schedule"),
    State.SENDING: ("blue", "sync"),
    State.DELIVERED: ("green", "check"),
    State.UNKNOWN: ("orange", "help"),
    State.FAILED: ("red", "error"),
    State.ARRIVED: ("green", "how_to_reg"),
}


def _resume() -> None:
    """Callback: somebody looked at what had gone out before the restore."""
    recorded(resume)


def sent_part(actor: Actor) -> None:
    """All deliveries, those first that a person decides about."""
    subscriptions = workspace().settings.delivery.subscriptions
    found = lines(workspace(), actor, limit=_MOST)
    if not subscriptions:
        st.info(
            "Nothing is sent: `config.json` has no `delivery.subscriptions`. The operator's guide says how to set up "
            "e-mail and webhooks.",
            icon=":material/outgoing_mail:",
        )
    if subscriptions and (told := held_up(workspace())):
        st.warning(plain(told), icon=":material/settings_backup_restore:")
        st.button("Let delivery go on", icon=":material/play_arrow:", on_click=_resume)
    for each in subscriptions:
        what = "the newest audit workbook" if each.what == "audit" else f"packets from week {each.first_week} on"
        where = "a webhook" if each.webhook else ", ".join(map(plain, each.to))
        st.markdown(f":material/outgoing_mail: **{plain(each.name)}**: {what} to {where}")
    waiting = [line for line in found if line.for_a_person]
    if waiting:
        st.header(f"To decide about ({len(waiting):,})", anchor=False)
        for line in waiting[:_FEW]:
            _to_decide(line)
        if len(waiting) > _FEW:
            st.caption(f"and {len(waiting) - _FEW:,} more: decide about these first")
    if found:
        st.header("What went to whom", anchor=False)
        _table(found)
    elif subscriptions:
        st.info("Nothing was sent yet, and nothing waits.", icon=":material/inbox:")


def state_badge(line: Line) -> str:
    """Where a delivery stands, as Markdown."""
    color, icon = _BADGES[State(line.state)] if line.state in set(State) else ("gray", "block")
    return f":{color}-badge[:material/{icon}: {line.state}]"


def _to_decide(line: Line) -> None:
    number = line.number or 0
    with st.container(border=True, key=f"delivery-{number}"):
        when = f", {moment(line.at, zone())}" if line.at else ""
        st.markdown(
            f"{state_badge(line)} **{plain(line.document.title)}** to {plain(line.way.to)} "
            f"({plain(line.way.subscription)}){when}  \n{plain(line.said)}"
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "It arrived", icon=":material/how_to_reg:", key=f"arrived-{number}", on_click=_settle, args=(number,),
                help="Somebody there has it: it is not sent again",
            )  # fmt: skip
            st.button(
                "Send again", icon=":material/send:", key=f"again-{number}", on_click=_again, args=(number,),
                disabled=not line.again,
                help="It goes out with the next run of deliver" if line.again else "Nobody asks for it any more",
            )  # fmt: skip
            st.page_link(
                page_of("reports"), label="The document", icon=":material/description:",
                query_params={"part": "library", "document": str(line.way.document)},
            )  # fmt: skip


def _settle(number: int) -> None:
    """Callback: somebody knows that it arrived."""

    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        settle(here, actor, [number], now)
        return f"Delivery {number} is settled as arrived."

    recorded(act)


def _again(number: int) -> None:
    """Callback: it is to go out once more."""

    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        send_again(here, actor, [number], now)
        return f"Delivery {number} goes out again with the next run."

    recorded(act)


def _table(found: Sequence[Line]) -> None:
    rows = [
        (
            line.state,
            line.document.title,
            line.way.to,
            line.way.subscription,
            moment(line.at, zone()) if line.at else "",
            line.tries,
            moment(line.next_try, zone()) if line.next_try else "",
            line.said,
        )
        for line in found
    ]
    names = ("State", "What", "To", "Subscription", f"When ({zone().key})", "Tries", "Next try", "What is known")
    shown = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String) | {"Tries": pl.Int64}, orient="row")
    # a column that says nothing takes no room
    shown = shown if shown["Next try"].str.len_chars().sum() else shown.drop("Next try")
    st.dataframe(
        shown.to_pandas(),
        hide_index=True,
        width="stretch",
        height=min(_TALLEST, 38 + 35 * len(rows)),
        alt=f"{len(found):,} deliveries",
        column_config={
            "State": st.column_config.TextColumn(width=120),
            "To": st.column_config.TextColumn(width=160),
            "Subscription": st.column_config.TextColumn(width=100),
            "Tries": st.column_config.NumberColumn(width=50),
            "What is known": st.column_config.TextColumn(width=420),
        },
    )
    if len(found) == _MOST:
        st.caption(f"The first {_MOST:,}: `python -m jobs deliveries list` has all.")
