"""What was not looked at, and why: shown beside every result."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why something could not be read, mapped, parsed or compared."""

    SNAPSHOT_REFUSED = "snapshot refused"
    SNAPSHOT_CHANGED = "taken snapshot changed"
    SNAPSHOT_OLDER = "snapshot older than the last one taken"
    SNAPSHOT_AMBIGUOUS = "two snapshots of one date"
    SNAPSHOT_UNDATED = "no date in the file name"
    SNAPSHOT_IMPLAUSIBLE = "snapshot not plausible"
    SYNC_FAILED = "sync failed"
    SHEET_EMPTY = "sheet has no snapshot"
    SHEET_MISSING = "sheet no longer there"
    SHEET_UNSHARED = "sheet no longer shared"
    VERSION_WENT_BACK = "older state restored"
    HISTORY_NOT_ASKED = "cell history not asked"
    SHARES_NOT_READ = "shares not read"
    TOKEN_REPLACED = "token refused"
    COLUMN_UNMAPPED = "column not mapped"
    COLUMN_AMBIGUOUS = "two columns for one concept"
    COLUMN_MISSING = "column missing"
    COLUMN_TYPE_UNKNOWN = "column of an unknown type"
    COLUMN_NEW = "column first seen"
    FILE_OPEN_ENDED = "file without a last line end"
    CELLS_UNPARSED = "cells not understood"
    ROWS_SKIPPED = "rows skipped"
    RULE_NOT_RUN = "rule not run"
    ROWS_NOT_CHECKED = "rows not checked"
    MODEL_NOT_OPENED = "model not opened"


@dataclass(frozen=True, slots=True, order=True)
class BlindSpot:
    """One thing not looked at. `sheet` is the sheet's name ("" for the whole run), `detail` one sentence.

    `unread` is True when a sheet, snapshot or page that was to be read was not: the run is then partial.
    """

    sheet: str
    reason: Reason
    detail: str
    unread: bool = False

    def as_dict(self) -> dict[str, str]:
        return {"sheet": self.sheet, "reason": self.reason.value, "detail": self.detail}
