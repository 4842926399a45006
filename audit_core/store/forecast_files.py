"""The files of forecasts, each named by its SHA-256, which the event that seals the forecast tells."""

import sqlite3
from pathlib import Path
from typing import Final

from audit_core.store.files import check_file

MADE: Final = "forecast_made"
"""The action that seals a forecast."""


def forecast_file(sha256: str) -> str:
    """The file's name in a data folder."""
    return f"forecasts/{sha256}.parquet"


def sealed_forecasts(connection: sqlite3.Connection) -> list[str]:
    """The SHA-256 of every file that events name."""
    rows = connection.execute(
        """SELECT DISTINCT json_extract(evidence, '$.file_sha256') FROM audit_events
        WHERE action = ? AND kind = 'action' ORDER BY 1""",
        (MADE,),
    )
    return [row[0] for row in rows]


def check_forecast(data_dir: Path, sha256: str) -> None:
    """Raise VerificationFailed unless the file is there and is the one that was made."""
    check_file(data_dir / forecast_file(sha256), sha256, "The forecast", "made")


def check_forecasts(connection: sqlite3.Connection, data_dir: Path) -> None:
    """Check every file that events name. Raises VerificationFailed with the first that is not as it was."""
    for sha256 in sealed_forecasts(connection):
        check_forecast(data_dir, sha256)
