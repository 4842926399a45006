"""What becomes of a callback of Smartsheet: it is believed and kept, or refused. It only ever asks for a sync.

Smartsheet calls again after 4xx, 5xx and silence, up to 14 times, and gives a webhook up at 201–299, 309–399 and 410:
none of those is ever answered.
"""

import hashlib
import hmac
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from audit_core.errors import AuditError
from audit_core.settings.source import SmartsheetSettings
from audit_core.sources.smartsheet import open_client
from audit_core.sources.smartsheet.callbacks import Head, head
from audit_core.sources.smartsheet.webhooks import Busy, Secrets
from audit_core.store.callbacks import Callback
from audit_core.workspace import Workspace

log = logging.getLogger("redline.webhook")
WINDOW: Final = timedelta(minutes=15)
"""How far a callback's time may lie from ours."""
_SAY_EVERY_S: Final = 60.0
_SIGNATURE: Final = re.compile(r"[0-9a-f]{1,64}")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the caller is told: an HTTP status and one sentence."""

    status: int
    sentence: str


class Receiver:
    """Takes callbacks, for one process. `clock`: seconds, monotonic."""

    def __init__(
        self, workspace: Workspace, source: SmartsheetSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store, self._clock = workspace.store, clock
        self._secrets = Secrets(lambda: open_client(source, workspace.config), workspace.settings.webhook.url, clock)
        self._refused = 0
        self._quiet_until = float("-inf")

    def take(self, body: bytes, signature: str, now: datetime) -> Reply:
        """Check a callback and keep it. `signature`: the header as it came, "" where there was none."""
        try:
            called = head(body)
        except ValueError as error:
            return self._refuse(400, f"This is no callback of Smartsheet ({error}).", "it is no callback")
        try:
            signed = self._signed(called.webhook_id, body, signature.strip().lower())
        except Busy:
            return Reply(503, "The signature is being checked for another callback: try again.")
        except AuditError as error:
            log.warning("the secret of webhook %.20s could not be had: %s", called.webhook_id, error)
            return Reply(503, "The signature cannot be checked now: try again.")
        if not signed:
            why = f"webhook {called.webhook_id:.20} did not sign it, or is none of ours"
            return self._refuse(401, "This is not signed by a webhook of this installation.", why)
        if abs(now - called.at) > WINDOW:
            why = f"webhook {called.webhook_id:.20} sent it at {called.at:%Y-%m-%dT%H:%M:%SZ}"
            return self._refuse(401, "This is older or newer than 15 minutes by this installation's clock.", why)
        return self._keep(called, body, now)

    def _signed(self, webhook_id: str, body: bytes, signature: str) -> bool:
        if not _SIGNATURE.fullmatch(signature):
            return False
        if (secret := self._secrets.known(webhook_id)) and _fits(secret, body, signature):
            return True
        # a new webhook, or one whose secret was reset
        secret = self._secrets.asked(webhook_id)
        return secret is not None and _fits(secret, body, signature)

    def _keep(self, called: Head, body: bytes, now: datetime) -> Reply:
        callback = Callback(now, called.webhook_id, called.sheet_id, called.nonce, body.decode())
        try:
            self._store.database.require_current()
            new = self._store.callbacks.keep(callback)
        except AuditError as error:
            log.warning("a callback of webhook %.20s could not be kept: %s", called.webhook_id, error)
            return Reply(503, "This cannot be kept now: try again.")
        if called.status:
            log.warning(
                "Smartsheet says that webhook %.20s is %.60r now: see 'python -m jobs webhooks list'",
                called.webhook_id,
                called.status,
            )
        return Reply(200, "Kept." if new else "Known already.")

    def _refuse(self, status: int, sentence: str, why: str) -> Reply:
        """Refuse and count; the log is told once a minute, so that nobody outside can fill it."""
        self._refused += 1
        if (now := self._clock()) >= self._quiet_until:
            self._quiet_until = now + _SAY_EVERY_S
            log.warning("a callback was refused: %s (%d refused so far)", why, self._refused)
        return Reply(status, sentence)


def _fits(secret: bytes, body: bytes, signature: str) -> bool:
    """Whether the secret gives this signature; leading zeros that were left out count as there."""
    return hmac.compare_digest(hmac.new(secret, body, hashlib.sha256).hexdigest(), signature.zfill(64))
