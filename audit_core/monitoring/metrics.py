"""The state as Prometheus metrics, in a text file for the textfile collector of node_exporter.

Moments are Unix seconds, so that their age is right however old the file is; what is not known has no sample.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, write_to_textfile
from prometheus_client.core import GaugeMetricFamily

from audit_core import __version__
from audit_core.monitoring.state import State
from audit_core.settings.operating import Switch

FILE_NAME: Final = "metrics.prom"

METRICS: Final[Mapping[str, str]] = {
    "redline_info": "1, with the program's version as a label",
    "redline_metrics_written_timestamp_seconds": "When this file was written",
    "redline_runner_up": "1 while the runner gives signs of life",
    "redline_runner_seen_timestamp_seconds": "The runner's last sign of life",
    "redline_job_last_ok_timestamp_seconds": "End of the newest run that was wholly ok, by job",
    "redline_job_last_done_timestamp_seconds": "End of the newest run that did its work at least in part, by job",
    "redline_job_last_failed": "1 when the newest run neither did its work nor is under way, by job",
    "redline_job_last_duration_seconds": "How long the newest run that ended took, by job",
    "redline_job_next_due_timestamp_seconds": "When it starts next, by job",
    "redline_job_stale": "1 when a slot passed and nothing was done since, by job",
    "redline_sheets_seen_timestamp_seconds": "When the sheets were last looked at",
    "redline_sheets_unread": "Sheets that the newest look could not read",
    "redline_blind_spots": "What the newest look could not see, sheets, columns and cells together",
    "redline_events": "Events in the record",
    "redline_events_unverified": "Events that no verification has seen yet",
    "redline_oldest_unverified_timestamp_seconds": "When the first event that no verification saw was recorded",
    "redline_record_whole": "1 when the last verification found the record whole, 0 when not; none when it cannot tell",
    "redline_record_verified_timestamp_seconds": "The newest verification that passed",
    "redline_record_anchored_timestamp_seconds": "When the newest anchor was kept",
    "redline_backup_timestamp_seconds": "The newest verified backup that is there",
    "redline_backup_failed": "1 when the last try to make a backup failed",
    "redline_events_not_backed_up": "Events that are in no verified backup yet",
    "redline_drill_timestamp_seconds": "The last drill",
    "redline_drill_passed": "1 when the last drill passed",
    "redline_disk_free_bytes": "Free on the disk of the data folder",
    "redline_model_trained_timestamp_seconds": "When the model in use was trained",
    "redline_alerts_open": "Notices whose condition holds now",
    "redline_alerts_unacknowledged": "Of them those that nobody acknowledged",
    "redline_alerts_watched_timestamp_seconds": "When somebody last looked for what cannot wait",
    "redline_access_reviews_overdue": "Access reviews that should have been signed",
    "redline_edit_to_finding_seconds": "From edit to record over 30 days, by quantile (0.5, 0.9)",
    "redline_edit_to_finding_known": "Changes that these figures are of",
    "redline_edit_to_finding_unknown": "Changes of which nobody knows when: no moment, or one later than the record",
    "redline_edit_to_finding_before": "Changes made before the first run here",
    "redline_switched_on": "0 while a switch is off, by switch",
}
"""Every metric and what it says; all are gauges."""


@dataclass(frozen=True, slots=True)
class _Sample:
    """One value; None where it is not known."""

    name: str
    value: float | None
    labels: Mapping[str, str]


def write_metrics(state: State, folder: Path) -> Path:
    """Write the file whole, or leave the one that is there. Raises OSError."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Metrics(state))
    path = folder / FILE_NAME
    write_to_textfile(str(path), registry)
    return path


class _Metrics:
    """What prometheus_client asks for what there is."""

    def __init__(self, state: State) -> None:
        self._state = state

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One family for each metric of which anything is known."""
        samples = list(_samples(self._state))
        for name, says in METRICS.items():
            known = [each for each in samples if each.name == name and each.value is not None]
            if known:
                family = GaugeMetricFamily(name, says, labels=list(known[0].labels))
                for each in known:
                    family.add_metric(list(each.labels.values()), each.value or 0.0)
                yield family


def _samples(now: State) -> Iterator[_Sample]:
    yield _Sample("redline_info", 1, {"version": __version__})
    record, backups, found = now.record, now.backups, now.latency
    plain: dict[str, float | None] = {
        "redline_metrics_written_timestamp_seconds": _at(now.at),
        "redline_runner_up": now.runner.alive,
        "redline_runner_seen_timestamp_seconds": _at(now.runner.seen_at),
        "redline_sheets_seen_timestamp_seconds": _at(now.seen.at),
        "redline_sheets_unread": len(now.seen.unread),
        "redline_blind_spots": now.seen.blind_spots,
        "redline_events": record.events,
        "redline_events_unverified": record.since,
        "redline_oldest_unverified_timestamp_seconds": _at(now.oldest_unverified_at),
        "redline_record_whole": record.whole,
        "redline_record_verified_timestamp_seconds": _at(record.verified_at),
        "redline_record_anchored_timestamp_seconds": _at(now.anchored_at),
        "redline_backup_timestamp_seconds": _at(backups.last.made_at if backups.last else None),
        "redline_backup_failed": backups.failure is not None,
        "redline_events_not_backed_up": backups.unsaved,
        "redline_drill_timestamp_seconds": _at(backups.drill.at if backups.drill else None),
        "redline_drill_passed": backups.drill.passed if backups.drill else None,
        "redline_disk_free_bytes": backups.room.free,
        "redline_model_trained_timestamp_seconds": _at(now.model_trained_at),
        "redline_alerts_open": now.alerts.open,
        "redline_alerts_unacknowledged": now.alerts.waiting,
        "redline_alerts_watched_timestamp_seconds": _at(now.alerts.watched_at),
        "redline_access_reviews_overdue": len(now.overdue),
        "redline_edit_to_finding_known": found.known,
        "redline_edit_to_finding_unknown": found.unknown,
        "redline_edit_to_finding_before": found.before,
    }
    yield from (_Sample(name, value, {}) for name, value in plain.items())
    yield _Sample("redline_edit_to_finding_seconds", found.median_s, {"quantile": "0.5"})
    yield _Sample("redline_edit_to_finding_seconds", found.p90_s, {"quantile": "0.9"})
    for switch in Switch:
        yield _Sample("redline_switched_on", switch not in now.off, {"switch": switch.value})
    for job in now.jobs:
        label = {"job": job.job}
        failed = job.last_status not in (None, "ok", "partial", "running")
        yield _Sample("redline_job_last_ok_timestamp_seconds", _at(job.last_ok_at), label)
        yield _Sample("redline_job_last_done_timestamp_seconds", _at(job.last_done_at), label)
        yield _Sample("redline_job_last_failed", failed, label)
        yield _Sample("redline_job_last_duration_seconds", job.last_seconds, label)
        yield _Sample("redline_job_next_due_timestamp_seconds", _at(job.next_due), label)
        yield _Sample("redline_job_stale", job.stale, label)


def _at(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None
