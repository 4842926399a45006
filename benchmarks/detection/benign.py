"""Ordinary corrections of settled lines, one function a kind: what must not look like an error. Each says whether it
found a line to work on."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from benchmarks.detection.estate import (
    COMPLETED,
    CU,
    DESCRIPTION,
    FOREMAN,
    POLE,
    PRICE,
    QUANTITY,
    UNIT,
    WEEK,
    WORK_DAY,
    WORK_REQUEST,
    WORK_TYPE,
    Line,
)
from benchmarks.detection.people import Person
from benchmarks.detection.working import stamps
from benchmarks.detection.world import Where, World
from benchmarks.detection.writes import Key, Told, billed, locked

_STRANGERS = 0.05


def quantity_open(world: World) -> bool:
    """A piece or three more or less before the lock; the price follows."""
    return _requantify(world, lambda line: not locked(line, world.day), "quantity corrected", _near)


def quantity_late(world: World) -> bool:
    """The same after the lock."""
    return _requantify(world, lambda line: locked(line, world.day), "late quantity correction", _near, recent=2500)


def quantity_cut(world: World) -> bool:
    """Half or less of it before the lock, and that is how it stays."""

    def cut(world: World, quantity: int) -> int:
        return world.rng.randrange(1, max(2, quantity // 2 + 1))

    return _requantify(world, lambda line: not locked(line, world.day) and int(line[QUANTITY]) > 1, "quantity cut", cut)


def footage(world: World) -> bool:
    """Hundreds of feet measured again before the lock."""

    def again(world: World, quantity: int) -> int:
        return max(1, round(quantity * world.rng.uniform(0.3, 3)))

    return _requantify(world, lambda line: not locked(line, world.day) and line[UNIT] == "FT", "footage", again)


def pole(world: World) -> bool:
    """Another pole of the same work request, before or after the lock."""
    key = world.pick(billed, recent=1500)
    if key is None:
        return False
    line = world.lines[key]
    others = {other[POLE] for other in world.siblings(line)} - {line[POLE]}
    free = sorted(pole for pole in others if not world.bills({**line, POLE: pole}, key))
    return bool(free) and _edit(world, key, {POLE: world.rng.choice(free)}, "pole corrected")


def code(world: World) -> bool:
    """Another code of the price list that could be meant; description, unit and price follow."""
    key = world.pick(billed, recent=1500)
    if key is None:
        return False
    line = world.lines[key]
    codes = world.alternatives(line)
    if not codes:
        return False
    changed = world.priced(line, cu=world.rng.choice(codes))
    return not world.bills(changed, key) and _edit(world, key, changed, "code corrected")


def work_type(world: World) -> bool:
    """Installed instead of removed, or the other way; the price follows."""
    other = {"Inst": "Rem", "Rem": "Inst"}
    key = world.pick(lambda line: billed(line) and (line[CU], other.get(line[WORK_TYPE])) in world.prices.facts)
    if key is None:
        return False
    changed = world.priced(world.lines[key], work_type=other[world.lines[key][WORK_TYPE]])
    return not world.bills(changed, key) and _edit(world, key, changed, "work type corrected")


def work_request(world: World) -> bool:
    """Another work request that everybody knows."""
    key = world.pick(billed)
    if key is None:
        return False
    line = world.lines[key]
    changed = {WORK_REQUEST: world.rng.choice(world.known(line))}
    return not world.bills({**line, **changed}, key) and _edit(world, key, changed, "work request corrected")


def foreman(world: World) -> bool:
    """One line of another crew."""
    key = world.pick(billed)
    crews = sorted({line[FOREMAN] for line in world.lines.values()})
    return key is not None and _edit(world, key, {FOREMAN: world.rng.choice(crews)}, "foreman corrected")


def deleted(world: World) -> bool:
    """A line taken back before its week locks."""
    key = world.pick(lambda line: billed(line) and not locked(line, world.day))
    if key is not None:
        world.delete(key, _who(world, key), Told("deleted before lock"))
    return key is not None


def ticked_again(world: World) -> bool:
    """Completion taken back and given again at once, before the lock: the automation stamps the day anew."""

    def this_week(line: Line) -> bool:
        return billed(line) and line[WEEK] == stamps(world.day)[WEEK] and line[WORK_DAY] != world.day.isoformat()

    key = world.pick(this_week)
    if key is None:
        return False
    told, who = Told("completed again"), _who(world, key)
    world.edit(key, {COMPLETED: "false"}, who, told)
    world.edit(key, {COMPLETED: "true"}, who, told)
    world.automate(key, stamps(world.day), told)
    return True


def completed_late(world: World) -> bool:
    """A line that was entered without completion for a past week is ticked off: its first stamp is of today."""
    key = world.pick(lambda line: line[COMPLETED] == "false" and not line[WEEK])
    if key is None:
        return False
    told, line = Told("completed later"), {**world.lines[key], **stamps(world.day)}
    world.edit(key, {COMPLETED: "true", PRICE: world.priced(line)[PRICE]}, _who(world, key), told)
    world.automate(key, stamps(world.day), told)
    return True


def new_code(world: World, sheet_line: Key, name: str, price: Decimal) -> None:
    """A line of a code that no price list knows yet, always at one unit price."""
    like = world.lines[sheet_line]
    kind = (name, like[WORK_TYPE])
    if kind not in world.prices.facts:
        world.prices.facts[kind] = (f"{name}, as built", "EA")
        world.prices.change(*kind, date.min, price, listed=False)
    dates = stamps(world.day)
    line = {**like, **dates, CU: name, DESCRIPTION: world.prices.facts[kind][0], UNIT: "EA", QUANTITY: "1"}
    line = world.priced(line, quantity=str(world.rng.choice((1, 1, 1, 2, 3, 4))))
    if not world.bills(line):
        key = world.enter(
            sheet_line[0], {**line, WEEK: "", WORK_DAY: ""}, world.staff.author(line[FOREMAN]), Told("new code")
        )
        world.automate(key, dates, Told("first stamp"))


SINGLE: tuple[tuple[Callable[[World], bool], float], ...] = (
    (quantity_open, 14), (quantity_late, 9), (quantity_cut, 4), (footage, 2), (pole, 6), (code, 5), (work_type, 2),
    (work_request, 3), (foreman, 6), (deleted, 4), (ticked_again, 4), (completed_late, 1),
)  # fmt: skip
"""Each kind, and how many of it a week of a whole estate has."""


def _requantify(
    world: World, where: Where, kind: str, change: Callable[[World, int], int], recent: float = 700
) -> bool:
    key = world.pick(lambda line: billed(line) and where(line), recent=recent)
    if key is None:
        return False
    line = world.lines[key]
    changed = world.priced(line, quantity=str(change(world, int(line[QUANTITY]))))
    return changed[QUANTITY] != line[QUANTITY] and not world.bills(changed, key) and _edit(world, key, changed, kind)


def _near(world: World, quantity: int) -> int:
    return max(1, quantity + world.rng.choice((-3, -2, -1, 1, 2, 3)))


def _edit(world: World, key: Key, cells: Line, kind: str) -> bool:
    world.edit(key, cells, _who(world, key), Told(kind))
    return True


def _who(world: World, key: Key) -> Person:
    return world.staff.editor(world.lines[key][FOREMAN], _STRANGERS)
