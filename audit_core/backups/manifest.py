"""What a backup holds: every file with its size and SHA-256, sealed by the manifest's own SHA-256 and signature.

A flipped byte is found wherever it is, also in the manifest. Whoever may write to the backup can seal it anew: against
that stand the signature, the ledger's own chain and its anchors.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from audit_core.errors import VerificationFailed
from audit_core.signing import Keys, Signer, Verdict

MANIFEST: Final = "manifest.json"
AGE: Final = ".age"
"""What the name of an encrypted file ends with, as the age tool names them."""

_PURPOSE: Final = b"redline manifest 1\n"
# nothing else is ever read from a backup, so no name in a manifest can lead out of its folder
_CONTENT = re.compile(
    r"(audit\.db(\.zst)?|anchors\.jsonl|config\.json|snapshots/[0-9a-f]{2}/[0-9a-f]{64}\.parquet"
    r"|models/[0-9a-f]{16}/(card\.json|features\.parquet)|price_lists/[0-9a-f]{64}\.csv"
    r"|(forecasts|packets/lines)/[0-9a-f]{64}\.parquet|access_reviews/[0-9a-f]{64}\.json"
    r"|access_reviews/packs/[0-9a-f]{64}\.(xlsx|pdf)|sheets/[a-z0-9-]{1,120}\.xlsx)(\.age)?"
)


class _Sealed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class StoredFile(_Sealed):
    """One file of a backup, as it is stored. `plain_sha256`: of an encrypted one, what is inside."""

    name: str
    size: int = Field(ge=0)
    sha256: str
    plain_sha256: str | None = None

    @property
    def plain_name(self) -> str:
        """Its name when it is not encrypted."""
        return self.name.removesuffix(AGE)

    @property
    def inside(self) -> str:
        """The SHA-256 of what is inside, encrypted or not."""
        return self.plain_sha256 or self.sha256


class Totals(_Sealed):
    """What a report over the whole ledger says; money in cents.

    `rows`: of the newest snapshot of every sheet; None where one of these is no longer kept.
    """

    changes: int
    flagged: int
    incidents: int
    money_cents: int
    rows: int | None


class Manifest(_Sealed):
    """What a backup holds. Its own `sha256` seals all the other fields; fields with a default are not in old ones.

    `anchor`: that of the copied ledger, as a line of `anchors.jsonl`. `rows`: of every table. `database_bytes`:
    of the database when it is not packed. `encryption`: the public key that all files but this one are encrypted for.
    `key_id`, `signature`: whose key signed all other fields.
    """

    made_at: str
    run_id: str
    migrations: tuple[str, ...]
    events: int
    head: str
    sqlite: str
    files: tuple[StoredFile, ...]
    anchor: dict[str, int | str] | None = None
    rows: dict[str, int] | None = None
    totals: Totals | None = None
    database_bytes: int | None = None
    encryption: str | None = None
    key_id: str | None = None
    signature: str | None = None
    sha256: str = ""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(item.size for item in self.files)

    def signed(self, signer: Signer | None) -> "Manifest":
        """The same with a signature, where there is a key."""
        if signer is None:
            return self
        named = self.model_copy(update={"key_id": signer.key_id})
        return named.model_copy(update={"signature": signer.sign(named._message())})

    def judged(self, keys: Keys) -> Verdict | None:
        """What the signature is worth here; None where there is none."""
        if self.signature is None:
            return None
        return keys.judge(self.key_id or "", self.signature, self._message())

    def sealed(self) -> bytes:
        """The manifest's file: the only bytes that `read` accepts for these fields."""
        digest = hashlib.sha256(self._canonical(sha256="")).hexdigest()
        whole = self.model_copy(update={"sha256": digest})
        return whole.model_dump_json(indent=1, exclude_unset=True).encode() + b"\n"

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
        refuse_names([item.name for item in manifest.files], path, encrypted=manifest.encryption is not None)
        return manifest

    def _message(self) -> bytes:
        return _PURPOSE + self._canonical(signature=None, sha256="")

    def _canonical(self, **without: str | None) -> bytes:
        # fields that are not set stay away, so that manifests of before there was such a field read as they were sealed
        return self.model_copy(update=without).model_dump_json(exclude_unset=True).encode()


def refuse_names(names: Sequence[str], where: Path, *, encrypted: bool = False) -> None:
    """Raise VerificationFailed for a name that no backup has, a name given twice, no database or two."""
    wrong = [name for name in names if not _CONTENT.fullmatch(name) or name.endswith(AGE) != encrypted]
    if wrong:
        raise VerificationFailed(f"{where} names {wrong[0]!r}, which is no file of a backup.")
    if len(set(names)) != len(names) or sum(name.startswith("audit.db") for name in names) != 1:
        raise VerificationFailed(f"{where} names a file twice, or not exactly one database.")
