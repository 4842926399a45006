"""Webhooks from the service's side: the challenge, signed callbacks, and when a hook is given up."""

import hashlib
import hmac
import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from tests.emulator.estate import Estate
from tests.emulator.ids import stamp, word
from tests.emulator.state import Json, Webhook

TRIES = 14
CHALLENGE_EVERY = 100
_GIVE_UP = frozenset({*range(201, 300), *range(309, 400), 410})


class Callbacks(Estate):
    """Calls subscribers, only when asked to. No lock is held meanwhile: a subscriber may well call back."""

    def deliver_webhooks(self) -> list[int]:
        """Send what waits, one callback a hook. Returns the answers' status codes, 0 where there was none.

        A callback that failed waits for the next call of this method, 14 times at most; the hours that lie between
        them in the service do not pass here.
        """
        codes = []
        for hook in list(self.webhooks.values()):
            with self.lock:
                events, hook.pending = hook.pending, []
                notice, hook.notice = hook.notice, None
            if notice is not None:
                codes.append(self._call(hook, {"newWebhookStatus": notice})[0])
            elif events:
                if hook.callbacks and hook.callbacks % CHALLENGE_EVERY == 0 and not self.challenge(hook):
                    continue
                codes.append(self._send(hook, events))
        return codes

    def challenge(self, hook: Webhook) -> bool:
        """Ask the subscriber to prove himself; enables the hook or disables it."""
        secret = word(self.noise, 32)
        body = json.dumps({"challenge": secret, "webhookId": hook.id}).encode()
        code, answer, headers = post(hook.callback_url, body, {"Smartsheet-Hook-Challenge": secret})
        proven = headers.get("smartsheet-hook-response") == secret
        if not proven:
            try:
                proven = json.loads(answer)["smartsheetHookResponse"] == secret
            except (ValueError, KeyError, TypeError):
                proven = False
        with self.lock:
            hook.modified_at = self.now
            if code == http.HTTPStatus.OK and proven:
                hook.enabled, hook.status, hook.attempts = True, "ENABLED", 0
            else:
                hook.disable("DISABLED_VERIFICATION_FAILED")
                hook.notice = None
        return hook.enabled

    def _send(self, hook: Webhook, events: list[Json]) -> int:
        code = self._call(hook, {"events": events})[0]
        with self.lock:
            hook.attempts += 1
            if code == http.HTTPStatus.OK:
                hook.attempts, hook.callbacks = 0, hook.callbacks + 1
            elif code in _GIVE_UP or hook.attempts >= TRIES:
                hook.disable("DISABLED_CALLBACK_FAILED")
            elif hook.enabled:
                hook.pending = events + hook.pending
        return code

    def _call(self, hook: Webhook, about: Json) -> tuple[int, bytes, dict[str, str]]:
        when = f"{stamp(self.now)[:-1]}.000+0000"
        head: dict[str, Any] = {"nonce": word(self.noise, 32), "timestamp": when, "webhookId": hook.id}
        scope = {"scope": "sheet", "scopeObjectId": hook.scope_object_id}
        body = json.dumps({**head, **scope, **about}).encode()
        signature = hmac.new(hook.shared_secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Smartsheet-Hmac-SHA256": signature, "Smartsheet-Hook-Id": str(hook.id)}
        return post(hook.callback_url, body, headers)


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
    """POST JSON, following nothing: status, body and headers in lower case; status 0 without an answer."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=5)
    try:
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
    except (OSError, http.client.HTTPException):
        return 0, b"", {}
    finally:
        connection.close()
