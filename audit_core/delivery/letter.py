"""What is sent: a document with three facts, the hashes of its files and a witness, as e-mail or as JSON."""

import base64
import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from html import escape
from typing import Any, Final

from audit_core.delivery.deliveries import Way
from audit_core.documents.document import Document, File, Kind, read
from audit_core.settings import Settings
from audit_core.store.anchors import of_size
from audit_core.workspace import Workspace

_LONGEST_SUBJECT: Final = 160
_TYPES: Final = {
    ".xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ".pdf": ("application", "pdf"),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """A document, ready to go. `day`: the business day on which it was made.

    `contents`: its files as they were sealed; none where they are too large to attach.
    """

    document: Document
    day: date
    system: str
    key: str
    anchor: str
    contents: tuple[tuple[File, bytes], ...]

    @property
    def attached(self) -> bool:
        """Whether the files go along."""
        return bool(self.contents)


def key_of(way: Way, document: Document, round_: int) -> str:
    """What all tries of one round have in common, and nothing else: a receiver can tell by it what came twice."""
    told = [*way, document.made_at.isoformat(), [file.sha256 for file in document.files], round_]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:40]


def letter(workspace: Workspace, document: Document, key: str) -> Letter:
    """The document with its files read. Raises as `read` does: what is gone or was altered is not sent."""
    settings = workspace.settings
    contents = tuple((file, read(file)) for file in document.files)
    fits = document.size <= settings.delivery.attach_megabytes * 1_000_000
    # of the size that the record had with this document, so that every try says the same
    anchor = of_size(workspace.store.database.connection(), document.event_id, "delivery").short()
    day = document.made_at.astimezone(settings.zone).date()
    return Letter(document, day, plain_line(settings.system.name), key, anchor, contents if fits else ())


def subject(of: Letter) -> str:
    """What it is and which week, on one line."""
    document = of.document
    if document.kind is Kind.PACKET:
        told = f"{document.title}: {document.facts[0]}, {document.facts[1]}"
    else:
        week = f"week ending {document.week}" if document.week else f"made {of.day}"
        told = f"Audit of billing changes, {week}: {document.facts[0]}"
    line = plain_line(f"[{of.system}] {told}")
    return line if len(line) <= _LONGEST_SUBJECT else f"{line[: _LONGEST_SUBJECT - 3]}..."


def plain_line(text: str) -> str:
    """Text on one line, without what would end a header, turn the reading direction or not be seen."""
    shown = "".join(" " if unicodedata.category(each) in ("Cc", "Cf", "Cs", "Zl", "Zp") else each for each in text)
    # nor what mail programs would decode
    return re.sub(r"\s+", " ", shown.replace("=?", "= ?")).strip()


def mail(of: Letter, settings: Settings, to: str, now: datetime) -> bytes:
    """The e-mail as it is sent: plain text and short HTML, the files attached."""
    smtp = settings.delivery.smtp
    sender = smtp.sender if smtp else ""
    name, _, domain = sender.rpartition("@")
    made = EmailMessage(SMTP)
    put_header(
        made, "From", Address(of.system, name, domain) if of.system.isascii() else formataddr((of.system, sender))
    )
    made["To"] = Address(addr_spec=to)
    put_header(made, "Subject", subject(of))
    made["Date"] = format_datetime(now)
    made["Message-ID"] = f"<{of.key}@{domain}>"
    made["Auto-Submitted"] = "auto-generated"  # so that no holiday note answers a program
    made.set_content("\n".join(_lines(of)) + "\n", cte="quoted-printable")
    made.add_alternative(_html(of), subtype="html", cte="quoted-printable")
    for file, content in of.contents:
        main, sub = _TYPES.get(file.path.suffix, ("application", "octet-stream"))
        made.add_attachment(content, maintype=main, subtype=sub, filename=plain_line(file.name))
    # a plain line is not folded: Python would do it before its first word, which some programs show as a blank
    return made.as_bytes(policy=SMTP.clone(max_line_length=998))


def put_header(made: EmailMessage, name: str, value: str | Address) -> None:
    """A header. Other than plain letters are encoded by the older of Python's two ways: the newer loses some."""
    if isinstance(value, str) and not value.isascii():
        made.set_raw(name, Header(value, "utf-8", maxlinelen=76, header_name=name).encode(linesep="\r\n"))
    else:
        made[name] = value


def posted(of: Letter, way: Way) -> bytes:
    """The same for a webhook: JSON, the files in base64."""
    document = of.document
    contents = {file.name: base64.b64encode(content).decode() for file, content in of.contents}
    files = [
        {"name": file.name, "sha256": file.sha256, "size": file.size, "content_base64": contents.get(file.name)}
        for file in document.files
    ]
    said: dict[str, Any] = {
        "idempotency_key": of.key,
        "subscription": way.subscription,
        "subject": subject(of),
        "kind": document.kind.value,
        "document_event_id": document.event_id,
        "made_at": document.made_at.isoformat(),
        "work_request": document.work_request,
        "week_ending": document.week.isoformat() if document.week else None,
        "variant": document.variant,
        "facts": list(document.facts),
        "anchor": of.anchor,
        "files": files,
    }
    return json.dumps(said, sort_keys=True).encode()


def _intro(of: Letter) -> str:
    if of.document.kind is Kind.PACKET:
        return f"here is the packet of {plain_line(of.document.title)}."
    return f"here is the newest audit workbook ({plain_line(of.document.title)})."


def _advice(of: Letter) -> str:
    if of.document.kind is Kind.PACKET:
        return "Consider comparing its total with the bill. Its last part says what changed since it was last made."
    return "Consider beginning with its first worksheet: it says what needs a person, and what to do."


def _enclosed(of: Letter) -> str:
    if of.attached:
        return "Attached:"
    size = f"{of.document.size / 1e6:,.1f} MB"
    return f"The files ({size}) are too large to attach. They lie under Reports in the app (/reports?{_address(of)}):"


def _address(of: Letter) -> str:
    return f"document={of.document.event_id}"


def _proof(of: Letter) -> str:
    return (
        f"{of.anchor} is the state of the record that this document is part of. Please keep this message: with it, "
        "anybody can check later that neither was altered."
    )


def _lines(of: Letter) -> list[str]:
    return [
        "Hello,",
        "",
        _intro(of),
        "",
        *(f"- {plain_line(fact)}" for fact in of.document.facts),
        "",
        _advice(of),
        "",
        _enclosed(of),
        *(line for file in of.document.files for line in (f"  {plain_line(file.name)}", f"  SHA-256 {file.sha256}")),
        "",
        _proof(of),
        "",
        of.system,
    ]


def _html(of: Letter) -> str:
    facts = "".join(f"<li>{escape(plain_line(fact))}</li>" for fact in of.document.facts)
    files = "".join(
        f"<li>{escape(plain_line(file.name))}<br><small>SHA-256 <code>{file.sha256}</code></small></li>"
        for file in of.document.files
    )
    said: Sequence[str] = (
        "<p>Hello,</p>",
        f"<p>{escape(_intro(of))}</p>",
        f"<ul>{facts}</ul>",
        f"<p>{escape(_advice(of))}</p>",
        f"<p>{escape(_enclosed(of))}</p>",
        f"<ul>{files}</ul>",
        f"<p><small>{escape(_proof(of))}</small></p>",
        f"<p>{escape(of.system)}</p>",
    )
    return f"<!doctype html><html><body>{''.join(said)}</body></html>\n"
