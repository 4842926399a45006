"""The topics of the training: what ships, and what config.json adds or puts in its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from audit_core.actors import Role
from audit_core.workspace import Workspace

_TEXTS: Final = Path(__file__).with_name("texts")
_EVERYBODY: Final = tuple(Role)
_AUDITORS: Final = (Role.AUDITOR, Role.ADMIN)
_SINCE: Final = date(2026, 11, 1)


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing to know. `roles`: who must have it. `months`: how long a completion holds. `text`: Markdown.

    `since`: from which day on this version is asked for, None where nobody said. A completion of an earlier version no
    longer holds.
    """

    name: str
    title: str
    text: str
    roles: tuple[Role, ...]
    months: int = 12
    version: int = 1
    since: date | None = _SINCE

    @property
    def minutes(self) -> int:
        """How long it takes to read, rounded up: 150 words a minute, and a little to think."""
        return max(2, -(-len(self.text.split()) // 150) + 1)


# name → title, who must have it, for how many months
_SHIPPED: Final[Mapping[str, tuple[str, tuple[Role, ...], int]]] = {
    "after_lock": ("What the lock of a week means", _EVERYBODY, 12),
    "correct_a_price": ("How to correct a price", _AUDITORS, 12),
    "dates_and_weeks": ("Dates, and who may move a week", _AUDITORS, 12),
    "one_unit_one_line": ("One unit, one line", _AUDITORS, 24),
    "read_the_trail": ("Reading the trail", _EVERYBODY, 24),
    "decide_in_the_queue": ("Deciding in the queue", _AUDITORS, 12),
    "access_and_passwords": ("Access and passwords", _EVERYBODY, 12),
    "keep_the_record": ("Keeping the record whole", (Role.ADMIN,), 12),
}

OF_RULE: Final[Mapping[str, str]] = {
    "edited_after_lock": "after_lock",
    "completion_unchecked": "after_lock",
    "row_deleted_after_lock": "after_lock",
    "restored_after_lock": "after_lock",
    "price_mismatch": "correct_a_price",
    "price_zeroed": "correct_a_price",
    "price_era": "correct_a_price",
    "price_unlike_peers": "correct_a_price",
    "stale_formula": "correct_a_price",
    "formula_changed": "correct_a_price",
    "cu_not_listed": "correct_a_price",
    "week_moved": "dates_and_weeks",
    "date_typo": "dates_and_weeks",
    "date_outside_week": "dates_and_weeks",
    "week_not_sunday": "dates_and_weeks",
    "duplicate_unit": "one_unit_one_line",
    "near_work_request": "one_unit_one_line",
    "split_across_weeks": "one_unit_one_line",
    "two_crews": "one_unit_one_line",
    "quantity_slip": "one_unit_one_line",
    "quantity_zeroed": "one_unit_one_line",
    "quantity_text": "one_unit_one_line",
    "unit_mismatch": "one_unit_one_line",
    "retyped": "one_unit_one_line",
    "row_moved": "one_unit_one_line",
}
"""Rule → the topic that may help whose edits it keeps finding."""


def topics(workspace: Workspace) -> dict[str, Topic]:
    """Every topic here by its name: those that ship, in their order, and after them those of config.json."""
    found = dict(_shipped())
    for each in workspace.settings.training.added:
        roles = tuple(Role(role) for role in each.roles)
        found[each.name] = Topic(each.name, each.title, each.text, roles, each.months, each.version, each.since)
    return found


@cache
def _shipped() -> Mapping[str, Topic]:
    return {
        name: Topic(name, title, (_TEXTS / f"{name}.md").read_text("utf-8"), roles, months)
        for name, (title, roles, months) in _SHIPPED.items()
    }
