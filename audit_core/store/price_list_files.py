"""The files of price lists that were uploaded, each named by its SHA-256."""

import sqlite3
from pathlib import Path
from typing import Final

from audit_core.store.files import check_file

PRICE_LIST: Final = "price_list"
"""The kind (and subject) of the decisions about them."""


def price_list_file(sha256: str) -> str:
    """The file's name in a data folder."""
    return f"price_lists/{sha256}.csv"


def uploaded(connection: sqlite3.Connection) -> list[str]:
    """The SHA-256 of every file that decisions name."""
    rows = connection.execute(
        "SELECT DISTINCT json_extract(content, '$.sha256') FROM decisions WHERE kind = ? ORDER BY 1", (PRICE_LIST,)
    )
    return [row[0] for row in rows]


def check_price_list(data_dir: Path, sha256: str) -> None:
    """Raise VerificationFailed unless the file is there and is the one that was uploaded."""
    check_file(data_dir / price_list_file(sha256), sha256, "The price list", "uploaded")


def check_price_lists(connection: sqlite3.Connection, data_dir: Path) -> None:
    """Check every file that decisions name. Raises VerificationFailed with the first that is not as it was."""
    for sha256 in uploaded(connection):
        check_price_list(data_dir, sha256)
