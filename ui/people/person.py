"""One editor: figures beside their own past and the others, when and where they edit, and what was decided about it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import polars as pl
import streamlit as st

from audit_core.actors import Actor
from audit_core.filters import EventFilter
from audit_core.permissions import Permission, allowed
from audit_core.profiles import Portrait, Profile
from audit_core.profiles.editors import Editor, beside_others, hour_words, size_words
from audit_core.profiles.export import hand_out_person
from audit_core.profiles.measures import Value
from audit_core.profiles.profile import RECENT, Comparison, Figure
from ui.clock import zone
from ui.guard import whoever_clicks
from ui.navigation import page_of
from ui.opened import workspace
from ui.people import charts
from ui.people.everybody import portrait_now
from ui.words import counted, dollars, moment, plain

_SAID: Final[Mapping[str, Callable[[float], str | None]]] = {
    "edits": lambda number: f"{number:.1f}",
    "hour": hour_words,
    "weekday": lambda number: f"{number:.1f}",
    "after_lock": lambda number: f"{number:.0%}",
    "magnitude": size_words,
    "rounded_up": lambda number: f"{number:.0%}",
    "money": lambda number: dollars(number / 100),
}
"""How a figure is said."""
_COLUMNS: Final = (
    "Figure", "All of it", f"Last {RECENT.days} days", "Before", "The others: middle (range)", "Beside the others",
)  # fmt: skip
_MOST: Final = 7
"""Fewer lines than that show without scrolling."""
_TITLES: Final = {
    "rounded_up": "quantities raised to a number ending in 5 or 0",
    "magnitude": "middle size of a change of quantity or price",
    "money": "money moved by an edit, on average",
}


def person_section(editor: Editor, actor: Actor) -> None:
    """The portrait of one editor."""
    found = portrait_now(editor, actor)
    _head(found, actor)
    if not found.editor.profile.figures:
        st.info(plain(found.editor.profile.words), icon=":material/hourglass_empty:")
        return
    st.markdown(f"**{plain(beside_others(found.editor.profile))}**")
    st.table(_figures(found.editor.profile).to_pandas(), hide_index=True, border="horizontal")
    with st.container(key="split-person-when"):
        when, late = st.columns(2, gap="large")
    with when:
        _chart("When", charts.rhythm(found.rhythm), found.rhythm, "rhythm")
    with late:
        if found.months.is_empty():
            st.subheader("After the lock, month by month")
            st.caption("Of no edit it is known on which side of the lock it was.")
        else:
            _chart("After the lock, month by month", charts.after_lock(found.months), found.months, "months")
            st.caption(
                "The line: this editor. The grey bars: the 10th to the 90th percentile of the others, and their middle."
            )
    with st.container(key="split-person-what"):
        how_much, where = st.columns(2, gap="large")
    with how_much:
        if found.sizes.is_empty():
            st.subheader("What quantities and prices are multiplied or divided by")
            st.caption("No quantity and no price was changed from one number to another.")
        else:
            _chart(
                "What quantities and prices are multiplied or divided by",
                charts.sizes(found.sizes),
                found.sizes,
                "sizes",
            )
            st.caption("The bars: this editor. The grey marks: the middle of the others.")
    with where:
        st.subheader("Sheets and columns")
        for title, frame in (("Sheet", found.sheets), ("Column", found.columns)):
            _places(title, frame)
    _decided(found)


def _head(found: Portrait, actor: Actor) -> None:
    told, who = found.editor.profile, found.editor.profile.who
    span = f" from {moment(told.first, zone())} to {moment(told.last, zone())}" if told.first and told.last else ""
    known = ", ".join(f"{plain(label)} {n:,}" for label, n in told.evidence.items())
    moved = dollars(told.money_moved_cents / 100)
    st.markdown(
        f"**{counted(told.edits, 'change')}** in {counted(told.weeks, 'week')}{span}, moving {plain(moved)} up or "
        f"down · how it is known: {known}"
    )
    theirs = EventFilter(person=(who,))
    late = EventFilter(person=(who,), lock=("after lock",))
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, chosen in (("Their changes", theirs), ("Those after the lock", late)):
            st.page_link(
                page_of("changes"), label=label, icon=":material/arrow_forward:", query_params=chosen.parameters()
            )
        if allowed(actor, Permission.MANAGE_PEOPLE):
            _export(found, who)


def _export(found: Portrait, who: str) -> None:
    clicks, here = whoever_clicks(), workspace()
    st.download_button(
        "Everything on record about them",
        data=lambda: hand_out_person(here, clicks(), who, datetime.now(UTC)),
        file_name=f"redline-person-{found.editor.number}.zip",
        mime="application/zip",
        icon=":material/folder_zip:",
        type="tertiary",
        on_click="ignore",
        key=f"person-{found.editor.number}",
        help="For the person concerned: every event that names them, their profile, their account here, and what "
        "it means in words. The record keeps who took it.",
    )


def _figures(told: Profile) -> pl.DataFrame:
    """One line a figure, as text for a table that reads Markdown and breaks long words."""
    rows = [
        (
            _TITLES.get(each.name, each.title),
            *(_value(each, value) for value in (each.whole, each.recent, each.before)),
            _peers(each, each.peers),
            each.words,
        )
        for each in told.figures
    ]
    return pl.DataFrame(
        [[plain(text) for text in row] for row in rows], schema=dict.fromkeys(_COLUMNS, pl.String), orient="row"
    )


def _value(figure: Figure, value: Value) -> str:
    if value.number is None:
        return f"too few (n\u00a0=\u00a0{value.n:,})"
    return f"{_SAID[figure.name](value.number)} (n\u00a0=\u00a0{value.n:,})"


def _peers(figure: Figure, peers: Comparison | None) -> str:
    if peers is None:
        return "too few others"
    say = _SAID[figure.name]
    return f"{say(peers.median)} ({say(peers.low)} to {say(peers.high)}, n\u00a0=\u00a0{peers.n:,})"


def _chart(title: str, chart: Any, frame: pl.DataFrame, key: str) -> None:
    st.subheader(title)
    st.altair_chart(chart, width="stretch", key=f"person-{key}")
    with st.expander("The same as a table"):
        st.dataframe(frame.to_pandas(), hide_index=True, width="stretch", key=f"person-{key}-table")


def _places(title: str, frame: pl.DataFrame) -> None:
    shown = frame.select(
        pl.col("name").replace("(row)", "(whole row)").alias(title),
        pl.col("n").alias("Changes"),
        pl.col("after_lock").alias("After the lock"),
        (pl.col("moved_cents") / 100).alias("Moved"),
    )
    st.dataframe(
        shown.to_pandas(),
        hide_index=True,
        width="stretch",
        height="content" if shown.height < _MOST else 250,
        key=f"person-places-{title}",
        column_config={
            "Changes": st.column_config.NumberColumn(format="localized", width=80),
            "After the lock": st.column_config.NumberColumn(format="localized", width=105),
            "Moved": st.column_config.NumberColumn(format="dollar", width=110),
        },
    )


def _decided(found: Portrait) -> None:
    """What people decided about changes of this editor; a row leads to the event or the incident."""
    st.subheader("What was decided about their changes")
    if found.decided.is_empty():
        st.caption("Nobody decided about any of them yet. What waits stands in Review.")
        return
    shown = found.decided.select(
        pl.col("at").dt.convert_time_zone(zone().key).dt.strftime("%Y-%m-%d %H:%M").alias(f"When ({zone().key})"),
        pl.col("words").alias("Decided"),
        pl.concat_str("kind", pl.lit(" "), "number").alias("About"),
        pl.col("changes").alias("Changes of theirs"),
        pl.col("by").alias("By"),
    )
    picked = st.dataframe(
        shown.to_pandas(), hide_index=True, width="stretch", height="content" if shown.height < _MOST else 250,
        on_select="rerun", selection_mode="single-row",
        key=f"person-decided-{found.editor.number}-{found.decided.height}",
    )  # fmt: skip
    rows = picked["selection"]["rows"]
    if rows and rows[0] < found.decided.height:
        about = found.decided.row(rows[0], named=True)
        st.switch_page(page_of("changes"), query_params={about["kind"]: str(about["number"])})
