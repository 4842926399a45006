"""Sync: every look not yet taken, in order; each is judged and committed as a whole, or leaves no trace.

A failed read never moves a baseline: the next look is compared with the last snapshot that was really taken.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta

from audit_core import written
from audit_core.blind_spots import BlindSpot, Reason
from audit_core.changes.transitions import RECALCULATED_WITHIN_S, price_formulas
from audit_core.errors import SnapshotRefused, SourceUnavailable
from audit_core.mappings.kept import TitleDecisions
from audit_core.sheets import Sheet, map_titles, read_sheet
from audit_core.sheets.marks import titles_of
from audit_core.sources.protocol import Listing, RawSnapshot, SheetColumn, SheetVersion
from audit_core.store.closed import require_open
from audit_core.store.former import Former
from audit_core.store.snapshots import Refusal, TakenSnapshot
from audit_core.syncing.baseline import Baselines
from audit_core.syncing.committing import Committer, Read
from audit_core.syncing.counters import Counters
from audit_core.syncing.plausible import agrees, shrunk, sign_of_a_cut
from audit_core.syncing.sharing import record_shares
from audit_core.workspace import Workspace


class Sync:
    """One run of sync. `now` is asked when something is recorded; no decision depends on it."""

    def __init__(self, workspace: Workspace, run_id: str, now: Callable[[], datetime]) -> None:
        self._settings = workspace.settings
        self._source = workspace.source()
        self._store = workspace.store
        self._run_id = run_id
        self._now = now
        self._prices = workspace.prices()
        self._in_force = workspace.in_force()
        self._title_decisions = TitleDecisions(workspace.store)
        self._baselines = Baselines(self._store.snapshots, self._settings.zone)
        self.counters = Counters()
        self._committer = Committer(workspace, self._source, self._baselines, self._prices, run_id, now, self.counters)

    def run(self) -> Counters:
        """Take every look that is new.

        Raises SourceUnavailable when nothing could be listed, ConfigError where the record goes on in another folder or
        the signing key is missing.
        """
        require_open(self._store.database)
        self._store.require_key()
        counters = self.counters
        access = self._source.access()
        try:
            self._run()
            if access:  # when all looks are committed: what follows is not worth a look
                access.probe()
                counters.blind_spots += record_shares(access, self._store)
        finally:
            if access:
                counters.blind_spots += access.note(self._now())
            counters.requests = dict(self._source.requests())
            counters.api_requests = sum(counters.requests.values())
        return counters

    def _run(self) -> None:
        counters, began = self.counters, self._now()
        self._store.settings_versions.use(self._in_force, self._run_id, began)
        latest = self._store.snapshots.latest()
        listing = self._source.listing({sheet_id: taken.version for sheet_id, taken in latest.items()})
        counters.blind_spots += listing.blind_spots
        new, failed, idle = self._sort_out(listing)
        failed |= {spot.sheet for spot in listing.blind_spots if spot.unread}
        changed: set[str] = set()
        missed: set[str] = set()
        for look in sorted(new):
            took, refused, altered = self._take(look, new[look])
            counters.looks += bool(took)
            failed |= refused
            changed |= altered
            idle -= took
            missed |= {version.sheet_id for version in new[look]} - took
        for taken in self._store.snapshots.latest().values():
            if taken.sheet_id in idle:
                counters.blind_spots += taken.blind_spots
        if self._prices is None:
            counters.blind_spots.append(
                BlindSpot(
                    "",
                    Reason.RULE_NOT_RUN,
                    "No price list is configured (rates), so prices are only compared with each other.",
                )
            )
        counters.sheets_checked = len({version.sheet_id for version in listing.versions})
        counters.sheets_changed = len(changed)
        counters.sheets_failed = len(failed)
        self._unless_blind(listing, failed, missed)
        self._store.callbacks.settle(began, listing.reached - missed, listing.wanted)

    def _unless_blind(self, listing: Listing, failed: Set[str], missed: Set[str]) -> None:
        """Raise SourceUnavailable when nothing of what was to be read could be read."""
        nothing = not listing.versions and not self._store.snapshots.latest()
        live = {version.sheet_id for version in listing.versions if version.live}
        if failed and not self.counters.looks and (nothing or (live and live <= missed)):
            first = next(spot for spot in self.counters.blind_spots if spot.unread)
            raise SourceUnavailable(f"Nothing could be read: {first.detail}")

    def _sort_out(self, listing: Listing) -> tuple[Mapping[str, list[SheetVersion]], set[str], set[str]]:
        """(new versions by look, names of sheets that failed, ids of sheets with nothing new)."""
        latest = self._store.snapshots.latest()
        former = Former(self._store.database).looks()
        listed = {version.sheet_id for version in listing.versions} | listing.explained
        newest = max((taken.look for taken in latest.values() if "T" in taken.look), default="")
        new: dict[str, list[SheetVersion]] = defaultdict(list)
        failed: set[str] = set()
        for version in listing.versions:
            if version.live:
                last = latest.get(version.sheet_id)
                if last is None or self._has_news(version, last):
                    look = _later(version.look, newest)
                    new[look].append(replace(version, look=look))
                continue
            old = self._store.snapshots.at(version.sheet_id, version.look) or former.get(version.sheet_id, {}).get(
                version.look
            )
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
        last = self._store.snapshots.newest(version.sheet_id)
        unread = first or last is None or last.look < version.look
        self.counters.blind_spots.append(BlindSpot(version.sheet_name, reason, detail, unread=unread))
        return {version.sheet_name} if unread else set()

    def _take(self, look: str, versions: Sequence[SheetVersion]) -> tuple[set[str], set[str], set[str]]:
        """(ids of sheets taken, names of sheets refused, ids of sheets changed) in one look."""
        reads: list[Read] = []
        refused: set[str] = set()
        for version in versions:
            file, digest = None, f"unread: {version.version}" if version.live else None
            last = self._store.snapshots.newest(version.sheet_id) if version.live else None
            try:
                raw = self._stood_still(version, last) or self._source.read(version)
                digest = raw.content_sha256
                sheet = self._understood(version, raw)
                if version.live:
                    raw, sheet = self._read_twice(version, raw, sheet)
                else:
                    self._plausible(version, raw, sheet)
            except SnapshotRefused as error:
                reason = Reason.SNAPSHOT_REFUSED
                if isinstance(error, _Implausible):
                    reason, file = Reason.SNAPSHOT_IMPLAUSIBLE, self._store.snapshots.save(raw.frame)[0]
                refused |= self._refuse(version, digest or self._digest(version), reason, str(error), file)
                continue
            reads.append(Read(version, raw, sheet))
        if not reads:
            return set(), refused, set()
        changed = self._committer.commit(look, reads)
        return {read.version.sheet_id for read in reads}, refused, changed

    def _has_news(self, version: SheetVersion, last: TakenSnapshot) -> bool:
        moved = last.version != version.version or last.sheet_name != version.sheet_name
        return moved or self._read_otherwise(last) or self._waits(version, last)

    def _read_otherwise(self, last: TakenSnapshot) -> bool:
        """Whether people have decided since the last look that a title of a live sheet means something else."""
        titles = list(dict.fromkeys((*(each.title for each in last.source_columns), *last.titles)))
        said = self._title_decisions.said(last.sheet_id, titles, last.source_columns)
        if not (said.decided or said.withdrawn):
            return False
        now, then = map_titles(titles, said.known(last.titles), said.decided), map_titles(titles, last.titles)
        settled = set(then.blind_spots(last.sheet_name)) - set(now.blind_spots(last.sheet_name))
        return now.mapping != last.titles or not settled.isdisjoint(last.blind_spots)

    def _waits(self, version: SheetVersion, last: TakenSnapshot) -> bool:
        """Whether formulas of a sheet that stood still since the last look have had the time to follow its edits."""
        if (version.look_at - last.look_at).total_seconds() < RECALCULATED_WITHIN_S:
            return False
        fresh = self._store.trail.fresh_quantities(version.sheet_id, last.look)
        if fresh.is_empty() or (sheet := self._baselines.sheet(version.sheet_id)) is None:
            return False
        return fresh.join(price_formulas(sheet), on="row_id", how="semi").height > 0

    def _stood_still(self, version: SheetVersion, last: TakenSnapshot | None) -> RawSnapshot | None:
        """What was read last, where the source says that it has not changed since; None where it must be read."""
        if last is None or last.version != version.version:
            return None
        columns = tuple(SheetColumn(*each) for each in last.source_columns)
        frame = self._store.snapshots.load(last)
        # what reading and judging tell again, perhaps otherwise, is left out
        before = self._baselines.sheet(version.sheet_id)
        told = frozenset(before.blind_spots if before else ())
        spots = tuple(spot for spot in last.blind_spots if spot not in told and spot.reason not in _TOLD_ANEW)
        return RawSnapshot(frame, last.content_sha256, spots, False, columns, last.version, version.look_at)

    def _understood(self, version: SheetVersion, raw: RawSnapshot) -> Sheet:
        """The sheet in canonical columns; what was decided about its titles stays decided, by people first of all."""
        said = self._title_decisions.said(version.sheet_id, titles_of(raw.frame.columns), raw.columns)
        known = said.known(self._baselines.known_titles(version.sheet_id, raw.columns))
        zone = self._settings.zone
        return read_sheet(raw.frame, version.sheet_id, version.sheet_name, zone, known, said.decided)

    def _digest(self, version: SheetVersion) -> str:
        """SHA-256 of a snapshot's content, or its version where not even that can be read."""
        try:
            return self._source.fingerprint(version)
        except SnapshotRefused:
            return f"unread: {version.version}"

    def _read_twice(self, version: SheetVersion, raw: RawSnapshot, sheet: Sheet) -> tuple[RawSnapshot, Sheet]:
        """A live sheet that lost many of its rows is read again at once; only both together are believed."""
        before = self._baselines.sheet(version.sheet_id)
        if before is None or not shrunk(before, sheet):
            return raw, sheet
        again = self._source.read(version, again=True)
        second = self._understood(version, again)
        if shrunk(before, second) and not agrees(before, sheet, second):
            raise _Implausible(f"'{version.sheet_name}' lost other rows when it was read again: the next sync decides.")
        return again, second

    def _plausible(self, version: SheetVersion, raw: RawSnapshot, sheet: Sheet) -> None:
        """Hold back a snapshot that looks like a cut file until the next one confirms it."""
        before = self._baselines.sheet(version.sheet_id)
        last = self._store.snapshots.newest(version.sheet_id)
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


def _later(look: str, newest: str) -> str:
    """`look`, or a second after the newest look of live sheets where the source's clock went back."""
    if look > newest:
        return look
    return (written.instant(newest) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _open_ended(spots: Sequence[BlindSpot]) -> bool:
    return any(spot.reason is Reason.FILE_OPEN_ENDED for spot in spots)


class _Implausible(SnapshotRefused):
    """The snapshot could be read, but is not believed yet."""


_TOLD_ANEW = (Reason.COLUMN_NEW, Reason.RULE_NOT_RUN, Reason.ROWS_NOT_CHECKED)
_CHANGED = "{at} is not the file that was taken: put the original back, or export under a new date."
_OLDER = "{at} is older than the last snapshot taken ({last}): looks are taken in the order of their dates."
