"""What ran last, what is due next, what is stale, and whether the runner is alive."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from audit_core.backups.space import Room, room
from audit_core.due import DONE, Plan, plans
from audit_core.heartbeat import FRESH, last_beat
from audit_core.store.runs import Runs
from audit_core.workspace import Workspace
from jobs.execute import Result


def status(workspace: Workspace, now: datetime) -> Result:
    """The state of every job. Raises StoreNotReady where nothing ever ran.

    `last_ok_at` is the end of the newest run that was wholly ok. `stale`: a slot passed and nothing was done since.
    """
    store = workspace.store
    store.database.require_current()
    planned = plans(workspace.settings)
    # a job that never ran is not late before the first slot after the store was made
    made = store.runs.first_at() or now
    jobs = [_job(plan, store.runs, made, now) for plan in planned.values()]
    late = [job["job"] for job in jobs if job["stale"]]
    sign = last_beat(store.data_dir)
    runner: dict[str, Any] = {"alive": False, "pid": None, "last_seen_at": None, "running": []}
    if sign is not None:
        runner = {
            "alive": sign.alive(now),
            "pid": sign.pid,
            "last_seen_at": sign.beat_at,
            "running": list(sign.running),
        }
    words = f"stale: {', '.join(late)}" if late else "nothing is stale"
    words += "; the runner is alive." if runner["alive"] else "; no runner is alive: start one with 'start'."
    counters = {"jobs": jobs, "runner": runner, "space": asdict(room(workspace))}
    return Result("status", "", "ok", 0, 0.0, words[0].upper() + words[1:], counters)


def table(result: Result) -> list[str]:
    """The same for a person."""
    rows = [("job", "last run", "last ok", "next due", "")]
    rows += [
        (
            job["job"],
            job["last_status"] or "never ran",
            _minute(job["last_ok_at"]),
            _minute(job["next_due"]),
            "STALE" if job["stale"] else "",
        )
        for job in result.counters["jobs"]
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [*lines, Room(**result.counters["space"]).words()]


def health(workspace: Workspace, now: datetime) -> Result:
    """Whether the runner gave a sign of life lately: exit code 0, else 1. Reads one small file."""
    sign = last_beat(workspace.settings.data_dir)
    if sign is None:
        return Result("health", "", "failed", 1, 0.0, "No runner is alive: start one with 'python -m jobs start'.")
    age = round(sign.age(now).total_seconds())
    if sign.alive(now):
        return Result("health", "", "ok", 0, 0.0, f"The runner (process {sign.pid}) was seen {age:,} s ago.")
    text = f"The runner (process {sign.pid}) was last seen {age:,} s ago (limit {FRESH.seconds} s): start it again."
    return Result("health", "", "failed", 1, 0.0, text)


def _job(plan: Plan, record: Runs, made: datetime, now: datetime) -> dict[str, Any]:
    runs = record.recent(plan.job)
    done, ok = record.newest(plan.job, *DONE), record.newest(plan.job, "ok")
    slot = plan.due(now, runs)
    return {
        "job": plan.job,
        "last_status": runs[0].status if runs else None,
        "last_message": runs[0].message if runs else None,
        "last_ok_at": _utc(ok.finished_at) if ok else None,
        "next_due": _utc(slot or plan.following(now)),
        "stale": plan.stale(now, done.started_at if done else made),
    }


def _utc(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat() if instant else None


def _minute(instant: str | None) -> str:
    return f"{instant[:16].replace('T', ' ')} UTC" if instant else "–"
