"""How the way into Smartsheet is, for Operations: the token, its limits and rights, and who can reach each sheet."""

from collections.abc import Mapping

import polars as pl
import streamlit as st

from audit_core.settings.source import SmartsheetSettings
from audit_core.sources.health import Health, recall_health
from audit_core.syncing.sharing import Reach, known, reach
from audit_core.workspace import Workspace
from ui.clock import zone
from ui.words import ago, counted, moment, plain

_ADDON = {True: "part of this plan", False: "not part of this plan", None: "not asked yet"}


def smartsheet_section(workspace: Workspace, settings: SmartsheetSettings) -> None:
    """The section. Before the first sync it says so."""
    st.header("Smartsheet")
    health = recall_health(workspace.store.memory)
    if health is None:
        st.info("Nothing was asked yet: run `python -m jobs run sync`.", icon=":material/hourglass_empty:")
        return
    for refusal in health.refused:
        at = moment(refusal.at, zone())
        st.error(f"{at}: {plain(refusal.sentence)}", icon=":material/key_off:")
    _token(health, settings)
    reached = reach(workspace.store, tuple(health.sheets))
    _shares(health, reached)
    if health.sheets:
        st.dataframe(rights(health, reached).to_pandas(), hide_index=True, width="stretch")


def rights(health: Health, reached: Mapping[str, Reach]) -> pl.DataFrame:
    """One line a sheet: what the token may there, and who else reaches it."""
    rows = [
        (
            sheet.name,
            sheet.level or "unknown",
            str(who.day) if who.day else "not known",
            who.people if who.day else None,
            who.editors if who.day else None,
            ", ".join(who.unseen),
        )
        for sheet_id, sheet in sorted(health.sheets.items(), key=lambda each: each[1].name)
        for who in (reached[sheet_id],)
    ]
    names = ("Sheet", "Right of the token", "Shares as of", "People", "of them may edit", "Groups, members not visible")
    types = (pl.String, pl.String, pl.String, pl.Int64, pl.Int64, pl.String)
    return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")


def _token(health: Health, settings: SmartsheetSettings) -> None:
    whose = f" of {plain(health.email)}" if health.email else ""
    admin = {True: ", a system administrator", False: ", no system administrator", None: ""}[health.admin]
    worked = f"last worked {ago(health.worked_at)}" if health.worked_at else "never worked yet"
    st.markdown(f":material/key: Token from {plain(health.variable)}{whose}{admin} · {worked}")
    st.markdown(
        f":material/speed: In the minute before the last sync ended, {health.requests:,} of "
        f"{settings.requests_per_minute:,} requests were used and {health.heavy:,} of {settings.history_per_minute:,} "
        f"heavy ones (cell history, files) · event reporting is {_ADDON[health.events_addon]}"
    )


def _shares(health: Health, reached: Mapping[str, Reach]) -> None:
    told = known(reached)
    unknown = sorted(health.sheets[sheet_id].name for sheet_id in told.never)
    read = f"Shares as of {told.day}" if told.day else "No shares were read yet"
    late = f", of {counted(told.older, 'sheet')} from before" if told.older else ""
    names = ", ".join(plain(name) for name in unknown[:6]) + (" and more" if len(unknown) > 6 else "")
    missing = f" · not known for {counted(len(unknown), 'sheet')}: {names}" if unknown else ""
    st.markdown(f":material/group: {read}{late}{missing}")
