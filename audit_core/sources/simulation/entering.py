"""Lines entered by billers, and the automation that dates them a little later."""

from datetime import date, datetime, timedelta
from typing import Final

from audit_core.sheets.columns import COMPLETED, WEEK, WORK_DATE
from audit_core.sources.simulation.crews import Office, some
from audit_core.sources.simulation.days import HOLIDAY, MONTH_ENDS, NORTH, sunday
from audit_core.sources.simulation.page import Line, Stamp
from audit_core.sources.simulation.people import AUTOMATION, Person, biller_of

_AT_ONCE, _SOON, _TOMORROW = 0.60, 0.82, 0.92
"""Shares of new lines: dated within the minute, within a quarter of an hour, the next morning; the rest is not done."""
_SUNDAY_LINES: Final = {NORTH: 32}
_CATCHING_UP: Final = date(2025, 8, 28)
"""Until this day billers still enter the week that the last real snapshot lacked."""


def enter_new_work(office: Office, day: date) -> None:
    """What the crews built today."""
    north, rng = office.page.name == NORTH, office.page.rng
    if day == HOLIDAY:
        crews = 1
    else:
        crews = rng.randrange(4, 7) if north else rng.randrange(2, 4)
        crews -= day.isoweekday() == 6
        if day > MONTH_ENDS:
            crews //= 2
    for crew in some(rng, office.crews, crews):
        enter(office, biller_of(office.page.name, rng), day, office.new_lines(crew, rng.randrange(2, 5), 5))


def enter_sunday_burst(office: Office, day: date) -> None:
    """Sunday evening before a Monday: what is left of the week is entered before it locks."""
    rng, left = office.page.rng, _SUNDAY_LINES.get(office.page.name, 14)
    biller = biller_of(office.page.name, rng)
    for crew in some(rng, office.crews, len(office.crews)):
        if left > 0:
            lines = office.new_lines(crew, 3, 6)
            enter(office, biller, day - timedelta(days=1), lines[:left])
            left -= len(lines)


def enter_late(office: Office, day: date) -> None:
    """Lines of a week that has locked: normal in this business."""
    north, rng = office.page.name == NORTH, office.page.rng
    if day <= _CATCHING_UP:
        for crew in some(rng, office.crews, 2 if north else 1):
            _enter_for_week(office, day, office.new_lines(crew, 4, 7), weeks_back=1)
    elif day.isoweekday() in (2, 3, 5) and rng.random() < 0.7:
        crew = rng.choice(office.crews)
        _enter_for_week(office, day, office.new_lines(crew, 1, 6), weeks_back=rng.randrange(1, 4))


def enter(office: Office, biller: Person, day: date, lines: list[Line]) -> None:
    """Enter lines of work done on `day` one after the other; the automation dates most of them at once."""
    page, rng = office.page, office.page.rng
    at = biller.begins(rng, day)
    weekend = day.isoweekday() >= 6
    for line in lines:
        at += timedelta(minutes=rng.randrange(3))
        fate = rng.random() * (_SOON if weekend else 1)
        if fate >= _TOMORROW:
            page.add(line | {COMPLETED: "false"}, Stamp(biller.email, at))
            continue
        row_id = page.add(line | {COMPLETED: "true"}, Stamp(biller.email, at))
        if fate < _AT_ONCE:
            date_row(office, row_id, day, at)
        elif fate < _SOON:
            date_row(office, row_id, day, at + timedelta(minutes=rng.randrange(2, 15)))
        else:
            page.waiting[row_id] = day.isoformat()


def date_row(office: Office, row_id: str, worked: date, at: datetime) -> None:
    """The automation's write: the day of the work and the week it belongs to."""
    cells = {WEEK: sunday(worked), WORK_DATE: worked.isoformat()}
    office.page.edit(row_id, cells, Stamp(AUTOMATION, at))


def _enter_for_week(office: Office, day: date, lines: list[Line], weeks_back: int) -> None:
    rng = office.page.rng
    biller = biller_of(office.page.name, rng)
    last = date.fromisoformat(sunday(day, weeks_back))
    at = biller.begins(rng, day)
    for line in lines:
        worked = last - timedelta(days=rng.randrange(2, 7))
        at += timedelta(minutes=rng.randrange(3))
        dates = {WEEK: last.isoformat(), WORK_DATE: worked.isoformat(), COMPLETED: "true"}
        office.page.add(line | dates, Stamp(biller.email, at))
