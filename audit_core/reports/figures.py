"""The numbers of the Summary, counted from the events themselves. Money in whole cents throughout."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from audit_core.reports.cells import NONE, SEVERITIES

SPANS: Final = (("look", 0), ("day", 10), ("month", 7), ("year", 4))
"""What a bar can stand for, and how many characters of a look's name say it."""

_BARS = 40


@dataclass(frozen=True, slots=True)
class Figures:
    """`severities`: `severity, changes, findings, money_cents`. `by_look` and `by_rule`: the name, one column a
    severity, `total`, then `up, down, net` (cents). `span`: what a row of `by_look` stands for."""

    changes: int
    findings: int
    flagged: int
    urgent: int
    rows: int
    up: int
    down: int
    late_up: int
    late_down: int
    simulated: int
    severities: pl.DataFrame
    by_look: pl.DataFrame
    by_rule: pl.DataFrame
    span: str

    @property
    def net(self) -> int:
        """Everything that the changes moved, in cents."""
        return self.up + self.down


def figures(events: pl.DataFrame, titles: Mapping[str, str]) -> Figures:
    """Count the events of a workbook (`simulated` beside the sealed columns). `titles`: of rules, see Material."""
    counted = events.with_columns(
        severity=pl.col("severity").fill_null(NONE),
        money=pl.when(pl.col("kind") == "change").then("money_cents").fill_null(0),
    )
    late = counted.filter((pl.col("severity") != NONE) & (pl.col("is_historical") == 1))
    span, length = _span(counted["look"])
    name = pl.col("look").str.slice(0, length) if length else pl.col("look")
    rule = pl.col("violation_type")
    by_rule = _crossed(counted.filter(rule.is_not_null()), rule.replace(titles))
    kinds = dict(counted.group_by("kind").len().iter_rows())
    severities = {row[0]: row for row in _severities(counted).iter_rows()}
    return Figures(
        changes=kinds.get("change", 0),
        findings=kinds.get("finding", 0),
        flagged=events["severity"].count(),
        urgent=counted.filter(pl.col("severity").is_in(SEVERITIES[:2])).height,
        rows=counted.select("sheet_id", "row_id").n_unique(),
        up=_up(counted),
        down=_down(counted),
        late_up=_up(late),
        late_down=_down(late),
        simulated=int(events["simulated"].sum()),
        severities=pl.DataFrame(
            [severities.get(severity, (severity, 0, 0, 0)) for severity in SEVERITIES],
            schema={"severity": pl.String, "changes": pl.Int64, "findings": pl.Int64, "money_cents": pl.Int64},
            orient="row",
        ),
        by_look=_crossed(counted, name).sort("name"),
        by_rule=by_rule.sort("total", "name", descending=[True, False]),
        span=span,
    )


def _span(looks: pl.Series) -> tuple[str, int]:
    """The finest span that gives no more bars than a chart can show."""
    names = looks.drop_nulls()
    for span, length in SPANS:
        if (names.str.slice(0, length) if length else names).n_unique() <= _BARS:
            return span, length
    return SPANS[-1]


def _crossed(counted: pl.DataFrame, name: pl.Expr) -> pl.DataFrame:
    money = pl.col("money")
    return (
        counted.group_by(name.fill_null("–").alias("name"))
        .agg(
            *((pl.col("severity") == severity).sum().cast(pl.Int64).alias(severity) for severity in SEVERITIES),
            total=pl.len().cast(pl.Int64),
            up=money.filter(money > 0).sum(),
            down=money.filter(money < 0).sum(),
            net=money.sum(),
        )
        .sort("name")
    )


def _severities(counted: pl.DataFrame) -> pl.DataFrame:
    return counted.group_by("severity").agg(
        changes=(pl.col("kind") == "change").sum().cast(pl.Int64),
        findings=(pl.col("kind") == "finding").sum().cast(pl.Int64),
        money_cents=pl.col("money").sum(),
    )


def _up(events: pl.DataFrame) -> int:
    return int(events["money"].filter(events["money"] > 0).sum())


def _down(events: pl.DataFrame) -> int:
    return int(events["money"].filter(events["money"] < 0).sum())
