"""What is read back of a look that was just recorded."""

from pathlib import Path

import polars as pl

from audit_core.store.judged import JUDGED, Judged
from audit_core.store.ledger import append
from audit_core.store.store import Store


def recorded(*events: tuple[str, int | None, float | None]) -> pl.DataFrame:
    """Events of these kinds, incidents and risks."""
    rows = [
        {"kind": kind, "incident_id": incident, "risk_score": risk, "timestamp": "2026-01-01T00:00:00+00:00"}
        for kind, incident, risk in events
    ]
    return pl.DataFrame(rows, schema_overrides={"incident_id": pl.Int64, "risk_score": pl.Float64})


def test_a_look_is_read_back_with_the_whole_of_each_incident_that_it_joined(tmp_path: Path) -> None:
    store = Store(tmp_path / "data")
    store.create()
    judged = Judged(store.database)
    with store.database.write() as connection:
        append(connection, recorded(("change", 1, 0.2), ("change", None, 0.3), ("finding", 2, 0.4)))
        append(connection, recorded(("action", None, None), ("change", 1, 0.9), ("change", None, 0.1)))
    assert judged.since(0).equals(judged.events())
    fresh = judged.since(3)
    assert fresh["event_id"].to_list() == [1, 5, 6]
    assert dict(fresh.schema) == JUDGED
    assert judged.since(6).is_empty()
    store.database.close()
