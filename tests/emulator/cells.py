"""Writing cells: people, formulas, automations, links and forms."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.emulator.estate import Estate, plain
from tests.emulator.formulas import computed, dependents
from tests.emulator.locking import locked
from tests.emulator.state import AUTOMATION, CELL_LINK, Cell, Column, Entry, Json, Row, Sheet, User
from tests.emulator.truth import CellKey, Fact, same

LINK_DELAY = (5, 35)
SheetRef = Sheet | int | str
RowRef = Row | int
ColumnRef = Column | int | str
UserRef = User | str


class CellEdits(Estate):
    """Mutations of single cells. A row is named by its id or its number, a column by its id or its title."""

    @locked
    def edit(
        self,
        sheet: SheetRef,
        row: RowRef,
        col: ColumnRef,
        value: Any,
        by: UserRef,
        formula: str | None = None,
        stale: bool | None = None,
    ) -> Fact:
        """A person saves a cell. With `formula` the value is computed where that is possible.

        `stale=True`: formulas that read the cell stay as they are. Saving the value it already has is recorded as
        "same": version and row move, history does not, automations fire all the same.
        """
        sheet, by = self.find_sheet(sheet), self.user(by)
        row, col = sheet.row(row), sheet.column(col)
        self._open(sheet)
        if formula is not None:
            value = computed(formula, sheet, row, plain(value))
        fact = self._write(sheet, row, col, value, by, "edit", formula=formula)
        self._aftermath(sheet, row, col, by, self.stale_formulas if stale is None else stale)
        self._close(sheet, by)
        return fact

    @locked
    def recalc(self, sheet: SheetRef, row: RowRef, col: ColumnRef, value: Any = None, cause: str = "") -> Fact:
        """A formula is computed anew, as after a change in another sheet: version +2, nobody's doing."""
        sheet = self.find_sheet(sheet)
        row, col = sheet.row(row), sheet.column(col)
        cell = row.cells.setdefault(col.id, Cell())
        if value is None and cell.formula is not None:
            value = computed(cell.formula, sheet, row, cell.value)
        self._open(sheet)
        fact = self._write(sheet, row, col, value, self.recalc_by, "recalc", formula=cell.formula, cause=cause)
        self._close(sheet, self.recalc_by, bump=2)
        return fact

    @locked
    def automation(self, sheet: SheetRef, row: RowRef, col: ColumnRef, value: Any, cause: str = "") -> Fact:
        """A workflow writes a cell."""
        return self._by_service(self.find_sheet(sheet), row, col, value, AUTOMATION, "automation", cause)

    @locked
    def cell_link(
        self,
        sheet: SheetRef,
        row: RowRef,
        col: ColumnRef,
        value: Any = None,
        source: tuple[SheetRef, RowRef, ColumnRef] | None = None,
    ) -> Fact:
        """A cell link brings a value; with `source` the cell stays linked and follows it from now on."""
        sheet = self.find_sheet(sheet)
        link: Json | None = None
        if source is not None:
            origin = self.find_sheet(source[0])
            line, field = origin.row(source[1]), origin.column(source[2])
            value = line.value(field.id)
            ids = {"sheetId": origin.id, "rowId": line.id, "columnId": field.id}
            link = {**ids, "sheetName": origin.name, "status": "OK"}
        fact = self._by_service(sheet, row, col, value, CELL_LINK, "link")
        if link is not None:
            linked: CellKey = (sheet.id, sheet.row(row).id, sheet.column(col).id)
            sheet.row(row).cells[linked[2]].link_in = link
            origin_key: CellKey = (link["sheetId"], link["rowId"], link["columnId"])
            self.links.setdefault(origin_key, set()).add(linked)
        return fact

    @locked
    def blank_row(self, sheet: SheetRef, row: RowRef, by: UserRef) -> None:
        """A person empties every cell of a row; the row stays."""
        sheet, by = self.find_sheet(sheet), self.user(by)
        row = sheet.row(row)
        self._open(sheet)
        for col in sheet.columns:
            if col.system is None and row.value(col.id) is not None:
                self._write(sheet, row, col, None, by, "blank")
        self._touch(row, by)
        self._close(sheet, by)

    def _by_service(
        self, sheet: Sheet, row: RowRef, col: ColumnRef, value: Any, by: User, kind: str, cause: str = ""
    ) -> Fact:
        line, field = sheet.row(row), sheet.column(col)
        self._open(sheet)
        fact = self._write(sheet, line, field, value, by, kind, cause=cause)
        self._aftermath(sheet, line, field, by, self.stale_formulas)
        self._close(sheet, by)
        return fact

    def _write(
        self,
        sheet: Sheet,
        row: Row,
        col: Column,
        value: Any,
        by: User,
        kind: str,
        formula: str | None = None,
        cause: str = "",
        touch: bool = True,
    ) -> Fact:
        """Put a value into a cell inside an open mutation; the row is touched, history grows if anything changed."""
        if col.system is not None:
            raise ValueError(f"{col.title} is a system column")
        self._keep(sheet, row)
        new, cell = plain(value), row.cells.setdefault(col.id, Cell())
        old = cell.value
        if same(old, new) and cell.formula == formula:
            kind = "same" if kind in ("edit", "form") else kind
        else:
            cell.history = (Entry(new, formula, self.now, by), *entries(row, cell))
            cell.value, cell.formula = new, formula
        fact = self._fact(kind, sheet, by, row, column_id=col.id, old=old, new=new, cause=cause)
        self._notify(sheet, by, "cell", "updated", rowId=row.id, columnId=col.id)
        if touch:
            self._touch(row, by)
        else:
            row.rendered.clear()
        return fact

    def _aftermath(self, sheet: Sheet, row: Row, col: Column, by: User, stale: bool) -> None:
        """What a save sets off: formulas of the row, automations, links in other sheets."""
        for key in [] if stale else dependents(sheet, row, col.title):
            if self.recalc_delay is None:
                target, cell = sheet.column(key), row.cells[key]
                value = computed(cell.formula or "", sheet, row, cell.value)
                if same(value, cell.value):
                    continue
                about: Mapping[str, Any] = {"formula": cell.formula, "cause": by.email, "touch": False}
                self._write(sheet, row, target, value, self.recalc_by, "recalc", **about)
            else:
                again = self._still_there(sheet, row, key, lambda s, r, c: self.recalc(s, r, c, cause=by.email))
                self.later(self.recalc_delay, again)
        for each in sheet.stampings if self.automations else ():
            if each.trigger == col.id and row.value(col.id) is True:
                day = lambda s, r, c: self.automation(s, r, c, self.now.date().isoformat(), by.email)  # noqa: E731
                self.later(self.automation_delay, self._still_there(sheet, row, each.target, day))
        for key_there in self.links.get((sheet.id, row.id, col.id), ()):
            other = self.sheets[key_there[0]]
            if key_there[1] in other.by_id:
                follow = self._still_there(other, other.row(key_there[1]), key_there[2], self._follow)
                self.later(LINK_DELAY, follow)

    def _still_there(
        self, sheet: Sheet, row: Row, key: int, action: Callable[[Sheet, Row, Column], object]
    ) -> Callable[[], None]:
        def act() -> None:
            if not sheet.deleted and row.id in sheet.by_id and any(each.id == key for each in sheet.columns):
                action(sheet, row, sheet.column(key))

        return act

    def _follow(self, sheet: Sheet, row: Row, col: Column) -> None:
        cell = row.cells[col.id]
        if (link := cell.link_in) is None:
            return
        source = self.sheets[link["sheetId"]]
        if link["rowId"] not in source.by_id:
            return
        last = entries(source.row(link["rowId"]), source.row(link["rowId"]).cells[link["columnId"]])
        cause = last[0].by.email if last else ""
        self._by_service(sheet, row, col, source.row(link["rowId"]).value(link["columnId"]), CELL_LINK, "link", cause)


def entries(row: Row, cell: Cell) -> tuple[Entry, ...]:
    """A cell's history, newest first."""
    if cell.history is not None:
        return cell.history
    if cell.value is None and cell.formula is None:
        return ()
    return (Entry(cell.value, cell.formula, row.created_at, row.created_by),)
