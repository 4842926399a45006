"""What a client may rely on, and what it may not: each rule of the service's behaviour, over HTTP."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest

from tests.emulator import Column, Emulator, Tenant, billing_sheet, serving, worst_minute
from tests.emulator.clients import ask, cells, history
from tests.emulator.ids import stamp
from tests.emulator.state import Sheet
from tests.emulator.subscriber import Subscriber, hooked

ANN, BOB = "ann@example.com", "bob@example.com"


# the list


def test_the_list_shows_versions_only_when_asked(emu: Emulator) -> None:
    assert "version" not in ask(emu, "/sheets").json["data"][0]
    listed = ask(emu, "/sheets", include="sheetVersion", includeAll="true").json
    assert listed["data"][0]["version"] == 1
    assert (listed["pageSize"], listed["pageNumber"], listed["totalPages"], listed["totalCount"]) == (30_000, 1, 1, 1)


def test_an_empty_list_is_page_0_of_0() -> None:
    with serving(Tenant()) as emu:
        for whole in ("true", "false"):
            listed = ask(emu, "/sheets", includeAll=whole).json
            assert (listed["pageNumber"], listed["totalPages"], listed["data"]) == (0, 0, [])


def test_a_page_past_the_end_is_the_last_one(tenant: Tenant, emu: Emulator) -> None:
    for number in range(4):
        tenant.new_sheet(f"S{number}")
    listed = ask(emu, "/sheets", page=9, pageSize=2).json
    assert (listed["pageNumber"], listed["totalPages"], len(listed["data"])) == (3, 3, 1)


def test_modified_since_is_inclusive_and_reads_an_index_that_lags(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    tenant.list_lag = 40
    tenant.tick(100)
    tenant.edit(sheet, 1, "Quantity", 5, ANN)
    since = stamp(tenant.now)
    assert ask(emu, "/sheets", modifiedSince=since).json["data"] == []
    assert ask(emu, f"/sheets/{sheet.id}").json["modifiedAt"] == since
    tenant.tick(39)
    assert ask(emu, "/sheets", modifiedSince=since).json["data"] == []
    tenant.tick(1)
    assert [each["id"] for each in ask(emu, "/sheets", modifiedSince=since).json["data"]] == [sheet.id]


def test_the_version_in_the_list_is_fresh_unless_the_tenant_says_otherwise(
    tenant: Tenant, sheet: Sheet, emu: Emulator
) -> None:
    tenant.list_lag = (5, 65)
    tenant.edit(sheet, 1, "Quantity", 5, ANN)
    assert ask(emu, "/sheets", include="sheetVersion").json["data"][0]["version"] == 2
    tenant.list_version_lags = True
    assert ask(emu, "/sheets", include="sheetVersion").json["data"][0]["version"] == 1


# versions


@pytest.mark.parametrize("given", [3, 4, 99])
def test_if_version_after_answers_with_the_version_alone(
    tenant: Tenant, sheet: Sheet, emu: Emulator, given: int
) -> None:
    tenant.edit(sheet, 1, "Quantity", 5, ANN)
    tenant.edit(sheet, 1, "Quantity", 6, ANN)
    assert ask(emu, f"/sheets/{sheet.id}", ifVersionAfter=given).body == b'{"version":3}'
    assert len(ask(emu, f"/sheets/{sheet.id}", ifVersionAfter=2).json["rows"]) == 30
    assert ask(emu, f"/sheets/{sheet.id}/version").json == {"version": 3}


# rowsModifiedSince


def test_rows_modified_since_is_exclusive_in_whole_seconds(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    tenant.tick(10.9)
    tenant.edit(sheet, 2, "Quantity", 5, ANN)
    second = stamp(tenant.now)
    before = stamp(tenant.now - timedelta(seconds=1))
    body = ask(emu, f"/sheets/{sheet.id}", rowsModifiedSince=second).json
    assert body["rows"] == []
    assert body["totalRowCount"] == 30
    found = ask(emu, f"/sheets/{sheet.id}", rowsModifiedSince=before).json["rows"]
    assert [row["rowNumber"] for row in found] == [2]


def test_a_page_is_cut_before_rows_are_filtered(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    since = stamp(tenant.now)
    tenant.tick(10)
    tenant.edit(sheet, 25, "Quantity", 5, ANN)
    pages = [
        ask(emu, f"/sheets/{sheet.id}", rowsModifiedSince=since, page=page, pageSize=10).json for page in (1, 2, 3, 4)
    ]
    assert [len(page["rows"]) for page in pages] == [0, 0, 1, 1]  # page 4 is page 3 again
    assert {page["totalRowCount"] for page in pages} == {30}
    assert not any("pageNumber" in page for page in pages)


def test_a_row_that_went_blank_is_never_among_the_modified(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    since = stamp(tenant.now)
    tenant.tick(10)
    tenant.blank_row(sheet, 3, ANN)
    assert ask(emu, f"/sheets/{sheet.id}", rowsModifiedSince=since).json["rows"] == []
    assert cells(ask(emu, f"/sheets/{sheet.id}").json["rows"][2])[sheet.column("Quantity").id].keys() == {"columnId"}


# how cells look


def test_levels_change_types_and_flags_gate_fields(tenant: Tenant, emu: Emulator) -> None:
    kinds = {"Who": "MULTI_CONTACT_LIST", "Tags": "MULTI_PICKLIST", "Day": "DATE", "Done": "CHECKBOX", "None": "DATE"}
    columns = [Column(tenant.ids.number(), title, kind, options=("a", "b")) for title, kind in kinds.items()]
    sheet = tenant.new_sheet("Typed", columns)
    tenant.add_row(sheet, {"Who": [ANN, BOB], "Tags": ["a", "b"], "Day": "2026-07-19", "Done": False}, ANN)
    who, tags, day, done, none = (each.id for each in columns)

    def at(level: int) -> tuple[dict[int, str], dict[int, Any]]:
        body = ask(emu, f"/sheets/{sheet.id}", level=level, include="objectValue,columnType").json
        return {each["id"]: each["type"] for each in body["columns"]}, cells(body["rows"][0])

    types, shown = at(0)
    assert (types[who], types[tags]) == ("TEXT_NUMBER", "TEXT_NUMBER")
    assert shown[who]["columnType"] == "TEXT_NUMBER"
    assert shown[who]["value"] == f"{ANN}, {BOB}"
    assert shown[day]["objectValue"] == {"objectType": "DATE", "value": "2026-07-19"}
    assert "displayValue" not in shown[day]
    assert (shown[done]["value"], shown[done]["objectValue"]) == (False, False)
    assert shown[none] == {"columnId": none}
    types, shown = at(1)
    assert (types[who], types[tags]) == ("MULTI_CONTACT_LIST", "TEXT_NUMBER")
    assert [each["email"] for each in shown[who]["objectValue"]["values"]] == [ANN, BOB]
    types, shown = at(2)
    assert types[tags] == shown[tags]["columnType"] == "MULTI_PICKLIST"
    assert shown[tags]["objectValue"] == {"objectType": "MULTI_PICKLIST", "values": ["a", "b"]}

    plain = ask(emu, f"/sheets/{sheet.id}", exclude="nonexistentCells").json["rows"][0]
    assert none not in cells(plain)
    assert cells(plain)[day].keys() == {"columnId", "value"}
    assert "modifiedBy" not in plain
    told = ask(emu, f"/sheets/{sheet.id}", include="writerInfo,rowPermalink,ownerInfo").json
    assert told["rows"][0]["modifiedBy"] == {"name": "Ann", "email": ANN}
    assert told["rows"][0]["permalink"].endswith(str(sheet.rows[0].id))
    assert told["owner"] == "owner@example.com"


# edits and what they set off


def test_an_edit_moves_version_row_and_history(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    row = sheet.rows[0]
    old = row.value(sheet.column("CU").id)
    tenant.tick(60)
    tenant.edit(sheet, row.id, "CU", "POL-45-1", BOB)
    body = ask(emu, f"/sheets/{sheet.id}", include="writerInfo").json
    assert body["version"] == 2
    assert (body["rows"][0]["modifiedAt"], body["rows"][0]["modifiedBy"]["email"]) == (stamp(tenant.now), BOB)
    found = history(emu, sheet, row.id, "CU")
    assert [each["value"] for each in found] == ["POL-45-1", old]
    assert found[0]["modifiedBy"] == {"name": "Bob", "email": BOB}


def test_saving_the_same_value_leaves_no_history(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    row = sheet.rows[0]
    tenant.tick(60)
    tenant.edit(sheet, row.id, "CU", row.value(sheet.column("CU").id), BOB)
    body = ask(emu, f"/sheets/{sheet.id}").json
    assert (body["version"], body["rows"][0]["modifiedAt"]) == (2, stamp(tenant.now))
    assert len(history(emu, sheet, row.id, "CU")) == 1
    assert tenant.truth[-1].kind == "same"


def test_a_recalculation_comes_later_and_is_nobodys(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    tenant.recalc_delay = (5, 35)
    row = sheet.rows[0]
    unit = float((row.cells[sheet.column("Units Total Price").id].formula or "").rpartition(" ")[2])
    tenant.edit(sheet, row.id, "Quantity", 11, BOB)
    tenant.tick(4)
    assert ask(emu, f"/sheets/{sheet.id}/version").json == {"version": 2}
    tenant.tick(31)
    body = ask(emu, f"/sheets/{sheet.id}", include="writerInfo").json
    assert (body["version"], body["rows"][0]["modifiedBy"]["email"]) == (4, "automation@smartsheet.com")
    newest = history(emu, sheet, row.id, "Units Total Price")[0]
    assert newest["value"] == pytest.approx(11 * unit)
    assert newest["modifiedBy"]["email"] == "automation@smartsheet.com"
    assert (tenant.truth[-1].kind, tenant.truth[-1].cause) == ("recalc", BOB)


def test_an_automation_stamps_some_time_after_the_check(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    row = sheet.rows[0]
    tenant.edit(sheet, row.id, "Units Completed?", True, BOB)
    tenant.tick(16)
    assert not [fact for fact in tenant.truth if fact.kind == "automation"]
    tenant.tick(262 - 16)
    found = history(emu, sheet, row.id, "Snapshot Date")[0]
    assert found["value"] == tenant.now.date().isoformat()
    assert found["modifiedBy"] == {"name": "Smartsheet Automation", "email": "automation@smartsheet.com"}


# rows


def test_an_insert_touches_the_row_that_makes_place(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    since = stamp(tenant.now)
    tenant.tick(10)
    displaced = sheet.rows[4]
    writer = displaced.modified_by
    made = tenant.add_row(sheet, {"Quantity": 1}, BOB, at=5)
    found = ask(emu, f"/sheets/{sheet.id}", rowsModifiedSince=since, include="writerInfo").json["rows"]
    assert [(row["id"], row["rowNumber"]) for row in found] == [(made.id, 5), (displaced.id, 6)]
    assert found[1]["siblingId"] == made.id
    assert found[1]["modifiedBy"]["email"] == writer.email


def test_a_deleted_row_leaves_nothing(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    row, column = sheet.rows[4], sheet.column("CU")
    child = tenant.add_row(sheet, {"CU": "ANC-10"}, BOB, parent=row)
    assert sorted(tenant.delete_row(sheet, row, ANN)) == sorted([row.id, child.id])
    body = ask(emu, f"/sheets/{sheet.id}").json
    assert (body["totalRowCount"], body["version"]) == (29, 3)
    assert not {row.id, child.id} & {each["id"] for each in body["rows"]}
    assert ask(emu, f"/sheets/{sheet.id}/rows/{row.id}/columns/{column.id}/history").error == (404, 1006)
    assert ask(emu, f"/sheets/{sheet.id}/rows/{row.id}").error == (404, 1006)


def test_ids_stay_within_a_sheet_and_not_beyond(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    other = billing_sheet(tenant, "South", 3, 8)
    ids = {row.id for row in sheet.rows}
    parent = sheet.rows[4]
    tenant.edit(sheet, parent.id, "CU", "POL-45-1", BOB)
    child = tenant.add_row(sheet, {"CU": "ANC-10"}, BOB, parent=parent)
    tenant.move_row(sheet, parent.id, 20, ANN)
    tenant.sort(sheet, "CU", ANN)
    assert {row.id for row in sheet.rows} == ids | {child.id}
    rows = ask(emu, f"/sheets/{sheet.id}").json["rows"]
    at = next(place for place, row in enumerate(rows) if row["id"] == parent.id)
    assert (rows[at + 1]["id"], rows[at + 1]["parentId"]) == (child.id, parent.id)

    moved = tenant.move_to_sheet(sheet, parent.id, other, ANN)
    there = ask(emu, f"/sheets/{other.id}").json["rows"]
    assert [row["id"] for row in there[-2:]] == [row.id for row in moved]
    assert not {row.id for row in moved} & {parent.id, child.id}
    assert there[-1]["parentId"] == moved[0].id
    assert ask(emu, f"/sheets/{sheet.id}").json["totalRowCount"] == 29
    assert len(history(emu, other, moved[0].id, "CU")) == 1


# columns


def test_columns_keep_their_ids(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    column = sheet.column("CU")
    tenant.rename_column(sheet, "CU", "Billable Unit Code", ANN)
    tenant.retype_column(sheet, column.id, "PICKLIST", ANN)
    before = ask(emu, f"/sheets/{sheet.id}").json
    tenant.reorder_column(sheet, column.id, 0, ANN)
    after = ask(emu, f"/sheets/{sheet.id}").json
    assert (after["columns"][0]["id"], after["columns"][0]["title"]) == (column.id, "Billable Unit Code")
    assert after["columns"][0]["type"] == "PICKLIST"
    assert [each["index"] for each in after["columns"]] == list(range(14))
    assert cells(after["rows"][0]) == cells(before["rows"][0])
    tenant.remove_column(sheet, column.id, ANN)
    gone = ask(emu, f"/sheets/{sheet.id}").json
    assert column.id not in cells(gone["rows"][0])
    assert (gone["version"], len(gone["columns"])) == (5, 13)


# changes that do not show, and others that show without a version


def test_some_changes_move_the_version_and_no_cell(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    before = ask(emu, f"/sheets/{sheet.id}").json
    tenant.format_only(sheet, 1, ANN)
    tenant.comment(sheet, 2, "Consider this", BOB)
    file = tenant.attach(sheet, 3, "photo.jpg", ANN, b"123", "image/jpeg")
    after = ask(emu, f"/sheets/{sheet.id}").json
    assert after["version"] == before["version"] + 3
    system = {each.id for each in sheet.columns if each.system}

    def own(body: Any) -> list[dict[int, Any]]:
        return [{key: cell for key, cell in cells(row).items() if key not in system} for row in body["rows"]]

    assert own(after) == own(before)
    assert "format" in ask(emu, f"/sheets/{sheet.id}", include="format").json["rows"][0]["cells"][0]
    listed = ask(emu, f"/sheets/{sheet.id}/attachments").json["data"]
    assert [(each["id"], each["parentType"], each["parentId"]) for each in listed] == [
        (file.id, "ROW", sheet.rows[2].id)
    ]
    told = ask(emu, f"/sheets/{sheet.id}", include="attachments,discussions").json["rows"]
    assert told[2]["attachments"][0]["name"] == "photo.jpg"
    assert told[1]["discussions"][0]["comments"][0]["text"] == "Consider this"
    one = ask(emu, f"/sheets/{sheet.id}/attachments/{file.id}").json
    assert ask(emu, one["url"].removeprefix(emu.root), token=None).body == b"123"


def test_some_changes_move_no_version(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    tenant.silent_columns = True
    tenant.rename_column(sheet, "CU", "Code", ANN)
    tenant.rename_sheet(sheet, "North 2", ANN)
    tenant.share(sheet, "new@example.com", "VIEWER")
    body = ask(emu, f"/sheets/{sheet.id}").json
    assert (body["version"], body["name"], body["columns"][6]["title"]) == (1, "North 2", "Code")


# the clock


def test_the_servers_date_is_the_virtual_clock(tenant: Tenant, emu: Emulator) -> None:
    tenant.tick(3600)
    assert ask(emu, "/serverinfo").headers["date"] == "Mon, 27 Jul 2026 15:00:00 GMT"
    tenant.skew = -90
    assert ask(emu, "/serverinfo").headers["date"] == "Mon, 27 Jul 2026 14:58:30 GMT"


# limits


def test_300_requests_a_minute_and_30_heavy_ones(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    tenant.virtual_rate = True
    path = f"/sheets/{sheet.id}/rows/{sheet.rows[0].id}/columns/{sheet.columns[0].id}/history"
    heavy = [ask(emu, path).status for _ in range(32)]
    assert heavy == [200] * 30 + [429, 429]
    light = [ask(emu, "/serverinfo").status for _ in range(272)]
    assert light == [200] * 270 + [429, 429]
    tenant.new_token("other", tenant.me)
    assert ask(emu, "/serverinfo", token="other").status == 200
    refused = ask(emu, "/serverinfo")
    assert refused.error == (429, 4003)
    assert "retry-after" not in refused.headers
    tenant.retry_after = 7
    assert ask(emu, "/serverinfo").headers["retry-after"] == "7"
    assert worst_minute(emu.log, heavy=True, virtual=True) == 32
    assert worst_minute(emu.log, virtual=True) == 32 + 272 + 3
    tenant.tick(60)
    assert ask(emu, path).status == 200
    tenant.rate_limit = False
    assert {ask(emu, path).status for _ in range(35)} == {200}


# webhooks


@pytest.mark.parametrize("echo", ["header", "body"])
def test_a_subscriber_proves_himself_and_gets_signed_callbacks(
    tenant: Tenant, sheet: Sheet, emu: Emulator, echo: str
) -> None:
    subscriber = Subscriber([200], echo)
    with subscriber.listening() as url:
        hook = hooked(emu, sheet, url)
        assert (hook["status"], hook["enabled"]) == ("ENABLED", True)
        fact = tenant.edit(sheet, 1, "CU", "POL-45-1", ANN)
        gone = tenant.delete_row(sheet, 2, BOB)
        assert tenant.deliver_webhooks() == [200]
        assert tenant.deliver_webhooks() == []
    headers, body = subscriber.got[0]
    signature = hmac.new(hook["sharedSecret"].encode(), body, hashlib.sha256).hexdigest()
    assert headers["smartsheet-hmac-sha256"] == signature
    told = json.loads(body)
    assert (told["webhookId"], told["scopeObjectId"]) == (hook["id"], sheet.id)
    assert [(each["objectType"], each["eventType"]) for each in told["events"]] == [
        ("cell", "updated"), ("row", "deleted"),
    ]  # fmt: skip
    assert told["events"][0]["rowId"] == fact.row_id
    assert (told["events"][1]["id"], told["events"][1]["userId"]) == (gone[0], tenant.user(BOB).id)


def test_a_subscriber_who_fails_the_challenge_gets_nothing(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    with Subscriber([200], "nothing").listening() as url:
        assert hooked(emu, sheet, url)["status"] == "DISABLED_VERIFICATION_FAILED"
        tenant.edit(sheet, 1, "CU", "POL-45-1", ANN)
        assert tenant.deliver_webhooks() == []
