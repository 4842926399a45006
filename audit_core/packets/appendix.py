"""What changed in a packet since it was last made: recorded changes on its rows, and lines that came and went."""

from dataclasses import dataclass
from typing import Final

import polars as pl

from audit_core.changes.diff import ROW
from audit_core.packets.lines import KEY, LINE
from audit_core.packets.packet import Packet
from audit_core.reports.event_columns import CHANGED
from audit_core.rules.base import counted, money_text
from audit_core.store.packets import CHANGES, KeptPacket

NO_LINES: Final = pl.DataFrame(schema=dict(LINE))


@dataclass(frozen=True, slots=True)
class Appendix:
    """`since`: when the packet was last made or closed, None where it never was. `changes`: see store.packets.CHANGES.

    `came`, `went`: lines that were not in it then, and that are not in it now. `before_cents`: what it billed then.
    """

    since: KeptPacket | None
    changes: pl.DataFrame
    came: pl.DataFrame
    went: pl.DataFrame
    before_cents: int
    now_cents: int

    @property
    def net_cents(self) -> int:
        """What the packet bills more than before."""
        return self.now_cents - self.before_cents

    def words(self) -> str:
        """One sentence."""
        if self.since is None:
            return "This packet is made for the first time: there is nothing to compare it with."
        sign = "+" if self.net_cents > 0 else ""
        return (
            f"Since it was last made (event {self.since.event_id:,}): {counted(self.changes.height, 'change')} on its "
            f"rows, {counted(self.came.height, 'line')} came, {counted(self.went.height, 'line')} went; it bills "
            f"{money_text(self.now_cents)} instead of {money_text(self.before_cents)} "
            f"({sign}{money_text(self.net_cents)})."
        )


def first_time(packet: Packet) -> Appendix:
    """Of a packet that was never made."""
    return Appendix(None, pl.DataFrame(schema=dict(CHANGES)), NO_LINES, NO_LINES, 0, packet.cents)


def appendix(packet: Packet, since: KeptPacket, before: pl.DataFrame, changes: pl.DataFrame) -> Appendix:
    """`before`: the lines as they were then. `changes`: on rows that are or were in the packet, since then."""
    came = packet.lines.join(before, on=KEY, how="anti", maintain_order="left")
    went = before.join(packet.lines, on=KEY, how="anti", maintain_order="left")
    return Appendix(since, changes, came, went, int(before["price_cents"].sum()), packet.cents)


def rows_to_ask(packet: Packet, before: pl.DataFrame) -> pl.DataFrame:
    """KEY of the rows that are or were in a packet."""
    return pl.concat([packet.lines.select(KEY), before.select(KEY)]).unique(maintain_order=True)


def told(changes: pl.DataFrame) -> pl.DataFrame:
    """`changed, look, who, sheet, row, what, before, after, money_cents` of CHANGES, texts for a person.

    A row that came or went holds the whole line as JSON, which the app shows.
    """
    cell = pl.col("column_name") != ROW
    return changes.select(
        changed="changed_at",
        look="look",
        who=pl.coalesce("changed_by", "who_evidence"),
        sheet="sheet_name",
        row="row_id",
        what=CHANGED,
        before=pl.when(cell).then("old_value"),
        after=pl.when(cell).then("new_value"),
        money_cents="money_cents",
    )
