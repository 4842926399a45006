"""The month and the weeks in which its bills settle: ordinary days, in the month with planted errors among them.

One state of each sheet an evening: every evening of the month, then Saturdays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from audit_core.sources.simulation import entering, keeping
from audit_core.sources.simulation.catalogue import Catalogue, read_catalogue
from audit_core.sources.simulation.crews import Office, open_office
from audit_core.sources.simulation.days import LOOKS, MONTH_ENDS, NORTH, WORKING_DAYS
from audit_core.sources.simulation.page import open_page
from audit_core.sources.simulation.scene import Notebook, Scene
from audit_core.sources.simulation.script import SCRIPT, renamed_on
from audit_core.sources.simulation.settling import settle
from audit_core.sources.simulation.truth import Slip

EDITION: Final = "2"
"""Changes whenever the recipe gives another month or other weeks after it (a test holds their fingerprint): taken looks
are compared then."""

_SEED: Final = 20250827


@dataclass(frozen=True, slots=True)
class Month:
    """`frames`: (sheet, ISO date) → the sheet that evening, `row_id` and text columns. `truth`: what was planted."""

    frames: Mapping[tuple[str, str], pl.DataFrame]
    truth: tuple[Slip, ...]


def simulate(sheets: Mapping[str, pl.DataFrame], rates: pl.DataFrame) -> Month:
    """What follows the real frames of both sheets (text columns, key `row_id`), by the real price list."""
    catalogue = read_catalogue(rates)
    offices = {
        name: open_office(open_page(name, frame, f"{_SEED} {name}"), catalogue) for name, frame in sheets.items()
    }
    notebook = Notebook()
    frames = {}
    for day in WORKING_DAYS:
        for name, office in offices.items():
            _ordinary(office, day)
            if day > MONTH_ENDS:
                settle(office, day, catalogue, notebook)
            _planted(office, day, catalogue, notebook)
            if day in LOOKS:
                frames[name, day.isoformat()] = office.page.frame(renamed_on(day, name))
                office.page.touched.clear()
    return Month(frames, tuple(notebook.slips))


def _ordinary(office: Office, day: date) -> None:
    north = office.page.name == NORTH
    if day.isoweekday() == 1:
        entering.enter_sunday_burst(office, day)
    office.begin_new_work(day)
    keeping.fill_dates(office, day)
    keeping.tick(office, day)
    keeping.correct(office, day, most=6 if north else 3)
    keeping.reassign(office, day)
    keeping.add_notes(office, day)
    entering.enter_new_work(office, day)
    entering.enter_late(office, day)


def _planted(office: Office, day: date, catalogue: Catalogue, notebook: Notebook) -> None:
    page = office.page
    for plan in SCRIPT:
        if (plan.day, plan.sheet) == (day, page.name):
            begins = plan.person.begins(page.rng, day)
            plan.act(Scene(page, catalogue, day, plan.person, notebook, plan.shows or day, begins))
