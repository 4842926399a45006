"""Ordinary days: lines entered as the work is done, ticked off, and stamped by the automation."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from random import Random

from benchmarks.detection.estate import COMPLETED, FOREMAN, PRICE, WEEK, WORK_DAY, Line
from benchmarks.detection.world import World
from benchmarks.detection.writes import Told

ENTRY, LATE, TICKED, STAMPED = (Told(kind) for kind in ("entry", "late entry", "completed", "first stamp"))
_LATE_SHARE, _SUNDAY_SHARE, _OPEN_SHARE = 0.04, 0.2, 0.3


class Entering:
    """The lines that are still to come, by the day on which somebody enters them."""

    def __init__(self, lines: Iterable[tuple[str, Line]], rng: Random) -> None:
        self._due: dict[date, list[tuple[str, Line]]] = defaultdict(list)
        self._unticked: dict[date, list[tuple[str, str]]] = defaultdict(list)
        for sheet, line in lines:
            self._due[_entered_on(line, rng)].append((sheet, line))

    def day(self, world: World) -> None:
        """Enter what is due today; tick off what was left open."""
        for key in self._unticked.pop(world.day, ()):
            if key in world.lines:
                self._tick(world, key)
        for sheet, line in self._due.pop(world.day, ()):
            self._enter(world, sheet, world.priced(line))

    def _enter(self, world: World, sheet: str, line: Line) -> None:
        if world.stands(line):  # a correction has made another line the same unit
            return
        by = world.staff.author(line[FOREMAN])
        sunday = date.fromisoformat(line[WEEK])
        if sunday < world.day:
            world.enter(sheet, line, by, LATE)
            return
        blank = {**line, WEEK: "", WORK_DAY: ""}
        wait = world.rng.randrange(1, 4)
        if world.day + timedelta(days=wait) <= sunday and world.rng.random() < _OPEN_SHARE:
            key = world.enter(sheet, {**blank, COMPLETED: "false"}, by, ENTRY)
            self._unticked[world.day + timedelta(days=wait)].append(key)
            return
        key = world.enter(sheet, blank, by, ENTRY)
        world.automate(key, {WORK_DAY: line[WORK_DAY], WEEK: line[WEEK]}, STAMPED)

    def _tick(self, world: World, key: tuple[str, str]) -> None:
        line = world.lines[key]
        price = world.priced({**line, **stamps(world.day)})[PRICE]  # of the day on which it is completed
        world.edit(key, {COMPLETED: "true", PRICE: price}, world.staff.author(line[FOREMAN]), TICKED)
        world.automate(key, stamps(world.day), STAMPED)


def stamps(day: date) -> Line:
    """What the automation writes on a day: the day, and its week's Sunday."""
    return {WORK_DAY: day.isoformat(), WEEK: (day + timedelta(days=7 - day.isoweekday())).isoformat()}


def _entered_on(line: Line, rng: Random) -> date:
    """The day a line is entered: soon after the work, on Sunday night at the latest, or (few) weeks late."""
    worked, sunday = date.fromisoformat(line[WORK_DAY]), date.fromisoformat(line[WEEK])
    if rng.random() < _LATE_SHARE:
        return sunday + timedelta(days=rng.randrange(1, 36))
    if rng.random() < _SUNDAY_SHARE:
        return sunday
    return min(worked + timedelta(days=rng.choice((0, 0, 0, 1, 1, 2))), sunday)
