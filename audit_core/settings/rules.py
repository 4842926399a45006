"""The settings about rules: which are off, which an installation adds, and from where on a violation weighs more."""

from typing import Annotated, Final, Literal

import polars as pl
from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from audit_core.settings.types import Flag, Group, Names, Text, whole
from audit_core.sheets import columns as c

NUMBERS: Final = (c.QUANTITY, c.PRICE)
"""Columns that a rule of an installation compares as numbers."""

TEXTS: Final = (
    c.CU, c.WORK_TYPE, c.WORK_REQUEST, c.POLE, c.FOREMAN, c.UNIT_OF_MEASURE, c.COMPLETED, c.WEEK, c.WORK_DATE
)  # fmt: skip
"""Columns that it compares as text."""


def _known_column(name: str) -> str:
    if name not in (*NUMBERS, *TEXTS):
        raise ValueError("not a column that rules can read")
    return name


def _rule_name(name: str) -> str:
    if not (name.isascii() and name.isidentifier() and name.islower() and len(name) <= 60):
        raise ValueError("not a name")
    return name


class AddedRule(Group):
    """A rule that this installation adds: `column` of a changed cell or new line, or of every row, is tested."""

    name: Annotated[
        Annotated[str, AfterValidator(_rule_name)],
        Field(description='a name of small letters, digits and underscores, like "long_wire"'),
    ]
    title: Text
    column: Annotated[
        Annotated[str, AfterValidator(_known_column)],
        Field(description=f"the name of a column that rules read ({', '.join((*NUMBERS, *TEXTS))})"),
    ]
    test: Annotated[
        Literal["over", "under", "equals", "matches", "blank"],
        Field(
            description='"over", "under", "equals" or "blank" for Quantity and Units Total Price, '
            '"equals", "matches" or "blank" for the other columns'
        ),
    ]
    value: Annotated[
        float | str | None,
        Field(
            validate_default=True,
            description="what is tested for: a number for Quantity and Units Total Price, text for the other columns, "
            "a regular expression for matches, nothing for blank",
        ),
    ] = None
    on: Annotated[Literal["changes", "rows"], Field(description='"changes" or "rows"')]
    sheets: Names = ()
    work_requests: Names = ()
    certain: Flag = False

    @field_validator("test")
    @classmethod
    def _test_fits(cls, test: str, info: ValidationInfo) -> str:
        unfit = ("matches",) if info.data.get("column") in NUMBERS else ("over", "under")
        if "column" in info.data and test in unfit:
            raise ValueError("not a test of this column")
        return test

    @field_validator("value")
    @classmethod
    def _value_fits(cls, value: float | str | None, info: ValidationInfo) -> float | str | None:
        if not {"column", "test"} <= info.data.keys():
            return value  # what is wrong with these is said already
        if info.data["test"] == "blank":
            fits = value is None
        elif info.data["column"] in NUMBERS:
            fits = isinstance(value, float) and abs(value) < 1e12
        else:
            fits = isinstance(value, str) and (info.data["test"] != "matches" or _is_pattern(value))
        if not fits:
            raise ValueError("not a value for this test")
        return value


def _is_pattern(text: str) -> bool:
    try:
        pl.select(pl.lit("").str.contains(text))
    except pl.exceptions.ComputeError:
        return False
    return True


class RulesSettings(Group):
    """Which rules are off, which are added, and from where on a violation weighs more."""

    off: Names = ()
    added: Annotated[tuple[AddedRule, ...], Field(description="a list of objects, one for each rule")] = ()
    late_critical_days: Annotated[int, whole(0, 3650)] = 21
    critical_money: Annotated[
        float, Field(ge=0, allow_inf_nan=False, description="an amount in dollars, 0 or more")
    ] = 5000
