"""Passwords: which are accepted, and how they are kept (Argon2id; its parameters stand in each hash)."""

import secrets
import threading
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from audit_core.errors import ConfigError

LONGEST: Final = 256
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = threading.Semaphore(2)  # each check takes memory and time on purpose: many at once would stop the server
# what people type first; a longer list would still be a list
_COMMON: Final = frozenset(
    {"password1234", "123456789012", "qwertyuiop12", "adminadmin12", "changeme1234", "welcome12345", "letmein12345"}
)
# compared with when nobody has the e-mail, so that the answer takes as long
_NOBODY: Final = _HASHER.hash(secrets.token_urlsafe(24))


def new_password() -> str:
    """A random password of 128 bits."""
    return secrets.token_urlsafe(16)


def check_acceptable(password: str, email: str, shortest: int) -> None:
    """Raise ConfigError unless the password is long enough and not one of the first to be guessed."""
    if not shortest <= len(password) <= LONGEST:
        raise ConfigError(f"The password has {len(password)} characters, expected {shortest} to {LONGEST}.")
    low = password.casefold()
    if low in _COMMON or len(set(low)) < 4 or low in email.casefold() or email.casefold() in low:
        raise ConfigError("The password is too easy to guess: take another one, or a few unrelated words.")


def hashed(password: str) -> str:
    """The hash to keep."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether the password gives the kept hash; None (nobody) takes as long and is False."""
    if len(password) > LONGEST:
        return False
    with _AT_ONCE:
        try:
            return _HASHER.verify(kept or _NOBODY, password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def outdated(kept: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(kept)
