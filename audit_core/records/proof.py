"""What an archive says of itself beside its events: which ones they are, and how they hang on an anchor."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from audit_core.errors import StoreNotReady, VerificationFailed
from audit_core.store import anchors, merkle
from audit_core.store.anchors import Anchor

EVENTS: Final = "events.parquet"
LATER: Final = "later.parquet"
PROOF: Final = "proof.json"
README: Final = "README.txt"
FORMAT: Final = 1


class _Sealed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Later(_Sealed):
    """One event of `later.parquet`, which is not of the archive's own: the roots that prove it, hexadecimal."""

    event_id: int = Field(ge=1)
    proof: tuple[str, ...]


class Proof(_Sealed):
    """`proof.json`. `first`, `last`: the numbers of the events; `others`: how many of them are of another year.

    `anchor`: the one they are proven against, as a line of `anchors.jsonl`. `proof`: the roots of the subtrees beside
    them, from left to right, hexadecimal (see store/merkle.py). `later`: events of later times that gave up snapshots
    of this archive.
    """

    format: int = FORMAT
    year: int = Field(ge=1, le=9998)
    time_zone: str
    first: int = Field(ge=1)
    last: int = Field(ge=1)
    others: int = Field(ge=0)
    anchor: dict[str, int | str]
    proof: tuple[str, ...]
    later: tuple[Later, ...] = ()

    @classmethod
    def read(cls, path: Path) -> "Proof":
        """Raises VerificationFailed for what no archive holds, StoreNotReady for one of a newer program."""
        try:
            proof = cls.model_validate_json(path.read_bytes())
            ZoneInfo(proof.time_zone)
            proof.witness()
            proof.roots(proof.proof)
        except (ValueError, LookupError, OSError) as error:
            raise VerificationFailed(f"{path} is not a proof as Redline writes it: it was altered.") from error
        if proof.format > FORMAT:
            raise StoreNotReady(f"{path} is newer than this program (format {proof.format}): upgrade.")
        if not proof.first <= proof.last <= proof.witness().size:
            raise VerificationFailed(
                f"{path} names events {proof.first} to {proof.last}, which its anchor has not seen."
            )
        return proof

    def witness(self) -> Anchor:
        """The anchor. Raises ValueError when it is none, or has no root."""
        anchor = anchors.parse(json.dumps(self.anchor))
        if anchor.root is None:
            raise ValueError("an anchor without a root")
        return anchor

    def roots(self, texts: Sequence[str]) -> list[bytes]:
        """The roots of a proof. Raises ValueError."""
        roots = [bytes.fromhex(text) for text in texts]
        if any(len(root) != len(merkle.EMPTY) for root in roots):
            raise ValueError("a root of the wrong length")
        return roots

    def sides(self) -> tuple[list[tuple[int, bytes]], list[tuple[int, bytes]]]:
        """(leaves, root) of each subtree left of the events, and of each right of them. Raises VerificationFailed."""
        spans = list(merkle.beside(0, self.witness().size, self.first, self.last))
        roots = self.roots(self.proof)
        if len(spans) != len(roots):
            raise VerificationFailed(f"{PROOF} has {len(roots)} roots beside the events, {len(spans)} are needed.")
        pairs = list(zip(spans, roots, strict=True))
        left = [(high - low, root) for (low, high), root in pairs if high < self.first]
        return left, [(high - low, root) for (low, high), root in pairs if low >= self.last]


def hexadecimal(roots: Sequence[bytes]) -> tuple[str, ...]:
    """Roots as `proof.json` writes them."""
    return tuple(root.hex() for root in roots)
