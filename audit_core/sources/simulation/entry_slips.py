"""Planted errors of the hand that types: dates, doubles, work requests, quantities and codes."""

from datetime import date, timedelta
from typing import Final

from audit_core.sheets.columns import (
    COMPLETED,
    CU,
    CU_DESCRIPTION,
    FOREMAN,
    POLE,
    PRICE,
    QUANTITY,
    UNIT_OF_MEASURE,
    WEEK,
    WORK_DATE,
    WORK_REQUEST,
    WORK_TYPE,
)
from audit_core.sources.simulation.days import sunday
from audit_core.sources.simulation.page import Line
from audit_core.sources.simulation.scene import Scene
from audit_core.sources.simulation.truth import Kind

_NO_MATCH: Final = "#NO MATCH"
_OWN: Final = (WORK_REQUEST, FOREMAN, CU, WORK_TYPE, CU_DESCRIPTION, UNIT_OF_MEASURE, QUANTITY, PRICE)
_TYPED: Final = "typed quantity"


def typo_entered(scene: Scene) -> None:
    """A new line of the year 2035, week and all."""
    worked = scene.day.replace(year=2035)
    cells = _like(scene) | {WORK_DATE: worked.isoformat(), WEEK: sunday(worked)}
    scene.enter(cells, Kind.DATE_TYPO, f"entered a line with the date {worked}.")


def typo_edited(scene: Scene) -> None:
    """The day of a line's work is typed anew, with the year 2035."""
    (row_id,) = scene.open(1)
    worked = (scene.page.lines[row_id][WORK_DATE] or "").replace("2025", "2035")
    scene.edit(row_id, {WORK_DATE: worked}, Kind.DATE_TYPO, f"typed the date {worked}.")


def outside_week_entered(scene: Scene) -> None:
    """A new line billed this week for work of last week's Wednesday."""
    worked = date.fromisoformat(sunday(scene.day, 1)) - timedelta(days=4)
    cells = _like(scene) | {WORK_DATE: worked.isoformat(), WEEK: sunday(scene.day)}
    scene.enter(cells, Kind.DATE_OUTSIDE_WEEK, f"entered work of {worked} into week {sunday(scene.day)}.")


def outside_week_edited(scene: Scene) -> None:
    """The day of the work moves to the week before, the billing week does not."""
    (row_id,) = scene.open(1)
    worked = (date.fromisoformat(scene.page.lines[row_id][WORK_DATE] or "") - timedelta(days=7)).isoformat()
    scene.edit(row_id, {WORK_DATE: worked}, Kind.DATE_OUTSIDE_WEEK, f"set the day of the work back to {worked}.")


def not_sunday_entered(scene: Scene) -> None:
    """A new line whose week is named by its Saturday."""
    saturday = (date.fromisoformat(sunday(scene.day)) - timedelta(days=1)).isoformat()
    cells = _like(scene) | {WORK_DATE: scene.day.isoformat(), WEEK: saturday}
    scene.enter(cells, Kind.WEEK_NOT_SUNDAY, f"entered the week {saturday}, a Saturday.")


def not_sunday_edited(scene: Scene) -> None:
    """The week of a line is typed as its Friday."""
    (row_id,) = scene.open(1)
    friday = (date.fromisoformat(sunday(scene.day)) - timedelta(days=2)).isoformat()
    scene.edit(row_id, {WEEK: friday}, Kind.WEEK_NOT_SUNDAY, f"typed the week {friday}, a Friday.")


def billed_twice(scene: Scene) -> None:
    """Two units of this week are entered a second time."""
    for row_id in scene.open(2):
        scene.later()
        scene.page.reserved.add(row_id)
        line = scene.page.lines[row_id]
        copy: Line = {title: line.get(title) for title in (*_OWN, POLE, COMPLETED, WEEK)}
        copy[WORK_DATE] = scene.day.isoformat()
        scene.enter(copy, Kind.BILLED_TWICE, f"entered a unit that row {row_id} bills already.")


def near_request_entered(scene: Scene) -> None:
    """A new line whose work request lost a digit."""
    cells = _like(scene)
    number = cells[WORK_REQUEST] or ""
    lost = number[:-2] + number[-1]
    dates = {WORK_REQUEST: lost, WORK_DATE: scene.day.isoformat(), WEEK: sunday(scene.day)}
    scene.enter(cells | dates, Kind.NEAR_WORK_REQUEST, f"entered WR {lost} for {number}.")


def near_request_edited(scene: Scene) -> None:
    """A digit of a work request is mistyped in the open week."""
    (row_id,) = scene.open(1)
    number = scene.page.lines[row_id][WORK_REQUEST] or ""
    typed = number[:3] + str((int(number[3]) + 1) % 10) + number[4:]
    scene.edit(row_id, {WORK_REQUEST: typed}, Kind.NEAR_WORK_REQUEST, f"typed WR {typed} over {number}.")


def text_typed(scene: Scene) -> None:
    """'2 EA' for 2: the number is still there."""
    (row_id,) = scene.open(1)
    text = f"{scene.page.lines[row_id][QUANTITY]} EA"
    scene.edit(row_id, {QUANTITY: text}, Kind.QUANTITY_TEXT, f"typed '{text}' for a quantity.")


def word_typed(scene: Scene) -> None:
    """'two' for 2: nobody can count with it."""
    (row_id,) = scene.open(1, lambda line: line[QUANTITY] == "2")
    scene.notebook.kept[scene.page.name, _TYPED] = {row_id: {QUANTITY: "2"}}
    scene.edit(row_id, {QUANTITY: "two"}, Kind.QUANTITY_WORD, "typed 'two' for a quantity.")


def word_corrected(scene: Scene) -> None:
    """The number is put back."""
    for row_id, cells in scene.notebook.kept.pop((scene.page.name, _TYPED)).items():
        scene.quietly(row_id, cells)


def no_match_entered(scene: Scene) -> None:
    """A new line with a code that nobody knows: it cannot be billed."""
    unknown = {CU: _NO_MATCH, CU_DESCRIPTION: _NO_MATCH, UNIT_OF_MEASURE: _NO_MATCH, PRICE: "0"}
    cells = _like(scene) | unknown | {WORK_DATE: scene.day.isoformat(), WEEK: sunday(scene.day)}
    scene.enter(cells, Kind.NO_MATCH_ENTERED, "entered a code that is not listed.")


def no_match_edited(scene: Scene) -> None:
    """A code is overwritten with one that is not listed, and the price formula gives nothing."""
    (row_id,) = scene.open(1)
    cells = {CU: _NO_MATCH, CU_DESCRIPTION: _NO_MATCH, UNIT_OF_MEASURE: _NO_MATCH, PRICE: "0"}
    sentence = "typed a code that is not listed, and the price became zero."
    scene.edit(row_id, cells, Kind.NO_MATCH_EDITED, sentence, (PRICE,))


def _like(scene: Scene) -> Line:
    """A sound new line beside one of this week: the same unit at a pole that had none."""
    (row_id,) = scene.open(1)
    line = scene.page.lines[row_id]
    free = [f"Point {n}" for n in range(61, 99) if scene.page.is_free(line | {POLE: f"Point {n}"})]
    return {title: line.get(title) for title in (*_OWN, COMPLETED)} | {POLE: scene.page.rng.choice(free)}
