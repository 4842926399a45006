"""The settings about what is sent to whom: subscriptions, and the mail server that carries what goes by e-mail."""

import re
from datetime import date
from ipaddress import ip_address
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from audit_core.settings.types import Group, Port, Sunday, Text, TimeOfDay, Weekday, whole

_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


def is_here(host: str | None) -> bool:
    """Whether a host is this machine: only there may anything go without TLS."""
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"


def _mail_address(text: str) -> str:
    if not _ADDRESS.fullmatch(text) or len(text) > 254:
        raise ValueError("not an e-mail address")
    return text


def check_hook_address(text: str) -> str:
    """An address that anything may be posted to. Raises ValueError."""
    parts = urlsplit(text)
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_here(parts.hostname))
    if not safe or not parts.hostname or parts.username is not None or (parts.port or 1) < 1 or not text.isascii():
        raise ValueError("not an address that a document may go to")
    if re.search(r"[\x00-\x20\x7f]", text):
        raise ValueError("not an address")
    return text


def _subscription_name(text: str) -> str:
    if not (text.isascii() and text.isidentifier() and text.islower() and len(text) <= 40):
        raise ValueError("not a name")
    return text


MailAddress = Annotated[
    Annotated[str, AfterValidator(_mail_address)], Field(description='an e-mail address, like "audit@example.com"')
]


class SmtpSettings(Group):
    """The mail server; its password comes from the environment (REDLINE_SMTP_PASSWORD)."""

    host: Annotated[Text, Field(description="the name of a mail server")]
    port: Port = 587
    security: Annotated[
        Literal["starttls", "tls", "none"],
        Field(
            validate_default=True,
            description='"starttls" or "tls", or "none" where host is this machine (127.0.0.1 or localhost)',
        ),
    ] = "starttls"
    user: Text | None = Field(default=None, description="null or the name to sign in with at the mail server")
    sender: MailAddress

    @field_validator("security")
    @classmethod
    def _safe(cls, security: str, info: ValidationInfo) -> str:
        if security == "none" and "host" in info.data and not is_here(info.data["host"]):
            raise ValueError("in the clear, and not to this machine")
        return security


class HookSettings(Group):
    """An address that documents are posted to; its token comes from the environment."""

    url: Annotated[
        Annotated[str, AfterValidator(check_hook_address)],
        Field(description="an address that begins with https:// (http:// only to this machine)"),
    ]


class Subscription(Group):
    """Who gets what: audit workbooks that the job `report` makes, or packets from a first week on."""

    name: Annotated[
        Annotated[str, AfterValidator(_subscription_name)],
        Field(description='a name of small letters, digits and underscores, like "management"'),
    ]
    what: Annotated[Literal["audit", "packets"], Field(description='"audit" or "packets"')]
    first_week: Annotated[
        Sunday | None,
        Field(
            validate_default=True,
            description='the date of the first Sunday whose packets are sent for "packets", null for "audit"',
        ),
    ] = None
    to: Annotated[tuple[MailAddress, ...], Field(description="a list of e-mail addresses, none twice")] = ()
    webhook: HookSettings | None = Field(
        default=None,
        validate_default=True,
        description="an object with the key url where to is empty, else null: a subscription goes one way",
    )

    @field_validator("first_week")
    @classmethod
    def _week_fits(cls, week: date | None, info: ValidationInfo) -> date | None:
        # asked for, because packets of all weeks at once would be thousands of messages that nobody wants back
        if "what" in info.data and (week is None) == (info.data["what"] == "packets"):
            raise ValueError("packets have a first week, audit workbooks none")
        return week

    @field_validator("to")
    @classmethod
    def _each_once(cls, to: tuple[str, ...]) -> tuple[str, ...]:
        if len({each.casefold() for each in to}) != len(to):
            raise ValueError("an address stands twice")
        return to

    @field_validator("webhook")
    @classmethod
    def _one_way(cls, webhook: HookSettings | None, info: ValidationInfo) -> HookSettings | None:
        if "to" in info.data and (webhook is None) != bool(info.data["to"]):
            raise ValueError("neither, or both")
        return webhook

    @property
    def targets(self) -> tuple[str, ...]:
        """Whom it goes to, each by itself: e-mail addresses, or the one address of a webhook."""
        return (self.webhook.url,) if self.webhook else self.to

    @property
    def token_name(self) -> str:
        """The variable of the environment that holds the token of its webhook."""
        return f"REDLINE_WEBHOOK_TOKEN_{self.name.upper()}"


class DeliverySettings(Group):
    """What is sent to whom, and when the audit workbook is made that subscribers of it get."""

    smtp: Annotated[
        SmtpSettings | None, Field(description="null or an object with the keys host, port, security, user, sender")
    ] = None
    subscriptions: Annotated[
        tuple[Subscription, ...],
        Field(
            description="a list of objects, one for each subscription, each name once; "
            "e-mail addresses need delivery.smtp"
        ),
    ] = ()
    report_weekday: Annotated[
        Weekday | None, Field(description='null (every day) or the English name of a weekday, like "Monday"')
    ] = "Monday"
    report_at: TimeOfDay = "06:30"
    attach_megabytes: Annotated[int, whole(1, 100)] = 10

    @field_validator("subscriptions")
    @classmethod
    def _fit_together(cls, several: tuple[Subscription, ...], info: ValidationInfo) -> tuple[Subscription, ...]:
        if len({each.name for each in several}) != len(several):
            raise ValueError("a name stands twice")
        if any(each.to for each in several) and info.data.get("smtp", 0) is None:
            raise ValueError("no mail server")
        return several
