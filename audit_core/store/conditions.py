"""What a filter means: one expression over the columns of the trail, whether they come from the copy or from SQLite."""

import operator
from collections.abc import Mapping
from functools import reduce
from typing import Any, Final

import polars as pl

from audit_core.filters import FACETS, LOCK_WORDS, EventFilter
from audit_core.store.ledger import SCHEMA

VALUES: Final[dict[str, pl.Expr]] = {
    "sheet": pl.col("sheet_name"),
    "column": pl.col("column_name"),
    "rule": pl.col("violation_type"),
    "severity": pl.col("severity"),
    "person": pl.col("changed_by").fill_null("unknown"),
    "week": pl.col("week_ending").fill_null("no week"),
    "look": pl.col("look"),
    "lock": pl.col("is_historical").replace_strict(
        {state: word for word, state in LOCK_WORDS.items()}, default=None, return_dtype=pl.String
    ),
}
"""What an event is counted as in each facet; null: in none."""

TRAIL: Final = pl.col("kind") != "action"
"""Changes and findings: what the app itself did is sealed beside them, and is nobody's edit."""

_TEXT_IN: Final = (
    "row_id", "work_request", "old_value", "new_value", "issue_description", "changed_by", "week_ending",
)  # fmt: skip


def condition(chosen: EventFilter) -> pl.Expr:
    """Whether an event fits (null: it does not)."""
    parts = [TRAIL]
    parts += [VALUES[name].is_in(list(wanted)) for name in FACETS if (wanted := getattr(chosen, name))]
    if chosen.incident is not None:
        parts.append(pl.col("incident_id") == chosen.incident)
    if chosen.text:
        # in any case of the letters a–z alone: what "any case" means elsewhere would depend on the language
        found = [pl.col(name).str.contains_any([chosen.text], ascii_case_insensitive=True) for name in _TEXT_IN]
        parts.append(pl.any_horizontal(found))
    return reduce(operator.and_, parts)


def fits(chosen: EventFilter, event: Mapping[str, Any]) -> bool:
    """Whether a filter holds one event (its sealed columns)."""
    return pl.DataFrame([event], schema=SCHEMA).filter(condition(chosen)).height == 1
