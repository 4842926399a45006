"""Columns that come, go and change. A title is a label; the id is the column."""

from typing import Any

from tests.emulator.cells import ColumnRef, SheetRef, UserRef
from tests.emulator.estate import Estate
from tests.emulator.formulas import dependents, renamed
from tests.emulator.locking import locked
from tests.emulator.state import Column, Sheet, User


class ColumnEdits(Estate):
    """Mutations of columns. With `silent_columns` they leave the version alone."""

    @locked
    def add_column(
        self, sheet: SheetRef, title: str, by: UserRef, type: str = "TEXT_NUMBER", at: int | None = None, **rest: Any
    ) -> Column:  # fmt: skip
        """A new, empty column; `at` is its index from 0."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        self._open(sheet)
        made = Column(self.ids.number(), title, type, **rest)
        sheet.columns.insert(len(sheet.columns) if at is None else at, made)
        self._changed("column_added", sheet, made, by, None, title)
        return made

    @locked
    def remove_column(self, sheet: SheetRef, col: ColumnRef, by: UserRef) -> None:
        """A column goes, with its cells."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        col = sheet.column(col)
        self._open(sheet)
        for row in sheet.rows:
            if col.id in row.cells:
                self._keep(sheet, row)
                del row.cells[col.id]
        sheet.columns.remove(col)
        sheet.stampings = [each for each in sheet.stampings if col.id not in (each.trigger, each.target)]
        self._changed("column_removed", sheet, col, by, col.title, None)

    @locked
    def rename_column(self, sheet: SheetRef, col: ColumnRef, title: str, by: UserRef) -> None:
        """Another title, the same id. Formulas follow the title, as they do in the service."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        col = sheet.column(col)
        self._open(sheet)
        old, col.title = col.title, title
        for row in sheet.rows:
            for key in dependents(sheet, row, old):
                self._keep(sheet, row)
                row.cells[key].formula = renamed(row.cells[key].formula or "", title)
        self._changed("column_renamed", sheet, col, by, old, title)

    @locked
    def retype_column(self, sheet: SheetRef, col: ColumnRef, type: str, by: UserRef) -> None:
        """Another type; the id and the values stay."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        col = sheet.column(col)
        self._open(sheet)
        old, col.type = col.type, type
        self._changed("column_retyped", sheet, col, by, old, type)

    @locked
    def reorder_column(self, sheet: SheetRef, col: ColumnRef, at: int, by: UserRef) -> None:
        """Another place, counted from 0; only `index` changes."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        col = sheet.column(col)
        self._open(sheet)
        old = sheet.columns.index(col)
        sheet.columns.remove(col)
        sheet.columns.insert(at, col)
        self._changed("column_moved", sheet, col, by, old, at)

    def _changed(
        self, kind: str, sheet: Sheet, col: Column, by: User, old: str | int | None, new: str | int | None
    ) -> None:
        sheet.layout = next(self.order)
        for row in sheet.rows:  # how cells look depends on their columns
            row.rendered.clear()
        self._fact(kind, sheet, by, column_id=col.id, old=old, new=new)
        happened = {"column_added": "created", "column_removed": "deleted"}.get(kind, "updated")
        self._notify(sheet, by, "column", happened, id=col.id)
        self._close(sheet, by, bump=0 if self.silent_columns else 1)
