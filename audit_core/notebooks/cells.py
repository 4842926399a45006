"""The cells of a notebook: what each of them says or asks, as small values that a decision can hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Final

from audit_core.errors import ConfigError
from audit_core.filters import EventFilter

LONGEST_TEXT: Final = 10_000
LONGEST_TITLE: Final = 120
MOST_ROWS: Final = 500
"""So many rows a table cell shows at most: a notebook is read, and Reports makes workbooks of everything."""


class Order(StrEnum):
    """In which order a table lists events; of equal ones the earlier recorded comes first."""

    RISK = "risk"
    MONEY = "money"
    NEWEST = "newest"

    @property
    def words(self) -> str:
        """After "the first 20"."""
        return {"risk": "the riskiest first", "money": "the most money first", "newest": "the newest first"}[self.value]


class Grouping(StrEnum):
    """What a chart has one bar for."""

    WEEK = "week"
    LOOK = "look"
    WEEKDAY = "weekday"
    RULE = "rule"
    SEVERITY = "severity"
    SHEET = "sheet"
    COLUMN = "column"
    PERSON = "person"
    LOCK = "lock"

    @property
    def axis(self) -> str:
        """The title of its axis."""
        return {"week": "Week ending", "person": "Who", "lock": "After lock"}.get(self.value, self.value.capitalize())


class Measure(StrEnum):
    """What a chart or a number counts."""

    EVENTS = "events"
    ROWS = "rows"
    MONEY = "money"

    @property
    def axis(self) -> str:
        """The title of its axis."""
        return {"events": "Events", "rows": "Rows touched", "money": "Money moved (USD)"}[self.value]


@dataclass(frozen=True, slots=True)
class TextCell:
    """What the author says, in the small markup of `prose`."""

    kind: ClassVar[str] = "text"
    cell_id: int
    text: str

    def check(self) -> None:
        """Raise ConfigError for what cannot be kept."""
        if not self.text.strip():
            raise ConfigError("This text is empty: write something, or delete the cell.")
        if len(self.text) > LONGEST_TEXT:
            raise ConfigError(f"This text has {len(self.text):,} characters: at most {LONGEST_TEXT:,} are kept.")


@dataclass(frozen=True, slots=True)
class PinnedCell:
    """One change or finding, and why it matters here."""

    kind: ClassVar[str] = "event"
    cell_id: int
    event_id: int
    why: str = ""

    def check(self) -> None:
        """Raise ConfigError for what cannot be kept."""
        if self.event_id < 1:
            raise ConfigError(f"Events are numbered from 1: there is no event {self.event_id}.")
        if len(self.why) > LONGEST_TEXT:
            raise ConfigError(f"This reason has {len(self.why):,} characters: at most {LONGEST_TEXT:,} are kept.")


@dataclass(frozen=True, slots=True)
class TableCell:
    """The first `limit` events of a filter. `columns`: names of `columns.COLUMNS`, in the order shown."""

    kind: ClassVar[str] = "table"
    cell_id: int
    title: str
    chosen: EventFilter
    columns: tuple[str, ...]
    order: Order = Order.RISK
    limit: int = 20

    def check(self) -> None:
        """Raise ConfigError for what cannot be kept."""
        _titled(self.title)
        if not self.columns:
            raise ConfigError("A table needs a column: choose at least one.")
        if not 1 <= self.limit <= MOST_ROWS:
            raise ConfigError(f"A table shows 1 to {MOST_ROWS} rows, not {self.limit:,}: Reports makes larger ones.")


@dataclass(frozen=True, slots=True)
class ChartCell:
    """A filter's events counted by something."""

    kind: ClassVar[str] = "chart"
    cell_id: int
    title: str
    chosen: EventFilter
    grouping: Grouping = Grouping.WEEK
    measure: Measure = Measure.EVENTS

    @property
    def of_people(self) -> bool:
        """Whether it draws how single people edit: a bar for each, or the changes of some of them."""
        return self.grouping is Grouping.PERSON or bool(self.chosen.person)

    def check(self) -> None:
        """Raise ConfigError for what cannot be kept."""
        _titled(self.title)


@dataclass(frozen=True, slots=True)
class NumberCell:
    """One number of a filter."""

    kind: ClassVar[str] = "number"
    cell_id: int
    title: str
    chosen: EventFilter
    measure: Measure = Measure.EVENTS

    def check(self) -> None:
        """Raise ConfigError for what cannot be kept."""
        _titled(self.title)


FilterCell = TableCell | ChartCell | NumberCell
Cell = TextCell | PinnedCell | FilterCell

KINDS: Final[Mapping[str, type[Cell]]] = {
    cell.kind: cell for cell in (TextCell, TableCell, ChartCell, NumberCell, PinnedCell)
}
"""Kind → its class, in the order in which screens offer them."""


def cell_to_json(cell: Cell) -> dict[str, Any]:
    """A cell as JSON values."""
    said: dict[str, Any] = {name: getattr(cell, name) for name in cell.__slots__}
    if isinstance(cell, FilterCell):
        said["chosen"] = cell.chosen.parameters()
    return {"kind": cell.kind, **said}


def cell_from_json(said: Mapping[str, Any]) -> Cell:
    """The cell that `cell_to_json` told of."""
    fields = {name: value for name, value in said.items() if name != "kind"}
    if "chosen" in fields:
        fields["chosen"] = EventFilter.from_parameters(fields["chosen"])
    match said["kind"]:
        case "table":
            return TableCell(**fields | {"columns": tuple(fields["columns"]), "order": Order(fields["order"])})
        case "chart":
            measured = {"grouping": Grouping(fields["grouping"]), "measure": Measure(fields["measure"])}
            return ChartCell(**fields | measured)
        case "number":
            return NumberCell(**fields | {"measure": Measure(fields["measure"])})
        case other:
            return KINDS[other](**fields)


def _titled(title: str) -> None:
    if not title.strip():
        raise ConfigError("This cell needs a title: say in a few words what it shows.")
    if len(title) > LONGEST_TITLE:
        raise ConfigError(f"This title has {len(title):,} characters: at most {LONGEST_TITLE} are kept.")
