"""Weekly packets: one work request in one week for one variant, as it is billed.

lines (a row has a packet or a reason) · quarantine (numbers one edit from a known one) · packet (blocks and totals) ·
reading (all of it, over the newest snapshots) · appendix (what changed since it was made) · adjustments (since it went
out) · document → workbook or pdf (from packet.typ) · make (write, then seal) · answer (why a row is in none).
"""

from datetime import date, datetime

import polars as pl

from audit_core.actors import Actor, Permission, require
from audit_core.packets.answer import Why, why
from audit_core.packets.appendix import NO_LINES
from audit_core.packets.made import MadePacket, MadeWeek
from audit_core.packets.make import make_week
from audit_core.packets.packet import Packet
from audit_core.packets.reading import Billing, Week, billing, require_sunday
from audit_core.store.packets import Packets
from audit_core.workspace import Workspace

__all__ = [
    "Billing",
    "MadePacket",
    "MadeWeek",
    "Packet",
    "Week",
    "Why",
    "billing",
    "make_week",
    "packet_lines",
    "packets_of_week",
    "weeks",
    "why",
]


def packets_of_week(workspace: Workspace, actor: Actor, week: date, now: datetime) -> Week:
    """A week as it would be billed now: its packets, and what is in none. Raises as make_week."""
    with workspace.store.database.read():
        return billing(workspace, actor, now).week(require_sunday(week))


def weeks(workspace: Workspace, actor: Actor, now: datetime) -> pl.DataFrame:
    """Which weeks have rows (see Billing.weeks). Raises NotAllowed."""
    with workspace.store.database.read():
        return billing(workspace, actor, now).weeks()


def packet_lines(workspace: Workspace, actor: Actor, event_id: int) -> pl.DataFrame:
    """The lines (see lines.LINE) of a packet as an event sealed them; none where it closed the packet.

    Raises NotAllowed, AuditError for an event that seals no packet, VerificationFailed when the file was altered.
    """
    require(actor, Permission.READ_REPORTS)
    kept = Packets(workspace.store)
    lines = kept.lines(kept.of_event(event_id))
    return NO_LINES if lines is None else lines
