"""Reports: the library of all documents, the way to make a workbook, and what went to whom."""

from audit_core.filters import EventFilter
from audit_core.permissions import Permission, allowed
from ui.chosen import in_address, switch
from ui.filters import chosen_filter
from ui.frame import page_head
from ui.guard import guard
from ui.opened import queries
from ui.recorded import what_was_recorded
from ui.reports.library import library_part
from ui.reports.make import make_part
from ui.reports.sent import sent_part

actor = guard(Permission.READ_REPORTS)
ask = queries()
page_head("reports", ask.headline())

parts = {"library": "Library"}
if allowed(actor, Permission.MAKE_REPORTS):
    parts["make"] = "Make a workbook"
if allowed(actor, Permission.SEND_REPORTS):
    parts["sent"] = "What went out"
# conditions in the address come from Changes: somebody wants a workbook of them
usual = "make" if "make" in parts and chosen_filter() != EventFilter() else "library"
part = in_address("part", parts, usual)
if len(parts) > 1:
    switch("part", "Part", list(parts), part, words=parts.__getitem__, forgets=("page",))
what_was_recorded()
match part:
    case "make":
        make_part(actor, ask)
    case "sent":
        sent_part(actor)
    case _:
        library_part(actor)
