"""A packet with all that is printed beside its lines: the one thing that workbook and PDF are made from.

The same lines at the same size of the ledger, with the same making before them, are the same document.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.packets.appendix import Appendix
from audit_core.packets.packet import Packet
from audit_core.rules.base import money_text
from audit_core.store.anchors import Anchor

_FACTS: Final[Mapping[str, str]] = {
    "Foreman": "foreman",
    "Crew": "crew",
    "Customer": "customer",
    "Work order": "work_order",
    "Job": "job",
    "Dept": "dept",
    "Area": "area",
    "Scope": "scope",
}
_MOST_NAMES: Final = 6


@dataclass(frozen=True, slots=True)
class Document:
    """`anchor`: of the ledger at the size that was looked at. `looks`: sheet id → (name, look) of sheets with lines.

    `unread`: names of sheets whose snapshot could not be read. `adjustments`: since the packet last went out (see
    adjustments.ADJUSTMENT), None where it never did. `made_by`: the installation, by its name and environment.
    """

    packet: Packet
    appendix: Appendix
    anchor: Anchor
    zone: ZoneInfo
    looks: Mapping[str, tuple[str, str]]
    unread: tuple[str, ...]
    adjustments: pl.DataFrame | None
    made_by: str

    @property
    def at(self) -> datetime:
        """When the last event that was looked at had been recorded."""
        return datetime.fromisoformat(self.anchor.at).astimezone(UTC)

    @property
    def title(self) -> str:
        """What this is."""
        return f"Weekly packet: WR {self.packet.work_request}"

    def facts(self) -> list[tuple[str, str]]:
        """What stands at the head: label and text."""
        packet = self.packet
        held = [(label, _names(packet.lines[name])) for label, name in _FACTS.items()]
        return [
            ("Work request", packet.work_request),
            ("Week ending", f"{packet.week_ending:%A} {packet.week_ending.isoformat()}"),
            ("Variant", packet.variant),
            *((label, text) for label, text in held if text),
            ("Rows as of", "; ".join(f"{name}, look {look}" for name, look in sorted(set(self.looks.values())))),
        ]

    def proof(self) -> str:
        """That the sums agree."""
        packet, blocks = self.packet, self.packet.blocks
        return (
            f"{len(blocks):,} block{'s' if len(blocks) != 1 else ''} and {packet.count:,} "
            f"line{'s' if packet.count != 1 else ''}: the sum of the blocks is the sum of the lines, "
            f"{money_text(sum(block.cents for block in blocks))}."
        )

    def warnings(self) -> list[str]:
        """What a reader must know before anything else."""
        told = []
        if self.packet.simulated:
            told.append("SIMULATED DATA: lines of this packet come from simulated looks; nothing in them was done.")
        if self.unread:
            told.append(f"Could not be read when this was made: {', '.join(self.unread)}. Lines there are not in it.")
        return told


def _names(values: pl.Series) -> str:
    """The different values of a column, in their order."""
    names = values.drop_nulls().unique().sort().to_list()
    more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more
