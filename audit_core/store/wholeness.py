"""How far the record is proven: when it was last verified and with what result, and what has come since."""

from dataclasses import dataclass
from datetime import datetime

from audit_core.errors import VerificationFailed
from audit_core.store import anchors
from audit_core.store.anchors import Anchor
from audit_core.store.runs import Run, Runs
from audit_core.store.store import Store


@dataclass(frozen=True, slots=True)
class Wholeness:
    """`verified_at`: end of the newest run of verify that passed, `verified`: the events it recomputed, None before.

    `failure`: what the newest verdict of verify found wrong, None when it passed. `untold`: why a run since then came
    to no verdict, None where none failed so. `anchor`: the newest one kept. `key_id`: of the key that signs here, None
    where none does.
    """

    events: int
    verified_at: datetime | None
    verified: int | None
    failure: str | None
    untold: str | None
    anchor: Anchor | None
    key_id: str | None

    @property
    def whole(self) -> bool | None:
        """What the last verification found; None where it came to no verdict, and before the first."""
        if self.failure is not None:
            return False
        return True if self.verified_at is not None and self.untold is None else None

    @property
    def since(self) -> int:
        """How many events came after those that were verified."""
        return self.events - (self.verified or 0)


def wholeness(store: Store) -> Wholeness:
    """Ask the record. Nothing is recomputed here."""
    passed, found, untold = store.runs.newest("verify", "ok"), not_whole(store.runs), without_verdict(store.runs)
    signer = store.keys().signer
    return Wholeness(
        events=store.events(),
        verified_at=passed.finished_at if passed else None,
        verified=int(passed.counters["events"]) if passed else None,
        failure=(found.message or "") if found else None,
        untold=(untold.message or "") if untold else None,
        anchor=anchors.newest(store.anchor_file),
        key_id=signer.key_id if signer else None,
    )


def not_whole(runs: Runs) -> Run | None:
    """The newest run of verify that came to a verdict, where it found that the record is not what was sealed."""
    verdict = _verdict(runs)
    return verdict if verdict is not None and verdict.exit_code else None


def without_verdict(runs: Runs) -> Run | None:
    """The newest run of verify, where it failed before it could tell. One that was asked to end is passed over."""
    newest = runs.newest("verify", "ok", "failed", "timeout", "abandoned")
    return newest if newest != _verdict(runs) else None


def _verdict(runs: Runs) -> Run | None:
    return runs.newest("verify", "ok", "failed", codes=(0, VerificationFailed.exit_code))
