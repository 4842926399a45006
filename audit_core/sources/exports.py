"""A folder of exported sheets: every sub-folder a sheet, every dated .csv or .xlsx in it a snapshot."""

import hashlib
import os
import stat
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from audit_core.blind_spots import BlindSpot, Reason
from audit_core.changes.cells import CellRef, Histories
from audit_core.errors import ConfigError, SnapshotRefused, SourceUnavailable
from audit_core.sources.csv_export import parse_csv
from audit_core.sources.protocol import Listing, RawSnapshot, SheetVersion
from audit_core.sources.snapshot_files import (
    ALMOST,
    READABLE,
    date_in,
    end_of_day,
    is_lost_snapshot,
    is_text,
    shown_name,
    version_of,
    why,
)
from audit_core.sources.snapshot_frame import snapshot_frame
from audit_core.sources.xlsx_export import parse_xlsx

MAX_BYTES = 200_000_000
"""Nothing larger is brought into memory; each format has its own, tighter sentence below that."""

_PARSERS = {".csv": parse_csv, ".xlsx": parse_xlsx}


class ExportsSource:
    """Snapshots exported by hand or by Smartsheet's own schedule into one folder."""

    def __init__(self, path: Path, time_zone: ZoneInfo, row_id: str = "Row ID") -> None:
        self._root = path
        self._time_zone = time_zone
        self._row_id = row_id

    @property
    def kind(self) -> str:
        """The `source.kind` of config.json."""
        return "exports"

    def listing(self, taken: Mapping[str, str]) -> Listing:  # noqa: ARG002 - the protocol's
        """Every snapshot by date, then sheet. ConfigError without a folder, SourceUnavailable if it cannot be read."""
        try:
            if not self._root.is_dir():
                what = "is not a folder" if self._root.exists() else "does not exist"
                raise ConfigError(
                    f"source.path: '{self._root}' {what}; expected a folder with one sub-folder for each sheet."
                )
            entries = sorted(self._root.iterdir())
            folders = [entry for entry in entries if not entry.name.startswith(".") and entry.is_dir()]
        except OSError as error:
            raise SourceUnavailable(f"source.path: '{self._root}' cannot be read now ({why(error)}).") from error
        versions: list[SheetVersion] = []
        spots = [_astray(entry) for entry in entries if entry not in folders and is_lost_snapshot(entry)]
        for folder in folders:
            listed, unlisted = self._sheet(folder)
            versions += listed
            spots += unlisted
        if not folders:
            detail = (
                f"'{self._root}' has no sub-folders: put each sheet's snapshots into a folder named after the sheet."
            )
            spots.append(BlindSpot("", Reason.SHEET_EMPTY, detail, unread=True))
        return Listing(tuple(sorted(versions, key=lambda version: (version.look, version.sheet_id))), tuple(spots))

    def fingerprint(self, version: SheetVersion) -> str:
        """SHA-256 of the file's bytes."""
        return hashlib.sha256(self._bytes(version)).hexdigest()

    def read(self, version: SheetVersion, *, again: bool = False) -> RawSnapshot:  # noqa: ARG002 - the protocol's
        """The whole file, parsed from the same bytes that are hashed. SnapshotRefused when it cannot be taken."""
        data = self._bytes(version)
        suffix = Path(version.location).suffix.lower()
        parse = _PARSERS[suffix]
        frame, notes = snapshot_frame(parse(data, version.location), self._row_id, version.location)
        spots = tuple(BlindSpot(version.sheet_name, note.reason, note.detail) for note in notes)
        return RawSnapshot(frame, hashlib.sha256(data).hexdigest(), spots, may_be_cut=suffix == ".csv")

    def histories(self, cells: Sequence[CellRef]) -> Histories:  # noqa: ARG002 - the protocol's
        """Nothing: an export knows only its rows' system columns, and those are in the frame."""
        return Histories()

    def requests(self) -> Mapping[str, int]:
        """None: files are read."""
        return {}

    def access(self) -> None:
        """None: a folder of files says nothing of who can reach a sheet."""

    def _sheet(self, folder: Path) -> tuple[list[SheetVersion], list[BlindSpot]]:
        """The snapshots of one sheet, and the files that look like one but cannot be listed."""
        name = folder.name
        if not is_text(name):
            spot = BlindSpot(
                "",
                Reason.SNAPSHOT_REFUSED,
                f"Folder {os.fsencode(name)!r} has a name that is not UTF-8: rename it.",
                True,
            )
            return [], [spot]
        if fault := self._escapes(folder):
            return [], [BlindSpot(name, Reason.SNAPSHOT_REFUSED, f"Folder '{name}' {fault}", unread=True)]
        try:
            files = sorted(file for file in folder.iterdir() if not file.name.startswith((".", "~$")))
        except OSError as error:
            detail = f"Folder '{name}' cannot be read ({why(error)}): give this program the right to read it."
            return [], [BlindSpot(name, Reason.SNAPSHOT_REFUSED, detail, unread=True)]
        spots: list[BlindSpot] = []
        by_date: dict[date, list[SheetVersion]] = {}
        for file in files:
            found = self._version(file)
            if isinstance(found, BlindSpot):
                spots.append(found)
            elif found is not None:
                by_date.setdefault(date.fromisoformat(found.look), []).append(found)
        for day, versions in by_date.items():
            if len(versions) > 1:
                named = " and ".join(f"'{version.location}'" for version in versions)
                detail = f"{named} are of one date, {day}: neither is read; keep one of them."
                spots.append(BlindSpot(name, Reason.SNAPSHOT_AMBIGUOUS, detail, unread=True))
        if not by_date:
            detail = f"Folder '{name}' has no snapshot: put a .csv or .xlsx with its date in the name into it."
            spots.append(BlindSpot(name, Reason.SHEET_EMPTY, detail, unread=True))
        return [versions[0] for versions in by_date.values() if len(versions) == 1], spots

    def _version(self, file: Path) -> SheetVersion | BlindSpot | None:
        """The snapshot in `file`, why it cannot be listed, or None for a file that is none of our business."""
        sheet, suffix = file.parent.name, file.suffix.lower()
        if suffix not in READABLE and suffix not in ALMOST:
            return None
        shown = shown_name(file.name)
        if suffix in ALMOST:
            detail = f"{sheet}/{shown} is not read: save as .xlsx or .csv and put that in its place."
            return BlindSpot(sheet, Reason.SNAPSHOT_REFUSED, detail, unread=True)
        day = date_in(file.name)
        if day is None:
            detail = f"{sheet}/{shown} has no single date in its name: put the day of its export into it as YYYY-MM-DD."
            return BlindSpot(sheet, Reason.SNAPSHOT_UNDATED, detail, unread=True)
        if not is_text(file.name):
            detail = f"{sheet}/{shown} has a name that is not UTF-8: rename it."
            return BlindSpot(sheet, Reason.SNAPSHOT_REFUSED, detail, unread=True)
        try:
            state = file.stat()
        except OSError as error:
            detail = f"{sheet}/{shown} cannot be read ({why(error)}): put the file back or delete it."
            return BlindSpot(sheet, Reason.SNAPSHOT_REFUSED, detail, unread=True)
        fault = self._escapes(file) or (None if stat.S_ISREG(state.st_mode) else "is no file: remove it.")
        if fault:
            return BlindSpot(sheet, Reason.SNAPSHOT_REFUSED, f"{sheet}/{shown} {fault}", unread=True)
        return SheetVersion(
            sheet_id=sheet,
            sheet_name=sheet,
            look=day.isoformat(),
            look_at=end_of_day(day, self._time_zone),
            version=version_of(state),
            location=f"{sheet}/{file.name}",
        )

    def _escapes(self, entry: Path) -> str | None:
        try:
            inside = entry.resolve(strict=True).is_relative_to(self._root.resolve())
        except (OSError, RuntimeError):
            return "is a link that leads nowhere: remove it, or put the file itself there."
        return None if inside else "is a link out of the source folder: put the file itself there."

    def _bytes(self, version: SheetVersion) -> bytes:
        """The file behind `version`, if it is still the one that was listed."""
        where = version.location
        file = self._root / where
        known = (
            self._version(file) if file.parent.parent == self._root and file.parent.name == version.sheet_id else None
        )
        if not isinstance(known, SheetVersion):
            raise SnapshotRefused(f"{where} is no snapshot of this source (any more): run the sync again.")
        if known.version != version.version or known.look != version.look:
            raise SnapshotRefused(f"{where} changed after it was listed: run the sync again.")
        try:
            with file.open("rb") as stream:
                size = os.fstat(stream.fileno()).st_size
                if size > MAX_BYTES:
                    raise SnapshotRefused(
                        f"{where} has {size:,} bytes, the limit is {MAX_BYTES:,}: export a smaller sheet."
                    )
                data = stream.read()
                after = os.fstat(stream.fileno())
        except OSError as error:
            raise SnapshotRefused(
                f"{where} cannot be read ({why(error)}): check the file and run the sync again."
            ) from error
        if version_of(after) != version.version or len(data) != after.st_size:
            raise SnapshotRefused(f"{where} changed while it was read: run the sync again.")
        return data


def _astray(entry: Path) -> BlindSpot:
    detail = (
        f"'{shown_name(entry.name)}' lies in no sheet's folder and is not read: move it into the folder of its sheet."
    )
    return BlindSpot("", Reason.SNAPSHOT_REFUSED, detail, unread=True)
