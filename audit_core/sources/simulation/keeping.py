"""What people do to lines that are there: ticks, dates filled in, corrections before the lock, foremen, notes."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Final

from audit_core.sheets.columns import COMPLETED, FOREMAN, POLE, QUANTITY, WEEK, WORK_REQUEST
from audit_core.sources.simulation.crews import Office
from audit_core.sources.simulation.days import NORTH, sunday
from audit_core.sources.simulation.entering import date_row
from audit_core.sources.simulation.page import NOTES, Line, Stamp
from audit_core.sources.simulation.people import ADMINISTRATOR, ANALYSTS, biller_of

_NOTES: Final = (
    "Waiting for the utility's inspection",
    "Photo is in the job folder",
    "Foreman confirms the count",
    "Access through the back gate",
    "Second trip was needed",
)


def fill_dates(office: Office, day: date) -> None:
    """Early in the morning the automation dates what it still owes."""
    at = datetime.combine(day, time(6, 5))
    for row_id, worked in office.page.waiting.items():
        date_row(office, row_id, date.fromisoformat(worked), at)
    office.page.waiting.clear()


def tick(office: Office, day: date) -> None:
    """Units reported as done are ticked, and the automation dates them with the day of the tick."""
    page, rng = office.page, office.page.rng
    biller = biller_of(page.name, rng)
    for row_id in page.find(lambda line: line[COMPLETED] == "false" and not line.get(WEEK)):
        if rng.random() < 0.6:
            at = biller.begins(rng, day)
            page.edit(row_id, {COMPLETED: "true"}, Stamp(biller.email, at))
            date_row(office, row_id, day, at + timedelta(minutes=rng.randrange(2, 13)))


def correct(office: Office, day: date, most: int) -> None:
    """Slips of the week that is still open, put right: the price follows the quantity, as it should."""
    page, rng = office.page, office.page.rng
    biller, week = biller_of(page.name, rng), sunday(day)
    for row_id in page.pick(rng.randrange(1, most + 1), _simple(office, lambda line: line.get(WEEK) == week)):
        line = page.lines[row_id]
        unit, quantity = office.catalogue.unit_of(line), int(line[QUANTITY] or "0")
        pole = f"Point {rng.randrange(1, 60):02d}"
        if rng.random() < 0.7 and unit is not None:
            cells = unit.cells(quantity + 1 if quantity == 1 or rng.random() < 0.4 else quantity - 1)
        elif page.is_free(line | {POLE: pole}):
            cells = {POLE: pole}
        else:
            continue
        page.edit(row_id, cells, Stamp(biller.email, biller.begins(rng, day)))


def reassign(office: Office, day: date) -> None:
    """Now and then a work request goes to another foreman, with the lines of its newest week."""
    page, rng = office.page, office.page.rng
    if day.isoweekday() not in (2, 4) or rng.random() < 0.35:
        return
    crew, other = rng.choice(office.crews), rng.choice(office.crews)
    if crew.foreman == other.foreman:
        return
    newest = sunday(day, 1)
    rows = page.find(lambda line: line[WORK_REQUEST] == crew.work_request and (line.get(WEEK) or "") >= newest)
    analyst = rng.choice(ANALYSTS)
    at = analyst.begins(rng, day)
    crew.foreman = other.foreman
    for row_id in rows[:30]:
        page.edit(row_id, {FOREMAN: other.foreman}, Stamp(analyst.email, at))


def add_notes(office: Office, day: date) -> None:
    """A few notes, where the sheet has a column for them."""
    page, rng = office.page, office.page.rng
    if page.name != NORTH:
        return
    who, since = rng.choice((*ANALYSTS, ADMINISTRATOR, biller_of(page.name, rng))), sunday(day, 3)
    for row_id in page.pick(rng.randrange(3), lambda line: not line.get(NOTES) and (line.get(WEEK) or "") >= since):
        page.edit(row_id, {NOTES: rng.choice(_NOTES)}, Stamp(who.email, who.begins(rng, day)))


def _simple(office: Office, where: Callable[[Line], bool]) -> Callable[[Line], bool]:
    """Completed lines of a few pieces at the price of the list, written to before."""

    def fits(line: Line) -> bool:
        few = line.get(QUANTITY) in ("1", "2", "3", "4", "5", "6")
        return few and where(line) and line[COMPLETED] == "true" and office.catalogue.is_sound(line)

    return fits
