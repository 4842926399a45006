"""What a manager reads first, made from the numbers: three sentences, how things go, and what to look at."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.reports.cells import SEVERITIES
from audit_core.reports.figures import Figures
from audit_core.reports.material import Material
from audit_core.reports.request import ReportKind
from audit_core.reports.sheets import blind_count
from audit_core.rules.base import counted, money_text
from audit_core.sheets.weeks import look_day

_DAYS: Final = 28
_LONGEST: Final = 220
MOST: Final = 8
"""So many stories stand on the first page."""


@dataclass(frozen=True, slots=True)
class Todo:
    """One story that waits for a person. `where`: how the workbook calls it; `consider`: the fix that was suggested for
    its riskiest event; `link`: that event's row in Smartsheet.
    """

    severity: str
    where: str
    what: str
    consider: str
    look: str
    rows: int
    cents: int
    link: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many stories wait, and the first of them."""

    count: int
    first: tuple[Todo, ...]


def sentences(material: Material, sums: Figures, waiting: Waiting) -> tuple[str, str, str]:
    """What happened, what it is worth, what to do first."""
    return _happened(material, sums), _worth(sums), _first(material, waiting)


def _happened(material: Material, sums: Figures) -> str:
    events = sums.changes + sums.findings
    if not events:
        return "Nothing that fits these conditions was changed or found."
    looks = sorted(set(material.events["look"].drop_nulls()))
    when = f"Between {looks[0]} and {looks[-1]}" if len(looks) > 1 else f"At the look {looks[0]}" if looks else "Here"
    told = f"{counted(sums.changes, 'change')} and {counted(sums.findings, 'finding')}"
    if not sums.flagged:
        return f"{when} there were {told}, and none of them has a severity."
    urgent = f"{sums.urgent:,} of these HIGH or CRITICAL" if sums.urgent else "none of these HIGH or CRITICAL"
    stories = material.incidents.filter(pl.col("severity").is_not_null()).height
    inside = f", most of it told by {counted(stories, 'incident')}" if _mostly(material) else ""
    return f"{when} there were {told}; {sums.flagged:,} have a severity, {urgent}{inside}."


def _mostly(material: Material) -> bool:
    """Whether more than half of what has a severity belongs to incidents."""
    flagged = material.events.filter(pl.col("severity").is_not_null())
    return bool(flagged["incident_id"].count() * 2 > flagged.height)


def _worth(sums: Figures) -> str:
    if not sums.up and not sums.down:
        return "No money was moved."
    told = (
        f"The changes moved {money_text(sums.up)} up and {money_text(-sums.down)} down, {money_text(sums.net)} in all"
    )
    if not sums.late_up and not sums.late_down:
        return f"{told}; nothing of it is flagged and certainly came after a week had locked."
    return (
        f"{told}; of that, {money_text(sums.late_up)} up and {money_text(-sums.late_down)} down are flagged and "
        "came after the week had locked."
    )


def _first(material: Material, waiting: Waiting) -> str:
    blind = blind_count(material)
    if blind is None:
        unseen = "; what was not seen is not known, because no sync is on record"
    else:
        unseen = f"; {counted(blind, 'thing')} could not be looked at in full (worksheet Blind spots)" if blind else ""
    if not waiting.count:
        return f"Nothing here waits for a person{unseen}."
    first = waiting.first[0]
    others = f", one of {waiting.count:,} that wait" if waiting.count > 1 else ""
    return f"First consider {first.where[0].lower()}{first.where[1:]} ({money_text(first.cents)}){others}{unseen}."


def trend(material: Material, kind: ReportKind, zone: ZoneInfo) -> str:
    """How many events with a severity the last weeks' looks had beside those before, or the newest look beside them."""
    if not material.looks:
        return "No look was taken yet."
    frame = pl.DataFrame({"value": list(material.looks)}).join(
        material.flagged_by_look.group_by("value").agg(pl.col("n").sum()), on="value", how="left", maintain_order="left"
    )
    days = frame.select(day=look_day(pl.col("value"), zone), n=pl.col("n").fill_null(0))
    last: date = days["day"].max()  # type: ignore[assignment]
    oldest: date = days["day"].min()  # type: ignore[assignment]
    if kind is ReportKind.REAL_TIME:
        before = days[:-1].filter(pl.col("day") > last - timedelta(days=_DAYS))
        now = counted(days["n"][-1], "event")
        if before.is_empty():
            return f"{now} with a severity in the newest look; no other look of the {_DAYS} days before is on record."
        share = before["n"].sum() / before.height
        return f"{now} with a severity in the newest look, {share:,.1f} a look in the {_DAYS} days before."
    start = last - timedelta(days=_DAYS - 1)
    now_n, before_n = (
        int(days.filter(pl.col("day").is_between(first, first + timedelta(days=_DAYS - 1)))["n"].sum())
        for first in (start, start - timedelta(days=_DAYS))
    )
    told = f"{counted(now_n, 'event')} with a severity in the {_DAYS} days up to {last}"
    # the oldest look is what the others are compared with: it shows no change
    if oldest >= start - timedelta(days=_DAYS):
        return f"{told}; the record does not hold the {_DAYS} days before to compare with."
    if now_n == before_n:
        return f"{told}, as many as in the {_DAYS} days before."
    return (
        f"{told}, {abs(now_n - before_n):,} {'more' if now_n > before_n else 'fewer'} than in the {_DAYS} days before."
    )


def todo(material: Material) -> Waiting:
    """The stories with a severity that nobody has decided yet: the gravest first, of these the most expected cost."""
    waiting = material.flagged.filter(~pl.col("settled"))
    story = pl.coalesce(-pl.col("incident_id"), "event_id")
    grave = pl.col("severity").replace_strict({name: at for at, name in enumerate(SEVERITIES)}, return_dtype=pl.Int64)
    cost = pl.coalesce("here_cents", "money_cents").abs() * pl.col("risk_score")
    stories = (
        waiting.sort(grave, "risk_score", descending=[False, True], maintain_order=True, nulls_last=True)
        .unique(story, keep="first", maintain_order=True)
        .join(
            material.incidents.select("incident_id", "here_cents"), on="incident_id", how="left", maintain_order="left"
        )
        .sort(grave, cost, "risk_score", "event_id", descending=[False, True, True, False], nulls_last=True)
    )
    incidents = {row["incident_id"]: row for row in material.incidents.iter_rows(named=True)}
    made = [_todo(material, row, incidents.get(row["incident_id"])) for row in stories.head(MOST).iter_rows(named=True)]
    return Waiting(stories.height, tuple(made))


def _todo(material: Material, riskiest: Mapping[str, Any], incident: Mapping[str, Any] | None) -> Todo:
    fix = _short(riskiest["suggested_fix"] or "Consider looking at it in the app.")
    link = material.link(riskiest["sheet_id"], riskiest["row_id"])
    if incident is None:
        what, cents = _short(riskiest["issue_description"] or ""), riskiest["money_cents"] or 0
        where, rows = f"Event {riskiest['event_id']}", 1
    else:
        what, cents = _short(incident["summary"]), incident["here_cents"]
        where, rows = f"Incident {incident['incident_id']}", incident["rows"]
    return Todo(riskiest["severity"], where, what, fix, riskiest["look"] or "", rows, cents, link)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
