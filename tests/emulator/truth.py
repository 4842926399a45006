"""What really happened: the log of every mutation, and the net difference between two marks.

A client sees a tenant only now and then, so it is judged by the net difference: what was written and written back in
between leaves no trace, and a row that came and went was never there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict

from tests.emulator.ids import stamp
from tests.emulator.state import Json, Sheet, Value

WRITES = {"edit": "edit", "form": "edit", "blank": "edit", "recalc": "recalc", "automation": "automation"} | {
    "link": "link", "rollback": "rollback",
}  # fmt: skip
CellKey = tuple[int, int, int]  # sheet, row, column
RowKey = tuple[int, int]  # sheet, row


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened. `cause`: who set it off, where `actor` is not a person."""

    at: datetime
    kind: str
    actor: str
    sheet_id: int
    row_id: int | None = None
    column_id: int | None = None
    old: Value = None
    new: Value = None
    cause: str = ""
    detail: Json = field(default_factory=dict)

    def as_dict(self) -> Json:
        """The fact as JSON."""
        named = {"sheetId": self.sheet_id, "rowId": self.row_id, "columnId": self.column_id}
        rest = {"old": self.old, "new": self.new, "cause": self.cause, "detail": self.detail}
        return {"at": stamp(self.at), "kind": self.kind, "actor": self.actor, **named, **rest}


@dataclass(frozen=True, slots=True)
class Writer:
    """Who gave a cell the value it has: e-mail, when, and edit | recalc | automation | link | rollback."""

    email: str
    at: datetime
    kind: str
    cause: str


@dataclass(frozen=True, slots=True)
class _Seen:
    name: str
    columns: Mapping[int, tuple[str, str, int]]  # id → title, type, index
    system: frozenset[int]
    rows: Mapping[int, Mapping[int, tuple[Value, str | None]]]
    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """The whole content of a tenant at one moment, and the place in its truth log."""

    at: datetime
    sheets: Mapping[int, _Seen]
    truth: Sequence[Fact]
    position: int


class Net(TypedDict):
    """The net difference between two marks. Values are those of cells, None for an empty one."""

    cells: dict[CellKey, tuple[Value, Value]]  # in rows that stayed; not those of columns that went
    formulas: dict[CellKey, tuple[str | None, str | None]]
    writers: dict[CellKey, Writer]  # for every key of `cells` and `moved_cells`
    rows_added: set[RowKey]
    rows_removed: set[RowKey]
    rows_moved: dict[RowKey, RowKey]  # to another sheet: old → new
    moved_cells: dict[CellKey, tuple[Value, Value]]  # changed besides moving; keyed by the new place
    columns_added: dict[int, dict[int, str]]  # sheet → column → title
    columns_removed: dict[int, dict[int, str]]
    columns_renamed: dict[int, dict[int, tuple[str, str]]]
    columns_retyped: dict[int, dict[int, tuple[str, str]]]
    columns_moved: dict[int, dict[int, tuple[int, int]]]  # index → index, of columns that stayed
    sheets_added: dict[int, str]
    sheets_removed: dict[int, str]
    sheets_renamed: dict[int, tuple[str, str]]
    reordered: set[int]  # sheets whose remaining rows stand in another order


def same(one: Value, other: Value) -> bool:
    """Whether two values are the same to a client: text "2" is not the number 2, but 2 is 2.0."""
    numbers = (int, float)
    if isinstance(one, numbers) and isinstance(other, numbers) and bool not in (type(one), type(other)):
        return one == other
    return type(one) is type(other) and one == other


def mark(at: datetime, sheets: Sequence[Sheet], truth: Sequence[Fact]) -> Mark:
    """Take down everything that can be seen of these sheets."""
    seen = {}
    for sheet in sheets:
        columns = {each.id: (each.title, each.type, index) for index, each in enumerate(sheet.columns)}
        system = frozenset(each.id for each in sheet.columns if each.system)
        rows = {row.id: {key: (cell.value, cell.formula) for key, cell in row.cells.items()} for row in sheet.rows}
        seen[sheet.id] = _Seen(sheet.name, columns, system, rows, tuple(rows))
    return Mark(at, seen, truth, len(truth))


def net(before: Mark, after: Mark) -> Net:
    """What a client that read everything at both marks can know to have happened."""
    facts = after.truth[before.position : after.position]
    found = Net(
        cells={}, formulas={}, writers={}, rows_added=set(), rows_removed=set(), rows_moved={}, moved_cells={},
        columns_added={}, columns_removed={}, columns_renamed={}, columns_retyped={}, columns_moved={},
        sheets_added={}, sheets_removed={}, sheets_renamed={}, reordered=set(),
    )  # fmt: skip
    found["sheets_added"] = {key: sheet.name for key, sheet in after.sheets.items() if key not in before.sheets}
    found["sheets_removed"] = {key: sheet.name for key, sheet in before.sheets.items() if key not in after.sheets}
    for key, new in after.sheets.items():
        if (old := before.sheets.get(key)) is not None:
            _columns(found, key, old, new)
            _rows(found, key, old, new)
    _moves(found, before, after, facts)
    _writers(found, facts)
    return found


def _columns(found: Net, key: int, old: _Seen, new: _Seen) -> None:
    if old.name != new.name:
        found["sheets_renamed"][key] = (old.name, new.name)
    both = [(column, old.columns[column], was) for column, was in new.columns.items() if column in old.columns]
    ranks = {column: rank for rank, column in enumerate(c for c in old.columns if c in new.columns)}
    parts = {
        "columns_added": {c: title for c, (title, _, _) in new.columns.items() if c not in old.columns},
        "columns_removed": {c: title for c, (title, _, _) in old.columns.items() if c not in new.columns},
        "columns_renamed": {c: (was[0], now[0]) for c, was, now in both if was[0] != now[0]},
        "columns_retyped": {c: (was[1], now[1]) for c, was, now in both if was[1] != now[1]},
        "columns_moved": {c: (was[2], now[2]) for rank, (c, was, now) in enumerate(both) if ranks[c] != rank},
    }
    for name, part in parts.items():
        if part:
            found[name][key] = part  # type: ignore[literal-required]


def _rows(found: Net, key: int, old: _Seen, new: _Seen) -> None:
    found["rows_added"] |= {(key, row) for row in new.rows.keys() - old.rows.keys()}
    found["rows_removed"] |= {(key, row) for row in old.rows.keys() - new.rows.keys()}
    if [row for row in old.order if row in new.rows] != [row for row in new.order if row in old.rows]:
        found["reordered"].add(key)
    for row in new.rows.keys() & old.rows.keys():
        was, now = old.rows[row], new.rows[row]
        if was == now and not _number_became_flag(was, now):
            continue
        for column in new.columns.keys() - new.system:
            (old_value, old_formula), (value, formula) = was.get(column, (None, None)), now.get(column, (None, None))
            if not same(old_value, value):
                found["cells"][key, row, column] = (old_value, value)
            if old_formula != formula:
                found["formulas"][key, row, column] = (old_formula, formula)


def _number_became_flag(
    was: Mapping[int, tuple[Value, str | None]], now: Mapping[int, tuple[Value, str | None]]
) -> bool:
    return any(not same(value, now[column][0]) for column, (value, _) in was.items())  # 1 == True in Python


def _moves(found: Net, before: Mark, after: Mark, facts: Sequence[Fact]) -> None:
    origin: dict[RowKey, tuple[RowKey, Mapping[int, int]]] = {}  # new place → old place, old column → new column
    for fact in facts:
        if fact.kind == "moved_to_sheet" and fact.row_id is not None:
            here = (fact.sheet_id, fact.row_id)
            hop: Mapping[int, int] = fact.detail["columns"]
            first, so_far = origin.pop(here, (here, {column: column for column in hop}))
            columns = {column: hop[between] for column, between in so_far.items() if between in hop}
            origin[fact.detail["sheetId"], fact.detail["rowId"]] = (first, columns)
    for new, (old, there_by) in origin.items():
        if new not in found["rows_added"] or old not in found["rows_removed"]:
            continue
        found["rows_added"].discard(new)
        found["rows_removed"].discard(old)
        found["rows_moved"][old] = new
        cells = before.sheets[old[0]].rows[old[1]]
        was = {there_by[column]: value for column, (value, _) in cells.items() if column in there_by}
        there = after.sheets[new[0]]
        for column in there.columns.keys() - there.system:
            value, _ = there.rows[new[1]].get(column, (None, None))
            if not same(was.get(column), value):
                found["moved_cells"][*new, column] = (was.get(column), value)


def _writers(found: Net, facts: Sequence[Fact]) -> None:
    wanted = found["cells"].keys() | found["moved_cells"].keys()
    later: dict[CellKey, CellKey] = {}  # where a cell of an earlier place is in the end
    for fact in reversed(facts):
        if fact.row_id is None:
            continue
        if fact.kind == "moved_to_sheet":
            for old, new in fact.detail["columns"].items():
                there = (fact.detail["sheetId"], fact.detail["rowId"], new)
                later[fact.sheet_id, fact.row_id, old] = later.get(there, there)
        elif fact.column_id is not None and fact.kind in WRITES and not same(fact.old, fact.new):
            here = (fact.sheet_id, fact.row_id, fact.column_id)
            key = later.get(here, here)
            if key in wanted:
                found["writers"].setdefault(key, Writer(fact.actor, fact.at, WRITES[fact.kind], fact.cause))
