"""What is to be told to whom now. Pure: from the notices, what the receiver knows, quiet hours and the budget."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from audit_core.alerts.messages import How, Item, Track
from audit_core.alerts.notice import Notice, State, rank, within
from audit_core.alerts.quiet import quiet_until
from audit_core.alerts.targets import Target
from audit_core.settings import Settings

HOUR: Final = timedelta(hours=1)
KEPT: Final = timedelta(days=7)
"""What came and went while a receiver could not be told, they are still told so long."""

SILENT_END: Final = frozenset({"forecast", "down", "training", "sign_in"})
"""Kinds whose end is no news."""


@dataclass(frozen=True, slots=True)
class Due:
    """What one receiver is to be told. `held`: how many items wait, because the hour's messages are used up."""

    items: tuple[Item, ...]
    held: int = 0


def due(notices: Iterable[Notice], target: Target, track: Track, settings: Settings, now: datetime) -> Due:
    """What goes to a receiver in one message now: the gravest first."""
    order = {How.ESCALATED: 0, How.NEW: 1, How.WORSE: 1, How.PASSED: 2, How.GONE: 3}
    found = [(each, how) for each in notices if (how := _how(each, target, track, settings, now)) is not None]
    found = [(each, how) for each, how in found if not held_until(each, settings, now)]
    found.sort(key=lambda pair: (order[pair[1]], -rank(pair[0].severity), pair[0].number))
    items = tuple(Item(each.number, how, each.severity) for each, how in found)
    if not items or _room(track, items, settings.alerts.per_hour, now):
        return Due(items)
    told_so = track.held_at is not None and within(HOUR, track.held_at, now)
    return Due((), 0 if told_so else len(items))


def held_until(notice: Notice, settings: Settings, now: datetime) -> datetime | None:
    """Until when quiet hours hold a notice back; None where they do not."""
    if notice.severity == "CRITICAL":
        return None
    return quiet_until(settings.alerts.quiet_hours, settings.zone, now)


def escalates_at(notice: Notice, settings: Settings) -> datetime | None:
    """When a notice that nobody acknowledges goes to those who come second; None: never.

    It counts from when the first ones could be told that it is so, or worse, so that nobody is woken for what waited
    for the morning.
    """
    minutes = settings.alerts.escalate_after_minutes
    if minutes is None:
        return None
    began = notice.worse_at or notice.raised_at
    return (held_until(notice, settings, began) or began) + timedelta(minutes=minutes)


def _how(notice: Notice, target: Target, track: Track, settings: Settings, now: datetime) -> How | None:
    """What is to be said of a notice; None: nothing."""
    told, _ = track.told.get(notice.number, (None, None))
    if told is not None:
        if not notice.is_open:
            silent = notice.found.kind in SILENT_END or notice.number in track.gone
            return None if silent else How.GONE
        return How.WORSE if rank(notice.severity) > rank(told) else None
    if notice.acknowledged is not None or not target.wants(notice.severity):
        return None
    if not target.first:
        at = escalates_at(notice, settings)
        return How.ESCALATED if notice.state is State.OPEN and at is not None and at <= now else None
    if notice.is_open:
        return How.NEW
    missed = target.name in notice.targets and notice.resolved_at is not None and now - notice.resolved_at <= KEPT
    return How.PASSED if missed else None


def _room(track: Track, items: tuple[Item, ...], per_hour: int, now: datetime) -> bool:
    """Whether the hour has room for one more message: twice as many where something CRITICAL waits."""
    grave = any(item.severity == "CRITICAL" and item.how is not How.GONE for item in items)
    sent = sum(within(HOUR, at, now) for at in track.sent_at.values())
    return sent < per_hour * (2 if grave else 1)
