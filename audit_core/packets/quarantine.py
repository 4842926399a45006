"""Work requests one edit from a known one: their packets wait for somebody to say which number was meant.

Which ones they are is the rule near_work_request's to say; here it is only asked, over the sheets as they stand now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from audit_core.rules.base import Context
from audit_core.rules.exemptions import EVERY_RULE, Exemption
from audit_core.rules.identity import near_work_request
from audit_core.rules.standing import Standing
from audit_core.rules.states import State

RULE: Final = "near_work_request"
ASKED: Final = ("row_id", "work_request", "foreman", "work_date", "pole", "price_cents")
"""What of a row's state is looked at."""
NEAR: Final = {"sheet_id": pl.String(), "row_id": pl.String(), "likely": pl.String(), "likely_lines": pl.Int64()}
"""A row in quarantine: the number that may have been meant, and how many lines that has."""


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody is asked of a work request in quarantine. `lines`: how many it has over all sheets."""

    work_request: str
    lines: int
    likely: str
    likely_lines: int

    def words(self) -> str:
        """The question."""
        has = {1: "one", 2: "two"}.get(self.lines, f"{self.lines:,}")
        return f"Was WR {self.likely} meant? It has {self.likely_lines:,} lines; {self.work_request} has {has}."

    def as_dict(self) -> dict[str, object]:
        """As JSON values."""
        return {"work_request": self.work_request, "likely": self.likely, "question": self.words()}


def line_counts(rows: pl.DataFrame) -> dict[str, int]:
    """Work request → how many rows of all sheets have it."""
    return dict(rows["work_request"].drop_nulls().value_counts().iter_rows())


def near(
    sheets: Sequence[tuple[str, str, pl.DataFrame]],
    counts: Mapping[str, int],
    standing: Standing,
    exemptions: Sequence[Exemption],
    today: date,
) -> pl.DataFrame:
    """NEAR: the rows in quarantine. `sheets`: id, name and settled rows (ASKED of sheets.state) of each.

    Nothing is while the rule is off or in shadow. An exemption that names the work request answers the question, so it
    counts from its first day until somebody ends it; one that names only sheets counts as long as it lasts.
    """
    found = [pl.DataFrame(schema=NEAR)]
    for sheet_id, name, rows in sheets if standing.state is State.ON else ():
        if not standing.scope.reaches((sheet_id, name)):
            continue
        hits = near_work_request(rows, Context(today, line_counts=counts), None).hits
        if hits.is_empty():
            continue
        left_alone = [
            each.scope.holds()
            for each in exemptions
            if each.rule in (RULE, EVERY_RULE)
            and each.scope.reaches((sheet_id, name))
            and each.since <= today
            and (each.scope.work_requests or today <= each.until)
        ]
        hits = hits.with_columns(work_request="seen").filter(standing.scope.holds())
        hits = hits.filter(~pl.any_horizontal([pl.lit(value=False), *left_alone]))
        found.append(
            hits.select(pl.lit(sheet_id).alias("sheet_id"), "row_id", likely="expected", likely_lines="n").cast(NEAR)  # type: ignore[arg-type]
        )
    return pl.concat(found)


def questions(rows: pl.DataFrame, near: pl.DataFrame, counts: Mapping[str, int]) -> tuple[Question, ...]:
    """One question for each work request of these rows, those with the reason "quarantined"."""
    asked = rows.join(near, on=["sheet_id", "row_id"]).sort("work_request", "sheet_id", "row_id")
    first = asked.unique("work_request", keep="first", maintain_order=True)
    return tuple(
        Question(number, counts[number], likely, lines)
        for number, likely, lines in first.select("work_request", "likely", "likely_lines").iter_rows()
    )
