"""What is written to a sheet, and what each write is: ordinary work of a kind, or part of an error."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from benchmarks.detection.estate import COMPLETED, PRICE, QUANTITY, WEEK, Line
from benchmarks.detection.people import AUTOMATION

Key = tuple[str, str]
"""Sheet and row id."""

WHOLE_ROW = "(row)"


@dataclass(frozen=True, slots=True)
class Write:
    """One save of one row at a local instant. `cells` None: the row was deleted. `new`: it was entered."""

    at: datetime
    by: str
    sheet: str
    row: str
    cells: Mapping[str, str] | None
    new: bool = False

    @property
    def human(self) -> bool:
        """Whether a person wrote it."""
        return self.by != AUTOMATION


@dataclass(frozen=True, slots=True)
class Told:
    """What a change belongs to: a kind of ordinary work, or (`error` its number) one injected error.

    `judged`: False for the harmless half of an error that only its other half makes one.
    """

    kind: str
    error: int | None = None
    judged: bool = True


@dataclass(frozen=True, slots=True)
class Mark:
    """`told` is what changed in these columns of a row on a day."""

    day: date
    sheet: str
    row: str
    columns: tuple[str, ...]
    told: Told


@dataclass(frozen=True, slots=True)
class Planned:
    """What somebody will write into a line on a day to come, or soon after."""

    due: date
    key: Key
    cells: Mapping[str, str]
    told: Told


def locked(line: Line, day: date) -> bool:
    """Whether the line's week has passed before `day`."""
    return bool(line[WEEK]) and date.fromisoformat(line[WEEK]) < day


def billed(line: Line) -> bool:
    """Whether the line is an ordinary billed one: completed, stamped, with a plain quantity and price."""
    plain_quantity = line[QUANTITY].isdigit() and line[QUANTITY] != "0"
    return line[COMPLETED] == "true" and bool(line[WEEK]) and plain_quantity and line[PRICE] not in ("", "0")
