"""How far the record is proven: when it was last verified and with what result, and what has come since."""

from dataclasses import dataclass
from datetime import datetime

from audit_core.store import anchors
from audit_core.store.anchors import Anchor
from audit_core.store.store import Store


@dataclass(frozen=True, slots=True)
class Wholeness:
    """`verified_at`: end of the newest run of verify that passed, `verified`: the events it recomputed, None before.

    `failure`: what the newest run of verify found wrong, None when it passed. `anchor`: the newest one kept.
    `key_id`: of the key that signs here, None where none does.
    """

    events: int
    verified_at: datetime | None
    verified: int | None
    failure: str | None
    anchor: Anchor | None
    key_id: str | None

    @property
    def since(self) -> int:
        """How many events came after those that were verified."""
        return self.events - (self.verified or 0)


def wholeness(store: Store) -> Wholeness:
    """Ask the record. Nothing is recomputed here."""
    newest, passed = store.runs.newest("verify", "ok", "failed", "timeout"), store.runs.newest("verify", "ok")
    signer = store.keys().signer
    return Wholeness(
        events=store.events(),
        verified_at=passed.finished_at if passed else None,
        verified=int(passed.counters["events"]) if passed else None,
        failure=newest.message if newest and newest.status != "ok" else None,
        anchor=anchors.newest(store.anchor_file),
        key_id=signer.key_id if signer else None,
    )
