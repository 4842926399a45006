"""The sheets while they are written: every write is kept, so that the looks can be told again with other people."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from benchmarks.detection.estate import (
    CU,
    DESCRIPTION,
    POLE,
    PRICE,
    QUANTITY,
    UNIT,
    WEEK,
    WORK_DAY,
    WORK_REQUEST,
    WORK_TYPE,
    Line,
    Prices,
    plain,
)
from benchmarks.detection.people import AUTOMATION, Person, Staff
from benchmarks.detection.writes import WHOLE_ROW, Key, Mark, Planned, Told, Write

Where = Callable[[Line], bool]
_TRIES = 400
_KNOWN_LINES = 20


@dataclass(slots=True)
class World:
    """All lines as they stand at `day`. `quiet`: rows that nobody else writes to before the next look."""

    rng: Random
    prices: Prices
    staff: Staff
    day: date
    lines: dict[Key, Line] = field(default_factory=dict)
    order: list[Key] = field(default_factory=list)
    quiet: set[Key] = field(default_factory=set)
    spoilt: set[Key] = field(default_factory=set)
    writes: list[Write] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    planned: list[Planned] = field(default_factory=list)
    work_requests: dict[str, dict[Key, None]] = field(default_factory=dict)

    def seed(self, sheet: str, line: Line) -> Key:
        """A line that stood there before anybody looked."""
        key = sheet, self._free_id()
        self._put(key, line)
        return key

    def enter(self, sheet: str, line: Line, by: Person, told: Told) -> Key:
        """A new line."""
        key = self.seed(sheet, line)
        self._keep(key, line, by.writes_at(self.day, self.rng), by.email, (WHOLE_ROW,), told, new=True)
        return key

    def edit(self, key: Key, cells: Mapping[str, str], by: Person, told: Told) -> None:
        """A person saves other values in some cells of a line."""
        self._edit(key, cells, by.writes_at(self.day, self.rng), by.email, told)

    def automate(self, key: Key, cells: Mapping[str, str], told: Told) -> None:
        """The automation follows, up to a quarter of an hour after what was last written to the line (or any time)."""
        last = next((write for write in reversed(self.writes[-40:]) if (write.sheet, write.row) == key), None)
        if last is None or last.at.date() != self.day:
            last = replace(self.writes[-1], at=self.staff.biller().writes_at(self.day, self.rng))
        wait = timedelta(seconds=self.rng.randrange(20, 840))
        at = min(last.at + wait, last.at.replace(hour=23, minute=58, second=59))
        self._edit(key, cells, at, AUTOMATION, told)

    def delete(self, key: Key, by: Person, told: Told) -> None:
        """A line goes."""
        self._keep(key, None, by.writes_at(self.day, self.rng), by.email, (WHOLE_ROW,), told)
        del self.work_requests[self.lines.pop(key)[WORK_REQUEST]][key]

    def begin(self) -> None:
        """The next day, with what was planned for it; a row that somebody wrote to since the last look waits."""
        self.day += timedelta(days=1)
        due = [each for each in self.planned if each.due <= self.day and each.key not in self.quiet]
        self.planned = [each for each in self.planned if each not in due]
        for each in due:
            if each.key in self.lines:
                self.edit(each.key, each.cells, self.staff.biller(), each.told)

    def pick(self, where: Where, *, recent: float = 700) -> Key | None:
        """A line that meets `where` and that nobody wrote to since the last look, rather one of the `recent` ones."""
        for _ in range(_TRIES):
            back = int(self.rng.expovariate(1 / recent))
            if back >= len(self.order):
                continue
            key = self.order[-1 - back]
            if key in self.lines and key not in self.quiet and key not in self.spoilt and where(self.lines[key]):
                return key
        return None

    def several(self, where: Where) -> list[Key]:
        """All such lines."""
        free = self.lines.keys() - self.quiet - self.spoilt
        return [key for key in self.order if key in free and where(self.lines[key])]

    def looked(self) -> None:
        """A look was taken: every row may be written to again."""
        self.quiet.clear()
        self.order = [key for key in self.order if key in self.lines]

    def known(self, line: Line) -> list[str]:
        """Work requests other than the line's that everybody knows: a score of lines or more."""
        found = (n for n, keys in self.work_requests.items() if len(keys) >= _KNOWN_LINES)
        return sorted(number for number in found if number != line[WORK_REQUEST])

    def siblings(self, line: Line) -> list[Line]:
        """The lines of the same work request."""
        return [self.lines[key] for key in self.work_requests.get(line[WORK_REQUEST], ())]

    def bills(self, line: Line, but: Key | None = None) -> bool:
        """Whether another row than `but` bills such a unit in a week beside the line's."""
        week = date.fromisoformat(line[WEEK])
        near = {"", *((week + timedelta(weeks=n)).isoformat() for n in (-1, 0, 1))}
        same = (POLE, CU, WORK_TYPE)
        return any(
            self.lines[key][WEEK] in near and all(self.lines[key][title] == line[title] for title in same)
            for key in self.work_requests.get(line[WORK_REQUEST], ())
            if key != but
        )

    def stands(self, line: Line) -> bool:
        """Whether the very unit is billed already: the same cells in all that is compared."""
        same = (WEEK, POLE, CU, WORK_TYPE, QUANTITY)
        return any(all(other[title] == line[title] for title in same) for other in self.siblings(line))

    def alternatives(self, line: Line) -> list[str]:
        """Listed codes that could be meant instead of the line's: of the same kind of work and unit, at a third to
        three times the price."""
        now = self.unit_price(line)
        return sorted(
            code
            for code, kind in self.prices.listed
            if kind == line[WORK_TYPE]
            and code != line[CU]
            and self.prices.facts[code, kind][1] == line[UNIT]
            and now / 3 <= self.prices.unit_price(code, kind, self.day) <= now * 3
        )

    def priced(self, line: Line, **changed: str) -> Line:
        """The line with other cells and the price that its formula then gives (`quantity`, `cu`, `work_type`)."""
        titles = {"quantity": QUANTITY, "cu": CU, "work_type": WORK_TYPE}
        made = {**line, **{titles[name]: value for name, value in changed.items()}}
        if "cu" in changed or "work_type" in changed:
            made[DESCRIPTION], made[UNIT] = self.prices.facts[made[CU], made[WORK_TYPE]]
        return {**made, PRICE: plain(self.unit_price(made) * Decimal(made[QUANTITY]))}

    def unit_price(self, line: Line) -> Decimal:
        """What one unit of the line costs at its day."""
        return self.prices.unit_price(line[CU], line[WORK_TYPE], date.fromisoformat(line[WORK_DAY] or line[WEEK]))

    def _edit(self, key: Key, cells: Mapping[str, str], at: datetime, by: str, told: Told) -> None:
        changed = {title: value for title, value in cells.items() if self.lines[key][title] != value}
        del self.work_requests[self.lines[key][WORK_REQUEST]][key]
        self.lines[key] = {**self.lines[key], **changed}
        self._index(key)
        self._keep(key, changed, at, by, tuple(changed), told)

    def _keep(
        self,
        key: Key,
        cells: Mapping[str, str] | None,
        at: datetime,
        by: str,
        columns: Sequence[str],
        told: Told,
        *,
        new: bool = False,
    ) -> None:
        self.quiet.add(key)
        self.writes.append(Write(at, by, *key, dict(cells) if cells is not None else None, new))
        self.marks.append(Mark(self.day, *key, tuple(columns), told))

    def _put(self, key: Key, line: Line) -> None:
        self.lines[key] = dict(line)
        self.order.append(key)
        self._index(key)

    def _index(self, key: Key) -> None:
        self.work_requests.setdefault(self.lines[key][WORK_REQUEST], {})[key] = None

    def _free_id(self) -> str:
        return str(self.rng.randrange(10**12, 10**13))
