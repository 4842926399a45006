"""How fresh the data is and what was not seen: shown on top of every page that shows results."""

import streamlit as st

from audit_core.blind_spots import BlindSpot, Reason
from audit_core.store.figures import Headline
from audit_core.store.runs import Run
from ui.opened import workspace
from ui.words import ago, look_text, plain


def last_sync() -> Run | None:
    """The newest sync that ended."""
    return next((run for run in workspace().store.runs.recent("sync") if run.status != "running"), None)


def blind_spots(run: Run | None) -> list[BlindSpot]:
    """What the newest sync could not look at; where it failed, that is what is not known."""
    if run and run.status in ("failed", "abandoned"):
        return [BlindSpot("", Reason.SYNC_FAILED, run.message or "The last sync failed.", unread=True)]
    return workspace().store.runs.blind_spots(run.run_id) if run else []


def freshness(headline: Headline) -> None:
    """One line of facts, and whatever must not be overlooked."""
    run = last_sync()
    spots = blind_spots(run)
    if run is None or headline.last_look is None:
        st.info("Nothing was read yet: run `python -m jobs run sync`.", icon=":material/hourglass_empty:")
        return
    read = f"read {ago(run.finished_at)}" if run.finished_at else "being read"
    zone = workspace().settings.zone
    first, last = look_text(headline.first_look or headline.last_look, zone), look_text(headline.last_look, zone)
    seen = f"{headline.sheets} sheets, {headline.rows:,} rows, looks {first} to {last}, {read}"
    blind = "no blind spots" if not spots else f":orange-badge[:material/visibility_off: {len(spots)} blind spots]"
    st.markdown(f":material/update: {seen} · {blind}")
    if run.status != "ok":
        st.warning(f"The last sync was {run.status}: {plain(run.message)}", icon=":material/visibility_off:")
    if headline.simulated_from is not None:
        st.info(
            f"Sample workspace. The looks from {headline.simulated_from} on are **simulated**: the people, their edits "
            "and the errors in them are made up. What lies before is real billing with names and numbers replaced.",
            icon=":material/science:",
        )


def blind_spot_list(spots: list[BlindSpot], limit: int = 6) -> None:
    """The blind spots, one line each; where there are none, that is said."""
    if not spots:
        st.markdown(":material/check_circle: Everything that was to be read was read, mapped and understood.")
        return
    for spot in spots[:limit]:
        st.markdown(
            f"**{plain(spot.reason.value.capitalize())}** · {plain(spot.sheet or 'everywhere')}  \n{plain(spot.detail)}"
        )
    if len(spots) > limit:
        st.caption(f"and {len(spots) - limit} more, under Operations")
