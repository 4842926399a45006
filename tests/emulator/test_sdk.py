"""The official SDK, unchanged, against the emulator: what it is told, and what it makes of it."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from smartsheet.exceptions import ApiError, RateLimitExceededError
from smartsheet.models import Cell, Row, Webhook

from tests.emulator import Emulator, Tenant, billing_sheet
from tests.emulator.clients import sdk
from tests.emulator.state import Sheet
from tests.emulator.subscriber import Subscriber

ANN = "ann@example.com"


@pytest.fixture
def client(emu: Emulator) -> Iterator[Any]:
    """An SDK client of the auditor."""
    with sdk(emu) as made:
        yield made


def refusal(error: pytest.ExceptionInfo[ApiError]) -> tuple[int, int]:
    """(status, code) of an SDK error."""
    result = error.value.error.result
    return result.status_code, result.code


def test_who_am_i(tenant: Tenant, client: Any) -> None:
    me = client.Users.get_current_user()
    assert (me.id, me.email, me.time_zone, me.admin) == (tenant.me.id, tenant.me.email, "US/Central", True)
    people = client.Users.list_users(include_all=True)
    assert ANN in [each.email for each in people.data]
    assert people.total_count == 7


def test_the_list(tenant: Tenant, sheet: Sheet, client: Any) -> None:
    tenant.edit(sheet, 1, "CU", "POL-45-1", ANN)
    listed = client.Sheets.list_sheets(include="sheetVersion", include_all=True)
    assert [(each.id, each.name, each.version) for each in listed.data] == [(sheet.id, "North", 2)]
    assert str(listed.data[0].access_level) == "EDITOR"
    assert client.Sheets.get_sheet_version(sheet.id).version == 2


def test_a_sheet_with_everything(tenant: Tenant, sheet: Sheet, client: Any) -> None:
    tenant.comment(sheet, 1, "Consider this", ANN)
    tenant.attach(sheet, 1, "photo.jpg", ANN, b"123", "image/jpeg")
    include = ["writerInfo", "objectValue", "columnType", "attachments", "discussions", "format", "ownerInfo"]
    read = client.Sheets.get_sheet(sheet.id, include=include, level=2)
    assert (read.id, read.version, read.total_row_count, len(read.rows)) == (sheet.id, 3, 30, 30)
    assert [each.title for each in read.columns][:2] == ["Work Request #", "Weekly Reference Logged Date"]
    row = read.rows[0]
    assert row.modified_by.email == ANN
    assert row.attachments[0].name == "photo.jpg"
    by_column = {cell.column_id: cell for cell in row.cells}
    for title in ("Work Request #", "Weekly Reference Logged Date", "Units Completed?", "Quantity"):
        column = sheet.column(title)
        assert by_column[column.id].value == sheet.rows[0].value(column.id)
    assert by_column[sheet.column("Units Total Price").id].formula.startswith("=Quantity@row * ")


def test_an_unchanged_sheet_is_a_version_and_nothing_else(sheet: Sheet, client: Any) -> None:
    read = client.Sheets.get_sheet(sheet.id, if_version_after=1)
    assert (read.version, read.id, len(read.rows)) == (1, None, 0)


def test_pages_and_chosen_rows(sheet: Sheet, client: Any) -> None:
    assert [row.row_number for row in client.Sheets.get_sheet(sheet.id, page=3, page_size=10).rows] == list(
        range(21, 31)
    )
    wanted = [sheet.rows[3].id, sheet.rows[5].id]
    read = client.Sheets.get_sheet(sheet.id, row_ids=wanted, column_ids=[sheet.columns[0].id])
    assert [row.id for row in read.rows] == wanted
    assert len(client.Sheets.get_columns(sheet.id, include_all=True).data) == 14
    assert client.Sheets.get_row(sheet.id, wanted[0]).row_number == 4


def test_cell_history(tenant: Tenant, sheet: Sheet, client: Any) -> None:
    tenant.edit(sheet, 1, "Quantity", 12, ANN)
    row, column = sheet.rows[0].id, sheet.column("Quantity").id
    found = client.Cells.get_cell_history(sheet.id, row, column, include="objectValue", include_all=True)
    assert found.total_count == 2
    assert (found.data[0].value, found.data[0].modified_by.email) == (12, ANN)
    tenant.delete_row(sheet, row, ANN)
    with pytest.raises(ApiError) as error:
        client.Cells.get_cell_history(sheet.id, row, column)
    assert refusal(error) == (404, 1006)


def test_shares_groups_and_places(tenant: Tenant, client: Any) -> None:
    home = tenant.new_workspace("Billing")
    folder = tenant.new_folder("2026", home)
    sheet = billing_sheet(tenant, "July", 2, 1, folder)
    crew = tenant.new_group("Crew", [ANN])
    tenant.share(sheet, crew, "ADMIN")
    shares = client.Sharing.list_asset_shares("sheet", sheet.id)
    assert {str(each.type) for each in shares.items} == {"USER", "GROUP"}
    assert (shares.items[-1].name, str(shares.items[-1].access_level)) == ("Crew", "ADMIN")
    assert client.Groups.get_group(crew.id).members[0].email == ANN
    assert [each.name for each in client.Groups.list_groups().data] == ["Crew"]
    assert [each.name for each in client.Workspaces.list_workspaces().data] == ["Billing"]
    assert [each.id for each in client.Workspaces.get_workspace_children(home.id).data] == [folder.id]
    inside = client.Folders.get_folder_children(folder.id, children_resource_types=["sheets"])
    assert [type(each).__name__ for each in inside.data] == ["Sheet"]
    assert client.Server.server_info().supported_locales


def test_errors_are_raised_with_their_codes(tenant: Tenant, sheet: Sheet, emu: Emulator, client: Any) -> None:
    tenant.token.state = "expired"
    with pytest.raises(ApiError) as error:
        client.Users.get_current_user()
    assert refusal(error) == (401, 1003)
    tenant.token.state = "revoked"
    with pytest.raises(ApiError) as error:
        client.Users.get_current_user()
    assert refusal(error) == (401, 1002)
    tenant.token.state = "ok"
    tenant.deny(sheet, tenant.me.email)
    with pytest.raises(ApiError) as error:
        client.Sheets.get_sheet(sheet.id)
    assert refusal(error) == (403, 1004)
    tenant.delete_sheet(sheet, ANN)
    with pytest.raises(ApiError) as error:
        client.Sheets.get_sheet(sheet.id)
    assert refusal(error) == (404, 1006)
    emu.faults.add("rate")
    with pytest.raises(RateLimitExceededError) as limited:
        client.Sheets.list_sheets()
    assert refusal(limited) == (429, 4003)


def test_a_webhooks_life(tenant: Tenant, sheet: Sheet, client: Any) -> None:
    wanted = {"name": "watch", "callbackUrl": "https://hooks.example.com/", "scope": "sheet", "version": 1}
    made = client.Webhooks.create_webhook(Webhook({**wanted, "scopeObjectId": sheet.id, "events": ["*.*"]})).result
    assert (made.status, made.enabled, len(made.shared_secret)) == ("NEW_NOT_VERIFIED", False, 26)
    listed = client.Webhooks.list_webhooks()
    assert ([each.id for each in listed.data], listed.total_count) == ([made.id], -1)
    with Subscriber([200]).listening() as url:
        enabled = client.Webhooks.update_webhook(made.id, Webhook({"enabled": True, "callbackUrl": url})).result
        assert (enabled.status, enabled.enabled) == ("ENABLED", True)
        tenant.edit(sheet, 1, "CU", "POL-45-1", ANN)
        assert tenant.deliver_webhooks() == [200]
    assert client.Webhooks.update_webhook(made.id, Webhook({"enabled": False})).result.status == "DISABLED_BY_OWNER"
    client.Webhooks.delete_webhook(made.id)
    with pytest.raises(ApiError) as error:
        client.Webhooks.get_webhook(made.id)
    assert refusal(error) == (404, 1006)


def test_rows_and_files_are_written_where_that_is_allowed(tenant: Tenant, sheet: Sheet, client: Any) -> None:
    row = Row({"toBottom": True})
    row.cells.append(Cell({"columnId": sheet.column("CU").id, "value": "ANC-10"}))
    with pytest.raises(ApiError) as error:
        client.Sheets.add_rows(sheet.id, [row])
    assert refusal(error) == (403, 1004)
    assert tenant.illegal_writes == [f"POST /sheets/{sheet.id}/rows"]
    tenant.allow_writes = True
    made = client.Sheets.add_rows(sheet.id, [row, row]).result
    assert [each.row_number for each in made] == [31, 32]
    kind = "application/vnd.ms-excel"
    given = client.Attachments.attach_file_to_row(sheet.id, made[0].id, ("audit.xlsx", BytesIO(b"PK"), kind)).result
    assert (given.name, given.mime_type, given.parent_id) == ("audit.xlsx", "application/vnd.ms-excel", made[0].id)
    client.Attachments.attach_file_to_sheet(sheet.id, ("audit.xlsx", BytesIO(b"PK"), kind))
    assert [each.content for each in sheet.attachments] == [b"PK"] * 2
    assert client.Attachments.list_all_attachments(sheet.id, include_all=True).total_count == 2
    assert client.Attachments.get_attachment(sheet.id, given.id).url.endswith(str(given.id))


def test_events(tenant: Tenant, sheet: Sheet, client: Any) -> None:
    tenant.events_addon = True
    since = tenant.now
    tenant.edit(sheet, 1, "CU", "POL-45-1", ANN)
    found = client.Events.list_events(since=since.isoformat(), max_count=10)
    assert (found.data[0].additional_details["emailAddress"], found.more_available) == (ANN, False)
    assert str(found.data[0].action) == "UPDATE"
