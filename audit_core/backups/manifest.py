"""What a backup holds: every file with its size and SHA-256, sealed by the manifest's own SHA-256.

A flipped byte is found wherever it is, also in the manifest. Whoever may write to the backup can seal it anew: against
that stand the ledger's own chain and its anchors.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from audit_core.errors import VerificationFailed

MANIFEST = "manifest.json"
# nothing else is ever read from a backup, so no name in a manifest can lead out of its folder
_CONTENT = re.compile(
    r"audit\.db(\.zst)?|anchors\.jsonl|config\.json|snapshots/[0-9a-f]{2}/[0-9a-f]{64}\.parquet"
    r"|models/[0-9a-f]{16}/(card\.json|features\.parquet)"
)


class StoredFile(BaseModel):
    """One file of a backup, as it is stored."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    size: int = Field(ge=0)
    sha256: str


class Manifest(BaseModel):
    """What a backup holds. Its own `sha256` seals all the other fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    made_at: str
    run_id: str
    migrations: tuple[str, ...]
    events: int
    head: str
    sqlite: str
    files: tuple[StoredFile, ...]
    sha256: str = ""

    def sealed(self) -> bytes:
        """The manifest's file: the only bytes that `read` accepts for these fields."""
        digest = hashlib.sha256(self.model_copy(update={"sha256": ""}).model_dump_json().encode()).hexdigest()
        return self.model_copy(update={"sha256": digest}).model_dump_json(indent=1).encode() + b"\n"

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Read and check a manifest. Raises VerificationFailed when a byte of it is not as it was written."""
        content = path.read_bytes()
        try:
            manifest = cls.model_validate_json(content)
        except ValueError as error:
            raise VerificationFailed(f"{path} is not a manifest as Redline writes it: it was altered.") from error
        if manifest.sealed() != content:
            raise VerificationFailed(f"{path} does not give its own SHA-256: it was altered.")
        refuse_names([item.name for item in manifest.files], path)
        return manifest


def refuse_names(names: Sequence[str], where: Path) -> None:
    """Raise VerificationFailed for a name that no backup has, a name given twice, no database or two."""
    wrong = [name for name in names if not _CONTENT.fullmatch(name)]
    if wrong:
        raise VerificationFailed(f"{where} names {wrong[0]!r}, which is no file of a backup.")
    if len(set(names)) != len(names) or sum(name.startswith("audit.db") for name in names) != 1:
        raise VerificationFailed(f"{where} names a file twice, or not exactly one database.")
