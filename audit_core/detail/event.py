"""What one event is: its sealed columns, what was found in it, what was decided, and between which looks it came."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit_core import written
from audit_core.changes.diff import ROW
from audit_core.detail.difference import Difference, difference
from audit_core.review.dispositions import Given, given_on, subjects_of
from audit_core.sources.health import recall_health, row_link
from audit_core.store.queries import Queries
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Hit:
    """One rule the event broke: what was seen, what was expected, from how many rows that expectation comes."""

    title: str
    seen: str | None
    expected: str | None
    n: int | None


@dataclass(frozen=True, slots=True)
class Detail:
    """`event`: the sealed columns. `shadow`: what rules in shadow found, which raised nothing.

    `dispositions`: all that were ever given on the event or its incident, the newest first.
    `kept`: the looks of its sheet of which a snapshot is kept, with their moments (UTC), the oldest first. `around`:
    the look before the event's and its own, as far as its sheet was ever seen at them; `thinned`: not both are kept.
    `link`: the address of its row in the source's own app, None where that is not known.
    """

    event: dict[str, Any]
    difference: Difference
    hits: tuple[Hit, ...]
    shadow: tuple[Hit, ...]
    reasons: tuple[str, ...]
    incident: dict[str, Any] | None
    dispositions: tuple[Given, ...]
    kept: Mapping[str, datetime]
    around: tuple[str, ...]
    thinned: bool
    link: str | None

    @property
    def look_at(self) -> datetime | None:
        """When the event's look was; None where that is not known."""
        return look_at(self.event["look"], self.kept)

    @property
    def previous_look_at(self) -> datetime | None:
        """When the look before it was; None where there was none, or that is not known."""
        return look_at(self.around[0], self.kept) if len(self.around) > 1 else None


def detail(workspace: Workspace, event_id: int) -> Detail | None:
    """What one change or finding is; None where there is none of that number."""
    queries, snapshots = Queries(workspace.store.database), workspace.store.snapshots
    event = queries.event(event_id)
    if event is None or event["kind"] == "action":
        return None
    evidence = written.content(event["evidence"] or "{}")
    titles = workspace.titles()
    hits, shadow = (
        tuple(
            Hit(titles.get(hit["rule"], hit["rule"]), hit["seen"], hit["expected"], hit["n"])
            for hit in evidence.get(name) or ()
        )
        for name in ("hits", "shadow")
    )
    kept = snapshots.looks_kept(event["sheet_id"])
    looks = sorted({*kept, *snapshots.looks_ever(event["sheet_id"])})
    here = looks.index(event["look"]) if event["look"] in looks else None
    around = () if here is None else tuple(looks[max(here - 1, 0) : here + 1])
    return Detail(
        event=event,
        difference=difference(event),
        hits=hits,
        shadow=shadow,
        reasons=tuple(evidence.get("reasons") or ()),
        incident=queries.incident(event["incident_id"]) if event["incident_id"] is not None else None,
        dispositions=given_on(workspace.store, subjects_of(event)),
        kept=kept,
        around=around,
        thinned=not all(look in kept for look in around),
        link=_link(workspace, event),
    )


def look_at(look: str | None, kept: Mapping[str, datetime]) -> datetime | None:
    """When a look was; one whose snapshot was thinned is named by its moment. None where that is not known."""
    if look is None:
        return None
    if look in kept:
        return kept[look]
    return written.instant(look) if "T" in look else None


def happened(event: Mapping[str, Any]) -> str:
    """What an event (its sealed columns) is in a few words, whether or not a rule was broken."""
    if event["kind"] == "finding":
        return str(event["issue_description"])
    if event["column_name"] == ROW:
        return "The line was added." if event["old_value"] is None else "The line was deleted."
    return f"{event['column_name']}: {event['old_value'] or 'blank'} → {event['new_value'] or 'blank'}"


def _link(workspace: Workspace, event: Mapping[str, Any]) -> str | None:
    """The row in Smartsheet, by the address that its list of sheets gave for the sheet."""
    health = recall_health(workspace.store.memory) if workspace.settings.source.kind == "smartsheet" else None
    sheet = health.sheets.get(event["sheet_id"]) if health else None
    return row_link(sheet.link, event["row_id"]) if sheet else None
