"""How a server answered, as far as it matters for what is done next."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from audit_core.delivery.letter import plain_line

_LONGEST: Final = 200


class Verdict(StrEnum):
    """What came of one try."""

    ACCEPTED = "accepted"
    LATER = "refused for now"
    NEVER = "refused"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Answer:
    """One try's end. `said`: one sentence. `stops`: the next one for this server would fare no better in this run."""

    verdict: Verdict
    said: str
    stops: bool = False


class Unreachable(Exception):
    """A server cannot be used at all now, so nothing was begun; `str()` is one sentence, without a secret."""


def quoted(said: object, secrets: Iterable[str] = ()) -> str:
    """What a server said: short, on one line, and free of what only this program may know."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "(not shown)")
    line = plain_line(text)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
