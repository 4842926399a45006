"""What a message says, whatever stands in the documents: nothing in it can become a header or markup."""

import json
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_core.delivery.deliveries import Way
from audit_core.delivery.letter import Letter, key_of, mail, posted, subject
from audit_core.documents import Document, File, Kind

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOSTILE = (
    "x\r\nBcc: everybody@example.com\r\n\r\nhello",
    "x\nTo: somebody@example.com",
    "=?utf-8?q?=0D=0ABcc:_everybody@example.com?=",
    "<script>alert(1)</script> & <img src=//evil.example>",
    "\u202egnp.exe\u2066 \x00\x07 \ud800",
    "ü" * 400,
    "word " * 200,
    ".\r\n.\r\nMAIL FROM:<x@example.com>",
)
SETTINGS: Any = SimpleNamespace(delivery=SimpleNamespace(smtp=SimpleNamespace(sender="redline@example.com")))


def made(text: str, kind: Kind = Kind.AUDIT, system: str = "Redline") -> Letter:
    """A letter of a document in which a text stands wherever one can."""
    file = File(Path("/data") / f"{text.replace('/', '').replace(chr(0), '')[:60]}.xlsx", "0" * 64, 3)
    document = Document(
        kind, 7, NOW, "ann@x.example", text, (text, "2 of them flagged", text), text, date(2025, 8, 17), text, (file,),
        newest=True,
    )  # fmt: skip
    return Letter(document, NOW.date(), system, "0" * 40, f"redline:7:{'a' * 64}", ((file, b"abc"),))


def sent(of: Letter) -> EmailMessage:
    """As a mail program reads what went over the line."""
    content = mail(of, SETTINGS, "bob@example.com", NOW)
    assert all(line.endswith(b"\r\n") for line in content.splitlines(keepends=True)[:-1])
    assert max(map(len, content.splitlines())) <= 998
    return message_from_bytes(content, _class=EmailMessage, policy=policy.default)


def check(of: Letter) -> EmailMessage:
    message = sent(of)
    assert sorted(message.keys()) == [
        "Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To",
    ]  # fmt: skip
    assert str(message["To"]) == "bob@example.com"
    assert message["Message-ID"] == f"<{'0' * 40}@example.com>"
    told = subject(of)
    assert "\n" not in told
    assert len(told) <= 160
    assert "".join(str(message["Subject"]).split()) == "".join(told.split())
    assert [part.get_payload(decode=True) for part in message.iter_attachments()] == [b"abc"]
    rich = message.get_body(("html",))
    assert rich is not None
    assert "<script" not in rich.get_content()
    assert "<img" not in rich.get_content()
    assert "\u202e" not in rich.get_content()
    return message


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_header_or_markup(text: str, kind: Kind) -> None:
    check(made(text, kind))
    said = json.loads(posted(made(text, kind), Way("customer", "https://x.example", 7)))
    assert "\n" not in said["subject"]


@given(st.text(st.characters(exclude_characters="/\0"), max_size=300))
def test_no_text_at_all_does(text: str) -> None:
    check(made(text))


def test_the_name_of_the_installation_is_text_too() -> None:
    of = made("everything", system='Red\\line "x" <a@b.c>, you')
    (sender,) = sent(of)["From"].addresses
    assert (sender.addr_spec, sender.display_name) == ("redline@example.com", 'Red\\line "x" <a@b.c>, you')
    (sender,) = sent(made("everything", system="Prüfung, Nord"))["From"].addresses
    assert (sender.addr_spec, sender.display_name) == ("redline@example.com", "Prüfung, Nord")


def test_a_key_is_the_same_for_all_tries_and_no_other_delivery_has_it() -> None:
    document = made("everything").document
    way = Way("customer", "bob@example.com", 7)
    ways = (way, way._replace(to="amy@example.com"), way._replace(subscription="other"), way._replace(document=8))
    keys = [key_of(each, document, round_) for each in ways for round_ in (0, 1)]
    assert len(set(keys)) == len(keys)
    assert key_of(way, document, 0) == keys[0]
