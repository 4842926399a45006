"""One look that was read: compared, judged, asked about who, and committed as a whole."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import polars as pl

from audit_core.blind_spots import BlindSpot, Reason
from audit_core.changes.transitions import Transition, price_formulas, transition
from audit_core.errors import AuditError
from audit_core.judging.judge import Bench, Judgement, judge
from audit_core.rule_book.decisions import standings_by_day
from audit_core.rules.price_list import PriceList
from audit_core.rules.restored import CUT_COLUMNS
from audit_core.rules.states import State
from audit_core.scoring.model import Model
from audit_core.scoring.risk import RiskSettings
from audit_core.settings.operating import Switch
from audit_core.sheets import Sheet
from audit_core.sheets.columns import WORK_REQUEST
from audit_core.sheets.weeks import look_day
from audit_core.sources.protocol import RawSnapshot, SheetVersion, Source
from audit_core.store.past import read_past
from audit_core.store.snapshots import SourceColumn, TakenSnapshot
from audit_core.syncing.attribution import answers, by_callbacks, refs, retold, worth_asking
from audit_core.syncing.baseline import Baselines
from audit_core.syncing.counters import Counters
from audit_core.thresholds.history import alerts_of
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Read:
    """One sheet of a look: what was listed, what was read, how it was understood."""

    version: SheetVersion
    raw: RawSnapshot
    sheet: Sheet

    @property
    def look_at(self) -> datetime:
        """When it was really read, by its source's clock."""
        return self.raw.read_at or self.version.look_at


class Committer:
    """Judges and records looks of one run, in their order."""

    def __init__(
        self,
        workspace: Workspace,
        source: Source,
        baselines: Baselines,
        prices: PriceList | None,
        run_id: str,
        now: Callable[[], datetime],
        counters: Counters,
    ) -> None:
        self._settings, self._store = workspace.settings, workspace.store
        self._source, self._baselines, self._prices = source, baselines, prices
        self._run_id, self._now, self._counters = run_id, now, counters
        self._model, self._calendar = self._opened(workspace), workspace.calendar()
        self._limits = workspace.thresholds().in_force().limits
        self._rules, self._standings = workspace.rules(), standings_by_day(workspace)

    def _opened(self, workspace: Workspace) -> Model | None:
        """The model in use. One that cannot be opened keeps nothing from being recorded: the rules judge without it."""
        if not workspace.settings.on(Switch.MODEL):
            text = "Changes are judged without the model: it is switched off (switches.off)."
            self._counters.blind_spots.append(BlindSpot("", Reason.MODEL_NOT_OPENED, text))
        try:
            return workspace.model()
        except AuditError as error:
            text = f"Changes are judged without the model. {error}"
            self._counters.blind_spots.append(BlindSpot("", Reason.MODEL_NOT_OPENED, text))
            return None

    def commit(self, look: str, reads: Sequence[Read]) -> set[str]:
        """Judge and record one look. Returns the ids of the sheets that changed."""
        counters = self._counters
        moves, spots = [], {}
        for read in reads:
            step, notes = self._baselines.step(read.sheet, read.look_at, read.raw.columns)
            step = replace(step, could_have=self._store.shares.editors(step.sheet_id))
            moves.append(transition(step, self._calendar))
            spots[read.version.sheet_id] = (*read.raw.blind_spots, *read.sheet.blind_spots, *notes)
        day: date = pl.select(look_day(pl.lit(look), self._settings.zone)).item()
        told = by_callbacks(moves, {read.version.sheet_id: read.raw.columns for read in reads}, self._store)
        moves = retold(moves, self._calendar, told)
        bench = self._bench(moves, day)
        judgement = judge(day, moves, bench)
        if answered := self._asked(moves, judgement):
            moves = retold(moves, self._calendar, told, answered)
            judgement = judge(day, moves, bench)
        for spot in judgement.blind_spots:
            sheet_id = next(read.version.sheet_id for read in reads if read.version.sheet_name == spot.sheet)
            spots[sheet_id] = (*spots[sheet_id], spot)
        taken = [self._taken(read, spots[read.version.sheet_id]) for read in reads]
        newest = self._store.events()
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
        counters.hits_exempt += sum(count.exempt for count in judgement.counts)
        counters.hits_in_shadow += sum(count.hit for count in judgement.counts if count.state is State.SHADOW)
        self._count_alerts(look, newest, day)
        return set(judgement.events.filter(judgement.events["event_kind"] == "change")["sheet_id"])

    def _count_alerts(self, look: str, after: int, day: date) -> None:
        """Count what the look, recorded after the event `after`, puts before people."""
        found = alerts_of(self._store, look, after, self._settings.zone, day, self._limits)
        shown = found.filter(~pl.col("suppressed"))
        self._counters.alerts += shown.height
        self._counters.urgent_alerts += shown.filter(pl.col("level") == "urgent").height
        self._counters.alerts_suppressed += found.height - shown.height

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
            self._counters.blind_spots.append(BlindSpot("", Reason.HISTORY_NOT_ASKED, text))
        if questions.alike and histories.known:
            text = f"{questions.alike:,} changed cells were not looked up in their history: a sample of many alike was."
            self._counters.blind_spots.append(BlindSpot("", Reason.HISTORY_NOT_ASKED, text))
        return answers(questions, histories, sheets, self._settings.zone)

    def _bench(self, moves: Sequence[Transition], day: date) -> Bench:
        rules, settings = self._settings.rules, self._settings
        here = {move.step.sheet_id for move in moves}
        restored = [self._store.trail.last_old_values(move.step.sheet_id, move.changes["row_id"]) for move in moves]
        window = timedelta(minutes=settings.incidents.echo_minutes)
        recent = [
            self._store.trail.recent_edits(move.step.sheet_id, move.step.earliest - window)
            for move in moves
            if move.step.earliest
        ]
        return Bench(
            rules=self._rules,
            prices=self._prices,
            standings=self._standings(day),
            risk=RiskSettings(float(rules.critical_money), float(rules.late_critical_days)),
            mass_rows=settings.incidents.mass_rows,
            mass_minutes=settings.incidents.mass_minutes,
            model=self._model,
            past=read_past(self._store.columnar, self._store.snapshots, day, settings.zone),
            known={sheet_id: self._store.trail.known_hits(sheet_id) for sheet_id in here},
            put_back=pl.concat(restored),
            other_lines=self._baselines.line_counts(WORK_REQUEST, excluding=here),
            unsettled={move.step.sheet_id: self._unsettled(move) for move in moves if move.step.same_ids},
            open_edits={move.step.sheet_id: self._open_edits(move) for move in moves},
            ticked={
                move.step.sheet_id: self._store.trail.ticked(move.step.sheet_id, move.step.earliest - window)
                for move in moves
                if move.step.earliest
            },
            other_units=self._baselines.lines_of(_requests(moves), excluding=here),
            recounted={move.step.sheet_id: self._recounted(move) for move in moves},
            recent=pl.concat(recent) if recent else None,
            echo_minutes=settings.incidents.echo_minutes,
        )

    def _open_edits(self, move: Transition) -> pl.DataFrame:
        """What happened, while their week was open, to the rows whose quantity, price or check mark moved after it, or
        possibly so: what a cell's history answers may yet say that it did."""
        late = move.changes.filter(pl.col("column").is_in(CUT_COLUMNS) & pl.col("is_historical").ne_missing(0))
        return self._store.trail.open_edits(move.step.sheet_id, late["row_id"])

    def _recounted(self, move: Transition) -> pl.DataFrame:
        """Quantities that the last look of the sheet changed."""
        last = self._store.snapshots.newest(move.step.sheet_id)
        return self._store.trail.recounted(move.step.sheet_id, last.look if last else "")

    def _unsettled(self, move: Transition) -> pl.DataFrame:
        """Quantities of the last look whose price formulas stood still then, with the prices of now."""
        last = self._store.snapshots.newest(move.step.sheet_id)
        fresh = self._store.trail.fresh_quantities(move.step.sheet_id, last.look if last else "")
        prices = price_formulas(move.step.after).join(
            move.after.select("row_id", a_price_cents="price_cents"), on="row_id", how="inner"
        )
        return fresh.join(prices, on="row_id", how="inner", maintain_order="left")

    def _taken(self, read: Read, spots: Sequence[BlindSpot]) -> TakenSnapshot:
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


def _requests(moves: Sequence[Transition]) -> set[str]:
    """Work requests of the lines that are new or changed."""
    rows = [move.after["work_request"] if move.before is None else move.changes["a_work_request"] for move in moves]
    return set(pl.concat(rows).drop_nulls())
