"""The gate before any .xlsx parser: a workbook is unpacked here, within limits, or refused with one sentence.

The parser never sees the file itself but a plain copy of the parts read here (`plain_copy`), so that it cannot
understand the archive differently than this gate did.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath

from audit_core.errors import SnapshotRefused
from audit_core.sources.workbook_extent import check_extent, shared_lengths

MAX_ENTRIES = 2_000
MAX_UNPACKED = 200_000_000
MAX_RATIO = 100
RATIO_COUNTS_FROM = 1_000_000
"""Small parts may compress to almost nothing; only from this size on is a high ratio a bomb."""

_EXPORT_AGAIN = "export the sheet again as .xlsx or .csv"
_OLE = b"\xd0\xcf\x11\xe0"
_REQUIRED = ("[Content_Types].xml", "xl/workbook.xml")
_CHUNK = 1 << 20
_ENCODING = re.compile(rb"""(?:\xef\xbb\xbf)?\s*<\?xml\b[^>]*?\sencoding\s*=\s*["']([^"']*)["']""")
_PLAIN_ENCODINGS = (b"utf-8", b"us-ascii", b"ascii")

Parts = Mapping[str, bytes]
"""Name of each part of a workbook → its unpacked bytes."""


def unpack(data: bytes, where: str) -> Parts:
    """Every part of the workbook, unpacked and checked. Raises SnapshotRefused; `where` is 'sheet/file'."""
    if data.startswith(_OLE):
        raise SnapshotRefused(f"{where} is protected by a password or in the old .xls format: {_EXPORT_AGAIN}.")
    if not data.startswith(b"PK"):
        raise SnapshotRefused(f"{where} is no Excel workbook: {_EXPORT_AGAIN}.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_directory(entries, len(data), where)
            parts = _read_all(archive, entries, where)
    # what zipfile raises on damaged input: its own error, zlib's, and the plain ones of its unpacking
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, OSError, RuntimeError) as error:
        raise SnapshotRefused(f"{where} is cut or damaged ({_sentence(error)}): {_EXPORT_AGAIN}.") from error
    for name in _REQUIRED:
        if name not in parts:
            raise SnapshotRefused(f"{where} is no Excel workbook, it has no part '{name}': {_EXPORT_AGAIN}.")
    _check_content(parts, where)
    return parts


def plain_copy(parts: Parts) -> bytes:
    """The same workbook as an uncompressed archive of exactly these parts."""
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return copy.getvalue()


def _check_directory(entries: list[zipfile.ZipInfo], packed: int, where: str) -> None:
    if len(entries) > MAX_ENTRIES:
        raise SnapshotRefused(f"{where} has {len(entries):,} parts, the limit is {MAX_ENTRIES:,}: {_EXPORT_AGAIN}.")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED:
        raise SnapshotRefused(f"{where} unpacks to {unpacked:,} bytes, the limit is {MAX_UNPACKED:,}: {_EXPORT_AGAIN}.")
    if unpacked > RATIO_COUNTS_FROM and unpacked > MAX_RATIO * packed:
        raise SnapshotRefused(f"{where} unpacks to more than {MAX_RATIO} times its size: {_EXPORT_AGAIN}.")
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        if fault := _entry_fault(entry, name in seen):
            raise SnapshotRefused(f"{where} has a part '{_shown(name)}' {fault}: {_EXPORT_AGAIN}.")
        seen.add(name)


def _entry_fault(entry: zipfile.ZipInfo, repeated: bool) -> str | None:
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    if repeated:
        return "twice"
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", entry.filename):
        return "whose name leads out of the workbook"
    if path.name.casefold() == "vbaproject.bin":
        return "with macros"
    if entry.flag_bits & 0x1:
        return "that is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "in a compression that Excel does not use"
    if entry.file_size > RATIO_COUNTS_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        return f"that unpacks to more than {MAX_RATIO} times its size"
    return None


def _read_all(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], where: str) -> dict[str, bytes]:
    """All parts, counting what really comes out: the sizes in the directory are only a claim."""
    parts: dict[str, bytes] = {}
    left = MAX_UNPACKED
    for entry in entries:
        if entry.is_dir():
            continue
        chunks: list[bytes] = []
        with archive.open(entry) as stream:
            while chunk := stream.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise SnapshotRefused(f"{where} unpacks to more than {MAX_UNPACKED:,} bytes: {_EXPORT_AGAIN}.")
                chunks.append(chunk)
        parts[entry.filename] = b"".join(chunks)
    return parts


def _check_content(parts: Parts, where: str) -> None:
    texts = shared_lengths(parts)
    for name, content in parts.items():
        if name.startswith("xl/media/"):  # pictures: no parser of ours opens them
            continue
        if _hides_text(name, content):
            raise SnapshotRefused(f"{where} has a part '{_shown(name)}' that is not UTF-8: {_EXPORT_AGAIN}.")
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise SnapshotRefused(f"{where} has a part '{_shown(name)}' that declares entities: {_EXPORT_AGAIN}.")
        if b"sheetData" in content:
            check_extent(content, texts, where)


def _hides_text(name: str, content: bytes) -> bool:
    """Whether an XML parser would read other letters than the search for entities below sees."""
    declared = _ENCODING.match(content)
    return (
        content.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"))
        or (name.endswith((".xml", ".rels", ".vml")) and b"\0" in content)
        or (declared is not None and declared[1].lower() not in _PLAIN_ENCODINGS)
    )


def _shown(name: str) -> str:
    return name if name.isprintable() else repr(name)[1:-1]


def _sentence(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".") or type(error).__name__
