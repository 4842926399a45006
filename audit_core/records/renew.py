"""Starting anew: a new store that goes on where the old one stands, and whose first event names the old one's anchor.

The old store stays whole. The new one knows all that the next sync compares with and has told already.
"""

import json
import sqlite3
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from audit_core.actors import OPERATOR
from audit_core.errors import AuditError, ConfigError
from audit_core.records.carry import carry
from audit_core.records.folders import Part, appearing
from audit_core.settings.source import SmartsheetSettings
from audit_core.store import anchors
from audit_core.store.actions import Action
from audit_core.store.anchors import Anchor
from audit_core.store.closed import CLOSED, require_open
from audit_core.store.memory import FINDINGS_STATE
from audit_core.store.queries import Queries
from audit_core.store.store import Store
from audit_core.store.verify import Verified, verify
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Renewed:
    """A store that was started anew. `former`: the signed anchor of the old ledger. `snapshots`: carried over."""

    path: Path
    former: Anchor
    snapshots: int
    message: str


def renew(workspace: Workspace, to: Path, run_id: str, now: datetime) -> Renewed:
    """Make the data folder `to`, whose ledger continues the one of the workspace, verified whole or not at all.

    Raises ConfigError without a signing key, for a `to` in use and for a ledger that was closed before,
    VerificationFailed when the old store is not whole, LockHeld while the runner or a sync is alive, AuditError when
    events were recorded meanwhile.
    """
    store, to = workspace.store, to.absolute()
    signer = store.keys().signer
    if signer is None:
        raise ConfigError("renew: found no signing key, expected REDLINE_SIGNING_KEY: 'python -m jobs key' makes one.")
    if to.is_relative_to(store.data_dir.resolve()):
        raise ConfigError(f"--to {to} lies in the old data folder: give another one.")
    require_open(store.database)
    _refuse_unwritten(workspace)
    with store.leases.held("runner", run_id), store.leases.held("sync", run_id):
        whole = verify(store.database, store.snapshots, store.anchor_file, (), store.keys())
        with store.database.read():
            former = anchors.current(store.database.connection(), run_id, now, signer)
        _refuse_moved(former, whole)
        anchors.keep(store.anchor_file, former)
        try:
            with appearing(to) as part:
                taken = carry(workspace, part.folder, former, run_id, now)
                _close(store, part, former, run_id, now)
        except (OSError, sqlite3.Error) as error:
            raise AuditError(f"The store could not be started anew in {to} ({error}).") from error
    message = (
        f"{to} continues the ledger of {former.size:,} events in {store.data_dir}, with {len(taken):,} snapshots: set "
        f"data_dir to it in {workspace.config}, and keep the old folder."
    )
    return Renewed(to, former, len(taken), message)


def _refuse_unwritten(workspace: Workspace) -> None:
    """Numbers of events begin anew, so what is still to be written into Smartsheet is written first."""
    source = workspace.settings.source
    if isinstance(source, SmartsheetSettings) and (sheet := source.write_back.findings_sheet_id):
        state = workspace.store.memory.recall(f"{FINDINGS_STATE}{sheet}") or {"last": 0}
        if Queries(workspace.store.database).flagged_after(state["last"]).height:
            raise ConfigError("renew: findings wait to be written: 'python -m jobs run write_back' writes them.")


def _refuse_moved(former: Anchor, whole: Verified) -> None:
    if (former.size, former.root) != (whole.events, whole.root):
        raise AuditError(
            f"{former.size - whole.events:,} events were recorded while the store was verified: stop the runner and "
            "the app, then try again."
        )


def _close(store: Store, part: Part, former: Anchor, run_id: str, now: datetime) -> None:
    begun, _ = anchors.read_kept(part.folder / store.anchor_file.name)
    evidence = {"folder": str(part.to), "anchor": asdict(begun[0])}
    text = f"This ledger ends here and goes on in {part.to}."
    action = Action(CLOSED, text, OPERATOR, fields={"audit_run_id": run_id, "evidence": json.dumps(evidence)})

    def seal(connection: sqlite3.Connection) -> None:
        if anchors.current(connection, run_id, now).size != former.size:
            raise AuditError("Events were recorded meanwhile: stop the runner and the app, then try again.")
        store.seal(connection, action, now)

    part.appear(store.database, seal)
