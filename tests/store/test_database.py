"""A connection that cannot be used stays open for nobody."""

import sqlite3
from pathlib import Path

import pytest

from audit_core.store.database import Database


def test_a_connection_that_cannot_be_set_up_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "audit.db"
    path.write_bytes(b"no database at all" * 100)
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def connecting(target: str, *, timeout: float, isolation_level: None) -> sqlite3.Connection:
        opened.append(connect(target, timeout=timeout, isolation_level=isolation_level))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", connecting)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        Database(path).connection()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("SELECT 1")
