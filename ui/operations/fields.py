"""The fields of the schedule: which keys of config.json can be changed on screen, and with which widget."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any, Final, get_args

import streamlit as st

from audit_core.settings.operating import Feature
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
    if field.none is not None:
        some = st.checkbox(field.none, value=value is None, key=f"none-{key}")
        if some:
            return None
    return int(st.number_input(field.label, 1, field.most, value or 60, key=key, width=190))


def _time(field: Field, value: str | None, key: str) -> str | None:
    if field.none is not None and st.checkbox(field.none, value=value is None, key=f"none-{key}"):
        return None
    at = st.time_input(field.label, time.fromisoformat(value or "02:30"), step=300, key=key, width=150)
    return f"{at:%H:%M}"


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


FIELDS: Final[Mapping[str, Mapping[str, Field]]] = {
    "Looking at the sheets": {
        "jobs.sync_every_minutes": Field("Minutes between two looks", _number),
    },
    "Backups": {
        "backup.schedule": Field("Backup at", _time),
    },
    "Weekly": {
        "jobs.retrain_weekday": _weekday("Fit the model on"),
        "jobs.weekly_weekday": _weekday("Make packets on"),
        "delivery.report_weekday": _weekday("Workbooks on", "Every day"),
        "delivery.report_at": Field("at", _time),
    },
    "Switched off": {
        "features.off": Field("Features", _several, options=tuple(each.value for each in Feature)),
    },
}
"""By group and key."""
