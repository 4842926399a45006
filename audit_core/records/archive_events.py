"""The events of an archive computed again, page by page: their hashes, their chain, and the root above them."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.errors import VerificationFailed
from audit_core.records.pages import SEALED, read_parquet_pages
from audit_core.records.proof import EVENTS, PROOF, Proof
from audit_core.records.sealed_snapshots import SealedSnapshots
from audit_core.store.ledger import chain
from audit_core.store.merkle import Frontier


@dataclass(slots=True)
class Seen:
    """What the events of an archive give, page by page: hashes and roots at the sizes that are asked for (`wanted`).

    `count`: the number of the last event seen, `previous` its hash.
    """

    count: int
    wanted: set[int]
    tree: Frontier
    previous: bytes | None = None
    sealed: SealedSnapshots = field(default_factory=SealedSnapshots)
    heads: dict[int, bytes] = field(default_factory=dict)
    roots: dict[int, bytes] = field(default_factory=dict)

    def take(self, page: pl.DataFrame) -> None:
        """The next events. Raises VerificationFailed with the first one that does not fit."""
        if self.previous is None:
            self._note(page["prev_hash"][0])
        previous: bytes = page["prev_hash"][0] if self.previous is None else self.previous
        columns = page.select("event_id", "prev_hash", "hash").iter_rows()
        for computed, (number, before, kept) in zip(chain(page, previous), columns, strict=True):
            self.count += 1
            if number != self.count:
                raise VerificationFailed(f"Event {self.count} is missing: the next one is event {number}.")
            if before != previous:
                raise VerificationFailed(f"Event {number} does not follow event {number - 1}: its link was altered.")
            if kept != computed:
                raise VerificationFailed(f"Event {number} was altered: its fields do not give its hash.")
            previous = computed
            self.tree.add(computed)
            self._note(computed)
        self.previous = previous
        self.sealed.see(page)

    def _note(self, head: bytes) -> None:
        if self.count in self.wanted:
            self.heads[self.count], self.roots[self.count] = head, self.tree.root()


def read_events(folder: Path, proof: Proof, wanted: set[int]) -> Seen:
    """Compute hashes, chain and root again."""
    anchor, zone = proof.witness(), ZoneInfo(proof.time_zone)
    left, right = proof.sides()
    seen, of_year = Seen(proof.first - 1, wanted, Frontier()), 0
    for leaves, root in left:
        seen.tree.put(leaves, root)
    for page in read_parquet_pages(folder / EVENTS):
        if dict(page.schema) != dict(SEALED):
            raise VerificationFailed(f"{folder / EVENTS} has other columns than an archive.")
        seen.take(page)
        of_year += sum(_is_of(text, proof.year, zone) for text in page["timestamp"])
    if seen.count != proof.last:
        raise VerificationFailed(f"{folder / EVENTS} ends with event {seen.count}, {PROOF} says {proof.last}.")
    for leaves, root in right:
        seen.tree.put(leaves, root)
    if seen.tree.root().hex() != anchor.root:
        raise VerificationFailed(
            f"The events {proof.first} to {proof.last}, with the roots beside them, do not give the root of the anchor "
            f"over {anchor.size} events: one of them was replaced."
        )
    if seen.previous is not None and proof.last == anchor.size and seen.previous.hex() != anchor.head:
        raise VerificationFailed(f"Event {proof.last} is not the one whose hash the anchor names as its head.")
    if proof.last - proof.first + 1 - of_year != proof.others:
        raise VerificationFailed(
            f"{of_year:,} of the events {proof.first} to {proof.last} were recorded in {proof.year}, which is not what "
            f"{PROOF} says."
        )
    return seen


def _is_of(timestamp: str, year: int, zone: ZoneInfo) -> bool:
    try:
        return datetime.fromisoformat(timestamp).astimezone(zone).year == year
    except ValueError:
        return False
