"""The files of lines of packets, each named by its SHA-256, which the event that seals the packet tells."""

import sqlite3
from pathlib import Path
from typing import Final

from audit_core.store.files import check_file

MADE: Final = "packet_made"
"""The action that seals a packet with its files."""

EMPTIED: Final = "packet_emptied"
"""The action that closes a packet that has no lines any more."""


def lines_file(sha256: str) -> str:
    """The file's name in a data folder."""
    return f"packets/lines/{sha256}.parquet"


def sealed_lines(connection: sqlite3.Connection) -> list[str]:
    """The SHA-256 of every file that events name."""
    rows = connection.execute(
        """SELECT DISTINCT json_extract(evidence, '$.lines_sha256') FROM audit_events
        WHERE action = ? AND kind = 'action' ORDER BY 1""",
        (MADE,),
    )
    return [row[0] for row in rows]


def check_lines(data_dir: Path, sha256: str) -> None:
    """Raise VerificationFailed unless the file is there and is the one that was kept."""
    check_file(data_dir / lines_file(sha256), sha256, "The file of a packet's lines", "kept")


def check_packet_lines(connection: sqlite3.Connection, data_dir: Path) -> None:
    """Check every file that events name. Raises VerificationFailed with the first that is not as it was."""
    for sha256 in sealed_lines(connection):
        check_lines(data_dir, sha256)
