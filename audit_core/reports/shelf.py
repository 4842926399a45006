"""Reports on disk: made by those who may, sealed in the ledger with their hash, listed and read back."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from audit_core import written
from audit_core.access.visible import require_visible, visible
from audit_core.actors import Actor
from audit_core.errors import AuditError, VerificationFailed
from audit_core.filters import EventFilter
from audit_core.permissions import Permission, document_named, require
from audit_core.reports.material import gather
from audit_core.reports.request import ReportKind, ReportRequest
from audit_core.reports.workbook import put_together
from audit_core.store.actions import Action
from audit_core.store.files import sha256_of, write_whole
from audit_core.store.queries import Queries
from audit_core.workspace import Workspace

MADE = "report_made"
"""The action that seals a report."""

TAKEN = "report_downloaded"
"""The action that seals that somebody took one."""


@dataclass(frozen=True, slots=True)
class Report:
    """A workbook that was made. `path`: absolute. `made_at`: UTC. `filter_words`: what was asked for. `ledger_size`: of
    how many events it tells, None where its event does not say. `people`: whether it has the worksheet By person.
    """

    path: Path
    sha256: str
    changes: int
    findings: int
    flagged: int
    incidents: int
    made_at: datetime
    made_by: str
    filter_words: str
    size: int
    kind: ReportKind = ReportKind.AUDIT
    people: bool = False
    ledger_size: int | None = None
    event_id: int | None = None


def make_report(
    workspace: Workspace,
    actor: Actor,
    chosen: EventFilter,
    now: datetime,
    run_id: str | None = None,
    *,
    kind: ReportKind = ReportKind.AUDIT,
    people: bool = False,
    upto: int | None = None,
    zone: ZoneInfo | None = None,
) -> Report:
    """Make the workbook of a filter and seal that it was made. Raises NotAllowed, and as `gather`.

    `people`: with the worksheet By person, for those who may see how single people edit. `upto`: how many events of the
    ledger it tells of; None: all there are. `zone`: of its moments; None: the business's.

    The file is whole on disk before the ledger speaks of it. Its name ends with the beginning of its hash: two reports
    never overwrite each other, and a request that was made before is the file of then, as long as that is there.
    """
    require(actor, Permission.MAKE_REPORTS)
    if people:
        require_visible(workspace, actor)
    store = workspace.store
    size = store.events() if upto is None else upto
    request = ReportRequest(chosen, size, zone or workspace.settings.zone, kind, people)
    run_id = run_id or f"report-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    before = _made_before(workspace, request)
    report = replace(before, made_at=now.astimezone(UTC), made_by=actor.email, event_id=None) if before else None
    report = report or _made(workspace, actor, request, now)
    with store.database.write() as connection:
        store.seal(connection, _action(report, actor, request, run_id), now)
    store.keep_anchor(run_id, now)
    return report


def _made(workspace: Workspace, actor: Actor, request: ReportRequest, now: datetime) -> Report:
    """The report of a request, whole on disk."""
    material = gather(workspace, request)
    content = put_together(material, request)
    digest = hashlib.sha256(content).hexdigest()
    name = f"redline-{request.kind.value}-{material.at:%Y%m%dT%H%M%SZ}-{digest[:8]}.xlsx"
    path = (workspace.store.data_dir / "reports" / name).absolute()
    write_whole(path, content)
    changes = material.changes.height
    return Report(
        path=path,
        sha256=digest,
        changes=changes,
        findings=material.events.height - changes,
        flagged=material.flagged.height,
        incidents=material.incidents.height,
        made_at=now.astimezone(UTC),
        made_by=actor.email,
        filter_words=material.chosen.words(material.titles),
        size=len(content),
        kind=request.kind,
        people=request.people,
        ledger_size=request.upto,
    )


def _made_before(workspace: Workspace, request: ReportRequest) -> Report | None:
    """The report that was made of the same request, where its file is there and is what was sealed."""
    for row in Queries(workspace.store.database).actions_named(MADE).iter_rows(named=True):
        if written.content(row["evidence"]).get("request") == request.to_json():
            report = _report(workspace, row)
            if report.path.is_file() and sha256_of(report.path) == report.sha256:
                return report
    return None


def reports(workspace: Workspace, actor: Actor, limit: int = 200) -> list[Report]:
    """The reports that the actor may read, the newest first, also those whose file is gone. Raises NotAllowed."""
    require(actor, Permission.READ_REPORTS)
    made = Queries(workspace.store.database).actions_named(MADE, limit)
    found = [_report(workspace, row) for row in made.iter_rows(named=True)]
    return [each for each in found if not each.people or visible(workspace, actor)]


def read_report(workspace: Workspace, actor: Actor, event_id: int) -> tuple[str, bytes]:
    """(file name, content) of the report that the event sealed.

    Raises NotAllowed, AuditError when there is none or its file is gone, VerificationFailed when it was altered.
    """
    require(actor, Permission.READ_REPORTS, document_named(event_id))
    event = Queries(workspace.store.database).event(event_id)
    if event is None or event["action"] != MADE:
        raise AuditError(f"There is no report of event {event_id}.")
    report = _report(workspace, event)
    if report.people:
        require_visible(workspace, actor)
    try:
        content = report.path.read_bytes()
    except FileNotFoundError as error:
        raise AuditError(f"The report {report.path.name} is no longer on disk: make it again.") from error
    if hashlib.sha256(content).hexdigest() != report.sha256:
        raise VerificationFailed(f"The report {report.path} is not the one that was sealed: make it again.")
    return report.path.name, content


def hand_out_report(workspace: Workspace, actor: Actor, event_id: int, now: datetime) -> bytes:
    """The content of a report for somebody who takes it away, which is sealed. Raises as `read_report`."""
    name, content = read_report(workspace, actor, event_id)
    proof = {"report_event_id": event_id, "sha256": hashlib.sha256(content).hexdigest()}
    action = Action(TAKEN, f"The report {name} was downloaded.", actor, fields={"evidence": json.dumps(proof)})
    workspace.store.seal_taken(actor, action, now)
    return content


def _action(report: Report, actor: Actor, request: ReportRequest, run_id: str) -> Action:
    evidence = {
        "file": report.path.name,
        "sha256": report.sha256,
        "size": report.size,
        "changes": report.changes,
        "findings": report.findings,
        "flagged": report.flagged,
        "incidents": report.incidents,
        "filter": request.chosen.parameters(),
        "filter_words": report.filter_words,
        "request": request.to_json(),
    }
    text = (
        f"{report.kind.words} {report.path.name} made of {report.filter_words}: {report.changes:,} changes, "
        f"{report.findings:,} findings, {report.incidents:,} incidents; SHA-256 {report.sha256}."
    )
    fields = {"audit_run_id": run_id, "evidence": json.dumps(evidence, sort_keys=True)}
    return Action(MADE, text, actor, fields=fields)


def _report(workspace: Workspace, row: dict[str, Any]) -> Report:
    sealed = written.content(row["evidence"])
    asked = sealed.get("request", {})  # reports of earlier versions did not say
    return Report(
        # the name alone: nothing in the record can lead out of the folder
        path=(workspace.store.data_dir / "reports" / Path(sealed["file"]).name).absolute(),
        sha256=sealed["sha256"],
        changes=sealed["changes"],
        findings=sealed["findings"],
        flagged=sealed["flagged"],
        incidents=sealed["incidents"],
        made_at=written.instant(row["timestamp"]),
        made_by=row["changed_by"],
        filter_words=sealed["filter_words"],
        size=sealed["size"],
        kind=ReportKind(asked.get("kind", ReportKind.AUDIT)),
        people=asked.get("people", False),
        ledger_size=asked.get("ledger_size"),
        event_id=row["event_id"],
    )
