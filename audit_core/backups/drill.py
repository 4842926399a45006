"""The drill: the newest copy is restored, verified and reported from, so that the way back is known to be open."""

import hashlib
import sqlite3
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from audit_core.backups.generations import finished
from audit_core.backups.manifest import Manifest, Totals
from audit_core.backups.record import NOT_PASSED, PASSED, Record
from audit_core.backups.second_place import Place
from audit_core.backups.totals import control_totals
from audit_core.backups.unpack import unpacked_beside
from audit_core.errors import AuditError, VerificationFailed
from audit_core.filters import EventFilter
from audit_core.reports import ReportRequest, build
from audit_core.store.store import Store
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill that passed. `path`: the copy. `rto_s`: seconds from the start until it was verified and reported from.

    `rpo_s`: seconds between the copy and the drill: what would have been lost. `report_sha256`: of the workbook made
    from it. `totals_agree`: with the manifest and the live ledger; always true of one that passed.
    """

    path: str
    events: int
    rto_s: float
    rpo_s: float
    totals_agree: bool
    report_sha256: str

    def words(self) -> str:
        """The result as a sentence."""
        return (
            f"{self.path} with {self.events:,} events was restored, verified and reported from in {self.rto_s:,.1f} s; "
            f"it was {self.rpo_s / 3600:,.1f} h old, and its control totals agree."
        )


def drill(workspace: Workspace, run_id: str, now: datetime) -> Drill:
    """Restore the newest copy beside everything else, and compare it with its manifest and the live ledger.

    It comes from the second place where there is one. Raises AuditError where there is none or it cannot be restored,
    VerificationFailed where it is not what it should be; either way an event of the ledger says so.
    """
    workspace.store.database.require_current()
    began, record = time.monotonic(), Record(workspace.store, run_id, now)

    def later() -> datetime:
        return now + timedelta(seconds=time.monotonic() - began)

    path = ""
    try:
        path = _newest(workspace)
        passed = _drilled(workspace, path, began, now)
    except (AuditError, OSError, sqlite3.Error) as error:
        failure = error if isinstance(error, AuditError) else AuditError(f"The drill could not be finished ({error}).")
        record.drilled(NOT_PASSED, f"Drill failed: {failure}", {"backup": path}, later())
        raise failure from error
    record.drilled(PASSED, f"Drill passed: {passed.words()}", asdict(passed), later())
    return passed


def _newest(workspace: Workspace) -> str:
    """The newest copy's folder or address."""
    second = workspace.settings.backup.second_place
    if second is not None:
        names = Place(second.url, second.endpoint, workspace.config).backups()
        if not names:
            raise AuditError(f"There is no backup in {second.url} yet: run 'python -m jobs run backup'.")
        return f"{second.url}/{names[-1]}"
    there = finished(workspace.settings.data_dir / "backups")
    if not there:
        raise AuditError("There is no backup yet: run 'python -m jobs run backup'.")
    return str(there[-1])


def _drilled(workspace: Workspace, path: str, began: float, now: datetime) -> Drill:
    second, live = workspace.settings.backup.second_place, workspace.store.database.connection()
    with (
        tempfile.TemporaryDirectory(prefix=".drill-", dir=workspace.store.data_dir) as scratch,
        unpacked_beside(path, Path(scratch) / "data", workspace.config, second.endpoint if second else None) as fresh,
    ):
        manifest, store = fresh.manifest, Store(fresh.folder, keys=workspace.store.keys)
        made = datetime.fromisoformat(manifest.made_at)
        # a report says what the record was at a size, so that the same backup gives the same bytes
        request = ReportRequest(EventFilter(), manifest.events, workspace.settings.zone)
        try:
            report = build(Workspace(workspace.config, workspace.settings, store), request)
            totals = control_totals(store.database.connection(), manifest.events)
        finally:
            store.database.close()
    rto_s = time.monotonic() - began
    if manifest.totals is not None and totals != manifest.totals:
        raise VerificationFailed(f"{path} restored has the totals {totals}, its manifest says {manifest.totals}.")
    _compare_with_live(live, manifest, totals, path)
    rpo_s = (now - made).total_seconds()
    return Drill(path, manifest.events, round(rto_s, 3), round(rpo_s, 3), True, hashlib.sha256(report).hexdigest())


def _compare_with_live(live: sqlite3.Connection, manifest: Manifest, totals: Totals, path: str) -> None:
    """The live ledger began as the restored one: the same last hash, and the same totals up to there."""
    if manifest.events:
        row = live.execute(
            "SELECT lower(hex(hash)) FROM audit_events WHERE event_id = ?", (manifest.events,)
        ).fetchone()
        if row is None or row[0] != manifest.head:
            raise VerificationFailed(
                f"The live ledger is not the one of {path}: its event {manifest.events} is "
                f"{'missing' if row is None else 'another'}."
            )
    found = control_totals(live, manifest.events)
    if found.rows is None:  # a snapshot of then was given up since
        totals = totals.model_copy(update={"rows": None})
    if found != totals:
        raise VerificationFailed(f"{path} restored has the totals {totals}, the live ledger up to there {found}.")
