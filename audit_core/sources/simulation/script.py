"""The errors of the simulated month, in their order: on which day, on which sheet, by whom."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from audit_core.sheets.columns import QUANTITY
from audit_core.sources.simulation import entry_slips as entry
from audit_core.sources.simulation import lock_slips as lock
from audit_core.sources.simulation import mass_slips as mass
from audit_core.sources.simulation import price_slips as price
from audit_core.sources.simulation.days import NORTH, SOUTH
from audit_core.sources.simulation.people import ANA, BEN, CARLA, DEV, EVA, FRANK, GRACE, Person
from audit_core.sources.simulation.scene import Scene


@dataclass(frozen=True, slots=True)
class Plan:
    """One planted error. `shows`: the first look that can show it, where that is not the day's own."""

    day: date
    sheet: str
    person: Person
    act: Callable[[Scene], None]
    shows: date | None = None


def _august(day: int) -> date:
    return date(2025, 8, day)


def _september(day: int) -> date:
    return date(2025, 9, day)


_RENAMED_ON: Final = _september(17)

SCRIPT: Final = (
    Plan(_august(28), NORTH, ANA, price.stale_price_locked),
    Plan(_august(29), SOUTH, DEV, lock.quantity_after_lock),
    Plan(_august(29), NORTH, BEN, entry.text_typed),
    Plan(_august(30), SOUTH, DEV, entry.outside_week_edited),
    Plan(_september(2), NORTH, BEN, lock.pole_after_lock),
    Plan(_september(3), NORTH, ANA, price.stale_price_open),
    Plan(_september(3), SOUTH, CARLA, lock.deleted),
    Plan(_september(3), SOUTH, DEV, entry.typo_entered),
    Plan(_september(4), NORTH, CARLA, entry.billed_twice),
    Plan(_september(4), SOUTH, DEV, price.shifted_down),
    Plan(_september(5), NORTH, ANA, entry.near_request_entered),
    Plan(_september(5), SOUTH, FRANK, lock.unchecked),
    Plan(_september(6), NORTH, BEN, lock.cut_before_lock),
    Plan(_september(6), NORTH, BEN, entry.outside_week_entered),
    Plan(_september(8), NORTH, EVA, mass.stamped_after_note),
    Plan(_september(9), NORTH, BEN, lock.cut_restored),
    Plan(_september(9), SOUTH, CARLA, lock.cu_after_lock),
    Plan(_september(10), NORTH, GRACE, price.zeroed_many),
    Plan(_september(10), SOUTH, GRACE, price.zeroed_many),
    Plan(_september(10), NORTH, ANA, entry.word_typed),
    Plan(_september(11), NORTH, GRACE, price.restored_many),
    Plan(_september(11), SOUTH, GRACE, price.restored_many),
    Plan(_september(11), NORTH, CARLA, lock.work_type_after_lock),
    Plan(_september(11), SOUTH, DEV, entry.no_match_entered),
    Plan(_september(12), NORTH, ANA, entry.word_corrected),
    Plan(_september(12), SOUTH, DEV, entry.billed_twice),
    Plan(_september(12), NORTH, BEN, entry.no_match_edited),
    Plan(_september(13), NORTH, ANA, entry.not_sunday_edited),
    Plan(_september(13), SOUTH, DEV, lock.cut_before_lock),
    Plan(_september(15), SOUTH, FRANK, mass.stamped_after_save),
    Plan(_september(16), NORTH, GRACE, mass.bulk_foreman),
    Plan(_september(16), SOUTH, CARLA, price.zeroed_few),
    Plan(_september(16), SOUTH, DEV, lock.cut_restored),
    Plan(_RENAMED_ON, NORTH, GRACE, mass.column_renamed),
    Plan(_RENAMED_ON, NORTH, BEN, price.stale_price_open, shows=_september(18)),
    Plan(_RENAMED_ON, SOUTH, CARLA, lock.deleted_and_reentered),
    Plan(_september(18), SOUTH, FRANK, lock.work_request_after_lock),
    Plan(_september(19), NORTH, BEN, lock.unchecked),
    Plan(_september(19), NORTH, CARLA, entry.typo_edited),
    Plan(_september(20), SOUTH, DEV, entry.not_sunday_entered),
    Plan(_september(20), SOUTH, DEV, entry.text_typed),
    Plan(_september(22), NORTH, EVA, lock.work_request_after_lock),
    Plan(_september(22), SOUTH, FRANK, lock.work_type_after_lock),
    Plan(_september(23), NORTH, BEN, lock.deleted),
    Plan(_september(23), NORTH, ANA, price.zeroed_few),
    Plan(_september(23), SOUTH, CARLA, lock.pole_after_lock),
    Plan(_september(24), SOUTH, DEV, entry.near_request_edited),
    Plan(_september(24), NORTH, CARLA, lock.quantity_text_after_lock),
    Plan(_september(24), NORTH, BEN, lock.cu_after_lock),
    Plan(_september(25), NORTH, ANA, price.shifted_up),
    Plan(_september(25), SOUTH, DEV, price.stale_price_open),
    Plan(_september(25), NORTH, BEN, entry.no_match_entered),
    Plan(_september(26), NORTH, CARLA, lock.deleted_and_reentered),
    Plan(_september(26), SOUTH, CARLA, price.nudged_after_lock),
    Plan(_september(26), NORTH, EVA, price.nudged_after_lock),
    Plan(_september(26), NORTH, ANA, lock.quantity_after_lock),
)
"""Every planted error; several on one day happen in this order."""


def renamed_on(day: date, sheet: str) -> dict[str, str]:
    """Titles that differ on this day from those of every other day."""
    return {QUANTITY: mass.RENAMED} if (day, sheet) == (_RENAMED_ON, NORTH) else {}
