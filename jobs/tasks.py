"""What each job does: a function of the workspace that returns an outcome. When it runs is not its business."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from audit_core import actors, alerts, backups, records, retrain
from audit_core.access.visible import visible
from audit_core.access_review import Advice, make_review, missing_packs, overdue
from audit_core.blind_spots import BlindSpot
from audit_core.delivery import deliver, went_out
from audit_core.filters import EventFilter
from audit_core.forecast import forecast, keep
from audit_core.packets import make_week
from audit_core.reports import ReportKind, make_report
from audit_core.review.labels import labels
from audit_core.scoring.verdicts import Verdict
from audit_core.settings.source import SmartsheetSettings
from audit_core.store.anchors import Anchor
from audit_core.store.closed import require_open
from audit_core.store.database import StoreFailure
from audit_core.store.models import Models
from audit_core.store.verify import verify
from audit_core.syncing.sync import Sync
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Request:
    """What a task is given beside the workspace. `week`: the Sunday that names the week it is about, if it is told."""

    run_id: str
    dry_run: bool = False
    anchors: tuple[Anchor, ...] = ()
    week: date | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task ended: `status` ok or partial, one sentence, and the job's counters."""

    status: str
    message: str
    counters: Mapping[str, Any] = field(default_factory=dict)
    blind_spots: tuple[BlindSpot, ...] = ()


Task = Callable[[Workspace, Request], Outcome]


@dataclass(frozen=True, slots=True)
class Job:
    """A named task. `creates_store`: it makes the store or brings it up to date; other jobs need one.

    `commits`: it may add events, so the newest ones are anchored when it ends.
    """

    name: str
    title: str
    task: Task
    creates_store: bool = False
    commits: bool = True


def run_sync(workspace: Workspace, request: Request) -> Outcome:
    """Take every look not yet taken; judge and record what changed."""
    sync = Sync(workspace, request.run_id, request.now)
    counters = sync.run()
    unread = [spot for spot in counters.blind_spots if spot.unread]
    found = (
        f"{counters.events_recorded:,} events in {counters.incidents:,} incidents from {counters.looks:,} looks"
        if counters.looks
        else f"{counters.sheets_checked:,} sheets checked, no new look"
    )
    blind = f"; {len(counters.as_dict()['blind_spots']):,} blind spots" if counters.blind_spots else ""
    first = f" First unread: {unread[0].detail}" if unread else ""
    return Outcome(
        "partial" if unread else "ok",
        f"{found}{blind}.{first}",
        counters.as_dict(),
        tuple(dict.fromkeys(counters.blind_spots)),
    )


def run_retrain(workspace: Workspace, request: Request) -> Outcome:
    """Fit a model on the recorded history; the gate decides whether the next sync scores with it."""
    require_open(workspace.store.database)
    store, now = workspace.store, request.now()
    cutoff = workspace.thresholds().in_force().limits.review
    made = retrain.retrain(store, labels(store), workspace.settings.zone, cutoff, request.run_id, now)
    trained, decided, model_id = made.trained, made.decided, Models(store).in_use()
    if trained is None:
        nothing: dict[str, Any] = {
            "model_id": model_id,
            "challenger_id": None,
            "promoted": False,
            "events": made.changes,
            "gate": [],
        }
        told = retrain.too_short(made.changes, store.features.missing(made.changes))
        return Outcome("ok", told, {**nothing, "thin_history": True})
    thin = f" The history of {', '.join(trained.thin)} is thin, so its scores are capped." if trained.thin else ""
    fitted = f"Model {trained.recipe.model_id} fitted on {made.changes:,} changes."
    same = "The gate has judged it already: nothing changes."
    return Outcome(
        "ok",
        f"{fitted} {decided.told() if decided else same}{thin}",
        {
            "model_id": model_id,
            "challenger_id": trained.recipe.model_id,
            "promoted": decided is not None and decided.verdict is Verdict.PROMOTED,
            "events": made.changes,
            "gate": [each.to_json() for each in trained.checks],
            "thin_history": bool(trained.thin),
        },
    )


def run_forecast(workspace: Workspace, request: Request) -> Outcome:
    """Rank the rows of open weeks by how likely they are to be corrected after the lock."""
    require_open(workspace.store.database)
    made = forecast(workspace)
    path = keep(workspace, made, request.run_id, request.now())
    return Outcome("ok", made.words(), {**made.counters(), "path": None if request.dry_run else str(path)})


def run_backup(workspace: Workspace, request: Request) -> Outcome:
    """Copy, verify and keep everything; drop copies past their time, never the last verified one; thin snapshots."""
    made = backups.backup(workspace, request.run_id, request.now())
    try:
        thinned = records.thin(workspace, request.run_id, request.now())
        told, whole = thinned.words(), made.problem is None
    except (OSError, StoreFailure) as error:  # the backup is there all the same
        thinned, whole = records.Thinned(), False
        told = f"Thinning snapshots failed ({error}): the next backup goes on with it."
    counters = {"path": str(made.path), "events": made.events, "files": made.files, "size_bytes": made.size}
    counters |= {"snapshots_thinned": thinned.snapshots, "files_removed": thinned.files + thinned.orphans}
    return Outcome("ok" if whole else "partial", f"{made.message} {told}".rstrip(), counters)


def run_drill(workspace: Workspace, request: Request) -> Outcome:
    """Restore the newest copy beside everything else, verify it, report from it, and compare."""
    passed = backups.drill(workspace, request.run_id, request.now())
    return Outcome("ok", passed.words(), asdict(passed))


def run_report(workspace: Workspace, request: Request) -> Outcome:
    """Make both workbooks of everything. What a dry run made is gone when it ends, so it names no file.

    The worksheet By person is for those who may see it: it stays out of what is sent or attached to a row.
    """
    source, size = workspace.settings.source, workspace.store.events()
    attached = isinstance(source, SmartsheetSettings) and source.write_back.report_row is not None
    sent = any(each.what == "audit" for each in workspace.settings.delivery.subscriptions)
    people = visible(workspace, actors.JOBS) and not attached and not sent
    whole, newest = (
        make_report(
            workspace, actors.JOBS, EventFilter(), request.now(), request.run_id, kind=kind, upto=size,
            people=people and kind is ReportKind.AUDIT,
        )
        for kind in (ReportKind.AUDIT, ReportKind.REAL_TIME)
    )  # fmt: skip
    return Outcome(
        "ok",
        f"Audit workbook with {whole.changes:,} changes, {whole.findings:,} findings and {whole.incidents:,} "
        f"incidents made, {whole.size / 1e6:,.1f} MB; real-time workbook with {newest.flagged:,} events that have a "
        "severity.",
        {
            "paths": [] if request.dry_run else [str(whole.path), str(newest.path)],
            "changes": whole.changes,
            "findings": whole.findings,
            "incidents": whole.incidents,
            "sha256": whole.sha256,
        },
    )


def run_weekly(workspace: Workspace, request: Request) -> Outcome:
    """Make the packets of a week. What a dry run made is gone when it ends, so it names no file of it."""
    sent = went_out(workspace.store)
    made = make_week(workspace, actors.JOBS, request.week, request.run_id, request.now(), sent)
    counters = made.counters()
    if request.dry_run:
        for each in counters["packets"]:
            each["paths"] = [] if each["made"] else each["paths"]
        counters["paths"] = [path for each in counters["packets"] for path in each["paths"]]
    unread = any(spot.unread for spot in made.blind_spots)
    return Outcome("partial" if unread else "ok", made.words(), counters, made.blind_spots)


def run_review(workspace: Workspace, request: Request) -> Outcome:
    """Make the month's access review, and the evidence packs of signed ones that lack theirs."""
    now = request.now()
    made = make_review(workspace, actors.JOBS, request.run_id, now)
    packs = missing_packs(workspace, actors.JOBS, request.run_id, now)
    review, late = made.review, overdue(workspace, now)
    advised = review.advised()
    done = "was made" if made.new else "signed" if review.closed else "is there already"
    told = f"Access review of {review.month} {done}: {len(review.lines):,} lines"
    told += f" ({', '.join(f'{count:,} {advice}' for advice, count in advised.items() if count)})" if made.new else ""
    told += "." if review.closed else f", {len(review.open):,} to decide by {review.due_on}."
    told += f" {late[0].words()}" if late else ""
    counters = {
        "month": review.month, "made": made.new, "due_on": review.due_on.isoformat(), "lines": len(review.lines),
        "undecided": len(review.open), "signed": review.closed, "overdue": len(late),
        **{f"advised_{advice}": advised[advice] for advice in Advice},
        "packs": [] if request.dry_run else [str(path) for each in packs for path in (each.workbook, each.pdf)],
    }  # fmt: skip
    return Outcome(
        "ok", told, counters | {"blind_spots": [spot.as_dict() for spot in made.blind_spots]}, made.blind_spots
    )


def run_write_back(workspace: Workspace, request: Request) -> Outcome:
    """Write new findings and the newest workbook into Smartsheet, where config.json says so."""
    source = workspace.settings.source
    if not isinstance(source, SmartsheetSettings) or not source.write_back.wanted:
        text = "Nothing is written into Smartsheet: config.json has no source.write_back."
        return Outcome("ok", text, {"findings_appended": 0, "report_attached": None, "api_requests": 0})
    from audit_core.write_back import write_back  # noqa: PLC0415  (the SDK takes half a second)

    written = write_back(workspace, source, request.run_id, request.now)
    would = "would be" if request.dry_run else "were"
    attached = f"{written.workbook} {'would be' if request.dry_run else 'was'} attached" if written.workbook else None
    return Outcome(
        "ok",
        f"{written.findings:,} new findings {would} appended; {attached or 'no new workbook to attach'}.",
        {
            "findings_appended": 0 if request.dry_run else written.findings,
            "report_attached": None if request.dry_run else written.workbook,
            "api_requests": written.requests,
        },
    )


def run_deliver(workspace: Workspace, request: Request) -> Outcome:
    """Send the documents that were subscribed to and not yet sent, each once."""
    if not workspace.settings.delivery.subscriptions:
        return Outcome("ok", "Nothing is sent: config.json has no delivery.subscriptions.", _sent(()))
    done = deliver(workspace, request.run_id, request.now)
    told = f"{len(done.sent):,} documents {'would be' if request.dry_run else 'were'} sent"
    told += f", {done.waiting:,} wait" if done.waiting else ""
    told += f"; {done.unknown:,} may have arrived and {done.failed:,} failed" if done.unknown or done.failed else ""
    told += ": see 'python -m jobs deliveries list'." if done.unknown or done.failed else "."
    whole = not (done.troubles or done.unknown or done.failed)
    first = f" First trouble: {done.troubles[0]}" if done.troubles else ""
    counters = _sent(() if request.dry_run else done.sent, done.waiting, done.unknown, done.failed, done.troubles)
    if request.dry_run:
        counters["would_send"] = list(done.sent)
    return Outcome("ok" if whole else "partial", told + first, counters)


def _sent(
    sent: Sequence[str], waiting: int = 0, unknown: int = 0, failed: int = 0, troubles: Sequence[str] = ()
) -> dict[str, Any]:
    return {
        "sent": list(sent),
        "waiting": waiting,
        "unknown": unknown,
        "failed": failed,
        "troubles": list(troubles),
    }


def run_alert(workspace: Workspace, request: Request) -> Outcome:
    """Look for what cannot wait, and tell whom it concerns."""
    done = alerts.watch(workspace, request.run_id, request.now)
    changes, told = done.changes, done.told
    words = f"{done.open:,} open: {len(changes.raised):,} new, {len(changes.resolved):,} resolved; "
    words += f"{len(told.sent):,} messages {'would be' if request.dry_run else 'were'} sent"
    words += f", {told.waiting:,} wait." if told.waiting else "."
    blind = sorted(done.looked.blind)
    words += f" Not looked at: {', '.join(blind)}." if blind else ""
    words += f" First trouble: {told.troubles[0]}" if told.troubles else ""
    if not request.dry_run:
        workspace.store.runs.forget("alert", request.now() - timedelta(days=7))
    counters = {
        "open": done.open, "raised": [found.sentence for found, _ in changes.raised],
        "changed": len(changes.changed), "resolved": len(changes.resolved), "resting": changes.resting,
        "sent": list(told.sent), "sent_again": told.again, "waiting": told.waiting, "troubles": list(told.troubles),
        "not_looked_at": blind,
    }  # fmt: skip
    return Outcome("partial" if blind or told.troubles else "ok", words, counters)


def run_verify(workspace: Workspace, request: Request) -> Outcome:
    """Recompute everything that was sealed and compare it with every anchor."""
    store = workspace.store
    whole = verify(store.database, store.snapshots, store.anchor_file, request.anchors, store.keys())
    return Outcome("ok", whole.words(), asdict(whole))


JOBS: Mapping[str, Job] = {
    job.name: job
    for job in (
        Job("sync", "Read the sheets, find and judge every change", run_sync, creates_store=True),
        Job("retrain", "Fit the model on the recorded history", run_retrain),
        Job("forecast", "Rank the rows of open weeks before they lock", run_forecast),
        Job("backup", "Make a verified copy of everything", run_backup),
        Job("drill", "Restore the newest backup beside the store, and compare", run_drill),
        Job("report", "Make the audit workbook", run_report),
        Job("weekly", "Make the packets of a week", run_weekly),
        Job("write_back", "Write findings and the newest workbook into Smartsheet", run_write_back),
        Job("deliver", "Send reports and packets to those who subscribed", run_deliver),
        Job("review", "Make the access review of the month", run_review),
        Job("alert", "Look for what cannot wait, and tell whom it concerns", run_alert),
        Job("verify", "Prove that the record was not touched", run_verify, commits=False),
    )
}
"""Every job there is."""
