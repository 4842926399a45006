"""What a workbook is made of: one request, and everything it asks the store, read in one moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.blind_spots import BlindSpot
from audit_core.errors import AuditError
from audit_core.filters import EventFilter
from audit_core.review.dispositions import Given, newest_dispositions
from audit_core.rules import TITLES, Rule
from audit_core.settings import Settings
from audit_core.store.anchors import Anchor, current
from audit_core.store.queries import Queries
from audit_core.store.runs import Run
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """One workbook: which events, for whom, made when (`now`, aware) and shown in which time zone."""

    chosen: EventFilter
    email: str
    now: datetime
    zone: ZoneInfo
    run_id: str
    title: str = "Audit of billing changes"


@dataclass(frozen=True, slots=True)
class Material:
    """`events`: the sealed columns of every change and finding that fits, as recorded; `simulated` and `review` are
    added to them. `review`: what was decided about an event or its incident, in words; null where nothing was.

    `incidents`: those that any of the events belongs to, the riskiest first, with `here` and `here_cents`: how many of
    their events are in this workbook, and the money of these, and with `review`. `looks`: `look, sheets, rows` of
    every look taken.
    `rules`: the counts of each sheet's newest look. `known_rules`: those that ship, and those that were added here.
    `sync`: the newest sync that ended, `spots` what it did not see.
    """

    settings: Settings
    events: pl.DataFrame
    incidents: pl.DataFrame
    looks: pl.DataFrame
    rules: pl.DataFrame
    known_rules: tuple[Rule, ...]
    sync: Run | None
    spots: tuple[BlindSpot, ...]
    earlier: pl.DataFrame
    anchor: Anchor

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


def gather(workspace: Workspace, request: ReportRequest) -> Material:
    """Ask the store. Raises AuditError when the events read are not those that the columnar copy counts."""
    database = workspace.store.database
    queries, runs = Queries(database), workspace.store.runs
    with database.read():
        events = queries.recorded(request.chosen)
        totals = queries.totals(request.chosen)
        incidents = queries.incidents()
        looks, rules = queries.looks(), queries.rule_counts()
        sync = next((run for run in runs.recent("sync") if run.status != "running"), None)
        spots = tuple(runs.blind_spots(sync.run_id)) if sync else ()
        earlier, simulated = queries.blind_spots_of_looks(), queries.simulated_looks()
        decided = newest_dispositions(workspace.store)
        anchor = current(database.connection(), request.run_id, request.now, workspace.store.keys().signer)
    review, whole = _review("event", decided, request.zone), _review("incident", decided, request.zone)
    events = events.with_columns(
        simulated=pl.col("look").is_in(list(simulated)).fill_null(value=False), review=pl.coalesce(review, whole)
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
    told = incidents.with_columns(review=whole).join(here, on="incident_id", how="inner", maintain_order="left")
    return Material(workspace.settings, events, told, looks, rules, workspace.rules(), sync, spots, earlier, anchor)


def _review(kind: str, decided: Mapping[str, Given], zone: ZoneInfo) -> pl.Expr:
    """What was decided about each `event` or `incident` of a frame: verdict, reason, who and on which day."""
    words = {
        int(subject.partition(":")[2]): f"{each.disposition.words()} ({each.by}, {each.at.astimezone(zone):%Y-%m-%d})"
        for subject, each in decided.items()
        if subject.startswith(f"{kind}:")
    }
    return pl.col(f"{kind}_id").replace_strict(words, default=None, return_dtype=pl.String)
