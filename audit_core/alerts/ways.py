"""The ways to a receiver: an e-mail, a signed call of a webhook, a chat. Each tries once and says how that ended.

What may have arrived has to be told from what cannot have, so mail and the webhook go by this program's own post, which
knows at which byte a message was handed over. Slack and Teams go by apprise, which knows how each wants it.
"""

import hashlib
import hmac
import json
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final, Protocol

from audit_core.alerts.chat import CHAT_URLS, Chat
from audit_core.alerts.content import Content, text_of
from audit_core.alerts.targets import Target
from audit_core.delivery.answers import Answer
from audit_core.delivery.hook import Hook
from audit_core.delivery.letter import put_header
from audit_core.delivery.post import PASSWORD, STEP_S, Post
from audit_core.errors import ConfigError
from audit_core.settings.environment import secret
from audit_core.workspace import Workspace

MAIL_PASSWORD: Final = "REDLINE_ALERTS_SMTP_PASSWORD"
HOOK_SECRET: Final = "REDLINE_ALERTS_WEBHOOK_SECRET"
"""The variables of the environment that hold what only this program may know."""

END_S: Final = STEP_S
"""How long a mail server may look through a notice: others wait behind it, and what is unclear goes again, marked."""


class Way(Protocol):
    """A way to one receiver."""

    def open(self) -> None:
        """Make sure that it can be used. Raises Unreachable: then nothing was begun."""

    def send(self, key: str, content: Content, now: datetime, *, again: bool) -> Answer:
        """One message, once. Never raises for what a server or a network does."""

    @property
    def stopped_early(self) -> bool:
        """Of a message whose sending was interrupted: whether nothing of it can have arrived."""


class Ways:
    """The ways of one run: the mail server is spoken to in one session."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._post: Post | None = None

    def to(self, target: Target) -> Way:
        """The way to a receiver. Raises ConfigError where something that it needs is not there, in one sentence."""
        if target.mail:
            self._post = self._post or self._mail_server()
            return Mail(self._post, self._sender(), target.to)
        config = self._workspace.config
        if target.channel in CHAT_URLS:
            name = CHAT_URLS[target.channel]
            url = secret(config, name)
            if url is None:
                raise ConfigError(f"alerts.{target.channel}: found it enabled, expected also its address in {name}.")
            return Chat(target, url)
        key = secret(config, HOOK_SECRET)
        if key is None:
            raise ConfigError(
                f"alerts.webhook: found an address, expected also a secret to sign with in {HOOK_SECRET}."
            )
        return SignedHook(target.to, key)

    def leave(self) -> None:
        """End the session with the mail server, if there is one."""
        if self._post is not None:
            self._post.leave()

    def _mail_server(self) -> Post:
        settings, config = self._workspace.settings, self._workspace.config
        if (own := settings.alerts.email.server) is not None:
            return Post(own, secret(config, MAIL_PASSWORD), "alerts.email", MAIL_PASSWORD, end_s=END_S)
        if settings.delivery.smtp is None:
            raise ConfigError("alerts.email.smtp_host: found null, expected a mail server here or in delivery.smtp.")
        return Post(settings.delivery.smtp, secret(config, PASSWORD), end_s=END_S)

    def _sender(self) -> str:
        settings = self._workspace.settings
        of_delivery = settings.delivery.smtp.sender if settings.delivery.smtp else ""
        return settings.alerts.email.sender or of_delivery


class Mail:
    """One address, by a session with the mail server."""

    def __init__(self, post: Post, sender: str, to: str) -> None:
        self._post, self._sender, self._to = post, sender, to

    def open(self) -> None:
        self._post.open()

    def send(self, key: str, content: Content, now: datetime, *, again: bool) -> Answer:
        return self._post.send(self._to, mail(content, self._sender, self._to, key, now, again=again))

    @property
    def stopped_early(self) -> bool:
        return not self._post.handed_over


def mail(content: Content, sender: str, to: str, key: str, now: datetime, *, again: bool) -> bytes:
    """The e-mail as it is sent. All tries of a message have one Message-ID."""
    made = EmailMessage(SMTP)
    made["From"] = Address(addr_spec=sender)
    made["To"] = Address(addr_spec=to)
    put_header(made, "Subject", f"{content.title} (again)" if again else content.title)
    made["Date"] = format_datetime(now)
    made["Message-ID"] = f"<{key}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"  # so that no holiday note answers a program
    made.set_content(text_of(content, again=again), cte="quoted-printable")
    return made.as_bytes(policy=SMTP.clone(max_line_length=998))  # as delivery.letter: a plain line is not folded


class SignedHook:
    """An address that is called with JSON. Its receiver can tell by the signature that it is ours, and of when."""

    def __init__(self, url: str, key: str) -> None:
        self._url, self._key = url, key

    def open(self) -> None:
        """There is no session to open."""

    def send(self, key: str, content: Content, now: datetime, *, again: bool) -> Answer:
        body = json.dumps({"id": key, "again": again, **content.to_json()}, sort_keys=True).encode()
        stamp = str(int(now.timestamp()))
        headers = {"X-Redline-Timestamp": stamp, "X-Redline-Signature": f"sha256={signature(self._key, stamp, body)}"}
        return Hook(self._url, None, (self._key,)).send(key, body, headers)

    @property
    def stopped_early(self) -> bool:
        return False


def signature(key: str, stamp: str, body: bytes) -> str:
    """HMAC-SHA256, in hexadecimal digits, over the timestamp, a full stop and the body."""
    return hmac.new(key.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
