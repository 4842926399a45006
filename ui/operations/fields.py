"""The fields of the schedule: which keys of config.json can be changed on screen, and with which widget."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any, Final, get_args

import streamlit as st

from audit_core.settings.jobs import JobName
from audit_core.settings.operating import Switch
from audit_core.settings.types import Weekday

WEEKDAYS: Final = get_args(Weekday)


@dataclass(frozen=True, slots=True)
class Field:
    """One key: its name on screen, how it is drawn (`name, value, key` → the value now), and what is said of it."""

    label: str
    widget: Callable[["Field", Any, str], Any]
    none: str | None = None
    options: tuple[str, ...] = ()
    most: int = 1440


def draw(field: Field, value: Any, key: str) -> Any:
    """The field with its value; gives what it says now, as a JSON value."""
    return field.widget(field, value, key)


def _number(field: Field, value: int | None, key: str) -> int | None:
    with st.container(width=185, gap="xsmall"):
        gone = st.session_state.get(f"none-{key}", value is None)
        number = st.number_input(field.label, 1, field.most, value or 60, key=key, disabled=gone)
        return None if _none(field, gone, key) else int(number)


def _time(field: Field, value: str | None, key: str) -> str | None:
    with st.container(width=150, gap="xsmall"):
        gone = st.session_state.get(f"none-{key}", value is None)
        at = st.time_input(field.label, time.fromisoformat(value or "02:30"), step=300, key=key, disabled=gone)
        return None if _none(field, gone, key) else f"{at:%H:%M}"


def _none(field: Field, gone: bool, key: str) -> bool:
    """Under a field that may be empty: whether it is."""
    return field.none is not None and st.checkbox(field.none, value=gone, key=f"none-{key}")


def _days(field: Field, value: list[str], key: str) -> list[str]:
    chosen = st.pills(
        field.label, field.options, default=value, selection_mode="multi", format_func=lambda day: day[:3], key=key
    )
    return [each for each in field.options if each in chosen]


def _choice(field: Field, value: str | None, key: str) -> str | None:
    options = [*([field.none] if field.none is not None else []), *field.options]
    chosen = st.selectbox(field.label, options, index=options.index(value or field.none or ""), key=key, width=170)
    return None if chosen == field.none else str(chosen)


def _several(field: Field, value: list[str], key: str) -> list[str]:
    chosen = st.multiselect(field.label, field.options, value, key=key)
    # in the order of before, so that nothing moves that nobody moved
    return [*(each for each in value if each in chosen), *(each for each in chosen if each not in value)]


def _weekday(label: str, none: str | None = None) -> Field:
    return Field(label, _choice, none, WEEKDAYS)


def _time_of_day(label: str = "at", none: str | None = None) -> Field:
    return Field(label, _time, none)


FIELDS: Final[Mapping[str, Mapping[str, Field]]] = {
    "Looking at the sheets": {
        "jobs.sync_every_minutes": Field("Minutes between two looks", _number),
        "jobs.sync_off_hours_minutes": Field("Outside of working hours", _number, "None then"),
        "jobs.working_hours.start": _time_of_day("Working hours from"),
        "jobs.working_hours.end": _time_of_day("to"),
        "jobs.working_hours.days": Field("Working days", _days, options=WEEKDAYS),
    },
    "Daily": {
        "backup.schedule": _time_of_day("Backup at"),
        "jobs.verify_at": _time_of_day("Verify at", "After the backup"),
        "jobs.forecast_at": _time_of_day("Forecast at"),
    },
    "Weekly": {
        "jobs.retrain_weekday": _weekday("Fit the model on"),
        "jobs.retrain_at": _time_of_day(),
        "jobs.weekly_weekday": _weekday("Make packets on"),
        "jobs.weekly_at": _time_of_day(),
        "delivery.report_weekday": _weekday("Make workbooks on", "Every day"),
        "delivery.report_at": _time_of_day(),
    },
    "Monthly": {
        "jobs.review_day": Field("Access review on day", _number, most=28),
        "jobs.review_at": _time_of_day(),
        "jobs.drill_day": Field("Restore as a drill on day", _number, most=28),
        "jobs.drill_at": _time_of_day(),
    },
    "Switched off": {
        "jobs.off": Field("Jobs that do not run by themselves", _several, options=get_args(JobName)),
        "switches.off": Field("Switches", _several, options=tuple(each.value for each in Switch)),
    },
}
"""By group and key; a time without a name of its own belongs to the day before it."""
