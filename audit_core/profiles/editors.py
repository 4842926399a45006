"""Everybody who edits, side by side: their figures, what was decided about their changes, and no ranking."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.access.visible import require_visible
from audit_core.actors import Actor
from audit_core.profiles.decided import decided_about
from audit_core.profiles.profile import Figure, Profile
from audit_core.profiles.visible import recent_profiles
from audit_core.reports.table_export import Export, TableExport, export_table
from audit_core.review.dispositions import Verdict
from audit_core.store.people import People
from audit_core.workspace import Workspace

ORDINARY: Final = "like most"
TITLE: Final = "How people edit"
_TABLE: Final[dict[str, pl.DataType]] = {
    "Editor": pl.String(),
    "Beside the others": pl.String(),
    "Changes": pl.Int64(),
    "Per week": pl.Float64(),
    "Hour": pl.String(),
    "After lock": pl.Float64(),
    "Size": pl.String(),
    "Rounded up": pl.Float64(),
    "moved_cents": pl.Int64(),
    "Confirmed": pl.Int64(),
    "False alarms": pl.Int64(),
}


@dataclass(frozen=True, slots=True)
class Editor:
    """One person who edits. `number`: stands for them where an e-mail should not (see People.numbers).

    `decided`: verdict in words → how many of their changes it stands on, by the change or by its incident.
    """

    number: int
    profile: Profile
    decided: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Editors:
    """`people` by name; `machines`: profiles of what is no person, compared with nobody."""

    people: tuple[Editor, ...]
    machines: tuple[Profile, ...]


def editors(workspace: Workspace, actor: Actor, now: datetime) -> Editors:
    """Everybody who edited within `people.keep_days`. Raises NotAllowed (see visible)."""
    require_visible(workspace, actor)
    found = recent_profiles(workspace, now)
    numbers = dict(People(workspace.store.database).numbers().iter_rows())
    decided: dict[str, dict[str, int]] = {}
    for who, verdict, changes in (
        decided_about(workspace, now).group_by("who", "verdict").agg(pl.col("changes").sum()).iter_rows()
    ):
        decided.setdefault(who, {})[verdict] = changes
    return Editors(
        tuple(Editor(numbers[each.who], each, decided.get(each.who, {})) for each in found if not each.machine),
        tuple(each for each in found if each.machine),
    )


def editors_table(shown: Editors) -> pl.DataFrame:
    """One line an editor, under the titles of the screen. Shares 0–1, rounded; null is too little to be said."""
    rows = [_line(each) for each in shown.people]
    return pl.DataFrame(rows, schema=_TABLE, orient="row")


def export_editors(
    workspace: Workspace, actor: Actor, frame: pl.DataFrame, words: str, zone: ZoneInfo, now: datetime
) -> Export:
    """The table as it stands on screen, as .xlsx. Raises NotAllowed (see visible, and table_export)."""
    require_visible(workspace, actor)
    return export_table(workspace, actor, TableExport("people", TITLE, words, frame, zone=zone), now)


def size_words(logarithm: float | None) -> str | None:
    """A size of changes as a person says it: `×1.5`; None for none."""
    return None if logarithm is None else f"×{math.exp(logarithm):.3g}"


def hour_words(hour: float | None) -> str | None:
    """An hour of the day as a person says it: `14:30`; None for none."""
    return None if hour is None else "{:02}:{:02}".format(*divmod(round(hour * 60), 60))


def unusual(figures: tuple[Figure, ...]) -> tuple[str, ...]:
    """In which figures somebody stands outside of where most of the others are, in neutral words."""
    return tuple(
        each.words
        for each in figures
        if each.whole.number is not None and each.peers is not None and each.words != ORDINARY
    )


def beside_others(profile: Profile) -> str:
    """How somebody stands among the others in one sentence, or why that is not said."""
    if not profile.figures:
        return profile.words
    if all(each.peers is None for each in profile.figures):
        return "Too few others to compare with."
    return "; ".join(unusual(profile.figures)).capitalize() or "Like most in everything."


def _line(each: Editor) -> tuple[Any, ...]:
    told = {figure.name: figure.whole.number for figure in each.profile.figures}
    return (
        each.profile.who,
        beside_others(each.profile),
        each.profile.edits,
        _rounded(told.get("edits"), 1),
        hour_words(told.get("hour")),
        _rounded(told.get("after_lock"), 2),
        size_words(told.get("magnitude")),
        _rounded(told.get("rounded_up"), 2),
        each.profile.money_moved_cents if each.profile.figures else None,
        each.decided.get(Verdict.CONFIRMED.words, 0),
        each.decided.get(Verdict.FALSE_ALARM.words, 0),
    )


def _rounded(number: float | None, digits: int) -> float | None:
    return None if number is None else round(number, digits)
