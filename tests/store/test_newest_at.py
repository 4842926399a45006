"""Which snapshot of a sheet was the newest at a moment, whether looks are named by days or by instants."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit_core.store.snapshots import TakenSnapshot
from audit_core.store.store import Store

DAYS = {"2025-08-09": "2025-08-10T05:00:00", "2025-08-10": "2025-08-11T05:00:00", "2025-08-11": "2025-08-12T05:00:00"}
INSTANTS = {f"2025-08-{day}Z": f"2025-08-{day}" for day in ("11T04:45:00", "11T05:00:00", "11T05:15:00")}


@pytest.mark.parametrize(
    ("looks", "moment", "newest"),
    [
        (DAYS, "2025-08-11T05:00:00", "2025-08-10"),  # a day is there when it ends, here at 05:00 of the next
        (DAYS, "2025-08-11T04:59:59", "2025-08-09"),
        (DAYS, "2025-09-01T00:00:00", "2025-08-11"),
        (DAYS, "2025-08-10T04:59:59", None),
        (INSTANTS, "2025-08-11T05:00:00", "2025-08-11T05:00:00Z"),
        (INSTANTS, "2025-08-11T05:14:59", "2025-08-11T05:00:00Z"),
        (INSTANTS, "2025-08-11T04:44:59", None),
    ],
    ids=str,
)
def test_the_newest_snapshot_at_a_moment(
    tmp_path: Path, looks: dict[str, str], moment: str, newest: str | None
) -> None:
    store = Store(tmp_path)
    store.create()
    with store.database.write() as connection:
        for sheet_id, others in (("N", looks), ("S", DAYS)):
            for look, at in others.items():
                taken = TakenSnapshot(
                    sheet_id, sheet_id, look, datetime.fromisoformat(at).replace(tzinfo=UTC), "v", "c", "l", 0, (), {},
                    "f", "f", (),
                )  # fmt: skip
                store.snapshots.record(connection, taken, "run-1", datetime(2026, 1, 1, tzinfo=UTC))
    found = store.snapshots.newest_at("N", datetime.fromisoformat(moment).replace(tzinfo=UTC))
    store.database.close()
    assert (found.look if found else None) == newest
