"""A ledger that ended because another one goes on from it (records/renew.py): nothing new is recorded there."""

from typing import Final

from audit_core import written
from audit_core.errors import ConfigError
from audit_core.store.database import Database

CLOSED: Final = "ledger_closed"


def require_open(database: Database) -> None:
    """Raise ConfigError, with the folder where the record goes on, for a ledger that was closed."""
    row = (
        database.connection()
        .execute("SELECT evidence FROM main.audit_events WHERE action = ? ORDER BY event_id DESC LIMIT 1", (CLOSED,))
        .fetchone()
    )
    if row is not None:
        folder = written.content(row[0])["folder"]
        raise ConfigError(f"The record here was closed when {folder} was begun: set data_dir to {folder}.")
