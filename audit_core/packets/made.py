"""What became of a week that was made: its packets with their files, in words and as JSON values."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from audit_core.blind_spots import BlindSpot
from audit_core.packets.packet import Packet
from audit_core.packets.quarantine import Question
from audit_core.packets.reading import Week
from audit_core.rules.base import money_text
from audit_core.store.packets import KeptPacket

_MOST_WEEKS: Final = 4


@dataclass(frozen=True, slots=True)
class MadePacket:
    """A packet of the week as it stands now. `paths`: absolute. `event_id`: of the event that seals it.

    `made`: in this run, else it was skipped because nothing in it had changed.
    """

    packet: Packet
    paths: tuple[Path, ...]
    event_id: int
    made: bool


@dataclass(frozen=True, slots=True)
class MadeWeek:
    """What became of a week. `week`: None before the first look.

    `changed_weeks`: other weeks that were made before and would be made otherwise now.
    `emptied`: packets that had lines and have none any more. `held`: packets left as they were, because a sheet that
    they had lines of could not be read.
    """

    week: Week | None
    packets: tuple[MadePacket, ...] = ()
    emptied: tuple[KeptPacket, ...] = ()
    held: tuple[KeptPacket, ...] = ()
    changed_weeks: tuple[date, ...] = ()
    without_week: int = 0
    blind_spots: tuple[BlindSpot, ...] = ()

    @property
    def billed(self) -> int:
        """What the packets bill, in cents."""
        return sum(each.packet.cents for each in self.packets)

    @property
    def questions(self) -> tuple[Question, ...]:
        """What somebody is asked before the rest of the week can be made."""
        return self.week.questions if self.week else ()

    def words(self) -> str:
        """A sentence or two for a person."""
        if self.week is None:
            return "Nothing was looked at yet: run 'sync' first."
        if self.week.rows.is_empty() and not self.emptied:
            return f"No row carries the week {self.week.week_ending}: it has no packet."
        made = sum(each.made for each in self.packets)
        count = f"{len(self.packets):,} packet{'s' if len(self.packets) != 1 else ''}"
        unchanged = len(self.packets) - made
        told = [f"Week {self.week.week_ending}: {count} over {money_text(self.billed)}, {made:,} made"]
        told += [f"{unchanged:,} unchanged"] if unchanged else []
        told += [f"{len(self.emptied):,} emptied"] if self.emptied else []
        told += [f"{len(self.held):,} left as they were, because a sheet could not be read"] if self.held else []
        again = ", ".join(week.isoformat() for week in self.changed_weeks[:_MOST_WEEKS])
        more = len(self.changed_weeks) - _MOST_WEEKS
        again += f" and {more:,} more" if more > 0 else ""
        left = sum(self.week.excluded.values())
        told += [f"{left:,} of {self.week.rows.height:,} rows in none"] if left else []
        asked = [each.words().rstrip(".") for each in self.questions]
        asked += [f"Changed since they were made: {again}; run them again with --week"] if again else []
        return ". ".join([", ".join(told), *asked]) + "."

    def counters(self) -> dict[str, Any]:
        """What the job's result says, as JSON values."""
        week = self.week
        return {
            "week_ending": week.week_ending.isoformat() if week else None,
            "rows": week.rows.height if week else 0,
            "total": self.billed / 100,
            "paths": [str(path) for each in self.packets for path in each.paths],
            "packets": [
                {
                    "work_request": each.packet.work_request,
                    "week_ending": each.packet.week_ending.isoformat(),
                    "variant": each.packet.variant,
                    "lines": each.packet.count,
                    "total": each.packet.cents / 100,
                    "paths": [str(path) for path in each.paths],
                    "made": each.made,
                }
                for each in self.packets
            ],
            "excluded": dict(week.excluded) if week else {},
            "without_week": self.without_week,
            "changed_weeks": [week.isoformat() for week in self.changed_weeks],
            "made": sum(each.made for each in self.packets),
            "skipped": sum(not each.made for each in self.packets),
            "emptied": [_named(each) for each in self.emptied],
            "held": [_named(each) for each in self.held],
            "questions": [each.as_dict() for each in self.questions],
            "blind_spots": [spot.as_dict() for spot in self.blind_spots],
        }


def _named(kept: KeptPacket) -> dict[str, Any]:
    return {"work_request": kept.work_request, "week_ending": kept.week_ending.isoformat(), "variant": kept.variant}
