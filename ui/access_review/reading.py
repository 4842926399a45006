"""Which access review is looked at, read anew on each run: it is one file and a few rows."""

from typing import Final

from audit_core.access_review import AccessReview, months, review
from audit_core.actors import Actor
from ui.chosen import in_address
from ui.opened import workspace

MONTH: Final = "month"
LINE: Final = "line"


def month_shown(actor: Actor) -> str | None:
    """The month that the address names, else the newest; None while there is no review."""
    known = months(workspace(), actor)
    return in_address(MONTH, known, known[0]) if known else None


def read_now(actor: Actor, month: str | None) -> AccessReview | None:
    """The review of a month as it stands now."""
    return review(workspace(), actor, month) if month is not None else None
