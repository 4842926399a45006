"""The evidence pack of a signed access review: a workbook and a PDF, whole on disk before the ledger speaks of them."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from audit_core import written
from audit_core.access_review.document import gather
from audit_core.access_review.pdf import pdf
from audit_core.access_review.workbook import workbook
from audit_core.actors import Actor
from audit_core.permissions import Permission, require
from audit_core.store.access import SIGNED
from audit_core.store.access_reviews import AccessReviewEvents
from audit_core.store.actions import Action
from audit_core.store.files import write_whole
from audit_core.store.kept_files import ACCESS_PACK_MADE, ACCESS_PDFS, ACCESS_WORKBOOKS
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Pack:
    """The files of an evidence pack, and the event that seals them: in the library it goes by that number."""

    month: str
    event_id: int
    workbook: Path
    pdf: Path


def make_pack(workspace: Workspace, actor: Actor, month: str, run_id: str, now: datetime) -> Pack:
    """Make the pack of a review that is signed in full; one that was made stays. Raises NotAllowed and ConfigError."""
    require(actor, Permission.REVIEW_ACCESS)
    store = workspace.store
    events = AccessReviewEvents(store.database)
    if made := events.pack(month):
        return _pack(workspace, made)
    with store.database.read():
        document = gather(workspace, month)
    book, paper = workbook(document), pdf(document)
    book_sha256, paper_sha256 = (hashlib.sha256(content).hexdigest() for content in (book, paper))
    write_whole(store.data_dir / ACCESS_WORKBOOKS.name(book_sha256), book)
    write_whole(store.data_dir / ACCESS_PDFS.name(paper_sha256), paper)
    choices = {choice.value: count for choice, count in document.choices().items()}
    evidence = {
        "month": month, "lines": len(document.review.lines), "choices": choices,
        "signed_by": [each.by for each in document.review.signatures], "ledger_size": document.anchor.size,
        "root": document.anchor.root, "xlsx_sha256": book_sha256, "xlsx_size": len(book),
        "pdf_sha256": paper_sha256, "pdf_size": len(paper),
    }  # fmt: skip
    told = f"Evidence pack of the access review of {month} made: {len(document.review.lines):,} lines, Excel and PDF."
    fields = {"audit_run_id": run_id, "evidence": json.dumps(evidence, sort_keys=True)}
    with store.database.write() as connection:
        if (made := events.pack(month)) is None:
            store.seal(connection, Action(ACCESS_PACK_MADE, told, actor, fields=fields), now)
            made = events.pack(month)
    store.keep_anchor(run_id, now)
    return _pack(workspace, made or {})


def pack_event(workspace: Workspace, actor: Actor, month: str) -> int | None:
    """The event of a month's evidence pack, which names it in the library; None before it. Raises NotAllowed."""
    require(actor, Permission.READ_ACCESS)
    made = AccessReviewEvents(workspace.store.database).pack(month)
    return made["event_id"] if made else None


def missing_packs(workspace: Workspace, actor: Actor, run_id: str, now: datetime) -> list[Pack]:
    """Make the packs of signed reviews that have none, such as after a crash. Raises NotAllowed."""
    require(actor, Permission.REVIEW_ACCESS)
    months = AccessReviewEvents(workspace.store.database).signed_without_pack(SIGNED)
    return [make_pack(workspace, actor, month, run_id, now) for month in months]


def _pack(workspace: Workspace, made: dict[str, Any]) -> Pack:
    said, folder = written.content(made["evidence"]), workspace.store.data_dir
    places = (folder / ACCESS_WORKBOOKS.name(said["xlsx_sha256"]), folder / ACCESS_PDFS.name(said["pdf_sha256"]))
    return Pack(said["month"], made["event_id"], *(each.absolute() for each in places))
