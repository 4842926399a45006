"""The sample sheets that come with the project: real billing lines with names and numbers replaced."""

from pathlib import Path
from zoneinfo import ZoneInfo

from audit_core.sources.exports import ExportsSource

SAMPLE_FOLDER = Path(__file__).resolve().parents[2] / "sample_data" / "field_billing"


class SampleSource(ExportsSource):
    """The project's own exports folder, so that a fresh clone has something to look at."""

    def __init__(self, time_zone: ZoneInfo) -> None:
        super().__init__(SAMPLE_FOLDER, time_zone)

    @property
    def kind(self) -> str:
        """The `source.kind` of config.json."""
        return "sample"
