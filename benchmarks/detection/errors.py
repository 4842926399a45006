"""Errors in cells of settled lines, one function a kind. Magnitudes are drawn; nothing here knows any rule.

Each gives the line it spoils and its new cells, or None where today no line fits.
"""

import calendar
from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from benchmarks.detection.estate import (
    COMPLETED,
    CU,
    PRICE,
    QUANTITY,
    UNIT,
    WEEK,
    WORK_DAY,
    WORK_REQUEST,
    WORK_TYPE,
    Line,
    plain,
)
from benchmarks.detection.slips import LETTERS, near_number, slip, swaps
from benchmarks.detection.working import stamps
from benchmarks.detection.world import Where, World
from benchmarks.detection.writes import Key, billed, locked

Spoilt = tuple[Key, Line] | None
_CENT = Decimal("0.01")
_NOISE, _NOISE_SHARE = Decimal("0.02"), Decimal("0.005")


def price_tenfold(world: World) -> Spoilt:
    """A decimal point too far to the right or to the left."""
    factor = world.rng.choice((Decimal(10), Decimal("0.1")))
    return _cells(world, lambda line: {PRICE: plain((Decimal(line[PRICE]) * factor).quantize(_CENT, ROUND_HALF_UP))})


def price_swapped(world: World) -> Spoilt:
    """Two neighbouring digits of the price the wrong way round; not in the cents of a dear line, where it is noise."""
    return _cells(
        world, lambda line: {PRICE: world.rng.choice(_felt_swaps(line))}, lambda line: bool(_felt_swaps(line))
    )


def price_off(world: World) -> Spoilt:
    """A price 3 to 30 % beside the right one."""
    factor = Decimal(1 + world.rng.choice((-1, 1)) * world.rng.uniform(0.03, 0.3))
    return _cells(world, lambda line: {PRICE: plain(Decimal(line[PRICE]) * factor)}, lambda line: len(line[PRICE]) > 4)


def price_zeroed(world: World) -> Spoilt:
    """A price of nothing."""
    return _cells(world, lambda _: {PRICE: world.rng.choice(("0", "0.0"))})


def price_emptied(world: World) -> Spoilt:
    """No price any more."""
    return _cells(world, lambda _: {PRICE: ""})


def stale_formula(world: World) -> Spoilt:
    """Another quantity, the price of the old one."""
    return _cells(world, lambda line: {QUANTITY: str(_other_quantity(world, int(line[QUANTITY])))})


def quantity_text(world: World) -> Spoilt:
    """A quantity that is no number."""
    words = ("two", "O", "l", "?", "see note", "1/2", "tbd")
    return _cells(world, lambda _: {QUANTITY: world.rng.choice(words)})


def quantity_zeroed(world: World) -> Spoilt:
    """No pieces, and still their price."""
    return _cells(world, lambda _: {QUANTITY: "0"})


def dearer_code(world: World) -> Spoilt:
    """Another code's name and unit, the price of the old one (which is dearer or cheaper by a tenth at least)."""

    def apart(line: Line) -> list[str]:
        now = world.unit_price(line)
        prices = {code: world.prices.unit_price(code, line[WORK_TYPE], world.day) for code in world.alternatives(line)}
        return [code for code, price in prices.items() if abs(price / now - 1) > Decimal("0.1")]

    def other(line: Line) -> Line:
        return {**world.priced(line, cu=world.rng.choice(apart(line))), PRICE: line[PRICE]}

    return _cells(world, other, lambda line: bool(apart(line)))


def year_slip(world: World) -> Spoilt:
    """The day of the work in another year: one beside it, or ten."""
    years = world.rng.choice((-10, -1, 1, 10))
    return _cells(world, lambda line: {WORK_DAY: _in_year(date.fromisoformat(line[WORK_DAY]), years).isoformat()})


def day_outside_week(world: World) -> Spoilt:
    """The day of the work some days before or after its billing week."""

    def outside(line: Line) -> Line:
        sunday, days = date.fromisoformat(line[WEEK]), world.rng.randrange(1, 15)
        day = sunday + timedelta(days=days) if world.rng.random() < 0.5 else sunday - timedelta(days=6 + days)
        return {WORK_DAY: day.isoformat()}

    return _cells(world, outside)


def week_not_sunday(world: World) -> Spoilt:
    """A billing week that ends on a weekday."""

    def weekday(line: Line) -> Line:
        days = world.rng.choice((-6, -5, -4, -3, -2, -1, 1, 2, 3))
        return {WEEK: (date.fromisoformat(line[WEEK]) + timedelta(days=days)).isoformat()}

    return _cells(world, weekday)


def near_request_edit(world: World) -> Spoilt:
    """A work request with one digit lost, another, or two swapped."""
    return _cells(world, lambda line: {WORK_REQUEST: near_number(world, line[WORK_REQUEST])}, _known_request(world))


def near_code(world: World) -> Spoilt:
    """A code with one letter lost, another, or two swapped, that is no code."""

    def mistyped(line: Line) -> Line:
        codes = {code for code, _ in world.prices.facts}
        made = line[CU]
        while made in codes:
            made = slip(line[CU], LETTERS, world.rng)
        return {CU: made}

    return _cells(world, mistyped, lambda line: (line[CU], line[WORK_TYPE]) in world.prices.listed)


def wrong_unit(world: World) -> Spoilt:
    """Feet for pieces, or pieces for feet."""
    return _cells(world, lambda line: {UNIT: "FT" if line[UNIT] == "EA" else "EA"})


def week_moved(world: World) -> Spoilt:
    """A locked line moved into another week, with its day or without."""

    def moved(line: Line) -> Line:
        shift = timedelta(weeks=world.rng.choice((-2, -1, 1, 2, 3)))
        titles = world.rng.choice(((WEEK,), (WEEK, WORK_DAY)))
        return {title: (date.fromisoformat(line[title]) + shift).isoformat() for title in titles}

    return _cells(world, moved, _locked(world), recent=2500)


def restamped(world: World) -> Spoilt:
    """Somebody merely saved a locked line, and the automation stamped it anew: it is billed in this week."""
    return _cells(world, lambda _: stamps(world.day), _locked(world), recent=2500)


def unchecked(world: World) -> Spoilt:
    """Completion taken back after the lock."""
    return _cells(world, lambda _: {COMPLETED: world.rng.choice(("false", "false", ""))}, _locked(world), recent=2500)


def quantity_shifted(world: World) -> Spoilt:
    """Ten times the pieces, or a tenth; the price follows."""

    def shifted(line: Line) -> Line:
        quantity = int(line[QUANTITY])
        return _following(world, line, quantity // 10 if quantity % 10 == 0 else quantity * 10)

    return _cells(world, shifted)


def quantity_swapped(world: World) -> Spoilt:
    """Two digits of a quantity the wrong way round; the price follows."""
    return _cells(
        world,
        lambda line: _following(world, line, int(world.rng.choice(swaps(line[QUANTITY])))),
        lambda line: any(int(other) > 0 for other in swaps(line[QUANTITY])) and line[QUANTITY][1:2] != "0",
        recent=4000,
    )


def rounded_up(world: World) -> Spoilt:
    """A quantity rounded up to the next five or ten; the price follows."""

    def up(line: Line) -> Line:
        step = world.rng.choice((5, 10))
        return _following(world, line, (int(line[QUANTITY]) // step + 1) * step)

    return _cells(world, up, lambda line: int(line[QUANTITY]) > 2 and int(line[QUANTITY]) % 5 > 0, recent=2000)


def raised_late(world: World) -> Spoilt:
    """Three to ten times the pieces after the lock; the price follows."""
    factor = world.rng.randrange(3, 11)
    return _cells(world, lambda line: _following(world, line, int(line[QUANTITY]) * factor), _locked(world))


def _cells(world: World, change: Callable[[Line], Line], where: Where | None = None, recent: float = 1200) -> Spoilt:
    key = world.pick(lambda line: billed(line) and (where is None or where(line)), recent=recent)
    if key is None:
        return None
    line = world.lines[key]
    changed = change(line)
    return (key, changed) if changed.items() - line.items() else None


def _locked(world: World) -> Where:
    return lambda line: locked(line, world.day)


def _known_request(world: World) -> Where:
    return lambda line: len(world.work_requests[line[WORK_REQUEST]]) >= 20


def _following(world: World, line: Line, quantity: int) -> Line:
    return world.priced(line, quantity=str(quantity))


def _other_quantity(world: World, quantity: int) -> int:
    return world.rng.choice([n for n in range(max(1, quantity // 2), quantity * 2 + 2) if n != quantity])


def _felt_swaps(line: Line) -> list[str]:
    price = Decimal(line[PRICE])
    return [other for other in swaps(line[PRICE]) if abs(Decimal(other) - price) > max(_NOISE, price * _NOISE_SHARE)]


def _in_year(day: date, years: int) -> date:
    year = day.year + years
    last = calendar.monthrange(year, day.month)[1]
    return day.replace(year=year, day=min(day.day, last))
