"""What a sync reports of itself."""

from dataclasses import dataclass, field
from typing import Any

from audit_core.blind_spots import BlindSpot


@dataclass
class Counters:
    """What a sync reports."""

    sheets_checked: int = 0
    sheets_changed: int = 0
    sheets_failed: int = 0
    rows_checked: int = 0
    rows_added: int = 0
    rows_removed: int = 0
    cells_changed: int = 0
    events_recorded: int = 0
    incidents: int = 0
    hits_exempt: int = 0
    hits_in_shadow: int = 0
    alerts: int = 0
    urgent_alerts: int = 0
    alerts_suppressed: int = 0
    looks: int = 0
    api_requests: int = 0
    requests: dict[str, int] = field(default_factory=dict)
    blind_spots: list[BlindSpot] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The counters as JSON values; blind spots once each, in the order in which they were met."""
        spots = {(spot.sheet, spot.reason, spot.detail): spot.as_dict() for spot in self.blind_spots}
        return {**self.__dict__, "blind_spots": list(spots.values())}
