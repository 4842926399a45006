"""How backups stand, for Operations: the last one, its copy elsewhere, the last drill, the room that is left."""

import streamlit as st

from audit_core.backups.standing import LastBackup, LastDrill, Standing, standing
from audit_core.monitoring.span import span
from audit_core.workspace import Workspace
from ui.clock import zone
from ui.words import ago, counted, moment, plain


def backups_section(workspace: Workspace) -> None:
    """The section. Before the first backup it says so."""
    st.header("Backups")
    now, place = standing(workspace), workspace.settings.backup.second_place
    if now.failure:
        st.error(f"The last try failed: {plain(now.failure)}", icon=":material/backup:")
    if now.last is None:
        st.info("There is no backup yet: run `python -m jobs run backup`.", icon=":material/hourglass_empty:")
    else:
        _last(now.last)
        if place is None:
            st.markdown(":material/lan: Only on this machine: `backup.second_place` names no other place.")
        elif now.last.second_place == "ok":
            st.markdown(f":material/lan: Also in {plain(place.url)}, read back and compared.")
        else:
            why = f": {plain(now.last.second_place)}" if now.last.second_place else "."
            st.warning(f"The last backup is not in {plain(place.url)}{why}", icon=":material/lan:")
    _drill(now.drill)
    _room(now)


def _last(last: LastBackup) -> None:
    encrypted = "encrypted" if last.encrypted else "not encrypted"
    signed = "signed" if last.signed else "not signed"
    st.markdown(
        f":material/backup: Last verified backup **{plain(last.name)}** · {moment(last.made_at, zone())}, "
        f"{ago(last.made_at)} · {counted(last.events, 'event')}, {last.size / 1e6:,.1f} MB, {encrypted}, {signed}"
    )


def _drill(drill: LastDrill | None) -> None:
    if drill is None:
        st.markdown(":material/restore: No drill yet: the way back was not tried.")
    elif not drill.passed or drill.rto_s is None or drill.rpo_s is None:
        st.error(f"{moment(drill.at, zone())}: {plain(drill.text)}", icon=":material/restore:")
    else:
        st.markdown(
            f":material/restore: Last drill passed {ago(drill.at)} ({moment(drill.at, zone())}) · back within "
            f"**{drill.rto_s:,.1f} s** (RTO) · the copy was **{span(drill.rpo_s)}** old (RPO)"
        )


def _room(now: Standing) -> None:
    unsaved = f"{counted(now.unsaved, 'event')} in no verified backup yet"
    st.markdown(f":material/hard_drive: {now.room.words().rstrip('.')} · {unsaved}")
