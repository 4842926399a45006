"""The backup before: what it holds unchanged is linked from there, after its bytes were read and compared.

From there and not from the live folder: one file on the disk is then never part of both, so that a bit flipped in
either is not flipped in the other.
"""

from dataclasses import dataclass, field
from pathlib import Path

from audit_core.backups.generations import finished
from audit_core.backups.manifest import MANIFEST, Manifest, StoredFile
from audit_core.errors import VerificationFailed
from audit_core.store.files import sha256_of


@dataclass(frozen=True, slots=True)
class Previous:
    """The newest backup that is there, by the plain names of its files; none before the first."""

    folder: Path
    recipient: str | None = None
    files: dict[str, StoredFile] = field(default_factory=dict)

    def link(self, name: str, plain_sha256: str, recipient: str | None, target: Path) -> StoredFile | None:
        """Link a file (plain name) to `target` if it holds these bytes for this key; None where it has to be copied."""
        item = self.files.get(name)
        if item is None or recipient != self.recipient or item.inside != plain_sha256:
            return None
        source = self.folder / item.name
        try:
            if source.is_symlink() or sha256_of(source) != item.sha256:
                return None
            target.hardlink_to(source)
        except OSError:
            return None  # it is gone, or the disk allows no (more) links
        return item


def previous(folder: Path) -> Previous:
    """The newest backup in `folder` that has a whole manifest."""
    for each in reversed(finished(folder)):
        try:
            manifest = Manifest.read(each / MANIFEST)
        except (VerificationFailed, OSError):
            continue
        return Previous(each, manifest.encryption, {item.plain_name: item for item in manifest.files})
    return Previous(folder)
