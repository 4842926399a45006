"""The Merkle tree over the ledger, in the shape of RFC 6962: one root says what all events were.

leaf = SHA-256(0x00 ‖ an event's hash), node = SHA-256(0x01 ‖ left ‖ right); of n leaves the left side of a node holds
the largest power of two below n. The roots of full blocks of BLOCK leaves are kept, so that a root or a proof over
millions of events costs a few thousand hashes.
"""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

LEVEL: Final = 10
BLOCK: Final = 1 << LEVEL
EMPTY: Final = hashlib.sha256(b"").digest()
"""The root of no event."""


def leaf(event_hash: bytes) -> bytes:
    """The tree's leaf for an event."""
    return hashlib.sha256(b"\x00" + event_hash).digest()


def node(left: bytes, right: bytes) -> bytes:
    """What stands over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(nodes: Sequence[bytes]) -> bytes:
    """The root over subtrees of one size, of which only the last may be smaller."""
    level = list(nodes)
    while len(level) > 1:
        pairs = [node(level[place], level[place + 1]) for place in range(0, len(level) - 1, 2)]
        level = pairs + level[-1:] if len(level) % 2 else pairs
    return level[0] if level else EMPTY


class Frontier:
    """A tree that only grows: the roots of its full subtrees, largest first. `blocks`: those of its full blocks."""

    def __init__(self) -> None:
        self._subtrees: list[tuple[int, bytes]] = []
        self.blocks: list[bytes] = []

    def add(self, event_hash: bytes) -> None:
        """Take the next event."""
        self.put(1, leaf(event_hash))

    def put(self, leaves: int, root: bytes) -> None:
        """Take the next `leaves` events at once, by the root of their subtree, which is one of the tree's own."""
        level, value = (leaves - 1).bit_length(), root
        while self._subtrees and self._subtrees[-1][0] == level:
            value = node(self._subtrees.pop()[1], value)
            level += 1
            if level == LEVEL:
                self.blocks.append(value)
        self._subtrees.append((level, value))

    def root(self) -> bytes:
        """The root over all events taken so far."""
        if not self._subtrees:
            return EMPTY
        *others, (_, value) = self._subtrees
        for _, left in reversed(others):
            value = node(left, value)
        return value


class Tree:
    """The tree of a database, read where it is needed. Leaves are counted from 0: event n is leaf n - 1."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def root(self, low: int, high: int) -> bytes:
        """The root of the subtree over the leaves low … high - 1, which is one of the tree's own."""
        if low % BLOCK:
            return root_of(self._leaves(low, high))
        full = high // BLOCK
        found = self._connection.execute(
            "SELECT root FROM merkle_blocks WHERE block >= ? AND block < ? ORDER BY block", (low // BLOCK, full)
        )
        blocks = [row[0] for row in found]
        tail = self._leaves(max(low, full * BLOCK), high)
        return root_of([*blocks, root_of(tail)] if tail else blocks)

    def proof(self, size: int, first: int, last: int) -> list[bytes]:
        """The roots of the largest subtrees that hold none of the events `first` … `last`, from left to right.

        With the hashes of these events they give the root of the tree of `size` events (see `root_with`).
        """
        return [self.root(low, high) for low, high in beside(0, size, first, last)]

    def _leaves(self, low: int, high: int) -> list[bytes]:
        found = self._connection.execute(
            "SELECT hash FROM main.audit_events WHERE event_id > ? AND event_id <= ? ORDER BY event_id", (low, high)
        )
        return [leaf(row[0]) for row in found]


def beside(low: int, high: int, first: int, last: int) -> Iterator[tuple[int, int]]:
    """The leaves (from, up to) of the largest subtrees of low … high - 1 that hold none of the events first … last."""
    if high < first or low >= last:
        yield low, high
    elif low < first - 1 or high > last:
        middle = low + left_of(high - low)
        yield from beside(low, middle, first, last)
        yield from beside(middle, high, first, last)


def left_of(leaves: int) -> int:
    """How many of a node's leaves are on its left side."""
    return 1 << (leaves - 1).bit_length() - 1


def root_with(size: int, first: int, hashes: Sequence[bytes], proof: Sequence[bytes]) -> bytes | None:
    """The root of a tree of `size` events, from the hashes of the events from `first` on and their proof.

    None when the proof has not exactly the subtrees that are needed.
    """
    beside = iter(proof)

    def over(low: int, high: int) -> bytes:
        if high < first or low > first + len(hashes) - 2:
            return next(beside)
        if high - low == 1:
            return leaf(hashes[high - first])
        middle = low + left_of(high - low)
        left = over(low, middle)
        return node(left, over(middle, high))

    try:
        root = over(0, size) if first >= 1 and 0 < len(hashes) <= size - first + 1 else None
    except StopIteration:
        return None
    return root if next(beside, None) is None else None


def grow(connection: sqlite3.Connection, size: int, hashes: Sequence[bytes]) -> None:
    """Keep the roots of the blocks that are filled by `hashes`, which follow `size` events."""
    first, full = size // BLOCK, (size + len(hashes)) // BLOCK
    if full == first:
        return
    begun = Tree(connection)._leaves(first * BLOCK, size)
    leaves = begun + [leaf(each) for each in hashes[: full * BLOCK - size]]
    roots = (root_of(leaves[place : place + BLOCK]) for place in range(0, len(leaves), BLOCK))
    connection.executemany("INSERT INTO merkle_blocks (block, root) VALUES (?, ?)", enumerate(roots, start=first))
