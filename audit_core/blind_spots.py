"""What was not looked at, and why: shown beside every result."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


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


CURE: Final[Mapping[Reason, str]] = {
    Reason.SNAPSHOT_REFUSED: "Mend or export again what the sentence names; the next sync reads it.",
    Reason.SNAPSHOT_CHANGED: "Put the original file back, or export under a new date.",
    Reason.SNAPSHOT_OLDER: "Nothing, if the date is right: looks are taken in the order of their dates.",
    Reason.SNAPSHOT_AMBIGUOUS: "Keep one of the files.",
    Reason.SNAPSHOT_UNDATED: "Put the day of the export into the name of the file, as YYYY-MM-DD.",
    Reason.SNAPSHOT_IMPLAUSIBLE: "Nothing, if it is right: the next look confirms it. Else export again.",
    Reason.SYNC_FAILED: "Do what the sentence says, then run the sync again.",
    Reason.SHEET_EMPTY: "Put a file with its date in the name into the folder.",
    Reason.SHEET_MISSING: "Put it back; if it is gone for good, take it out of config.json.",
    Reason.SHEET_UNSHARED: "Ask its owner to share it with the token's user again.",
    Reason.VERSION_WENT_BACK: "Ask whoever keeps the sheet; what it held before is in the snapshots.",
    Reason.HISTORY_NOT_ASKED: "Nothing: the changes are recorded, only their writers are less sure.",
    Reason.SHARES_NOT_READ: "Let the token's user see who the sheet is shared with; it is tried again tomorrow.",
    Reason.TOKEN_REPLACED: "Move the new token into the variable of the old one.",
    Reason.COLUMN_UNMAPPED: "Map it by hand or set it aside, under Sources.",
    Reason.COLUMN_AMBIGUOUS: "Say under Sources which one is the column, or rename the other in the sheet.",
    Reason.COLUMN_MISSING: "Map the column that holds it by hand, under Sources, or rename it back in the sheet.",
    Reason.COLUMN_TYPE_UNKNOWN: "Check that its cells look right here; else tell whoever keeps this program.",
    Reason.COLUMN_NEW: "Nothing: it is compared from the next look on.",
    Reason.FILE_OPEN_ENDED: "Take the file as it was exported, not saved by another program.",
    Reason.CELLS_UNPARSED: "Write a value into the cells that the sentence shows, or mend their formula.",
    Reason.ROWS_SKIPPED: "Fill in what the rows lack.",
    Reason.RULE_NOT_RUN: "Map the column that the rule lacks, or name a price list (rates).",
    Reason.ROWS_NOT_CHECKED: "Complete the price list, under Sources.",
    Reason.MODEL_NOT_OPENED: "Bring its files back from a backup, retrain, or switch it on again: see Operations.",
}
"""What a person can do about each."""
