"""The settings about jobs: how often they run, and how long they may take."""

from typing import Annotated

from pydantic import Field

from audit_core.settings.types import Group, Weekday, whole


class JobsSettings(Group):
    """How often jobs run and how long they may take."""

    sync_every_minutes: Annotated[int, whole(1, 1440)] = 15
    retrain_weekday: Annotated[Weekday, Field(description='the English name of a weekday, like "Monday"')] = "Monday"
    weekly_weekday: Annotated[Weekday, Field(description='the English name of a weekday, like "Monday"')] = "Monday"
    time_limit_minutes: Annotated[int, whole(1, 1440)] = 60
