"""Where billing sheets come from. Only this room reads the outside; it never decides what is new."""

from pathlib import Path
from zoneinfo import ZoneInfo

from audit_core.settings.source import ExportsSettings, SampleSettings, SmartsheetSettings
from audit_core.sources.exports import ExportsSource
from audit_core.sources.protocol import (
    ROW_ID,
    Listing,
    Memory,
    RawSnapshot,
    SheetColumn,
    SheetVersion,
    Source,
)
from audit_core.sources.sample import SampleSource

__all__ = [
    "ROW_ID",
    "ExportsSource",
    "Listing",
    "Memory",
    "RawSnapshot",
    "SampleSource",
    "SheetColumn",
    "SheetVersion",
    "Source",
    "open_source",
]

SourceSettings = ExportsSettings | SampleSettings | SmartsheetSettings


def open_source(settings: SourceSettings, zone: ZoneInfo, config: Path, memory: Memory) -> Source:
    """The source that config.json (`config`) asks for. Opening reads nothing; `listing` does. Raises ConfigError."""
    match settings:
        case ExportsSettings():
            return ExportsSource(settings.path, zone, settings.row_id)
        case SampleSettings():
            return SampleSource(zone)
        case SmartsheetSettings():
            from audit_core.sources.smartsheet import open_smartsheet  # noqa: PLC0415  (the SDK takes half a second)

            return open_smartsheet(settings, zone, config, memory)
