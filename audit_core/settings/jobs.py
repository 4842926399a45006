"""The settings about jobs: when they run, how long they may take, how many at once, and which do not run at all."""

from typing import Annotated, Literal, get_args

from pydantic import Field, ValidationInfo, field_validator

from audit_core.settings.types import Group, TimeOfDay, Weekday, whole

JobName = Literal[
    "sync", "alert", "backup", "verify", "retrain", "forecast", "weekly", "report", "deliver", "write_back", "drill",
    "review",
]  # fmt: skip
"""What a job can be called here."""

_NAMES = ", ".join(get_args(JobName))
_WeekdayNamed = Annotated[Weekday, Field(description='the English name of a weekday, like "Monday"')]
_JobNamed = Annotated[JobName, Field(description=f"the name of a job ({_NAMES})")]
_Minutes = Annotated[int, whole(1, 1440)]
_DayOfMonth = Annotated[int, whole(1, 28)]


class WorkingHours(Group):
    """When people edit: on these days, from `start` to `end` on the business's clock, both included."""

    start: TimeOfDay = "05:00"
    end: TimeOfDay = Field(default="20:00", description='a time of day after start, up to "23:59"')
    days: Annotated[
        tuple[_WeekdayNamed, ...],
        Field(min_length=1, description="a list of English names of weekdays, at least one"),
    ] = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")

    @field_validator("end")
    @classmethod
    def _after_start(cls, end: str, info: ValidationInfo) -> str:
        if end <= info.data.get("start", ""):
            raise ValueError("ends before it starts")
        return end


class JobsSettings(Group):
    """When jobs run, how long they may take, how many at once, and which do not run by themselves.

    `sync_off_hours_minutes`: automation writes at night too, and the lock of a week falls on a Sunday's midnight: the
    further apart two looks are, the more changes are only possibly after it. None: no look outside of working hours.
    """

    working_hours: WorkingHours = WorkingHours()
    sync_every_minutes: _Minutes = 15
    sync_off_hours_minutes: _Minutes | None = Field(default=60, description="null or a whole number from 1 to 1440")
    retrain_weekday: _WeekdayNamed = "Monday"
    retrain_at: TimeOfDay = "03:00"
    forecast_at: TimeOfDay = "05:00"
    weekly_weekday: _WeekdayNamed = "Monday"
    weekly_at: TimeOfDay = "06:00"
    verify_at: TimeOfDay | None = Field(
        default=None, description='null (half an hour after the backup) or a time of day from "00:00" to "23:59"'
    )
    review_day: _DayOfMonth = 1
    review_at: TimeOfDay = "07:00"
    drill_day: _DayOfMonth = 1
    drill_at: TimeOfDay = "04:30"
    off: Annotated[tuple[_JobNamed, ...], Field(description=f"a list of names of jobs ({_NAMES})")] = ()
    at_once: Annotated[int, whole(1, 16)] = 2
    time_limit_minutes: _Minutes = 60
    time_limits: Annotated[
        dict[_JobNamed, _Minutes],
        Field(description='an object with names of jobs and minutes from 1 to 1440, like {"sync": 10}'),
    ] = Field(default_factory=dict)

    def limit_s(self, job: str) -> int:
        """The seconds that a run of this job may take."""
        return 60 * next(
            (minutes for name, minutes in self.time_limits.items() if name == job), self.time_limit_minutes
        )
