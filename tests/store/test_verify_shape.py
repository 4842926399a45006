"""The shape of a store is checked too: its triggers, indexes and tables."""

import sqlite3
from contextlib import closing

import pytest

from audit_core.errors import VerificationFailed
from tests.store.tampering import Record

SHAPES = {
    "a trigger gone": ("DROP TRIGGER audit_events_no_delete", "The trigger audit_events_no_delete is gone"),
    "a trigger that does nothing": (
        """DROP TRIGGER audit_events_no_update;
        CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events BEGIN SELECT 1; END""",
        "The trigger audit_events_no_update was altered",
    ),
    "a trigger more": (
        "CREATE TRIGGER quiet AFTER INSERT ON audit_events BEGIN DELETE FROM incidents; END",
        "The trigger quiet was added",
    ),
    "an index gone": ("DROP INDEX audit_events_risk", "The index audit_events_risk is gone"),
    "a table gone": ("DROP TABLE backup_logs", "The table backup_logs is gone"),
    "a column more": ("ALTER TABLE audit_events ADD COLUMN note TEXT", "The table audit_events was altered"),
}  # fmt: skip


@pytest.mark.parametrize(("statements", "named"), SHAPES.values(), ids=SHAPES)
def test_a_store_of_another_shape_is_found(record: Record, statements: str, named: str) -> None:
    with closing(sqlite3.connect(record.data / "audit.db")) as connection:
        connection.executescript(statements)
    with pytest.raises(VerificationFailed, match=f"^{named}"):
        record.verify()


def test_an_index_that_hides_what_the_table_holds_is_found(record: Record) -> None:
    with closing(sqlite3.connect(record.data / "audit.db")) as connection:
        connection.executescript(
            """PRAGMA writable_schema = ON;
            UPDATE sqlite_master SET sql = replace(sql, '>= ', '>= 2 + ') WHERE name = 'audit_events_risk';
            PRAGMA writable_schema = RESET; REINDEX audit_events_risk; PRAGMA writable_schema = ON;
            UPDATE sqlite_master SET sql = replace(sql, '>= 2 + ', '>= ') WHERE name = 'audit_events_risk';"""
        )
    with pytest.raises(
        VerificationFailed, match=r"^The database is not sound \(row 1 missing|^The database is not sound"
    ):
        record.verify()
