"""What a filter means: one expression over the columns of the trail, whether they come from the copy or from SQLite."""

import operator
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import reduce
from typing import Final

import polars as pl

from audit_core.filters import LOCK_WORDS, NEAR_MINUTES, UNDECIDED, EventFilter

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
"""What an event is counted as in each facet but `review`; null: in none."""

TRAIL: Final = pl.col("kind") != "action"
"""Changes and findings: what the app itself did is sealed beside them, and is nobody's edit."""

_TEXT_IN: Final = (
    "row_id", "work_request", "old_value", "new_value", "issue_description", "changed_by", "week_ending",
)  # fmt: skip


def reviewed(standing: Mapping[str, tuple[str, int]]) -> pl.Expr:
    """What an event is counted as in the facet `review`: its own verdict, else its incident's, else UNDECIDED.

    `standing`: subject (`event:12`, `incident:3`) → the verdict in words, and the last event that it can speak of: what
    joined an incident later, nobody had seen.
    """

    def said(kind: str) -> pl.Expr:
        about = {int(name.partition(":")[2]): told for name, told in standing.items() if name.startswith(f"{kind}:")}
        if not about:
            return pl.lit(None, pl.String)
        word, upto = (
            pl.col(f"{kind}_id").replace_strict(
                {number: told[place] for number, told in about.items()}, default=None, return_dtype=dtype
            )
            for place, dtype in enumerate((pl.String, pl.Int64))
        )
        return pl.when(pl.col("event_id") <= upto).then(word)

    return pl.coalesce(said("event"), said("incident"), pl.lit(UNDECIDED))


def condition(chosen: EventFilter, values: Mapping[str, pl.Expr] = VALUES) -> pl.Expr:
    """Whether an event fits (null: it does not). `values`: of the facets; with `review` where that is asked for."""
    parts = [TRAIL]
    parts += [each.is_in(list(wanted)) for name, each in values.items() if (wanted := getattr(chosen, name))]
    for name, each in values.items():
        if out := [value for facet, value in chosen.excluded if facet == name]:
            parts.append(each.is_in(out).fill_null(value=False).not_())
    if chosen.incident is not None:
        parts.append(pl.col("incident_id") == chosen.incident)
    # looks are named by a date or an instant, both ISO: their order is that of their names
    parts += [pl.col("look") >= chosen.since] if chosen.since else []
    parts += [pl.col("look") <= chosen.until] if chosen.until else []
    # what moved nothing known moved neither more nor less
    parts += [pl.col("money_cents").abs() >= chosen.least] if chosen.least is not None else []
    parts += [pl.col("money_cents").abs() <= chosen.most] if chosen.most is not None else []
    if chosen.near:
        at, minutes = datetime.fromisoformat(chosen.near), timedelta(minutes=NEAR_MINUTES)
        first, last = (f"{each:%Y-%m-%dT%H:%M:%S}" for each in (at - minutes, at + minutes))
        parts.append(pl.col("changed_at").str.slice(0, len(first)).is_between(pl.lit(first), pl.lit(last)))
    if chosen.text:
        # in any case of the letters a–z alone: what "any case" means elsewhere would depend on the language
        found = [pl.col(name).str.contains_any([chosen.text], ascii_case_insensitive=True) for name in _TEXT_IN]
        parts.append(pl.any_horizontal(found))
    return reduce(operator.and_, parts)
