"""The settings about alerts: where notices go, from which severity on, when it is quiet, and who comes second.

Which notices there are says audit_core/alerts/kinds; this file knows their names, so that a wrong one is refused.
"""

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from audit_core.settings.delivery import MailAddress, SmtpSettings, check_hook_address, is_here
from audit_core.settings.types import Flag, Group, Port, Text, TimeOfDay, WebAddress, Weekday, whole

KindName = Literal[
    "risk", "forecast", "unread", "blind", "late", "failing", "down", "settings", "record", "backup", "drill",
    "disk", "deliveries", "access_review", "training", "sign_in", "channel", "watcher",
]  # fmt: skip
"""What a kind of notice can be called."""

SeverityName = Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]
_KINDS = ", ".join(get_args(KindName))
_Minimum = Annotated[SeverityName, Field(description='"LOW", "MEDIUM", "HIGH" or "CRITICAL"')]


def _twice(addresses: tuple[str, ...]) -> bool:
    return len({each.casefold() for each in addresses}) != len(addresses)


class EmailSettings(Group):
    """By e-mail, through the mail server named here, or that of `delivery.smtp` where `smtp_host` is null.

    The password for `user` comes from the environment (REDLINE_ALERTS_SMTP_PASSWORD).
    """

    enabled: Flag = False
    smtp_host: Text | None = Field(default=None, description="null or the name of a mail server")
    smtp_port: Port = 587
    security: Annotated[
        Literal["starttls", "tls", "none"],
        Field(
            validate_default=True,
            description='"starttls" or "tls", or "none" where smtp_host is this machine (127.0.0.1 or localhost)',
        ),
    ] = "starttls"
    user: Text | None = Field(default=None, description="null or the name to sign in with at the mail server")
    sender: MailAddress | None = Field(
        default=None, validate_default=True, description="an e-mail address where smtp_host is given, else null"
    )
    recipients: Annotated[
        tuple[MailAddress, ...],
        Field(
            validate_default=True,
            description="a list of e-mail addresses, none twice, and at least one where enabled is true",
        ),
    ] = ()
    minimum: _Minimum = "LOW"

    @field_validator("security")
    @classmethod
    def _safe(cls, security: str, info: ValidationInfo) -> str:
        host = info.data.get("smtp_host")
        if security == "none" and host is not None and not is_here(host):
            raise ValueError("in the clear, and not to this machine")
        return security

    @field_validator("sender")
    @classmethod
    def _from_somebody(cls, sender: str | None, info: ValidationInfo) -> str | None:
        if sender is None and info.data.get("enabled") and info.data.get("smtp_host") is not None:
            raise ValueError("nobody")
        return sender

    @field_validator("recipients")
    @classmethod
    def _to_somebody(cls, recipients: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if (info.data.get("enabled") and not recipients) or _twice(recipients):
            raise ValueError("nobody, or somebody twice")
        return recipients

    @property
    def server(self) -> SmtpSettings | None:
        """The mail server that is named here, if one is."""
        if self.smtp_host is None or self.sender is None:
            return None
        return SmtpSettings(
            host=self.smtp_host, port=self.smtp_port, security=self.security, user=self.user, sender=self.sender
        )


class SlackSettings(Group):
    """In Slack; the webhook's address is a secret and comes from the environment (REDLINE_SLACK_WEBHOOK_URL)."""

    enabled: Flag = False
    channel: Text | None = Field(default=None, description='null or the name of a channel, like "#billing-audit"')
    minimum: _Minimum = "LOW"


class TeamsSettings(Group):
    """In Teams; the workflow's address is a secret and comes from the environment (REDLINE_TEAMS_WEBHOOK_URL)."""

    enabled: Flag = False
    minimum: _Minimum = "LOW"


class AlertsHookSettings(Group):
    """To an address, as JSON signed with a secret of the environment (REDLINE_ALERTS_WEBHOOK_SECRET)."""

    url: Annotated[
        Annotated[str, AfterValidator(check_hook_address)] | None,
        Field(description="null or an address that begins with https:// (http:// only to this machine)"),
    ] = None
    minimum: _Minimum = "LOW"


class QuietHours(Group):
    """From `start` to `end` on the business's clock, on the days on which it starts; `end` before `start`: next day."""

    start: TimeOfDay
    end: Annotated[TimeOfDay, Field(description='a time of day from "00:00" to "23:59", other than start')]
    days: Annotated[
        tuple[Annotated[Weekday, Field(description='the English name of a weekday, like "Monday"')], ...],
        Field(min_length=1, description="a list of English names of weekdays, at least one"),
    ] = get_args(Weekday)

    @field_validator("end")
    @classmethod
    def _not_empty(cls, end: str, info: ValidationInfo) -> str:
        if end == info.data.get("start"):
            raise ValueError("nothing between")
        return end


class AlertsSettings(Group):
    """Where notices go, and when.

    `off`: kinds that nobody looks for. `app_url`: where people reach the app, for links; null: as `dashboard` says.
    `per_hour`: so many messages an hour go to one receiver; what is beyond that waits, and one message says so.
    `escalate_after_minutes`: what nobody acknowledged by then is told to `escalate_to`, once; null: to nobody.
    """

    off: Annotated[
        tuple[Annotated[KindName, Field(description=f"the name of a kind of notice ({_KINDS})")], ...],
        Field(description=f"a list of kinds of notices ({_KINDS})"),
    ] = ()
    app_url: WebAddress = None
    email: EmailSettings = EmailSettings()
    slack: SlackSettings = SlackSettings()
    teams: TeamsSettings = TeamsSettings()
    webhook: AlertsHookSettings = AlertsHookSettings()
    quiet_hours: Annotated[
        tuple[QuietHours, ...], Field(description="a list of objects with the keys start, end, days")
    ] = ()
    per_hour: Annotated[int, whole(1, 60)] = 12
    escalate_after_minutes: int | None = Field(
        default=None, ge=1, le=10_080, description="null or a whole number of minutes from 1 to 10080 (a week)"
    )
    escalate_to: Annotated[
        tuple[MailAddress, ...],
        Field(
            validate_default=True,
            description="a list of e-mail addresses, none twice, at least one where escalate_after_minutes is given",
        ),
    ] = ()
    escalate_minimum: _Minimum = "HIGH"

    @field_validator("escalate_to")
    @classmethod
    def _second_ones(cls, to: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if (info.data.get("escalate_after_minutes") is not None and not to) or _twice(to):
            raise ValueError("nobody, or somebody twice")
        return to

    @property
    def by_mail(self) -> bool:
        """Whether anything goes by e-mail."""
        return self.email.enabled or self.escalate_after_minutes is not None
