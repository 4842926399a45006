"""Why a line stands where it stands: the two traits that add most to its score, each as a sentence of what is known."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import polars as pl

from audit_core.forecast.learn import Learned
from audit_core.forecast.skill import Band
from audit_core.forecast.traits import TRAITS
from audit_core.rules.base import money_text

REASONS: Final = 2
NOTHING: Final = "Nothing about the line stands out."
Row = Mapping[str, Any]


def reasons(lines: pl.DataFrame, learned: Learned) -> list[list[str]]:
    """Up to REASONS sentences a line (described lines), the weightiest first."""
    told = []
    for row, shares in zip(lines.iter_rows(named=True), learned.shares(lines), strict=True):
        weighty = sorted(zip(shares, TRAITS, strict=True), key=lambda each: (-each[0], each[1]))
        said = list(dict.fromkeys(_SENTENCES[name](row) for share, name in weighty if share > 0))
        told.append(said[:REASONS] or [NOTHING])
    return told


def likelihood(band: Band) -> str:
    """'1 in 6 of rows like these (n = 142) was corrected after the lock.'"""
    if not band.corrected:
        return f"None of {band.lines:,} rows like these was corrected after the lock."
    every = band.lines / band.corrected
    return f"1 in {every:.0f} of rows like these (n = {band.lines:,}) was corrected after the lock."


def _share(name: str, column: str, what: str) -> Callable[[Row], str]:
    def sentence(row: Row) -> str:
        n, k = int(row[f"{name}_n"] or 0), int(row[f"{name}_k"] or 0)
        whose = f"{what} ({row[column] or 'blank'})"
        return f"{k:,} of {n:,} earlier lines of {whose} were corrected." if n else f"No earlier line is of {whose}."

    return sentence


def _quantity(row: Row) -> str:
    if row["usual"] is None:
        return f"The quantity is {row['quantity']:g}."
    return f"The quantity is {row['quantity']:g}; usual for {row['cu']} is {row['usual']:g} (n = {row['peers']:,})."


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _hours(row: Row, since: datetime) -> str:
    return f"{(row['locks_at'] - since).total_seconds() / 3600:,.0f} hours before the lock"


def _either(column: str, yes: str, no: str) -> Callable[[Row], str]:
    """`yes` with how many times or how much, `no` for none."""
    return lambda row: yes.format(times=_times(int(row[column])), n=int(row[column])) if row[column] else no


def _entered(row: Row) -> str:
    return f"It was entered {_hours(row, row['entered_at'])}."


_SENTENCES: Final[Mapping[str, Callable[[Row], str]]] = {
    "foreman_share": _share("foreman_share", "foreman", "this foreman"),
    "request_share": _share("request_share", "work_request", "this work request"),
    "code_share": _share("code_share", "cu", "this code"),
    "pieces": _quantity,
    "distance": _quantity,
    "edits": _either("times", "It was edited {times} before the lock.", "It was not edited since it was entered."),
    "broken": _either("breaks", "It broke a rule {times}.", "It broke no rule."),
    "young": _entered,
    "last_day": _entered,
    "touched": lambda row: f"It was last written to {_hours(row, row['rewritten_at'])}.",
    "weekend": lambda row: f"The work was done on a {row['work_date']:%A}.",
    "price_off": _either("price_off", "The price is not that of the list.", "The price is that of the list."),
    "missing": _either(
        "missing", "{n} of the cells that a bill needs are blank.", "No cell that a bill needs is blank."
    ),
    "double": _either("double", "Another line bills the same unit.", "No other line bills the same unit."),
    "money": lambda row: f"It bills {money_text(row['price_cents'])}.",
}
