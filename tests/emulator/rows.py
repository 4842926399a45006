"""Rows that come, go and move. An id stays with its row inside a sheet; in another sheet it is another row."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.emulator.cells import CellEdits, ColumnRef, RowRef, SheetRef, UserRef
from tests.emulator.estate import plain
from tests.emulator.formulas import computed
from tests.emulator.locking import locked
from tests.emulator.state import FORM, Cell, Column, Row, Sheet, User


class RowEdits(CellEdits):
    """Mutations of rows. `at` is the number the row shall have; children follow their parent."""

    @locked
    def add_row(
        self,
        sheet: SheetRef,
        values: Mapping[Any, Any] | None = None,
        by: UserRef = "owner@example.com",
        at: int | None = None,
        parent: RowRef | None = None,
        formulas: Mapping[Any, str] | None = None,
    ) -> Row:
        """A new row, at the bottom (of its parent) unless `at` says where. `values`: column (id or title) → value.

        Inserting touches the row that has to make place, for its previous sibling is another one now.
        """
        sheet, by = self.find_sheet(sheet), self.user(by)
        self._open(sheet)
        row = self._insert(sheet, values or {}, by, at, None if parent is None else sheet.row(parent), formulas or {})
        self._close(sheet, by)
        return row

    @locked
    def form_submit(self, sheet: SheetRef, values: Mapping[Any, Any]) -> Row:
        """A form adds a row at the bottom, by the service's form identity."""
        return self.add_row(sheet, values, FORM)

    @locked
    def add_rows(self, sheet: SheetRef, rows: Iterable[Mapping[Any, Any]], by: UserRef) -> list[Row]:
        """Several rows at the bottom in one save."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        self._open(sheet)
        made = [self._insert(sheet, values, by, None, None, {}) for values in rows]
        self._close(sheet, by)
        return made

    @locked
    def delete_row(self, sheet: SheetRef, row: RowRef, by: UserRef) -> list[int]:
        """A row and its children go, without a trace in the sheet. Returns their ids."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        self._open(sheet)
        gone = block(sheet, sheet.row(row))
        self._drop(sheet, gone)
        for each in gone:
            self._fact("row_removed", sheet, by, each, detail={"values": _values(sheet, each)})
            self._notify(sheet, by, "row", "deleted", id=each.id)
        self._close(sheet, by)
        return [each.id for each in gone]

    @locked
    def move_row(self, sheet: SheetRef, row: RowRef, at: int, by: UserRef) -> None:
        """A row (with its children) gets the number `at` in its own sheet; its id stays."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        row = sheet.row(row)
        moving = block(sheet, row)
        rest = [each for each in sheet.rows if each not in moving]
        there = rest[at - 1] if at <= len(rest) else None
        self._open(sheet)
        self._keep(sheet, row)
        row.parent = there.parent if there is not None else None
        place = rest.index(there) if there is not None else len(rest)
        sheet.rows = [*rest[:place], *moving, *rest[place:]]
        self._touch(row, by)
        self._fact("row_moved", sheet, by, row, detail={"at": at})
        self._close(sheet, by)

    @locked
    def move_to_sheet(self, sheet: SheetRef, row: RowRef, target: SheetRef, by: UserRef) -> list[Row]:
        """A row and its children go to the bottom of another sheet: new ids there, no history, here nothing is left.

        Columns are matched by title; what the other sheet does not have, it gets.
        """
        sheet, target, by = self.find_sheet(sheet), self.find_sheet(target), self.user(by)
        moving = block(sheet, sheet.row(row))
        self._open(sheet)
        self._open(target)
        columns = self._matched(sheet, target, by, moving)
        new: dict[int, Row] = {}
        for old in moving:
            parent = new[old.parent].id if old.parent in new else None
            made = Row(self.ids.number(), parent, self.now, by, self.now, by)
            for key, cell in old.cells.items():
                if key in columns:
                    made.cells[columns[key]] = Cell(cell.value, cell.formula, None, cell.hyperlink, cell.format)
            new[old.id] = made
            target.rows.append(made)
            target.by_id[made.id] = made
            detail = {"sheetId": target.id, "rowId": made.id, "columns": columns}
            self._fact("moved_to_sheet", sheet, by, old, detail=detail)
            self._notify(sheet, by, "row", "deleted", id=old.id)
            self._notify(target, by, "row", "created", id=made.id)
        self._drop(sheet, moving)
        details = {"sourceSheetId": sheet.id, "destinationSheetId": target.id, "rowsMoved": len(moving)}
        self._close(sheet, by, action="MOVE_ROW", **details)
        self._close(target, by)
        return list(new.values())

    @locked
    def sort(self, sheet: SheetRef, col: ColumnRef, by: UserRef, descending: bool = False) -> None:
        """Rows are sorted by a column, children under their parents; ids stay and no row is touched."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        key = sheet.column(col).id
        self._open(sheet)
        children: dict[int | None, list[Row]] = {}
        for each in sorted(sheet.rows, key=lambda row: _rank(row.value(key)), reverse=descending):
            children.setdefault(each.parent, []).append(each)
        ordered: list[Row] = []
        waiting = list(reversed(children.get(None, [])))
        while waiting:
            ordered.append(waiting.pop())
            waiting += reversed(children.get(ordered[-1].id, []))
        sheet.rows = ordered
        self._fact("sorted", sheet, by, column_id=key)
        self._close(sheet, by)

    @locked
    def indent(self, sheet: SheetRef, row: RowRef, by: UserRef) -> bool:
        """The row becomes the last child of its previous sibling. False when it has none."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        row = sheet.row(row)
        above = [each for each in sheet.rows[: sheet.rows.index(row)] if each.parent == row.parent]
        if not above:
            return False
        self._reparent(sheet, row, above[-1].id, "indent", by)
        return True

    @locked
    def outdent(self, sheet: SheetRef, row: RowRef, by: UserRef) -> bool:
        """The row becomes a sibling of its parent, behind it and its other children. False at the top level."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        row = sheet.row(row)
        if row.parent is None:
            return False
        parent = sheet.by_id[row.parent]
        moving = block(sheet, row)
        last = [each for each in block(sheet, parent) if each not in moving][-1]
        self._reparent(sheet, row, parent.parent, "outdent", by)
        rest = [each for each in sheet.rows if each not in moving]
        place = rest.index(last) + 1
        sheet.rows = [*rest[:place], *moving, *rest[place:]]
        return True

    def _reparent(self, sheet: Sheet, row: Row, parent: int | None, kind: str, by: User) -> None:
        self._open(sheet)
        self._keep(sheet, row)
        row.parent = parent
        self._touch(row, by)
        self._fact(kind, sheet, by, row)
        self._close(sheet, by)

    def _insert(
        self,
        sheet: Sheet,
        values: Mapping[Any, Any],
        by: User,
        at: int | None,
        parent: Row | None,
        formulas: Mapping[Any, str],
    ) -> Row:
        row = Row(self.ids.number(), None if parent is None else parent.id, self.now, by, self.now, by)
        for name, value in values.items():
            row.cells[sheet.column(name).id] = Cell(plain(value))
        for name, formula in formulas.items():
            key = sheet.column(name).id
            row.cells[key] = Cell(computed(formula, sheet, row, row.value(key)), formula)
        if at is not None and at <= len(sheet.rows):
            displaced = sheet.rows[at - 1]
            row.parent = displaced.parent
            self._keep(sheet, displaced)
            self._touch(displaced, None)
            place = at - 1
        else:
            place = len(sheet.rows) if parent is None else sheet.rows.index(block(sheet, parent)[-1]) + 1
        sheet.rows.insert(place, row)
        sheet.by_id[row.id] = row
        self._fact("row_added", sheet, by, row, detail={"values": _values(sheet, row)})
        self._notify(sheet, by, "row", "created", id=row.id)
        for key in row.cells:
            self._notify(sheet, by, "cell", "created", rowId=row.id, columnId=key)
        return row

    def _drop(self, sheet: Sheet, gone: list[Row]) -> None:
        ids = {each.id for each in gone}
        sheet.rows = [each for each in sheet.rows if each.id not in ids]
        for each in ids:
            del sheet.by_id[each]
        sheet.attachments = [each for each in sheet.attachments if each.parent_id not in ids]

    def _matched(self, sheet: Sheet, target: Sheet, by: User, moving: list[Row]) -> dict[int, int]:
        """Column here → column there, for all but system columns."""
        there = {each.title: each for each in target.columns}
        used = {key for row in moving for key, cell in row.cells.items() if cell.value is not None}
        columns = {}
        for each in sheet.columns:
            if each.system is not None:
                continue
            if each.title not in there and each.id in used:
                made = Column(self.ids.number(), each.title, each.type, options=each.options, number=each.number)
                target.columns.append(made)
                target.layout = next(self.order)
                there[each.title] = made
                self._fact("column_added", target, by, column_id=made.id, new=made.title)
            if each.title in there and there[each.title].system is None:
                columns[each.id] = there[each.title].id
        return columns


def block(sheet: Sheet, row: Row) -> list[Row]:
    """A row with all rows under it, in their order."""
    inside = {row.id}
    found = [row]
    for each in sheet.rows[sheet.rows.index(row) + 1 :]:
        if each.parent not in inside:
            break
        inside.add(each.id)
        found.append(each)
    return found


def _values(sheet: Sheet, row: Row) -> dict[str, Any]:
    return {each.title: row.value(each.id) for each in sheet.columns if row.value(each.id) is not None}


def _rank(value: object) -> tuple[int, float, str]:
    if value is None:
        return (2, 0.0, "")
    return (0, float(value), "") if isinstance(value, int | float) else (1, 0.0, str(value))
