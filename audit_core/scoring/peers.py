"""What a line is compared with: the lines of the same code that stood there before the look.

Lines of the trailing four weeks where there are enough of them, else of all time, else of the code in any work type.
Nothing of the look itself is among them.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import polars as pl

RECENT_DAYS: Final = 28
ENOUGH: Final = 5
"""Lines from which on peers say what is typical."""

_MAD: Final = 1.4826  # makes the median absolute deviation of normal values their standard deviation
_FLOOR: Final = {"unit": 0.05, "pieces": 0.35}  # logarithms: spreads below these say nothing
_CODE: Final = ["cu", "work_type"]


def peers(states: Sequence[pl.DataFrame], day: date) -> pl.DataFrame:
    """`cu, work_type` → for the unit price (`unit_…`) and the quantity (`pieces_…`) of completed lines.

    `…_middle`: median of the logarithm; `…_spread`: its robust deviation; `…_low`, `…_high`: 5 % and 95 %, plain
    values; `peers`: how many lines. `states`: see sheets.state, as they were before the look of `day`.
    """
    lines = pl.concat(
        [
            pl.DataFrame(schema={"cu": pl.String, "work_type": pl.String, "work_date": pl.Date, "unit": pl.Float64,
                                 "pieces": pl.Float64}),
            *(
                state.filter((pl.col("price_cents") > 0) & (pl.col("quantity") > 0) & pl.col("cu").is_not_null())
                .select("cu", "work_type", "work_date", unit=pl.col("price_cents") / 100 / pl.col("quantity"),
                        pieces="quantity")
                for state in states
            ),
        ]
    )  # fmt: skip
    recent = lines.filter(pl.col("work_date") >= day - timedelta(days=RECENT_DAYS))
    near, ever = _typical(recent), _typical(lines)
    return pl.concat([near, ever.join(near, on=_CODE, how="anti", nulls_equal=True)])


def _typical(lines: pl.DataFrame) -> pl.DataFrame:
    found = lines.group_by(_CODE).agg(
        *(each for name in ("unit", "pieces") for each in _spread(name)), peers=pl.len().cast(pl.Int64)
    )
    return found.filter(pl.col("peers") >= ENOUGH)


def _spread(name: str) -> list[pl.Expr]:
    logs = pl.col(name).log()
    return [
        logs.median().alias(f"{name}_middle"),
        ((logs - logs.median()).abs().median() * _MAD + _FLOOR[name]).alias(f"{name}_spread"),
        pl.col(name).quantile(0.05).alias(f"{name}_low"),
        pl.col(name).quantile(0.95).alias(f"{name}_high"),
    ]


def beside_peers(changes: pl.DataFrame, typical: pl.DataFrame) -> pl.DataFrame:
    """Changes with what is typical for the code of their row as it stands now (null: no peers)."""
    return changes.join(
        typical, left_on=["a_cu", "a_work_type"], right_on=_CODE, how="left", maintain_order="left", nulls_equal=True
    )
