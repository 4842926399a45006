"""What a source knows of a cell beside its text: the type of its value and its formula.

Both travel in the same frame as the cells, in columns whose names no sheet's title can have, so that a snapshot
keeps them. A source that knows neither, such as an exported file, has none of these columns.
"""

from collections.abc import Iterable
from typing import Final

import polars as pl

_TYPE: Final = "\x1ftype\x1f"
_FORMULA: Final = "\x1fformula\x1f"

TEXT: Final = "text"
NUMBER: Final = "number"
CHECK: Final = "true/false"
"""Types of a value. A column without a type column holds text only."""


def type_column(title: str) -> str:
    """The name of the column that holds the types (TEXT, NUMBER, CHECK; null: blank) of the cells under `title`."""
    return _TYPE + title


def formula_column(title: str) -> str:
    """The name of the column that holds the formulas (null: none) of the cells under `title`."""
    return _FORMULA + title


def titles_of(columns: Iterable[str]) -> list[str]:
    """The columns that are a sheet's own."""
    return [name for name in columns if not name.startswith("\x1f")]


def types_of(frame: pl.DataFrame) -> dict[str, pl.Series]:
    """Title → types, for the columns that hold more than text."""
    return _marked(frame, _TYPE)


def formulas_of(frame: pl.DataFrame) -> dict[str, pl.Series]:
    """Title → formulas, for the columns that have any."""
    return _marked(frame, _FORMULA)


def _marked(frame: pl.DataFrame, prefix: str) -> dict[str, pl.Series]:
    return {
        name.removeprefix(prefix): frame[name].alias(name.removeprefix(prefix))
        for name in frame.columns
        if name.startswith(prefix)
    }
