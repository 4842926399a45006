"""Retraining: the changes between all snapshots that are kept, described as they were, make the model's history."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.changes.transitions import SheetStep, transition
from audit_core.scoring.features import FEATURES, features, with_rarity
from audit_core.scoring.model import MIN_EVENTS, Model, fit
from audit_core.sheets import LockCalendar, Sheet, read_sheet
from audit_core.store.snapshots import Snapshots, TakenSnapshot


def history(snapshots: Snapshots, calendar: LockCalendar) -> pl.DataFrame:
    """The features of every change between the kept snapshots, oldest look first."""
    parts = []
    for steps in looks(snapshots, calendar.zone):
        moves = [transition(step, calendar) for step in steps]
        rows = sum(move.after.height for move in moves)
        changes = pl.concat([move.changes for move in moves])
        if changes.height:
            parts.append(features(with_rarity(changes, rows)))
    return pl.concat(parts) if parts else pl.DataFrame(schema=dict.fromkeys(FEATURES, pl.Float64))


def looks(snapshots: Snapshots, zone: ZoneInfo) -> Iterator[list[SheetStep]]:
    """Every look again, as the steps of the sheets that had been seen before."""
    last: dict[str, tuple[Sheet, TakenSnapshot]] = {}
    by_look: dict[str, list[TakenSnapshot]] = {}
    for taken in snapshots.all():
        by_look.setdefault(taken.look, []).append(taken)
    for look in sorted(by_look):
        steps = []
        for taken in by_look[look]:
            sheet = read_sheet(snapshots.load(taken), taken.sheet_id, taken.sheet_name, zone, taken.titles)
            if taken.sheet_id in last:
                before, then = last[taken.sheet_id]
                steps.append(
                    SheetStep(taken.sheet_id, taken.sheet_name, before, sheet, then.look_at, taken.look_at, {})
                )
            last[taken.sheet_id] = (sheet, taken)
        if steps:
            yield steps


def train(snapshots: Snapshots, calendar: LockCalendar) -> tuple[Model | None, pl.DataFrame]:
    """(a model fitted on the whole history, None while that is too short for one; its features)."""
    made = history(snapshots, calendar)
    return (fit(made) if made.height >= MIN_EVENTS else None), made
