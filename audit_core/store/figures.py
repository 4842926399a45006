"""The store in figures: what stands over the trail as a whole, and over the looks that made it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import polars.selectors as cs

from audit_core.changes.diff import ROW
from audit_core.sheets.weeks import look_day
from audit_core.store.columnar import Columnar
from audit_core.store.conditions import TRAIL
from audit_core.store.database import Database
from audit_core.store.held import HELD, row_hash


@dataclass(frozen=True, slots=True)
class Headline:
    """What was read so far: each sheet's newest look with its `rows`, the first look and the last.

    `simulated_from`: the first look that is simulated, None where none is.
    """

    sheets: int
    rows: int
    first_look: str | None
    last_look: str | None
    simulated_from: str | None


class Figures:
    """The figures of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._copy = Columnar(database)

    def headline(self) -> Headline:
        """What was read so far."""
        row = self._rows(
            f"""WITH RECURSIVE {_newest("snapshots")} SELECT (SELECT count(*) FROM newest),
            (SELECT coalesce(sum(rows), 0) FROM newest CROSS JOIN snapshots USING (sheet_id, look)),
            (SELECT min(look) FROM snapshots), (SELECT max(look) FROM snapshots),
            (SELECT min(look) FROM snapshots WHERE simulated = 1)"""
        )[0]
        return Headline(*row)

    def by_look(self) -> pl.DataFrame:
        """`look, events, flagged, late` (after the lock for certain) of changes and findings, the oldest look first."""
        (found,) = self._copy.collect(
            lambda events: (
                events.filter(TRAIL & pl.col("look").is_not_null())
                .group_by("look")
                .agg(
                    events=pl.len().cast(pl.Int64),
                    flagged=pl.col("severity").count().cast(pl.Int64),
                    late=(pl.col("is_historical") == 1).sum().cast(pl.Int64),
                )
                .sort("look")
            )
        )
        return found

    def late_by_week(self, since: str, until: str, zone: ZoneInfo) -> pl.DataFrame:
        """`week, day` (Dates), `n, money_cents` of what came after the lock for certain in the looks `since`–`until`.

        `day`: the business day of the change, or of the look that showed it where its time is not known.
        """
        late = TRAIL & (pl.col("is_historical") == 1) & pl.col("look").is_between(pl.lit(since), pl.lit(until))
        day = pl.coalesce(changed_at(zone).dt.date(), look_day(pl.col("look"), zone))
        (found,) = self._copy.collect(
            lambda events: (
                events.filter(late)
                .group_by(week=pl.col("week_ending").str.to_date(strict=False), day=day)
                .agg(n=pl.len().cast(pl.Int64), money_cents=pl.col("money_cents").sum())
                .drop_nulls("week")
                .sort("week", "day")
            )
        )
        return found

    def stories_by(self, value: pl.Expr, since: str, lines: pl.DataFrame | None = None) -> pl.DataFrame:
        """`look, value, n, flagged`: how many stories the looks from `since` on told of each value, and of how many of
        them an event has a severity. A story of several values or looks counts in each.

        `value`: over the columns of the copy, or `pl.col("value")` of `lines` (`sheet_id, row_id, value`, each once).
        """

        def counted(events: pl.LazyFrame) -> pl.LazyFrame:
            return (
                events.filter(TRAIL & (pl.col("look") >= since))
                .group_by("look", value=value, story=pl.coalesce(-pl.col("incident_id"), "event_id"))
                .agg(flagged=pl.col("severity").is_not_null().any())
                .group_by("look", "value")
                .agg(n=pl.len().cast(pl.Int64), flagged=pl.col("flagged").sum().cast(pl.Int64))
                .with_columns(cs.categorical().cast(pl.String))
                .sort("look", "value")
            )

        if lines is not None:
            # whole texts are told apart a tenth as fast as what stands for them
            told = lines.lazy().select(row=row_hash(), value=pl.col("value").cast(pl.Categorical))
            return counted(self._copy.held().lazy().join(told, on="row", how="left")).collect()
        if set(value.meta.root_names()) <= set(HELD):
            return counted(self._copy.held().lazy()).collect()
        return self._copy.collect(counted)[0]

    def deleted_lines(self) -> pl.DataFrame:
        """`sheet_id, row_id, line` of every line that was deleted: its cells as JSON, by its newest deletion."""
        gone = (pl.col("kind") == "change") & (pl.col("column_name") == ROW) & pl.col("new_value").is_null()
        (found,) = self._copy.collect(
            lambda events: events.filter(gone).select("event_id", "sheet_id", "row_id", line="old_value")
        )
        return found.sort("event_id").unique(["sheet_id", "row_id"], keep="last").select("sheet_id", "row_id", "line")

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


def changed_at(zone: ZoneInfo) -> pl.Expr:
    """When an event's change was made, in a zone; null where that is not known."""
    # its form is told beforehand: to find it out takes seven times as long
    text = pl.col("changed_at").str.slice(0, len("2025-11-26T14:05:09"))
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S", time_zone="UTC", strict=False).dt.convert_time_zone(zone.key)


def _newest(table: str) -> str:
    """SQL: `newest (sheet_id, look)`, each sheet's newest look in a table, found in one step a sheet."""
    return f"""sheets (sheet_id) AS (SELECT min(sheet_id) FROM {table} UNION ALL
    SELECT (SELECT min(t.sheet_id) FROM {table} t WHERE t.sheet_id > sheets.sheet_id) FROM sheets
    WHERE sheets.sheet_id IS NOT NULL),
    newest AS (SELECT sheet_id, (SELECT max(look) FROM {table} t WHERE t.sheet_id = sheets.sheet_id) look FROM sheets
    WHERE sheet_id IS NOT NULL)"""
