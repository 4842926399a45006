"""Ids, words and instants of the emulator: everything made here comes from the seed or the virtual clock."""

import random
from datetime import UTC, datetime

_LOW, _HIGH = 10**14, 2**53
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class Ids:
    """Ids in 1e14 … 2**53, never the same twice, and random words; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._given: set[int] = set()

    def number(self) -> int:
        """The next id."""
        while (made := self._random.randrange(_LOW, _HIGH)) in self._given:
            pass
        self._given.add(made)
        return made

    def word(self, length: int = 12) -> str:
        """A random word of letters and digits, as share ids and secrets are."""
        return word(self._random, length)


def word(dice: random.Random, length: int = 12) -> str:
    """A random word of letters and digits."""
    return "".join(dice.choices(_LETTERS, k=length))


def stamp(instant: datetime) -> str:
    """An instant as the API writes it: UTC, whole seconds, `…Z`."""
    return instant.isoformat(timespec="seconds")[:19] + "Z"


def millis(instant: datetime) -> int:
    """An instant in milliseconds since 1970, in whole seconds as everything else."""
    return int(instant.timestamp()) * 1000


def instant_of(text: str) -> datetime:
    """An instant from a query parameter: ISO-8601 (without a zone: UTC) or milliseconds. Raises ValueError."""
    if text.lstrip("-").isdigit():
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    # a plus sign that was not escaped arrives as a blank
    read = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text)
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
