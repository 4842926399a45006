"""Recorded changes joined with what is known of them: which belong to an error, which are ordinary work."""

from dataclasses import dataclass

import polars as pl

from benchmarks.detection.injecting import GROUPS
from benchmarks.detection.trial import Trial

HIGH = ("HIGH", "CRITICAL")
_KEY = ["look", "sheet_id", "row_id", "column"]


@dataclass(frozen=True, slots=True)
class Known:
    """`changes` of one half, with `error` (its number, null for ordinary work), `told` (kind) and `judged`.

    `errors`: every error that was to be seen in that half: `error, told, group`.
    """

    changes: pl.DataFrame
    errors: pl.DataFrame


def known(changes: pl.DataFrame, trial: Trial, *, test: bool = True) -> Known:
    """The changes after the split (or, without `test`, before it) with their truth.

    Raises AssertionError for a change that nobody made: then the trial and the pipe do not speak of the same.
    """
    marks = [
        (trial.look_of(mark.day).isoformat(), mark.sheet, mark.row, column, mark.told.kind, mark.told.error,
         mark.told.judged)
        for mark in trial.marks
        for column in mark.columns
    ]  # fmt: skip
    schema = {**dict.fromkeys(_KEY, pl.String), "told": pl.String, "error": pl.Int64, "judged": pl.Boolean}
    truth = pl.DataFrame(marks, schema, orient="row").unique(_KEY, keep="last", maintain_order=True)
    later = pl.col("look") > trial.split.isoformat()
    joined = changes.join(truth, on=_KEY, how="left", maintain_order="left")
    unmade = joined.filter(pl.col("told").is_null())
    assert unmade.is_empty(), unmade.select(*_KEY, "old_value", "new_value")
    half = later if test else ~later
    errors = truth.filter(half & pl.col("error").is_not_null() & pl.col("judged"))
    errors = errors.unique("error", keep="first", maintain_order=True).select("error", "told", group=_group())
    return Known(joined.filter(half), errors)


def items(one: Known, score: pl.Series) -> pl.DataFrame:
    """`error, told, bad, score`: one row an error (its best change; below all others if none shows it), one a harmless
    change."""
    scored = one.changes.with_columns(score=score.cast(pl.Float64)).filter("judged")
    best = scored.group_by("error").agg(pl.col("score").max())
    bad = one.errors.join(best, on="error", how="left", maintain_order="left")
    good = scored.filter(pl.col("error").is_null())
    return pl.concat(
        [
            bad.select("error", "told", bad=pl.lit(value=True), score=pl.col("score").fill_null(-1)),
            good.select("error", "told", bad=pl.lit(value=False), score=pl.col("score").fill_null(0)),
        ]
    )


def high(one: Known) -> pl.DataFrame:
    """`error, told, group, high, severity, rules, seen`: of each error whether any of its changes is at HIGH, the
    severity of the riskiest, every rule that they broke, and the changes in words."""
    of_error = one.changes.filter("judged", pl.col("error").is_not_null()).rechunk()
    seen = of_error.group_by("error").agg(
        high=pl.col("severity").is_in(HIGH).any(),
        severity=pl.col("severity").sort_by("risk_score").last(),
        rules=pl.col("broken").drop_nulls().unique().sort().str.join(" "),
        seen=pl.format("{}: {} → {}", "column", pl.col("old_value").fill_null("∅"),
                       pl.col("new_value").fill_null("∅")).str.slice(0, 90).str.join("; "),
    )  # fmt: skip
    return one.errors.join(seen, on="error", how="left", maintain_order="left").with_columns(
        pl.col("high").fill_null(value=False)
    )


def _group() -> pl.Expr:
    return pl.col("told").replace_strict(GROUPS, return_dtype=pl.String)
