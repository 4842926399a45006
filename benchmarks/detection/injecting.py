"""Errors among the day's work: every kind equally often, each with the changes that it shows as."""

from collections.abc import Callable
from datetime import timedelta

from benchmarks.detection import errors, row_errors
from benchmarks.detection.estate import FOREMAN, PRICE
from benchmarks.detection.world import World
from benchmarks.detection.writes import Planned, Told

ARITHMETIC, DATES, IDENTITY, LOCK, JUDGEMENT = "arithmetic", "dates", "identity", "lock", "judgement"
_REPAIRED, _ENTERED = 0.4, 0.2
_RESTAMPED = "re-stamped after lock"

_CELLS: dict[str, tuple[str, Callable[[World], errors.Spoilt]]] = {
    "price tenfold or a tenth": (ARITHMETIC, errors.price_tenfold),
    "price digits swapped": (ARITHMETIC, errors.price_swapped),
    "price off by 3-30 %": (ARITHMETIC, errors.price_off),
    "price zeroed": (ARITHMETIC, errors.price_zeroed),
    "price emptied": (ARITHMETIC, errors.price_emptied),
    "formula gone stale": (ARITHMETIC, errors.stale_formula),
    "quantity as text": (ARITHMETIC, errors.quantity_text),
    "quantity zeroed": (ARITHMETIC, errors.quantity_zeroed),
    "code swapped, price not": (ARITHMETIC, errors.dearer_code),
    "year slip": (DATES, errors.year_slip),
    "day outside its week": (DATES, errors.day_outside_week),
    "week not a Sunday": (DATES, errors.week_not_sunday),
    "near work request, edited": (IDENTITY, errors.near_request_edit),
    "code one slip off the list": (IDENTITY, errors.near_code),
    "unit of measure wrong": (IDENTITY, errors.wrong_unit),
    "week moved after lock": (LOCK, errors.week_moved),
    _RESTAMPED: (LOCK, errors.restamped),
    "un-checked after lock": (LOCK, errors.unchecked),
    "quantity decimal shift": (JUDGEMENT, errors.quantity_shifted),
    "quantity digits swapped": (JUDGEMENT, errors.quantity_swapped),
    "quantity rounded up": (JUDGEMENT, errors.rounded_up),
    "quantity raised late": (JUDGEMENT, errors.raised_late),
}
_ROWS: dict[str, tuple[str, Callable[[World, Told], bool]]] = {
    "billed twice": (IDENTITY, row_errors.billed_twice),
    "near work request, entered": (IDENTITY, row_errors.near_request),
    "two crews, one unit": (IDENTITY, row_errors.two_crews),
    "deleted after lock": (LOCK, row_errors.deleted),
    "cut, locked, restored": (LOCK, row_errors.cut_and_restored),
    "split across weeks": (JUDGEMENT, row_errors.split),
}
GROUPS = {kind: group for kinds in (_CELLS, _ROWS) for kind, (group, _) in kinds.items()}
"""Kind → what decides it: arithmetic, dates, identity, the lock, or somebody's judgement."""


class Injector:
    """Draws errors for one world; `rate` of them for each edit of a person."""

    def __init__(self, rate: float) -> None:
        self._rate, self._owed, self._number = rate, 0.0, 0
        self._deck: list[str] = []

    def day(self, world: World, edits: int) -> None:
        """Today's share of errors: a kind that no line fits has its turn later."""
        self._owed += self._rate * edits
        for _ in range(3 * len(GROUPS)):
            if self._owed < 1:
                return
            if not self._deck:
                self._deck = world.rng.sample(sorted(GROUPS), len(GROUPS))
            kind = self._deck.pop(0)
            told = Told(kind, self._number)
            if _in_cells(world, told) if kind in _CELLS else _ROWS[kind][1](world, told):
                self._number += 1
                self._owed -= 1
            else:
                self._deck.insert(world.rng.randrange(len(self._deck) + 1), kind)


def _in_cells(world: World, told: Told) -> bool:
    """Spoil cells of a line, or enter a line that is spoilt; some are repaired days later, which is ordinary work."""
    group, spoil = _CELLS[told.kind]
    spoilt = spoil(world)
    if spoilt is None:
        return False
    key, cells = spoilt
    priced = cells.get(PRICE, "1").strip("0.") != ""  # a line entered without a price is not billed anyway
    if group in (ARITHMETIC, DATES) and priced and world.rng.random() < _ENTERED:
        return row_errors.entered_wrong(world, key, cells, told)
    line = world.lines[key]
    if told.kind == _RESTAMPED:
        world.automate(key, cells, told)
    else:
        world.edit(key, cells, world.staff.editor(line[FOREMAN], row_errors.STRANGERS), told)
    world.spoilt.add(key)
    if world.rng.random() < _REPAIRED:
        due = world.day + timedelta(days=world.rng.randrange(3, 13))
        world.planned.append(Planned(due, key, {title: line[title] for title in cells}, Told("error repaired")))
    return True
