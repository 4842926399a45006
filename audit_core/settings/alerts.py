"""The settings about alerts: where they go."""

from pydantic import Field

from audit_core.settings.types import Flag, Group, Names, Port, Text


class EmailSettings(Group):
    """Alerts by e-mail."""

    enabled: Flag = False
    smtp_host: Text | None = Field(default=None, description="null or the name of a mail server")
    smtp_port: Port = 587
    sender: Text | None = Field(default=None, description="null or an e-mail address")
    recipients: Names = ()


class SlackSettings(Group):
    """Alerts in Slack; the webhook's address is a secret and comes from the environment."""

    enabled: Flag = False
    channel: Text | None = Field(default=None, description='null or the name of a channel, like "#billing-audit"')


class AlertsSettings(Group):
    """Where alerts go."""

    email: EmailSettings = EmailSettings()
    slack: SlackSettings = SlackSettings()
