"""One look at everything there is a kind of notice for, and what it changes on record.

A kind that could not be looked at says nothing: what was open of it stays open, and that it is not known is a notice.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from audit_core.alerts.kinds import COOLING, KINDS, WATCHER
from audit_core.alerts.notice import Found, Notice, rank, within
from audit_core.alerts.record import Steps
from audit_core.alerts.sight import Sight
from audit_core.alerts.targets import Target
from audit_core.errors import AuditError
from audit_core.store.database import StoreFailure

log = logging.getLogger("redline.alerts")

DAY: Final = timedelta(days=1)
_LONGEST: Final = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Looked:
    """What is so now. `blind`: the kinds that could not be looked at."""

    found: tuple[Found, ...]
    blind: frozenset[str]


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to go on record. `raised`: with how often that happened within a day. `resting`: it came back too soon
    after its end to be raised now.
    """

    raised: tuple[tuple[Found, int], ...]
    changed: tuple[tuple[Notice, Found], ...]
    resolved: tuple[tuple[Notice, str], ...]
    resting: int


def look(sight: Sight) -> Looked:
    """Ask every kind that config.json leaves on."""
    found: dict[str, Found] = {}
    blind: set[str] = set()
    for kind in KINDS.values():
        if kind.find is None or kind.name in sight.settings.alerts.off:
            continue
        try:
            several = list(kind.find(sight))
        except Exception as error:  # whatever is wrong with one kind must not silence the others
            known = isinstance(error, AuditError | StoreFailure | OSError)
            if not known:
                log.exception("the kind %s could not be looked at", kind.name)
            blind.add(kind.name)
            why = str(error) if known else f"an error in this program ({type(error).__name__}), see the log."
            sentence = f"It is not known whether there is something of the kind '{kind.title}': {why}"
            several = [Found(WATCHER, f"{WATCHER}:{kind.name}", "HIGH", sentence, "alerts")]
        found |= {each.key: each for each in several if each.kind not in sight.settings.alerts.off}
    return Looked(tuple(found.values()), frozenset(blind))


def reconcile(known: Sequence[Notice], looked: Looked, off: Sequence[str], now: datetime) -> Changes:
    """What changes on record. Pure.

    A severity that sinks is no change: the gravest counts until it is over.
    """
    is_now = {each.key: each for each in looked.found}
    open_ = {each.found.key: each for each in known if each.is_open}
    raised, changed, resolved, resting = [], [], [], 0
    for key, found in is_now.items():
        if key in open_:
            if _says_more(open_[key], found, now):
                changed.append((open_[key], found))
            continue
        before = [each for each in known if each.found.key == key]
        times = 1 + sum(within(DAY, each.raised_at, now) for each in before)
        if _rests(before, found, times, now):
            resting += 1
        else:
            raised.append((found, times))
    for key, notice in open_.items():
        kind = notice.found.kind
        if kind in off:
            resolved.append((notice, "Its kind is switched off in config.json (alerts.off)."))
        elif key not in is_now and kind not in looked.blind:
            resolved.append((notice, KINDS[kind].gone if kind in KINDS else "There is no such kind any more."))
    raised.sort(key=lambda each: -rank(each[0].severity))
    return Changes(tuple(raised), tuple(changed), tuple(resolved), resting)


def keep(steps: Steps, changes: Changes, targets: Iterable[Target]) -> None:
    """Seal the changes."""
    told = [each for each in targets if each.first]
    for found, times in changes.raised:
        steps.raise_(found, [each.name for each in told if each.wants(found.severity)], times)
    for notice, found in changes.changed:
        steps.change(notice, found)
    for notice, why in changes.resolved:
        steps.resolve(notice, why)


def _says_more(notice: Notice, found: Found, now: datetime) -> bool:
    """Whether it got worse, or what is said of it is a day old and no longer true."""
    if rank(found.severity) != rank(notice.severity):
        return rank(found.severity) > rank(notice.severity)
    return found.sentence != notice.found.sentence and not within(DAY, notice.changed_at, now)


def _rests(before: Sequence[Notice], found: Found, times: int, now: datetime) -> bool:
    """Whether it was over too short a while ago to be raised again: what goes on and off is no news each time."""
    if found.severity == "CRITICAL":
        return False
    # `times` counts this one too, and the first return within a day rests no longer than COOLING
    rest: timedelta = min(COOLING * 2 ** min(max(times - 2, 0), 10), _LONGEST)
    return any(within(rest, each.resolved_at or each.raised_at, now) for each in before)
