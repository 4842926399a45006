"""Titles mapped by hand, for Sources: choose a title and a column, see what that would mean, then decide."""

from typing import Final

import polars as pl
import streamlit as st

from audit_core.actors import Actor
from audit_core.errors import AuditError
from audit_core.mappings.decide import decide, withdraw
from audit_core.mappings.kept import Act
from audit_core.mappings.preview import Preview, preview
from audit_core.mappings.sheets_now import SheetNow
from audit_core.sheets import BY_NAME
from ui.chosen import choose
from ui.clock import zone
from ui.opened import workspace
from ui.recorded import record_now, recorded
from ui.words import counted, look_text, moment, plain

_ASIDE: Final = "(no billing column)"


def title_section(sheet: SheetNow, actor: Actor) -> None:
    """Decide about one title that is not mapped, or claimed with others."""
    st.subheader("Map a title by hand")
    if not (titles := sheet.open_titles):
        st.markdown(":material/check_circle: Every title is mapped or set aside.")
        return
    first, second = st.columns(2)
    with first:
        title = choose("title", "Title in the sheet", titles, default=titles[0], forgets=("column",))
    if title is None:
        return
    try:
        sheet.require_open(title)
    except AuditError as error:
        st.info(plain(str(error)), icon=":material/edit:")
        return
    with second:
        column = choose("column", "Column that it is", [*sheet.choices(title), _ASIDE], placeholder="choose one")
    if column is None:
        st.caption("Choose what it is to see a preview. Nothing is recorded before you decide.")
        return
    if column == _ASIDE:
        st.markdown(
            f"**{plain(title)}** is no billing column: its changes stay on record, no rule reads it, and it is no "
            "blind spot any more."
        )
    elif not _shown(sheet, title, column, actor):
        return
    key = f"map-{sheet.taken.sheet_id}-{title}-{column}"
    st.text_input("Reason", key=f"{key}-reason", max_chars=500, placeholder="how you know what it is")
    st.button(
        "Set it aside" if column == _ASIDE else f"Read it as {column}",
        type="primary",
        icon=":material/gavel:",
        on_click=_decide,
        args=(sheet.taken.sheet_id, title, None if column == _ASIDE else column, key),
        key=key,
    )


def decisions_made(sheet: SheetNow) -> None:
    """What was decided by hand about the sheet's titles, each with the way back."""
    if sheet.made:
        st.caption("Decided by hand; each counts from the sheet's next look on.")
    for made in sheet.made:
        said = made.decision
        what = f"is read as **{plain(said.column)}**" if said.act is Act.MAPPED else "is no billing column"
        with st.container(border=True):
            st.markdown(
                f":material/gavel: **{plain(said.title)}** {what} · {plain(made.by)} · "
                f"{moment(made.at, zone())}  \n{plain(said.reason)}"
            )
            key = f"withdraw-{made.number}"
            with st.popover("Withdraw", icon=":material/undo:"):
                st.caption("The title is read by its spelling again, from the next look on.")
                st.text_input("Reason", key=f"{key}-reason", max_chars=500)
                st.button("Withdraw it", key=key, type="primary", on_click=_withdraw, args=(made.number, key))


def _shown(sheet: SheetNow, title: str, column: str, actor: Actor) -> bool:
    """The preview; False where there is none to decide by."""
    try:
        found = _preview(record_now(), sheet.taken.sheet_id, title, column, actor)
    except AuditError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return False
    concept = BY_NAME[column].concept.value
    told = f"**{found.understood:,} of {counted(found.filled, 'value')}** can be read as {concept}"
    blank = f"{counted(found.lines - found.filled, 'blank cell')} of {counted(found.lines, 'line')}"
    look = look_text(found.compared_with, zone()) if found.compared_with else None
    then = f"compared with look {look} from the next look on" if look else "says who and when, and is never a change"
    st.markdown(f"{told} · {blank} · {then}")
    if found.understood < found.filled:
        st.warning("Not every value can be read: is it really this column?", icon=":material/warning:")
    values, rules = st.columns([2, 3])
    with values:
        st.dataframe(
            _values(found).to_pandas(),
            hide_index=True,
            width="stretch",
            height="content",
            column_config={"Lines": st.column_config.NumberColumn(width=60)},
        )
    with rules:
        if found.rules.height:
            st.dataframe(
                found.rules.select(Rule="rule", Then="then").to_pandas(), hide_index=True, width="stretch", height=318
            )
        else:
            st.caption("No rule reads this column; its changes are recorded under its own name.")
    return True


@st.cache_data(max_entries=16, show_spinner="Reading the newest snapshot …")
def _preview(record: str, sheet_id: str, title: str, column: str, _actor: Actor) -> Preview:  # noqa: ARG001 - as above
    return preview(workspace(), _actor, sheet_id, title, column)


def _values(found: Preview) -> pl.DataFrame:
    return found.values.select(
        Value="value", Lines="lines", **{"Read as": pl.col("read_as").fill_null("not understood")}
    )


def _decide(sheet_id: str, title: str, column: str | None, key: str) -> None:
    """Callback: record it."""
    reason = st.session_state[f"{key}-reason"]
    if recorded(lambda here, actor, now: decide(here, actor, sheet_id, title, column, reason, now)):
        for gone in ("title", "column"):
            st.query_params.pop(gone, None)


def _withdraw(number: int, key: str) -> None:
    """Callback: take a decision back."""
    reason = st.session_state[f"{key}-reason"]
    recorded(lambda here, actor, now: withdraw(here, actor, number, reason, now))
