"""How a cell looks to a client: value, displayValue, objectValue, by column type and compatibility level."""

import re
from collections.abc import Callable, Mapping
from json.encoder import encode_basestring as quoted

from tests.emulator.state import Cell, Column, User, Value
from tests.emulator.wire import dumped

_DAY = re.compile(r"\d{4}-\d\d-\d\d$")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
Names = Mapping[str, User]


def seen_type(column: Column, level: int) -> str:
    """The type a client is told: several contacts need level 1, several picks level 2."""
    needed = {"MULTI_CONTACT_LIST": 1, "MULTI_PICKLIST": 2}.get(column.type, 0)
    return column.type if level >= needed else "TEXT_NUMBER"


def number_text(value: float) -> str:
    """A number without a needless `.0`."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)


def scalar(value: Value) -> str:
    """A value as JSON; several ones as one text."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    return quoted(", ".join(value or ()))


def display(column: Column, value: Value, names: Names) -> str | None:
    """The text in the grid; None where the API gives none (flags, days)."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        if column.number == "money":
            return f"-${-value:,.2f}" if value < 0 else f"${value:,.2f}"
        return f"{number_text(round(value * 100, 6))}%" if column.number == "percent" else number_text(value)
    if column.type in ("CONTACT_LIST", "MULTI_CONTACT_LIST"):
        return ", ".join(_name(each, names) for each in (value if isinstance(value, tuple) else (value,)))
    if isinstance(value, tuple):
        return ", ".join(value)
    return None if column.type == "DATE" and _DAY.match(value) else value


def _name(contact: str, names: Names) -> str:
    return names[contact].name if contact in names else contact


def object_value(column: Column, value: Value, level: int, names: Names) -> str:
    """The objectValue as JSON."""
    kind = seen_type(column, level)
    if kind == "MULTI_CONTACT_LIST":
        contacts = [_contact(each, names) for each in (value if isinstance(value, tuple) else (str(value),))]
        return dumped({"objectType": "MULTI_CONTACT", "values": contacts}).decode()
    if kind == "MULTI_PICKLIST":
        picks = list(value) if isinstance(value, tuple) else [value]
        return dumped({"objectType": "MULTI_PICKLIST", "values": picks}).decode()
    if isinstance(value, str):
        if kind == "DATE" and _DAY.match(value):
            return f'{{"objectType":"DATE","value":"{value}"}}'
        if kind in ("DATETIME", "ABSTRACT_DATETIME") and _INSTANT.match(value):
            return f'{{"objectType":"{kind}","value":"{value}"}}'
        if kind == "CONTACT_LIST":
            return dumped(_contact(value, names)).decode()
    return scalar(value)


def _contact(text: str, names: Names) -> dict[str, str]:
    named = {"objectType": "CONTACT", "name": _name(text, names)}
    return {**named, "email": text} if "@" in text else named


class Painter:
    """Writes cells of one column as JSON text; everything that is the same for all of them is made once."""

    __slots__ = ("_fit", "_level", "_names", "_start", "_with", "column", "empty")

    def __init__(self, column: Column, level: int, flags: frozenset[str], sparse: bool, names: Names) -> None:
        self.column = column
        kind = f',"columnType":"{seen_type(column, level)}"' if "columnType" in flags else ""
        self._start = f'{{"columnId":{column.id}{kind},"value":'
        self.empty = "" if sparse else f'{{"columnId":{column.id}}}'
        self._level, self._with, self._names = level, flags, names
        # most cells are plain text, shown as it is; the rest goes the long way
        plain = column.type in ("TEXT_NUMBER", "PICKLIST")
        self._fit: Callable[[str], str] | None = None
        if plain:
            self._fit = self._text_twice if "objectValue" not in flags else self._text_thrice

    def paint(self, cell: Cell | None) -> str:
        """A cell; empty text for one that is left out."""
        if cell is None or (cell.value is None and cell.formula is None and cell.link_in is None):
            return self.empty
        value = cell.value
        if self._fit is not None and type(value) is str and self._simple(cell):
            return self._fit(quoted(value))
        text = self._start[: -len(',"value":')] if value is None else f"{self._start}{scalar(value)}"
        if value is not None and "objectValue" in self._with:
            text += f',"objectValue":{object_value(self.column, value, self._level, self._names)}'
        shown = display(self.column, value, self._names)
        if shown is not None:
            text += f',"displayValue":{quoted(shown)}'
        return text + self._rest(cell)

    def _simple(self, cell: Cell) -> bool:
        return cell.formula is None and cell.link_in is None and cell.hyperlink is None and cell.format is None

    def _text_twice(self, text: str) -> str:
        return f'{self._start}{text},"displayValue":{text}}}'

    def _text_thrice(self, text: str) -> str:
        return f'{self._start}{text},"objectValue":{text},"displayValue":{text}}}'

    def _rest(self, cell: Cell) -> str:
        text = ""
        if cell.formula is not None:
            text += f',"formula":{quoted(cell.formula)}'
        if cell.hyperlink is not None:
            text += f',"hyperlink":{dumped(cell.hyperlink).decode()}'
        if cell.link_in is not None:
            hide = "linkInFromCellDetails" in self._with
            shown = {name: cell.link_in[name] for name in ("status", "sheetName")} if hide else cell.link_in
            text += f',"linkInFromCell":{dumped(shown).decode()}'
        if cell.format is not None and "format" in self._with:
            text += f',"format":"{cell.format}"'
        return text + "}"
