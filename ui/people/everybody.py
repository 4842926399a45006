"""Everybody who edits, side by side; a row leads to one of them."""

from collections.abc import Hashable
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from audit_core.actors import Actor
from audit_core.profiles import Editors, Portrait, editors, portrait
from audit_core.profiles.editors import Editor, editors_table, export_editors
from ui.chosen import put
from ui.clock import zone
from ui.export import export_button
from ui.making import awaited
from ui.opened import workspace
from ui.recorded import record_now
from ui.words import counted, plain

_READING: Final = "Reading who edited what …"
_TALLEST: Final = 640
_MOST: Final = 17
"""Fewer lines than that show without scrolling."""


def people_now(actor: Actor) -> Editors:
    """Everybody who edits. Raises NotAllowed where the role may not see them."""
    here, now = workspace(), datetime.now(UTC)
    return awaited(_what("everybody", actor), _READING, lambda: editors(here, actor, now))


def portrait_now(editor: Editor, actor: Actor) -> Portrait:
    """One of them from near. Raises as `people_now`."""
    here, now = workspace(), datetime.now(UTC)
    return awaited(_what(editor.number, actor), _READING, lambda: portrait(here, actor, editor, now))


def _what(whom: str | int, actor: Actor) -> Hashable:
    return "people", whom, actor.role, workspace().today(datetime.now(UTC)), record_now()


def everybody(found: Editors, actor: Actor) -> None:
    """The table of all, by name. Choosing a row opens its portrait."""
    table, people = editors_table(found), workspace().settings.people
    words = (
        f"Changes of the last {people.keep_days:,} days that are known to be theirs; of fewer than "
        f"{people.min_edits:,} nothing is said."
    )
    st.markdown(f"**{counted(table.height, 'editor')}** by name · {words} Unusual is not wrong, and nobody is ranked.")
    numbers = [str(each.number) for each in found.people]
    key = f"people-{hash(tuple(numbers))}"
    st.dataframe(
        table.rename({"moved_cents": "Moved"}).with_columns(Moved=table["moved_cents"] / 100).to_pandas(),
        hide_index=True,
        width="stretch",
        height="content" if table.height < _MOST else _TALLEST,
        placeholder="–",
        on_select=lambda: _picked(key, numbers),
        selection_mode="single-row",
        key=key,
        column_config={
            "Editor": st.column_config.TextColumn(width=205, pinned=True),
            "Beside the others": st.column_config.TextColumn(width=300),
            "Changes": st.column_config.NumberColumn(format="localized", width=74),
            "Per week": st.column_config.NumberColumn(format="%.0f", width=72, help="Changes in a week with any"),
            "Hour": st.column_config.TextColumn(width=58, help="The middle hour of the day, on the business's clock"),
            "After lock": st.column_config.NumberColumn(format="percent", width=80),
            "Size": st.column_config.TextColumn(
                width=54, help="What a quantity or a price is multiplied or divided by, in the middle"
            ),
            "Rounded up": st.column_config.NumberColumn(
                format="percent", width=92, help="Of all changed quantities, those raised to a number ending in 5 or 0"
            ),
            "Moved": st.column_config.NumberColumn(format="dollar", width=105),
            "Confirmed": st.column_config.NumberColumn(width=82, help="Changes that were confirmed as wrong"),
            "False alarms": st.column_config.NumberColumn(width=90, help="Changes that were found to be right"),
        },
    )
    shown_in, here = zone(), workspace()
    export_button(
        "Export this list", lambda who, now: export_editors(here, who, table, words, shown_in, now), actor, "people"
    )
    if found.machines:
        told = ", ".join(f"{plain(each.who)} ({counted(each.edits, 'change')})" for each in found.machines)
        st.caption(f":material/smart_toy: No people, and compared with nobody: {told}")


def _picked(key: str, numbers: list[str]) -> None:
    """Callback: a row was chosen."""
    rows = st.session_state[key]["selection"]["rows"]
    if rows and rows[0] < len(numbers):
        put("person", numbers[rows[0]])
