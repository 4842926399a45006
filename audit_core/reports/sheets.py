"""The long worksheets: which columns they have, over the frames of the material. `titles`: see Material."""

from collections.abc import Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.changes.diff import ROW
from audit_core.filters import LOCK_WORDS
from audit_core.reports.cells import Kind
from audit_core.reports.event_columns import WHAT
from audit_core.reports.grid import Column
from audit_core.reports.material import Material

_LOCK = {state: word for word, state in LOCK_WORDS.items() if state is not None}


def changes_columns(zone: ZoneInfo, titles: Mapping[str, str], *, simulated: bool) -> tuple[Column, ...]:
    """One row a change, every field that was recorded. `simulated` adds the column that says which are."""
    made = (
        _column("Event", Kind.NUMBER, 10, "event_id"),
        _column("Sheet", Kind.TEXT, 21, "sheet_name"),
        _column("Row", Kind.TEXT, 17, "row_id"),
        _column("WR", Kind.TEXT, 11, "work_request"),
        _column("Column", Kind.TEXT, 28, "column_name"),
        _column("Old value", Kind.TEXT, 18, "old_value"),
        _column("New value", Kind.TEXT, 18, "new_value"),
        _column("Delta", Kind.DELTA, 12, "delta"),
        *_money(),
        _column("Who", Kind.TEXT, 25, "changed_by"),
        _column("How it is known", Kind.TEXT, 13, "who_evidence"),
        _moment("Changed at", "changed_at", zone),
        _column("Week ending", Kind.DATE, 12, "week_ending"),
        Column("After lock", Kind.TEXT, 17, _lock()),
        Column("Rule", Kind.TEXT, 27, _rule(titles)),
        _column("Severity", Kind.SEVERITY, 11, "severity"),
        _column("Risk (0–1)", Kind.SHARE, 11, "risk_score"),
        _column("Anomaly (0–1)", Kind.SHARE, 9, "anomaly_score"),
        _column("Why", Kind.TEXT, 60, "issue_description"),
        _column("Suggested fix", Kind.TEXT, 60, "suggested_fix"),
        _column("Incident", Kind.NUMBER, 9, "incident_id"),
        _column("Look", Kind.TEXT, 12, "look"),
        _moment("Recorded at", "timestamp", zone),
    )
    return (*made, _simulated()) if simulated else made


def violations_columns(zone: ZoneInfo, titles: Mapping[str, str], *, simulated: bool) -> tuple[Column, ...]:
    """Changes and findings with a severity, in the order in which a person reads them."""
    # a row that came or went holds the whole line as JSON; the worksheet Changes has it
    old, new = (pl.when(pl.col("column_name") != ROW).then(pl.col(name)) for name in ("old_value", "new_value"))
    made = (
        _column("Severity", Kind.SEVERITY, 11, "severity"),
        _column("Event", Kind.NUMBER, 10, "event_id"),
        _column("Risk (0–1)", Kind.SHARE, 11, "risk_score"),
        Column("Rule", Kind.TEXT, 27, _rule(titles)),
        _column("Why", Kind.WRAPPED, 60, "issue_description"),
        _column("Suggested fix", Kind.WRAPPED, 50, "suggested_fix"),
        Column("What", Kind.TEXT, 28, WHAT),
        Column("Old value", Kind.TEXT, 14, old),
        Column("New value", Kind.TEXT, 14, new),
        *_money(),
        _column("WR", Kind.TEXT, 11, "work_request"),
        _column("Week ending", Kind.DATE, 12, "week_ending"),
        Column("After lock", Kind.TEXT, 17, _lock()),
        _column("Who", Kind.TEXT, 25, "changed_by"),
        _column("How it is known", Kind.TEXT, 13, "who_evidence"),
        _moment("Changed at", "changed_at", zone),
        _column("Sheet", Kind.TEXT, 21, "sheet_name"),
        _column("Row", Kind.TEXT, 17, "row_id"),
        _column("Incident", Kind.NUMBER, 9, "incident_id"),
        _column("Kind", Kind.TEXT, 9, "kind"),
        _column("Look", Kind.TEXT, 12, "look"),
        _column("Review", Kind.WRAPPED, 40, "review"),
    )
    return (*made, _simulated()) if simulated else made


def incidents_columns(zone: ZoneInfo, titles: Mapping[str, str], *, simulated: bool) -> tuple[Column, ...]:
    """Every incident that has an event in this workbook: as a whole, and what of it is here."""
    whole = (pl.col("financial_impact") * 100).round().cast(pl.Int64)
    made = (
        _column("Incident", Kind.NUMBER, 9, "incident_id"),
        _column("Severity", Kind.SEVERITY, 11, "severity"),
        _column("Risk (0–1)", Kind.SHARE, 11, "risk_score"),
        _column("What happened", Kind.WRAPPED, 80, "summary"),
        Column("Kind", Kind.TEXT, 24, pl.col("kind").replace(titles).str.replace_all("_", " ")),
        _column("Look", Kind.TEXT, 12, "look"),
        _moment("Started at", "started_at", zone),
        _moment("Ended at", "ended_at", zone),
        _column("Events in all", Kind.COUNT, 10, "events"),
        _column("Rows", Kind.COUNT, 9, "rows"),
        _column("Sheets", Kind.COUNT, 8, "sheets"),
        Column("Money in all (USD)", Kind.MONEY, 16, whole),
        _column("Events in this workbook", Kind.COUNT, 12, "here"),
        _column("Money in this workbook (USD)", Kind.MONEY, 16, "here_cents"),
        _column("Status", Kind.TEXT, 9, "status"),
        _column("Review", Kind.WRAPPED, 40, "review"),
    )
    return (*made, _simulated()) if simulated else made


BLIND_COLUMNS: Final = (
    Column("Sheet", Kind.TEXT, 26, pl.col("sheet")),
    Column("Reason", Kind.TEXT, 34, pl.col("reason")),
    Column("What was not seen", Kind.WRAPPED, 100, pl.col("detail")),
    Column("Not read at all", Kind.TEXT, 10, pl.col("unread")),
    Column("Sync run or look", Kind.TEXT, 34, pl.col("run")),
)


def blind_spots(material: Material) -> pl.DataFrame:
    """`sheet, reason, detail, unread, run`: what the newest sync and the looks before it did not see, or one line that
    says there is nothing.

    A sync that failed, and the absence of any sync, are blind spots of the whole report.
    """
    run = material.sync
    rows: list[Sequence[str | None]] = []
    if run is None:
        rows = [
            ("every sheet", "no sync on record", "No sync is on record: what was not seen is not known.", "yes", None)
        ]
    else:
        if run.status not in ("ok", "partial"):
            rows.append(("every sheet", f"sync {run.status}", run.message, "yes", run.run_id))
        rows += [
            (spot.sheet or "every sheet", spot.reason.value, spot.detail, "yes" if spot.unread else "no", run.run_id)
            for spot in material.spots
        ]
        now = {(spot.sheet, spot.reason.value, spot.detail) for spot in material.spots}
        rows += [
            (sheet, reason, detail, "no", f"look {look}")
            for look, sheet, reason, detail in material.earlier.unique(
                ["sheet", "reason", "detail"], keep="first", maintain_order=True
            ).iter_rows()
            if (sheet, reason, detail) not in now
        ]
        if not rows:
            rows = [
                ("", "", "No blind spots: the newest sync read and understood all it was to read.", None, run.run_id)
            ]
    names = ("sheet", "reason", "detail", "unread", "run")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def blind_count(material: Material) -> int | None:
    """How many different blind spots there are; None while no sync is on record."""
    if material.sync is None:
        return None
    return sum(1 for _, reason, _, _, _ in blind_spots(material).iter_rows() if reason)


def _column(title: str, kind: Kind, width: float, name: str) -> Column:
    return Column(title, kind, width, pl.col(name))


def _moment(title: str, name: str, zone: ZoneInfo) -> Column:
    return Column(f"{title} ({zone.key})", Kind.MOMENT, 17, pl.col(name))


def _money() -> tuple[Column, ...]:
    """What moved, between what it was billed at before and after (see prices)."""
    return (
        _column("Before (USD)", Kind.AMOUNT, 14, "before_cents"),
        _column("After (USD)", Kind.AMOUNT, 14, "after_cents"),
        _column("Money (USD)", Kind.MONEY, 14, "money_cents"),
    )


def _lock() -> pl.Expr:
    return pl.col("is_historical").replace_strict(_LOCK, default="possibly after lock", return_dtype=pl.String)


def _rule(titles: Mapping[str, str]) -> pl.Expr:
    return pl.col("violation_type").replace(titles)


def _simulated() -> Column:
    return Column("Simulated", Kind.TEXT, 11, pl.when("simulated").then(pl.lit("simulated")))
