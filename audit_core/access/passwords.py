"""Passwords: which are accepted, and how they are kept (Argon2id; its parameters stand in each hash)."""

import re
import secrets
import threading
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from audit_core.errors import ConfigError

LONGEST: Final = 256
_OWN: Final = 8  # characters that must be left of it without what everybody knows
_SAFE: Final = 3  # of zxcvbn's scores: more than 10^8 guesses
_JUDGED: Final = 72  # zxcvbn takes no more, and nobody guesses that many
_WORDS: Final = re.compile(r"[^\W_]{3,}")
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = threading.Semaphore(2)  # each check takes memory and time on purpose: many at once would stop the server
# compared with when nobody has the e-mail, so that the answer takes as long
_NOBODY: Final = _HASHER.hash(secrets.token_urlsafe(24))


def new_password() -> str:
    """A random password of 128 bits."""
    return secrets.token_urlsafe(16)


def check_acceptable(password: str, email: str, shortest: int) -> None:
    """Raise ConfigError unless the password is long enough and takes many guesses.

    How many is counted by zxcvbn: lists of passwords that leaked, of words and of names, keyboard rows, dates, repeats.
    What an attacker here would try first (this app's name, the e-mail) counts for nothing.
    """
    if not shortest <= len(password) <= LONGEST:
        raise ConfigError(f"The password has {len(password)} characters, expected {shortest} to {LONGEST}.")
    known = sorted({"redline", email.casefold(), *_WORDS.findall(email.casefold())}, key=len, reverse=True)
    rest = password.casefold()
    for word in known:
        rest = rest.replace(word, "")
    if len(rest) < _OWN or _score(password, known) < _SAFE:
        raise ConfigError("The password is too easy to guess: take another one, or a few unrelated words.")


def _score(password: str, known: list[str]) -> int:
    """0 to 4: how many guesses it takes, as powers of ten."""
    from zxcvbn import zxcvbn  # noqa: PLC0415  (its lists take 0.3 s, and only new passwords need them)

    return int(zxcvbn(password[:_JUDGED], user_inputs=known)["score"])


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
