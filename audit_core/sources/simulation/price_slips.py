"""Planted errors of the price: formulas gone stale, decimal points, zeros."""

from decimal import Decimal

from audit_core.sheets.columns import PRICE, QUANTITY
from audit_core.sheets.parsers import plain_number
from audit_core.sources.simulation.page import Line
from audit_core.sources.simulation.scene import Scene
from audit_core.sources.simulation.truth import Kind

_MASS = "mass zero"


def stale_price_open(scene: Scene) -> None:
    """Half of the pieces are taken away in the open week; the price stays that of all."""
    _stale(scene, scene.open(1, _even)[0])


def stale_price_locked(scene: Scene) -> None:
    """The same in a week that has locked: 6 → 3 and billed double."""
    _stale(scene, scene.locked(1, lambda line: line[QUANTITY] == "6", back=8)[0])


def shifted_down(scene: Scene) -> None:
    """A tenth of the price."""
    _shift(scene, Decimal("0.1"))


def shifted_up(scene: Scene) -> None:
    """Ten times the price."""
    _shift(scene, Decimal(10))


def nudged_after_lock(scene: Scene) -> None:
    """A cent off: too little for the price rule, but the week has locked."""
    (row_id,) = scene.locked(1)
    old = Decimal(scene.page.lines[row_id][PRICE] or "0")
    cells = {PRICE: plain_number(old + Decimal("0.01"))}
    scene.edit(row_id, cells, Kind.PRICE_AFTER_LOCK, "rounded a price of a locked week up by a cent.")


def zeroed_few(scene: Scene) -> None:
    """Two prices are emptied to zero."""
    for row_id in scene.locked(2, _dear):
        scene.later()
        scene.edit(row_id, {PRICE: "0"}, Kind.PRICE_ZEROED, "set a price to zero.")


def zeroed_many(scene: Scene) -> None:
    """A changed formula makes the prices of many lines zero within a minute."""
    rows = scene.locked(42 if "North" in scene.page.name else 18, back=2)
    kept = scene.notebook.kept.setdefault((scene.page.name, _MASS), {})
    for row_id in rows:
        kept[row_id] = {PRICE: scene.page.lines[row_id][PRICE]}
        scene.edit(row_id, {PRICE: "0"}, Kind.PRICE_ZEROED, "changed the price formula, and this price became zero.")


def restored_many(scene: Scene) -> None:
    """The next day the formula is put right and the prices are back."""
    for row_id, cells in scene.notebook.kept.pop((scene.page.name, _MASS)).items():
        scene.edit(row_id, cells, Kind.PRICE_RESTORED, "put the price formula right, and this price came back.")


def _stale(scene: Scene, row_id: str) -> None:
    pieces = int(scene.page.lines[row_id][QUANTITY] or "0")
    sentence = f"corrected {pieces} pieces to {pieces // 2}, and the price stayed that of {pieces}."
    scene.edit(row_id, {QUANTITY: str(pieces // 2)}, Kind.STALE_PRICE, sentence)


def _shift(scene: Scene, factor: Decimal) -> None:
    (row_id,) = scene.open(1, _dear)
    old = Decimal(scene.page.lines[row_id][PRICE] or "0")
    cells = {PRICE: plain_number((old * factor).quantize(Decimal("0.01")))}
    scene.edit(row_id, cells, Kind.SHIFTED_PRICE, f"typed {cells[PRICE]} over a price of {plain_number(old)}.")


def _even(line: Line) -> bool:
    return line[QUANTITY] in ("2", "4", "6")


def _dear(line: Line) -> bool:
    return Decimal(line[PRICE] or "0") >= 100
