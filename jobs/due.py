"""When each job is due: slots on the business's wall clock, compared with what ran. Pure; nothing is remembered here.

A slot is the planned instant of one run. Only the newest one counts: after a night off, a job catches up once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from audit_core.settings import Settings
from audit_core.settings.source import SmartsheetSettings
from audit_core.store.runs import Run

RETRY_AFTER: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
"""A slot whose run failed is tried again so long after each failure, and then left to the next slot."""

EARLY_PAUSE: Final = timedelta(minutes=1)
"""Callbacks start a sync at most this often."""

DONE: Final = ("ok", "partial")
"""How a run ends that did its work, wholly or in part."""
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Plan:
    """When one job runs. `latest(now)` and `following(now)` give UTC instants ≤ now and > now."""

    job: str
    latest: Callable[[datetime], datetime]
    following: Callable[[datetime], datetime]
    grace: timedelta

    def due(self, now: datetime, runs: Sequence[Run]) -> datetime | None:
        """The slot that should start now, None when it ran, runs, or waits for its next try. `runs`: newest first."""
        slot = self.latest(now)
        since = [run for run in runs if run.started_at >= slot]
        # one that began before the slot and still runs would only refuse another beside it
        if any(run.status == "running" for run in runs[:1]) or any(run.status in DONE for run in since):
            return None
        if not since:
            return slot
        if len(since) > len(RETRY_AFTER):
            return None
        last = since[0].finished_at or since[0].started_at
        return slot if now >= last + RETRY_AFTER[len(since) - 1] else None

    def stale(self, now: datetime, last_done: datetime) -> bool:
        """Whether a slot passed, longer ago than the grace, with nothing done since. `last_done`: start of that run."""
        return last_done < self.latest(now - self.grace)


def early(now: datetime, called_at: datetime | None, syncs: Sequence[Run]) -> bool:
    """Whether a sync should start before its slot, because a callback came that none has followed.

    `called_at`: when the newest waiting callback came. `syncs`: newest first. Each callback brings one early sync at
    most; where that one fails, the next slot follows.
    """
    if called_at is None or not syncs or syncs[0].status == "running":
        return False
    return syncs[0].started_at < called_at and now >= syncs[0].started_at + EARLY_PAUSE


def plans(settings: Settings) -> dict[str, Plan]:
    """The plan of every job that runs by itself, in the order in which they start when several are due."""
    every = timedelta(minutes=settings.jobs.sync_every_minutes)
    at = time.fromisoformat(settings.backup.schedule)
    after = (datetime.combine(date.min, at) + timedelta(minutes=30)).time()
    weekday = _WEEKDAYS.index(settings.jobs.retrain_weekday)
    packets = _WEEKDAYS.index(settings.jobs.weekly_weekday)
    made = [
        _interval("sync", every),
        _daily("backup", settings, at),
        _daily("verify", settings, after),
        _daily("retrain", settings, time(3), settings.ml.retrain_interval_days, weekday),
        _daily("forecast", settings, time(5)),
        _daily("weekly", settings, time(6), 7, packets),
        _monthly("drill", settings, time(4, 30)),
        _monthly("review", settings, time(5, 30)),
    ]
    if isinstance(settings.source, SmartsheetSettings) and settings.source.write_back.wanted:
        made.append(_interval("write_back", every))
    sending = settings.delivery
    if any(each.what == "audit" for each in sending.subscriptions):
        days, first = (1, 0) if sending.report_weekday is None else (7, _WEEKDAYS.index(sending.report_weekday))
        made.append(_daily("report", settings, time.fromisoformat(sending.report_at), days, first))
    if sending.subscriptions:
        made.append(_interval("deliver", every))
    return {plan.job: plan for plan in made}


def _interval(job: str, every: timedelta) -> Plan:
    def latest(now: datetime) -> datetime:
        return _EPOCH + (now - _EPOCH) // every * every

    return Plan(job, latest, lambda now: latest(now) + every, grace=2 * every)


def _daily(job: str, settings: Settings, at: time, every: int = 1, first_weekday: int = 0) -> Plan:
    """One slot every `every` days at `at` on the business's clock.

    An hour that a spring night skips counts as the moment it was skipped; one that an autumn night repeats counts once.
    """

    def slot(day: date) -> datetime:
        return datetime.combine(day, at, tzinfo=settings.zone).astimezone(UTC)

    def planned(day: date, step: int) -> date:
        # day 1 of the calendar was a Monday
        while (day.toordinal() - 1 - first_weekday) % every:
            day += timedelta(days=step)
        return day

    def latest(now: datetime) -> datetime:
        day = planned(now.astimezone(settings.zone).date(), -1)
        return slot(day) if slot(day) <= now else slot(planned(day - timedelta(days=1), -1))

    def following(now: datetime) -> datetime:
        day = planned(now.astimezone(settings.zone).date(), 1)
        return slot(day) if slot(day) > now else slot(planned(day + timedelta(days=1), 1))

    return Plan(job, latest, following, grace=timedelta(hours=2))


def _monthly(job: str, settings: Settings, at: time) -> Plan:
    """One slot a month, on its first day at `at` on the business's clock."""

    def slot(first: date) -> datetime:
        return datetime.combine(first, at, tzinfo=settings.zone).astimezone(UTC)

    def this_month(now: datetime) -> date:
        return now.astimezone(settings.zone).date().replace(day=1)

    def latest(now: datetime) -> datetime:
        first = this_month(now)
        return slot(first) if slot(first) <= now else slot((first - timedelta(days=1)).replace(day=1))

    def following(now: datetime) -> datetime:
        first = this_month(now)
        return slot(first) if slot(first) > now else slot((first + timedelta(days=31)).replace(day=1))

    return Plan(job, latest, following, grace=timedelta(hours=2))
