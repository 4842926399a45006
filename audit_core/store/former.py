"""What the ledger before this one knew, where a store was started anew (records/renew.py): nothing is told twice."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from audit_core.store.database import Database
from audit_core.store.memory import SourceMemory

_LOOKS: Final = "former looks"
_HITS: Final = "former hits of {}"


class FormerLook(NamedTuple):
    """A snapshot that the former ledger took: what its source called its version, and the SHA-256 of its content."""

    version: str
    content_sha256: str


class Former:
    """Nothing where the ledger is the first."""

    def __init__(self, database: Database) -> None:
        self._memory = SourceMemory(database)

    def looks(self) -> dict[str, dict[str, FormerLook]]:
        """Sheet id → look → what was taken then."""
        kept = self._memory.recall(_LOOKS) or {}
        return {sheet: {look: FormerLook(*each) for look, each in looks.items()} for sheet, looks in kept.items()}

    def hits(self, sheet_id: str) -> Mapping[str, Sequence[str]]:
        """Rule → the rows of a sheet of which it was told that they break it."""
        kept: Mapping[str, Sequence[str]] = self._memory.recall(_HITS.format(sheet_id)) or {}
        return kept

    def keep(
        self,
        connection: sqlite3.Connection,
        looks: Mapping[str, Mapping[str, FormerLook]],
        hits: Mapping[str, Mapping[str, Sequence[str]]],
    ) -> None:
        """Keep both, in the transaction that begins the new ledger. `hits`: by sheet id."""
        self._memory.keep(connection, _LOOKS, looks)
        for sheet_id, broken in hits.items():
            self._memory.keep(connection, _HITS.format(sheet_id), broken)
