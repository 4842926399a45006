"""The questions of the pages, each with what a person would write for it with SQLite or polars alone."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from audit_core.filters import FACETS, EventFilter
from audit_core.store.ledger import SCHEMA
from audit_core.store.queries import INCIDENTS, Queries

_ROW: Final = ", ".join(SCHEMA)
_STORY: Final = ", ".join(INCIDENTS)
_KINDS: Final = "kind IN ('change', 'finding')"
_NEWEST: Final = "(SELECT sheet_id, max(look) look FROM snapshots GROUP BY sheet_id)"

ALL: Final = EventFilter()
GRAVE: Final = EventFilter(severity=("HIGH", "CRITICAL"))
LOW: Final = EventFilter(severity=("LOW",))
NARROW: Final = EventFilter(sheet=("Field Billing 7",), column=("Column 3",), person=("user4@example.com",))
LATE: Final = EventFilter(lock=("after lock",))
TEXT: Final = EventFilter(text="COLUMN 7 IS 12.")
STORY: Final = EventFilter(incident=321)

_TRAIL: Final = pl.col("kind").is_in(["change", "finding"])
_WHERE: Final = {
    ALL: _TRAIL,
    GRAVE: _TRAIL & pl.col("severity").is_in(["HIGH", "CRITICAL"]),
    LOW: _TRAIL & (pl.col("severity") == "LOW"),
    NARROW: _TRAIL
    & (pl.col("sheet_name") == "Field Billing 7")
    & (pl.col("column_name") == "Column 3")
    & (pl.col("changed_by") == "user4@example.com"),
    STORY: _TRAIL & (pl.col("incident_id") == 321),
    TEXT: _TRAIL
    & pl.any_horizontal(
        pl.col(name).str.contains(r"(?i)column 7 is 12\.")
        for name in ("row_id", "work_request", "old_value", "new_value", "issue_description", "changed_by",
                     "week_ending")
    ),
}  # fmt: skip
_LOCK: Final = "CASE is_historical WHEN 1 THEN 'after lock' WHEN 0 THEN 'before lock' ELSE 'possibly after lock' END"
_VALUE: Final = {
    "sheet": "sheet_name",
    "column": "column_name",
    "rule": "violation_type",
    "severity": "severity",
    "person": "coalesce(changed_by, 'unknown')",
    "week": "coalesce(week_ending, 'no week')",
    "look": "look",
    "lock": _LOCK,
    "review": "CASE WHEN kind != 'action' THEN 'undecided' END",  # nobody decides anything in these trails
}


_SINCE: Final = "2024-01-02"


@dataclass(frozen=True, slots=True)
class Question:
    """What a page asks: our answer, and the bare ones."""

    what: str
    ours: Callable[[Queries], Any]
    peers: Mapping[str, Callable[[], Any]]


def questions(bare: sqlite3.Connection, copy: Path, size: int) -> list[Question]:
    """Every question of the pages over a store of benchmarks.trail_store with `size` events."""

    def sql(text: str, *values: object) -> dict[str, Callable[[], Any]]:
        return {"SQLite": lambda: bare.execute(text, values).fetchall()}

    def polars(ask: Callable[[pl.LazyFrame], Any]) -> dict[str, Callable[[], Any]]:
        return {"polars": lambda: ask(pl.scan_parquet(copy / "*/*.parquet"))}

    def page(where: str, offset: int = 0) -> dict[str, Callable[[], Any]]:
        """The best that can be written: it knows that what is asked for stands among the flagged events."""
        return sql(
            f"""SELECT {_ROW} FROM audit_events WHERE risk_score >= 0.1 AND {_KINDS} AND {where}
            ORDER BY risk_score DESC, event_id LIMIT 100 OFFSET {offset}"""
        )

    def sorted_page(chosen: EventFilter, offset: int = 0) -> dict[str, Callable[[], Any]]:
        def ask(events: pl.LazyFrame) -> list[Any]:
            found = events.filter(_WHERE[chosen]).select("risk_score", "event_id").collect(engine="streaming")
            order = found.sort("risk_score", descending=True, maintain_order=True)
            ids = order["event_id"][offset : offset + 100].to_list()
            text = f"SELECT {_ROW} FROM audit_events WHERE event_id IN ({', '.join('?' * len(ids))})"
            rows = {row[0]: row for row in bare.execute(text, ids)}
            return [rows[number] for number in ids]

        return polars(ask)

    row = bare.execute(
        "SELECT sheet_id, row_id FROM audit_events WHERE event_id > ? AND kind = 'change'", (size // 3,)
    ).fetchone()
    flagged = size // 100 * 3
    last = size // 100 * 98 - 1_000
    return [
        Question("headline", lambda ask: ask.headline(), {"SQLite": lambda: _headline(bare)}),
        Question("totals of everything", lambda ask: ask.totals(ALL), polars(lambda events: _totals(events, ALL))),
        Question("totals of a narrow filter", lambda ask: ask.totals(NARROW), polars(lambda e: _totals(e, NARROW))),
        Question("totals of a text", lambda ask: ask.totals(TEXT), polars(lambda events: _totals(events, TEXT))),
        Question("totals of an incident", lambda ask: ask.totals(STORY), polars(lambda e: _totals(e, STORY))),
        Question("nine facets of everything", lambda ask: ask.facets(ALL), polars(lambda events: _facets(events, ALL))),
        Question("nine facets of a filter", lambda ask: ask.facets(GRAVE), polars(lambda e: _facets(e, GRAVE))),
        Question("nine facets of an incident", lambda ask: ask.facets(STORY), polars(lambda e: _facets(e, STORY))),
        Question("page 1 of everything", lambda ask: ask.riskiest(ALL, 100), page("1")),
        Question("page 5 of everything", lambda ask: ask.riskiest(ALL, 100, 400), page("1", 400)),
        Question(
            "page half-way among the flagged",
            lambda ask: ask.riskiest(ALL, 100, flagged // 2),
            page("1", flagged // 2) | sorted_page(ALL, flagged // 2),
        ),
        Question("page near the last", lambda ask: ask.riskiest(ALL, 100, last), sorted_page(ALL, last)),
        Question(
            "page 1 of HIGH and CRITICAL",
            lambda ask: ask.riskiest(GRAVE, 100),
            page("severity IN ('HIGH', 'CRITICAL')"),
        ),
        Question("page 1 of LOW", lambda ask: ask.riskiest(LOW, 100), page("severity = 'LOW'") | sorted_page(LOW)),
        Question("page 1 after the lock", lambda ask: ask.riskiest(LATE, 100), page("is_historical = 1")),
        Question("page 1 of a narrow filter", lambda ask: ask.riskiest(NARROW, 100), sorted_page(NARROW)),
        Question("page 1 of a text", lambda ask: ask.riskiest(TEXT, 100), sorted_page(TEXT)),
        Question(
            "page 1 of an incident",
            lambda ask: ask.riskiest(STORY, 100),
            sql(
                f"""SELECT {_ROW} FROM audit_events WHERE {_KINDS} AND incident_id = 321
                ORDER BY risk_score DESC, event_id LIMIT 100"""
            ),
        ),
        Question(
            "one event", lambda ask: ask.event(4_321), sql(f"SELECT {_ROW} FROM audit_events WHERE event_id = 4321")
        ),
        Question(
            "the history of a row",
            lambda ask: ask.timeline(*row),
            sql(f"SELECT {_ROW} FROM audit_events WHERE sheet_id = ? AND row_id = ? ORDER BY event_id", *row),
        ),
        Question(
            "newest actions",
            lambda ask: ask.actions(),
            sql(f"SELECT {_ROW} FROM audit_events WHERE kind = 'action' ORDER BY event_id DESC LIMIT 200"),
        ),
        Question(
            "newest actions of a name",
            lambda ask: ask.actions_named("signed_in"),
            sql(f"SELECT {_ROW} FROM audit_events WHERE action = 'signed_in' ORDER BY event_id DESC LIMIT 200"),
        ),
        Question(
            "one incident",
            lambda ask: ask.incident(321),
            sql(f"SELECT {_STORY} FROM incidents WHERE incident_id = 321"),
        ),
        Question(
            "the worst incidents",
            lambda ask: ask.incidents(("CRITICAL", "HIGH"), 8),
            sql(
                f"""SELECT {_STORY} FROM incidents WHERE severity IN ('CRITICAL', 'HIGH')
                ORDER BY risk_score DESC, incident_id LIMIT 8"""
            ),
        ),
        Question("changes by look", lambda ask: ask.by_look(), polars(_by_look)),
        Question(
            "stories by sheet", lambda ask: ask.stories_by(pl.col("sheet_name"), _SINCE), polars(_stories_by_sheet)
        ),
        Question(
            "what each rule looked at",
            lambda ask: ask.rule_counts(),
            sql(
                f"""SELECT rule, state, sum(checked), sum(skipped), sum(out_of_scope), sum(hit), sum(exempt)
                FROM rule_counts JOIN {_NEWEST.replace("snapshots", "rule_counts")} USING (sheet_id, look)
                GROUP BY rule, state ORDER BY rule, state"""
            ),
        ),
        Question(
            "looks",
            lambda ask: ask.looks(),
            sql("SELECT look, count(*), sum(rows) FROM snapshots GROUP BY look ORDER BY look"),
        ),
        Question(
            "simulated looks",
            lambda ask: ask.simulated_looks(),
            sql("SELECT DISTINCT look FROM snapshots WHERE simulated = 1"),
        ),
        Question(
            "blind spots of looks",
            lambda ask: ask.blind_spots_of_looks(),
            sql(
                """SELECT s.look, json_extract(b.value, '$.sheet'), json_extract(b.value, '$.reason'),
                json_extract(b.value, '$.detail') FROM snapshots s, json_each(s.blind_spots) b
                ORDER BY s.look DESC, s.sheet_id, b.key"""
            ),
        ),
    ]


def _headline(bare: sqlite3.Connection) -> list[tuple[Any, ...]]:
    return bare.execute(
        f"""SELECT (SELECT count(*) FROM {_NEWEST}),
        (SELECT sum(rows) FROM snapshots JOIN {_NEWEST} USING (sheet_id, look)),
        (SELECT min(look) FROM snapshots), (SELECT max(look) FROM snapshots),
        (SELECT min(look) FROM snapshots WHERE simulated = 1)"""
    ).fetchall()


def _totals(events: pl.LazyFrame, chosen: EventFilter) -> list[tuple[Any, ...]]:
    found = events.filter(_WHERE[chosen])
    cents = pl.col("money_cents").filter(pl.col("kind") == "change").sum()
    counted, rows = pl.collect_all(
        [
            found.select(pl.len(), pl.col("severity").count(), cents),
            found.select("sheet_id", "row_id").unique().select(pl.len()),
        ],
        engine="streaming",
    )
    total, flagged, money = counted.row(0)
    return [(total, flagged, rows.item(), money)]


def _facets(events: pl.LazyFrame, chosen: EventFilter) -> list[list[tuple[Any, ...]]]:
    asked = []
    for name in FACETS:
        value = pl.sql_expr(_VALUE[name]).alias("value")
        found = events.filter(_WHERE[chosen.without(name)]).select(value).drop_nulls()
        asked.append(found.group_by("value").len().sort("len", "value", descending=[True, False]))
    return [answer.rows() for answer in pl.collect_all(asked, engine="streaming")]


def _by_look(events: pl.LazyFrame) -> list[tuple[Any, ...]]:
    counted = (pl.len(), pl.col("severity").count(), (pl.col("is_historical") == 1).sum())
    looks = events.filter(_TRAIL & pl.col("look").is_not_null()).group_by("look").agg(*counted)
    return looks.sort("look").collect(engine="streaming").rows()


def _stories_by_sheet(events: pl.LazyFrame) -> list[tuple[Any, ...]]:
    story = pl.coalesce(-pl.col("incident_id"), "event_id")
    severe = story.filter(pl.col("severity").is_not_null())
    told = events.filter(_TRAIL & (pl.col("look") >= _SINCE)).group_by("look", "sheet_name")
    counted = told.agg(story.n_unique(), flagged=severe.n_unique()).sort("look", "sheet_name")
    return counted.collect(engine="streaming").rows()
