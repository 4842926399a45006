"""Incidents by day: a look named by its date is of that day, a look at live sheets of its instant's business day."""

from pathlib import Path
from zoneinfo import ZoneInfo

from audit_core.store.queries import Queries
from audit_core.store.store import Store


def test_a_date_is_its_day_and_an_instant_that_of_the_business(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.create()
    looks = ("2025-07-31", "2025-08-01T03:30:00Z", "2025-08-01T05:30:00Z", "2025-08-01T06:00:00Z")
    with store.database.write() as connection:
        connection.executemany(
            """INSERT INTO incidents (kind, started_at, ended_at, events, rows, sheets, financial_impact, summary,
            status, severity, risk_score, look, audit_run_id)
            VALUES ('x', '', '', 1, 1, 1, 0, '', 'open', 'HIGH', 0.8, ?, '')""",
            [(look,) for look in looks],
        )
    found = Queries(store.database).incidents_by_day(ZoneInfo("America/Chicago"))
    assert found.rows() == [("2025-07-31", "HIGH", 2), ("2025-08-01", "HIGH", 2)]
    store.database.close()
