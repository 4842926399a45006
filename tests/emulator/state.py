"""What a tenant consists of. Times are aware UTC datetimes of the virtual clock; the API shows whole seconds."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Value = str | int | float | bool | tuple[str, ...] | None
Json = dict[str, Any]
LEVELS = ("VIEWER", "COMMENTER", "EDITOR", "EDITOR_SHARE", "ADMIN", "OWNER")
SYSTEM_COLUMNS = ("MODIFIED_BY", "MODIFIED_DATE", "CREATED_BY", "CREATED_DATE", "AUTO_NUMBER")
PASTS = 8  # so many earlier states of a sheet are kept


@dataclass(eq=False, slots=True)
class User:
    """A person, or one of the service's own identities."""

    id: int
    email: str
    name: str
    admin: bool = False
    time_zone: str = "US/Central"

    def as_writer(self) -> Json:
        """`{name, email}`, as rows and history name a writer."""
        return {"name": self.name, "email": self.email}


TokenState = Literal["ok", "expired", "invalid", "revoked"]


@dataclass(slots=True)
class Token:
    """An access token. Its state may flip while a client works with it."""

    text: str
    user: User
    state: TokenState = "ok"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a cell's history."""

    value: Value
    formula: str | None
    at: datetime
    by: User


@dataclass(eq=False, slots=True, repr=False)
class Cell:
    """A cell. `history` is newest first; None means: written once, when its row was created."""

    value: Value = None
    formula: str | None = None
    link_in: Json | None = None
    hyperlink: Json | None = None
    format: str | None = None
    history: tuple[Entry, ...] | None = None

    def copy(self) -> "Cell":
        """The cell as it is now (its parts are never changed in place)."""
        return Cell(self.value, self.formula, self.link_in, self.hyperlink, self.format, self.history)


@dataclass(eq=False, slots=True, repr=False)
class Row:
    """A row. `rendered` holds its JSON without what depends on the rows around it, by the way it was asked for."""

    id: int
    parent: int | None
    created_at: datetime
    created_by: User
    modified_at: datetime
    modified_by: User
    cells: dict[int, Cell] = field(default_factory=dict)
    locked: bool = False
    rendered: dict[Any, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Row {self.id}>"

    def copy(self) -> "Row":
        """The row with its cells as they are now."""
        cells = {column: cell.copy() for column, cell in self.cells.items()}
        made, edited = (self.created_at, self.created_by), (self.modified_at, self.modified_by)
        return Row(self.id, self.parent, *made, *edited, cells, self.locked)

    def value(self, column: int) -> Value:
        """The value in a column, None when empty."""
        cell = self.cells.get(column)
        return None if cell is None else cell.value

    @property
    def blank(self) -> bool:
        """Whether no cell holds anything."""
        return all(cell.value is None for cell in self.cells.values())


@dataclass(eq=False, slots=True)
class Column:
    """A column. `type` is the true one; what a client sees depends on the level it asks for."""

    id: int
    title: str
    type: str = "TEXT_NUMBER"
    primary: bool = False
    options: tuple[str, ...] = ()
    system: str | None = None
    formula: str | None = None
    hidden: bool = False
    locked: bool = False
    validation: bool = False
    width: int = 150
    number: Literal["plain", "money", "percent"] = "plain"

    @property
    def version(self) -> int:
        """0 plain, 1 multi-contact, 2 multi-picklist."""
        return {"MULTI_CONTACT_LIST": 1, "MULTI_PICKLIST": 2}.get(self.type, 0)


@dataclass(eq=False, slots=True)
class Share:
    """A user's or a group's access to a sheet or a workspace."""

    id: str
    level: str
    user: User | None = None
    group: "Group | None" = None


@dataclass(eq=False, slots=True)
class Group:
    """Users who share as one."""

    id: int
    name: str
    owner: User
    members: list[User]
    created_at: datetime


@dataclass(eq=False, slots=True)
class Attachment:
    """A file or link at a sheet, row or comment; `url` is set for links only."""

    id: int
    name: str
    parent_type: str
    parent_id: int
    created_at: datetime
    created_by: User
    content: bytes = b""
    mime_type: str = "application/octet-stream"
    type: str = "FILE"
    url: str | None = None


@dataclass(eq=False, slots=True)
class Comment:
    """A discussion with its only comment."""

    id: int
    comment_id: int
    text: str
    parent_type: str
    parent_id: int
    created_at: datetime
    created_by: User


@dataclass(eq=False, slots=True)
class Webhook:
    """A webhook. `pending` are events that wait for the next delivery; a disabled hook gets none."""

    id: int
    owner: User
    name: str
    callback_url: str
    scope_object_id: int
    shared_secret: str
    created_at: datetime
    modified_at: datetime
    events: tuple[str, ...] = ("*.*",)
    columns: tuple[int, ...] = ()
    enabled: bool = False
    status: str = "NEW_NOT_VERIFIED"
    pending: list[Json] = field(default_factory=list)
    attempts: int = 0
    callbacks: int = 0
    notice: str | None = None  # a status the subscriber has still to be told

    def disable(self, status: str) -> None:
        """No more events, and those that wait are lost; the subscriber is told."""
        self.enabled, self.status, self.notice, self.attempts = False, status, status, 0
        self.pending.clear()


@dataclass(eq=False, slots=True, repr=False)
class Container:
    """A workspace (`parent` None) or a folder in one, with what it contains."""

    id: int
    name: str
    parent: "Container | None" = None
    folders: list["Container"] = field(default_factory=list)
    sheets: list["Sheet"] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)

    @property
    def workspace(self) -> "Container":
        """The workspace at the top."""
        return self if self.parent is None else self.parent.workspace


@dataclass(eq=False, slots=True)
class Stamping:
    """An automation: when `trigger` is saved as checked, `target` gets the day, some time later."""

    trigger: int
    target: int


@dataclass(eq=False, slots=True, repr=False)
class Past:
    """A sheet before one mutation. `saved`: rows as they were, where the mutation changed them."""

    version: int
    modified_at: datetime
    name: str
    columns: list[Column]
    rows: list[Row]
    layout: int
    saved: dict[int, Row] = field(default_factory=dict)


@dataclass(eq=False, slots=True, repr=False)
class Sheet:
    """A sheet. `stamp` moves with every mutation, also with those that leave the version alone."""

    id: int
    name: str
    owner: User
    created_at: datetime
    modified_at: datetime
    columns: list[Column]
    rows: list[Row]
    version: int = 1
    home: Container | None = None
    deleted: bool = False
    denied: set[str] = field(default_factory=set)
    shares: list[Share] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    stampings: list[Stamping] = field(default_factory=list)
    stamp: int = 0
    layout: int = 0  # a number of its own for every state of the columns
    past: deque[Past] = field(default_factory=lambda: deque(maxlen=PASTS))
    indexed: list[tuple[datetime, datetime, int]] = field(default_factory=list)  # (seen from, modified at, version)
    bodies: dict[Any, Any] = field(default_factory=dict)
    by_id: dict[int, Row] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Sheet {self.name!r} {self.id}, version {self.version}, {len(self.rows)} rows>"

    def column(self, column: "Column | int | str") -> Column:
        """A column by itself, its id or its title. Raises KeyError."""
        for each in self.columns:
            if each is column or each.id == column or each.title == column:
                return each
        raise KeyError(f"{self.name} has no column {column}")

    def row(self, row: "Row | int") -> Row:
        """A row by itself, its id or its number (from 1). Raises KeyError."""
        if isinstance(row, Row):
            row = row.id
        found = self.by_id.get(row) if row > len(self.rows) else self.rows[row - 1] if row > 0 else None
        if found is None:
            raise KeyError(f"{self.name} has no row {row}")
        return found

    def index(self, now: datetime) -> tuple[datetime, int]:
        """(modified at, version) as far as the index of the list knows them by now."""
        known = [(modified, version) for seen, modified, version in self.indexed if seen <= now]
        return max(known, default=(self.created_at, 1))

    def before(self, mutations: int = 1) -> "Sheet":
        """The sheet as it was that many mutations ago (as far back as is remembered), for reading only."""
        pasts = list(self.past)[-mutations:]
        if not pasts:
            return self
        first = pasts[0]
        saved: dict[int, Row] = {}
        for past in reversed(pasts):
            saved |= past.saved
        rows = [saved.get(row.id, row) for row in first.rows]
        return Sheet(
            self.id, first.name, self.owner, self.created_at, first.modified_at, first.columns, rows,
            version=first.version, home=self.home, shares=self.shares, attachments=self.attachments,
            comments=self.comments, layout=first.layout, by_id={row.id: row for row in rows},
        )  # fmt: skip


AUTOMATION = User(3940654876256132, "automation@smartsheet.com", "Smartsheet Automation")
CELL_LINK = User(3377704922834820, "cell-link@smartsheet.com", "Smartsheet Cell Link")
FORM = User(7881304550205316, "web-form@smartsheet.com", "Smartsheet Form")
