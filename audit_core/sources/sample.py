"""The sample sheets that come with the project: real billing lines with names and numbers replaced, and a simulated
month on top of them that says so wherever it shows."""

import hashlib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.errors import SnapshotRefused
from audit_core.settings import SAMPLE_RATES
from audit_core.sources.exports import ExportsSource
from audit_core.sources.protocol import Listing, RawSnapshot, SheetVersion
from audit_core.sources.simulation import EDITION, LAST_REAL_LOOK, LOOKS, Month, simulate
from audit_core.sources.snapshot_files import end_of_day

SAMPLE_FOLDER = Path(__file__).resolve().parents[2] / "sample_data" / "field_billing"
_MONTH = "simulated month"


class SampleSource(ExportsSource):
    """The project's own exports folder and what is made up from it, so that a fresh clone has something to look at."""

    def __init__(self, time_zone: ZoneInfo) -> None:
        super().__init__(SAMPLE_FOLDER, time_zone)
        self._zone = time_zone

    @property
    def kind(self) -> str:
        """The `source.kind` of config.json."""
        return "sample"

    def listing(self, taken: Mapping[str, str]) -> Listing:
        """The real files, then the simulated looks, which need not be made to be listed."""
        real = super().listing(taken)
        sheets = [version.sheet_name for version in real.versions if version.look == LAST_REAL_LOOK.isoformat()]
        made = tuple(self._simulated(sheet, day) for day in LOOKS for sheet in sheets)
        return Listing((*real.versions, *made), real.blind_spots)

    def fingerprint(self, version: SheetVersion) -> str:
        """SHA-256 of the file's bytes, or of a simulated frame as CSV."""
        return _digest(self._frame(version)) if _is_simulated(version) else super().fingerprint(version)

    def read(self, version: SheetVersion, *, again: bool = False) -> RawSnapshot:
        """A real file as any export, a simulated look from the month that is made once a process."""
        if not _is_simulated(version):
            return super().read(version, again=again)
        frame = self._frame(version)
        return RawSnapshot(frame, _digest(frame))

    def _simulated(self, sheet: str, day: date) -> SheetVersion:
        return SheetVersion(
            sheet_id=sheet,
            sheet_name=sheet,
            look=day.isoformat(),
            look_at=end_of_day(day, self._zone),
            version=f"simulation {EDITION}",
            location=f"{_MONTH}/{sheet}/{day}",
            simulated=True,
        )

    def _frame(self, version: SheetVersion) -> pl.DataFrame:
        sheet, _, look = version.location.removeprefix(f"{_MONTH}/").rpartition("/")
        frame = simulated_month().frames.get((sheet, look))
        if frame is None or (sheet, look) != (version.sheet_id, version.look):
            raise SnapshotRefused(f"{version.location} is no look of the simulated month: run the sync again.")
        if version.version != f"simulation {EDITION}":
            raise SnapshotRefused(f"{version.location} changed after it was listed: run the sync again.")
        return frame


@cache
def simulated_month() -> Month:
    """The month made from the last real look of both sheets; two seconds the first time."""
    source = ExportsSource(SAMPLE_FOLDER, ZoneInfo("UTC"))
    last = [version for version in source.listing({}).versions if version.look == LAST_REAL_LOOK.isoformat()]
    sheets = {version.sheet_name: source.read(version).frame for version in last}
    return simulate(sheets, pl.read_csv(SAMPLE_RATES, infer_schema_length=0))


def _is_simulated(version: SheetVersion) -> bool:
    return version.location.startswith(f"{_MONTH}/")


def _digest(frame: pl.DataFrame) -> str:
    return hashlib.sha256(frame.write_csv().encode()).hexdigest()
