"""Files that are kept beside the store, each named by its SHA-256, as the record tells: backups take them along."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit_core.store.files import check_file


@dataclass(frozen=True, slots=True)
class KeptFiles:
    """The files of one kind. `place`: a file's name in a data folder around its SHA-256. `told_by`: SQL that gives the
    SHA-256 of every file that the record names. `what` and `done` say it: "The forecast … was made".
    """

    place: tuple[str, str]
    told_by: str
    what: str
    done: str

    def name(self, sha256: str) -> str:
        """The file's name in a data folder."""
        return f"{self.place[0]}{sha256}{self.place[1]}"

    def told(self, connection: sqlite3.Connection) -> list[str]:
        """The SHA-256 of every file that the record names."""
        return [row[0] for row in connection.execute(self.told_by)]

    def check(self, data_dir: Path, sha256: str) -> None:
        """Raise VerificationFailed unless the file is there and is the one that was kept."""
        check_file(data_dir / self.name(sha256), sha256, self.what, self.done)


FORECAST_MADE: Final = "forecast_made"
"""The action that seals a forecast."""

PACKET_MADE: Final = "packet_made"
"""The action that seals a packet with its files."""

PACKET_EMPTIED: Final = "packet_emptied"
"""The action that closes a packet that has no lines any more."""

ACCESS_REVIEW_MADE: Final = "access_review_made"
"""The action that seals the list of a month's access review."""

ACCESS_PACK_MADE: Final = "access_pack_made"
"""The action that seals the evidence pack of a signed access review."""

PRICE_LIST: Final = "price_list"
"""The kind (and subject) of the decisions about price lists."""


def _of_events(action: str, name: str) -> str:
    return f"""SELECT DISTINCT json_extract(evidence, '$.{name}') FROM audit_events
        WHERE action = '{action}' AND kind = 'action' ORDER BY 1"""


FORECASTS: Final = KeptFiles(
    ("forecasts/", ".parquet"), _of_events(FORECAST_MADE, "file_sha256"), "The forecast", "made"
)  # fmt: skip
PACKET_LINES: Final = KeptFiles(
    ("packets/lines/", ".parquet"), _of_events(PACKET_MADE, "lines_sha256"), "The file of a packet's lines", "kept"
)
PRICE_LISTS: Final = KeptFiles(
    ("price_lists/", ".csv"),
    f"SELECT DISTINCT json_extract(content, '$.sha256') FROM decisions WHERE kind = '{PRICE_LIST}' ORDER BY 1",
    "The price list",
    "uploaded",
)
ACCESS_LINES: Final = KeptFiles(
    ("access_reviews/", ".json"),
    _of_events(ACCESS_REVIEW_MADE, "lines_sha256"),
    "The list of an access review",
    "made",
)
ACCESS_WORKBOOKS, ACCESS_PDFS = (
    KeptFiles(
        ("access_reviews/packs/", ending),
        _of_events(ACCESS_PACK_MADE, name),
        "The evidence of an access review",
        "made",
    )
    for ending, name in ((".xlsx", "xlsx_sha256"), (".pdf", "pdf_sha256"))
)
KINDS: Final = (PRICE_LISTS, FORECASTS, PACKET_LINES, ACCESS_LINES, ACCESS_WORKBOOKS, ACCESS_PDFS)


def check_kept_files(connection: sqlite3.Connection, data_dir: Path) -> None:
    """Check every file that the record names. Raises VerificationFailed with the first that is not as it was."""
    for kind in KINDS:
        for sha256 in kind.told(connection):
            kind.check(data_dir, sha256)
