"""The store in figures: what stands over the trail as a whole, and over the looks that made it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.sheets.weeks import look_day
from audit_core.store.columnar import Columnar
from audit_core.store.conditions import TRAIL
from audit_core.store.database import Database

_SEVERE: Final = "severity IN ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')"


@dataclass(frozen=True, slots=True)
class Headline:
    """The trail in a few numbers. Money in cents: of flagged changes after the lock, gains and losses apart.

    `open_incidents` have a severity; `urgent` are those of them that are HIGH or CRITICAL. `sheets`, `last_look`: as
    taken so far. `simulated_from`: the first look that is simulated, None where none is. `blind_spots`: different
    ones over all looks that were taken.
    """

    changes: int
    flagged: int
    open_incidents: int
    urgent: int
    lost_cents: int
    gained_cents: int
    sheets: int
    rows: int
    first_look: str | None
    last_look: str | None
    simulated_from: str | None
    blind_spots: int


class Figures:
    """The figures of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._copy = Columnar(database)

    def headline(self) -> Headline:
        """The trail in a few numbers."""
        change, flagged = pl.col("kind") == "change", pl.col("severity").is_not_null()
        late = change & flagged & (pl.col("is_historical") == 1)
        (events,) = self._copy.collect(
            lambda events: events.select(
                change.sum().alias("changes"),
                flagged.sum().alias("flagged"),
                money(late & (pl.col("money_cents") < 0)).alias("lost"),
                money(late & (pl.col("money_cents") > 0)).alias("gained"),
            )
        )
        changes, flags, lost, gained = events.row(0)
        row = self._rows(
            f"""WITH RECURSIVE {_newest("snapshots")},
            spots AS (SELECT DISTINCT blind_spots FROM snapshots WHERE look > '' AND blind_spots != '[]')
            SELECT (SELECT count(*) FROM incidents WHERE {_SEVERE}),
            (SELECT count(*) FROM incidents WHERE severity IN ('HIGH', 'CRITICAL')),
            (SELECT count(*) FROM newest),
            (SELECT coalesce(sum(rows), 0) FROM newest CROSS JOIN snapshots USING (sheet_id, look)),
            (SELECT min(look) FROM snapshots), (SELECT max(look) FROM snapshots),
            (SELECT min(look) FROM snapshots WHERE simulated = 1),
            (SELECT count(DISTINCT b.value) FROM spots CROSS JOIN json_each(spots.blind_spots) b)"""
        )[0]
        return Headline(changes, flags, row[0], row[1], lost, gained, *row[2:])

    def incidents_by_day(self, zone: ZoneInfo) -> pl.DataFrame:
        """`day, severity, n`: incidents that have a severity, by the business day of their look."""
        found = frame(
            self._rows(f"SELECT look, severity, count(*) n FROM incidents WHERE {_SEVERE} GROUP BY look, severity"),
            {"look": pl.String(), "severity": pl.String(), "n": pl.Int64()},
        )
        day = look_day(pl.col("look"), zone).cast(pl.String)
        return found.group_by(day=day, severity="severity").agg(pl.col("n").sum()).sort("day", "severity")

    def by_rule(self) -> pl.DataFrame:
        """`rule, severity, n, money_cents`: events by the gravest rule they broke."""
        (found,) = self._copy.collect(
            lambda events: (
                events.filter(TRAIL & pl.col("violation_type").is_not_null())
                .group_by(rule="violation_type", severity=pl.col("severity").fill_null("none"))
                .agg(n=pl.len().cast(pl.Int64), money_cents=pl.col("money_cents").sum())
                .sort("n", "rule", "severity", descending=[True, False, False])
            )
        )
        return found

    def rule_counts(self) -> pl.DataFrame:
        """`rule, state, checked, skipped, out_of_scope, hit, exempt`, summed over each sheet's newest look.

        `state`: off, shadow or on; a rule that stood otherwise on another sheet's newest look has a row for each.
        """
        names = ("checked", "skipped", "out_of_scope", "hit", "exempt")
        found = self._rows(
            f"""WITH RECURSIVE {_newest("rule_counts")}
            SELECT rule, state, {", ".join(f"sum({name}) {name}" for name in names)}
            FROM newest CROSS JOIN rule_counts USING (sheet_id, look) GROUP BY rule, state ORDER BY rule, state"""
        )
        return frame(found, {"rule": pl.String(), "state": pl.String(), **dict.fromkeys(names, pl.Int64())})

    def simulated_looks(self) -> frozenset[str]:
        """The looks that are simulated."""
        found = self._rows("SELECT DISTINCT look FROM snapshots WHERE look > '' AND simulated = 1")
        return frozenset(row[0] for row in found)

    def blind_spots_of_looks(self) -> pl.DataFrame:
        """`look, sheet, reason, detail`: what each look that was taken could not see, the newest look first."""
        found = self._rows(
            """SELECT s.look, json_extract(b.value, '$.sheet') sheet, json_extract(b.value, '$.reason') reason,
            json_extract(b.value, '$.detail') detail FROM snapshots s CROSS JOIN json_each(s.blind_spots) b
            WHERE s.look > '' AND s.blind_spots != '[]' ORDER BY s.look DESC, s.sheet_id, b.key"""
        )
        return frame(found, dict.fromkeys(("look", "sheet", "reason", "detail"), pl.String()))

    def looks(self) -> pl.DataFrame:
        """`look, sheets, rows` of every look taken, oldest first: how many sheets, and their rows together."""
        found = self._rows(
            "SELECT look, count(*) sheets, sum(rows) rows FROM snapshots WHERE look > '' GROUP BY look ORDER BY look"
        )
        return frame(found, {"look": pl.String(), "sheets": pl.Int64(), "rows": pl.Int64()})

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        cursor = self._database.connection().cursor()
        cursor.row_factory = None  # plain tuples: a page of them is a frame in half the time
        return cursor.execute(sql, tuple(values)).fetchall()


def frame(rows: Sequence[tuple[Any, ...]], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Rows as a frame of exactly these columns."""
    return pl.DataFrame(rows, schema=schema, orient="row")


def money(where: pl.Expr) -> pl.Expr:
    """The cents of the events for which `where` is true."""
    return pl.col("money_cents").filter(where).sum()


def _newest(table: str) -> str:
    """SQL: `newest (sheet_id, look)`, each sheet's newest look in a table, found in one step a sheet."""
    return f"""sheets (sheet_id) AS (SELECT min(sheet_id) FROM {table} UNION ALL
    SELECT (SELECT min(t.sheet_id) FROM {table} t WHERE t.sheet_id > sheets.sheet_id) FROM sheets
    WHERE sheets.sheet_id IS NOT NULL),
    newest AS (SELECT sheet_id, (SELECT max(look) FROM {table} t WHERE t.sheet_id = sheets.sheet_id) look FROM sheets
    WHERE sheet_id IS NOT NULL)"""
