"""Many random mutations at once, as people and automations make them in a busy hour."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from random import Random

from tests.emulator.cells import SheetRef
from tests.emulator.columns import ColumnEdits
from tests.emulator.locking import locked
from tests.emulator.rows import RowEdits
from tests.emulator.sheets import SheetEdits
from tests.emulator.state import Column, Row, Sheet, Value

PROFILES: Mapping[str, Mapping[str, int]] = {
    "mixed": {
        "edit": 50, "same": 6, "recalc": 6, "automation": 4, "add": 8, "insert": 3, "delete": 4, "move": 3,
        "to_sheet": 2, "sort": 1, "indent": 2, "outdent": 2, "blank": 2, "form": 2, "format": 2, "comment": 2,
        "attach": 1, "add_column": 1, "rename_column": 1, "reorder_column": 1, "remove_column": 1,
    },
    "edits": {"edit": 1},
    "hot": {"edit": 8, "same": 1, "automation": 1},  # on three rows a sheet
    "rows": {"add": 4, "insert": 2, "delete": 4, "move": 2, "to_sheet": 2, "form": 1, "blank": 1},
    "invisible": {"same": 3, "format": 3, "comment": 2, "attach": 1},
}  # fmt: skip
_EXTRA = "Extra "


class Batches(RowEdits, ColumnEdits, SheetEdits):
    """Random mutations. The same seed on the same tenant does the same."""

    @locked
    def batch(
        self,
        seed: int,
        n: int,
        profile: str | Mapping[str, int] = "mixed",
        sheets: Sequence[SheetRef] | None = None,
        spread: tuple[int, int] = (1, 20),
    ) -> int:
        """Make `n` mutations over all (or these) sheets, `spread` virtual seconds apart. Returns how many facts.

        Only columns that a batch added are ever renamed or removed.
        """
        dice, before = Random(seed), len(self.truth)
        weights = PROFILES[profile] if isinstance(profile, str) else profile
        chosen = [self.find_sheet(each) for each in sheets or list(self.sheets)]
        hot = profile == "hot"
        for _ in range(n):
            living = [each for each in chosen if not each.deleted]
            sheet = dice.choice(living)
            kind = dice.choices(list(weights), list(weights.values()))[0]
            by = dice.choice([each.email for each in self.users.values() if not each.email.endswith("@smartsheet.com")])
            if not sheet.rows and kind not in ("add", "form"):
                kind = "add"
            if kind == "to_sheet":
                others = [each for each in living if each is not sheet]
                if others:
                    self.move_to_sheet(sheet, dice.choice(sheet.rows), dice.choice(others), by)
            else:
                self._one(kind, sheet, by, dice, hot)
            self.tick(dice.randint(*spread))
        return len(self.truth) - before

    def _one(self, kind: str, sheet: Sheet, by: str, dice: Random, hot: bool) -> None:
        rows = sheet.rows[:3] if hot else sheet.rows
        row = dice.choice(rows) if rows else None
        editable = [each for each in sheet.columns if each.system is None]
        if row is None or kind in ("add", "insert", "form"):
            self._new_row(kind, sheet, by, dice, editable)
            return
        col = dice.choice(editable)
        at = dice.randint(1, len(sheet.rows))
        extra = [each for each in editable if each.title.startswith(_EXTRA)]
        new = f"{_EXTRA}{dice.randrange(10**6)}"
        actions: dict[str, Callable[[], object]] = {
            "edit": lambda: self._edit(sheet, row, by, dice, editable),
            "same": lambda: self._again(sheet, row, col, by),
            "recalc": lambda: self._recalc(sheet, row, dice),
            "automation": lambda: self._stamp(sheet, row, dice),
            "delete": lambda: self.delete_row(sheet, row, by),
            "move": lambda: self.move_row(sheet, row, at, by),
            "sort": lambda: self.sort(sheet, col, by),
            "indent": lambda: self.indent(sheet, row, by),
            "outdent": lambda: self.outdent(sheet, row, by),
            "blank": lambda: self.blank_row(sheet, row, by),
            "format": lambda: self.format_only(sheet, row, by),
            "comment": lambda: self.comment(sheet, row, "Consider checking the quantity", by),
            "attach": lambda: self.attach(sheet, row, "photo.jpg", by, b"\xff\xd8\xff", "image/jpeg"),
            "add_column": lambda: self.add_column(sheet, new, by),
            "rename_column": lambda: extra and self.rename_column(sheet, dice.choice(extra), new, by),
            "remove_column": lambda: extra and self.remove_column(sheet, dice.choice(extra), by),
            "reorder_column": lambda: self.reorder_column(sheet, col, dice.randrange(len(sheet.columns)), by),
        }
        actions[kind]()

    def _new_row(self, kind: str, sheet: Sheet, by: str, dice: Random, editable: list[Column]) -> None:
        values = {each.id: invented(each, None, dice) for each in editable if each.formula is None}
        if kind == "form":
            self.form_submit(sheet, values)
        else:
            at = dice.randint(1, len(sheet.rows)) if kind == "insert" and sheet.rows else None
            self.add_row(sheet, values, by, at)

    def _edit(self, sheet: Sheet, row: Row, by: str, dice: Random, editable: list[Column]) -> None:
        free = [each for each in editable if each.id not in row.cells or row.cells[each.id].formula is None]
        col = dice.choice(free or editable)
        self.edit(sheet, row, col, invented(col, row.value(col.id), dice), by)

    def _again(self, sheet: Sheet, row: Row, col: Column, by: str) -> None:
        cell = row.cells.get(col.id)
        self.edit(sheet, row, col, row.value(col.id), by, formula=cell.formula if cell else None)

    def _recalc(self, sheet: Sheet, row: Row, dice: Random) -> None:
        computed = [key for key, cell in row.cells.items() if cell.formula is not None]
        if computed:
            self.recalc(sheet, row, dice.choice(computed))

    def _stamp(self, sheet: Sheet, row: Row, dice: Random) -> None:
        dates = [each for each in sheet.columns if each.type == "DATE"]
        if dates:
            self.automation(sheet, row, dice.choice(dates), self.now.date().isoformat())


def invented(col: Column, old: Value, dice: Random) -> Value:
    """A new value for a column, unlike the old one."""
    if col.type == "CHECKBOX":
        return not old
    if col.type == "DATE":
        try:
            day = date.fromisoformat(str(old))
        except ValueError:
            day = date(2026, 7, 20)
        return (day + timedelta(days=dice.choice((-7, -1, 1, 7)))).isoformat()
    if col.options:
        return dice.choice([each for each in col.options if each != old] or list(col.options))
    if isinstance(old, int | float):
        return dice.choice([each for each in range(1, 60) if each != old])
    return f"{col.title} {dice.randrange(10**6)}"
