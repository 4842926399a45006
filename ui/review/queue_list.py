"""The queue of Review: which part of it is looked at, how far the week is, and the list with what is chosen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import polars as pl
import streamlit as st

from audit_core.errors import ConfigError
from audit_core.review.dispositions import parts_of
from audit_core.review.parts import counted_by_view, rules_in
from audit_core.review.queue import State, View, basis, items, progress, queue, with_summaries
from ui.chosen import in_address, number, pick, put, switch
from ui.making import awaited
from ui.opened import workspace
from ui.paging import PAGE, pager, pages_of
from ui.words import TABLE_COLORS, counted

_SKIPPED: Final = "review-skipped"
_SIZE: Final = 20
_BEGINS: Final = ("item", PAGE, "several")
"""What another part of the queue forgets: it begins at its first item."""
TABS: Final = {"change": "What happened", "case": "Case", "history": "History"}


@dataclass(frozen=True, slots=True)
class Place:
    """What the address says: the part of the queue, of which rule, the item that is looked at, the page of the list
    (None: that of the item), whether several are chosen, and which tab of the item is open.
    """

    view: View = View.WAITING
    rule: str | None = None
    item: str | None = None
    page: int | None = None
    several: bool = False
    tab: str = "change"


def place() -> Place:
    """Of this address; what is no value of ours is left out."""
    given = st.query_params
    item = given.get("item", "")
    return Place(
        View(in_address("view", list(View), View.WAITING)),
        given.get("rule", "")[:200] or None,
        item if _is_subject(item) else None,
        number(PAGE),
        given.get("several", "") == "1",
        in_address("tab", TABS, "change"),
    )


def queue_now(now: datetime) -> pl.DataFrame:
    """The whole queue (see review.queue)."""
    here = workspace()
    on = basis(here, now)
    found = awaited(("queue", here.config, on), "Reading what waits …", lambda: items(here, on))
    return queue(here, found, now)


def parts_bar(told: pl.DataFrame, at: Place, email: str, now: datetime) -> None:
    """Which part is looked at, and the progress of the week."""
    counts = counted_by_view(told, email)
    with st.container(key="split-parts"):
        choice, rule, week = st.columns([11, 6, 7], vertical_alignment="bottom", gap="medium")
    with choice:
        switch(
            "view", "Part of the queue", list(View), at.view, forgets=_BEGINS,
            words=lambda view: f"{view.capitalize()} {counts[View(view)]:,}",
        )  # fmt: skip
    rules = rules_in(told, at.view, email)
    options = [*rules, *([at.rule] if at.rule and at.rule not in rules else [])]
    titles, key = workspace().titles(), f"rule={at.rule}"
    with rule:
        pick(
            "Rule", options, at.rule, key, placeholder="Any rule", label_visibility="collapsed",
            format_func=lambda name: f"{titles.get(name, name)} ({rules.get(name, 0):,})",
            on_change=_of_rule, args=(key,),
        )  # fmt: skip
    done = progress(workspace(), told, now)
    if whole := done.decided + done.waiting:
        week.progress(done.decided / whole, f"{done.decided:,} of {whole:,} decided this week")


def queue_list(found: pl.DataFrame, at: Place, current: str | None, email: str, today: date) -> list[str]:
    """One page of a part; returns the items that are chosen, where several can be."""
    pages = pages_of(found.height, _SIZE)
    row = found.filter(pl.col("subject") == current)["place"].to_list()
    page = min(at.page or (pages_of(row[0], _SIZE) if row else 1), pages)
    shown = with_summaries(workspace(), found.slice((page - 1) * _SIZE, _SIZE))
    subjects = shown["subject"].to_list()
    key = f"queue-{at.several}-{hash(tuple(subjects))}"  # a place in another table is another item
    if not at.several:
        rows = [subjects.index(current)] if current in subjects else []
        st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    picked = st.dataframe(
        _columns(shown, email, today).to_pandas(),
        width="stretch",
        height="content",
        hide_index=True,
        key=key,
        on_select="rerun" if at.several else lambda: _picked(key, subjects),
        # a click on a cell chooses its row, too
        selection_mode="multi-row" if at.several else ["single-row", "single-cell"],
        column_config={
            "#": st.column_config.NumberColumn(width=30),
            "Severity": st.column_config.MultiselectColumn(
                options=list(TABLE_COLORS), color=list(TABLE_COLORS.values()), width=74
            ),
            "What": st.column_config.TextColumn("What (rows)", width=164),
            "Money": st.column_config.NumberColumn(format="dollar", width=88),
            "Risk": st.column_config.NumberColumn(format="%.2f", width=36),
            "Age": st.column_config.TextColumn(width=46),
            "Who": st.column_config.TextColumn(width=82),
        },
        alt=f"{counted(found.height, 'item')}, page {page} of {pages}",
    )
    pager(pages, page)
    return [subjects[each] for each in picked["selection"]["rows"] if each < len(subjects)] if at.several else []


def go(item: str | None) -> None:
    """In a callback: look at another item; None looks at the first."""
    st.query_params.pop("page", None)
    if item is None:
        st.query_params.pop("item", None)
    else:
        st.query_params["item"] = item


def age(look_day: date, today: date) -> str:
    """How old an item is, as short as can be."""
    days = max(0, (today - look_day).days)
    return "today" if days == 0 else f"{days} d" if days < 60 else f"{days // 30} mo"


def skipped() -> set[str]:
    """What was skipped in this session."""
    found: set[str] = st.session_state.get(_SKIPPED, set())
    return found


def skip(items: Iterable[str]) -> None:
    """In a callback: not now; they come again when nothing else is left."""
    st.session_state[_SKIPPED] = skipped().union(items)


def _columns(shown: pl.DataFrame, email: str, today: date) -> pl.DataFrame:
    passed, titles = skipped(), workspace().titles()
    named = zip(shown["rule"], shown["rows"], shown["sentence"], strict=True)
    rows = shown.select("subject", "holder", "assignee", "due", "verdict", "decided_by", "state").iter_rows(named=True)
    return pl.DataFrame(
        {
            "#": shown["place"],
            "Severity": [[each or "none"] for each in shown["severity"]],
            "What": [_what(titles.get(rule or "", ""), count, sentence) for rule, count, sentence in named],
            "Money": shown["money_cents"] / 100,
            "Risk": shown["risk_score"],
            "Age": [age(each, today) for each in shown["day"]],
            "Who": [_who(each, email, passed) for each in rows],
        }
    )


def _what(title: str, rows: int, sentence: str) -> str:
    """An item in the few words that there is place for: the whole sentence stands beside the list."""
    return f"{title or sentence} ({rows:,})" if rows > 1 else title or sentence


def _who(row: dict[str, object], email: str, passed: set[str]) -> str:
    """Who has an item, in the few words that there is place for."""
    names = {email: "you"}
    if row["verdict"] is not None and row["state"] == "decided":
        return f"{row['verdict']}".replace("_", " ")
    if row["state"] == State.GROWN.value:
        return State.GROWN.value
    if row["holder"]:
        return f"◉ {names.get(str(row['holder']), str(row['holder']).partition('@')[0])}"
    if row["subject"] in passed:
        return "skipped"
    if row["assignee"]:
        return names.get(str(row["assignee"]), str(row["assignee"]).partition("@")[0])
    return f"due {row['due']:%m-%d}" if row["due"] else ""


def _picked(key: str, subjects: Sequence[str]) -> None:
    """Callback: a row of the list was chosen."""
    chosen = st.session_state[key]["selection"]
    rows = [row for row, _ in chosen["cells"]] or chosen["rows"]
    if rows and rows[0] < len(subjects):
        st.query_params["item"] = subjects[rows[0]]


def _of_rule(key: str) -> None:
    """Callback: another rule, or any."""
    put("rule", st.session_state[key], _BEGINS)


def _is_subject(text: str) -> bool:
    try:
        parts_of(text)
    except ConfigError:
        return False
    return True
