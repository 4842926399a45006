"""Answers about sheets: the list, the sheet itself, its version, columns, rows and cell history."""

import csv
import io
import json
import math

from tests.emulator.cells import entries
from tests.emulator.ids import instant_of, stamp
from tests.emulator.rendering import (
    Look,
    column_json,
    columns_json,
    head_json,
    permalink,
    rows_piece,
    rows_text,
    sheet_pieces,
    when,
)
from tests.emulator.routing import Desk, route
from tests.emulator.state import Cell, Json, Row, Sheet
from tests.emulator.values import Painter, display
from tests.emulator.wire import Answer, Piece, Request, not_found, offset_page, unreadable


def look_of(request: Request) -> Look:
    """How this request wants to see cells."""
    columns = _ids(request, "columnIds")
    flags = request.words("include") | request.words("exclude")
    return Look(request.number("level", 0), flags, request.flag("numericDates"), columns)


@route("GET", "/sheets")
def list_sheets(desk: Desk) -> Answer:
    """All sheets the user can see. The index behind it may lag."""
    request, tenant = desk.request, desk.tenant
    sheets = sorted(tenant.visible(desk.user), key=lambda each: each.id)
    if "modifiedSince" in request.query:
        since = int(_instant(request, "modifiedSince"))
        sheets = [each for each in sheets if int(each.index(tenant.now)[0].timestamp()) >= since]
    chosen, envelope = offset_page(sheets, request)
    numeric, data = request.flag("numericDates"), []
    for each in chosen:
        modified, indexed = each.index(tenant.now)
        item: Json = {"id": each.id, "name": each.name, "accessLevel": desk.level(each)}
        if "sheetVersion" in request.words("include"):
            item["version"] = indexed if tenant.list_version_lags else each.version
        item |= {"permalink": permalink(each), "createdAt": when(each.created_at, numeric)}
        data.append({**item, "modifiedAt": when(modified, numeric)})
    return Answer.of({**envelope, "data": data})


@route("GET", "/sheets/{}")
def get_sheet(desk: Desk, sheet_id: int) -> Answer:
    """A sheet: whole, or some of its rows."""
    request, tenant = desk.request, desk.tenant
    sheet = desk.sheet(sheet_id)
    if request.back:
        now, sheet = sheet.version, sheet.before(request.back)
        sheet.version = now if request.back_as_new else sheet.version
    if "csv" in request.headers.get("accept", ""):
        return _csv(desk, sheet)
    if "ifVersionAfter" in request.query and request.number("ifVersionAfter", 0) >= sheet.version:
        return Answer.of({"version": sheet.version})
    look = look_of(request)
    rows = _chosen(request, sheet)
    if rows is None:
        piece = rows_piece(sheet, look, tenant.users)
    else:
        piece = Piece(",".join(rows_text(sheet, rows, look, tenant.users)).encode())
    return Answer(pieces=sheet_pieces(sheet, head_json(sheet, desk.level(sheet), look, tenant.noise), look, piece))


@route("GET", "/sheets/{}/version")
def get_version(desk: Desk, sheet_id: int) -> Answer:
    """The version number alone."""
    return Answer.of({"version": desk.sheet(sheet_id).version})


@route("GET", "/sheets/{}/columns")
def list_columns(desk: Desk, sheet_id: int) -> Answer:
    """The columns, offset-paged."""
    columns = columns_json(desk.sheet(sheet_id), Look(desk.request.number("level", 0)))
    chosen, envelope = offset_page(columns, desk.request)
    return Answer.of({**envelope, "data": chosen})


@route("GET", "/sheets/{}/columns/{}")
def get_column(desk: Desk, sheet_id: int, column_id: int) -> Answer:
    """One column."""
    sheet = desk.sheet(sheet_id)
    for index, each in enumerate(sheet.columns):
        if each.id == column_id:
            return Answer.of(column_json(each, index, desk.request.number("level", 0)))
    raise not_found()


@route("GET", "/sheets/{}/rows/{}")
def get_row(desk: Desk, sheet_id: int, row_id: int) -> Answer:
    """One row, with what a sheet's head would have told."""
    sheet, look = desk.sheet(sheet_id), look_of(desk.request)
    row = _row(sheet, row_id)
    made: Json = json.loads(rows_text(sheet, [row], look, desk.tenant.users)[0])
    made |= {"sheetId": sheet.id, "version": sheet.version, "accessLevel": desk.level(sheet)}
    if "columns" in look.flags:
        made["columns"] = columns_json(sheet, look)
    return Answer.of(made)


@route("GET", "/sheets/{}/rows/{}/columns/{}/history", heavy=True)
def cell_history(desk: Desk, sheet_id: int, row_id: int, column_id: int) -> Answer:
    """What a cell held, newest first, with who wrote it. A row that is gone has none."""
    sheet, look = desk.sheet(sheet_id), look_of(desk.request)
    row = _row(sheet, row_id)
    column = next((each for each in sheet.columns if each.id == column_id), None)
    if column is None:
        raise not_found()
    painter = Painter(column, look.level, look.flags, False, desk.tenant.users)
    found = entries(row, row.cells.get(column.id, Cell()))
    chosen, envelope = offset_page(found, desk.request)
    data = []
    for each in chosen:
        shown: Json = json.loads(painter.paint(Cell(each.value, each.formula)))
        data.append({**shown, "modifiedAt": when(each.at, look.numeric), "modifiedBy": each.by.as_writer()})
    return Answer.of({**envelope, "data": data})


def _chosen(request: Request, sheet: Sheet) -> list[Row] | None:
    """The rows asked for, None for all: a page first (the last one for a page beyond the end), then the filters."""
    rows, whole = sheet.rows, True
    wanted, numbers = _ids(request, "rowIds"), _ids(request, "rowNumbers")
    if wanted is not None or numbers is not None:
        whole = False
        rows = [
            row for number, row in enumerate(rows, 1) if row.id in (wanted or ()) or number in (numbers or ())
        ]  # fmt: skip
    if ("page" in request.query or "pageSize" in request.query) and not request.flag("includeAll"):
        whole = False
        size = max(1, request.number("pageSize", 100))
        last = max(1, math.ceil(len(rows) / size))
        page = min(max(1, request.number("page", 1)), last)
        rows = rows[(page - 1) * size : page * size]
    if "rowsModifiedSince" in request.query:
        whole = False
        since = int(_instant(request, "rowsModifiedSince"))
        rows = [row for row in rows if int(row.modified_at.timestamp()) > since and not row.blank]
    return None if whole else rows


def _row(sheet: Sheet, row_id: int) -> Row:
    if row_id not in sheet.by_id:
        raise not_found()
    return sheet.by_id[row_id]


def _ids(request: Request, name: str) -> frozenset[int] | None:
    if name not in request.query:
        return None
    try:
        return frozenset(int(each) for each in request.words(name))
    except ValueError:
        raise unreadable(f"{name} is no list of numbers.") from None


def _instant(request: Request, name: str) -> float:
    try:
        return instant_of(request.query[name]).timestamp()
    except ValueError:
        raise unreadable(f"{name} is no time.") from None


def _csv(desk: Desk, sheet: Sheet) -> Answer:
    """The export: formatted text and no ids."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow([each.title for each in sheet.columns])
    for row in sheet.rows:
        line = []
        for each in sheet.columns:
            value = row.value(each.id)
            if each.system is not None:
                value = row.modified_by.email if each.system == "MODIFIED_BY" else stamp(row.modified_at)
            shown = display(each, value, desk.tenant.users)
            line.append(str(value).lower() if shown is None and value is not None else shown or "")
        writer.writerow(line)
    headers = {"Content-Type": "text/csv", "Content-Disposition": f'attachment; filename="{sheet.name}.csv";'}
    return Answer(200, [Piece(stream.getvalue().encode("utf-8-sig"))], headers)


@route("GET", "/reports/{}")
def get_report(_desk: Desk, _report_id: int) -> Answer:
    """There are no reports here."""
    raise not_found()
