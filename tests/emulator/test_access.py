"""Who may see what, in which pages, and what may be written."""

from typing import Any

from tests.emulator import Emulator, Tenant, billing_sheet
from tests.emulator.clients import ask
from tests.emulator.ids import stamp
from tests.emulator.state import Sheet

ANN, BOB = "ann@example.com", "bob@example.com"


def test_tokens_and_access_have_their_own_errors(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    path = f"/sheets/{sheet.id}/version"
    assert ask(emu, path, token=None).error == (403, 1004)
    assert ask(emu, path, token="unheard-of").error == (401, 1002)
    for state, error in (("expired", 1003), ("revoked", 1002), ("invalid", 1002)):
        tenant.new_token(state, tenant.me, state)  # type: ignore[arg-type]
        assert ask(emu, path, token=state).error == (401, error)
    tenant.new_token("stranger", "stranger@example.com")
    assert ask(emu, path, token="stranger").error == (404, 1006)
    assert ask(emu, "/sheets", token="stranger").json["data"] == []
    tenant.deny(sheet, tenant.me.email)
    assert ask(emu, path).error == (403, 1004)
    assert ask(emu, "/sheets").json["data"] == []
    tenant.allow(sheet, tenant.me.email)
    tenant.delete_sheet(sheet, ANN)
    assert ask(emu, path).error == (404, 1006)
    tenant.restore(sheet, ANN)
    assert ask(emu, path).status == 200
    assert set(ask(emu, path, token="unheard-of").json) == {"refId", "errorCode", "message"}


def test_shares_come_in_pages(tenant: Tenant, emu: Emulator) -> None:
    home = tenant.new_workspace("Billing")
    sheet = billing_sheet(tenant, "South", 3, 8, home)
    crew = tenant.new_group("Crew", [ANN, BOB])
    tenant.share(sheet, crew, "VIEWER")
    tenant.token_page = 3
    found: list[Any] = []
    query: dict[str, Any] = {"assetType": "sheet", "assetId": sheet.id}
    while True:
        page = ask(emu, "/shares", **query).json
        found += page["items"]
        if "lastKey" not in page:
            break
        query["lastKey"] = page["lastKey"]
    assert len(found) == 8
    assert {each["scope"] for each in found} == {"ITEM"}
    assert found[-1]["groupId"] == str(crew.id)
    both = ask(emu, "/shares", assetType="sheet", assetId=sheet.id, sharingInclude="ITEM,WORKSPACE", maxItems=100).json
    assert len(both["items"]) == 10
    assert ask(emu, f"/groups/{crew.id}").json["members"][0]["email"] == ANN
    tenant.me.admin = False
    assert ask(emu, f"/groups/{crew.id}").error == (403, 1004)
    assert ask(emu, "/groups").json["data"][0]["name"] == "Crew"
    assert "admin" not in ask(emu, "/users").json["data"][0]


def test_a_group_or_a_workspace_gives_access(tenant: Tenant, emu: Emulator) -> None:
    tenant.new_token("bob", BOB)
    crew = tenant.new_group("Crew", [BOB])
    one = tenant.new_sheet("By group")
    tenant.share(one, crew, "COMMENTER")
    home = tenant.new_workspace("Shared", {BOB: "VIEWER"})
    two = tenant.new_sheet("By workspace", home=tenant.new_folder("Deep", home), shares={})
    shown = {each["name"]: each["accessLevel"] for each in ask(emu, "/sheets", token="bob").json["data"]}
    assert shown == {"North": "EDITOR", "By group": "VIEWER", "By workspace": "VIEWER"}
    asked = ask(emu, f"/sheets/{one.id}", token="bob", accessApiLevel=1).json
    assert asked["accessLevel"] == "COMMENTER"
    assert ask(emu, f"/sheets/{two.id}").error == (404, 1006)


def test_the_tree_is_walked_page_by_page(tenant: Tenant, emu: Emulator) -> None:
    home = tenant.new_workspace("Billing")
    folder = tenant.new_folder("2026", home)
    billing_sheet(tenant, "July", 1, 1, folder)
    billing_sheet(tenant, "Top", 1, 2, home)
    tenant.token_page = 1
    first = ask(emu, f"/workspaces/{home.id}/children").json
    second = ask(emu, f"/workspaces/{home.id}/children", lastKey=first["lastKey"]).json
    assert (first["data"][0]["resourceType"], second["data"][0]["resourceType"]) == ("folder", "sheet")
    assert "lastKey" not in second
    inside = ask(emu, f"/folders/{folder.id}/children", childrenResourceTypes="sheets").json
    assert [each["name"] for each in inside["data"]] == ["July"]
    assert [each["name"] for each in ask(emu, "/workspaces", paginationType="token").json["data"]] == ["Billing"]
    assert ask(emu, f"/folders/{home.id}/children").error == (404, 1006)


def test_events_need_the_add_on(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    since = stamp(tenant.now)
    tenant.edit(sheet, 1, "CU", "POL-45-1", ANN)
    tenant.recalc(sheet, 1, "Units Total Price")
    assert ask(emu, "/events", since=since).error == (403, 1004)
    tenant.events_addon = True
    page = ask(emu, "/events", since=since, maxCount=1).json
    assert page["moreAvailable"] is True
    assert page["data"][0]["action"] == "UPDATE"
    assert page["data"][0]["objectIdStr"] == str(sheet.id)
    assert page["data"][0]["additionalDetails"]["emailAddress"] == ANN
    rest = ask(emu, "/events", streamPosition=page["nextStreamPosition"]).json
    assert len(rest["data"]) == 1
    assert "sourceIpAddress" not in rest["data"][0]["additionalDetails"]
    assert rest["moreAvailable"] is False
    assert ask(emu, "/events").error == (400, 1008)


def test_nothing_is_written_unless_a_test_allows_it(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    row = [{"toBottom": True, "cells": [{"columnId": sheet.column("CU").id, "value": "ANC-10"}]}]
    path = f"/sheets/{sheet.id}/rows"
    assert ask(emu, path, "POST", row).error == (403, 1004)
    assert ask(emu, f"/sheets/{sheet.id}", "DELETE").error == (403, 1004)
    assert tenant.illegal_writes == [f"POST {path}", f"DELETE /sheets/{sheet.id}"]
    tenant.allow_writes = True
    made = ask(emu, path, "POST", row).json
    assert (made["resultCode"], made["version"], made["result"][0]["rowNumber"]) == (0, 2, 31)
    assert ask(emu, path, "POST", row * 501).error == (400, 1008)
    assert ask(emu, path, "PUT", row).error == (403, 1004)
    headers = {"Content-Type": "application/pdf", "Content-Disposition": 'attachment; filename="audit 1.pdf"'}
    given = ask(emu, f"/sheets/{sheet.id}/attachments", "POST", b"%PDF", headers=headers).json["result"]
    assert (given["name"], given["mimeType"], emu.log[-1].heavy) == ("audit 1.pdf", "application/pdf", True)
    tenant.change_access(sheet, tenant.me, "VIEWER")
    assert ask(emu, path, "POST", row).error == (403, 1004)
