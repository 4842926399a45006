"""Ordinary work on many lines at once: prices, crews, pole names and spellings, new codes, a new colleague."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal

from benchmarks.detection.benign import new_code
from benchmarks.detection.estate import CU, FOREMAN, POLE, PRICE, QUANTITY, WORK_DAY, WORK_REQUEST, WORK_TYPE, Line
from benchmarks.detection.world import World
from benchmarks.detection.writes import Told, billed

_CODES, _BUSIEST = 4, 40
_FACTORS = ("0.92", "0.95", "1.03", "1.04", "1.08", "1.12")


def rerated(world: World, *, listed: bool) -> None:
    """Several codes cost more or less from a day on; all their lines since then are changed in one go.

    `listed`: the price list is told on the same day. Each code is re-rated once at most.
    """
    since = world.day - timedelta(days=world.rng.randrange(10, 25))
    busy = world.several(lambda line: billed(line) and line[WORK_DAY] >= since.isoformat())
    lines = Counter((world.lines[key][CU], world.lines[key][WORK_TYPE]) for key in busy)
    kinds = [kind for kind, _ in lines.most_common(_BUSIEST) if world.prices.unmoved(*kind)]
    factor, who = Decimal(world.rng.choice(_FACTORS)), world.staff.biller()
    told = Told("re-rated with the list" if listed else "re-rated before the list")
    chosen = world.rng.sample(kinds, min(_CODES, len(kinds)))
    for kind in chosen:
        old = world.prices.unit_price(*kind, world.day)
        world.prices.change(*kind, since, (old * factor).quantize(Decimal("0.01")), listed=listed)
    for key in busy:
        line = world.lines[key]
        if (line[CU], line[WORK_TYPE]) in chosen:
            world.edit(key, {PRICE: world.priced(line)[PRICE]}, who, told)


def reassigned(world: World) -> None:
    """A whole work request goes to another crew."""
    crew = world.rng.choice(sorted({line[FOREMAN] for line in world.lines.values()}))
    number, who = _request(world), world.staff.biller()
    for key in world.several(lambda line: billed(line) and line[WORK_REQUEST] == number and line[FOREMAN] != crew):
        world.edit(key, {FOREMAN: crew}, who, Told("bulk reassignment"))


def poles_renamed(world: World) -> None:
    """All poles of a work request are called otherwise."""
    prefix = world.rng.choice(("P-", "Pt ", "STR "))
    number, who = _request(world), world.staff.biller()
    for key in world.several(lambda line: billed(line) and line[WORK_REQUEST] == number):
        world.edit(key, {POLE: prefix + world.lines[key][POLE].rsplit(" ", 1)[-1]}, who, Told("poles renamed"))


def respelt(world: World) -> None:
    """The same said in other letters: "Inst" and "Install", "2" and "2 EA", "30.46" and "$30.46"."""
    long = {"Inst": "Install", "Rem": "Removal", "Tran": "Transfer", "Trans": "Transfer"}
    ways: tuple[Callable[[Line], Mapping[str, str]], ...] = (
        lambda line: {WORK_TYPE: long.get(line[WORK_TYPE], line[WORK_TYPE])},
        lambda line: {QUANTITY: f"{line[QUANTITY]} EA"},
        lambda line: {PRICE: f"${Decimal(line[PRICE]):,.2f}"},
    )
    way, number = world.rng.choice(ways), _request(world)
    keys, who = world.several(lambda line: billed(line) and line[WORK_REQUEST] == number), world.staff.biller()
    for key in keys[: world.rng.randrange(8, 30)]:
        world.edit(key, way(world.lines[key]), who, Told("respelt"))
        world.spoilt.add(key)  # nothing below reads these spellings


def new_codes(world: World, name: str, price: Decimal) -> None:
    """A few lines of a code that is new, in an order that begins today or goes on."""
    for _ in range(world.rng.randrange(2, 7)):
        key = world.pick(billed)
        if key is not None:
            new_code(world, key, name, price)


def _request(world: World) -> str:
    key = world.pick(billed)
    assert key is not None, "a trial has billed lines"
    return world.lines[key][WORK_REQUEST]
