"""Sheets, rows and columns as JSON. A row is written once and kept until it changes; so is the text of all rows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from json.encoder import encode_basestring as quoted
from random import Random

from tests.emulator.ids import millis, stamp
from tests.emulator.state import Attachment, Cell, Column, Comment, Json, Row, Sheet, User
from tests.emulator.values import Names, Painter, seen_type
from tests.emulator.wire import Piece, dumped

_KEPT_BODIES = 4
_APP = "https://app.smartsheet.com"


@dataclass(frozen=True, slots=True)
class Look:
    """How a client wants to see cells. `flags`: include and exclude words; `columns`: only these."""

    level: int = 0
    flags: frozenset[str] = frozenset()
    numeric: bool = False
    columns: frozenset[int] | None = None

    @property
    def writers(self) -> bool:
        """Whether rows name who made and changed them."""
        return bool(self.flags & {"writerInfo", "rowWriterInfo"})


def column_json(column: Column, index: int, level: int) -> Json:
    """A column."""
    made: Json = {"id": column.id, "version": column.version, "index": index, "title": column.title}
    made["type"] = seen_type(column, level)
    made |= {name: True for name in ("primary", "hidden", "locked") if getattr(column, name)}
    if column.locked:
        made["lockedForUser"] = False
    if column.options:
        made["options"] = list(column.options)
    if column.system:
        made["systemColumnType"] = column.system
    if column.formula:
        made["formula"] = column.formula
    return {**made, "validation": column.validation, "width": column.width}


def columns_json(sheet: Sheet, look: Look) -> list[Json]:
    """The columns a client asked for, each with its true index."""
    chosen = enumerate(sheet.columns)
    return [column_json(each, at, look.level) for at, each in chosen if look.columns is None or each.id in look.columns]


def rows_text(sheet: Sheet, rows: Sequence[Row] | None, look: Look, names: Names) -> list[str]:
    """Rows (None: all) as JSON texts, in the order of the sheet, with number, parent and previous sibling."""
    key = (look, sheet.layout)
    painters = _painters(sheet, look, names)
    extras = _extras(sheet, look)
    wanted = None if rows is None else {row.id for row in rows}
    last: dict[int | None, int] = {}
    texts = []
    for number, row in enumerate(sheet.rows, 1):
        sibling = last.get(row.parent)
        last[row.parent] = row.id
        if wanted is not None and row.id not in wanted:
            continue
        tail = row.rendered.get(key)
        if tail is None:
            tail = row.rendered[key] = _tail(sheet, row, look, painters)
        parent = "" if row.parent is None else f'"parentId":{row.parent},'
        before = "" if sibling is None else f'"siblingId":{sibling},'
        more = extras.get(row.id, "") if extras else ""
        texts.append(f'{{"id":{row.id},"rowNumber":{number},{parent}{before}{more}{tail}')
    return texts


def rows_piece(sheet: Sheet, look: Look, names: Names) -> Piece:
    """All rows of a sheet, kept until the sheet changes."""
    kept = sheet.bodies.get(look)
    if kept is not None and kept[0] == sheet.stamp:
        piece: Piece = kept[1]
        return piece
    if len(sheet.bodies) >= _KEPT_BODIES:
        sheet.bodies.clear()
    piece = Piece(",".join(rows_text(sheet, None, look, names)).encode())
    sheet.bodies[look] = (sheet.stamp, piece)
    return piece


def sheet_pieces(sheet: Sheet, head: Json, look: Look, rows: Piece) -> list[Piece]:
    """A whole sheet body."""
    start = dumped({**head, "columns": columns_json(sheet, look)})[:-1] + b',"rows":['
    return [Piece(start), rows, Piece(b"]}")]


def head_json(sheet: Sheet, level: str, look: Look, dice: Random) -> Json:
    """What stands above columns and rows. The order of effectiveAttachmentOptions is anybody's guess."""
    options = ["FILE", "LINK", "GOOGLE_DRIVE", "ONEDRIVE"]
    dice.shuffle(options)
    made: Json = {
        "id": sheet.id, "name": sheet.name, "version": sheet.version, "totalRowCount": len(sheet.rows),
        "accessLevel": level, "effectiveAttachmentOptions": options, "ganttEnabled": False,
        "dependenciesEnabled": False, "resourceManagementEnabled": False, "resourceManagementType": "NONE",
        "cellImageUploadEnabled": True, "isMultiPicklistEnabled": True, "hasSummaryFields": False, "userSettings": {},
        "userPermissions": {"summaryPermissions": "ADMIN" if level in ("ADMIN", "OWNER") else "READ_WRITE"},
        "permalink": permalink(sheet), "createdAt": when(sheet.created_at, look.numeric),
        "modifiedAt": when(sheet.modified_at, look.numeric),
    }  # fmt: skip
    if sheet.home is not None:
        made["workspace"] = {"id": sheet.home.workspace.id, "name": sheet.home.workspace.name}
    if "ownerInfo" in look.flags:
        made |= {"owner": sheet.owner.email, "ownerId": sheet.owner.id}
    if "attachments" in look.flags:
        made["attachments"] = [attachment_json(each) for each in sheet.attachments if each.parent_type == "SHEET"]
    if "discussions" in look.flags:
        made["discussions"] = [discussion_json(each) for each in sheet.comments if each.parent_type == "SHEET"]
    return made


def permalink(sheet: Sheet) -> str:
    """The address of a sheet in the app."""
    return f"{_APP}/sheets/{sheet.id:x}"


def when(at: datetime, numeric: bool) -> str | int:
    """An instant, as text or in milliseconds."""
    return millis(at) if numeric else stamp(at)


def attachment_json(each: Attachment) -> Json:
    """An attachment without its temporary address."""
    made: Json = {"id": each.id, "name": each.name, "attachmentType": each.type}
    if each.type == "FILE":
        made |= {"mimeType": each.mime_type, "sizeInKb": max(1, len(each.content) // 1024)}
    if each.url is not None:
        made["url"] = each.url
    made |= {"parentType": each.parent_type, "parentId": each.parent_id}
    return {**made, "createdAt": stamp(each.created_at), "createdBy": each.created_by.as_writer()}


def discussion_json(each: Comment) -> Json:
    """A discussion, by its only comment."""
    made: Json = {"id": each.id, "title": each.text, "commentCount": 1, "accessLevel": "EDITOR"}
    by, at = each.created_by.as_writer(), stamp(each.created_at)
    comment = {"id": each.comment_id, "text": each.text, "createdAt": at, "createdBy": by}
    made |= {"createdBy": by, "lastCommentedAt": at, "comments": [comment]}
    return {**made, "parentType": each.parent_type, "parentId": each.parent_id}


def _painters(sheet: Sheet, look: Look, names: Names) -> list[Painter]:
    sparse = "nonexistentCells" in look.flags
    columns = [each for each in sheet.columns if look.columns is None or each.id in look.columns]
    return [Painter(each, look.level, look.flags, sparse, names) for each in columns]


def _tail(sheet: Sheet, row: Row, look: Look, painters: Sequence[Painter]) -> str:
    cells = row.cells
    painted = [
        each.paint(cells.get(each.column.id) if each.column.system is None else _system(each.column, row))
        for each in painters
    ]
    if "nonexistentCells" in look.flags:
        painted = [each for each in painted if each]
    made, changed = when(row.created_at, look.numeric), when(row.modified_at, look.numeric)
    head = f'"expanded":true,"createdAt":{dumped(made).decode()},"modifiedAt":{dumped(changed).decode()},'
    if row.locked:
        head += '"locked":true,"lockedForUser":false,'
    if look.writers:
        head += f'"createdBy":{_writer(row.created_by)},"modifiedBy":{_writer(row.modified_by)},'
    if "rowPermalink" in look.flags:
        head += f'"permalink":"{permalink(sheet)}?rowId={row.id}",'
    return f'{head}"cells":[{",".join(painted)}]}}'


def _writer(user: User) -> str:
    return f'{{"name":{quoted(user.name)},"email":{quoted(user.email)}}}'


def _system(column: Column, row: Row) -> Cell | None:
    """The cell of a system column: it follows the row and is kept nowhere."""
    values = {
        "MODIFIED_BY": row.modified_by.email, "MODIFIED_DATE": stamp(row.modified_at),
        "CREATED_BY": row.created_by.email, "CREATED_DATE": stamp(row.created_at),
        "AUTO_NUMBER": f"{row.id % 10**6:06}",
    }  # fmt: skip
    return Cell(values[column.system or ""])


def _extras(sheet: Sheet, look: Look) -> dict[int, str]:
    parts: dict[int, list[str]] = defaultdict(list)
    if "attachments" in look.flags:
        grouped: dict[int, list[Json]] = defaultdict(list)
        for file in sheet.attachments:
            grouped[file.parent_id].append(attachment_json(file))
        for parent, files in grouped.items():
            parts[parent].append(f'"attachments":{dumped(files).decode()},')
    if "discussions" in look.flags:
        talks: dict[int, list[Json]] = defaultdict(list)
        for each in sheet.comments:
            talks[each.parent_id].append(discussion_json(each))
        for parent, found in talks.items():
            parts[parent].append(f'"discussions":{dumped(found).decode()},')
    return {parent: "".join(texts) for parent, texts in parts.items()}
