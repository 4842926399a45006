"""Smartsheet as a source: one request lists all sheets with their versions, one more reads each that moved."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from audit_core.blind_spots import BlindSpot, Reason
from audit_core.changes.cells import CellRef, CellVersion, Histories
from audit_core.errors import SnapshotRefused, SourceUnavailable
from audit_core.settings.source import SmartsheetSettings
from audit_core.sources.health import Reached
from audit_core.sources.protocol import Listing, Memory, RawSnapshot, SheetVersion
from audit_core.sources.smartsheet.access import SmartsheetAccess
from audit_core.sources.smartsheet.answers import LIST_QUERY, History, Listed, Version, decoder, sheet_list
from audit_core.sources.smartsheet.client import Client, OverLimit, Purpose, Refused
from audit_core.sources.smartsheet.past import PastExports
from audit_core.sources.smartsheet.reading import SheetReader
from audit_core.sources.smartsheet.selection import Selector
from audit_core.sources.smartsheet.values import cell_text, instant_text
from audit_core.sources.smartsheet.verdicts import Trouble

_CLOCKS_APART: Final = timedelta(minutes=5)
"""Rows that were modified so much later than the server's own time are not believed to tell the time."""
_NAMES: Final = "smartsheet names"


class SmartsheetSource:
    """Sheets as they are now, with the years of exports that may lie under them as their past."""

    def __init__(self, settings: SmartsheetSettings, zone: ZoneInfo, client: Client, memory: Memory) -> None:
        self._zone, self._client, self._memory = zone, client, memory
        self._retired = {str(each) for each in settings.retired_sheet_ids}
        self._selector = Selector(settings, client, memory)
        self._reader = SheetReader(client, memory)
        self._past = PastExports(settings.history, zone)
        self._access = SmartsheetAccess(client, memory)
        self._taken: Mapping[str, str] = {}
        self._columns: dict[tuple[str, str], str] = {}

    @property
    def kind(self) -> str:
        """The `source.kind` of config.json."""
        return "smartsheet"

    def listing(self, taken: Mapping[str, str]) -> Listing:
        """What there is of the selected sheets. Raises SourceUnavailable when Smartsheet gives no list."""
        self._taken = taken
        answer = self._client.get("/sheets", sheet_list, LIST_QUERY, purpose=Purpose.LISTING)
        listed = {str(each.id): each for each in answer.value.data}
        now = answer.at or _newest(answer.value.data)
        if now is None:
            raise SourceUnavailable("Smartsheet's answer has no Date, so the time of this look is not known.")
        day = now.astimezone(self._zone).date().isoformat()
        selection = self._selector.select(listed.keys(), day)
        selected = selection.sheets - self._retired
        names = self._names(selected, listed)
        versions, explained = [], set()
        spots = [BlindSpot("", Reason.SHEET_MISSING, sentence, unread=True) for sentence in selection.unread]
        for sheet_id in sorted(selected):
            number = _number(listed[sheet_id].version) if sheet_id in listed else None
            if number is None:
                number = self._looked_for(sheet_id, names, spots)
            if number is None:
                explained.add(sheet_id)
                continue
            versions.append(self._version(sheet_id, names[sheet_id], number, day, now))
        reached = {
            each.sheet_id: Reached(each.sheet_name, known.accessLevel, known.permalink)
            if (known := listed.get(each.sheet_id))
            else Reached(each.sheet_name, "")
            for each in versions
        }
        self._access.reached(now, day, reached)
        left = taken.keys() - selected
        # out of the list as well: not left out by config.json, but gone from its folder
        vanished = {
            each for each in left - listed.keys() - self._retired if self._looked_for(each, names, spots) is None
        }
        explained |= left
        dropped = left - vanished
        for sheet_id in sorted(dropped - self._retired):
            name = names.get(sheet_id, sheet_id)
            text = f"'{name}' was read before and is no longer among the sheets, folders and workspaces of config.json."
            spots.append(BlindSpot(name, Reason.SHEET_MISSING, text))
        past, lost = self._past.listing(names)
        return Listing((*past, *versions), (*spots, *lost), frozenset(explained), frozenset(dropped))

    def fingerprint(self, version: SheetVersion) -> str:
        """SHA-256 of the frame that `read` gives; for a live sheet this reads it."""
        return self.read(version).content_sha256

    def read(self, version: SheetVersion, *, again: bool = False) -> RawSnapshot:
        """The whole sheet as it is now. SnapshotRefused when no whole answer could be had."""
        if not version.live:
            return self._past.read(version)
        listed = _listed_number(version)
        before = _number(self._taken.get(version.sheet_id, "").partition("@")[0])
        purpose = Purpose.SECOND_READ if again else Purpose.DAILY_READ if before == listed else Purpose.READ
        if version.location != _location(version.sheet_id):
            raise SnapshotRefused(f"'{version.location}' is no sheet of this source: run the sync again.")
        try:
            body, at = self._reader.read(version.sheet_id, listed, before, purpose)
        except (Refused, SnapshotRefused) as refusal:
            raise SnapshotRefused(f"'{version.sheet_name}' was not read: {refusal}") from None
        notes = list(body.notes)
        if before is not None and body.version < before:
            text = f"Smartsheet's version went back from {before} to {body.version}: an older state was restored."
            notes.append((Reason.VERSION_WENT_BACK, text))
        self._columns |= {(version.sheet_id, column.title): column.id for column in body.columns}
        return RawSnapshot(
            body.frame,
            hashlib.sha256(body.frame.write_csv().encode()).hexdigest(),
            tuple(BlindSpot(version.sheet_name, reason, text) for reason, text in notes),
            columns=body.columns,
            version=f"{body.version}@{version.version.partition('@')[2]}",
            read_at=_read_at(at or version.look_at, body.newest),
        )

    def histories(self, cells: Sequence[CellRef]) -> Histories:
        """The histories of cells, in their order, as far as the limits allow."""
        known: dict[CellRef, tuple[CellVersion, ...]] = {}
        reason = ""
        failed = 0
        for place, cell in enumerate(cells):
            column = self._columns.get((cell.sheet_id, cell.column))
            if column is None:
                failed, reason = failed + 1, f"column '{cell.column}' is not in the sheet now"
                continue
            path = f"/sheets/{cell.sheet_id}/rows/{cell.row_id}/columns/{column}/history"
            try:
                answer = self._client.get(path, decoder(History), purpose=Purpose.HISTORY, heavy=True)
            except OverLimit:
                return Histories(known, failed + len(cells) - place, "the limit of requests a minute is used up")
            except Refused as refusal:
                failed, reason = failed + 1, str(refusal)
                continue
            known[cell] = tuple(_versions(answer.value))
        return Histories(known, failed, reason)

    def requests(self) -> Mapping[str, int]:
        """Requests so far, by what they were for."""
        return {purpose.value: count for purpose, count in sorted(self._client.counts.items())}

    def access(self) -> SmartsheetAccess:
        """Who can reach the sheets, and how the token is."""
        return self._access

    def _version(self, sheet_id: str, name: str, number: int, day: str, now: datetime) -> SheetVersion:
        look = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        # the day is part of the version, so that each sheet is read whole once a day: not every change moves a version
        return SheetVersion(sheet_id, name, look, now, f"{number}@{day}", _location(sheet_id), live=True)

    def _looked_for(self, sheet_id: str, names: Mapping[str, str], spots: list[BlindSpot]) -> int | None:
        """The version of a sheet that is not in the list; None, with a blind spot, when it cannot be reached."""
        name = names.get(sheet_id, sheet_id)
        try:
            found = self._client.get(f"/sheets/{sheet_id}/version", decoder(Version), purpose=Purpose.SECOND_READ)
            return _number(found.value.version)
        except Refused as refusal:
            reason = {Trouble.DENIED: Reason.SHEET_UNSHARED, Trouble.GONE: Reason.SHEET_MISSING}.get(
                refusal.trouble, Reason.SNAPSHOT_REFUSED
            )
            spots.append(BlindSpot(name, reason, f"Sheet '{name}' ({sheet_id}) was not read: {refusal}", unread=True))
            return None

    def _names(self, selected: frozenset[str], listed: Mapping[str, Listed]) -> dict[str, str]:
        """Sheet id → the name it has, or had when it was last seen."""
        known: dict[str, str] = self._memory.recall(_NAMES) or {}
        names = known | {sheet_id: listed[sheet_id].name for sheet_id in selected if sheet_id in listed}
        if names != known:
            self._memory.remember(_NAMES, names)
        return {sheet_id: sheet_id for sheet_id in selected} | names


def _location(sheet_id: str) -> str:
    return f"Smartsheet sheet {sheet_id}"


def _number(text: int | str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _listed_number(version: SheetVersion) -> int:
    number = _number(version.version.partition("@")[0])
    if number is None:
        raise SnapshotRefused(f"'{version.sheet_name}' changed after it was listed: run the sync again.")
    return number


def _newest(listed: Sequence[Listed]) -> datetime | None:
    texts = [text for each in listed if (text := instant_text(each.modifiedAt))]
    return datetime.fromisoformat(max(texts)).astimezone(UTC) if texts else None


def _read_at(server: datetime, newest: datetime | None) -> datetime:
    """When a sheet was read: the server's time, or the newest row's where that is a little later."""
    return newest if newest and server < newest <= server + _CLOCKS_APART else server


def _versions(history: History) -> list[CellVersion]:
    found = []
    for entry in history.data:
        who = (entry.modifiedBy.email or entry.modifiedBy.name) if entry.modifiedBy else None
        at = datetime.fromisoformat(instant_text(entry.modifiedAt) or "").astimezone(UTC)
        found.append(CellVersion(cell_text(entry.value), who, at))
    return found
