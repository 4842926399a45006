"""Who is told: one target for each address of a channel that config.json switches on."""

from dataclasses import dataclass
from typing import Final

from audit_core.alerts.notice import rank
from audit_core.workspace import Workspace

EMAIL: Final = "email"
ESCALATION: Final = "escalation"
SLACK: Final = "slack"
TEAMS: Final = "teams"
WEBHOOK: Final = "webhook"


@dataclass(frozen=True, slots=True)
class Target:
    """One receiver. `to`: an e-mail address, or what the channel is called. `minimum`: the least severity told."""

    channel: str
    to: str
    minimum: str

    @property
    def name(self) -> str:
        """What it is called on record."""
        return f"{self.channel}:{self.to}" if self.mail else self.channel

    @property
    def mail(self) -> bool:
        """Whether it is told by e-mail."""
        return self.channel in (EMAIL, ESCALATION)

    @property
    def first(self) -> bool:
        """Whether it is told when something is noticed; else only of what nobody acknowledged in time."""
        return self.channel != ESCALATION

    @property
    def words(self) -> str:
        """What it is called in a sentence."""
        return {
            EMAIL: f"{self.to} by e-mail", ESCALATION: f"{self.to} by e-mail (escalation)", SLACK: "Slack",
            TEAMS: "Teams", WEBHOOK: "the webhook",
        }[self.channel]  # fmt: skip

    def wants(self, severity: str) -> bool:
        """Whether it is told of something of this severity."""
        return rank(severity) >= rank(self.minimum)


def targets(workspace: Workspace) -> tuple[Target, ...]:
    """Everybody who is told, in the order of config.json."""
    alerts = workspace.settings.alerts
    found: list[Target] = []
    if alerts.email.enabled:
        found += [Target(EMAIL, to, alerts.email.minimum) for to in alerts.email.recipients]
    if alerts.slack.enabled:
        found.append(Target(SLACK, alerts.slack.channel or "Slack", alerts.slack.minimum))
    if alerts.teams.enabled:
        found.append(Target(TEAMS, "Teams", alerts.teams.minimum))
    if alerts.webhook.url is not None:
        found.append(Target(WEBHOOK, alerts.webhook.url, alerts.webhook.minimum))
    if alerts.escalate_after_minutes is not None:
        found += [Target(ESCALATION, to, alerts.escalate_minimum) for to in alerts.escalate_to]
    return tuple(found)
