"""Operations: how it stands, what ran and runs next, what could not be seen, is the record whole, what was done."""

import streamlit as st

from audit_core.permissions import Permission
from audit_core.settings.source import SmartsheetSettings
from ui.chosen import in_address, switch
from ui.frame import page_head
from ui.guard import guard
from ui.opened import queries, workspace
from ui.operations.backups import backups_section
from ui.operations.done import done_part
from ui.operations.model import model_section
from ui.operations.record import record_section
from ui.operations.runs import runs_part
from ui.operations.schedule import schedule_part
from ui.operations.stand import stand_part
from ui.operations.unseen import unseen_part
from ui.recorded import what_was_recorded
from ui.smartsheet_access import smartsheet_section

_PARTS = {
    "stand": "How it stands",
    "runs": "Runs",
    "schedule": "Schedule",
    "unseen": "What was not seen",
    "record": "Record and backups",
    "model": "Model",
    "smartsheet": "Smartsheet",
    "done": "What was done here",
}

actor = guard(Permission.READ_OPERATIONS)
ask, source = queries(), workspace().settings.source
page_head("operations", ask.headline())

parts = [name for name in _PARTS if name != "smartsheet" or isinstance(source, SmartsheetSettings)]
part = in_address("part", parts, "stand")
switch("part", "Part", parts, part, words=_PARTS.__getitem__)
what_was_recorded()
match part:
    case "runs":
        runs_part()
    case "schedule":
        schedule_part(actor)
    case "unseen":
        unseen_part(ask)
    case "record":
        with st.container(key="split-record"):
            whole, saved = st.columns(2, gap="large")
        with whole:
            record_section(workspace())
        with saved:
            backups_section(workspace())
    case "model":
        model_section(workspace(), actor)
    case "smartsheet" if isinstance(source, SmartsheetSettings):
        smartsheet_section(workspace(), source)
    case "done":
        done_part(ask)
    case _:
        stand_part()
