"""The one kind of formula that is really computed: `=[Title]@row * 12.5`; every other one keeps the value it has."""

import re

from tests.emulator.state import Row, Sheet, Value

_PRODUCT = re.compile(r"=\s*(?:\[([^\]]+)\]|(\w+))@row\s*\*\s*(-?\d+(?:\.\d+)?)\s*$")


def precedent(formula: str) -> str | None:
    """The title of the column a formula reads in its own row."""
    match = _PRODUCT.match(formula)
    return (match[1] or match[2]) if match else None


def renamed(formula: str, title: str) -> str:
    """The formula after its precedent got another title."""
    match = _PRODUCT.match(formula)
    return f"=[{title}]@row * {match[3]}" if match else formula


def computed(formula: str, sheet: Sheet, row: Row, now: Value) -> Value:
    """What a formula gives; error tokens as the service writes them; `now` when it is of another kind."""
    match = _PRODUCT.match(formula)
    if match is None:
        return now
    try:
        value = row.value(sheet.column(match[1] or match[2]).id)
    except KeyError:
        return "#UNPARSEABLE"
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "#INVALID OPERATION"
    return round(value * float(match[3]), 2)


def dependents(sheet: Sheet, row: Row, title: str) -> list[int]:
    """Columns whose formula in this row reads a column."""
    return [key for key, cell in row.cells.items() if cell.formula is not None and precedent(cell.formula) == title]
