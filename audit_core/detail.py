"""One event with all that explains it: why it was flagged, its row before and after, and the row's whole story."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from audit_core.review.dispositions import Given, given_on, subjects_of
from audit_core.sheets.sheet import ROW_ID
from audit_core.store.queries import Queries
from audit_core.store.snapshots import TakenSnapshot
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Hit:
    """One rule the event broke: what was seen, what was expected, from how many rows that expectation comes."""

    title: str
    seen: str | None
    expected: str | None
    n: int | None


@dataclass(frozen=True, slots=True)
class Moment:
    """One point in a row's story. `at`: UTC. `kind`: seen, lock, change, finding. `event_id` None for what is none."""

    at: datetime
    kind: str
    text: str
    who: str = ""
    severity: str | None = None
    event_id: int | None = None


@dataclass(frozen=True, slots=True)
class Detail:
    """`event`: the sealed columns. `row`: `column, before, after, differs` of the whole row around the event's look.

    `dispositions`: all that were ever given on the event or its incident, the newest first.
    `shadow`: what rules in shadow found, which raised nothing.
    `thinned`: a snapshot around that look is no longer kept, so that `row` is empty.
    """

    event: dict[str, Any]
    hits: tuple[Hit, ...]
    reasons: tuple[str, ...]
    incident: dict[str, Any] | None
    row: pl.DataFrame
    moments: tuple[Moment, ...]
    look_at: datetime | None
    previous_look_at: datetime | None
    dispositions: tuple[Given, ...]
    thinned: bool = False
    shadow: tuple[Hit, ...] = ()


def detail(workspace: Workspace, event_id: int) -> Detail | None:
    """Everything about one change or finding; None where there is none of that number."""
    queries = Queries(workspace.store.database)
    event = queries.event(event_id)
    if event is None or event["kind"] == "action":
        return None
    evidence = json.loads(event["evidence"] or "{}")
    titles = workspace.titles()
    hits, shadow = (
        tuple(
            Hit(titles.get(hit["rule"], hit["rule"]), hit["seen"], hit["expected"], hit["n"])
            for hit in evidence.get(name) or ()
        )
        for name in ("hits", "shadow")
    )
    snapshots = workspace.store.snapshots
    kept = {each.look: each for each in snapshots.of(event["sheet_id"])}
    looks = sorted({*kept, *snapshots.looks_ever(event["sheet_id"])})
    here = looks.index(event["look"]) if event["look"] in looks else None
    around = [] if here is None else looks[max(here - 1, 0) : here + 1]
    whole = all(look in kept for look in around)
    now = kept[around[-1]] if around and whole else None
    before = kept[around[0]] if len(around) > 1 and whole else None
    return Detail(
        event,
        hits,
        tuple(evidence.get("reasons") or ()),
        queries.incident(event["incident_id"]) if event["incident_id"] is not None else None,
        _row(workspace, before, now, event["row_id"]),
        _moments(workspace, queries, event, kept),
        _look_at(event["look"], kept),
        _look_at(around[0], kept) if len(around) > 1 else None,
        given_on(workspace.store, subjects_of(event)),
        not whole,
        shadow,
    )


def _row(workspace: Workspace, before: TakenSnapshot | None, now: TakenSnapshot | None, row_id: str) -> pl.DataFrame:
    """The row in the two snapshots, title by title."""
    sides = [_cells(workspace, before, row_id), _cells(workspace, now, row_id)]
    titles = list(dict.fromkeys([*sides[0], *sides[1]]))
    rows = [(title, sides[0].get(title), sides[1].get(title)) for title in titles if title != ROW_ID]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(("column", "before", "after"), pl.String), orient="row")
    return frame.with_columns(differs=pl.col("before").ne_missing(pl.col("after")))


def _cells(workspace: Workspace, taken: TakenSnapshot | None, row_id: str) -> dict[str, str | None]:
    if taken is None:
        return {}
    rows = workspace.store.snapshots.load(taken).filter(pl.col(ROW_ID) == row_id)
    return rows.row(0, named=True) if rows.height else {}


def _moments(
    workspace: Workspace, queries: Queries, event: dict[str, Any], kept: Mapping[str, TakenSnapshot]
) -> tuple[Moment, ...]:
    """The row's story, oldest first: first sight of its sheet, its events, and the locks of its weeks."""
    events = queries.timeline(event["sheet_id"], event["row_id"])
    moments = [
        Moment(
            _at(each, kept),
            each["kind"],
            happened(each),
            each["changed_by"] or each["who_evidence"] or "",
            each["severity"],
            each["event_id"],
        )
        for each in events
    ]
    if kept and not any(each["column_name"] == "(row)" and each["old_value"] is None for each in events):
        moments.append(Moment(kept[min(kept)].look_at, "seen", "Already there when the sheet was first seen."))
    calendar = workspace.calendar()
    for week in sorted({each["week_ending"] for each in events if each["week_ending"]}):
        moments.append(Moment(calendar.locks_at(date.fromisoformat(week)), "lock", f"Week {week} locked."))
    return tuple(sorted(moments, key=lambda moment: (moment.at, moment.event_id or 0)))


def _at(event: dict[str, Any], kept: Mapping[str, TakenSnapshot]) -> datetime:
    if event["changed_at"]:
        return datetime.fromisoformat(event["changed_at"]).astimezone(UTC)
    return _look_at(event["look"], kept) or datetime.fromisoformat(event["timestamp"]).astimezone(UTC)


def _look_at(look: str | None, kept: Mapping[str, TakenSnapshot]) -> datetime | None:
    """When a look was; one whose snapshot was thinned is named by its moment. None where that is not known."""
    if look is None:
        return None
    if look in kept:
        return kept[look].look_at
    return datetime.fromisoformat(look).astimezone(UTC) if "T" in look else None


def happened(event: Mapping[str, Any]) -> str:
    """What an event (its sealed columns) is in a few words, whether or not a rule was broken."""
    if event["kind"] == "finding":
        return str(event["issue_description"])
    if event["column_name"] == "(row)":
        return "The line was added." if event["old_value"] is None else "The line was deleted."
    return f"{event['column_name']}: {event['old_value'] or 'blank'} → {event['new_value'] or 'blank'}"
