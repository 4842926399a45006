"""Refusals at the door, all of them counted in the record, without letting whoever knocks fill it.

The first few of each account and address are an event each. What comes on top is counted in memory and told once a
minute, in one event with the exact number. So ten thousand guesses are a few events, and their numbers add up.
"""

import json
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final

from audit_core.actors import Where
from audit_core.store.actions import Action
from audit_core.store.attempts import note_attempt
from audit_core.store.store import Store

_EACH: Final = 5  # of one account and address in _PERIOD are an event each …
_ALL: Final = 200  # … and of all of them together
_PERIOD: Final = timedelta(hours=1)
_TOLD_EVERY: Final = timedelta(minutes=1)
_APART: Final = 5_000  # addresses that are counted apart in a minute
_SHOWN: Final = 20  # addresses that an event names
_ELSEWHERE: Final = "elsewhere"


@dataclass(frozen=True, slots=True)
class Kind:
    """What is refused, and the actions that seal one of them and a count. Each kind is bounded apart from the other."""

    name: str
    one: str
    counted: str


SIGN_INS: Final = Kind("sign-in", "sign_in_refused", "sign_ins_refused")
REQUESTS: Final = Kind("request", "request_refused", "requests_refused")
KINDS: Final = (SIGN_INS, REQUESTS)


class Why(StrEnum):
    """Why somebody was not let in."""

    PASSWORD = "e-mail or password was not right"
    CONFIRMING = "the password asked for again was not right"
    WAITING = "it had to wait after failures before"
    TOO_MANY = "too many came from one address, or at once"
    CLEAR = "it came over a connection on which others could read the password"
    FORM = "the form was not one of this app, was used before, or was too old"
    PROVIDER = "the provider's answer was not one to trust"
    NO_ROLE = "the provider's account has no role here"
    NO_EMAIL = "the provider's account has no e-mail address to be known by"
    LAST_ADMIN = "the provider takes the role of the last Admin away"
    ROOM = "the evidence room of this guest is not open"
    NO_PASSWORDS = "nobody signs in with a password here"
    ENDED = "the session that it was to confirm had ended"
    ORIGIN = "it came from a page of another site"
    LARGE = "its form was larger than any of this app"
    HOST = "it asked for a name that is not this server's"
    COOKIE = "its session cookie is of no session on record"


@dataclass(slots=True)
class Refusals:
    """The refusals of one kind that one process gives at the door of one store. `note` and `tell` may be called by any
    thread.
    """

    kind: Kind = SIGN_INS
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _alone: Counter[tuple[str | None, str]] = field(default_factory=Counter)
    _alone_since: datetime | None = None
    _since: datetime | None = None
    _where: Counter[str] = field(default_factory=Counter)
    _why: Counter[str] = field(default_factory=Counter)

    def note(
        self, store: Store, why: Why, account: str | None, attempted: str | None, where: Where, now: datetime,
        more: str = "",
    ) -> None:  # fmt: skip
        """Put one on record, now or with the next count. `account`: the e-mail of somebody here; `attempted`: the
        e-mail whose password was looked at, from which later waits are counted; `more`: ends the event's sentence.
        """
        alone = self._is_alone(account, where, now)
        if not alone:
            self._count(why, where, now)
        if alone or attempted is not None:
            with store.database.write() as connection:
                if attempted is not None:
                    note_attempt(connection, attempted, where, now, failed=True)
                if alone:
                    whom = f" as {account}" if account else ""
                    text = f"A {self.kind.name}{whom} was refused: {why}{more}."
                    store.seal(connection, Action(self.kind.one, text, None, where), now)
        self.tell(store, now)

    def tell(self, store: Store, now: datetime, *, all_of_it: bool = False) -> None:
        """Put the counts of the minute on record once it is over, or at once (`all_of_it`: the process ends)."""
        with self._lock:
            if self._since is None or not (all_of_it or now - self._since >= _TOLD_EVERY):
                return
            since, where, why = self._since, self._where, self._why
            self._since, self._where, self._why = None, Counter(), Counter()
        try:
            self._seal(store, since, where, why, now)
        except BaseException:
            with self._lock:  # they are told with the next
                self._since, self._where, self._why = since, self._where + where, self._why + why
            raise

    def _seal(self, store: Store, since: datetime, where: Counter[str], why: Mapping[str, int], now: datetime) -> None:
        count = where.total()
        reasons = ", ".join(f"{number:,} because {reason}" for reason, number in sorted(why.items()))
        text = f"{count:,} more {self.kind.name}s were refused since {since:%H:%M:%S} UTC: {reasons}."
        told = dict(where.most_common(_SHOWN))
        proof = {"count": count, "since": since.isoformat(), "why": dict(why), "addresses": told}
        if rest := count - sum(told.values()):
            proof["other_addresses"] = {"addresses": len(where) - len(told), "count": rest}
        with store.database.write() as connection:
            store.seal(connection, Action(self.kind.counted, text, None, fields={"evidence": json.dumps(proof)}), now)

    def _is_alone(self, account: str | None, where: Where, now: datetime) -> bool:
        """Whether this one is told as an event of its own."""
        key = (account, network(where.ip_address))
        with self._lock:
            if self._alone_since is None or now - self._alone_since > _PERIOD:
                self._alone_since, self._alone = now, Counter()
            if self._alone[key] >= _EACH or self._alone.total() >= _ALL:
                return False
            self._alone[key] += 1
            return True

    def _count(self, why: Why, where: Where, now: datetime) -> None:
        with self._lock:
            self._since = self._since or now
            name = network(where.ip_address)
            self._where[name if name in self._where or len(self._where) < _APART else _ELSEWHERE] += 1
            self._why[why.value] += 1


def network(address: str | None) -> str:
    """Whose address it is: an IPv6 household has as many as it likes and counts as one."""
    if address is None:
        return "unknown"
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


_OF: Final[dict[tuple[Path, Kind], Refusals]] = {}


def refusals(store: Store, kind: Kind = SIGN_INS) -> Refusals:
    """Those of a store, in this process; however often, and for whom, it was opened."""
    return _OF.setdefault((store.data_dir, kind), Refusals(kind))
