"""Why is this row not in a packet? The answer for every sheet that it stands on."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from audit_core.actors import Actor
from audit_core.errors import AuditError
from audit_core.packets.lines import unpacked
from audit_core.packets.reading import Billing, billing
from audit_core.packets.reasons import TOLD, Reason
from audit_core.store.packets import KeptPacket, Packets
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Why:
    """What became of a row of one sheet. `reason`: why it is in no packet; None where it is in one.

    `kept`: what was last sealed of its packet, None where it was never made. `question`: what is asked of its work
    request while it is in quarantine.
    """

    sheet_id: str
    sheet_name: str
    look: str
    row_id: str
    work_request: str | None
    week_ending: date | None
    variant: str
    reason: Reason | None
    question: str | None
    kept: KeptPacket | None

    def words(self) -> str:
        """The answer, in a sentence or two."""
        here = f"On {self.sheet_name} (look {self.look})"
        if self.reason is not None:
            told = TOLD[self.reason]
            asked = f" {self.question}" if self.question else ""
            return f"{here} row {self.row_id} is in no packet because {told.words}.{asked} {told.cure}"
        name = f"WR {self.work_request}, week {self.week_ending}, {self.variant}"
        made = f"'python -m jobs run weekly --week {self.week_ending}' makes it"
        if self.kept is not None and not self.kept.emptied:
            made = f"last made by event {self.kept.event_id:,}"
        return f"{here} row {self.row_id} is in the packet of {name}; {made}."

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        made = self.kept is not None and not self.kept.emptied
        return {
            "sheet": self.sheet_name,
            "sheet_id": self.sheet_id,
            "look": self.look,
            "row_id": self.row_id,
            "work_request": self.work_request,
            "week_ending": self.week_ending.isoformat() if self.week_ending else None,
            "variant": self.variant if self.reason is None else None,
            "in_packet": self.reason is None,
            "reason": self.reason.value if self.reason else None,
            "event_id": self.kept.event_id if self.kept and made and self.reason is None else None,
            "answer": self.words(),
        }


def why(workspace: Workspace, actor: Actor, row_id: str, now: datetime) -> tuple[Why, ...]:
    """The answer for each sheet that the row stands on, by the sheets' names.

    Raises NotAllowed, and AuditError for a row that stands on none.
    """
    with workspace.store.database.read():
        found = billing(workspace, actor, now)
        rows = unpacked(found.rows.filter(pl.col("row_id") == row_id)).sort("sheet_name", "sheet_id")
        if rows.is_empty():
            raise AuditError(_unknown(workspace, found, row_id))
        kept = Packets(workspace.store)
        return tuple(_of(row, found, kept) for row in rows.iter_rows(named=True))


def _of(row: dict[str, Any], found: Billing, kept: Packets) -> Why:
    week, reason = row["week_ending"], Reason(row["reason"]) if row["reason"] else None
    asked = found.week(week).questions if reason is Reason.QUARANTINED else ()
    return Why(
        sheet_id=row["sheet_id"],
        sheet_name=row["sheet_name"],
        look=found.looks[row["sheet_id"]][1],
        row_id=row["row_id"],
        work_request=row["work_request"],
        week_ending=week,
        variant=row["variant"],
        reason=reason,
        question=next((each.words() for each in asked if each.work_request == row["work_request"]), None),
        kept=kept.newest(week).get((row["work_request"], row["variant"])) if reason is None else None,
    )


def _unknown(workspace: Workspace, found: Billing, row_id: str) -> str:
    told = f"No row {row_id!r} stands on any sheet as it was last seen"
    unread = ", ".join(sorted(found.looks[sheet][0] for sheet in found.unread))
    told += f" (not read: {unread})" if unread else ""
    last = Packets(workspace.store).last_seen(list(found.looks), row_id)
    if last is None:
        return f"{told}, and the trail tells of none: check the number."
    return f"{told}; the trail last tells of it on {last[0]}, look {last[1]}: see its events in Changes."
