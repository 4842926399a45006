"""Whether somebody may do less than before: what they held and hold, compared by rank and piece, not as texts."""

from collections.abc import Collection, Mapping
from typing import Final

from audit_core.access_review.line import Line, Part
from audit_core.actors import Role
from audit_core.sources.protocol import LEVELS

ACCOUNT: Final = "account"
"""The piece that an account holds beside sheets."""

EVERY_SHEET: Final = "*"
"""The piece that stands for each sheet there is or will be."""

GUEST: Final = "guest"
"""The level of who is bound to an evidence room."""

_HERE: Final = (GUEST, *(role.value for role in Role))


def lowered(before: Line, now: Line, known_then: Collection[str]) -> bool | None:
    """Whether something is lower than before, or gone, and nothing is higher; None where that cannot be said.

    `known_then`: the sheets of which it was known before who reaches them: a right on others may be older than that.
    A sheet is lower when it has another owner.
    """
    if now.part is Part.SHEETS:
        return now.right != before.right
    had, has = dict(before.holds), dict(now.holds)
    if not had or not has:
        return None  # kept before pieces were, or known by edits alone
    new = has.keys() if now.part is Part.HERE else has.keys() & set(known_then)
    order = _HERE if now.part is Part.HERE else LEVELS
    steps = [_step(order, _level(had, piece), _level(has, piece)) for piece in had.keys() | new]
    if any(step is not None and step > 0 for step in steps):
        return False
    if None in steps:
        return None
    return any(step is not None and step < 0 for step in steps)


def changed(before: Line, now: Line, names: Mapping[str, str]) -> tuple[str, str] | None:
    """What somebody may, before and now, where that is not the same; `names`: of sheets, by id."""
    had, has = dict(before.holds), dict(now.holds)
    if now.part is Part.HERE and not had and has[ACCOUNT] in (before.right, GUEST):
        return None  # lists of before pieces were kept said the role alone, also of who was limited
    if before.right != now.right:
        return before.right, now.right
    if not had or had == has:
        return None
    return _words(had, has, names), _words(has, had, names)


def _words(held: Mapping[str, str], other: Mapping[str, str], names: Mapping[str, str]) -> str:
    """What of it the other one does not hold."""
    told = [f"{level} on {names.get(piece, piece)}" for piece, level in held.items() if other.get(piece) != level]
    return ", ".join(told) or "nothing more"


def _level(held: Mapping[str, str], piece: str) -> str | None:
    return held.get(piece) or (held.get(EVERY_SHEET) if piece != ACCOUNT else None)


def _step(order: tuple[str, ...], before: str | None, now: str | None) -> int | None:
    """How much higher it is now (negative: lower); None where a level is not known here."""
    if before == now:
        return 0
    if any(level is not None and level not in order for level in (before, now)):
        return -1 if now is None else 1 if before is None else None
    rank = {level: place for place, level in enumerate(order, start=1)}
    return (rank[now] if now is not None else 0) - (rank[before] if before is not None else 0)
