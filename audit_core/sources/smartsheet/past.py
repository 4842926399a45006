"""Exports of former months as the past of live sheets: looked at before the first live look, under the same id."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from audit_core.blind_spots import BlindSpot
from audit_core.settings.source import PastSettings
from audit_core.sources.exports import ExportsSource
from audit_core.sources.protocol import RawSnapshot, SheetVersion


class PastExports:
    """Folders of exported files, each of one live sheet."""

    def __init__(self, settings: Sequence[PastSettings], zone: ZoneInfo) -> None:
        self._folders = {str(each.sheet_id): each.path for each in settings}
        self._sources = {str(each.sheet_id): ExportsSource(each.path.parent, zone, each.row_id) for each in settings}

    def listing(self, names: Mapping[str, str]) -> tuple[list[SheetVersion], list[BlindSpot]]:
        """Every exported snapshot under its sheet's id and name, oldest first, and what cannot be listed."""
        versions: list[SheetVersion] = []
        spots: list[BlindSpot] = []
        for sheet_id, source in self._sources.items():
            folder = self._folders[sheet_id].name
            name = names.get(sheet_id, sheet_id)
            listing = source.listing({})
            versions += [
                replace(each, sheet_id=sheet_id, sheet_name=name)
                for each in listing.versions
                if each.sheet_id == folder
            ]
            spots += [replace(spot, sheet=name) for spot in listing.blind_spots if spot.sheet == folder]
        return sorted(versions, key=lambda each: (each.look, each.sheet_id)), spots

    def read(self, version: SheetVersion) -> RawSnapshot:
        """One exported file."""
        folder = self._folders[version.sheet_id].name
        read = self._sources[version.sheet_id].read(replace(version, sheet_id=folder, sheet_name=folder))
        return replace(read, blind_spots=tuple(replace(spot, sheet=version.sheet_name) for spot in read.blind_spots))
