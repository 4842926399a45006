"""When each job is due: its slots, compared with the record of runs. Pure; nothing is remembered here.

Of several missed slots only the newest one is caught up. What a run says about slots is in its `slot`: None means that
a person or a callback started it, and then it counts for the newest slot before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from audit_core.settings import Settings
from audit_core.settings.operating import Switch
from audit_core.settings.source import SmartsheetSettings
from audit_core.slots import WEEKDAYS, Slots, daily, every, in_hours, monthly
from audit_core.store.runs import DONE, Run

TRIES: Final = 4
"""So often a slot is tried; then it is left, and the next slot follows.

A run that was asked to end (`cancelled`: the runner was restarted) is no try. One that died without a word is: what
takes its machine along must not be started for ever.
"""

EARLY_PAUSE: Final = timedelta(minutes=1)
"""Callbacks start a sync at most this often."""

WATCH: Final = timedelta(minutes=2)
"""So often it is looked whether somebody must be told of something."""

FIRST: Final = ("sync", "alert", "backup")
"""Jobs for which a place is kept free, and which start before others."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When one job runs. `grace`: how long after a slot a job that has not done its work is late."""

    job: str
    slots: Slots
    grace: timedelta

    def latest(self, now: datetime) -> datetime:
        """The newest slot that has come."""
        return self.slots.latest(now)

    def following(self, now: datetime) -> datetime:
        """The first slot that has not come."""
        return self.slots.following(now)

    def next(self, now: datetime, count: int) -> list[datetime]:
        """The next so many slots."""
        return self.slots.next(now, count)

    def due(self, now: datetime, runs: Sequence[Run]) -> datetime | None:
        """The slot that should start now, None when it ran, runs, or waits for its next try.

        `runs`: those that `Runs.about` gives of the newest slot.
        """
        slot = self.latest(now)
        # one that still runs would only refuse another beside it
        if any(run.status == "running" or _did(run, slot, now) for run in runs):
            return None
        tried = [run for run in runs if run.slot == slot and run.attempt]
        if sum(run.status != "cancelled" for run in tried) >= TRIES:
            return None
        wait = max((run.retry_at for run in tried if run.retry_at), default=now)
        # a clock that was set back must not make a try wait for longer than any pause
        return slot if wait <= now or any(run.started_at > now for run in tried) else None

    def stale(self, now: datetime, last_done: datetime) -> bool:
        """Whether a slot passed, longer ago than the grace, with nothing done since. `last_done`: start of that run."""
        return last_done < self.latest(now - self.grace)


def _did(run: Run, slot: datetime, now: datetime) -> bool:
    """Whether a run did the work of a slot: it was started for it, or since by hand."""
    return run.status in DONE and (run.slot == slot or (run.slot is None and slot <= run.started_at <= now))


def early(now: datetime, called_at: datetime | None, syncs: Sequence[Run]) -> bool:
    """Whether a sync should start before its slot, because a callback came that none has followed.

    `called_at`: when the newest waiting callback came. `syncs`: newest first. Each callback brings one early sync at
    most; where that one fails, the next slot follows.
    """
    if called_at is None or called_at > now or not syncs or syncs[0].status == "running":
        return False  # one that came when the clock was ahead would call at every tick: the next slot follows it
    began = syncs[0].started_at
    return began > now or (began < called_at and now >= began + EARLY_PAUSE)


def plans(settings: Settings) -> dict[str, Plan]:
    """The plan of every job that runs by itself here, those first that start first when several are due."""
    jobs, zone = settings.jobs, settings.zone
    step = timedelta(minutes=jobs.sync_every_minutes)
    rest = None if jobs.sync_off_hours_minutes is None else timedelta(minutes=jobs.sync_off_hours_minutes)
    packets, learnt = WEEKDAYS.index(jobs.weekly_weekday), WEEKDAYS.index(jobs.retrain_weekday)
    reports = settings.delivery.report_weekday
    made = [
        Plan("sync", in_hours(jobs.working_hours, zone, step, rest), grace=2 * step),
        Plan("alert", every(WATCH), grace=timedelta(minutes=15)),
        _at("backup", daily(zone, _time(settings.backup.schedule))),
        _at("verify", daily(zone, _verify_at(settings))),
        _at("retrain", daily(zone, _time(jobs.retrain_at), settings.ml.retrain_interval_days, learnt)),
        _at("forecast", daily(zone, _time(jobs.forecast_at))),
        _at("weekly", daily(zone, _time(jobs.weekly_at), 7, packets)),
        _at("report", daily(zone, _time(settings.delivery.report_at), *_weekly(reports))),
        _at("drill", monthly(zone, _time(jobs.drill_at), jobs.drill_day)),
        _at("review", monthly(zone, _time(jobs.review_at), jobs.review_day)),
    ]
    if (
        isinstance(settings.source, SmartsheetSettings)
        and settings.source.write_back.wanted
        and settings.on(Switch.WRITE_BACK)
    ):
        made.append(_each("write_back", step))
    if settings.delivery.subscriptions and settings.on(Switch.DELIVERY):
        made.append(_each("deliver", step))
    return {plan.job: plan for plan in made if plan.job not in jobs.off}


def _each(job: str, step: timedelta) -> Plan:
    return Plan(job, every(step), grace=2 * step)


def _at(job: str, slots: Slots) -> Plan:
    return Plan(job, slots, grace=timedelta(hours=2))


def _weekly(weekday: str | None) -> tuple[int, int]:
    """Days between two slots, and the weekday they are counted from; None is every day."""
    return (1, 0) if weekday is None else (7, WEEKDAYS.index(weekday))


def _verify_at(settings: Settings) -> time:
    if settings.jobs.verify_at is not None:
        return _time(settings.jobs.verify_at)
    return (datetime.combine(date.min, _time(settings.backup.schedule)) + timedelta(minutes=30)).time()


_time = time.fromisoformat
