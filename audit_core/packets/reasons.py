"""Why a row is in no packet: one reason each, the first that applies in the order in which they stand here."""

from enum import StrEnum
from typing import Final, NamedTuple


class Reason(StrEnum):
    """Why a row of the newest snapshots is not billed. The first two mean that it carries no week at all."""

    NO_WEEK = "no week date"
    WEEK_NOT_UNDERSTOOD = "week date not understood"
    NO_WORK_REQUEST = "no work request"
    WORK_REQUEST_NOT_UNDERSTOOD = "work request not understood"
    NOT_COMPLETED = "not completed"
    COMPLETION_NOT_UNDERSTOOD = "completion not understood"
    CODE_ERROR = "unit code is an error"
    NO_PRICE = "no price"
    PRICE_NOT_UNDERSTOOD = "price not understood"
    PRICE_ZERO = "price is zero"
    PRICE_BELOW_ZERO = "price below zero"
    QUARANTINED = "quarantined"


class Told(NamedTuple):
    """A reason for a person: what is so, and what can be done about it."""

    words: str
    cure: str


WITHOUT_WEEK: Final = (Reason.NO_WEEK, Reason.WEEK_NOT_UNDERSTOOD)
"""Rows with one of these are counted over all weeks, because they belong to none."""

TOLD: Final[dict[Reason, Told]] = {
    Reason.NO_WEEK: Told(
        "its week date (Weekly Reference Logged Date) is blank",
        "Nothing while the row is fresh: an automation writes the date. Else consider filling it in.",
    ),
    Reason.WEEK_NOT_UNDERSTOOD: Told(
        "its week date (Weekly Reference Logged Date) is not understood",
        "Consider writing the Sunday of its week, as a date.",
    ),
    Reason.NO_WORK_REQUEST: Told("it names no work request", "Consider filling in its work request number."),
    Reason.WORK_REQUEST_NOT_UNDERSTOOD: Told(
        "its work request is not a number that is understood", "Consider writing the digits of the work request."
    ),
    Reason.NOT_COMPLETED: Told(
        "the unit is not ticked as completed", "Nothing while the work is open; consider ticking it once it is done."
    ),
    Reason.COMPLETION_NOT_UNDERSTOOD: Told(
        "what stands under Units Completed? is no check mark", "Consider ticking the box, or clearing it."
    ),
    Reason.CODE_ERROR: Told(
        "its unit code is an error of the sheet, such as #NO MATCH", "Consider choosing a code that the list has."
    ),
    Reason.NO_PRICE: Told("it has no price", "Consider looking at its quantity and its price formula."),
    Reason.PRICE_NOT_UNDERSTOOD: Told(
        "its price is not an amount that is understood", "Consider mending its price formula."
    ),
    Reason.PRICE_ZERO: Told("its price is zero", "Consider looking at its quantity and its price formula."),
    Reason.PRICE_BELOW_ZERO: Told(
        "its price is below zero", "Consider billing a credit by itself; a packet bills what was done."
    ),
    Reason.QUARANTINED: Told(
        "its work request is one edit from a known one and has only one or two lines",
        "Consider correcting the number in the sheet; if it is right, an exemption of the rule near_work_request for "
        "this work request lets its packet be made.",
    ),
}
"""What is said of each reason: after "This row is in no packet because …"."""
