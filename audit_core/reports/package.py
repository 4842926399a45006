"""The workbook as bytes: openpyxl's package with the long rows put in, the same bytes for the same input."""

import io
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook

_LEVEL: Final = 3
"""Of compression: a third of the time of the usual 6, for a file that is a sixth larger."""


def pack(book: Workbook, rows: Mapping[str, tuple[int, Iterator[bytes]]], now: datetime) -> bytes:
    """Save the workbook. `rows`: worksheet title → (how many rows, their XML), to stand under its header row."""
    draft, made = io.BytesIO(), io.BytesIO()
    book.save(draft)
    parts = {f"xl/worksheets/sheet{place}.xml": title for place, title in enumerate(book.sheetnames, start=1)}
    stamp = now.astimezone(UTC)
    with ZipFile(draft) as source, ZipFile(made, "w") as target:
        for name in source.namelist():
            # the same moment on every part, so that the same request gives the same bytes
            info = ZipInfo(name, (stamp.year, stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second))
            info.compress_type = ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            info._compresslevel = _LEVEL  # type: ignore[attr-defined]  # public only from Python 3.13 on
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _modified(content, stamp)
            title = parts.get(name, "")
            if title not in rows:
                target.writestr(info, content)
                continue
            count, pieces = rows[title]
            before, after = _around(content, count)
            with target.open(info, "w", force_zip64=True) as stream:
                stream.write(before)
                for piece in pieces:
                    stream.write(piece)
                stream.write(after)
    return made.getvalue()


def _around(content: bytes, rows: int) -> tuple[bytes, bytes]:
    """A worksheet's XML before and after its rows, with its size put right.

    Ids are text here on purpose, so Excel is told not to mark every one of them as a number stored as text.
    """
    before, end, after = content.partition(b"</sheetData>")
    before = re.sub(rb'<dimension ref="A1:([A-Z]+)1" ?/>', rb'<dimension ref="A1:\g<1>%d"/>' % (rows + 1), before)
    width = re.search(rb'<dimension ref="A1:([A-Z]+)', before)
    if width is not None:
        quiet = b'<ignoredErrors><ignoredError sqref="A1:%s%d" numberStoredAsText="1"/></ignoredErrors>'
        after = after.replace(b"</headerFooter>", b"</headerFooter>" + quiet % (width.group(1), rows + 1))
    return before, end + after


def _modified(content: bytes, stamp: datetime) -> bytes:
    """openpyxl writes the clock's time; the request's time is put in its place."""
    return re.sub(
        rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), content
    )
