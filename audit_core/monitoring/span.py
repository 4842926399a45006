"""How long something took or is ago, in words, in the largest unit that fits."""

from typing import Final

from audit_core.rules.base import counted

_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def span(seconds: float) -> str:
    """A length of time: `14 minutes`."""
    for size, unit in _UNITS:
        if seconds >= size:
            return counted(int(seconds // size), unit)
    return "no time"


def ago(seconds: float) -> str:
    """How long ago: `14 minutes ago`, or `just now` within the last minute."""
    return "just now" if seconds < 60 else f"{span(seconds)} ago"
