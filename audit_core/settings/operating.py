"""The settings about operating: what is switched off, and how logs are written."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from audit_core.settings.types import Group


class Switch(StrEnum):
    """One thing that can be switched off by itself, when it does harm or is not wanted."""

    ALERTS = "alerts"
    DELIVERY = "delivery"
    DOWNLOADS = "downloads"
    MODEL = "model"
    WEBHOOKS = "webhooks"
    WRITE_BACK = "write_back"


WITHOUT = {
    Switch.ALERTS: "no alert goes out; what is noticed stands on the page Alerts, and is told once this is on again",
    Switch.DELIVERY: "no document goes out by e-mail or webhook",
    Switch.DOWNLOADS: "nothing leaves through the app: no workbook, no proof, no export",
    Switch.MODEL: "changes are judged by the rules alone, and that is a blind spot",
    Switch.WEBHOOKS: "Smartsheet's calls are not taken; polling finds every change all the same",
    Switch.WRITE_BACK: "nothing is written into Smartsheet",
}
"""What is so while a switch is off."""


_NAMES = ", ".join(each.value for each in Switch)


class SwitchesSettings(Group):
    """What is switched off."""

    off: Annotated[
        tuple[Annotated[Switch, Field(description=f"the name of a switch ({_NAMES})")], ...],
        Field(description=f"a list of names of switches ({_NAMES})"),
    ] = ()


class LogSettings(Group):
    """How logs are written."""

    format: Annotated[
        Literal["auto", "json", "text"],
        Field(description='"auto" (lines of text at a terminal, else JSON), "json" or "text"'),
    ] = "auto"
