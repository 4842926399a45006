"""Why no run was started for slots that have passed: each has a named reason on record, however long an outage was."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Final

from audit_core.due import Plan
from audit_core.store.slots import Skipped
from audit_core.store.store import Store

_FURTHEST: Final = timedelta(days=400)
_JUMPS: Final = 16


class Reason(StrEnum):
    """Why a slot was passed over; the newest slot of all that were missed is always caught up."""

    DOWN = "no runner was alive"
    EARLIER = "the runner of that time did not start it: it was off then, or waited for a place when that runner ended"
    NOT_PLANNED = "it was off, or planned otherwise, then"
    CLOCK = "the clock was set forward over it"
    BY_HAND = "a run that was started by hand or by a callback did its work"
    OVERRUN = "the run before it was still under way"
    WAITED = "it waited for a place among the jobs that run at once, or for the pause after a failure"


class Missed:
    """What a runner knows about times in which it started nothing."""

    def __init__(self, store: Store, since: datetime, last_alive: datetime | None) -> None:
        """`since`: when this runner began. `last_alive`: the last sign of life of the one before it."""
        self._store = store
        self._since = since
        self._last_alive = last_alive
        self._planned: dict[str, datetime] = {}
        self._jumps: deque[tuple[datetime, datetime]] = deque(maxlen=_JUMPS)

    def jumped(self, before: datetime, after: datetime) -> None:
        """The clock went from one moment to another without the time between."""
        self._jumps.append((before, after))

    def planned(self, job: str, since: datetime) -> None:
        """A job has been planned as it is since then; before the runner began, that is not known."""
        self._planned[job] = since

    def before(self, plan: Plan, slot: datetime) -> list[Skipped]:
        """The slots between the newest one on record and `slot`, those with one reason together."""
        last = self._store.slots.slot_before(plan.job, slot)
        if last is None:
            return []
        slots = plan.slots.between(max(last, slot - _FURTHEST), slot)
        return [
            _skipped(reason, list(several), slot)
            for reason, several in groupby(slots, key=lambda each: self._reason(plan, each))
        ]

    def _reason(self, plan: Plan, slot: datetime) -> Reason:
        former = slot < self._since
        if former and (self._last_alive is None or slot >= self._last_alive):
            return Reason.DOWN
        if not former and slot < self._planned.get(plan.job, self._since):
            return Reason.NOT_PLANNED
        if any(before < slot <= after for before, after in self._jumps):
            return Reason.CLOCK
        if self._store.slots.by_hand(plan.job, slot, plan.following(slot)) is not None:
            return Reason.BY_HAND
        if self._store.slots.under_way(plan.job, slot) is not None:
            return Reason.OVERRUN
        return Reason.EARLIER if former else Reason.WAITED


def _skipped(reason: Reason, slots: Sequence[datetime], caught_up: datetime) -> Skipped:
    first, last = slots[0], slots[-1]
    which = (
        f"the slot of {first.isoformat()}"
        if len(slots) == 1
        else f"{len(slots):,} slots from {first.isoformat()} to {last.isoformat()}"
    )
    return Skipped(
        len(slots), first, last, reason.name.lower(), f"Missed {which}: {reason}. The slot of "
        f"{caught_up.isoformat()} was started instead.",
    )  # fmt: skip
