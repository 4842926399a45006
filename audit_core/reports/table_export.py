"""One table as a workbook that equals the screen, and says what it is: filter, totals, digest, anchor."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import polars as pl
from openpyxl import Workbook

from audit_core.actors import Actor
from audit_core.permissions import Permission, require
from audit_core.reports.canvas import WIDTH, Canvas
from audit_core.reports.cells import BRAND, QUIET, SEVERITIES, Kind, Styles, inert
from audit_core.reports.grid import Column, Foot, lay_out, pages, print_setup, rows_xml
from audit_core.reports.package import pack
from audit_core.reports.witness import witness
from audit_core.settings import SystemSettings
from audit_core.store.actions import Action
from audit_core.store.anchors import Anchor, current
from audit_core.store.runs import new_run_id
from audit_core.workspace import Workspace

EXPORTED: Final = "exported"
"""The action that seals that a table was handed out."""

ABOUT: Final = "About"
_CENTS: Final = "_cents"
_WIDEST, _NARROWEST = 60.0, 9.0
_NO_TITLE: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f']")


@dataclass(frozen=True, slots=True)
class TableExport:
    """A table as it stands on screen.

    `name`: the page's address, which the file is called by too. `words`: the filter as a person would say it.
    `frame`: whole, in the order of the screen, under the titles of the screen; money as Int64 in columns whose name
    ends in `_cents`, moments as aware Datetime. `parameters`: of the page's address. `by`: a column of which each value
    gets a worksheet of its own. `zone`: in which moments are shown; None: the business's.
    """

    name: str
    title: str
    words: str
    frame: pl.DataFrame
    parameters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    by: str | None = None
    zone: ZoneInfo | None = None

    @property
    def link(self) -> str:
        """The address of the screen, without the host."""
        return f"/{self.name}" + (f"?{urlencode(self.parameters, doseq=True)}" if self.parameters else "")

    def totals(self) -> dict[str, int]:
        """The sum of each column of money, in cents."""
        return {name: int(self.frame[name].sum() or 0) for name in self.frame.columns if name.endswith(_CENTS)}


@dataclass(frozen=True, slots=True)
class Export:
    """What is handed out. `rows`: under the header, in all worksheets together."""

    file_name: str
    content: bytes
    sha256: str
    rows: int


def export_table(workspace: Workspace, actor: Actor, asked: TableExport, now: datetime) -> Export:
    """The table as .xlsx, sealed in the ledger before anybody has it. Raises NotAllowed."""
    require(actor, Permission.EXPORT_TABLES)
    store, run_id = workspace.store, new_run_id("export", now)
    with store.database.read():
        anchor = current(store.database.connection(), run_id, now, store.keys().signer)
    digest, zone = rows_digest(asked.frame), asked.zone or workspace.settings.zone
    content = _book(asked, _Made(actor.email, now, zone, anchor, digest), workspace.settings.system)
    sha256 = hashlib.sha256(content).hexdigest()
    evidence = {
        "name": asked.name, "title": asked.title, "filter_words": asked.words, "link": asked.link,
        "rows": asked.frame.height, "rows_sha256": digest, "totals": asked.totals(), "sha256": sha256,
    }  # fmt: skip
    told = f"{asked.title}: {asked.frame.height:,} rows exported ({asked.words}); SHA-256 of the rows {digest}."
    sealed = {"audit_run_id": run_id, "evidence": json.dumps(evidence, sort_keys=True)}
    store.seal_taken(actor, Action(EXPORTED, told, actor, fields=sealed), now)
    return Export(f"redline-{asked.name}.xlsx", content, sha256, asked.frame.height)


def rows_digest(frame: pl.DataFrame) -> str:
    """SHA-256 of a table as CSV: UTF-8, a line of column names, money in cents, moments in UTC, lines end with LF."""
    return hashlib.sha256(plain_rows(frame).write_csv(quote_style="non_numeric").encode()).hexdigest()


def plain_rows(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as what a worksheet's column takes: numbers, and texts (dates and moments in ISO 8601)."""
    return frame.select(_told(pl.col(name), dtype).alias(name) for name, dtype in frame.schema.items())


def _told(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    match dtype:
        case pl.Datetime():
            return column.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00")
        case pl.Boolean():
            return pl.when(column).then(pl.lit("yes")).when(column.not_()).then(pl.lit("no"))
        case pl.List():
            return column.cast(pl.List(pl.String)).list.join(", ")
        case _ if dtype.is_numeric():
            return column
        case _:
            return column.cast(pl.String)


@dataclass(frozen=True, slots=True)
class _Made:
    """By whom, when and on which clock, with what witness; `digest`: of the rows."""

    by: str
    at: datetime
    zone: ZoneInfo
    anchor: Anchor
    digest: str


def _book(asked: TableExport, made: _Made, system: SystemSettings) -> bytes:
    book = Workbook()
    first, at = book.worksheets[0], made.at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    properties = book.properties
    properties.title, properties.creator, properties.subject = map(inert, (asked.title, made.by, asked.words))
    properties.created = properties.modified = at
    styles, foot = Styles(book), Foot(made.anchor.run_id, made.anchor.short())
    columns = tuple(column_of(asked.frame[name], made.zone) for name in asked.frame.columns)
    bodies: dict[str, tuple[int, Iterator[bytes]]] = {}
    for title, frame in _sheets(asked):
        for number, page in enumerate(pages(plain_rows(frame)), start=1):
            sheet = book.create_sheet() if bodies else first
            sheet.title = free_name(title if number == 1 else f"{title[:26]} {number}", bodies)
            lay_out(sheet, columns, page.height, foot)
            bodies[sheet.title] = (page.height, rows_xml(page, columns, styles, made.zone))
    about = book.create_sheet(ABOUT)
    about.sheet_properties.tabColor = BRAND
    _about(Canvas(about), asked, made, system)
    print_setup(about, foot)
    return pack(book, bodies, made.at)


def _sheets(asked: TableExport) -> list[tuple[str, pl.DataFrame]]:
    """(name, rows) of each worksheet; one where nothing divides them."""
    if asked.by is None or asked.frame.is_empty():
        return [("Table", asked.frame)]
    parts = asked.frame.partition_by(asked.by, maintain_order=True)
    return [(str(part[asked.by][0] or "none"), part) for part in parts]


def free_name(title: str, taken: Mapping[str, object]) -> str:
    """A worksheet's name as Excel takes it, unlike those before it."""
    wanted = _NO_TITLE.sub(" ", inert(title)).strip()[:31] or "none"
    used, name, number = {each.casefold() for each in (*taken, ABOUT, "History")}, wanted, 2
    while name.casefold() in used:
        name, number = f"{wanted[:26]} ({number})", number + 1
    return name


def column_of(values: pl.Series, zone: ZoneInfo) -> Column:
    """How one column of a table is shown in a worksheet."""
    name, dtype, kind = values.name, values.dtype, Kind.TEXT
    title = name if not re.fullmatch("[a-z0-9_]+", name) else name.removesuffix(_CENTS).replace("_", " ").capitalize()
    if name.endswith(_CENTS):
        kind, title = Kind.MONEY, f"{title.removesuffix(_CENTS)} (USD)"
    elif isinstance(dtype, pl.Datetime):
        kind, title = Kind.MOMENT, f"{title} ({zone.key})"
    elif dtype == pl.Date:
        kind = Kind.DATE
    elif dtype.is_integer():
        kind = Kind.NUMBER
    elif dtype.is_numeric():
        kind = Kind.SHARE
    elif name.casefold() == "severity" and set(values.drop_nulls().unique()) <= set(SEVERITIES):
        kind = Kind.SEVERITY
    longest = int(plain_rows(values.to_frame())[name].cast(pl.String).str.len_chars().max() or 0)  # type: ignore[arg-type]
    if kind is Kind.TEXT and longest > _WIDEST:
        kind = Kind.WRAPPED
    if kind is Kind.MOMENT:
        longest = len("2026-07-27 10:00")
    return Column(title, kind, max(_NARROWEST, len(title) + 3.0, min(_WIDEST, longest + 3.0)), pl.col(name))


def _about(canvas: Canvas, asked: TableExport, made: _Made, system: SystemSettings) -> None:
    wide = canvas.columns - 2
    canvas.text(0, asked.title, size=20, bold=True)
    canvas.down(height=30)
    canvas.text(0, f"{system.name} · {system.environment}", size=11, color=BRAND, bold=True)
    canvas.down(height=24)
    canvas.text(0, f"Made at ({made.zone.key})", 2, color=QUIET)
    canvas.moment(2, made.at.astimezone(made.zone).replace(tzinfo=None, microsecond=0), 3)
    canvas.down()
    for label, text in (("Made by", made.by), ("Filter", asked.words), ("Link", asked.link)):
        canvas.text(0, label, 2, color=QUIET)
        canvas.text(2, text, wide, wrap=True)
        canvas.down(height=max(16.0, canvas.height(text, WIDTH * wide)))
    canvas.section("Control figures")
    canvas.text(0, "Rows", 3)
    canvas.number(3, asked.frame.height)
    canvas.down()
    for name, cents in asked.totals().items():
        canvas.text(0, f"Sum of {column_of(asked.frame[name], made.zone).title}", 3)
        canvas.number(3, cents, Kind.MONEY)
        canvas.down()
    canvas.down(height=6)
    canvas.text(0, "SHA-256 of the rows", 2, color=QUIET)
    canvas.text(2, made.digest, wide, name="Consolas")
    canvas.down()
    canvas.paragraph(
        "The rows as CSV: UTF-8, a line of column names, texts in quotes, money in cents, moments in UTC, lines ending "
        "with LF. The record holds the same digest, with who took this table and when.",
        color=QUIET,
    )
    witness(canvas, made.anchor)
