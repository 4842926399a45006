"""Sheets as this audit reads them: titles, cells, rows, weeks and locks. Pure: no file, no store, no clock."""

from audit_core.sheets.columns import BY_NAME, COLUMNS, SYSTEM_COLUMNS, Column, Concept
from audit_core.sheets.parsers import NotUnderstood, is_error_token, plain_number
from audit_core.sheets.sheet import Sheet, read_sheet, state, unparsed_cells
from audit_core.sheets.titles import TitleMap, map_titles
from audit_core.sheets.weeks import LockCalendar, LockState, Reopening, week_ending, week_ending_of

__all__ = [
    "BY_NAME",
    "COLUMNS",
    "SYSTEM_COLUMNS",
    "Column",
    "Concept",
    "LockCalendar",
    "LockState",
    "NotUnderstood",
    "Reopening",
    "Sheet",
    "TitleMap",
    "is_error_token",
    "map_titles",
    "plain_number",
    "read_sheet",
    "state",
    "unparsed_cells",
    "week_ending",
    "week_ending_of",
]
