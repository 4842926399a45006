"""Taking documents away: one file, or several documents as one zip. Either is an event of the ledger."""

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from audit_core.actors import Actor
from audit_core.documents.document import Document, File, Kind, read
from audit_core.documents.library import document, documents
from audit_core.errors import AuditError
from audit_core.reports.shelf import hand_out_report
from audit_core.store.actions import Action
from audit_core.workspace import Workspace

TAKEN: Final = "packet_downloaded"
"""The action that seals that somebody took a file of a packet."""

EVIDENCE_TAKEN: Final = "access_pack_downloaded"
"""The action that seals that somebody took a file of the evidence of an access review."""

BUNDLED: Final = "documents_downloaded"
"""The action that seals that somebody took several documents at once."""

MOST_BYTES: Final = 200_000_000
MOST_DOCUMENTS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Bundle:
    """A zip of documents, and how many files of theirs are in it."""

    file_name: str
    content: bytes
    sha256: str
    files: int


def hand_out(workspace: Workspace, actor: Actor, event_id: int, name: str, now: datetime) -> bytes:
    """The content of a document's file, for somebody who takes it away. Raises NotAllowed, and as `read`."""
    wanted = document(workspace, actor, event_id)
    if wanted.kind is Kind.AUDIT:
        return hand_out_report(workspace, actor, event_id, now)
    file = next((each for each in wanted.files if each.name == name), None)
    if file is None:
        raise AuditError(f"The document of event {event_id} has no file {name}.")
    content = read(file)
    packet = wanted.kind is Kind.PACKET
    proof = {"packet_event_id" if packet else "pack_event_id": event_id, "file": name, "sha256": file.sha256}
    fields = {
        "evidence": json.dumps(proof, sort_keys=True),
        "work_request": wanted.work_request,
        "week_ending": wanted.week.isoformat() if wanted.week else None,
    }
    action = Action(TAKEN if packet else EVIDENCE_TAKEN, f"{name} was downloaded.", actor, fields=fields)
    workspace.store.seal_taken(actor, action, now)
    return content


def bundle(workspace: Workspace, actor: Actor, event_ids: Sequence[int], now: datetime) -> Bundle:
    """Several documents as one zip: the same documents, the same bytes.

    Raises NotAllowed, AuditError where they are too many, too large or one is gone, VerificationFailed where one was
    altered: nothing is handed out that lacks a part.
    """
    wanted = documents(workspace, actor, event_ids)
    if not wanted:
        raise AuditError("Nothing was chosen to be taken along.")
    size = sum(each.size for each in wanted)
    if len(wanted) > MOST_DOCUMENTS or size > MOST_BYTES:
        raise AuditError(
            f"{len(wanted):,} documents of {size / 1e6:,.0f} MB are too much for one zip (at most {MOST_DOCUMENTS:,} "
            f"documents and {MOST_BYTES / 1e6:,.0f} MB): choose fewer, such as one week."
        )
    named = [(_place(each, file), file, each) for each in wanted for file in each.files]
    stream = io.BytesIO()
    with ZipFile(stream, "w", ZIP_STORED) as archive:  # workbooks and PDFs are compressed already
        for name, file, of in named:
            _put(archive, name, read(file), of.made_at)
        sums = "".join(f"{file.sha256}  {name}\n" for name, file, _ in named)
        _put(archive, "SHA256SUMS", sums.encode(), max(each.made_at for each in wanted))
    content = stream.getvalue()
    made = Bundle(_named(wanted), content, hashlib.sha256(content).hexdigest(), len(named))
    evidence = {
        "documents": [each.event_id for each in wanted], "files": {name: file.sha256 for name, file, _ in named},
        "sha256": made.sha256, "size": len(content),
    }  # fmt: skip
    told = f"{len(wanted):,} documents were downloaded as one zip of {len(named):,} files; SHA-256 {made.sha256}."
    action = Action(BUNDLED, told, actor, fields={"evidence": json.dumps(evidence, sort_keys=True)})
    workspace.store.seal_taken(actor, action, now)
    return made


def _place(of: Document, file: File) -> str:
    """Where a file lies in the zip: by kind and week. Its event in front, so that no two have one name."""
    folder = Path("packets", of.week.isoformat() if of.week else "no week") if of.kind is Kind.PACKET else Path(of.kind)
    return (folder / f"{of.event_id}-{file.name}").as_posix()


def _put(archive: ZipFile, name: str, content: bytes, at: datetime) -> None:
    info = ZipInfo(name, at.astimezone(UTC).timetuple()[:6])
    info.external_attr = 0o644 << 16
    archive.writestr(info, content)


def _named(wanted: Sequence[Document]) -> str:
    weeks = {each.week for each in wanted}
    (only,) = weeks if len(weeks) == 1 else (None,)
    return f"redline-documents-{only.isoformat()}.zip" if only else "redline-documents.zip"
