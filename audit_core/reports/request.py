"""What somebody asks for: one workbook, named by all that it depends on, so that the same request is the same bytes."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from audit_core.filters import EventFilter


class ReportKind(StrEnum):
    """The two workbooks."""

    AUDIT = "audit"
    REAL_TIME = "real-time"

    @property
    def heading(self) -> str:
        """What the workbook is called on its first page."""
        return "Audit of billing changes" if self is ReportKind.AUDIT else "The newest look at the billing sheets"

    @property
    def words(self) -> str:
        """For sentences."""
        return f"{'Audit' if self is ReportKind.AUDIT else 'Real-time'} workbook"


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """One workbook: which events of the ledger's first `upto`, in which time zone its moments are shown.

    `kind`: the whole, or the newest look alone. `people`: with the worksheet By person. Who asks, and when, is no part
    of it: that is an event of the record.
    """

    chosen: EventFilter
    upto: int
    zone: ZoneInfo
    kind: ReportKind = ReportKind.AUDIT
    people: bool = False

    def narrowed(self, looks: list[str]) -> EventFilter:
        """The filter with what the kind adds to it. `looks`: that had been taken, oldest first."""
        if self.kind is ReportKind.AUDIT:
            return self.chosen
        return replace(self.chosen, look=(looks[-1] if looks else "none",), since="", until="")

    def to_json(self) -> dict[str, Any]:
        """The request as JSON values: two that are the same are one request."""
        return {
            "ledger_size": self.upto,
            "filter": self.chosen.parameters(),
            "zone": self.zone.key,
            "kind": self.kind.value,
            "people": self.people,
        }
