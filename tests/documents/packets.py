"""Packets for tests: made up, with real files and an event as the room of packets seals it."""

import hashlib
import io
import json
from datetime import UTC, datetime
from typing import Any

from openpyxl import Workbook

from audit_core.actors import JOBS
from audit_core.packets.appendix import NO_LINES
from audit_core.store.actions import Action
from audit_core.store.ledger import head
from audit_core.store.packets import Packets
from audit_core.workspace import Workspace

NOW = datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)
PDF = b"%PDF-1.7\n% made up for tests\n%%EOF\n"


def workbook(work_request: str, lines: int) -> bytes:
    """A workbook in the shape of a packet's: a summary, and a table of lines."""
    book = Workbook()
    summary = book.worksheets[0]
    summary.title = "Summary"
    for row in (("Packet",), (), ("Work request", work_request), ("Lines", lines), (), ("Made up for tests",)):
        summary.append(row)
    listed = book.create_sheet("Lines")
    listed.append(("Pole", "CU", "Quantity"))
    for number in range(lines):
        listed.append((f"Point {number}", "ANC-10", 2))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def make_packet(
    workspace: Workspace,
    work_request: str = "71891012",
    week: str = "2025-08-17",
    variant: str = "primary",
    lines: int = 3,
    now: datetime = NOW,
    pdf: bytes = PDF,
    **evidence: Any,
) -> int:
    """One version of a packet, its files whole on disk before its event; returns the event's number."""
    data = workspace.settings.data_dir
    contents = {"xlsx": workbook(work_request, lines), "pdf": pdf}
    digest = hashlib.sha256(b"".join(contents.values())).hexdigest()
    files = []
    for ending, content in contents.items():
        name = f"packets/{week}/{work_request}-{variant}-{digest[:8]}.{ending}"
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_bytes(content)
        files.append({"file": name, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)})
    sealed = {
        "files": files, "variant": variant, "lines": lines, "total_cents": lines * 11_368,
        "lines_sha256": Packets(workspace.store).keep_lines(NO_LINES), **evidence,
    }  # fmt: skip
    text = f"Packet of WR {work_request}, week ending {week}, {variant}: {lines:,} lines."
    return seal(workspace, "packet_made", text, work_request, week, sealed, now)


def empty_packet(workspace: Workspace, work_request: str, week: str, variant: str = "primary") -> int:
    """The packet has no lines any more."""
    text = f"Packet of WR {work_request}, week ending {week}, {variant} has no lines any more."
    return seal(workspace, "packet_emptied", text, work_request, week, {"variant": variant}, NOW)


def seal(
    workspace: Workspace, name: str, text: str, work_request: str, week: str, sealed: dict[str, Any], now: datetime
) -> int:
    fields = {"work_request": work_request, "week_ending": week, "evidence": json.dumps(sealed, sort_keys=True)}
    with workspace.store.database.write() as connection:
        workspace.store.seal(connection, Action(name, text, JOBS, fields=fields), now)
        return head(connection).size
