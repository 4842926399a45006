"""Ed25519 signatures on anchors and backup manifests: made with the key that the environment names.

`REDLINE_SIGNING_KEY` is the base64 text of a private key's 32 bytes, or `none` where signing has ended on purpose;
`REDLINE_TRUSTED_KEYS` are base64 texts of public keys, separated by commas: those of former keys, or of an installation
whose record is only checked here.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit_core.errors import ConfigError
from audit_core.settings.environment import secret

SIGNING_KEY: Final = "REDLINE_SIGNING_KEY"
TRUSTED_KEYS: Final = "REDLINE_TRUSTED_KEYS"
NO_KEY: Final = "none"


class Verdict(StrEnum):
    """What a signature turned out to be."""

    GOOD = "good"
    UNKNOWN_KEY = "by a key that is not known here"
    FORGED = "wrong"


class Signer:
    """A private key. Its text is nowhere in `repr`, and nothing here gives it back."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        raw = private.public_key().public_bytes_raw()
        self.public: Final = base64.b64encode(raw).decode()
        self.key_id: Final = key_id(raw)

    def sign(self, message: bytes) -> str:
        """The signature as base64."""
        return base64.b64encode(self._private.sign(message)).decode()


@dataclass(frozen=True, slots=True)
class Keys:
    """What signs here (None: nothing does), and the public keys whose signatures count, by key id.

    `ended`: whether it is said that nothing signs here any more.
    """

    signer: Signer | None = None
    trusted: Mapping[str, Ed25519PublicKey] = field(default_factory=dict)
    ended: bool = False

    def judge(self, by: str, signature: str, message: bytes) -> Verdict:
        """Whether `signature` (base64) is that of the key `by` over `message`."""
        public = self.trusted.get(by)
        if public is None:
            return Verdict.UNKNOWN_KEY
        try:
            public.verify(base64.b64decode(signature, validate=True), message)
        except (InvalidSignature, binascii.Error, ValueError):
            return Verdict.FORGED
        return Verdict.GOOD


def key_id(public: bytes) -> str:
    """The short name of a public key: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def open_keys(config: Path) -> Keys:
    """The keys of the environment, or of the `.env` beside the config. Raises ConfigError for what is no key."""
    signer = None
    trusted: dict[str, Ed25519PublicKey] = {}
    text = secret(config, SIGNING_KEY)
    if text and text != NO_KEY:
        signer = Signer(Ed25519PrivateKey.from_private_bytes(_raw(SIGNING_KEY, text)))
    texts = [each.strip() for each in (secret(config, TRUSTED_KEYS) or "").split(",") if each.strip()]
    for public in [*([signer.public] if signer else []), *texts]:
        raw = _raw(TRUSTED_KEYS, public)
        trusted[key_id(raw)] = Ed25519PublicKey.from_public_bytes(raw)
    return Keys(signer, trusted, ended=text == NO_KEY)


def new_key() -> tuple[str, Signer]:
    """(the text for REDLINE_SIGNING_KEY, the key itself) of a new key pair."""
    private = Ed25519PrivateKey.generate()
    return base64.b64encode(private.private_bytes_raw()).decode(), Signer(private)


def _raw(name: str, text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 32:
        raise ConfigError(f"{name} holds what is no Ed25519 key (32 bytes as base64): 'python -m jobs key' makes one.")
    return raw
