"""Planted events that touch many rows: weeks stamped anew, foremen replaced, a column renamed."""

from collections import Counter
from datetime import timedelta

from audit_core.sheets.columns import FOREMAN, QUANTITY, WEEK, WORK_DATE, WORK_REQUEST
from audit_core.sources.simulation.days import sunday
from audit_core.sources.simulation.page import NOTES
from audit_core.sources.simulation.scene import Scene
from audit_core.sources.simulation.truth import Kind

RENAMED = "Quantity Installed"
"""What the column Quantity is called for a day."""


def stamped_after_note(scene: Scene) -> None:
    """Notes on eight billed lines; the automation takes them for new work and stamps day and week."""
    for row_id in scene.locked(8, back=2):
        scene.later()
        scene.quietly(row_id, {NOTES: "Checked against the field sheet"})
        scene.at += timedelta(minutes=2)
        scene.quietly(row_id, {WEEK: sunday(scene.day), WORK_DATE: scene.day.isoformat()}, by_automation=True)
        scene.note(row_id, WEEK, Kind.WEEK_MOVED, "added a note, and the automation moved the billing week.")


def stamped_after_save(scene: Scene) -> None:
    """Five billed lines saved without any change: no history, but the automation stamps their week all the same."""
    for row_id in scene.locked(5, back=2):
        scene.later()
        scene.quietly(row_id, {WEEK: sunday(scene.day)}, by_automation=True)
        scene.note(row_id, WEEK, Kind.WEEK_MOVED, "saved a row as it was, and the automation moved the billing week.")


def bulk_foreman(scene: Scene) -> None:
    """One job's crew lead is replaced on all of its newest lines at once."""
    ((number, _),) = Counter(line[WORK_REQUEST] for line in scene.page.lines.values()).most_common(1)
    rows = scene.page.find(lambda line: line[WORK_REQUEST] == number)[-150:]
    for row_id in rows:
        scene.edit(row_id, {FOREMAN: "Foreman 31"}, Kind.BULK_FOREMAN, f"gave the lines of WR {number} to Foreman 31.")


def column_renamed(scene: Scene) -> None:
    """The column Quantity gets another title; the next day it is put back (see `script.renamed_on`)."""
    scene.note("", QUANTITY, Kind.COLUMN_RENAMED, f"renamed the column {QUANTITY} to {RENAMED} for a day.")
