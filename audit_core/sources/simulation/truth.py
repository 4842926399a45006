"""What was planted into the simulated month: for tests only, the product never sees it."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kinds of error (and of their repair) that somebody makes in the simulated month."""

    STALE_PRICE = "quantity edited, price not recalculated"
    SHIFTED_PRICE = "decimal point of the price shifted"
    PRICE_AFTER_LOCK = "price edited after lock, within the tolerance"
    QUANTITY_AFTER_LOCK = "quantity edited after lock"
    CU_AFTER_LOCK = "unit code edited after lock"
    WORK_TYPE_AFTER_LOCK = "work type edited after lock"
    WORK_REQUEST_AFTER_LOCK = "work request edited after lock"
    POLE_AFTER_LOCK = "pole edited after lock"
    PRICE_ZEROED = "price set to zero"
    PRICE_RESTORED = "price put back"
    UNCHECKED = "completion un-checked after lock"
    DELETED = "line deleted after lock"
    DELETED_TO_REENTER = "line deleted after lock, to be entered again"
    REENTERED = "line entered again"
    WEEK_MOVED = "week stamped anew on a row somebody merely touched"
    DATE_TYPO = "year mistyped"
    DATE_OUTSIDE_WEEK = "work date outside its week"
    WEEK_NOT_SUNDAY = "week date not a Sunday"
    BILLED_TWICE = "unit billed twice"
    NEAR_WORK_REQUEST = "work request one digit away"
    CUT_BEFORE_LOCK = "quantity cut before lock"
    CUT_RESTORED = "cut quantity put back after lock"
    QUANTITY_TEXT = "quantity with a unit typed into it"
    QUANTITY_WORD = "quantity spelled out"
    NO_MATCH_ENTERED = "line entered with a code that is not listed"
    NO_MATCH_EDITED = "code replaced by one that is not listed"
    BULK_FOREMAN = "foreman of many rows replaced at once"
    COLUMN_RENAMED = "column renamed for a day"
    SETTLED = "line corrected after lock, when its bill was settled"


@dataclass(frozen=True, slots=True)
class Slip:
    """One planted error at the cell it shows at; `look` is the ISO date of the first look that can show it.

    `column` is canonical, `(row)` for whole rows; `row_id` is empty where a whole column is meant.
    """

    look: str
    sheet: str
    row_id: str
    column: str
    kind: Kind
    person: str
    sentence: str
