"""What is sealed of notices and of the messages that tell them: each step an event of the ledger."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from audit_core.actors import JOBS, Actor
from audit_core.alerts.notice import Found, Notice
from audit_core.delivery.answers import Answer
from audit_core.store.actions import Action
from audit_core.store.database import Connection
from audit_core.store.store import Store

RAISED: Final = "notice_raised"
CHANGED: Final = "notice_changed"
RESOLVED: Final = "notice_resolved"
ACKNOWLEDGED: Final = "notice_acknowledged"
NOTICES: Final = (RAISED, CHANGED, RESOLVED, ACKNOWLEDGED)
"""The actions that seal what became of a notice."""

BEGUN: Final = "notice_message_begun"
ENDED: Final = "notice_message_ended"
UNREACHED: Final = "notice_channel_failed"
TESTED: Final = "notice_channel_tested"
MESSAGES: Final = (BEGUN, ENDED, UNREACHED, TESTED)
"""The actions that seal that a message began to leave, how that ended, that nothing could leave, and a test."""


class Steps:
    """Steps sealed in the caller's transaction, of one run."""

    def __init__(self, store: Store, connection: Connection, run_id: str, now: datetime) -> None:
        self._store, self._connection, self._run_id, self._now = store, connection, run_id, now

    def raise_(self, found: Found, targets: Sequence[str], times: int) -> None:
        """Something is so that was not before."""
        again = f" It was raised {times} times within a day." if times > 1 else ""
        said = {"found": found.to_json(), "targets": list(targets), "times": times}
        self._seal(RAISED, f"Noticed ({found.severity}): {found.sentence}{again}", said)

    def change(self, notice: Notice, found: Found) -> None:
        """It is still so, and worse, or otherwise than a day ago."""
        said = {"number": notice.number, "found": found.to_json(), "worse": notice.severity != found.severity}
        self._seal(CHANGED, f"Still so ({found.severity}): {found.sentence}", said)

    def resolve(self, notice: Notice, why: str) -> None:
        """It is no longer so."""
        self._seal(RESOLVED, f"No longer so: {notice.found.sentence} {why}", {"number": notice.number, "why": why})

    def _seal(self, name: str, text: str, said: Mapping[str, Any]) -> None:
        seal(self._store, self._connection, name, text, said, JOBS, self._now, self._run_id)


def seal(
    store: Store,
    connection: Connection,
    name: str,
    text: str,
    said: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    run_id: str | None = None,
) -> None:
    """One step, with what is known of it as JSON."""
    fields = {"evidence": json.dumps(said, sort_keys=True), "audit_run_id": run_id}
    store.seal(connection, Action(name, text, actor, fields=fields), now)


def seal_begin(
    store: Store, run_id: str, now: datetime, words: str, said: Mapping[str, Any], content: Mapping[str, Any] | None
) -> None:
    """That a message begins to leave: from now on it may have arrived, until something else is known.

    `content`: what it says, the first time.
    """
    with store.database.write() as connection:
        told = dict(said) if content is None else {**said, "content": content}
        seal(store, connection, BEGUN, words, told, JOBS, now, run_id)


def seal_end(store: Store, run_id: str, now: datetime, words: str, said: Mapping[str, Any], answer: Answer) -> None:
    """What came of it."""
    told = {**said, "verdict": answer.verdict.value, "said": answer.said}
    with store.database.write() as connection:
        seal(store, connection, ENDED, f"{words}: {answer.said}", told, JOBS, now, run_id)


def seal_unreached(store: Store, run_id: str, now: datetime, target: str, words: str, why: str) -> None:
    """That nothing could leave for a receiver: no message was begun."""
    with store.database.write() as connection:
        said = {"target": target, "said": why}
        seal(store, connection, UNREACHED, f"Nothing could be told {words}: {why}", said, JOBS, now, run_id)
