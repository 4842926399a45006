"""After the lock: the utility checks what was billed, and analysts correct lines with it. Ordinary, but not by chance.

Which lines are corrected depends on things that were known before the lock: so there is something that can be learnt.
How well it can be learnt here says nothing about real sheets: these odds are made up.
"""

from datetime import date
from random import Random
from typing import Final

from audit_core.sheets.columns import COMPLETED, FOREMAN, PRICE, QUANTITY, WEEK, WORK_DATE
from audit_core.sources.simulation.catalogue import Catalogue
from audit_core.sources.simulation.crews import Office
from audit_core.sources.simulation.days import next_look, sunday
from audit_core.sources.simulation.page import Line
from audit_core.sources.simulation.people import ANALYSTS
from audit_core.sources.simulation.scene import Notebook, Scene
from audit_core.sources.simulation.truth import Kind

_DAILY: Final = 0.0024
"""The odds that a line of the two newest locked weeks is corrected on one day, before what is said below."""

_ROUGH_COUNTS: Final = 3
"""Every so many foremen, by their number, one counts roughly: the crew's lines are corrected six times as often."""


def settle(office: Office, day: date, catalogue: Catalogue, notebook: Notebook) -> None:
    """One day's corrections: the quantity is put right, and the price follows it."""
    page = office.page
    weeks = (sunday(day, 1), sunday(day, 2))
    analyst = page.rng.choice(ANALYSTS)
    scene = Scene(page, catalogue, day, analyst, notebook, next_look(day), analyst.begins(page.rng, day))

    def billed(line: Line) -> bool:
        return line.get(WEEK) in weeks and line[COMPLETED] == "true" and catalogue.is_sound(line)

    for row_id in page.find(billed):
        line = page.lines[row_id]
        if page.rng.random() < _odds(line, feet=scene.unit(line).measure == "FT"):
            quantity = _recount(int(line[QUANTITY] or "0"), page.rng)
            scene.later()
            sentence = f"settled a billed line with the utility at {quantity}."
            scene.edit(row_id, scene.unit(line).cells(quantity), Kind.SETTLED, sentence, (QUANTITY, PRICE))


def _odds(line: Line, *, feet: bool) -> float:
    number = int("".join(filter(str.isdecimal, line.get(FOREMAN) or "")) or "1")
    odds = _DAILY * (6 if number % _ROUGH_COUNTS == 0 else 1)
    odds *= 3 if feet else 1
    return odds * (2 if date.fromisoformat(line[WORK_DATE] or "").isoweekday() >= 5 else 1)


def _recount(quantity: int, rng: Random) -> int:
    step = max(1, round(quantity * rng.uniform(0.05, 0.2)))
    return quantity + step if quantity <= step or rng.random() < 0.4 else quantity - step
