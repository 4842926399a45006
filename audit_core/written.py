"""What a text in the store means.

One that means nothing was not written by this program, whether somebody altered it or a bit flipped: that is what is
said of it, wherever it is read.
"""

import json
from datetime import UTC, date, datetime
from typing import Any

from audit_core.errors import VerificationFailed


class _Object(dict[str, Any]):
    def __missing__(self, key: str) -> Any:
        raise _altered(f"no {key!r} in {dict(self)}")


def instant(text: Any) -> datetime:
    """The moment (UTC) that an ISO text names. Raises VerificationFailed for what is none or has no time zone."""
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, TypeError, OverflowError) as error:
        raise _altered(f"{text!r} for a moment") from error
    raise _altered(f"{text!r} for a moment")


def day(text: Any) -> date:
    """The day that an ISO text names. Raises VerificationFailed for what is none."""
    try:
        return date.fromisoformat(text)
    except (ValueError, TypeError) as error:
        raise _altered(f"{text!r} for a day") from error


def content(text: Any) -> Any:
    """The JSON value of a text. Raises VerificationFailed for what is none, and for a name asked for and not there."""
    try:
        return json.loads(text, object_pairs_hook=_Object)
    except (ValueError, TypeError, RecursionError) as error:
        raise _altered(f"{text!r} for JSON") from error


def _altered(what: str) -> VerificationFailed:
    shown = what if len(what) <= 120 else f"{what[:100]}…{what[-16:]}"
    return VerificationFailed(f"The record holds what this program never writes ({shown}): altered. Restore a backup.")
