"""The Overview's numbers and what waits: drawn from one picture of the workspace, which is asked for once a version."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Final

import streamlit as st

from audit_core.picture.period import PERIODS
from audit_core.picture.picture import Number, Picture, picture
from audit_core.review.queue import State
from ui.chosen import in_address, switch
from ui.clock import zone
from ui.freshness import last_sync
from ui.making import awaited
from ui.navigation import page_of
from ui.opened import workspace
from ui.overview.unattended import looked_at
from ui.recorded import record_now
from ui.review.queue_list import queue_now
from ui.words import ago, counted, dollars, look_text, plain, severity_badge, short_dollars

_PARAMETER: Final = "period"
_DEFAULT: Final = 30


def chosen_days() -> int:
    """How many days the address asks for."""
    return int(in_address(_PARAMETER, map(str, PERIODS), str(_DEFAULT)))


def days_choice() -> None:
    """The choice of a period; it goes into the address."""
    switch(
        _PARAMETER, "Days back from the newest look", [str(days) for days in PERIODS], str(chosen_days()),
        words=lambda days: f"{days} days",
    )  # fmt: skip


def picture_now(days: int) -> Picture | None:
    """The picture of the period; None before the first look."""
    here, now = workspace(), datetime.now(UTC)
    told = queue_now(now)
    what = "picture", record_now(), here.today(now), days
    # in a tuple: before the first look there is none
    return awaited(what, "Counting what the looks told of …", lambda: (picture(here, told, days),))[0]


def period_words(seen: Picture) -> str:
    """Which days, and with which they are compared."""
    if seen.compared is None:
        return f"{seen.period.words()}; the record does not hold the {seen.period.days} days before to compare with"
    return f"{seen.period.words()}, compared with {seen.compared.words()}"


def tiles(seen: Picture) -> None:
    """The five numbers, each beside that of the period before and with the way to what it counts."""
    counts = (
        ("Changes", seen.events, seen.all_of_it(), "Changes and findings that the looks of these days showed"),
        ("Flagged", seen.flagged, seen.flagged_ones(), "Those with a severity"),
        ("Changed after lock", seen.late, seen.late_ones(), "Those that certainly came after their week's lock"),
    )
    for label, number, leads_to, means in counts:
        with _tile(label, number, f"{number.now:,}", means, of_interest=number is not seen.events):
            _link("changes", "Show them", leads_to.parameters())
    means = "Alerts by the thresholds in force that nobody decided about, and follow-ups that are due; however old"
    with _tile("Wait for a person", seen.waiting, f"{seen.waiting.now:,}", means):
        _link("review", "Review them", {})
    means = "Risk × money moved, summed over what waits for a person"
    with _tile("Open risk", seen.risk_cents, short_dollars(seen.risk_cents.now), means, money=True):
        _link("review", "Review them", {})


def sync_tile() -> None:
    """The sixth: how old what is shown is."""
    run = last_sync()
    age = ago(run.finished_at).removesuffix(" ago") if run and run.finished_at else "never"
    means = "How long ago what is shown was read. The page looks again every minute, and draws itself anew."
    with st.container(border=True, gap="xsmall"):
        st.metric("Last sync", age, help=means)
        st.caption(looked_at())


def _tile(
    label: str, number: Number, shown: str, means: str, *, of_interest: bool = True, money: bool = False
) -> AbstractContextManager[object]:
    """A tile, for what leads from it. More is worse where the number is `of_interest`."""
    tile = st.container(border=True, gap="xsmall")
    delta = number.delta
    told = None
    if delta is not None:
        told = ("+" if delta > 0 else "") + (short_dollars(delta) if money else f"{delta:,}")
        means += f". {short_dollars(number.now - delta) if money else f'{number.now - delta:,}'} in the period before."
    tile.metric(
        label, shown, told, "inverse" if delta and of_interest else "off", help=means,
        delta_arrow="auto" if delta else "off",
    )  # fmt: skip
    return tile


def stories(seen: Picture) -> None:
    """What waits for a person, as the review's queue has it."""
    for item in seen.waits.top.iter_rows(named=True):
        _story(item)
    if seen.waits.top.is_empty():
        st.success("Nothing waits for a person. What was not seen stands beside this.", icon=":material/check:")


def _story(item: dict[str, Any]) -> None:
    kind, _, number = item["subject"].partition(":")
    facts = [
        f"look {look_text(item['look'], zone())}",
        counted(item["rows"], "row"),
        f"{plain(dollars(item['money_cents'] / 100))} moved",
        f"{plain(short_dollars(item['risk_cents']))} at risk",
    ]
    if item["state"] == State.DUE.value:
        facts.append(f"follow-up due since {item['due']}")
    if item["state"] == State.GROWN.value:
        facts.append("grew since it was decided")
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"{severity_badge(item['severity'])} {plain(item['sentence'])}")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(" · ".join(facts))
            _link("changes", "Open", {kind: [number]})
            _link("review", "Decide", {"item": [item["subject"]]})


def _link(page: str, label: str, asked: dict[str, list[str]]) -> None:
    st.page_link(page_of(page), label=label, icon=":material/arrow_forward:", query_params=asked)
