"""Bytes of a .csv export → grid, or a refusal.

polars reads fast but forgives much: it pads a short record with blanks, which is how a file cut in the middle
looks. So the shape of every record is checked first, on the bytes between quoted fields; when quotes, line ends
and field counts are all in order there is one way to read the file, and polars reads it that way.
"""

import codecs
from collections.abc import Iterable, Iterator
from itertools import accumulate

import polars as pl

from audit_core.blind_spots import Reason
from audit_core.errors import SnapshotRefused
from audit_core.sources.grid import Grid, Note, counted, positions

MAX_BYTES = 200_000_000
"""Larger than any sheet Smartsheet can hold by far."""

_SAVE_AGAIN = "export the sheet again, or save it in Excel as 'CSV UTF-8'"
_LINE_BREAK_INSIDE = b"\0"
"""Stands for a line break inside a quoted field while records are counted; files with a real NUL are refused."""


def parse_csv(data: bytes, where: str) -> Grid:
    """All cells of a .csv as text. `where` is 'sheet/file', for the sentence of a SnapshotRefused."""
    if len(data) > MAX_BYTES:
        raise SnapshotRefused(f"{where} has {len(data):,} bytes, the limit is {MAX_BYTES:,}: export a smaller sheet.")
    data = _as_utf8(data, where)
    if not data.strip():
        raise SnapshotRefused(f"{where} is empty: {_SAVE_AGAIN}.")
    outline = _outline(data, where)
    records = outline.split(b"\n")
    if data.endswith(b"\n"):
        records.pop()
    if not data.partition(b"\n")[0].strip():
        raise SnapshotRefused(f"{where} begins with a blank line: its first line must hold the column titles.")
    width = _checked_width(records, where)
    try:
        table = pl.read_csv(data, has_header=False, schema=positions(width), infer_schema_length=0)
    except pl.exceptions.PolarsError as error:
        raise SnapshotRefused(f"{where} cannot be read as CSV ({_first_line(error)}): {_SAVE_AGAIN}.") from error
    if table.height != len(records):
        raise SnapshotRefused(
            f"{where} has {counted(len(records), 'record')} but {table.height:,} could be read: {_SAVE_AGAIN}."
        )
    return Grid(
        titles=table.row(0),
        cells=table.slice(1),
        lines=pl.Series("line", list(_line_numbers(records, outline))[1:], dtype=pl.UInt32),
        line_word="line",
        notes=_open_end(data, where, len(records)),
    )


def _as_utf8(data: bytes, where: str) -> bytes:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            data = data.decode("utf-16").encode()
        except UnicodeDecodeError as error:
            raise SnapshotRefused(f"{where} is cut or not valid UTF-16: {_SAVE_AGAIN}.") from error
    data = data.removeprefix(codecs.BOM_UTF8)
    if (nul := data.find(b"\0")) >= 0:
        raise SnapshotRefused(f"{where} has a NUL byte in line {_line_at(data, nul)}: {_SAVE_AGAIN}.")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        # any byte is some letter in an old code page, so guessing one would turn names into other names
        raise SnapshotRefused(
            f"{where} is not UTF-8 text (line {_line_at(data, error.start)}): save as CSV UTF-8 and put it back."
        ) from error
    return data


def _outline(data: bytes, where: str) -> bytes:
    """The bytes outside quoted fields: a quote mark stands for each of those, another mark for a line break inside.

    Cutting at every quote mark leaves what is outside quotes at even places; an empty piece between two quoted
    ones is a doubled quote mark, which stands for itself.
    """
    if b'"' not in data:
        outline = data
    else:
        pieces = data.split(b'"')
        if len(pieces) % 2 == 0:
            line = _line_at(data, data.rfind(b'"'))
            raise SnapshotRefused(
                f"{where} ends inside a quoted field (its last quote mark is in line {line}): "
                f"the file is cut or damaged; {_SAVE_AGAIN}."
            )
        _check_quotes(pieces, data, where)
        outline = b'"'.join(pieces[::2])
        if outline.count(b"\n") != data.count(b"\n"):
            outline = b"".join(_with_breaks(pieces))
    if outline.count(b"\r") != outline.count(b"\r\n"):
        raise SnapshotRefused(f"{where} has a carriage return that ends no line: {_SAVE_AGAIN}.")
    return outline


def _with_breaks(pieces: list[bytes]) -> Iterator[bytes]:
    for place, piece in enumerate(pieces):
        yield piece if place % 2 == 0 else b'"' + _LINE_BREAK_INSIDE * piece.count(b"\n")


def _check_quotes(pieces: list[bytes], data: bytes, where: str) -> None:
    # quoted fields repeat, so looking at each distinct piece once is several times faster
    inner = {piece for piece in set(pieces[2:-1:2]) if piece and not (_closes(piece) and _opens(piece))}
    if not inner and (not pieces[0] or _opens(pieces[0])) and (not pieces[-1] or _closes(pieces[-1])):
        return
    offset = 0
    for place, piece in enumerate(pieces):
        if place % 2 == 0 and piece:
            if place > 0 and not _closes(piece):
                break
            if place < len(pieces) - 1 and not _opens(piece):
                offset += len(piece)
                break
        offset += len(piece) + 1
    raise SnapshotRefused(
        f"{where} has a quote mark in the middle of a field in line {_line_at(data, offset)}: {_SAVE_AGAIN}."
    )


def _closes(piece: bytes) -> bool:
    return piece[:1] in (b",", b"\n") or piece[:2] == b"\r\n"


def _opens(piece: bytes) -> bool:
    return piece[-1:] in (b",", b"\n")


def _checked_width(records: list[bytes], where: str) -> int:
    """The number of titles, which every record but blank lines must match."""
    titles = records[0]
    if b"," not in titles and (other := next((mark for mark in (b";", b"\t") if mark in titles), None)):
        raise SnapshotRefused(
            f"{where} is separated by {'semicolons' if other == b';' else 'tabs'}, not by commas: {_SAVE_AGAIN}."
        )
    commas = titles.count(b",")
    wrong = [
        place for place, record in enumerate(records) if record.count(b",") != commas and record not in (b"", b"\r")
    ]
    if wrong:
        line = list(_line_numbers(records))[wrong[0]]
        found = records[wrong[0]].count(b",") + 1
        raise SnapshotRefused(
            f"{where} has {counted(len(wrong), 'record')} whose fields do not match the {counted(commas + 1, 'title')}"
            f" (first in line {line}: {counted(found, 'field')}): the file is cut or damaged; {_SAVE_AGAIN}."
        )
    return commas + 1


def _line_numbers(records: list[bytes], outline: bytes | None = None) -> Iterable[int]:
    if outline is not None and _LINE_BREAK_INSIDE not in outline:
        return range(1, len(records) + 1)
    breaks = (1 + record.count(_LINE_BREAK_INSIDE) for record in records[:-1])
    return accumulate(breaks, initial=1)


def _open_end(data: bytes, where: str, records: int) -> tuple[Note, ...]:
    # a file cut inside its very last field has the right number of fields: only the missing line end tells
    if data.endswith(b"\n") or records == 1:
        return ()
    note = Note(
        Reason.FILE_OPEN_ENDED,
        f"{where} does not end with a line end: if the file was cut, its last cell is incomplete; "
        "compare that cell with the sheet, or export the sheet again.",
    )
    return (note,)


def _line_at(data: bytes, offset: int) -> int:
    return data.count(b"\n", 0, offset) + 1


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")
