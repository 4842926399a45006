"""What a workbook is made of: everything that one request asks of the store, read in one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.blind_spots import BlindSpot
from audit_core.errors import AuditError, ConfigError
from audit_core.filters import FLAGGED, EventFilter
from audit_core.reports.prices import priced
from audit_core.reports.request import ReportRequest
from audit_core.review.dispositions import Given, Verdict, newest_dispositions
from audit_core.rules import TITLES, Rule
from audit_core.settings import Settings
from audit_core.sources.health import recall_health, row_link
from audit_core.store.anchors import Anchor, of_size
from audit_core.store.runs import Run
from audit_core.store.then import Then
from audit_core.workspace import Workspace

_BEFORE_ANY: Final = datetime(1980, 1, 1, tzinfo=UTC)
"""The time of a document about an empty ledger: the first one that a zip can say."""


@dataclass(frozen=True, slots=True)
class Material:
    """All of it as it was when the ledger held so many events as the request says.

    `chosen`: the filter, with what the kind of workbook adds to it. `events`: the sealed columns of every change and
    finding that fits, as recorded, with `simulated`, `review` (what was decided about an event or its incident, in
    words), `settled` (that needs nobody any more), and `before_cents, after_cents` (see prices).

    `incidents`: those that any of the events belongs to, the riskiest first, with `here` and `here_cents`: how many of
    their events are in this workbook, and the money of these, and with `review`. `looks`: all that had
    been taken. `flagged_by_look`: `value, severity, n` of the filter without its looks.
    `rules`: the counts of each sheet's newest look. `known_rules`: those that ship, and those that were added here.
    `sync`: the newest sync that had ended, `spots` what it did not see. `links`: sheet id → its address in Smartsheet.
    `run_id`: of the run that took the newest look.
    """

    settings: Settings
    chosen: EventFilter
    events: pl.DataFrame
    incidents: pl.DataFrame
    looks: Sequence[str]
    flagged_by_look: pl.DataFrame
    rules: pl.DataFrame
    known_rules: tuple[Rule, ...]
    sync: Run | None
    spots: tuple[BlindSpot, ...]
    earlier: pl.DataFrame
    links: Mapping[str, str]
    anchor: Anchor
    run_id: str

    @property
    def at(self) -> datetime:
        """When the last event of that size was recorded, UTC."""
        return datetime.fromisoformat(self.anchor.at).astimezone(UTC) if self.anchor.at else _BEFORE_ANY

    @property
    def titles(self) -> dict[str, str]:
        """What each `violation_type` is called."""
        return TITLES | {rule.name: rule.title for rule in self.known_rules}

    @property
    def changes(self) -> pl.DataFrame:
        """The changes, as recorded."""
        return self.events.filter(pl.col("kind") == "change")

    @property
    def flagged(self) -> pl.DataFrame:
        """Changes and findings that have a severity, the riskiest first."""
        found = self.events.filter(pl.col("severity").is_not_null())
        return found.sort("risk_score", "event_id", descending=[True, False], nulls_last=True)

    def link(self, sheet_id: str | None, row_id: str | None) -> str | None:
        """The address of a row in Smartsheet, None where that is not known."""
        return row_link(self.links.get(sheet_id or "", ""), row_id)


def gather(workspace: Workspace, request: ReportRequest) -> Material:
    """Ask the store. Raises ConfigError for a size that the ledger never had, and AuditError when the events read are
    not those that the columnar copy counts.
    """
    store = workspace.store
    database, runs = store.database, store.runs
    with database.read():
        if not 0 <= request.upto <= (size := store.events()):
            raise ConfigError(f"A workbook of {request.upto:,} events was asked for, and the ledger holds {size:,}.")
        then = Then(database, request.upto)
        looks = then.looks_then()
        chosen = request.narrowed(looks)
        events, totals = then.recorded(chosen), then.totals(chosen)
        incidents, rules = then.incidents_then(), then.rule_counts_then()
        flagged_by_look = then.by_severity(chosen, "look").filter(pl.col("severity").is_in(FLAGGED))
        sync = runs.newest_ended("sync", request.upto)
        spots = tuple(runs.blind_spots(sync.run_id)) if sync else ()
        earlier, simulated = then.blind_spots_then(), then.simulated_then()
        decided = newest_dispositions(store, request.upto)
        run_id = then.newest_run()
        anchor = of_size(database.connection(), request.upto, run_id, store.keys().signer)
    events = priced(
        events.with_columns(
            simulated=pl.col("look").is_in(list(simulated)).fill_null(value=False),
            review=pl.coalesce(
                pl.when(_seen(kind, decided)).then(_review(kind, decided, request.zone))
                for kind in ("event", "incident")
            ),
            settled=pl.any_horizontal(_settled(kind, decided) for kind in ("event", "incident")),
        )
    )
    changed = events.filter(pl.col("kind") == "change")
    read = (events.height, events["severity"].count(), int(changed["money_cents"].sum()))
    if read != (totals.events, totals.flagged, totals.money_cents):
        raise AuditError(
            f"No workbook was made: the copy counts {totals}, but {read} was read: run 'python -m jobs verify'."
        )
    here = events.group_by("incident_id").agg(
        here=pl.len().cast(pl.Int64), here_cents=pl.col("money_cents").sum(), simulated=pl.col("simulated").any()
    )
    told = incidents.with_columns(review=_review("incident", decided, request.zone)).join(
        here, on="incident_id", how="inner", maintain_order="left"
    )
    health = recall_health(store.memory) if workspace.settings.source.kind == "smartsheet" else None
    links = {sheet_id: each.link for sheet_id, each in health.sheets.items()} if health else {}
    return Material(
        workspace.settings, chosen, events, told, looks, flagged_by_look, rules, workspace.rules(), sync, spots,
        earlier, links, anchor, run_id,
    )  # fmt: skip


def _review(kind: str, decided: Mapping[str, Given], zone: ZoneInfo) -> pl.Expr:
    """What was decided about each `event` or `incident` of a frame: verdict, reason, who and on which day."""
    words = {
        number: f"{each.disposition.words()} ({each.by}, {each.at.astimezone(zone):%Y-%m-%d})"
        for number, each in _of(kind, decided).items()
    }
    return pl.col(f"{kind}_id").replace_strict(words, default=None, return_dtype=pl.String)


def _seen(kind: str, decided: Mapping[str, Given]) -> pl.Expr:
    """Whether what was decided about the `event` or `incident` of events speaks of them: not of what joined later."""
    upto = {number: each.upto for number, each in _of(kind, decided).items()}
    last = pl.col(f"{kind}_id").replace_strict(upto, default=None, return_dtype=pl.Int64)
    return (pl.col("event_id") <= last).fill_null(value=False)


def _settled(kind: str, decided: Mapping[str, Given]) -> pl.Expr:
    """Whether each `event` or `incident` of events was decided and waits for nobody."""
    done = [number for number, each in _of(kind, decided).items() if each.disposition.verdict is not Verdict.FOLLOW_UP]
    return pl.col(f"{kind}_id").is_in(done).fill_null(value=False) & _seen(kind, decided)


def _of(kind: str, decided: Mapping[str, Given]) -> dict[int, Given]:
    return {int(subject.partition(":")[2]): each for subject, each in decided.items() if subject.startswith(f"{kind}:")}
