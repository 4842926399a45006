"""config.json → frozen, typed, validated settings.

Reading and its sentences are in settings_file.py, the kinds of value in settings_types.py.
Secrets never pass through here: secrets_gate.py refuses them.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator

from audit_core import __version__
from audit_core.settings.access_review import AccessReviewSettings
from audit_core.settings.alerts import AlertsSettings
from audit_core.settings.delivery import DeliverySettings
from audit_core.settings.file import read_settings
from audit_core.settings.jobs import JobsSettings
from audit_core.settings.operating import LogSettings, Switch, SwitchesSettings
from audit_core.settings.rules import RulesSettings
from audit_core.settings.security import SecuritySettings
from audit_core.settings.source import SampleSettings, Source
from audit_core.settings.training import TrainingSettings
from audit_core.settings.types import (
    FilePath,
    Flag,
    FolderPath,
    Group,
    Instant,
    Names,
    PlaceAddress,
    Port,
    Share,
    Sunday,
    Text,
    TimeOfDay,
    TimeZone,
    WebAddress,
    whole,
)

SAMPLE_RATES = Path(__file__).resolve().parents[2] / "sample_data" / "rates.csv"


def load_settings(path: Path, text: str | None = None) -> "Settings":
    """The settings in `path`; relative paths in it count from its folder. Raises ConfigError: one sentence.

    `text`: what stands in it, where the caller has read it.
    """
    return read_settings(Path(path), Settings, text)


class SystemSettings(Group):
    """How this installation names itself."""

    name: Text = "Redline"
    version: Text = __version__
    environment: Text = "production"


class WebhookSettings(Group):
    """Calls from Smartsheet when a sheet changes; off, because the contractor polls.

    `port` is kept for config files of the predecessor and means nothing: calls come in where the app answers.
    """

    enabled: Flag = False
    url: WebAddress = None
    port: Port = 8502


class DashboardSettings(Group):
    """Where the app answers, and by which names besides this machine's own."""

    port: Port = 8501
    host: Text = "127.0.0.1"
    hosts: Names = ()


class MlSettings(Group):
    """From which risk on an alert is urgent while no threshold set is published, and how old a model may grow.

    `anomaly_threshold` is kept for config files of the predecessor and means nothing.
    """

    anomaly_threshold: Share = 0.95
    risk_score_threshold: Share = 0.7
    retrain_interval_days: Annotated[int, whole(1, 365)] = 7


class SecondPlaceSettings(Group):
    """Where backups are copied to: a folder, or a bucket whose credentials come from the environment."""

    url: PlaceAddress
    endpoint: WebAddress = None


class BackupSettings(Group):
    """When backups are made, which are kept, how they are packed, and where else they go."""

    schedule: TimeOfDay = "02:00"
    retention_days: Annotated[int, whole(1, 3650)] = 30
    keep_weeks: Annotated[int, whole(0, 520)] = 8
    keep_months: Annotated[int, whole(0, 240)] = 12
    compression: Annotated[bool, Field(description="true or false, because the method (zstandard) is fixed")] = True
    encryption: Annotated[bool, Field(description="true or false, because the method (age) is fixed")] = False
    second_place: SecondPlaceSettings | None = Field(
        default=None, description="null or an object with the keys url, endpoint"
    )


class RetentionSettings(Group):
    """How long every snapshot is kept; after that the last one of each day stays, and null keeps them all."""

    snapshots_dense_days: int | None = Field(
        default=90, ge=1, le=36_500, description="null or a whole number of days from 1 to 36500"
    )


class Reopening(Group):
    """A locked week that may be edited again for a while, and why."""

    week_ending: Sunday
    reason: Text
    opened: Instant | None = Field(
        default=None, description='null or a time with its offset, like "2026-07-06T09:00:00-05:00"'
    )
    until: Instant = Field(
        description='a time with its offset, like "2026-07-08T17:00:00-05:00", after opened and after the week'
    )

    @field_validator("until")
    @classmethod
    def _after_what_it_ends(cls, until: datetime, info: ValidationInfo) -> datetime:
        opened, week = info.data.get("opened"), info.data.get("week_ending")
        if (opened and until <= opened) or (week and until.astimezone(UTC).date() < week):
            raise ValueError("ends before it begins")
        return until


class WeeksSettings(Group):
    """When a billing week locks, and which locked weeks are open again."""

    lock_grace_hours: Annotated[int, whole(0, 168)] = 0
    reopenings: Annotated[tuple[Reopening, ...], Field(description="a list of objects, one for each reopening")] = ()


class IncidentsSettings(Group):
    """When many changes are one story."""

    mass_rows: Annotated[int, whole(2, 1_000_000)] = 50
    mass_minutes: Annotated[int, whole(1, 1440)] = 15
    echo_minutes: Annotated[int, whole(0, 1440)] = 15


class ReviewSettings(Group):
    """Who looks at alerts, on how many days a week, what a look costs, and what needs more than one look.

    `claim_minutes`: how long a claim keeps an item at most. `second_person_cents`: from how much moved a change counts
    as authorised only once a second person agrees. `most_at_once`: so many items can be decided in one step.
    """

    analysts: Annotated[int, whole(1, 1000)] = 1
    days_per_week: Annotated[int, whole(1, 7)] = 5
    minutes_per_alert: Annotated[float, Field(gt=0, allow_inf_nan=False, description="a number of minutes above 0")] = 6
    hourly_cost: Annotated[float, Field(ge=0, allow_inf_nan=False, description="an amount in dollars, 0 or more")] = 60
    claim_minutes: Annotated[int, whole(1, 1440)] = 60
    second_person_cents: Annotated[int, whole(0, 100_000_000_000)] = 500_000
    most_at_once: Annotated[int, whole(1, 1000)] = 200

    @property
    def analyst_days(self) -> int:
        """Analyst-days a week."""
        return self.analysts * self.days_per_week


class PeopleSettings(Group):
    """From how many edits on something is said about a person, who may see it, and how far back it looks."""

    min_edits: Annotated[int, whole(1, 100_000)] = 30
    visible_to: Annotated[
        tuple[Literal["Admin", "Auditor"], ...], Field(description='a list of roles, of "Admin" and "Auditor"')
    ] = ("Admin", "Auditor")
    keep_days: Annotated[int, whole(1, 36_500)] = 730


class Settings(Group):
    """Everything config.json can say."""

    data_dir: FolderPath
    source: Source
    time_zone: TimeZone = "America/Chicago"
    rates: FilePath = None
    system: SystemSettings = SystemSettings()
    webhook: WebhookSettings = WebhookSettings()
    dashboard: DashboardSettings = DashboardSettings()
    ml: MlSettings = MlSettings()
    backup: BackupSettings = BackupSettings()
    retention: RetentionSettings = RetentionSettings()
    alerts: AlertsSettings = AlertsSettings()
    security: SecuritySettings = SecuritySettings()
    weeks: WeeksSettings = WeeksSettings()
    rules: RulesSettings = RulesSettings()
    incidents: IncidentsSettings = IncidentsSettings()
    review: ReviewSettings = ReviewSettings()
    people: PeopleSettings = PeopleSettings()
    jobs: JobsSettings = JobsSettings()
    delivery: DeliverySettings = DeliverySettings()
    switches: SwitchesSettings = SwitchesSettings()
    log: LogSettings = LogSettings()
    access_review: AccessReviewSettings = AccessReviewSettings()
    training: TrainingSettings = TrainingSettings()

    @property
    def zone(self) -> ZoneInfo:
        """The business's time zone: weeks and locks count in it."""
        return ZoneInfo(self.time_zone)

    def on(self, switch: Switch) -> bool:
        """Whether something is not switched off."""
        return switch not in self.switches.off

    @property
    def rates_path(self) -> Path | None:
        """The price list to use: the one named, else the sample's own for the sample source, else none."""
        if self.rates is None and isinstance(self.source, SampleSettings):
            return SAMPLE_RATES
        return self.rates
