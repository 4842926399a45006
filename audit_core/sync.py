"""Sync: every look not yet taken, in order; each is judged and committed as a whole, or leaves no trace.

A failed read never moves a baseline: the next look is compared with the last snapshot that was really taken.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from audit_core.attribution import answers, by_callbacks, refs, retold, worth_asking
from audit_core.baseline import Baselines
from audit_core.blind_spots import BlindSpot, Reason
from audit_core.changes.transitions import RECALCULATED_WITHIN_S, Transition, price_formulas, transition
from audit_core.errors import SnapshotRefused, SourceUnavailable
from audit_core.judge import Bench, Judgement, judge
from audit_core.plausible import agrees, shrunk, sign_of_a_cut
from audit_core.rules import RULES
from audit_core.scoring.risk import RiskSettings
from audit_core.sharing import record_shares
from audit_core.sheets import Sheet, read_sheet
from audit_core.sheets.columns import WORK_REQUEST
from audit_core.sources.protocol import Listing, RawSnapshot, SheetColumn, SheetVersion
from audit_core.store.snapshots import Refusal, SourceColumn, TakenSnapshot
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
    requests: dict[str, int] = field(default_factory=dict)
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

    @property
    def look_at(self) -> datetime:
        """When it was really read, by its source's clock."""
        return self.raw.read_at or self.version.look_at


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
        latest = self._store.snapshots.latest()
        listing = self._source.listing({sheet_id: taken.version for sheet_id, taken in latest.items()})
        counters.blind_spots += listing.blind_spots
        new, failed, idle = self._sort_out(listing)
        failed |= {spot.sheet for spot in listing.blind_spots if spot.unread}
        changed: set[str] = set()
        seen = set(idle)
        for look in sorted(new):
            took, refused, altered = self._take(look, new[look])
            counters.looks += bool(took)
            failed |= refused
            changed |= altered
            idle -= took
            seen |= took
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
        self._unless_blind(listing, failed, idle, counters.looks)
        self._store.callbacks.settle(began, seen, listing.wanted)

    def _unless_blind(self, listing: Listing, failed: Set[str], idle: Set[str], looks: int) -> None:
        """Raise SourceUnavailable when nothing of what was to be read could be read."""
        live = any(version.live for version in listing.versions)
        nothing = not listing.versions and not self._store.snapshots.latest()
        unreached = not {version.sheet_id for version in listing.versions if version.live} & idle
        if failed and not looks and (nothing or (live and unreached)):
            first = next(spot for spot in self.counters.blind_spots if spot.unread)
            raise SourceUnavailable(f"Nothing could be read: {first.detail}")

    def _sort_out(self, listing: Listing) -> tuple[Mapping[str, list[SheetVersion]], set[str], set[str]]:
        """(new versions by look, names of sheets that failed, ids of sheets with nothing new)."""
        latest = self._store.snapshots.latest()
        listed = {version.sheet_id for version in listing.versions} | listing.explained
        new: dict[str, list[SheetVersion]] = defaultdict(list)
        failed: set[str] = set()
        for version in listing.versions:
            if version.live:
                last = latest.get(version.sheet_id)
                if last is None or last.version != version.version or self._waits(version, last):
                    look = _later(version.look, self._store.snapshots.last_look())
                    new[look].append(replace(version, look=look))
                continue
            old = self._store.snapshots.at(version.sheet_id, version.look)
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
        reads: list[_Read] = []
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
            reads.append(_Read(version, raw, sheet))
        if not reads:
            return set(), refused, set()
        changed = self._judge_and_commit(look, reads)
        return {read.version.sheet_id for read in reads}, refused, changed

    def _waits(self, version: SheetVersion, last: TakenSnapshot) -> bool:
        """Whether formulas of a sheet that stood still since the last look have had the time to follow its edits."""
        if (version.look_at - last.look_at).total_seconds() < RECALCULATED_WITHIN_S:
            return False
        fresh = self._store.fresh_quantities(version.sheet_id, last.look)
        if fresh.is_empty() or (sheet := self._baselines.sheet(version.sheet_id)) is None:
            return False
        return fresh.join(price_formulas(sheet), on="row_id", how="semi").height > 0

    def _stood_still(self, version: SheetVersion, last: TakenSnapshot | None) -> RawSnapshot | None:
        """What was read last, where the source says that it has not changed since; None where it must be read."""
        if last is None or last.version != version.version:
            return None
        columns = tuple(SheetColumn(*each) for each in last.source_columns)
        frame = self._store.snapshots.load(last)
        return RawSnapshot(frame, last.content_sha256, (), False, columns, last.version, version.look_at)

    def _understood(self, version: SheetVersion, raw: RawSnapshot) -> Sheet:
        """The sheet in canonical columns; what was decided about its titles before stays decided."""
        known = self._baselines.known_titles(version.sheet_id, raw.columns)
        return read_sheet(raw.frame, version.sheet_id, version.sheet_name, self._settings.zone, known)

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

    def _judge_and_commit(self, look: str, reads: Sequence[_Read]) -> set[str]:
        counters = self.counters
        moves, spots = [], {}
        for read in reads:
            step, notes = self._baselines.step(read.sheet, read.look_at, read.raw.columns)
            step = replace(step, could_have=self._store.shares.editors(step.sheet_id))
            moves.append(transition(step, self._calendar))
            spots[read.version.sheet_id] = (*read.raw.blind_spots, *read.sheet.blind_spots, *notes)
        look_day = self._look_day(look, max(read.version.look_at for read in reads))
        told = by_callbacks(moves, {read.version.sheet_id: read.raw.columns for read in reads}, self._store)
        moves = retold(moves, self._calendar, told)
        judgement = judge(look_day, moves, self._bench(moves))
        if answered := self._asked(moves, judgement):
            moves = retold(moves, self._calendar, told, answered)
            judgement = judge(look_day, moves, self._bench(moves))
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

    def _asked(self, moves: Sequence[Transition], judgement: Judgement) -> Mapping[str, pl.DataFrame]:
        """What the source's own histories say of the changes that matter and are undecided, by sheet."""
        questions = worth_asking(judgement.events)
        if questions.cells.is_empty():
            return {}
        sheets = {move.step.sheet_id: move.step.after for move in moves}
        histories = self._source.histories(refs(questions, sheets))
        if histories.unasked:
            text = (
                f"{histories.unasked:,} of {questions.cells.height:,} changed cells were not looked up in their "
                f"history ({histories.reason.rstrip('.')}): who changed them is told by their rows."
            )
            self.counters.blind_spots.append(BlindSpot("", Reason.HISTORY_NOT_ASKED, text))
        if questions.alike and histories.known:
            text = f"{questions.alike:,} changed cells were not looked up in their history: a sample of many alike was."
            self.counters.blind_spots.append(BlindSpot("", Reason.HISTORY_NOT_ASKED, text))
        return answers(questions, histories, sheets, self._settings.zone)

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
        window = timedelta(minutes=settings.incidents.echo_minutes)
        recent = [
            self._store.recent_edits(move.step.sheet_id, move.step.earliest - window)
            for move in moves
            if move.step.earliest
        ]
        return Bench(
            rules=[rule for rule in RULES if rule.name not in rules.off],
            prices=self._prices,
            risk=RiskSettings(float(rules.critical_money), float(rules.late_critical_days)),
            mass_rows=settings.incidents.mass_rows,
            model=self._model,
            known={sheet_id: self._store.known_hits(sheet_id) for sheet_id in here},
            put_back=pl.concat(restored),
            other_lines=self._baselines.line_counts(WORK_REQUEST, excluding=here),
            unsettled={move.step.sheet_id: self._unsettled(move) for move in moves if move.step.same_ids},
            recent=pl.concat(recent) if recent else None,
            echo_minutes=settings.incidents.echo_minutes,
        )

    def _unsettled(self, move: Transition) -> pl.DataFrame:
        """Quantities of the last look whose price formulas stood still then, with the prices of now."""
        last = self._store.snapshots.newest(move.step.sheet_id)
        fresh = self._store.fresh_quantities(move.step.sheet_id, last.look if last else "")
        prices = price_formulas(move.step.after).join(
            move.after.select("row_id", a_price_cents="price_cents"), on="row_id", how="inner"
        )
        return fresh.join(prices, on="row_id", how="inner", maintain_order="left")

    def _taken(self, read: _Read, spots: Sequence[BlindSpot]) -> TakenSnapshot:
        name, digest = self._store.snapshots.save(read.raw.frame)
        version = read.version
        return TakenSnapshot(
            version.sheet_id,
            version.sheet_name,
            version.look,
            read.look_at,
            read.raw.version or version.version,
            read.raw.content_sha256,
            version.location,
            read.sheet.cells.height,
            tuple(column for column in read.sheet.cells.columns if column != "row_id"),
            read.sheet.titles.mapping,
            name,
            digest,
            tuple(replace(spot, unread=False) for spot in dict.fromkeys(spots)),
            version.simulated,
            tuple(SourceColumn(each.id, each.title, each.type) for each in read.raw.columns),
        )


def _later(look: str, newest: str) -> str:
    """`look`, or a second after the newest look of live sheets where the source's clock went back."""
    if look > newest:
        return look
    return (datetime.fromisoformat(newest) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _open_ended(spots: Sequence[BlindSpot]) -> bool:
    return any(spot.reason is Reason.FILE_OPEN_ENDED for spot in spots)


class _Implausible(SnapshotRefused):
    """The snapshot could be read, but is not believed yet."""


_CHANGED = "{at} is not the file that was taken: put the original back, or export under a new date."
_OLDER = "{at} is older than the last snapshot taken ({last}): looks are taken in the order of their dates."
