"""The crews: which work requests are being built, by which foreman, and what a crew's day looks like on the sheet."""

from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Final

from audit_core.sheets.columns import CU, FOREMAN, POLE, QUANTITY, WEEK, WORK_REQUEST
from audit_core.sources.simulation.catalogue import Catalogue, Unit
from audit_core.sources.simulation.days import NORTH, SOUTH
from audit_core.sources.simulation.page import Line, Page

_ACTIVE_SINCE: Final = "2025-08-10"
_ACTIVE_LINES: Final = 20
_POLES: Final = 80
_DIGITS_APART: Final = 3
_NEW_WORK: Final[dict[str, tuple[date, ...]]] = {
    NORTH: (date(2025, 9, 2), date(2025, 9, 10), date(2025, 9, 19)),
    SOUTH: (date(2025, 9, 4), date(2025, 9, 16)),
}
"""On which days a new work request is begun."""


@dataclass(slots=True)
class Crew:
    """A foreman's crew on one work request."""

    work_request: str
    foreman: str


@dataclass(frozen=True, slots=True)
class Office:
    """A page, the crews that report to it, and the units they build (as often as the real lines had them)."""

    page: Page
    catalogue: Catalogue
    habits: tuple[tuple[Unit, int], ...]
    crews: list[Crew] = field(default_factory=list)

    def begin_new_work(self, day: date) -> None:
        """A new work request, if one begins today; no slip of the finger leads from it to another."""
        if day not in _NEW_WORK[self.page.name]:
            return
        rng = self.page.rng
        known = {line.get(WORK_REQUEST) or "" for line in self.page.lines.values()}
        number = str(rng.randrange(70_000_000, 80_000_000))
        while any(_apart(number, other) < _DIGITS_APART for other in known):
            number = str(rng.randrange(70_000_000, 80_000_000))
        self.crews.append(Crew(number, rng.choice(self.crews).foreman))

    def new_lines(self, crew: Crew, poles: int, most: int) -> list[Line]:
        """What a crew built at so many poles, up to `most` units each; days and check marks are still to come."""
        rng = self.page.rng
        lines: list[Line] = []
        taken: set[tuple[str | None, ...]] = set()
        for _ in range(poles):
            pole = f"Point {rng.randrange(1, _POLES):02d}"
            for _ in range(rng.randrange(2, most + 1)):
                unit, usual = rng.choice(self.habits)
                quantity = usual if unit.measure != "FT" else max(10, usual + rng.randrange(-9, 40))
                where: Line = {WORK_REQUEST: crew.work_request, FOREMAN: crew.foreman, POLE: pole}
                line = where | unit.cells(quantity)
                if (pole, unit.cu, unit.work_type) not in taken and self.page.is_free(line):
                    taken.add((pole, unit.cu, unit.work_type))
                    lines.append(line)
        return lines


def open_office(page: Page, catalogue: Catalogue) -> Office:
    """The crews that were at work last, and what the sheet's sound lines say about their habits."""
    sound = [line for line in page.lines.values() if catalogue.is_sound(line)]
    habits = tuple(
        (catalogue.units[line[CU] or "", line["Work Type"] or ""], int(line[QUANTITY] or "0")) for line in sound
    )
    office = Office(page, catalogue, habits)
    work: dict[str, list[Line]] = {}
    for line in sound:
        work.setdefault(line[WORK_REQUEST] or "", []).append(line)
    for number, lines in work.items():
        newest = max(line[WEEK] or "" for line in lines)
        if newest >= _ACTIVE_SINCE and len(lines) >= _ACTIVE_LINES:
            office.crews.append(Crew(number, lines[-1][FOREMAN] or "Foreman 01"))
    return office


def some(rng: Random, crews: list[Crew], count: int) -> list[Crew]:
    """Up to `count` of the crews, in random order."""
    mixed = list(crews)
    rng.shuffle(mixed)
    return mixed[:count]


def _apart(one: str, other: str) -> int:
    """How many digits differ, at least."""
    return sum(a != b for a, b in zip(one, other, strict=False)) + abs(len(one) - len(other))
