"""Which sheets, crews, codes, weekdays or editors stand out over the months: a map with its text twin."""

from dataclasses import dataclass

import streamlit as st

from audit_core.actors import Actor
from audit_core.errors import AuditError
from audit_core.picture.patterns import MINIMUM, By, Patterns, kinds_for, patterns_now
from audit_core.store.judged import Judged
from ui.charts import pattern_map
from ui.chosen import in_address, switch
from ui.making import made, waiting
from ui.opened import workspace
from ui.words import counted, plain, visible


@dataclass(frozen=True, slots=True)
class _Asked:
    """All that an answer depends on. `judged`: the newest change or finding."""

    config: str
    judged: int
    newest: str
    by: By
    role: str


def patterns_section(actor: Actor, newest: str) -> None:
    """The choice of what stories are told apart by, in the address, and the map."""
    kinds = kinds_for(workspace(), actor)
    by = By(in_address("by", kinds, kinds[0]))
    switch("by", "Told apart by", kinds, by)
    here = workspace()
    judged = Judged(here.store.database).newest()
    asked = _Asked(str(here.config), judged, newest, by, actor.role.value)
    try:
        found = made(asked, lambda: patterns_now(here, actor, by, newest))
    except AuditError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if found is None:
        waiting(asked, "Reading the lines …")
        return
    if found.values.is_empty():
        st.info("Of no story this is known yet.", icon=":material/hourglass_empty:")
        return
    names = {value: f"{visible(value)} · {n:,}" for value, n in found.values.select("value", "n").iter_rows()}
    st.altair_chart(pattern_map(found.cells, names), width="stretch", key=f"map-{by}")
    st.caption(_told(found))
    with st.expander("The same as a table"):
        st.dataframe(found.cells.to_pandas(), width="stretch", hide_index=True)


def _told(found: Patterns) -> str:
    parts = ["Of all stories of a month, how many are flagged; beside each name how many stories there are."]
    parts.append(f"Of fewer than {MINIMUM} nothing is said.")
    if found.left_out:
        parts.append(f"{counted(found.left_out, 'more value')} with fewer stories are left out.")
    if found.unknown:
        parts.append(f"Of {found.unknown:,} stories it is not known.")
    return " ".join(parts)
