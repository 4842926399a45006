"""One event with all that explains it: what it is, its row at any look, the row's story, and what else happened."""

from audit_core.detail.around import Around, Neighbour, Others, around
from audit_core.detail.event import Detail, Hit, detail, happened
from audit_core.detail.row import row_between
from audit_core.detail.timeline import Moment, timeline

__all__ = [
    "Around",
    "Detail",
    "Hit",
    "Moment",
    "Neighbour",
    "Others",
    "around",
    "detail",
    "happened",
    "row_between",
    "timeline",
]
