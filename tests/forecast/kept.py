"""A forecast that is kept without a history, for tests of what is shown of one."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import polars as pl

from audit_core.forecast.make import SCHEMA
from audit_core.store.forecasts import Forecasts
from audit_core.workspace import Workspace

MADE: Final = datetime(2025, 8, 7, 10, tzinfo=UTC)
TOLD: Final = "3 rows of open weeks ranked."
FACTS: Final[dict[str, Any]] = {
    "speaks": True, "reason": None, "as_of": "2025-08-08T05:00:00+00:00", "weeks_trained": 5, "weeks_held_out": 3,
    "rows_open": 3, "lift_top_decile": 2.5, "lift_low": 1.5, "lift_high": 3.5, "base_rate": 0.125, "late_entries": 2,
    "mass_rows": 0, "unsure_rows": 0, "rows_to_come": 0, "simulated": False,
}  # fmt: skip


def ranked(row_id: str, foreman: str | None, every: int, cents: int | None, sheet: str = "North") -> dict[str, Any]:
    """A line of the week 2025-08-10."""
    return {
        "sheet_id": sheet, "sheet_name": sheet, "row_id": row_id, "work_request": "71891012", "foreman": foreman,
        "week_ending": date(2025, 8, 10), "hours_to_lock": 72.0, "score": 1.0, "probability": 1 / every,
        "likelihood": f"1 in {every} of rows like these (n = 60) was corrected after the lock.",
        "reasons": ["It was entered 3 hours before the lock.", "It bills $1.00."], "price_cents": cents,
    }  # fmt: skip


LINES: Final = (ranked("70", "Foreman 03", 3, 11368), ranked("71", None, 3, None), ranked("72", "Foreman 22", 8, 5684))


def keep_forecast(workspace: Workspace, lines: Sequence[dict[str, Any]] = LINES, **facts: Any) -> None:
    """Keep it as the job does."""
    frame = pl.DataFrame(list(lines), schema=SCHEMA)
    Forecasts(workspace.store).keep(frame, FACTS | facts, TOLD, "run-f", MADE)
