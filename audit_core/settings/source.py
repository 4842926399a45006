"""The settings about where sheets come from: exported files, Smartsheet, or the sample."""

from typing import Annotated, Literal

from pydantic import Field

from audit_core.settings.types import FolderPath, Group, Ids, Text, WebAddress, whole


class ExportsSettings(Group):
    """A folder of exported sheets: every sub-folder is a sheet, every file in it a snapshot."""

    kind: Literal["exports"]
    path: FolderPath
    row_id: Text = "Row ID"


class PastSettings(Group):
    """A folder of exported files that is the past of one live sheet."""

    sheet_id: Annotated[int, whole(1, 2**53)]
    path: FolderPath
    row_id: Text = "Row ID"


class ReportRowSettings(Group):
    """The row in Smartsheet that audit workbooks are attached to."""

    sheet_id: Annotated[int, whole(1, 2**53)]
    row_id: Annotated[int, whole(1, 2**53)]


class WriteBackSettings(Group):
    """What is written into Smartsheet; nothing unless it is named here."""

    report_row: ReportRowSettings | None = Field(
        default=None, description="null or an object with the keys sheet_id, row_id"
    )
    findings_sheet_id: int | None = Field(
        default=None, ge=1, le=2**53, description="null or the id of a sheet that is not audited itself"
    )

    @property
    def wanted(self) -> bool:
        """Whether anything is to be written."""
        return self != WriteBackSettings()


class SmartsheetSettings(Group):
    """Sheets read from Smartsheet; the token comes from the environment."""

    kind: Literal["smartsheet"]
    api_base: WebAddress = None
    sheet_ids: Ids = ()
    folder_ids: Ids = ()
    workspace_ids: Ids = ()
    retired_sheet_ids: Ids = ()
    history: Annotated[tuple[PastSettings, ...], Field(description="a list of objects, one for each sheet's past")] = ()
    requests_per_minute: Annotated[int, whole(1, 300)] = 270
    history_per_minute: Annotated[int, whole(0, 30)] = 27
    write_back: WriteBackSettings = WriteBackSettings()


class SampleSettings(Group):
    """The sample sheets that come with the project."""

    kind: Literal["sample"]


Source = Annotated[
    ExportsSettings | SmartsheetSettings | SampleSettings,
    Field(discriminator="kind", description='an object whose key kind is one of "exports", "smartsheet", "sample"'),
]
