"""Which snapshots some events of the ledger speak of: those that were taken, less those that were given up."""

import json
from typing import Final

import polars as pl

from audit_core.records.thinning import THINNED, Key

_TAKEN: Final = "snapshot_taken"


class SealedSnapshots:
    """Gathered from pages of events, in their order."""

    def __init__(self) -> None:
        self._taken: dict[Key, str] = {}
        self._gone: set[Key] = set()

    def see(self, events: pl.DataFrame) -> bool:
        """Take note of what they seal. Says whether a snapshot was given up that an earlier page had taken.

        Raises ValueError, KeyError or TypeError for what no program of ours seals.
        """
        told = events.filter((pl.col("kind") == "action") & pl.col("action").is_in([_TAKEN, THINNED]))
        gave_up = False
        for action, sheet_id, look, evidence in told.select("action", "sheet_id", "look", "evidence").iter_rows():
            sealed = json.loads(evidence)
            if action == _TAKEN:
                self._taken[sheet_id, look] = sealed["file_sha256"]
            else:
                gone = {(each["sheet_id"], each["look"]) for each in sealed["snapshots"]}
                gave_up = gave_up or not gone.isdisjoint(self._taken)
                self._gone |= gone
        return gave_up

    def files(self) -> list[str]:
        """The files that must be there, as they are named in a folder of snapshots."""
        digests = {digest for key, digest in self._taken.items() if key not in self._gone}
        return sorted(f"{digest[:2]}/{digest}.parquet" for digest in digests)
