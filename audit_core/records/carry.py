"""What comes along when a store is started anew: all that the next sync compares with, or that was told already."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from audit_core.actors import OPERATOR
from audit_core.records.carry_decisions import carry_decisions
from audit_core.records.folders import copy_into
from audit_core.records.thinning import needed_by_syncs
from audit_core.scoring.verdicts import KIND, SUBJECT, InUse, Verdict
from audit_core.store.actions import Action, action_events
from audit_core.store.anchors import Anchor
from audit_core.store.database import Database
from audit_core.store.decisions import NewDecision, decide
from audit_core.store.former import Former, FormerLook
from audit_core.store.ledger import append
from audit_core.store.looks import snapshot_action
from audit_core.store.memory import FINDINGS_STATE
from audit_core.store.models import Models
from audit_core.store.sealed_accounts import ADDED, DISABLED, accounts_to_seal
from audit_core.store.snapshots import TakenSnapshot
from audit_core.store.store import Store
from audit_core.store.verify import verify
from audit_core.workspace import Workspace

CONTINUED: Final = "ledger_continued"
_WHOLE: Final = (
    "user_permissions",
    "credentials",
    "source_memory",
    "sheet_shares",
    "refused_snapshots",
)
"""Tables that the new store has as the old one has them. Sessions end: everybody signs in again."""


def carry(workspace: Workspace, folder: Path, former: Anchor, run_id: str, now: datetime) -> list[TakenSnapshot]:
    """Fill the new store and verify it. Returns the snapshots that it begins with."""
    store = workspace.store
    fresh = Store(folder, keys=store.keys)
    fresh.create()
    try:
        everything = store.snapshots.all()
        needed = needed_by_syncs(everything)
        taken = [each for each in everything if (each.sheet_id, each.look) in needed]
        for each in taken:
            copy_into(store.snapshots.folder / each.file, fresh.snapshots.folder / each.file)
        with fresh.database.write() as connection:
            for table in _WHOLE:
                _copy_table(store.database, connection, table)
            _copy_table(store.database, connection, "settings_versions", "ORDER BY version_id DESC LIMIT 1")
            _refused_files(store, fresh)
            first = _continued(store, former, run_id)
            carried = [_taken_over(fresh, connection, each, run_id, now) for each in taken]
            others = [*_people(connection, run_id), *_model(store, fresh, connection)]
            append(connection, action_events([first, *carried, *others], now))
            if model := Models(store).in_use():
                decided = InUse(Verdict.CARRIED_OVER, model, model)
                decide(connection, [NewDecision(KIND, SUBJECT, decided.to_json(), decided.told())], OPERATOR, now)
            carry_decisions(workspace, fresh, connection, now)
            _remember(store, fresh, connection, everything)
        fresh.keep_anchor(run_id, now)
        verify(fresh.database, fresh.snapshots, fresh.anchor_file, (), fresh.keys())
        return taken
    finally:
        fresh.database.close()


def _copy_table(old: Database, new: sqlite3.Connection, table: str, rows: str = "ORDER BY rowid") -> None:
    found = old.connection().execute(f"SELECT * FROM {table} {rows}")
    names = [each[0] for each in found.description]
    new.executemany(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", map(tuple, found.fetchall())
    )


def _refused_files(store: Store, fresh: Store) -> None:
    """The frames that were not believed yet: the next snapshot of their sheet may confirm them."""
    for row in fresh.database.connection().execute("SELECT file FROM refused_snapshots WHERE file IS NOT NULL"):
        if (source := store.snapshots.folder / row[0]).is_file():
            copy_into(source, fresh.snapshots.folder / row[0])


def _continued(store: Store, former: Anchor, run_id: str) -> Action:
    text = (
        f"This ledger continues another one of {former.size:,} events: its last hash is {former.head}, its Merkle root "
        f"{former.root}."
    )
    evidence = {"folder": str(store.data_dir), "anchor": asdict(former)}
    return Action(CONTINUED, text, OPERATOR, fields={"audit_run_id": run_id, "evidence": json.dumps(evidence)})


def _taken_over(
    fresh: Store, connection: sqlite3.Connection, taken: TakenSnapshot, run_id: str, now: datetime
) -> Action:
    sealed = {"record_sha256": fresh.snapshots.record(connection, taken, run_id, now)}
    text = f"Snapshot {taken.look} of '{taken.sheet_name}' carried over: {taken.rows:,} rows."
    return replace(snapshot_action(taken, run_id, sealed), text=text, actor=OPERATOR)


def _people(connection: sqlite3.Connection, run_id: str) -> list[Action]:
    """Seal everybody's account as it came along: nobody is let in past the new record."""
    return [
        Action(
            ADDED if account["active"] else DISABLED,
            f"The account of {account['email']} carried over: {account['role']}, "
            f"{'active' if account['active'] else 'disabled'}.",
            OPERATOR,
            fields={"audit_run_id": run_id, "evidence": json.dumps(account)},
        )
        for account in accounts_to_seal(connection).values()
    ]


def _model(store: Store, fresh: Store, connection: sqlite3.Connection) -> list[Action]:
    """Carry over the model in use; none where there is none."""
    newest = "SELECT * FROM models WHERE model_id = ? ORDER BY training_id DESC LIMIT 1"
    row = store.database.connection().execute(newest, (Models(store).in_use(),)).fetchone()
    if row is None:
        return []
    for name in ("card.json", "features.parquet"):
        place = Path("models", Path(row["folder"]).name, name)
        copy_into(store.data_dir / place, fresh.data_dir / place)
    values: dict[str, Any] = dict(row) | {"training_id": 1}
    connection.execute(
        f"INSERT INTO models ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", tuple(values.values())
    )
    proof = {"model_id": row["model_id"], "card_sha256": row["card_sha256"]}
    fields = {"audit_run_id": row["audit_run_id"], "evidence": json.dumps(proof)}
    return [Action("model_trained", f"Model {row['model_id']} carried over.", OPERATOR, fields=fields)]


def _remember(store: Store, fresh: Store, connection: sqlite3.Connection, everything: Sequence[TakenSnapshot]) -> None:
    """What the old store took and told, so that the new one neither refuses it as older nor tells it again."""
    looks = Former(store.database).looks()
    for each in everything:
        if "T" not in each.look:  # of live sheets no look can come a second time
            looks.setdefault(each.sheet_id, {})[each.look] = FormerLook(each.version, each.content_sha256)
    sheets = {each.sheet_id for each in everything}
    hits = {
        sheet_id: {rule: sorted(rows) for rule, rows in store.trail.known_hits(sheet_id).items()}
        for sheet_id in sorted(sheets)
    }
    Former(fresh.database).keep(connection, looks, hits)
    # numbers of events begin anew, and all there was to write is written
    connection.execute(
        "UPDATE source_memory SET value = ? WHERE substr(name, 1, ?) = ?",
        (json.dumps({"last": 0, "sending": None}), len(FINDINGS_STATE), FINDINGS_STATE),
    )
