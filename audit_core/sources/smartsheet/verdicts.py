"""What an answer of Smartsheet means: the value, or why there is none and whether asking again can help."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

import msgspec

LONGEST_WAIT_S: Final = 60.0
"""No single wait is longer: a run waits 120 s in all, and a server can ask for a day by mistake."""


class Trouble(StrEnum):
    """Kinds of bad answers, by what helps."""

    RATE = "rate"  # too many requests: wait
    MAINTENANCE = "maintenance"  # wait longer
    BUSY = "busy"  # the server says it failed: try again
    BROKEN = "broken"  # no whole answer came: try again
    SLOW = "slow"  # nothing came in time: try again, once
    TOKEN = "token"
    DENIED = "denied"  # no right to this object
    GONE = "gone"  # not there, or hidden
    REFUSED = "refused"  # anything else: our request is not what it takes


REFUSALS: Final = (Trouble.DENIED, Trouble.GONE, Trouble.REFUSED)
"""What will be refused again, however often it is asked."""

WAITS: Final[Mapping[Trouble, tuple[float, ...]]] = {
    Trouble.RATE: (5.0, 10.0, 20.0, 40.0),
    Trouble.MAINTENANCE: (10.0, 30.0, 60.0),
    Trouble.BUSY: (1.0, 2.0, 4.0),
    Trouble.BROKEN: (0.5, 1.0, 2.0),
    Trouble.SLOW: (0.5,),
    # a bad answer can come from anywhere on the way, so each of these is believed the second time
    Trouble.TOKEN: (0.5,),
    Trouble.DENIED: (0.5,),
    Trouble.GONE: (0.5,),
    Trouble.REFUSED: (0.5,),
}
"""Seconds before each further try, where the answer does not say."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why an answer is no good. `code` is Smartsheet's own (0: none given), `retry_after` what it asks for."""

    trouble: Trouble
    status: int
    code: int
    said: str
    retry_after: float | None = None


class _Envelope(msgspec.Struct):
    errorCode: int | str = 0  # noqa: N815 - Smartsheet's name
    message: str = ""


_TOKEN_CODES = {1001, 1002, 1003, 1005, 1030}
_BY_CODE: Final = {4001: Trouble.MAINTENANCE, 4003: Trouble.RATE, 1004: Trouble.DENIED, 1006: Trouble.GONE}


def verdict(status: int, headers: Mapping[str, str], body: bytes) -> Verdict | None:
    """None for an answer that may be taken (2xx); else what is wrong with it."""
    if 200 <= status < 300:
        return None
    code, said = _error(body)
    if status == 429 or code == 4003:
        trouble = Trouble.RATE
    elif status == 401 or code in _TOKEN_CODES:
        trouble = Trouble.TOKEN
    elif code in _BY_CODE:
        trouble = _BY_CODE[code]
    elif status in (403, 404):
        trouble = Trouble.DENIED if status == 403 else Trouble.GONE
    elif status == 408 or status >= 500:
        trouble = Trouble.BUSY
    elif 300 <= status < 400:
        trouble = Trouble.BROKEN
    else:
        trouble = Trouble.REFUSED
    return Verdict(trouble, status, code, said or f"HTTP {status}", retry_after(headers))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` asks for, whichever form it has; None where it has none that makes sense."""
    text = headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        at, now = _moment(text), server_time(headers)
        if at is None:
            return None
        seconds = (at - (now or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 0.5), LONGEST_WAIT_S) if math.isfinite(seconds) else None


def server_time(headers: Mapping[str, str]) -> datetime | None:
    """The `Date` of an answer, UTC; None where it has none."""
    return _moment(headers.get("date", ""))


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _error(body: bytes) -> tuple[int, str]:
    """(Smartsheet's error code, its message on one line), (0, "") where the body has none."""
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
        code = int(envelope.errorCode)
    except (msgspec.DecodeError, ValueError):
        return 0, ""
    return code, " ".join(envelope.message.split())[:200].rstrip(".")
