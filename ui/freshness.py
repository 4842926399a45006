"""How fresh the data is and what was not seen: shown on top of every page that shows results."""

from typing import Final

import streamlit as st

from audit_core.blind_spots import BlindSpot, Reason
from audit_core.store.figures import Headline
from audit_core.store.runs import UNDONE, Run
from ui.clock import zone
from ui.opened import whole_workspace, workspace
from ui.words import ago, counted, look_text, plain

ALL_SEEN: Final = "Everything that was to be read was read, mapped and understood."
_SIMULATED: Final = (
    "Of simulated looks the people, their edits and the errors in them are made up. What lies before is real billing "
    "with names and numbers replaced."
)


def last_sync() -> Run | None:
    """The newest sync that ended."""
    return next((run for run in workspace().store.runs.recent("sync") if run.status != "running"), None)


def blind_spots(run: Run | None) -> list[BlindSpot]:
    """What the newest sync could not look at; where it failed, that is what is not known."""
    if run and run.status in UNDONE:
        return [BlindSpot("", Reason.SYNC_FAILED, run.message or "The last sync failed.", unread=True)]
    return workspace().store.runs.blind_spots(run.run_id) if run else []


def freshness(headline: Headline) -> None:
    """One line of facts, and whatever must not be overlooked."""
    here, run = workspace(), last_sync()
    if here.store.database.sight is not None:
        seen, there = headline.sheets, len(whole_workspace().store.snapshots.latest())
        st.markdown(
            f":violet-badge[:material/filter_alt: You see {seen} of {counted(there, 'sheet')}]",
            help="Everything here counts what you may see alone. What reaches further is said to.",
        )
    spots = blind_spots(run)
    if run is None or headline.last_look is None:
        st.info("Nothing was read yet: run `python -m jobs run sync`.", icon=":material/hourglass_empty:")
        return
    read = f"read {ago(run.finished_at)}" if run.finished_at else "being read"
    first, last = (look_text(look, zone()) for look in (headline.first_look or headline.last_look, headline.last_look))
    held = f"{counted(headline.sheets, 'sheet')}, {counted(headline.rows, 'row')}"
    facts = [f":material/update: {held}, looks {first} to {last}, {read}"]
    blind = f":orange-badge[:material/visibility_off: {counted(len(spots), 'blind spot')}]"
    facts.append(blind if spots else "no blind spots")
    if headline.simulated_from is not None:
        facts += [f":blue-badge[:material/science: sample, simulated from {headline.simulated_from} on]"]
    st.markdown(" · ".join(facts), help=None if headline.simulated_from is None else _SIMULATED)
    if run.status != "ok":
        st.warning(f"The last sync was {run.status}: {plain(run.message)}", icon=":material/visibility_off:")


def blind_spot_list(spots: list[BlindSpot], limit: int = 6) -> None:
    """The blind spots, one line each; where there are none, that is said."""
    if not spots:
        st.markdown(f":material/check_circle: {ALL_SEEN}")
        return
    for spot in spots[:limit]:
        st.markdown(
            f"**{plain(spot.reason.value.capitalize())}** · {plain(spot.sheet or 'everywhere')}  \n{plain(spot.detail)}"
        )
    if len(spots) > limit:
        st.caption(f"and {len(spots) - limit} more, under Operations")
