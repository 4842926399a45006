"""Where billing sheets come from. Only this room reads the outside; it never decides what is new."""

from zoneinfo import ZoneInfo

from audit_core.errors import ConfigError
from audit_core.settings import ExportsSettings, SampleSettings, SmartsheetSettings
from audit_core.sources.exports import ExportsSource
from audit_core.sources.protocol import (
    ROW_ID,
    CellRef,
    Listing,
    RawSnapshot,
    SheetVersion,
    Source,
    Writer,
    Writers,
)
from audit_core.sources.sample import SampleSource

__all__ = [
    "ROW_ID",
    "CellRef",
    "ExportsSource",
    "Listing",
    "RawSnapshot",
    "SampleSource",
    "SheetVersion",
    "Source",
    "Writer",
    "Writers",
    "open_source",
]

SourceSettings = ExportsSettings | SampleSettings | SmartsheetSettings


def open_source(settings: SourceSettings, time_zone: ZoneInfo) -> Source:
    """The source that config.json asks for. Opening reads nothing; `listing` does."""
    match settings:
        case ExportsSettings():
            return ExportsSource(settings.path, time_zone, settings.row_id)
        case SampleSettings():
            return SampleSource(time_zone)
        case SmartsheetSettings():
            raise ConfigError("source.kind 'smartsheet' is not built yet; use 'exports' or 'sample'.")
