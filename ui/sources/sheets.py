"""The sheets, for Sources: what each is, what of it is not seen, and the way to cure that."""

from collections.abc import Sequence

import polars as pl
import streamlit as st

from audit_core.actors import Actor
from audit_core.blind_spots import CURE, BlindSpot
from audit_core.errors import AuditError
from audit_core.mappings.sheets_now import SheetLine, SheetNow, sheet_lines, sheet_now
from audit_core.settings.source import SmartsheetSettings
from audit_core.token_trial import try_tokens
from ui.chosen import choose, put
from ui.clock import zone
from ui.freshness import ALL_SEEN, blind_spots, last_sync
from ui.guard import current_actor
from ui.opened import workspace
from ui.recorded import record_now
from ui.smartsheet_access import smartsheet_section
from ui.sources.mapping import decisions_made, title_section
from ui.sources.taken import take_table
from ui.words import counted, look_text, plain

_FORGETS = ("title", "column")
_SHOWN = 3
"""Blind spots of one reason that are shown at once."""


def sheets_part(actor: Actor) -> None:
    """All sheets, and the chosen one."""
    spots = blind_spots(last_sync())
    lines = sheet_lines(workspace(), spots)
    if not lines:
        st.info("No sheet was read yet: run `python -m jobs run sync`.", icon=":material/hourglass_empty:")
    else:
        sheet_id = _chosen(lines, actor)
        line = next((each for each in lines if each.sheet_id == sheet_id), None)
        if line is not None:
            _sheet(line, actor)
    if everywhere := [spot for spot in spots if not spot.sheet]:
        st.header("What is not seen of any sheet")
        cures(everywhere)
    source = workspace().settings.source
    if isinstance(source, SmartsheetSettings):
        smartsheet_section(workspace(), source)
        _token_test()


def _chosen(lines: Sequence[SheetLine], actor: Actor) -> str | None:
    """The table of all, and the box beside it for whoever goes by keyboard; the blindest sheet is open at first."""
    read = [line for line in lines if line.sheet_id]
    blindest = max(read, key=lambda line: len(line.blind_spots), default=None)
    names = {line.sheet_id: line.name for line in read}
    with st.container(key="split-sheets"):
        table, box = st.columns([3, 1], gap="medium")
    with box:
        chosen = choose(
            "sheet", "Sheet", list(names), default=blindest.sheet_id if blindest else None,
            words=names.__getitem__, forgets=_FORGETS,
        )  # fmt: skip
        st.caption("Choose a sheet here or in the table: what it hides, and how to cure that, stands below.")
    key, told = f"sheets-{chosen}", _table(lines)
    with table:
        st.dataframe(
            told.to_pandas(),
            hide_index=True,
            width="stretch",
            key=key,
            selection_mode="single-row",
            on_select=lambda: _picked(key, [line.sheet_id for line in lines]),
        )
        take_table("sheets", "Sheets", told, actor, "sheets")
    return chosen


def _picked(key: str, sheet_ids: Sequence[str]) -> None:
    """Callback: a row of the table was chosen."""
    rows = st.session_state[key]["selection"]["rows"]
    if rows and rows[0] < len(sheet_ids) and sheet_ids[rows[0]]:
        put("sheet", sheet_ids[rows[0]], _FORGETS)


def _table(lines: Sequence[SheetLine]) -> pl.DataFrame:
    rows = [
        (
            line.name,
            len(line.blind_spots),
            look_text(line.look, zone()) if line.look else "never read",
            line.rows if line.look else None,
            line.mapped if line.look else None,
            line.unmapped if line.look else None,
            line.kind,
        )
        for line in lines
    ]
    names = ("Sheet", "Blind spots", "Last look", "Rows", "Columns mapped", "Not mapped", "Kind")
    types = (pl.String, pl.Int64, pl.String, pl.Int64, pl.Int64, pl.Int64, pl.String)
    return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")


def _sheet(line: SheetLine, actor: Actor) -> None:
    st.header(plain(line.name))
    try:
        sheet = _now(record_now(), line.sheet_id, actor)
    except AuditError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    with st.container(key="split-sheet"):
        hidden, decided = st.columns([2, 3], gap="large")
    with hidden:
        st.subheader("What is not seen of it")
        cures(line.blind_spots)
    with decided:
        title_section(sheet, actor)
        decisions_made(sheet)
    with st.expander(f"How its {len(sheet.titles)} columns are read"):
        columns = sheet.columns().select(Title="title", **{"Read as": pl.col("column"), "How": pl.col("how")})
        st.dataframe(columns.to_pandas(), hide_index=True, width="stretch", placeholder="–")
        take_table("sheets", f"Columns of {line.name}", columns, actor, f"columns-{line.sheet_id}")


@st.cache_data(max_entries=8, show_spinner="Reading the newest snapshot …")
def _now(record: str, sheet_id: str, _actor: Actor) -> SheetNow:  # noqa: ARG001 - names the record
    return sheet_now(workspace(), _actor, sheet_id)


def cures(spots: Sequence[BlindSpot]) -> None:
    """Blind spots by their reason, each reason with what can be done about it."""
    if not spots:
        st.markdown(f":material/check_circle: {ALL_SEEN}")
    for reason in dict.fromkeys(spot.reason for spot in spots):
        told = [f"- {plain(spot.detail)}" for spot in spots if spot.reason == reason]
        st.markdown(f"**{plain(reason.value.capitalize())}**\n" + "\n".join(told[:_SHOWN]))
        if more := told[_SHOWN:]:
            with st.expander(f"and {len(more):,} more"):
                st.markdown("\n".join(more))
        st.markdown(f":material/healing: {plain(CURE[reason])}")


def _token_test() -> None:
    """Whose the tokens are and what they reach, asked now; a token itself is shown nowhere."""
    if not st.button("Test the token", icon=":material/key:", help="Asks Smartsheet two questions with each token"):
        return
    actor = current_actor()
    if actor is None:
        return
    try:
        with st.spinner("Asking Smartsheet …"):
            trials = try_tokens(workspace(), actor)
    except AuditError as error:
        st.error(plain(str(error)), icon=":material/key_off:")
        return
    for trial in trials:
        if trial.trouble:
            st.error(f"**{plain(trial.variable)}**: {plain(trial.trouble)}", icon=":material/key_off:")
            continue
        whose = f"**{plain(trial.variable)}** is of {plain(trial.email)}" + (
            ", a system administrator" if trial.admin else ""
        )
        reached = f"it reaches {counted(trial.sheets, 'sheet')} in all"
        if trial.unreached:
            missed = ", ".join(plain(each) for each in sorted(trial.unreached))
            st.warning(f"{whose}; {reached}, and not these that are to be read: {missed}.", icon=":material/key:")
        else:
            st.success(f"{whose}; {reached}, and all {len(trial.wanted):,} that are to be read.", icon=":material/key:")
