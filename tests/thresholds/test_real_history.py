"""The budget on real lines: thirteen weeks of work on them, through the whole pipe."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from audit_core.thresholds.alerts import alerts, rises
from audit_core.thresholds.desk import history_now
from audit_core.thresholds.history import history
from audit_core.thresholds.limits import Budget, Limits
from audit_core.thresholds.volume import cutoff_for
from audit_core.workspace import Workspace
from benchmarks.detection.pipe import record
from benchmarks.detection.trial import FIRST_LOOK, Size, make

NOW = datetime(2026, 1, 5, tzinfo=UTC)
# whole weeks: the trial repeats a block of eight, busy and quiet, and four after the ninth hold some of either
PAST, NEXT = 9, 4


@pytest.mark.soak
def test_the_next_four_weeks_of_real_lines_keep_to_the_budget(tmp_path: Path) -> None:
    workspace = Workspace.open(record(make(1, 0.005, Size(1 + PAST + NEXT, 1)), tmp_path))
    until = FIRST_LOOK + timedelta(weeks=1 + PAST)
    with closing(workspace.store.database):
        told, scored = history_now(workspace, NOW)
        recorded = history(workspace.store, workspace.settings.zone, NOW.date()).events
    coming = recorded.filter((pl.col("day") >= until) & (pl.col("day") < until + timedelta(weeks=NEXT)))
    shares = {}
    for per_day in (2, 3):
        budget = Budget(per_day, 1, 5)
        known = rises(told.events.filter(pl.col("day") < until)), told.look_days.filter(told.look_days < until)
        raised = alerts(rises(coming), Limits(cutoff_for(*known, budget), 1.0)).height
        shares[per_day] = raised / NEXT / budget.per_week
    print(scored, shares)
    assert all(abs(share - 1) <= 0.3 for share in shares.values()), shares
