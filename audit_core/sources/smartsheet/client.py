"""Asks Smartsheet: within the token's limits, again where that can help, and never longer than a run may wait."""

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Generic, TypeVar

import msgspec

from audit_core.errors import SourceUnavailable
from audit_core.sources.smartsheet.limits import Limits, Use
from audit_core.sources.smartsheet.transport import Body, Response, Transport, TransportFailure
from audit_core.sources.smartsheet.verdicts import REFUSALS, WAITS, Trouble, Verdict, server_time, verdict

T = TypeVar("T")
API_BASE: Final = "https://api.smartsheet.com/2.0"
CHANGE_AGENT: Final = "redline-audit"
"""Marks what this program writes itself; Smartsheet repeats it in webhook events."""
PATIENCE_S: Final = 120.0


class Purpose(StrEnum):
    """What a request is for; counted apart, so that the cost of a look can be judged."""

    LISTING = "listing"
    TREE = "folders and workspaces"
    READ = "moved sheets"
    DAILY_READ = "daily full reads"
    SECOND_READ = "second reads"
    HISTORY = "cell history"
    SHARES = "daily shares"
    PROBE = "daily probes"
    WEBHOOKS = "webhooks"
    WRITE_BACK = "write-back"
    RETRY = "retries"


class Refused(SourceUnavailable):
    """Smartsheet gave no good answer, however often it was asked. `verdict` None: no whole answer came at all."""

    def __init__(self, sentence: str, verdict: Verdict | None = None) -> None:
        super().__init__(sentence)
        self.verdict = verdict
        self.retry_after = verdict.retry_after if verdict else None

    @property
    def trouble(self) -> Trouble:
        """What kind of trouble it was."""
        return self.verdict.trouble if self.verdict else Trouble.BROKEN


class NotWhole(Exception):
    """A 2xx answer that is not what was asked for; `str()` says what is wrong, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """A decoded answer, and the server's time (None: it gave none)."""

    value: T
    at: datetime | None


@dataclass
class Clock:
    """Time as a client spends it; tests give it another."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Key:
    """One token's way in: requests that carry it, and what it may still ask. `name`: the variable it came from."""

    name: str
    transport: Transport
    limits: Limits


class Client:
    """Access for one run, that only reads. `counts`: requests by purpose. A refused token is followed by the next one,
    where there is one; after the last nothing is asked any more."""

    def __init__(self, keys: Sequence[Key], clock: Clock | None = None) -> None:
        self._keys, self._clock = list(keys), clock or Clock()
        self._patience = PATIENCE_S
        self._closed: Refused | None = None
        self.counts: Counter[Purpose] = Counter()
        self.replaced: list[str] = []
        """Names of tokens that were refused in this run and followed by the next one."""

    @property
    def requests(self) -> int:
        """How many requests went out."""
        return sum(self.counts.values())

    @property
    def key(self) -> Key:
        """The token in use."""
        return self._keys[0]

    @property
    def refused(self) -> Refused | None:
        """Why the last token is of no use; None as long as it is."""
        return self._closed if self._closed and self._closed.trouble is Trouble.TOKEN else None

    def use(self) -> Use:
        """How much of the token's limits the last minute used, by all processes here."""
        return self.key.limits.use()

    def get(
        self,
        path: str,
        decode: Callable[[bytes], T],
        query: Mapping[str, str] | None = None,
        *,
        purpose: Purpose,
        heavy: bool = False,
        patient: bool = True,
    ) -> Answer[T]:
        """The decoded answer to a GET, asked again where that can help. Raises Refused.

        `decode` raises NotWhole, or a msgspec error, for a body that is not what was asked for. `heavy`: of the class
        of requests that Smartsheet limits to 30 a minute. `patient` False: OverLimit at once when the token's limits
        have no room now, and a refusal is believed the first time.
        """
        tries = 0
        while True:
            self._may_go(heavy=heavy, patient=patient)
            self.counts[Purpose.RETRY if tries else purpose] += 1
            began = self._clock.now()
            found, sentence, bad = self._ask("GET", path, query or {}, decode)
            if found is not None:
                return found
            self._patience -= self._clock.now() - began
            trouble = bad.trouble if bad else Trouble.BROKEN
            if trouble is Trouble.TOKEN and tries and len(self._keys) > 1:
                self.replaced.append(self._keys.pop(0).name)
                tries = 0
                continue
            waits = WAITS[trouble]
            wait = (bad.retry_after if bad and bad.retry_after else waits[min(tries, len(waits) - 1)]) * _jitter()
            if trouble is Trouble.RATE:
                self.key.limits.pause(wait)
                if not patient:
                    raise OverLimit(sentence, bad)
            believed = not patient and (trouble in REFUSALS or trouble is Trouble.MAINTENANCE)
            if believed or tries >= len(waits) or self._patience < wait:
                self._give_up(sentence, bad)
            self._wait(wait)
            tries += 1

    def wait_for_room(self) -> None:
        """Wait until one more request is within the limits, as long as this run may wait."""
        wait = self.key.limits.wait()
        if 0 < wait <= self._patience:
            self._wait(wait)

    def _may_go(self, *, heavy: bool, patient: bool = True) -> None:
        """Wait until the token's limits allow one more request. Raises Refused when that takes too long."""
        if self._closed:
            raise self._closed
        while (wait := self.key.limits.take(heavy=heavy)) > 0:
            if not patient or wait > self._patience:
                raise OverLimit(
                    "The token's limit of requests a minute is used up, by this or another program: the rest is "
                    "read by the next sync."
                )
            self._wait(wait)

    def _wait(self, seconds: float) -> None:
        self._patience -= seconds
        self._clock.sleep(seconds)

    def _ask(
        self, method: str, path: str, query: Mapping[str, str], decode: Callable[[bytes], T], body: Body | None = None
    ) -> tuple[Answer[T] | None, str, Verdict | None]:
        """(the answer, or None with a sentence and, where one came, the verdict on the bad answer)."""
        try:
            response = self.key.transport.send(method, path, query, body)
        except TransportFailure as failure:
            slow = Verdict(Trouble.SLOW, 0, 0, str(failure)) if failure.timed_out else None
            return None, f"Smartsheet {failure}.", slow
        bad = verdict(response.status, response.headers, response.body)
        if bad is not None:
            return None, sentence_of(bad), bad
        return (*_decoded(response, decode), None)

    def _give_up(self, sentence: str, bad: Verdict | None) -> None:
        refused = Refused(sentence, bad)
        if refused.trouble in (Trouble.TOKEN, Trouble.RATE, Trouble.MAINTENANCE):
            self._closed = refused  # what is asked next would be answered in the same way
        raise refused


class WritingClient(Client):
    """Access that can also write. Whatever must change nothing outside is given a Client, which has no `send`."""

    def send(
        self, method: str, path: str, body: Body | None, decode: Callable[[bytes], T], *, purpose: Purpose,
        heavy: bool = False,
    ) -> Answer[T]:  # fmt: skip
        """The decoded answer to a request that writes. It is sent once, whatever happens. Raises Refused."""
        self._may_go(heavy=heavy)
        self.counts[purpose] += 1
        found, sentence, bad = self._ask(method, path, {}, decode, body)
        if found is None:
            raise Refused(sentence, bad)
        return found


class OverLimit(Refused):
    """The limits do not allow one more request in the time that this run may wait."""


def _decoded(response: Response, decode: Callable[[bytes], T]) -> tuple[Answer[T] | None, str]:
    what = ""
    try:
        response.body.decode()  # parsers skip what they do not read, also bytes that are no text
        return Answer(decode(response.body), server_time(response.headers)), ""
    except NotWhole as error:
        what = str(error)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError):
        what = "is not the JSON that was asked for" if response.body else "is empty"
    return None, f"Smartsheet's answer {what}."


def sentence_of(bad: Verdict) -> str:
    """What a person can do about a bad answer."""
    match bad.trouble, bad.code:
        case Trouble.TOKEN, 1003:
            return (
                "The Smartsheet token has expired: make a new one in Smartsheet (Personal Settings, API Access) and "
                "put it into SMARTSHEET_ACCESS_TOKEN."
            )
        case Trouble.TOKEN, 1005:
            return "Smartsheet wants a single sign-on for this account: make the token as a user who signs in that way."
        case Trouble.TOKEN, _:
            return (
                "Smartsheet does not know the token, or it was revoked: check SMARTSHEET_ACCESS_TOKEN, and source."
                f"api_base if the account is in another region ({bad.said})."
            )
        case Trouble.DENIED, 1288:
            return "It was disabled by an administrator of Smartsheet: ask them to enable it again."
        case Trouble.DENIED, _:
            return "It is not shared with the token's user (any more): ask its owner to share it again."
        case Trouble.GONE, _:
            return (
                "It is not there: it was deleted, or moved out of the reach of the token's user. Ask whoever keeps it; "
                "if it is gone for good, name it under source.retired_sheet_ids."
            )
        case Trouble.RATE, _:
            return (
                "The token asked more than Smartsheet allows in a minute: let other programs use a token of their own."
            )
        case Trouble.MAINTENANCE, _:
            return "Smartsheet is down for maintenance: the next sync goes on where this one stopped."
        case Trouble.REFUSED, _:
            return f"Smartsheet refused the request (error {bad.code or bad.status}: {bad.said})."
        case _:
            return f"Smartsheet failed (error {bad.code or bad.status}: {bad.said})."


def _jitter() -> float:
    return 1 + random.random() / 4  # noqa: S311 - spreads processes, hides nothing
