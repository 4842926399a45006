"""One trial: weeks of work on real lines with ordinary corrections and known errors among them, from one seed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from decimal import Decimal
from random import Random

import polars as pl

from benchmarks.detection import bulk
from benchmarks.detection.benign import SINGLE
from benchmarks.detection.estate import BLOCK, TITLES, WEEK, WORK_DAY, Line, Prices, blocks, real_lines
from benchmarks.detection.injecting import Injector
from benchmarks.detection.people import AUTOMATION, Staff
from benchmarks.detection.working import Entering
from benchmarks.detection.world import World
from benchmarks.detection.writes import Key, Mark, Write

FIRST_LOOK = date(2025, 8, 18)
"""The Monday after the settled weeks: everything before it was there when somebody first looked."""
_LOOK_DAYS = (1, 3, 5)
_LIST_FOLLOWS = 0.5
_SYSTEM = ("Created By", "Created Date", "Modified By", "Modified Date")


@dataclass(frozen=True, slots=True)
class Size:
    """How much of it: weeks that are watched, and the share of the real lines' poles that is used."""

    weeks: int
    share: float


WHOLE, SMALL = Size(16, 1), Size(8, 0.25)


@dataclass(frozen=True, slots=True)
class Trial:
    """What was written, before the first look (`settled`) and since; `lists`: the price list from a look on."""

    settled: Mapping[Key, Line]
    writes: tuple[Write, ...]
    marks: tuple[Mark, ...]
    looks: tuple[date, ...]
    lists: Mapping[date, str]

    @property
    def split(self) -> date:
        """The look that ends the first half: what comes later is the test."""
        return self.looks[len(self.looks) // 2]

    def shuffled(self, seed: int) -> "Trial":
        """The same with people and hours dealt anew among everything that people wrote; automations stay."""
        rng = Random(seed)
        mine = [place for place, write in enumerate(self.writes) if write.human]
        people = [self.writes[place].by for place in mine]
        hours = [self.writes[place].at.timetz() for place in mine]
        rng.shuffle(people)
        rng.shuffle(hours)
        writes = list(self.writes)
        for place, by, hour in zip(mine, people, hours, strict=True):
            at = writes[place].at.replace(hour=hour.hour, minute=hour.minute, second=hour.second)
            writes[place] = replace(writes[place], by=by, at=at)
        return replace(self, writes=tuple(writes))

    def frames(self) -> Iterator[tuple[date, dict[str, pl.DataFrame]]]:
        """Every look: sheet → all its lines with their system columns, as an export has them."""
        lines = {key: _with_system(key, line) for key, line in self.settled.items()}
        writes = list(self.writes)
        place = 0
        for look in self.looks:
            while place < len(writes) and writes[place].at.date() <= look:
                _apply(lines, writes[place])
                place += 1
            yield look, _tables(lines)

    def look_of(self, day: date) -> date:
        """The look that first shows what was written on a day."""
        return next(look for look in self.looks if look >= day)


def make(seed: int, rate: float, size: Size) -> Trial:
    """A trial; the same arguments give the same one. `rate`: errors for each edit of a person."""
    rng = Random(f"{seed} {rate} {size}")
    world = World(rng, Prices(), Staff(rng), FIRST_LOOK)
    weeks = BLOCK + size.weeks
    last = FIRST_LOOK + timedelta(weeks=size.weeks)
    settled, coming = [], []
    for sheet, line in blocks(real_lines(size.share, rng), weeks, rng):
        if line[WEEK] < FIRST_LOOK.isoformat():
            settled.append((sheet, line))
        elif line[WEEK] < last.isoformat():
            coming.append((sheet, line))
    for sheet, line in sorted(settled, key=lambda each: each[1][WORK_DAY]):
        world.seed(sheet, line)
    before = dict(world.lines)
    entering, injector = Entering(coming, rng), Injector(rate)
    plan = _bulk_plan(size.weeks, rng)
    looks, lists = [FIRST_LOOK], {FIRST_LOOK: world.prices.list_text()}
    while world.day < last:
        world.begin()
        written = len(world.writes)
        _bulk(world, plan.get((world.day - FIRST_LOOK).days, ()))
        entering.day(world)
        _corrections(world, size)
        injector.day(world, sum(write.human for write in world.writes[written:]))
        if world.day.isoweekday() in _LOOK_DAYS:
            looks.append(world.day)
            lists[world.day] = world.prices.list_text()
            world.looked()
    writes = sorted(world.writes, key=lambda write: write.at.date())  # in a day in the order of the writing
    return Trial(before, tuple(writes), tuple(world.marks), tuple(looks), lists)


def _corrections(world: World, size: Size) -> None:
    for correct, a_week in SINGLE:
        wanted = a_week * size.share / (7 if world.day.isoweekday() < 6 else 14)
        for _ in range(int(wanted + world.rng.random())):
            correct(world)


def _bulk_plan(weeks: int, rng: Random) -> dict[int, list[str]]:
    """Day since the first look → what is done to many lines on it. Each half of the weeks has each kind of it.

    Days are Tuesdays, right after a look, so that every line may be written to.
    """
    plan: dict[int, list[str]] = {}
    for half in range(2):
        first, length = half * weeks // 2, weeks // 2
        names = ["listed", "unlisted", "hire", "poles", "poles", "respelt", "respelt"]
        names += ["reassigned"] * max(1, length // 2)
        for name in names:
            day = 7 * (first + rng.randrange(length)) + 1
            plan.setdefault(day, []).append(name)
            if name == "unlisted" and rng.random() < _LIST_FOLLOWS:  # some days later, or never
                plan.setdefault(day + rng.randrange(5, 15), []).append("list")
        start = 7 * (first + rng.randrange(max(1, length - 2)))
        for day in sorted(rng.sample(range(start, start + 14), 5)):
            plan.setdefault(day, []).append(f"code ZZN-{half + 1}7{rng.choice('AB')}")
    return plan


def _bulk(world: World, names: list[str] | tuple[()]) -> None:
    for name in names:
        if name in ("listed", "unlisted"):
            bulk.rerated(world, listed=name == "listed")
        elif name.startswith("code "):
            bulk.new_codes(world, name.removeprefix("code "), Decimal(world.rng.randrange(2000, 60000)) / 100)
        else:
            _BULK[name](world)


_BULK = {
    "list": lambda world: world.prices.tell(),
    "hire": lambda world: world.staff.hire(),
    "poles": bulk.poles_renamed,
    "respelt": bulk.respelt,
    "reassigned": bulk.reassigned,
}


def _with_system(key: Key, line: Line) -> Line:
    mail = f"{line['Foreman'].lower().replace(' ', '.')}@field.example"
    minute = int(key[1][-3:]) % 240
    created = f"{line[WORK_DAY]}T{20 + minute // 60:02}:{minute % 60:02}:00Z"
    stamped = f"{line[WORK_DAY]}T{20 + minute // 60:02}:{minute % 60:02}:45Z"
    return {**line, **dict(zip(_SYSTEM, (mail, created, AUTOMATION, stamped), strict=True))}


def _apply(lines: dict[Key, Line], write: Write) -> None:
    key = write.sheet, write.row
    if write.cells is None:
        del lines[key]
        return
    at = write.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    created = {"Created By": write.by, "Created Date": at} if write.new else {}
    lines[key] = {**lines.get(key, {}), **write.cells, **created, "Modified By": write.by, "Modified Date": at}


def _tables(lines: Mapping[Key, Line]) -> dict[str, pl.DataFrame]:
    columns = (*TITLES, *_SYSTEM)
    found = {}
    for sheet in sorted({sheet for sheet, _ in lines}):
        mine = {row: line for (name, row), line in lines.items() if name == sheet}
        data = {"Row ID": list(mine), **{title: [line[title] for line in mine.values()] for title in columns}}
        found[sheet] = pl.DataFrame(data, schema=dict.fromkeys(data, pl.String))
    return found
