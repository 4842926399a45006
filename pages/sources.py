"""Sources: which sheets are read and how, what of them is not seen, and the way to cure that."""

from audit_core.permissions import Permission
from ui.chosen import in_address, switch
from ui.frame import page_head
from ui.guard import guard
from ui.opened import queries
from ui.recorded import what_was_recorded
from ui.sources.lock_choice import lock_part
from ui.sources.prices import prices_part
from ui.sources.rules import rules_part
from ui.sources.sheets import sheets_part

_PARTS = {"sheets": "Sheets", "prices": "Price lists", "lock": "Lock and time zone", "rules": "Rules"}

actor = guard(Permission.MANAGE_SOURCES)
page_head("sources", queries().headline())

part = in_address("part", _PARTS, "sheets")
switch("part", "Part", list(_PARTS), part, words=_PARTS.__getitem__)
what_was_recorded()
match part:
    case "prices":
        prices_part(actor)
    case "lock":
        lock_part(actor)
    case "rules":
        rules_part(actor)
    case _:
        sheets_part(actor)
