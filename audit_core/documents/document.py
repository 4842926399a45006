"""One document: an event of the ledger that seals files, and those files read back with their hash."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

from audit_core import written
from audit_core.errors import AuditError, VerificationFailed
from audit_core.permissions import Permission
from audit_core.rules.base import counted, money_text
from audit_core.store.documents import REPORT_MADE
from audit_core.store.kept_files import ACCESS_PACK_MADE, ACCESS_PDFS, ACCESS_WORKBOOKS, PACKET_MADE


class Kind(StrEnum):
    """What a document is."""

    AUDIT = "audit"
    PACKET = "packet"
    ACCESS = "access"

    @property
    def words(self) -> str:
        """As people say it."""
        return {"audit": "audit workbook", "packet": "packet", "access": "evidence of an access review"}[self.value]

    @property
    def made(self) -> str:
        """The action that seals one."""
        return {"audit": REPORT_MADE, "packet": PACKET_MADE, "access": ACCESS_PACK_MADE}[self.value]

    @property
    def permission(self) -> Permission:
        """Who may see one."""
        return Permission.READ_ACCESS if self is Kind.ACCESS else Permission.READ_REPORTS


@dataclass(frozen=True, slots=True)
class File:
    """One file of a document, as it was sealed. `path`: where it lies. `called`: for people, else ""."""

    path: Path
    sha256: str
    size: int
    called: str = ""

    @property
    def name(self) -> str:
        """As it is handed out."""
        return self.called or self.path.name


@dataclass(frozen=True, slots=True)
class Document:
    """What an event sealed. `week`: the one that it is about, None where it is about several or all.

    `facts`: three of them, as phrases. `newest`: no newer version of the same packet was made. `people`: it says how
    single people edit.
    """

    kind: Kind
    event_id: int
    made_at: datetime
    made_by: str
    title: str
    facts: tuple[str, ...]
    work_request: str | None
    week: date | None
    variant: str | None
    files: tuple[File, ...]
    newest: bool
    people: bool = False

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)

    def gone(self) -> list[File]:
        """The files that are no longer on disk."""
        return [file for file in self.files if not file.path.is_file()]


def document_of(data_dir: Path, event: Mapping[str, Any]) -> Document:
    """The document that an event seals: its sealed columns, and `newest`, the event of the newest version."""
    sealed, kind = written.content(event["evidence"]), next(kind for kind in Kind if kind.made == event["action"])
    week, variant = event["week_ending"], sealed.get("variant")
    called = ""
    if kind is Kind.AUDIT:
        weeks = sealed["filter"].get("week", ())
        week = weeks[0] if len(weeks) == 1 else None
        real_time = sealed.get("request", {}).get("kind", "audit") != "audit"  # earlier versions did not say
        title = f"{'Newest look' if real_time else 'Audit of billing changes'}: {sealed['filter_words']}"
        facts: tuple[str, ...] = (
            f"{counted(sealed['changes'], 'change')} and {counted(sealed['findings'], 'finding')}",
            f"{sealed['flagged']:,} of them flagged",
            counted(sealed["incidents"], "incident"),
        )
        # the name alone: nothing in the record can lead out of the folder
        files = [(data_dir / "reports" / Path(sealed["file"]).name, sealed)]
    elif kind is Kind.ACCESS:
        title, called = f"Access review {sealed['month']}", f"access-review-{sealed['month']}"
        removed = sealed["choices"]["remove"] + sealed["choices"]["reduce"]
        facts = (
            counted(sealed["lines"], "line"),
            f"{removed:,} to be reduced or removed",
            f"signed by {' and '.join(sealed['signed_by'])}",
        )
        files = [
            (data_dir / of.name(sealed[f"{ending}_sha256"]),
             {"sha256": sealed[f"{ending}_sha256"], "size": sealed[f"{ending}_size"]})
            for of, ending in ((ACCESS_WORKBOOKS, "xlsx"), (ACCESS_PDFS, "pdf"))
        ]  # fmt: skip
    else:
        title = f"WR {event['work_request']}, week ending {week}, {variant}"
        facts = (counted(sealed["lines"], "line"), money_text(sealed["total_cents"]), f"variant {variant}")
        files = [(_inside(data_dir, each["file"]), each) for each in sealed["files"]]
    return Document(
        kind=kind,
        event_id=event["event_id"],
        made_at=written.instant(event["timestamp"]),
        made_by=event["changed_by"],
        title=title,
        facts=facts,
        work_request=event["work_request"],
        week=written.day(week) if week else None,
        variant=variant,
        files=tuple(
            File(path.absolute(), each["sha256"], each["size"], called and f"{called}{path.suffix}")
            for path, each in files
        ),
        newest=event["newest"] == event["event_id"],
        people=bool(sealed.get("request", {}).get("people")),
    )


def read(file: File) -> bytes:
    """The content of a file as it was sealed. Raises AuditError when it is gone, VerificationFailed when altered."""
    try:
        content = file.path.read_bytes()
    except FileNotFoundError as error:
        raise AuditError(f"{file.name} is no longer on disk: make it again, or restore it.") from error
    except OSError as error:
        raise AuditError(f"{file.name} cannot be read ({error.strerror or type(error).__name__}).") from error
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise VerificationFailed(f"{file.path} is not the file that was sealed: make it again, or restore it.")
    return content


def _inside(data_dir: Path, name: str) -> Path:
    """The path of a packet's file: nothing in the record may lead out of the folder of packets."""
    parts = PurePosixPath(name).parts
    if parts[:1] != ("packets",) or ".." in parts:
        raise VerificationFailed(f"A packet's event names {name}, which lies outside of the folder packets.")
    return data_dir / name
