"""One packet: its lines, a block for each day, and a total that is the sum of both to the cent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from audit_core.packets.lines import LINE, PACKET, in_order
from audit_core.store.digest import digest


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of one day (None: they have none)."""

    day: date | None
    lines: pl.DataFrame

    @property
    def cents(self) -> int:
        """What they bill."""
        return int(self.lines["price_cents"].sum())

    def title(self) -> str:
        """How the day is written above its lines."""
        return "No day" if self.day is None else f"{self.day:%A} {self.day.isoformat()}"


@dataclass(frozen=True)
class Packet:
    """One work request in one week for one variant. `lines`: LINE, in the order in which they are printed."""

    work_request: str
    week_ending: date
    variant: str
    lines: pl.DataFrame

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """A block for each day, the earliest first, lines without a day last: together all lines."""
        parts = self.lines.partition_by("work_date", maintain_order=True)
        blocks = tuple(Block(part["work_date"][0], part) for part in parts)
        sums = sum(block.cents for block in blocks), sum(block.lines.height for block in blocks)
        if sums != (self.cents, self.count):
            raise ArithmeticError(f"The blocks of {self.name()} are not its lines.")
        return blocks

    @property
    def cents(self) -> int:
        """What the packet bills."""
        return int(self.lines["price_cents"].sum())

    @property
    def count(self) -> int:
        """How many lines it has."""
        return self.lines.height

    @property
    def simulated(self) -> bool:
        """Whether any of its lines comes from a simulated snapshot."""
        return bool(self.lines["simulated"].any())

    @cached_property
    def content_sha256(self) -> str:
        """The digest of all that is printed of its lines: the same as long as nothing of them changes."""
        return digest([tuple(LINE), *self.lines.iter_rows()])

    def name(self) -> str:
        """In a sentence."""
        return f"WR {self.work_request}, week {self.week_ending}, {self.variant}"


def packets(rows: pl.DataFrame) -> Iterator[Packet]:
    """The packets of rows that are billed (see lines.with_reasons), by week, work request and variant."""
    billed = rows.filter(pl.col("reason").is_null())
    parts = billed.partition_by(PACKET, as_dict=True)
    for key in sorted(parts, key=lambda names: (names[1], len(names[0]), names[0], names[2])):
        yield Packet(key[0], key[1], key[2], in_order(parts[key]))
