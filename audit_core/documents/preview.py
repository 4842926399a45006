"""A look into a document: the first rows of one worksheet of its workbook, as they stand in the file."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import fastexcel
import polars as pl

from audit_core.actors import Actor
from audit_core.documents.document import read
from audit_core.documents.library import document
from audit_core.errors import AuditError
from audit_core.workspace import Workspace

MOST_ROWS: Final = 200

Block = tuple[tuple[str, ...], ...]
"""Lines that stand together on a worksheet, each with its cells that are not blank."""


@dataclass(frozen=True, slots=True)
class Preview:
    """One worksheet of a workbook: a `table` where it has a header over all its columns, else `blocks` of lines.

    `sheets`: the names of all. `rows`: how many rows the worksheet has, of which at most MOST_ROWS are shown.
    """

    file: str
    sheets: tuple[str, ...]
    sheet: str
    rows: int
    table: pl.DataFrame | None
    blocks: tuple[Block, ...]


def preview(workspace: Workspace, actor: Actor, event_id: int, sheet: str = "") -> Preview:
    """The worksheet of that name, or the first one, of a document's workbook.

    Raises NotAllowed, AuditError where there is no workbook or it cannot be read, VerificationFailed where altered.
    """
    wanted = document(workspace, actor, event_id)
    file = next((each for each in wanted.files if each.name.endswith(".xlsx")), None)
    if file is None:
        raise AuditError(f"The document of event {event_id} has no workbook to look into: download its files.")
    content = read(file)
    try:
        book = fastexcel.read_excel(content)
        names = tuple(book.sheet_names)
        chosen = sheet if sheet in names else names[0]
        asked = book.load_sheet(chosen, header_row=None, n_rows=MOST_ROWS + 1, dtypes="string")
        height, cells = asked.total_height, asked.to_polars()
    except (fastexcel.FastExcelError, IndexError) as error:
        raise AuditError(f"{file.name} cannot be looked into ({type(error).__name__}): download it instead.") from error
    lines = [tuple(cell or "" for cell in row) for row in cells.iter_rows()]
    if lines and len(lines[0]) > 1 and all(lines[0]):
        return Preview(file.name, names, chosen, height - 1, _table(lines), ())
    return Preview(file.name, names, chosen, height, None, _blocks(lines))


def _table(lines: Sequence[Sequence[str]]) -> pl.DataFrame:
    names: list[str] = []
    for name in lines[0]:
        names.append(name if name not in names else f"{name} ({len(names) + 1})")
    return pl.DataFrame(lines[1:], schema=dict.fromkeys(names, pl.String), orient="row")


def _blocks(lines: Sequence[Sequence[str]]) -> tuple[Block, ...]:
    """What blank lines divide."""
    filled = [tuple(cell for cell in line if cell) for line in lines]
    return tuple(tuple(block) for said, block in groupby(filled, key=bool) if said)
