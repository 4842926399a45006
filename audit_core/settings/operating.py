"""The settings about operating: what is switched off, and how logs are written."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from audit_core.settings.types import Group


class Feature(StrEnum):
    """One thing that can be switched off by itself, when it does harm or is not wanted."""

    ALERTS = "alerts"
    DELIVERY = "delivery"
    DOWNLOADS = "downloads"
    MODEL = "model"
    WEBHOOKS = "webhooks"
    WRITE_BACK = "write_back"


WITHOUT = {
    Feature.ALERTS: "nobody is told of anything outside of the app, where the page Alerts shows it all the same",
    Feature.DELIVERY: "no document goes out by e-mail or webhook",
    Feature.DOWNLOADS: "nothing leaves through the app: no workbook, no proof, no export",
    Feature.MODEL: "changes are judged by the rules alone, and that is a blind spot",
    Feature.WEBHOOKS: "Smartsheet's calls are not taken; polling finds every change all the same",
    Feature.WRITE_BACK: "nothing is written into Smartsheet",
}
"""What is so while a feature is off."""


class FeaturesSettings(Group):
    """What is switched off."""

    off: Annotated[
        tuple[Feature, ...],
        Field(description=f"a list of features to switch off, of {', '.join(each.value for each in Feature)}"),
    ] = ()


class LogSettings(Group):
    """How logs are written."""

    format: Annotated[
        Literal["auto", "json", "text"],
        Field(description='"auto" (lines of text at a terminal, else JSON), "json" or "text"'),
    ] = "auto"
