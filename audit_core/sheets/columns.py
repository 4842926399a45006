"""The canonical columns of a billing sheet: their names, what they hold, and what else they are called.

Everything after `read_sheet` speaks of columns by these names, whatever a sheet's own titles are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Concept(StrEnum):
    """What a column's cells mean; each has exactly one parser (see `parsers`)."""

    MONEY = "money"
    QUANTITY = "quantity"
    CHECKBOX = "checkbox"
    DATE = "date"
    INSTANT = "instant"
    WORK_REQUEST = "work request"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Column:
    """One canonical column.

    `synonyms` are other titles seen for it (matched tolerantly, see `titles.title_key`). `required`: rules
    cannot run without it, so its absence is a blind spot. `system`: written by the sheet service itself;
    such a column says who and when and is never a change.
    """

    name: str
    concept: Concept = Concept.TEXT
    synonyms: tuple[str, ...] = ()
    required: bool = False
    system: bool = False


WORK_REQUEST: Final = "Work Request #"
WEEK: Final = "Weekly Reference Logged Date"
WORK_DATE: Final = "Snapshot Date"
COMPLETED: Final = "Units Completed?"
QUANTITY: Final = "Quantity"
PRICE: Final = "Units Total Price"
CU: Final = "CU"
WORK_TYPE: Final = "Work Type"
CU_DESCRIPTION: Final = "CU Description"
UNIT_OF_MEASURE: Final = "Unit of Measure"
POLE: Final = "Pole #"
FOREMAN: Final = "Foreman"
DEPT: Final = "Dept #"
CUSTOMER: Final = "Customer Name"
WORK_ORDER: Final = "Work Order #"
JOB: Final = "Job #"
AREA: Final = "Area"
SCOPE: Final = "Scope #"
FOREMAN_HELPING: Final = "Foreman Helping?"
HELPER_COMPLETED: Final = "Helping Foreman Completed Unit?"
HELPER_DEPT: Final = "Helper Dept #"
HELPER_JOB: Final = "Helper Job #"
VAC_HELPING: Final = "VAC Crew Helping?"
VAC_COMPLETED: Final = "Vac Crew Completed Unit?"
MODIFIED_BY: Final = "Modified By"
MODIFIED_AT: Final = "Modified Date"
CREATED_BY: Final = "Created By"
CREATED_AT: Final = "Created Date"

COLUMNS: Final[tuple[Column, ...]] = (
    Column(WORK_REQUEST, Concept.WORK_REQUEST, ("WR",), required=True),
    Column(WEEK, Concept.DATE, ("Weekly Referenced Logged Date",), required=True),
    Column(WORK_DATE, Concept.DATE, required=True),
    Column(COMPLETED, Concept.CHECKBOX, required=True),
    Column(QUANTITY, Concept.QUANTITY, ("Qty", "# Units", "# of Units"), required=True),
    Column(PRICE, Concept.MONEY, ("Redlined Total Price", "Total Price"), required=True),
    Column(CU, synonyms=("Billable Unit Code", "CU Helper"), required=True),
    Column(WORK_TYPE, required=True),
    Column(CU_DESCRIPTION),
    Column(UNIT_OF_MEASURE, synonyms=("UOM", "Unit of Measure (UOM)")),
    Column(POLE, synonyms=("Point #",), required=True),
    Column(FOREMAN),
    Column(DEPT),
    Column(CUSTOMER),
    Column(WORK_ORDER),
    Column(JOB),
    Column(AREA),
    Column(SCOPE, synonyms=("Scope ID",)),
    # The two "Helping?" columns hold the helper's name in some sheets and a tick in others: text loses neither.
    Column(FOREMAN_HELPING),
    Column(HELPER_COMPLETED, Concept.CHECKBOX),
    Column(HELPER_DEPT),
    Column(HELPER_JOB),
    Column(VAC_HELPING),
    Column(VAC_COMPLETED, Concept.CHECKBOX),
    Column(MODIFIED_BY, system=True),
    Column(MODIFIED_AT, Concept.INSTANT, ("Modified",), system=True),
    Column(CREATED_BY, system=True),
    Column(CREATED_AT, Concept.INSTANT, ("Created",), system=True),
)
"""Every canonical column, in the order reports show them."""

BY_NAME: Final[Mapping[str, Column]] = MappingProxyType({column.name: column for column in COLUMNS})
"""Canonical name → column."""

SYSTEM_COLUMNS: Final = frozenset(column.name for column in COLUMNS if column.system)
"""Canonical names that feed who and when, and are no changes themselves."""
