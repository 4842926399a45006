"""What is recorded of backups: a row in `backup_logs` and an event of the ledger, in one transaction."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from audit_core.actors import JOBS
from audit_core.backups.manifest import Manifest
from audit_core.errors import AuditError
from audit_core.store.actions import Action
from audit_core.store.store import Store

MADE, FAILED, REMOVED = "backup_made", "backup_failed", "backup_removed"
COPIED, NOT_COPIED = "backup_copied", "backup_not_copied"
PASSED, NOT_PASSED = "drill_passed", "drill_failed"


class Record:
    """The record of one run. `began`: when it did, the start of its row."""

    def __init__(self, store: Store, run_id: str, began: datetime) -> None:
        self._store, self._run_id, self.began = store, run_id, began

    def made(self, path: Path, manifest: Manifest, seal: str, new_bytes: int, message: str, now: datetime) -> None:
        """A backup was made and verified. `seal`: the SHA-256 of its manifest's file."""
        values = {
            "path": str(path), "status": "ok", "size_bytes": manifest.size, "sha256": seal, "verified": 1,
            "events": manifest.events, "message": message, "new_bytes": new_bytes,
            "encrypted_for": manifest.encryption, "signed_by": manifest.key_id,
        }  # fmt: skip
        evidence = {
            "backup": path.name, "manifest_sha256": seal, "events": manifest.events, "head": manifest.head,
            "files": len(manifest.files), "size_bytes": manifest.size, "encrypted_for": manifest.encryption,
            "signed_by": manifest.key_id,
        }  # fmt: skip
        self._insert(values, MADE, f"Backup {message}.", evidence, now)

    def failed(self, error: AuditError, now: datetime) -> None:
        """No backup was made. What hinders also this from being recorded becomes a note of the error."""
        values = {"path": None, "status": "failed", "verified": 0, "message": str(error)}
        try:
            self._insert(values, FAILED, str(error), {"error": type(error).__name__}, now)
        except (AuditError, sqlite3.Error, OSError) as unlogged:
            # on a full disk the row does not fit either; the error itself still reaches the person
            error.add_note(f"This could not be recorded: {unlogged}")

    def copied(self, path: Path, place: str, error: AuditError | None, now: datetime) -> None:
        """The backup at `path` is in the second place too, or is not."""
        name, text = COPIED, f"Backup {path.name} copied to {place}, read back and compared."
        if error is not None:
            name, text = NOT_COPIED, f"Backup {path.name} is not in the second place: {error}"
        with self._store.database.write() as connection:
            connection.execute(
                "UPDATE backup_logs SET second_place = ? WHERE path = ?",
                ("ok" if error is None else str(error), str(path)),
            )
            self._seal(connection, name, text, {"backup": path.name, "place": place}, now)

    def removed(self, paths: Sequence[str], now: datetime) -> None:
        """Backups (their paths, or addresses in the second place) were removed because their time was over."""
        if not paths:
            return
        with self._store.database.write() as connection:
            for path in paths:
                connection.execute("UPDATE backup_logs SET removed_at = ? WHERE path = ?", (now.isoformat(), path))
                self._seal(connection, REMOVED, f"Backup {path} removed: its time is over.", {"backup": path}, now)

    def drilled(self, name: str, text: str, evidence: dict[str, Any], now: datetime) -> None:
        """A drill ended. `name`: PASSED or NOT_PASSED."""
        with self._store.database.write() as connection:
            self._seal(connection, name, text, evidence, now)

    def _insert(self, values: dict[str, Any], name: str, text: str, evidence: dict[str, Any], now: datetime) -> None:
        row = {"started_at": self.began.isoformat(), "finished_at": now.isoformat(), **values}
        with self._store.database.write() as connection:
            connection.execute(
                f"INSERT INTO backup_logs ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",  # noqa: S608
                tuple(row.values()),
            )
            self._seal(connection, name, text, evidence, now)

    def _seal(
        self, connection: sqlite3.Connection, name: str, text: str, evidence: dict[str, Any], now: datetime
    ) -> None:
        fields = {"audit_run_id": self._run_id, "evidence": json.dumps(evidence, sort_keys=True)}
        self._store.seal(connection, Action(name, text, JOBS, fields=fields), now)


def verified_manifests(connection: sqlite3.Connection) -> frozenset[str]:
    """The SHA-256 of the manifest of every backup that was verified here."""
    rows = connection.execute("SELECT sha256 FROM backup_logs WHERE verified = 1 AND sha256 IS NOT NULL")
    return frozenset(row[0] for row in rows.fetchall())
