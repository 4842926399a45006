"""Encryption of backups with age: the first key of REDLINE_BACKUP_KEY encrypts, every one of them opens.

The files are ordinary age files: whoever has the key and the age tool opens them without this program.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyrage
from pyrage import x25519

from audit_core.errors import AuditError, VerificationFailed, WrongKey
from audit_core.settings.environment import secret

BACKUP_KEY: Final = "REDLINE_BACKUP_KEY"


class BackupKeys:
    """age X25519 identities by their public keys. Their texts are nowhere in `repr`, nothing here gives them back."""

    def __init__(self, identities: Sequence[x25519.Identity] = ()) -> None:
        self._identities = {str(each.to_public()): each for each in identities}

    def recipient(self) -> str:
        """The public key that is encrypted for. Raises WrongKey where there is none."""
        for public in self._identities:
            return public
        raise WrongKey(f"backup.encryption is true, but {BACKUP_KEY} is not set: 'python -m jobs key' makes a key.")

    def require(self, recipient: str) -> None:
        """Raise WrongKey unless what is encrypted for `recipient` can be opened here."""
        if recipient in self._identities:
            return
        held = f"holds the key of {', '.join(self._identities)}" if self._identities else "is not set"
        raise WrongKey(f"The backup is encrypted for {recipient}, and {BACKUP_KEY} {held}: give it that backup's key.")

    def encrypt(self, source: Path, target: Path) -> None:
        """Encrypt a file, piece by piece. Raises AuditError where it cannot be written, as on a full disk."""
        try:
            with source.open("rb") as reading, target.open("wb") as writing:
                pyrage.encrypt_io(reading, writing, [x25519.Recipient.from_str(self.recipient())])
        except pyrage.EncryptError as error:
            raise AuditError(f"No backup was made ({target.name} could not be encrypted: {error}).") from error

    def decrypt(self, recipient: str, source: Path, target: Path) -> None:
        """Decrypt a file that was encrypted for `recipient`. Raises WrongKey, VerificationFailed for a damaged one."""
        self.require(recipient)
        try:
            with source.open("rb") as reading, target.open("wb") as writing:
                pyrage.decrypt_io(reading, writing, [self._identities[recipient]])
        except pyrage.DecryptError as error:
            raise VerificationFailed(f"{source.name} is not encrypted for the key that its manifest names.") from error
        except OSError as error:
            if error.errno is not None:
                raise  # the disk's own words
            raise VerificationFailed(f"{source.name} cannot be decrypted ({error}).") from error


def open_backup_keys(config: Path) -> BackupKeys:
    """The keys of the environment, or of the `.env` beside the config. Raises WrongKey for what is no key."""
    texts = [each.strip() for each in (secret(config, BACKUP_KEY) or "").split(",") if each.strip()]
    try:
        return BackupKeys([x25519.Identity.from_str(text) for text in texts])
    except pyrage.IdentityError as error:
        raise WrongKey(
            f"{BACKUP_KEY} holds what is no age identity (AGE-SECRET-KEY-1…): 'python -m jobs key' makes one."
        ) from error


def new_backup_key() -> tuple[str, str]:
    """(the text for REDLINE_BACKUP_KEY, its public key) of a new key."""
    identity = x25519.Identity.generate()
    return str(identity), str(identity.to_public())
