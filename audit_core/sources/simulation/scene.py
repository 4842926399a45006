"""The stage on which planted errors happen: one person, one sheet, one day, and the notebook that remembers them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from audit_core.changes.diff import ROW
from audit_core.sheets.columns import COMPLETED, QUANTITY, WEEK
from audit_core.sources.simulation.catalogue import Catalogue, Unit
from audit_core.sources.simulation.days import sunday
from audit_core.sources.simulation.page import Cells, Line, Page, Stamp
from audit_core.sources.simulation.people import AUTOMATION, Person
from audit_core.sources.simulation.truth import Kind, Slip

_PIECES = ("1", "2", "3", "4", "5", "6")


@dataclass(slots=True)
class Notebook:
    """The truth so far, and cells that will be put back: (sheet, what) → row id → cells."""

    slips: list[Slip] = field(default_factory=list)
    kept: dict[tuple[str, str], dict[str, Line]] = field(default_factory=dict)


@dataclass(slots=True)
class Scene:
    """What a planted error needs. `shows` is the first look that can show it, usually the day's own."""

    page: Page
    catalogue: Catalogue
    day: date
    person: Person
    notebook: Notebook
    shows: date
    at: datetime

    def later(self) -> datetime:
        """A few minutes later."""
        self.at += timedelta(minutes=self.page.rng.randrange(1, 5))
        return self.at

    def unit(self, line: Line) -> Unit:
        """The unit of a sound line."""
        unit = self.catalogue.unit_of(line)
        if unit is None:
            raise LookupError(f"the price list has no unit for {line}")
        return unit

    def edit(self, row_id: str, cells: Cells, kind: Kind, sentence: str, columns: Sequence[str] = ()) -> None:
        """Plant an edit; it shows at `columns`, or at all of the cells."""
        self.quietly(row_id, cells)
        for column in columns or tuple(cells):
            self.note(row_id, column, kind, sentence)

    def quietly(self, row_id: str, cells: Cells, *, by_automation: bool = False) -> None:
        """An edit without a mistake of its own."""
        self.page.edit(row_id, cells, Stamp(AUTOMATION if by_automation else self.person.email, self.at))
        self.page.reserved.add(row_id)

    def enter(self, cells: Cells, kind: Kind, sentence: str) -> str:
        """Plant a new line; returns its row id."""
        row_id = self.page.add(cells, Stamp(self.person.email, self.at))
        self.page.reserved.add(row_id)
        self.note(row_id, ROW, kind, sentence)
        return row_id

    def delete(self, row_id: str, kind: Kind, sentence: str) -> Line:
        """Plant a deletion; returns the line as it was."""
        self.note(row_id, ROW, kind, sentence)
        return self.page.remove(row_id)

    def note(self, row_id: str, column: str, kind: Kind, sentence: str) -> None:
        """Write down what was planted."""
        told = f"{self.person.name} {sentence}"
        self.notebook.slips.append(
            Slip(self.shows.isoformat(), self.page.name, row_id, column, kind, self.person.email, told)
        )

    def locked(self, count: int, where: Callable[[Line], bool] = lambda _line: True, back: int = 4) -> list[str]:
        """Billed lines of a few pieces in the `back` newest weeks that have locked. Raises LookupError if too few."""
        first, last = sunday(self.day, back), sunday(self.day, 1)
        return self._lines(count, lambda line: first <= (line.get(WEEK) or "") <= last, where)

    def open(self, count: int, where: Callable[[Line], bool] = lambda _line: True) -> list[str]:
        """The same in the week that is still open."""
        week = sunday(self.day)
        return self._lines(count, lambda line: line.get(WEEK) == week, where)

    def _lines(self, count: int, in_week: Callable[[Line], bool], where: Callable[[Line], bool]) -> list[str]:
        def fits(line: Line) -> bool:
            billed = in_week(line) and line[COMPLETED] == "true" and line[QUANTITY] in _PIECES
            return billed and self.catalogue.is_sound(line) and where(line)

        found = self.page.pick(count, fits)
        if len(found) < count:
            raise LookupError(f"{self.page.name} has only {len(found)} of {count} lines to plant an error in")
        return found
