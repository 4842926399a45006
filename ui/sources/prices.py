"""Price lists, for Sources: one person uploads, everybody sees what would change, a second person approves."""

from datetime import date, datetime
from typing import Final

import polars as pl
import streamlit as st

from audit_core.actors import Actor
from audit_core.errors import AuditError, ConfigError
from audit_core.price_lists.compare import Comparison
from audit_core.price_lists.decide import approve, as_file, compared, compared_now, upload
from audit_core.price_lists.kept import Upload, uploads
from audit_core.workspace import Workspace
from ui.clock import zone
from ui.opened import workspace
from ui.recorded import record_now, recorded
from ui.sources.taken import take_table
from ui.words import moment, plain, short_dollars

_SHOWN: Final = 500
"""Codes that the screen shows."""

_FILE: Final = "prices-file"
_TURN: Final = "prices-turn"
"""In the session's state: moves with each upload, so that the form is a new one afterwards."""


def prices_part(actor: Actor) -> None:
    """Lists that wait, the way to upload one, and all that there are."""
    known = uploads(workspace().store)
    waiting = [each for each in known if each.approved_by is None]
    for each in waiting:
        _waiting(each, actor)
    _upload(actor)
    st.header("All price lists")
    first = workspace().settings.rates_path
    st.markdown(
        f"The first one is **{plain(first.name)}** (`rates` in config.json); each approved one follows from its day on."
        if first
        else "No first price list is configured (`rates` in config.json): approved ones count from their day on."
    )
    if known:
        told = _table(known)
        st.dataframe(
            told.with_columns(pl.col("moves_cents") / 100).rename({"moves_cents": "Moves"}).to_pandas(),
            hide_index=True, width="stretch", column_config={"Moves": st.column_config.NumberColumn(format="dollar")},
        )  # fmt: skip
        take_table("prices", "All price lists", told, actor, "price-lists")
    else:
        st.caption("None was uploaded so far.")


def _waiting(each: Upload, actor: Actor) -> None:
    with st.container(border=True):
        st.markdown(
            f":orange-badge[:material/hourglass_top: waits for a second person] **{plain(each.name)}** from "
            f"{each.effective} on · uploaded by {plain(each.uploaded_by)} at {moment(each.uploaded_at, zone())}  \n"
            f"{plain(each.reason)}"
        )
        try:
            found = _again(record_now(), each.number)
        except AuditError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        _comparison(found, each.name, actor, f"prices-{each.number}")
        if each.uploaded_by == actor.email:
            st.caption("You uploaded it: another person approves it, here or by `python -m jobs prices approve`.")
            return
        key = f"approve-{each.number}"
        st.text_input("Reason", key=f"{key}-reason", max_chars=500, placeholder="what it was checked against")
        st.button(
            "Approve it", type="primary", icon=":material/verified:", key=key, on_click=_approve,
            args=(each.number, key),
        )  # fmt: skip


def _upload(actor: Actor) -> None:
    st.header("Upload a price list")
    st.caption(
        "A CSV with the columns CU, Work Type and Unit Price; Effective From, Effective To and Unit of Measure if it "
        "has them. Nothing counts before a second person has approved it."
    )
    turn = st.session_state.setdefault(_TURN, 0)
    chosen, day, why = st.columns([2, 1, 2], vertical_alignment="bottom")
    given = chosen.file_uploader("Price list", type="csv", key=f"{_FILE}-{turn}")
    effective = day.date_input(
        "First day of work that it prices", None, key=f"{_FILE}-{turn}-day", format="YYYY-MM-DD"
    )  # fmt: skip
    why.text_input("Reason", key=f"{_FILE}-{turn}-reason", max_chars=500, placeholder="which contract or letter")
    if given is None or not isinstance(effective, date):
        st.caption("Choose a file and a day to see what it would change.")
        return
    content = given.getvalue()
    try:
        found = _compared(record_now(), given.name, content, effective)
    except AuditError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    _comparison(found, given.name, actor, "prices-new")
    st.button(
        "Keep it for approval", type="primary", icon=":material/upload:", on_click=_keep, args=(f"{_FILE}-{turn}",)
    )


def _comparison(found: Comparison, name: str, actor: Actor, key: str) -> None:
    """What a list changes, in numbers and code by code."""
    with st.container(horizontal=True):
        for label, number in (("Codes added", found.added), ("Removed", found.removed), ("Re-priced", found.repriced)):
            st.metric(label, f"{number:,}", border=True)
        st.metric("Past lines priced otherwise", f"{found.lines:,}", border=True, help=found.words())
        st.metric("By so much in all", short_dollars(found.money_cents), border=True)
        st.metric(
            "Lines of locked weeks", f"{found.locked:,}", border=True, help="Findings, charged to nobody's change"
        )
    with st.expander(f"Code by code ({found.codes.height:,})"):
        codes = found.codes.select(
            Code="cu",
            **{
                "Work type": pl.col("work_type"),
                "Before": pl.col("before"),
                "After": pl.col("after"),
                "Past lines": pl.col("lines"),
                "moves_cents": pl.col("money_cents"),
            },
        )
        st.dataframe(
            codes.head(_SHOWN).with_columns(pl.col("moves_cents") / 100).rename({"moves_cents": "Moves"}).to_pandas(),
            hide_index=True,
            width="stretch",
            column_config={
                name: st.column_config.NumberColumn(format="dollar") for name in ("Before", "After", "Moves")
            },
        )
        if found.codes.height > _SHOWN:
            st.caption(f"The {_SHOWN} codes with most past lines; the export has all.")
        take_table("prices", f"{name}, code by code", codes, actor, key)


@st.cache_data(max_entries=4, show_spinner="Comparing with the list in force …")
def _compared(record: str, name: str, content: bytes, effective: date) -> Comparison:  # noqa: ARG001 - names the record
    with as_file(name, content) as path:
        return compared(workspace(), path, effective)


@st.cache_data(max_entries=8, show_spinner="Comparing with the list in force …")
def _again(record: str, number: int) -> Comparison:  # noqa: ARG001 - names the record
    return compared_now(workspace(), number)


def _table(known: list[Upload]) -> pl.DataFrame:
    rows = [
        (
            each.number,
            each.name,
            str(each.effective),
            each.approved_by or "waits",
            each.uploaded_by,
            moment(each.uploaded_at, zone()),
            each.compared["repriced"],
            each.compared["lines"],
            each.compared["money_cents"],
            each.reason,
            f"{each.sha256[:12]}…",
        )
        for each in reversed(known)
    ]
    names = (
        "Number", "Name", "From", "Approved by", "Uploaded by", "Uploaded", "Re-priced", "Past lines", "moves_cents",
        "Reason", "SHA-256",
    )  # fmt: skip
    types = {
        name: pl.Int64 if name in ("Number", "Re-priced", "Past lines", "moves_cents") else pl.String for name in names
    }
    return pl.DataFrame(rows, schema=types, orient="row")


def _keep(form: str) -> None:
    """Callback: keep the list that the form holds now."""
    given, effective, why = (st.session_state[f"{form}{part}"] for part in ("", "-day", "-reason"))

    def act(here: Workspace, actor: Actor, now: datetime) -> str:
        if given is None or effective is None:
            raise ConfigError("A price list needs its file and the first day that it prices.")
        with as_file(given.name, given.getvalue()) as path:
            kept, _ = upload(here, actor, path, effective, why, now)
        return f"Price list {kept.number} waits for a second person."

    if recorded(act):
        st.session_state[_TURN] += 1


def _approve(number: int, key: str) -> None:
    """Callback: let it count."""
    reason = st.session_state[f"{key}-reason"]
    recorded(
        lambda here, actor, now: (
            f"Price list {approve(here, actor, number, reason, now)[0].number} counts from its day on."
        )
    )
