"""Weekly packets: one work request in one week for one variant, as it is billed.

lines (a row has a packet or a reason) · quarantine (numbers one edit from a known one) · packet (blocks and totals) ·
reading (all of it, over the newest snapshots) · standing (one week beside what was made of it) · appendix (what changed
since it was made) · adjustments (since it went out) · document → workbook or pdf (from packet.typ) · make (write, then
seal) · answer (why a row is in none).
"""

from audit_core.packets.answer import Why, why
from audit_core.packets.made import MadePacket, MadeWeek
from audit_core.packets.make import make_week
from audit_core.packets.packet import Packet
from audit_core.packets.reading import Billing, Week
from audit_core.packets.standing import Seen, seen

__all__ = [
    "Billing",
    "MadePacket",
    "MadeWeek",
    "Packet",
    "Seen",
    "Week",
    "Why",
    "make_week",
    "seen",
    "why",
]
