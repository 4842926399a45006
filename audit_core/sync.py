"""Sync: every look not yet taken, in order; each is judged and committed as a whole, or leaves no trace.

A failed read never moves a baseline: the next look is compared with the last snapshot that was really taken.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import polars as pl

from audit_core.baseline import Baselines
from audit_core.blind_spots import BlindSpot, Reason
from audit_core.changes.transitions import Transition, transition
from audit_core.errors import SnapshotRefused, SourceUnavailable
from audit_core.judge import Bench, judge
from audit_core.plausible import agrees, sign_of_a_cut
from audit_core.rules import RULES
from audit_core.scoring.risk import RiskSettings
from audit_core.sheets import Sheet, read_sheet
from audit_core.sheets.columns import WORK_REQUEST
from audit_core.sources.protocol import RawSnapshot, SheetVersion
from audit_core.store.snapshots import Refusal, TakenSnapshot
from audit_core.workspace import Workspace


@dataclass
class Counters:
    """What a sync reports."""

    sheets_checked: int = 0
    sheets_changed: int = 0
    sheets_failed: int = 0
    rows_checked: int = 0
    rows_added: int = 0
    rows_removed: int = 0
    cells_changed: int = 0
    events_recorded: int = 0
    incidents: int = 0
    looks: int = 0
    api_requests: int = 0
    blind_spots: list[BlindSpot] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The counters as JSON values; blind spots once each, in the order in which they were met."""
        spots = {(spot.sheet, spot.reason, spot.detail): spot.as_dict() for spot in self.blind_spots}
        return {**self.__dict__, "blind_spots": list(spots.values())}


@dataclass(frozen=True, slots=True)
class _Read:
    version: SheetVersion
    raw: RawSnapshot
    sheet: Sheet


class Sync:
    """One run of sync. `now` is asked when something is recorded; no decision depends on it."""

    def __init__(self, workspace: Workspace, run_id: str, now: Callable[[], datetime]) -> None:
        self._settings = workspace.settings
        self._source = workspace.source()
        self._store = workspace.store
        self._run_id = run_id
        self._now = now
        self._model = workspace.model()
        self._prices = workspace.prices()
        self._calendar = workspace.calendar()
        self._baselines = Baselines(self._store.snapshots, self._settings.zone)
        self.counters = Counters()

    def run(self) -> Counters:
        """Take every look that is new. Raises SourceUnavailable when nothing could be listed."""
        counters = self.counters
        listing = self._source.listing()
        counters.api_requests += listing.api_requests
        counters.blind_spots += listing.blind_spots
        new, failed, idle = self._sort_out(listing.versions)
        failed |= {spot.sheet for spot in listing.blind_spots if spot.unread}
        changed: set[str] = set()
        for look in sorted(new):
            took, refused, altered = self._take(look, new[look])
            counters.looks += bool(took)
            failed |= refused
            changed |= altered
            idle -= took
        for taken in self._store.snapshots.latest().values():
            if taken.sheet_id in idle:
                counters.blind_spots += taken.blind_spots
        if self._prices is None:
            counters.blind_spots.append(
                BlindSpot("", Reason.RULE_NOT_RUN, "No price list is configured (rates), so prices are not checked.")
            )
        counters.sheets_checked = len({version.sheet_id for version in listing.versions})
        counters.sheets_changed = len(changed)
        counters.sheets_failed = len(failed)
        if not listing.versions and failed and not self._store.snapshots.latest():
            first = next(spot for spot in listing.blind_spots if spot.unread)
            raise SourceUnavailable(f"Nothing could be read: {first.detail}")
        return counters

    def _sort_out(
        self, versions: Sequence[SheetVersion]
    ) -> tuple[Mapping[str, list[SheetVersion]], set[str], set[str]]:
        """(new versions by look, names of sheets that failed, ids of sheets with nothing new)."""
        taken = {(each.sheet_id, each.look): each for each in self._store.snapshots.all()}
        latest = self._store.snapshots.latest()
        listed = {version.sheet_id for version in versions}
        new: dict[str, list[SheetVersion]] = defaultdict(list)
        failed: set[str] = set()
        for version in versions:
            old = taken.get((version.sheet_id, version.look))
            last = latest.get(version.sheet_id)
            if old is not None:
                if old.version != version.version and (digest := self._digest(version)) != old.content_sha256:
                    failed |= self._refuse(
                        version, digest, Reason.SNAPSHOT_CHANGED, _CHANGED.format(at=version.location)
                    )
            elif last is not None and version.look <= last.look:
                failed |= self._older(version, last)
            else:
                new[version.look].append(version)
        for gone in sorted(latest.keys() - listed):
            name = latest[gone].sheet_name
            failed.add(name)
            text = (
                f"'{name}' was read before ({latest[gone].look}) and is no longer there: nothing after that is known."
            )
            self.counters.blind_spots.append(BlindSpot(name, Reason.SHEET_MISSING, text, unread=True))
        return new, failed, set(latest)

    def _older(self, version: SheetVersion, last: TakenSnapshot) -> set[str]:
        digest = self._digest(version)
        for refusal in self._store.refusals(version.sheet_id):
            if refusal.look == version.look and refusal.content_sha256 == digest:
                self.counters.blind_spots.append(BlindSpot(version.sheet_name, refusal.reason, refusal.detail))
                return set()
        return self._refuse(version, digest, Reason.SNAPSHOT_OLDER, _OLDER.format(at=version.location, last=last.look))

    def _refuse(
        self, version: SheetVersion, digest: str, reason: Reason, detail: str, file: str | None = None
    ) -> set[str]:
        """Count a refusal. It fails the sheet when it is new, or as long as nothing newer of the sheet was taken."""
        refusal = Refusal(version.sheet_id, version.look, digest, reason, detail, file)
        first = self._store.refuse(refusal, self._run_id)
        last = self._store.snapshots.latest().get(version.sheet_id)
        unread = first or last is None or last.look < version.look
        self.counters.blind_spots.append(BlindSpot(version.sheet_name, reason, detail, unread=unread))
        return {version.sheet_name} if unread else set()

    def _take(self, look: str, versions: Sequence[SheetVersion]) -> tuple[set[str], set[str], set[str]]:
        """(ids of sheets taken, names of sheets refused, ids of sheets changed) in one look."""
        reads: list[_Read] = []
        refused: set[str] = set()
        for version in versions:
            file, digest = None, None
            try:
                raw = self._source.read(version)
                digest = raw.content_sha256
                sheet = self._understood(version, raw)
                self._plausible(version, raw, sheet)
            except SnapshotRefused as error:
                reason = Reason.SNAPSHOT_REFUSED
                if isinstance(error, _Implausible):
                    reason, file = Reason.SNAPSHOT_IMPLAUSIBLE, self._store.snapshots.save(raw.frame)[0]
                refused |= self._refuse(version, digest or self._digest(version), reason, str(error), file)
                continue
            self.counters.api_requests += raw.api_requests
            reads.append(_Read(version, raw, sheet))
        if not reads:
            return set(), refused, set()
        changed = self._judge_and_commit(look, reads)
        return {read.version.sheet_id for read in reads}, refused, changed

    def _understood(self, version: SheetVersion, raw: RawSnapshot) -> Sheet:
        """The sheet in canonical columns; what was decided about its titles before stays decided."""
        before = self._baselines.sheet(version.sheet_id)
        known = before.titles.mapping if before else None
        return read_sheet(raw.frame, version.sheet_id, version.sheet_name, self._settings.zone, known)

    def _digest(self, version: SheetVersion) -> str:
        """SHA-256 of a snapshot's content, or its version where not even that can be read."""
        try:
            return self._source.fingerprint(version)
        except SnapshotRefused:
            return f"unread: {version.version}"

    def _plausible(self, version: SheetVersion, raw: RawSnapshot, sheet: Sheet) -> None:
        """Hold back a snapshot that looks like a cut file until the next one confirms it."""
        before = self._baselines.sheet(version.sheet_id)
        last = self._store.snapshots.latest().get(version.sheet_id)
        if before is None or last is None:
            return
        open_ended = _open_ended(raw.blind_spots) and not _open_ended(last.blind_spots)
        sign = sign_of_a_cut(before, sheet, may_be_cut=raw.may_be_cut, open_ended=open_ended)
        if sign is None:
            return
        waiting = [
            refusal
            for refusal in self._store.refusals(version.sheet_id)
            if refusal.file and last.look < refusal.look < version.look
        ]
        held = self._baselines.held(waiting[-1], sheet) if waiting else None
        if held is not None and agrees(before, held, sheet):
            still = sign_of_a_cut(held, sheet, may_be_cut=raw.may_be_cut, open_ended=False)
            if still is None:
                return
        raise _Implausible(
            f"{version.location} {sign} (compared with {last.look}), as a cut file would: "
            "it is taken when the next snapshot agrees."
        )

    def _judge_and_commit(self, look: str, reads: Sequence[_Read]) -> set[str]:
        counters = self.counters
        moves, spots = [], {}
        for read in reads:
            step, notes = self._baselines.step(read.sheet, read.version.look_at)
            moves.append(transition(step, self._calendar))
            spots[read.version.sheet_id] = (*read.raw.blind_spots, *read.sheet.blind_spots, *notes)
        look_at = max(read.version.look_at for read in reads)
        judgement = judge(self._look_day(look, look_at), moves, self._bench(moves))
        for spot in judgement.blind_spots:
            sheet_id = next(read.version.sheet_id for read in reads if read.version.sheet_name == spot.sheet)
            spots[sheet_id] = (*spots[sheet_id], spot)
        taken = [self._taken(read, spots[read.version.sheet_id]) for read in reads]
        recorded = self._store.commit_look(self._run_id, self._now(), look, taken, judgement)
        self._store.keep_anchor(self._run_id, self._now())
        for read in reads:
            self._baselines.moved(read.sheet)
            counters.rows_checked += read.sheet.cells.height
            counters.blind_spots += spots[read.version.sheet_id]
        counters.rows_added += judgement.rows_added
        counters.rows_removed += judgement.rows_removed
        counters.cells_changed += judgement.cells_changed
        counters.events_recorded += recorded
        counters.incidents += judgement.incidents.height
        return set(judgement.events.filter(judgement.events["event_kind"] == "change")["sheet_id"])

    def _look_day(self, look: str, look_at: datetime) -> date:
        """The business day of a look: the date it is named by, else that of its instant."""
        try:
            return date.fromisoformat(look)
        except ValueError:
            return look_at.astimezone(self._settings.zone).date()

    def _bench(self, moves: Sequence[Transition]) -> Bench:
        rules, settings = self._settings.rules, self._settings
        here = {move.step.sheet_id for move in moves}
        restored = [self._store.last_old_values(move.step.sheet_id, move.changes["row_id"]) for move in moves]
        return Bench(
            rules=[rule for rule in RULES if rule.name not in rules.off],
            prices=self._prices,
            risk=RiskSettings(float(rules.critical_money), float(rules.late_critical_days)),
            mass_rows=settings.incidents.mass_rows,
            model=self._model,
            known={sheet_id: self._store.known_hits(sheet_id) for sheet_id in here},
            put_back=pl.concat(restored),
            other_lines=self._baselines.line_counts(WORK_REQUEST, excluding=here),
        )

    def _taken(self, read: _Read, spots: Sequence[BlindSpot]) -> TakenSnapshot:
        name, digest = self._store.snapshots.save(read.raw.frame)
        version = read.version
        return TakenSnapshot(
            version.sheet_id,
            version.sheet_name,
            version.look,
            version.look_at,
            version.version,
            read.raw.content_sha256,
            version.location,
            read.sheet.cells.height,
            tuple(column for column in read.sheet.cells.columns if column != "row_id"),
            read.sheet.titles.mapping,
            name,
            digest,
            tuple(replace(spot, unread=False) for spot in dict.fromkeys(spots)),
            version.simulated,
        )


def _open_ended(spots: Sequence[BlindSpot]) -> bool:
    return any(spot.reason is Reason.FILE_OPEN_ENDED for spot in spots)


class _Implausible(SnapshotRefused):
    """The snapshot could be read, but is not believed yet."""


_CHANGED = "{at} is not the file that was taken: put the original back, or export under a new date."
_OLDER = "{at} is older than the last snapshot taken ({last}): looks are taken in the order of their dates."
