"""`status`: how this installation stands, for a person and as JSON."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from audit_core.backups.space import Room
from audit_core.monitoring.jobs import JobState
from audit_core.monitoring.span import ago, span
from audit_core.monitoring.state import State, state
from audit_core.rules.base import counted
from audit_core.settings.operating import WITHOUT
from audit_core.workspace import Workspace
from jobs.execute import Result


def status(workspace: Workspace, now: datetime) -> Result:
    """Everything that is known of how it stands. Raises StoreNotReady where nothing ever ran."""
    found = state(workspace, now)
    words = f"stale: {', '.join(found.stale)}" if found.stale else "nothing is stale"
    words += "; the runner is alive." if found.runner.alive else "; no runner is alive: start one with 'start'."
    if found.runner.trouble:
        words += f" It cannot take up what config.json says: {found.runner.trouble}"
    return Result("status", "", "ok", 0, 0.0, words[0].upper() + words[1:], as_json(found))


def as_json(now: State) -> dict[str, Any]:
    """The state as JSON values: moments are UTC, ages are seconds, what is not known is null."""
    record, backups, runner = now.record, now.backups, now.runner
    last, drill, found = backups.last, backups.drill, now.latency
    return {
        "jobs": [_job(each) for each in now.jobs],
        "runner": {
            "alive": runner.alive,
            "pid": runner.pid,
            "last_seen_at": _utc(runner.seen_at),
            "running": list(runner.running),
            "trouble": runner.trouble,
        },
        "sheets": {
            "seen_at": _utc(now.seen.at),
            "age_s": _age(now.seen.at, now.at),
            "blind_spots": now.seen.blind_spots,
            "unread": [
                {"sheet": each.sheet, "detail": each.detail, "since": _utc(each.since)} for each in now.seen.unread
            ],
        },
        "record": {
            "events": record.events,
            "verified_at": _utc(record.verified_at),
            "failure": record.failure,
            "untold": record.untold,
            "unverified": record.since,
            "oldest_unverified_at": _utc(now.oldest_unverified_at),
            "anchored_at": _utc(now.anchored_at),
        },
        "backups": {
            "last_at": _utc(last.made_at if last else None),
            "age_s": _age(last.made_at if last else None, now.at),
            "second_place": last.second_place if last else None,
            "failure": backups.failure,
            "unsaved_events": backups.unsaved,
            "drill_at": _utc(drill.at if drill else None),
            "drill_passed": drill.passed if drill else None,
        },
        "model": {"trained_at": _utc(now.model_trained_at), "age_s": _age(now.model_trained_at, now.at)},
        "alerts": {
            "open": now.alerts.open,
            "unacknowledged": now.alerts.waiting,
            "watched_at": _utc(now.alerts.watched_at),
        },
        "access_reviews_overdue": [each.words() for each in now.overdue],
        "edit_to_finding": {
            "days": found.days,
            "median_s": found.median_s,
            "p90_s": found.p90_s,
            "known": found.known,
            "unknown": found.unknown,
            "before_first_run": found.before,
        },
        "off": [each.value for each in now.off],
        "space": asdict(backups.room),
    }


def table(result: Result) -> list[str]:
    """The same for a person."""
    told = result.counters
    rows = [("job", "last run", "last ok", "next due", "")]
    rows += [
        (
            job["job"],
            job["last_status"] or "never ran",
            _minute(job["last_ok_at"]),
            _minute(job["next_due"]),
            "STALE" if job["stale"] else "",
        )
        for job in told["jobs"]
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [*lines, "", *_facts(told), Room(**told["space"]).words()]


def _facts(told: Mapping[str, Any]) -> list[str]:
    sheets, record, backups, found = (told[name] for name in ("sheets", "record", "backups", "edit_to_finding"))
    seen = f"Sheets last seen {_ago(sheets['age_s'])}" if sheets["seen_at"] else "No sheet was seen yet"
    unread = counted(len(sheets["unread"]), "sheet")
    lines = [f"{seen}; {counted(sheets['blind_spots'], 'blind spot')}, {unread} not read."]
    lines += [f"  NOT READ since {_minute(each['since'])}: {each['detail']}" for each in sheets["unread"]]
    if record["failure"] is not None:
        lines.append(f"RECORD NOT WHOLE: {record['failure']}")
    if record["untold"] is not None:
        lines.append(f"The record could not be verified: {record['untold']}")
    verified = f"verified {_minute(record['verified_at'])}" if record["verified_at"] else "never verified"
    oldest = f", the oldest of {_minute(record['oldest_unverified_at'])}" if record["unverified"] else ""
    lines.append(
        f"Record: {counted(record['events'], 'event')}, {verified}, {record['unverified']:,} since{oldest}; "
        f"anchored {_minute(record['anchored_at'])}."
    )
    saved = f"last one {_ago(backups['age_s'])}" if backups["last_at"] else "none yet"
    drill = "no drill yet"
    if backups["drill_at"]:
        drill = f"drill {'passed' if backups['drill_passed'] else 'FAILED'} {_minute(backups['drill_at'])}"
    lines.append(f"Backups: {saved}, {counted(backups['unsaved_events'], 'event')} in none; {drill}.")
    if backups["failure"]:
        lines.append(f"LAST BACKUP FAILED: {backups['failure']}")
    alerts = told["alerts"]
    watched = f"last watched {_minute(alerts['watched_at'])}" if alerts["watched_at"] else "never watched"
    lines.append(f"Alerts: {alerts['open']:,} open, {alerts['unacknowledged']:,} not acknowledged; {watched}.")
    lines += [f"OVERDUE: {words}" for words in told["access_reviews_overdue"]]
    age = told["model"]["age_s"]
    lines.append(f"Model: trained {_ago(age)}." if age is not None else "Model: none in use.")
    if found["median_s"] is None:
        lines.append(
            f"From edit to record: not known yet (of {found['unknown']:,} changes of {found['days']} days nobody "
            f"knows when they were made, {found['before_first_run']:,} were made before the first run here)."
        )
    else:
        lines.append(
            f"From edit to record in {found['days']} days: median {span(found['median_s'])}, 90 % within "
            f"{span(found['p90_s'])} ({found['known']:,} changes; of {found['unknown']:,} nobody knows)."
        )
    without = {switch.value: says for switch, says in WITHOUT.items()}
    return [*lines, *(f"SWITCHED OFF: {name}: {without[name]}." for name in told["off"])]


def _job(job: JobState) -> dict[str, Any]:
    return {
        "job": job.job,
        "last_status": job.last_status,
        "last_message": job.last_message,
        "last_ok_at": _utc(job.last_ok_at),
        "next_due": _utc(job.next_due),
        "stale": job.stale,
    }


def _utc(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat() if instant else None


def _age(instant: datetime | None, now: datetime) -> int | None:
    return max(0, round((now - instant).total_seconds())) if instant else None


def _ago(seconds: int | None) -> str:
    return "never" if seconds is None else ago(seconds)


def _minute(instant: str | None) -> str:
    return f"{instant[:16].replace('T', ' ')} UTC" if instant else "–"
