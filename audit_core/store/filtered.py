"""What a filter holds: its totals, facets and pages.

What is counted or ordered is asked of what is held in memory, what is searched of the columnar copy, and rows in full
of SQLite by key: no statement here reads a growing table from end to end.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl

from audit_core.filters import FACETS, EventFilter
from audit_core.store.columnar import TYPES, Question
from audit_core.store.conditions import VALUES, condition, reviewed
from audit_core.store.database import Database
from audit_core.store.figures import Figures, frame, money
from audit_core.store.held import coded
from audit_core.store.ledger import SCHEMA
from audit_core.store.schema import RISKY

_KEYS: Final = {
    # what has no risk comes last
    "risk": pl.col("risk_score").fill_null(-1.0),
    "newest": pl.col("event_id"),
    "money": pl.when(pl.col("kind") == "change").then(pl.col("money_cents").abs()).fill_null(0),
}
_FEW: Final = 3_000
"""So many events are read from SQLite before the copy is asked instead."""

_PAGE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Totals:
    """What a filter holds: changes and findings, those with a severity, rows, and the money they moved in cents."""

    events: int
    flagged: int
    rows: int
    money_cents: int


class Filtered(Figures):
    """The trail under a filter.

    `upto`: filters are answered as the ledger was when it held so many events; None: as it is now.
    """

    def __init__(self, database: Database, upto: int | None = None) -> None:
        super().__init__(database)
        self.upto = upto

    def totals(self, chosen: EventFilter) -> Totals:
        """Counts and money of a filter."""
        (counted,) = self._count(
            chosen,
            lambda events: events.filter(self._narrow(chosen)).select(
                pl.len(),
                pl.col("severity").count(),
                pl.col("row").drop_nulls().n_unique().alias("rows"),
                money(pl.col("kind") == "change"),
            ),
        )
        return Totals(*counted.row(0))

    def riskiest(self, chosen: EventFilter, limit: int, offset: int = 0) -> pl.DataFrame:
        """Sealed columns of a page of the events that fit, the riskiest first; of equal risk the earlier first."""
        fits = self._fits(chosen)
        if chosen.incident is None and (leading := self._leading(fits, offset + limit)) is not None:
            return self._in_full(leading[offset:])
        return self._largest(chosen, _KEYS["risk"], limit, offset)

    def first(self, chosen: EventFilter, order: str, limit: int, offset: int = 0) -> pl.DataFrame:
        """As `riskiest`, in the `order` of risk, of money (that changes moved, up or down) or the newest first."""
        if order == "risk":
            return self.riskiest(chosen, limit, offset)
        return self._largest(chosen, _KEYS[order], limit, offset)

    def recorded(self, chosen: EventFilter) -> pl.DataFrame:
        """Sealed columns of all events that fit, as they were recorded."""
        fits = self._fits(chosen)
        (found,) = self._ask(chosen, lambda events: events.filter(fits).select("event_id").sort("event_id"))
        return self._in_full(found["event_id"].to_list())

    def facets(self, chosen: EventFilter) -> dict[str, pl.DataFrame]:
        """`value, n` of every facet, each under the filter's other conditions, the most frequent first."""
        values = self._values()
        questions = (_facet(self._narrow(chosen.without(name)), values[name]) for name in FACETS)
        return dict(zip(FACETS, self._count(chosen, *questions), strict=True))

    def by_severity(self, chosen: EventFilter, name: str) -> pl.DataFrame:
        """`value, severity, n` of the facet `look` or `week` under the filter's other conditions, in its order.

        Of looks also without `since` and `until`. `severity` is null for what has none.
        """
        wider = chosen.without(name)
        wider = replace(wider, since="", until="") if name == "look" else wider
        fits = self._narrow(wider)
        (found,) = self._count(
            wider,
            lambda events: (
                events.filter(fits)
                .group_by(value=VALUES[name], severity="severity")
                .agg(n=pl.len().cast(pl.Int64))
                .with_columns(pl.col("value", "severity").cast(pl.String))
                .drop_nulls("value")
                .sort("value", "severity")
            ),
        )
        return found

    def holds(self, chosen: EventFilter, event: Mapping[str, Any]) -> bool:
        """Whether a filter holds one event (its sealed columns)."""
        return pl.DataFrame([event], schema=SCHEMA).filter(self._fits(chosen)).height == 1

    def grouped(self, chosen: EventFilter, value: pl.Expr) -> pl.DataFrame:
        """`value, events, rows, money_cents` of a filter's events by what `value` says of each, in its order."""
        fits, row = self._fits(chosen), pl.struct("sheet_id", "row_id")
        (found,) = self._ask(
            chosen,
            lambda events: (
                events.filter(fits)
                .with_columns(value=value)
                .group_by("value")
                .agg(
                    events=pl.len().cast(pl.Int64),
                    rows=row.filter(pl.col("sheet_id").is_not_null() & pl.col("row_id").is_not_null()).n_unique(),
                    money_cents=money(pl.col("kind") == "change"),
                )
                .sort("value")
            ),
        )
        return found.with_columns(pl.col("rows").cast(pl.Int64))

    def _fits(self, chosen: EventFilter) -> pl.Expr:
        """Whether an event fits and had been recorded."""
        asked = chosen.review or any(name == "review" for name, _ in chosen.excluded)
        fits = condition(chosen, self._values() if asked else VALUES)
        return fits if self.upto is None else fits & (pl.col("event_id") <= self.upto)

    def _narrow(self, chosen: EventFilter) -> pl.Expr:
        """As `_fits`, of what `_count` gives: of texts that are not held, and of looks in order, it has made sure."""
        return self._fits(replace(chosen, text="", near="", since="", until=""))

    def _values(self) -> dict[str, pl.Expr]:
        """What an event is counted as in each facet."""
        standing = self._rows(
            """SELECT subject, replace(json_extract(content, '$.verdict'), '_', ' '),
            coalesce(json_extract(content, '$.upto'), event_id)
            FROM decisions WHERE kind = 'disposition' AND event_id <= ? ORDER BY decision_id""",
            [self.upto or 2**62],
        )
        newest = {subject: (word, upto) for subject, word, upto in standing}
        return VALUES | {"review": reviewed({each: told for each, told in newest.items() if told[0] != "withdrawn"})}

    def _count(self, chosen: EventFilter, *questions: Question) -> list[pl.DataFrame]:
        """Answers about what is held of the events that `chosen` may hold, after all that `_narrow` does not say."""
        wide = EventFilter(text=chosen.text, near=chosen.near, since=chosen.since, until=chosen.until)
        if (few := self._few(chosen)) is not None:
            events = coded(few.lazy().filter(condition(wide))).collect()
        elif chosen.text or chosen.near:
            # what is held is read after what was found in it
            events = self._copy.held_of(self._searched(wide))
        else:
            held = self._copy.held()
            events = held if wide == EventFilter() else held.filter(condition(wide))
        return pl.collect_all([question(events.lazy()) for question in questions])

    def _searched(self, search: EventFilter) -> pl.Series:
        """The numbers of the events that hold a text, or were near a moment, in their order."""
        return self._copy.found(
            search, lambda events: events.filter(condition(search)).select("event_id").sort("event_id")
        )

    def _largest(self, chosen: EventFilter, key: pl.Expr, limit: int, offset: int) -> pl.DataFrame:
        """Sealed columns of a page of the events that fit, by a number, the largest first; of equal the earlier."""
        fits = self._narrow(chosen)
        (found,) = self._count(chosen, lambda events: events.filter(fits).select("event_id", key=key))
        return self._in_full(_page(found, limit, offset))

    def _ask(self, chosen: EventFilter, *questions: Question) -> list[pl.DataFrame]:
        """Answers about the events that `chosen` may hold: those of a small incident, else all."""
        few = self._few(chosen)
        if few is None:
            return self._copy.collect(*questions)
        return pl.collect_all([question(few.lazy()) for question in questions])

    def _few(self, chosen: EventFilter) -> pl.DataFrame | None:
        """Sealed columns of the events of a small incident, as recorded; None for a filter that may hold more."""
        if chosen.incident is None:
            return None
        found = self._events("WHERE incident_id = ? ORDER BY event_id LIMIT ?", [chosen.incident, _FEW])
        return found if found.height < _FEW else None

    def _leading(self, fits: pl.Expr, wanted: int) -> list[int] | None:
        """The first events that fit by risk, where they stand among the riskiest of all; None where they do not.

        Most pages that are looked at are the first ones of broad filters: a few steps along the index find them.
        """
        columns = list(dict.fromkeys(("risk_score", "event_id", *fits.meta.root_names())))
        schema = {name: TYPES[name] for name in columns}
        found: list[int] = []
        risk, event_id, step, left = 1.0, 0, wanted, _FEW
        while step <= left:
            page = frame(
                self._rows(
                    f"""SELECT {", ".join(columns)} FROM audit_events WHERE risk_score >= {RISKY}
                    AND risk_score <= ?1 AND (risk_score < ?1 OR event_id > ?2)
                    ORDER BY risk_score DESC, event_id LIMIT ?3""",
                    [risk, event_id, step],
                ),
                schema,
            )
            found += page.filter(fits)["event_id"].to_list()
            if len(found) >= wanted:
                return found[:wanted]
            if page.height < step:
                return None
            risk, event_id = page["risk_score"][-1], page["event_id"][-1]
            left -= step
            step *= 4
        return None

    def _in_full(self, event_ids: Sequence[int]) -> pl.DataFrame:
        """Sealed columns of events, in the order of their numbers as given."""
        rows: dict[int, tuple[Any, ...]] = {}
        for start in range(0, len(event_ids), _PAGE):
            numbers = json.dumps(event_ids[start : start + _PAGE])
            found = self._rows(
                f"""SELECT {", ".join(SCHEMA)} FROM audit_events
                WHERE event_id IN (SELECT value FROM json_each(?))""",
                [numbers],
            )
            rows |= {row[0]: row for row in found}
        return frame([rows[number] for number in event_ids], SCHEMA)

    def _events(self, clause: str, values: Sequence[object]) -> pl.DataFrame:
        return frame(self._rows(f"SELECT {', '.join(SCHEMA)} FROM audit_events {clause}", values), SCHEMA)


def _page(found: pl.DataFrame, limit: int, offset: int) -> list[int]:
    """The events of one page of `event_id, key` (in the order of event_id), the largest key first.

    Only numbers are sorted, and then the events whose key is on the page: ten times faster than sorting all events.
    """
    keys = found["key"].sort(descending=True)[offset : offset + limit]
    if keys.is_empty():
        return []
    here = found.filter(pl.col("key").is_between(keys[-1], keys[0]))
    first = offset - int((found["key"] > keys[0]).sum())
    ordered = here.sort("key", descending=True, maintain_order=True)
    return ordered["event_id"][first : first + limit].to_list()


def _facet(fits: pl.Expr, value: pl.Expr) -> Question:
    columns = value.meta.root_names()
    # what comes of one column is counted as it is kept, and then called what it is called: that is twice as fast
    kept, called = (pl.col(columns[0]), value) if len(columns) == 1 else (value.alias("value"), pl.col("value"))
    return lambda events: (
        events.filter(fits)
        .group_by(kept)
        .agg(n=pl.len().cast(pl.Int64))
        .select("n", value=called.cast(pl.String))
        .drop_nulls()
        .group_by("value")
        .agg(pl.col("n").sum())
        .sort("n", "value", descending=[True, False])
    )
