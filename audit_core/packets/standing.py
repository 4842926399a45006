"""How the packets of a week stand: as they were last made, changed since, or not made yet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.actors import Actor
from audit_core.blind_spots import BlindSpot
from audit_core.packets.packet import Packet
from audit_core.packets.reading import Week, billing
from audit_core.packets.reasons import TOLD, Reason
from audit_core.permissions import Permission, require
from audit_core.reports.table_export import Export, TableExport, export_table
from audit_core.store.packets import KeptPacket, Packets
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Seen:
    """One week as it would be billed now, beside the others: see Billing.weeks. `week`: None where no row has one."""

    weeks: pl.DataFrame
    week: Week | None
    without_week: int
    blind_spots: tuple[BlindSpot, ...]


def seen(workspace: Workspace, actor: Actor, week: date | None, now: datetime) -> Seen:
    """The week of that Sunday; the newest that has ended where it is not told, or no row carries it. Raises NotAllowed.

    Of all other rows nothing is kept, so that the answer can be held in memory.
    """
    with workspace.store.database.read():
        found = billing(workspace, actor, now)
    weeks = found.weeks()
    known = weeks["week_ending"].to_list()
    chosen = next((each for each in (week, found.default_week(), *known) if each in known), None)
    return Seen(weeks, found.week(chosen) if chosen else None, found.without_week(), found.blind_spots)


class State(StrEnum):
    """How a packet's newest files stand beside its lines now."""

    MADE = "as made"
    CHANGED = "changed since"
    NEW = "not made yet"


@dataclass(frozen=True, slots=True)
class Standing:
    """A packet of now and what was last sealed of it, None where it was never made."""

    packet: Packet
    kept: KeptPacket | None

    @property
    def state(self) -> State:
        """Whether the newest files say what the packet says now."""
        if self.kept is None or self.kept.emptied:
            return State.NEW
        return State.MADE if self.kept.content_sha256 == self.packet.content_sha256 else State.CHANGED


def standings(workspace: Workspace, actor: Actor, week: Week) -> tuple[Standing, ...]:
    """Each packet of a week with what was last made of it. Raises NotAllowed."""
    require(actor, Permission.READ_PACKETS)
    newest = Packets(workspace.store).newest(week.week_ending)
    return tuple(Standing(each, newest.get((each.work_request, each.variant))) for each in week.packets)


def packets_table(standing: Iterable[Standing]) -> pl.DataFrame:
    """`WR, Variant, Lines, billed_cents, State, Made at, Event`: a row for each packet."""
    rows = [
        (
            each.packet.work_request, each.packet.variant, each.packet.count, each.packet.cents, each.state.value,
            each.kept.made_at if each.kept else None, each.kept.event_id if each.kept else None,
        )
        for each in standing
    ]  # fmt: skip
    schema: dict[str, pl.DataType] = {
        "WR": pl.String(), "Variant": pl.String(), "Lines": pl.Int64(), "billed_cents": pl.Int64(),
        "State": pl.String(), "Made at": pl.Datetime("us", "UTC"), "Event": pl.Int64(),
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def left_out(week: Week) -> pl.DataFrame:
    """`Reason, Rows, What to do`: why rows of the week are in no packet."""
    rows = [(reason, count, TOLD[Reason(reason)].cure) for reason, count in week.excluded.items()]
    return pl.DataFrame(rows, schema={"Reason": pl.String, "Rows": pl.Int64, "What to do": pl.String}, orient="row")


def export_packets(
    workspace: Workspace, actor: Actor, week: Week, standing: Iterable[Standing], zone: ZoneInfo, now: datetime
) -> Export:
    """The list of a week's packets as a workbook. Raises NotAllowed."""
    require(actor, Permission.EXPORT_TABLES)
    words, chosen = f"week {week.week_ending}", {"week": [week.week_ending.isoformat()]}
    asked = TableExport("packets", "Weekly packets", words, packets_table(standing), chosen, zone=zone)
    return export_table(workspace, actor, asked, now)
