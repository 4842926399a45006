"""The simulated people: who they are, which sheets they keep and when they work. None of them exists."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from audit_core.sources.simulation.days import NORTH, SOUTH

AUTOMATION: Final = "automation@smartsheet.com"
"""Not a person: stamps the day and the week of a unit once it is marked completed."""


@dataclass(frozen=True, slots=True)
class Person:
    """One simulated identity; `hours`: local hours between which a piece of work is begun."""

    name: str
    email: str
    sheets: tuple[str, ...]
    hours: tuple[int, int]

    def begins(self, rng: Random, day: date) -> datetime:
        """A local minute of `day` at which this person begins something; on a Sunday always in the evening."""
        first, last = (18, 21) if day.isoweekday() == 7 else self.hours
        return datetime.combine(day, time(first)) + timedelta(minutes=rng.randrange((last - first) * 60))


ANA: Final = Person("Ana Ruiz", "ana.ruiz@simulated.example", (NORTH,), (7, 15))
BEN: Final = Person("Ben Okafor", "ben.okafor@simulated.example", (NORTH,), (9, 18))
CARLA: Final = Person("Carla Meyer", "carla.meyer@simulated.example", (NORTH, SOUTH), (8, 16))
DEV: Final = Person("Dev Patel", "dev.patel@simulated.example", (SOUTH,), (6, 14))
EVA: Final = Person("Eva Lindqvist", "eva.lindqvist@simulated.example", (NORTH, SOUTH), (9, 16))
FRANK: Final = Person("Frank Osei", "frank.osei@simulated.example", (SOUTH, NORTH), (10, 18))
GRACE: Final = Person("Grace Kim", "grace.kim@simulated.example", (NORTH, SOUTH), (8, 17))

BILLERS: Final = (ANA, BEN, CARLA, DEV)
ANALYSTS: Final = (EVA, FRANK)
ADMINISTRATOR: Final = GRACE


def biller_of(sheet: str, rng: Random) -> Person:
    """A biller who keeps `sheet`."""
    return rng.choice([person for person in BILLERS if sheet in person.sheets])
