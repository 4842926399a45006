"""Webhooks that fail, are disabled, or are narrowed."""

import json

import pytest

from tests.emulator import Emulator, Tenant
from tests.emulator.clients import ask
from tests.emulator.state import Sheet
from tests.emulator.subscriber import Subscriber, hooked

ANN = "ann@example.com"


def test_failures_are_tried_again_and_then_given_up(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    subscriber = Subscriber([500, 404, 200])
    with subscriber.listening() as url:
        hook = hooked(emu, sheet, url)
        tenant.edit(sheet, 1, "CU", "POL-45-1", ANN)
        assert [tenant.deliver_webhooks() for _ in range(4)] == [[500], [404], [200], []]
        subscriber.codes = [503]
        tenant.edit(sheet, 1, "CU", "POL-45-2", ANN)
        assert [tenant.deliver_webhooks() for _ in range(14)] == [[503]] * 14
        assert ask(emu, f"/webhooks/{hook['id']}").json["status"] == "DISABLED_CALLBACK_FAILED"
        tenant.edit(sheet, 1, "CU", "POL-45-3", ANN)
        assert tenant.deliver_webhooks() == [503]  # only word of the new status
        assert json.loads(subscriber.got[-1][1])["newWebhookStatus"] == "DISABLED_CALLBACK_FAILED"
        assert tenant.deliver_webhooks() == []


@pytest.mark.parametrize("code", [202, 310, 410])
def test_some_answers_disable_a_webhook_at_once(tenant: Tenant, sheet: Sheet, emu: Emulator, code: int) -> None:
    with Subscriber([code]).listening() as url:
        hook = hooked(emu, sheet, url)
        tenant.edit(sheet, 1, "CU", "POL-45-1", ANN)
        tenant.deliver_webhooks()
        assert ask(emu, f"/webhooks/{hook['id']}").json["enabled"] is False


def test_a_subscope_narrows_cells_only(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    subscriber = Subscriber([200])
    with subscriber.listening() as url:
        hooked(emu, sheet, url, subscope={"columnIds": [sheet.column("Quantity").id]})
        tenant.edit(sheet, 1, "CU", "POL-45-1", ANN)
        assert tenant.deliver_webhooks() == []
        tenant.edit(sheet, 1, "Quantity", 99, ANN)
        tenant.delete_row(sheet, 2, ANN)
        tenant.deliver_webhooks()
    assert [each["objectType"] for each in json.loads(subscriber.got[0][1])["events"]] == ["cell", "row"]


def test_losing_the_sheet_disables_the_webhook(tenant: Tenant, sheet: Sheet, emu: Emulator) -> None:
    subscriber = Subscriber([200])
    with subscriber.listening() as url:
        hooked(emu, sheet, url)
        tenant.edit(sheet, 1, "CU", "POL-45-1", ANN)
        tenant.deny(sheet, tenant.me.email)
        tenant.deliver_webhooks()
    told = json.loads(subscriber.got[0][1])
    assert (told["newWebhookStatus"], "events" in told) == ("DISABLED_SCOPE_INACCESSIBLE", False)


def test_a_callback_url_is_https_or_of_this_machine(sheet: Sheet, emu: Emulator) -> None:
    asked = {"name": "watch", "scope": "sheet", "scopeObjectId": sheet.id, "events": ["*.*"], "version": 1}
    for url in ("http://hooks.example.com/", "https://hooks.example.com:9999/"):
        assert ask(emu, "/webhooks", "POST", {**asked, "callbackUrl": url}).error == (400, 1152)
    asked |= {"scopeObjectId": 17, "callbackUrl": "https://hooks.example.com/"}
    assert ask(emu, "/webhooks", "POST", asked).error == (400, 1151)
