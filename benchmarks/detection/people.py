"""Who writes to the sheets, and when each of them works. None of them exists."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Chicago")
AUTOMATION = "automation@smartsheet.com"


@dataclass(frozen=True, slots=True)
class Person:
    """One editor. Begins work around the local hour `hour`, give or take `spread` hours."""

    email: str
    hour: float
    spread: float

    def writes_at(self, day: date, rng: Random) -> datetime:
        """An instant of the local `day` at which this person saves something; on a Sunday late in the evening."""
        middle, spread = (21.5, 0.8) if day.isoweekday() == 7 else (self.hour, self.spread)
        return at_hour(day, rng.gauss(middle, spread), rng)


class Staff:
    """The editors of one trial: a foreman's e-mail for each crew, and the office."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._foremen: dict[str, Person] = {}
        self._billers = [self._biller(number) for number in range(5)]

    def foreman(self, crew: str) -> Person:
        """The foreman who leads `crew`, as the column Foreman names it."""
        if crew not in self._foremen:
            mail = f"{crew.lower().replace(' ', '.')}@field.example"
            self._foremen[crew] = Person(mail, self._rng.uniform(14, 18), self._rng.uniform(0.7, 1.5))
        return self._foremen[crew]

    def biller(self) -> Person:
        """Somebody of the office."""
        return self._rng.choice(self._billers)

    def author(self, crew: str) -> Person:
        """Who enters a line of `crew`: mostly its foreman."""
        return self.foreman(crew) if self._rng.random() < 0.75 else self.biller()

    def editor(self, crew: str, strangers: float) -> Person:
        """Who edits a line of `crew`: mostly the office, its foreman, or (`strangers`: how often) somebody who does not
        usually write here, at no usual hour."""
        if self._rng.random() < strangers:
            return Person(f"guest.{self._rng.randrange(12):02}@office.example", self._rng.uniform(0, 24), 1)
        return self.biller() if self._rng.random() < 0.65 else self.foreman(crew)

    def hire(self) -> None:
        """One more biller from now on."""
        self._billers.append(self._biller(len(self._billers)))

    def _biller(self, number: int) -> Person:
        return Person(f"biller.{number:02}@office.example", self._rng.uniform(8, 16), self._rng.uniform(0.8, 2))


def at_hour(day: date, hour: float, rng: Random) -> datetime:
    """The local `hour` of `day`, kept between midnight and half past eleven at night, to the second."""
    minutes = min(max(hour, 0.2), 23.5) * 60
    return datetime.combine(day, time(), ZONE) + timedelta(minutes=int(minutes), seconds=rng.randrange(60))
