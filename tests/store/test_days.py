"""The business day of a change after the lock: its own where its time is known, else that of its look."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.store.ledger import append
from audit_core.store.queries import Queries
from audit_core.store.store import Store

WEEK = date(2025, 7, 27)


def test_a_time_is_its_day_a_date_its_own_and_an_instant_that_of_the_business(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.create()
    cases = [
        ("2025-07-31", None),
        ("2025-08-01T03:30:00Z", None),  # still the 31st in Chicago
        ("2025-08-01T05:30:00Z", None),
        ("2025-08-01T06:00:00Z", "2025-07-30T04:59:59Z"),
        ("2025-08-01T06:00:00Z", "2025-07-30T05:00:00.250Z"),
    ]
    events = pl.DataFrame(
        [(look, at) for look, at in cases], schema={"look": pl.String, "changed_at": pl.String}, orient="row"
    ).with_columns(
        kind=pl.lit("change"), is_historical=pl.lit(1, dtype=pl.Int64), week_ending=pl.lit(WEEK.isoformat()),
        money_cents=pl.lit(5, dtype=pl.Int64), timestamp=pl.lit(datetime(2025, 8, 2, tzinfo=UTC).isoformat()),
    )  # fmt: skip
    with store.database.write() as connection:
        append(connection, events)
    found = Queries(store.database).late_by_week("2025-07-31", "2025-08-01T06:00:00Z", ZoneInfo("America/Chicago"))
    days = [date(2025, 7, 29), date(2025, 7, 30), date(2025, 7, 31), date(2025, 8, 1)]
    assert found.rows() == [(WEEK, day, n, 5 * n) for day, n in zip(days, (1, 1, 2, 1), strict=True)]
    store.database.close()
