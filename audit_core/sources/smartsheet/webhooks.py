"""Webhooks at Smartsheet: which there are, how they are made and removed, and the secrets their callbacks bear."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from audit_core.sources.smartsheet.answers import ChangedWebhook, Webhook, WebhookPage, decoder
from audit_core.sources.smartsheet.client import Client, Purpose, WritingClient
from audit_core.sources.smartsheet.transport import Body

PAUSE_S: Final = 60.0
"""Secrets are asked for at most once in so long, whatever comes in."""
_PAGE: Final = 1_000


def webhooks(client: Client, *, patient: bool = True) -> Iterator[Webhook]:
    """All webhooks of the token's user, newest first. `patient`: see Client.get. Raises Refused."""
    page = 1
    while True:
        query = {"page": str(page), "pageSize": str(_PAGE)}
        answer = client.get("/webhooks", decoder(WebhookPage), query, purpose=Purpose.WEBHOOKS, patient=patient)
        found = answer.value.data
        yield from found
        if len(found) < _PAGE:
            return
        page += 1


def webhook(client: Client, webhook_id: int | str) -> Webhook:
    """One of them. Raises Refused."""
    return client.get(f"/webhooks/{webhook_id}", decoder(Webhook), purpose=Purpose.WEBHOOKS).value


def create(client: WritingClient, sheet_id: int, url: str) -> Webhook:
    """Make a webhook that calls `url` for everything on one sheet; it is not enabled yet. Raises Refused."""
    wanted = {
        "name": f"Redline {sheet_id}",
        "callbackUrl": url,
        "scope": "sheet",
        "scopeObjectId": sheet_id,
        "events": ["*.*"],
        "version": 1,
    }
    return _sent(client, "POST", "/webhooks", wanted)


def enable(client: WritingClient, webhook_id: int | str) -> Webhook:
    """Let Smartsheet send its challenge: the webhook as it is after it, enabled or not. Raises Refused."""
    return _sent(client, "PUT", f"/webhooks/{webhook_id}", {"enabled": True})


def delete(client: WritingClient, webhook_id: int | str) -> None:
    """Remove a webhook. Raises Refused."""
    client.send("DELETE", f"/webhooks/{webhook_id}", None, lambda _body: None, purpose=Purpose.WEBHOOKS)


class Secrets:
    """The secrets of the webhooks that call `url`: asked for when one is needed, and kept in memory only.

    `opened` gives a client. Smartsheet is asked at most once in PAUSE_S, so that made-up webhooks cannot use up the
    token's limits; a webhook that is newer than the last answer is known after that.
    """

    def __init__(
        self, opened: Callable[[], Client], url: str | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._opened, self._url, self._clock = opened, url, clock
        self._known: dict[str, bytes] = {}
        self._not_before = float("-inf")
        self._asking = threading.Lock()

    def known(self, webhook_id: str) -> bytes | None:
        """The secret as it was last told."""
        return self._known.get(webhook_id)

    def asked(self, webhook_id: str) -> bytes | None:
        """The secret as Smartsheet tells it now. Raises AuditError where it does not, Busy while it is being asked."""
        if not self._asking.acquire(blocking=False):
            raise Busy  # a thread that waited would be one less for everybody else
        try:
            if (now := self._clock()) >= self._not_before:
                self._not_before = now + PAUSE_S
                self._known = dict(self._told(webhook_id))
            return self.known(webhook_id)
        finally:
            self._asking.release()

    def _told(self, wanted: str) -> Iterator[tuple[str, bytes]]:
        client = self._opened()
        for each in webhooks(client, patient=False):
            name, secret = str(each.id), each.sharedSecret
            if each.callbackUrl != self._url:
                continue
            if not secret and name == wanted:  # a list need not say what the webhook itself says
                secret = webhook(client, name).sharedSecret
            if secret:
                yield name, secret.encode()
            elif name in self._known:
                yield name, self._known[name]


class Busy(Exception):
    """Another thread is asking just now."""


def _sent(client: WritingClient, method: str, path: str, body: dict[str, object]) -> Webhook:
    return client.send(method, path, Body(json=body), decoder(ChangedWebhook), purpose=Purpose.WEBHOOKS).value.result
