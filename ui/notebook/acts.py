"""What a click does to a notebook, as the person whose session this still is, and what is said of it afterwards."""

from collections.abc import Callable
from datetime import datetime

import streamlit as st

from audit_core.actors import Actor
from audit_core.filters import EventFilter
from audit_core.notebooks.notebook import Notebook
from audit_core.notebooks.shelf import Edit, Notebooks
from audit_core.workspace import Workspace
from ui.clock import PARAMETER
from ui.recorded import recorded


def act(do: Callable[[Notebooks, datetime], Notebook]) -> Notebook | None:
    """In a callback: do it; None where it cannot be done, and then `what_was_recorded` says why."""
    made: list[Notebook] = []

    def write(here: Workspace, actor: Actor, now: datetime) -> str:
        made.append(do(Notebooks(here.store, actor), now))
        return f"Saved as version {made[0].version}: {made[0].change}."

    recorded(write)
    return made[0] if made else None


def save(number: int, seen: int, edit: Edit, change: str) -> None:
    """Callback: the next version is what `edit` makes of the one that was on screen."""
    act(lambda shelf, now: shelf.save(number, seen, edit, change, now))


def go(number: int | None, cell: str = "", chosen: EventFilter | None = None) -> None:
    """Callback: the address of a notebook (None: of the list), of a cell that is edited there, with its filter."""
    kept = {PARAMETER: value} if (value := st.query_params.get(PARAMETER)) else {}
    asked: dict[str, str | list[str]] = {**kept, "notebook": str(number)} if number is not None else {**kept}
    if cell:
        asked["cell"] = cell
    st.query_params.from_dict({**asked, **(chosen.parameters() if chosen else {})})
