"""Planted errors after the lock: cells edited, check marks removed, lines deleted and entered again."""

from audit_core.sheets.columns import COMPLETED, CU, POLE, PRICE, QUANTITY, WORK_REQUEST, WORK_TYPE
from audit_core.sources.simulation.page import Line
from audit_core.sources.simulation.scene import Scene
from audit_core.sources.simulation.truth import Kind

_CUT = "cut"


def quantity_after_lock(scene: Scene) -> None:
    """Two more pieces, priced correctly, in a week that was billed."""
    (row_id,) = scene.locked(1)
    line = scene.page.lines[row_id]
    more = int(line[QUANTITY] or "0") + 2
    cells = scene.unit(line).cells(more)
    sentence = f"raised a billed quantity to {more}."
    scene.edit(row_id, cells, Kind.QUANTITY_AFTER_LOCK, sentence, (QUANTITY, PRICE))


def quantity_text_after_lock(scene: Scene) -> None:
    """A unit typed into the quantity of a billed line."""
    (row_id,) = scene.locked(1)
    text = f"{scene.page.lines[row_id][QUANTITY]} EA"
    scene.edit(row_id, {QUANTITY: text}, Kind.QUANTITY_TEXT, f"typed '{text}' over a billed quantity.")


def cu_after_lock(scene: Scene) -> None:
    """A dearer code on a billed line."""
    (row_id,) = scene.locked(1)
    line = scene.page.lines[row_id]
    unit = scene.unit(line)
    dearer = [
        other
        for other in scene.catalogue.units.values()
        if other.work_type == unit.work_type and other.measure == "EA" and unit.price < other.price <= 2 * unit.price
        and scene.page.is_free(line | {CU: other.cu})
    ]  # fmt: skip
    other = scene.page.rng.choice(dearer)
    sentence = f"changed a billed {unit.cu} to {other.cu}."
    cells = other.cells(int(line[QUANTITY] or "0"))
    scene.edit(row_id, cells, Kind.CU_AFTER_LOCK, sentence, (CU, PRICE))


def work_type_after_lock(scene: Scene) -> None:
    """A removal billed as an installation."""
    units = scene.catalogue.units

    def fits(line: Line) -> bool:
        installed = units.get((line[CU] or "", "Inst"))
        free = scene.page.is_free(line | {WORK_TYPE: "Inst"})
        return line[WORK_TYPE] == "Rem" and installed is not None and installed.price != scene.unit(line).price and free

    (row_id,) = scene.locked(1, fits)
    line = scene.page.lines[row_id]
    installed = units[line[CU] or "", "Inst"]
    cells = {WORK_TYPE: "Inst", PRICE: installed.total(int(line[QUANTITY] or "0"))}
    scene.edit(row_id, cells, Kind.WORK_TYPE_AFTER_LOCK, "changed a billed removal to an installation.")


def work_request_after_lock(scene: Scene) -> None:
    """A billed line moved to another job."""
    (row_id,) = scene.locked(1)
    line = scene.page.lines[row_id]
    others = list(dict.fromkeys(other[WORK_REQUEST] for other in scene.page.lines.values()))
    free = [number for number in others[:8] if scene.page.is_free(line | {WORK_REQUEST: number})]
    number = scene.page.rng.choice(free)
    sentence = f"moved a billed line to WR {number}."
    scene.edit(row_id, {WORK_REQUEST: number}, Kind.WORK_REQUEST_AFTER_LOCK, sentence)


def pole_after_lock(scene: Scene) -> None:
    """A billed line moved to another pole."""
    (row_id,) = scene.locked(1)
    free = [f"Point {n}" for n in range(30, 70) if scene.page.is_free(scene.page.lines[row_id] | {POLE: f"Point {n}"})]
    pole = scene.page.rng.choice(free)
    scene.edit(row_id, {POLE: pole}, Kind.POLE_AFTER_LOCK, f"moved a billed line to {pole}.")


def unchecked(scene: Scene) -> None:
    """The check mark of a billed line is gone."""
    (row_id,) = scene.locked(1)
    scene.edit(row_id, {COMPLETED: "false"}, Kind.UNCHECKED, "un-checked a billed unit.")


def deleted(scene: Scene) -> None:
    """Two billed lines are gone; their own work requests keep other lines."""
    for row_id in scene.locked(2):
        scene.delete(row_id, Kind.DELETED, "deleted a billed line.")


def deleted_and_reentered(scene: Scene) -> None:
    """Five billed lines of one job are deleted and entered again, one of them with a piece more."""
    (first,) = scene.locked(1, lambda line: line[QUANTITY] in ("2", "3"), back=3)
    number, week = scene.page.lines[first][WORK_REQUEST], scene.page.lines[first]["Weekly Reference Logged Date"]
    same = scene.locked(5, lambda line: (line[WORK_REQUEST], line["Weekly Reference Logged Date"]) == (number, week), 3)
    for place, row_id in enumerate(same):
        line = scene.delete(row_id, Kind.DELETED_TO_REENTER, f"deleted a billed line of WR {number}.")
        scene.later()
        cells = scene.unit(line).cells(int(line[QUANTITY] or "0") + (place == 0))
        own = {title: line.get(title) for title in scene.page.titles if not title.startswith(("Modified", "Created"))}
        scene.enter(own | cells, Kind.REENTERED, f"entered a deleted line of WR {number} again.")


def cut_before_lock(scene: Scene) -> None:
    """Quantities are cut while the week is open, correctly priced: by itself an ordinary correction."""
    kept = scene.notebook.kept.setdefault((scene.page.name, _CUT), {})
    for row_id in scene.open(3, lambda line: line[QUANTITY] in ("3", "4", "5", "6")):
        line = scene.page.lines[row_id]
        kept[row_id] = {QUANTITY: line[QUANTITY], PRICE: line[PRICE]}
        scene.later()
        sentence = f"cut {line[QUANTITY]} pieces to 1 just before the lock."
        scene.edit(row_id, scene.unit(line).cells(1), Kind.CUT_BEFORE_LOCK, sentence, (QUANTITY, PRICE))


def cut_restored(scene: Scene) -> None:
    """After the lock the quantities are back."""
    for row_id, cells in scene.notebook.kept.pop((scene.page.name, _CUT)).items():
        scene.later()
        scene.edit(row_id, cells, Kind.CUT_RESTORED, f"put {cells[QUANTITY]} pieces back after the lock.")
