"""What a table can show of each event, in exports and notebooks: columns under the titles that people read."""

from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.changes.diff import ROW
from audit_core.store.conditions import VALUES
from audit_core.store.figures import changed_at

_CHANGE, _WHOLE = pl.col("kind") == "change", pl.col("column_name") == ROW
CHANGED: Final = (
    pl.when(_WHOLE & pl.col("old_value").is_null())
    .then(pl.lit("line added"))
    .when(_WHOLE)
    .then(pl.lit("line deleted"))
    .otherwise("column_name")
)
"""What a change is about: a column, or a line that came or went."""

WHAT: Final = (
    pl.when(pl.col("kind") == "finding")
    .then(pl.concat_str(pl.lit("found: "), pl.col("column_name").fill_null("row")))
    .otherwise(CHANGED)
)
"""What an event is about: a column, a line that came or went, or what was found."""

COLUMNS: Final[Mapping[str, tuple[str, pl.Expr]]] = {
    "severity": ("Severity", pl.col("severity")),
    "risk": ("Risk", pl.col("risk_score")),
    "what": ("What", WHAT),
    # a row that came or went holds the whole line as JSON, which Changes shows
    "before": ("Before", pl.when(~_WHOLE).then("old_value")),
    "after": ("After", pl.when(~_WHOLE).then("new_value")),
    "money": ("money_cents", pl.when(_CHANGE).then("money_cents")),
    "who": ("Who", VALUES["person"]),
    "known": ("How it is known", pl.col("who_evidence")),
    "when": ("Changed at", changed_at(ZoneInfo("UTC"))),
    "rule": ("Rule", pl.col("violation_type")),
    "why": ("Why", pl.col("issue_description")),
    "wr": ("WR", pl.col("work_request")),
    "week": ("Week", pl.col("week_ending")),
    "lock": ("After lock", VALUES["lock"]),
    "sheet": ("Sheet", pl.col("sheet_name")),
    "row": ("Row", pl.col("row_id")),
    "look": ("Look", pl.col("look")),
    "incident": ("Incident", pl.col("incident_id")),
    "event": ("Event", pl.col("event_id")),
}  # fmt: skip
"""Name → (title, values over the sealed columns). What a finding differs by is no money that moved."""

USUAL: Final = ("event", "severity", "what", "before", "after", "money", "who", "rule", "wr", "week")
"""The columns that a new table begins with."""


def shown(events: pl.DataFrame, columns: tuple[str, ...], titles: Mapping[str, str]) -> pl.DataFrame:
    """The columns of `events` (sealed columns) that were asked for. `titles`: of rules."""
    known = {"rule": pl.col("violation_type").replace(titles)}
    return events.rechunk().select(
        known.get(name, COLUMNS[name][1]).alias(COLUMNS[name][0]) for name in columns if name in COLUMNS
    )
