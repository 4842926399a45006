"""Notices about what runs by itself: jobs late or failing, a runner down or with old settings, a channel down."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import takewhile
from typing import Final

from audit_core import written
from audit_core.alerts.due import due
from audit_core.alerts.messages import Track
from audit_core.alerts.notice import Found
from audit_core.alerts.sight import Sight
from audit_core.alerts.targets import Target, targets
from audit_core.alerts.ways import Ways
from audit_core.errors import ConfigError
from audit_core.monitoring.jobs import runner_state
from audit_core.monitoring.span import span
from audit_core.rules.base import counted

IN_A_ROW: Final = 3
SLOW: Final = timedelta(minutes=15)
"""A way to a receiver may fail so long before that is a notice of its own."""

_DAY: Final = timedelta(days=1)
_ELSEWHERE: Final = ("alert", "backup")
"""Whether this one runs, nobody could say here; of backups there is a kind of its own."""

_BAD: Final = ("failed", "timeout", "abandoned")
_RUNS: Final = {"part": ["runs"]}


def late(sight: Sight) -> Iterable[Found]:
    """One for each job that has not done its work for too long."""
    for job in sight.jobs:
        if not job.stale or job.job in _ELSEWHERE:
            continue
        done = job.last_done_at
        when = f"for {span((sight.now - done).total_seconds())}" if done else "since it was first due"
        said = f" Its last run ({job.last_status}) said: {job.last_message}" if job.last_message else ""
        severity = "HIGH" if job.job == "sync" else "MEDIUM"
        sentence = f"The job {job.job} has not done its work {when}.{said}"
        yield Found("late", f"late:{job.job}", severity, sentence, "operations", done)


def failing(sight: Sight) -> Iterable[Found]:
    """One for each job whose last runs all failed."""
    for job in sight.jobs:
        newest = sight.store.runs.recent(job.job, limit=IN_A_ROW + 1, misused=False)
        runs = [run for run in newest if run.status != "running"]
        bad = list(takewhile(lambda run: run.status in _BAD, runs[:IN_A_ROW]))
        if len(bad) < IN_A_ROW:
            continue
        severity = "HIGH" if job.job == "sync" else "MEDIUM"
        sentence = f"The last {IN_A_ROW} runs of the job {job.job} failed. The newest said: {bad[0].message}"
        yield Found("failing", f"failing:{job.job}", severity, sentence, "operations", bad[-1].started_at, query=_RUNS)


def down(sight: Sight) -> Iterable[Found]:
    """One for each time within a day in which no runner was alive, as the slots of sync tell it."""
    for run in sight.facts.skipped_since("sync", sight.now - _DAY):
        told = run.counters
        if told.get("reason") != "down":
            continue
        first, last = (written.instant(told[name]).astimezone(sight.settings.zone) for name in ("from", "to"))
        sentence = (
            f"No runner was alive: {counted(told['slots'], 'look')} that should have been made from {first:%a %H:%M} "
            f"to {last:%a %H:%M} {'was' if told['slots'] == 1 else 'were'} missed, and caught up by one."
        )
        yield Found("down", f"down:{told['from']}", "MEDIUM", sentence, "operations", first, query=_RUNS)


def settings(sight: Sight) -> Iterable[Found]:
    """One while the runner goes on with what stood in config.json before."""
    trouble = runner_state(sight.workspace, sight.now).trouble
    if trouble is not None:
        sentence = f"The runner cannot take up what config.json says, and goes on with what it said before: {trouble}"
        yield Found("settings", "settings", "MEDIUM", sentence, "operations")


def channel(sight: Sight) -> Iterable[Found]:
    """One for each receiver to whom nothing gets through."""
    ways = Ways(sight.workspace)
    for target in targets(sight.workspace):
        track = sight.tracks.get(target.name, Track())
        key = f"channel:{target.name}"
        try:
            ways.to(target)
        except ConfigError as error:
            yield Found("channel", key, "HIGH", f"Nothing can be told {target.words}: {error}", "alerts")
            continue
        if track.failed_since is not None and sight.now - track.failed_since >= SLOW and _waits(sight, target, track):
            since = track.failed_since.astimezone(sight.settings.zone)
            sentence = f"Nothing gets through to {target.words} since {since:%a %H:%M}: {track.last_said}"
            yield Found("channel", key, "HIGH", sentence, "alerts", track.failed_since)


def _waits(sight: Sight, target: Target, track: Track) -> bool:
    """Whether anything but this very trouble is to be told there."""
    others = [each for each in sight.known if each.found.key != f"channel:{target.name}"]
    found = due(others, target, track, sight.settings, sight.now)
    return track.waiting is not None or bool(found.items or found.held)
