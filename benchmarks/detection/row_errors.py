"""Errors in whole lines: entered, deleted, or written in two steps. Each says whether it found a line to spoil."""

from datetime import date, timedelta

from benchmarks.detection.estate import FOREMAN, POLE, QUANTITY, WEEK, WORK_DAY, WORK_REQUEST, Line
from benchmarks.detection.slips import near_number
from benchmarks.detection.world import World
from benchmarks.detection.writes import Key, Planned, Told, billed, locked

STRANGERS = 0.2
"""How often an error is made by somebody who does not usually write here."""


def billed_twice(world: World, told: Told) -> bool:
    """A line entered once more."""
    key = world.pick(billed, recent=900)
    return key is not None and _enter(world, key, {}, told)


def near_request(world: World, told: Told) -> bool:
    """A line of a known work request entered with a slip in its number."""
    key = world.pick(lambda line: billed(line) and len(world.siblings(line)) >= 20)
    if key is None:
        return False
    line = world.lines[key]
    number = near_number(world, line[WORK_REQUEST])
    return _enter(world, key, {**world.priced(line, quantity=str(int(line[QUANTITY]) + 1)), WORK_REQUEST: number}, told)


def two_crews(world: World, told: Told) -> bool:
    """Another crew bills what one crew has billed already."""
    key = world.pick(billed, recent=900)
    if key is None:
        return False
    others = {line[FOREMAN] for line in world.lines.values()} - {world.lines[key][FOREMAN]}
    return _enter(world, key, {FOREMAN: world.rng.choice(sorted(others))}, told)


def deleted(world: World, told: Told) -> bool:
    """A line of a locked week is gone."""
    key = world.pick(lambda line: billed(line) and locked(line, world.day), recent=2500)
    if key is not None:
        world.delete(key, world.staff.editor(world.lines[key][FOREMAN], STRANGERS), told)
    return key is not None


def cut_and_restored(world: World, told: Told) -> bool:
    """A quantity cut before the lock, which is no error yet, and back again after it, which is."""
    key = world.pick(lambda line: billed(line) and not locked(line, world.day) and int(line[QUANTITY]) > 1)
    if key is None:
        return False
    line = world.lines[key]
    cut = world.priced(line, quantity=str(world.rng.randrange(1, int(line[QUANTITY]))))
    world.edit(key, cut, world.staff.editor(line[FOREMAN], STRANGERS), Told(told.kind, told.error, judged=False))
    due = date.fromisoformat(line[WEEK]) + timedelta(days=world.rng.randrange(1, 10))
    world.planned.append(Planned(max(due, world.day + timedelta(days=3)), key, line, told))
    world.spoilt.add(key)
    return True


def split(world: World, told: Told) -> bool:
    """Part of a line's quantity entered again in a week beside it; the line itself keeps the rest."""
    key = world.pick(lambda line: billed(line) and int(line[QUANTITY]) > 1)
    if key is None:
        return False
    line = world.lines[key]
    moved = world.rng.randrange(1, int(line[QUANTITY]))
    shift = timedelta(weeks=world.rng.choice((-1, 1)))
    dates = {title: (date.fromisoformat(line[title]) + shift).isoformat() for title in (WEEK, WORK_DAY)}
    kept = world.priced(line, quantity=str(int(line[QUANTITY]) - moved))
    world.edit(key, kept, world.staff.editor(line[FOREMAN], STRANGERS), told)
    return _enter(world, key, world.priced({**line, **dates}, quantity=str(moved)), told)


def entered_wrong(world: World, like: Key, cells: Line, told: Told) -> bool:
    """A new line with wrong `cells`, which bills such a unit as `like` does at another pole."""
    line = world.lines[like]
    poles = sorted({other[POLE] for other in world.siblings(line)})
    free = [pole for pole in poles if not world.bills({**line, **cells, POLE: pole, WEEK: line[WEEK]})]
    return bool(free) and _enter(world, like, {**cells, POLE: world.rng.choice(free)}, told)


def _enter(world: World, like: Key, cells: Line, told: Told) -> bool:
    line = {**world.lines[like], **cells}
    by = world.staff.editor(line[FOREMAN], STRANGERS)
    world.spoilt |= {like, world.enter(like[0], line, by, told)}
    return True
