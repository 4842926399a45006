"""What is sealed of deliveries: each step an event of the ledger, before or right after it happened."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit_core.actors import Actor
from audit_core.delivery.answers import Answer, Verdict
from audit_core.delivery.deliveries import BEGUN, DELIVERED, REFUSED, UNCLEAR, Way
from audit_core.delivery.letter import Letter
from audit_core.documents.document import Document
from audit_core.store.actions import Action
from audit_core.store.store import Store

_ACTIONS = {
    Verdict.ACCEPTED: DELIVERED,
    Verdict.LATER: REFUSED,
    Verdict.NEVER: REFUSED,
    Verdict.UNCLEAR: UNCLEAR,
}


@dataclass(frozen=True, slots=True)
class Try:
    """One try of one delivery. `hook`: by webhook, else by e-mail. `round`, `number`: see `Delivery`."""

    way: Way
    document: Document
    hook: bool
    key: str
    round: int
    number: int

    @property
    def words(self) -> str:
        """What goes where."""
        return f"{self.document.title} to {self.way.to} ({self.way.subscription})"

    def evidence(self, **more: Any) -> dict[str, Any]:
        """What its events say of it."""
        return {
            "subscription": self.way.subscription,
            "to": self.way.to,
            "document_event_id": self.way.document,
            "files": {file.name: file.sha256 for file in self.document.files},
            "hook": self.hook,
            "key": self.key,
            "round": self.round,
            "try": self.number,
            **more,
        }


def begin(store: Store, actor: Actor, one: Try, run_id: str, of: Letter, now: datetime) -> None:
    """Seal that sending begins: from now on it may have arrived, until something else is known."""
    text = f"Sending {one.words}, try {one.number}."
    _seal(store, actor, BEGUN, text, one, run_id, now, attached=of.attached, anchor=of.anchor)


def end(store: Store, actor: Actor, one: Try, run_id: str, answer: Answer, now: datetime) -> None:
    """Seal what came of it."""
    told = {
        Verdict.ACCEPTED: f"Delivered: {one.words}.",
        Verdict.LATER: f"Not delivered for now: {one.words}.",
        Verdict.NEVER: f"Not delivered: {one.words}.",
        Verdict.UNCLEAR: f"It is not known whether this arrived: {one.words}.",
    }[answer.verdict]
    temporary = answer.verdict is Verdict.LATER
    _seal(
        store, actor, _ACTIONS[answer.verdict], f"{told} {answer.said}", one, run_id, now, said=answer.said,
        temporary=temporary,
    )  # fmt: skip


def _seal(store: Store, actor: Actor, name: str, text: str, one: Try, run_id: str, now: datetime, **more: Any) -> None:
    week = one.document.week
    fields = {
        "audit_run_id": run_id,
        "evidence": json.dumps(one.evidence(**more), sort_keys=True),
        "work_request": one.document.work_request,
        "week_ending": week.isoformat() if week else None,
    }
    with store.database.write() as connection:
        store.seal(connection, Action(name, text, actor, fields=fields), now)
