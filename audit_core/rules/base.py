"""What a rule is, what it is given, and what it gives back.

A *state rule* looks at the settled rows of one snapshot and says which fail. The judge charges a failure to the
change that made it (the row passed before and fails after). A *change rule* looks at the changes themselves.
"""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import polars as pl

from audit_core.rules.price_list import PriceList
from audit_core.rules.states import EVERYWHERE, Scope

HITS: dict[str, pl.DataType] = {
    "row_id": pl.String(),
    "column": pl.String(),
    "description": pl.String(),
    "fix": pl.String(),
    "stake_cents": pl.Int64(),
    "seen": pl.String(),
    "expected": pl.String(),
    "n": pl.Int64(),
    "certainty": pl.String(),
}
"""Evidence contract of one hit: where, the sentence, the suggested fix, the money at stake, what was seen,
what was expected, from how many rows or cells that expectation comes (null: it needs none), and the hit's own
certainty (null: its rule's)."""


class Certainty(StrEnum):
    """How a hit becomes a severity."""

    CERTAIN = "certain"  # arithmetic, dates or identity contradict: at least HIGH whatever the money
    UNUSUAL = "unusual"  # as grave as it is unusual
    REMARK = "remark"  # worth knowing, no severity


@dataclass(frozen=True, slots=True)
class Context:
    """What rules may know beside the rows: nothing from after the look.

    `told`: rows of this sheet that the trail already says break this rule; `told_era` those of the rule 'price_era'.
    `lines`: the settled rows of this sheet. `unsettled`: quantities of the last look whose price formulas had not
    followed, maybe for lack of time (`row_id, old_value, new_value, a_price_cents, money_cents`, the price as it is
    now). `open_edits`: earlier changes of cells that changed now, made while their week was open (`row_id, column,
    old_value, new_value`, oldest first). `ticked`: rows whose completion changed in the last looks (`row_id,
    ticked_at`). `recounted`: quantities that the last look changed (`row_id, old_value, new_value, is_historical`).
    `elsewhere`: units that other sheets billed first (see there). `eras`: see price_era.eras_of_look. `echo_minutes`:
    how long an automation's write may follow the edit that set it off.
    """

    look_day: date
    prices: PriceList | None = None
    line_counts: Mapping[str, int] = field(default_factory=dict)
    told: Set[str] = frozenset()
    told_era: Set[str] = frozenset()
    lines: pl.DataFrame | None = None
    unsettled: pl.DataFrame | None = None
    open_edits: pl.DataFrame | None = None
    ticked: pl.DataFrame | None = None
    recounted: pl.DataFrame | None = None
    elsewhere: pl.DataFrame | None = None
    eras: pl.DataFrame | None = None
    echo_minutes: int = 15


@dataclass(frozen=True, slots=True)
class Checked:
    """One rule's verdict over one sheet: the hits, the rows it could judge, and how many it could not.

    `blind`: a sentence about rows that it should have judged and could not, None where there are none.
    """

    hits: pl.DataFrame
    rows: pl.Series
    skipped: int = 0
    out_of_scope: int = 0
    blind: str | None = None


StateCheck = Callable[[pl.DataFrame, Context, pl.DataFrame | None], Checked]
ChangeCheck = Callable[[pl.DataFrame, Context], Checked]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named check. `columns`: which changes can be charged, most telling first; `needs`: columns it reads.

    `after_lock`: the rule is about the lock, so a change that only possibly came after it is at most MEDIUM.
    `mended`: a value put back to what its last change took away mends it, and is as grave as it is unusual.
    `added`: it does not ship, its installation added it. `scope`: the rows it is about.
    """

    name: str
    title: str
    category: str
    certainty: Certainty
    columns: tuple[str, ...]
    needs: tuple[str, ...]
    on_state: StateCheck | None = None
    on_changes: ChangeCheck | None = None
    after_lock: bool = False
    mended: bool = False
    added: bool = False
    scope: Scope = EVERYWHERE


def hits(frame: pl.DataFrame, **columns: pl.Expr | str | None) -> pl.DataFrame:
    """A frame of HITS from expressions over `frame`; what is not given is null."""
    if frame.is_empty():  # nearly always: what most rules find is nothing
        return pl.DataFrame(schema=HITS)
    made = {
        name: pl.lit(value) if isinstance(value, str) or value is None else value for name, value in columns.items()
    }
    told = [made.get(name, pl.lit(None)).cast(kind).alias(name) for name, kind in HITS.items()]
    # in one chunk: pl.format panics on a column that begins with an empty one, as a join leaves it (polars #25339)
    return frame.rechunk().with_columns(told).select(*HITS)


def dollars(cents: pl.Expr) -> pl.Expr:
    """Cents as `$1,234.50`, for sentences."""
    # by Python: an expression of string functions costs more to build than all the cells that a look has for it
    return cents.map_batches(_money_texts, return_dtype=pl.String)


def thousands(number: pl.Expr) -> pl.Expr:
    """A count as `1,234`, for sentences."""
    return number.map_batches(_count_texts, return_dtype=pl.String)


def _count_texts(numbers: pl.Series) -> pl.Series:
    return pl.Series([None if each is None else f"{each:,}" for each in numbers], dtype=pl.String)


def _money_texts(cents: pl.Series) -> pl.Series:
    return pl.Series([None if each is None else money_text(each) for each in cents], dtype=pl.String)


def counted(count: int, noun: str) -> str:
    """A count and its noun: '1 row', '4,471 rows'."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def money_text(cents: int) -> str:
    """`-$1,234.50` for -123450."""
    return f"{'-' if cents < 0 else ''}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"
