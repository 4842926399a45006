"""Under which settings looks were judged: every set that was in force, named by its digest."""

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from audit_core import written
from audit_core.errors import VerificationFailed
from audit_core.store.actions import Action, action_events
from audit_core.store.database import Database
from audit_core.store.ledger import append

CHANGED: Final = "settings_changed"
"""The action that seals that other settings are in force."""


class SettingsVersions:
    """The table of settings, newest last."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def use(self, settings: Mapping[str, Any], run_id: str, now: datetime) -> None:
        """Note what is in force. A set that differs from the last one is an event of the ledger that says how."""
        text = _text(settings)
        name = _sha256(text)
        before = self._newest()
        if before is not None and before == text:
            return
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO settings_versions (sha256, settings, used_from) VALUES (?, ?, ?)",
                (name, text, now.isoformat()),
            )
            if before is not None:
                moved = _moved(_flat(written.content(before)), _flat(written.content(text)))
                told = "; ".join(f"{key}: {old} → {new}" for key, (old, new) in moved.items())
                fields = {"audit_run_id": run_id, "evidence": json.dumps({"settings_sha256": name, "moved": moved})}
                action = Action(CHANGED, f"Settings changed: {told}.", None, fields=fields)
                append(connection, action_events([action], now))

    def judging(self) -> str | None:
        """The digest of the part in force that judges; None before the first set."""
        newest = self._newest()
        return None if newest is None else _judging(newest)

    def of_group(self, name: str) -> list[tuple[datetime, Any]]:
        """What each set said of a group that does not judge, with when it was first in force; None for nothing."""
        rows = self._database.connection().execute(
            "SELECT used_from, settings FROM settings_versions ORDER BY version_id"
        )
        return [(written.instant(row[0]), written.content(row[1])["rest"].get(name)) for row in rows]

    def _newest(self) -> str | None:
        found = self._database.connection().execute(
            "SELECT settings FROM settings_versions ORDER BY version_id DESC LIMIT 1"
        )
        row = found.fetchone()
        return str(row[0]) if row else None


def check_settings(connection: sqlite3.Connection) -> set[str]:
    """The digests of every part that ever judged. Raises VerificationFailed for a set that was altered or made up."""
    judging, names = set(), []
    for number, name, text in connection.execute(
        "SELECT version_id, sha256, settings FROM settings_versions ORDER BY version_id"
    ):
        if _sha256(text) != name:
            raise VerificationFailed(f"Version {number} of the settings does not give its own digest: it was altered.")
        judging.add(_judging(text))
        names.append(name)
    sealed = [
        written.content(row[0])["settings_sha256"]
        for row in connection.execute(
            "SELECT evidence FROM audit_events WHERE action = ? AND kind = 'action' ORDER BY event_id", (CHANGED,)
        )
    ]
    # the first set is what the first look was judged under; each later one is an event of its own
    if names[1:] != sealed:
        raise VerificationFailed("The versions of the settings are not those that the ledger sealed: one was altered.")
    return judging


def _text(settings: object) -> str:
    return json.dumps(settings, sort_keys=True)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _judging(text: str) -> str:
    return _sha256(_text(written.content(text)["judging"]))


def _flat(value: object, name: str = "") -> dict[str, str]:
    """Every leaf of the settings by its dotted name, as JSON."""
    if isinstance(value, dict):
        return {key: text for part, each in value.items() for key, text in _flat(each, f"{name}.{part}").items()}
    return {name.lstrip("."): json.dumps(value)}


def _moved(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    keys = sorted(before.keys() | after.keys())
    return {
        key: (before.get(key, "nothing"), after.get(key, "nothing"))
        for key in keys
        if before.get(key) != after.get(key)
    }
