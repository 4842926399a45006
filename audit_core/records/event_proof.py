"""The proof that one event is part of the record: anybody checks it offline against a root that they hold."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from audit_core.actors import Actor
from audit_core.errors import AuditError, ConfigError, NotAllowed, VerificationFailed
from audit_core.permissions import Permission, require
from audit_core.store import anchors
from audit_core.store.actions import Action
from audit_core.store.anchors import Anchor
from audit_core.store.merkle import Tree, root_with
from audit_core.store.queries import Queries
from audit_core.workspace import Workspace

FORMAT: Final = "redline proof 1"
PROVED: Final = "event_proved"
"""The action that seals that a proof was handed out."""

WITHHELD: Final = "Its words name a sheet that you do not see: ask an Auditor for its proof."
"""Why there is no proof of an event for whoever does not see it as it was sealed."""

VERIFIER: Final = Path(__file__).with_name("verify_proof.py")


@dataclass(frozen=True, slots=True)
class EventProof:
    """The proof of one event. `anchor`: what it is proven against.

    `files`: name → content. The proof itself is the last one: as long as it is not written, nothing is handed out.
    """

    event_id: int
    anchor: Anchor
    files: dict[str, bytes]

    def zipped(self) -> bytes:
        """All files as one zip, the same bytes for the same proof."""
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
            for name, content in self.files.items():
                target.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        return made.getvalue()


def prove_event(
    workspace: Workspace, actor: Actor, event_id: int, now: datetime, witness: Anchor | None = None
) -> EventProof:
    """Prove one event against `witness`, by default the newest kept anchor. Whoever hands it out seals that.

    Raises NotAllowed, also of an event that the actor does not see as it was sealed, AuditError for an event that there
    is not, ConfigError for a witness that cannot prove it, VerificationFailed when the record does not give the
    witness's root.
    """
    require(actor, Permission.PROVE_EVENTS)
    store = workspace.store
    connection = store.database.connection()
    if not 0 < event_id <= store.events():
        raise AuditError(f"There is no event {event_id}: the record holds {store.events():,}.")
    event = Queries(store.database).event(event_id)
    if event is None:
        raise AuditError(f"There is no event {event_id} that {actor.email} sees.")
    if not seen_as_sealed(workspace, event):
        raise NotAllowed(WITHHELD)
    if witness is None:
        witness = _newest(store.anchor_file, event_id)
    if witness is None:
        store.require_key()
        store.keep_anchor(f"proof-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}", now)
        witness = anchors.read_kept(store.anchor_file)[0][-1]
    if witness.root is None or not event_id <= witness.size <= store.events():
        raise ConfigError(
            f"The anchor of {witness.size:,} events cannot prove event {event_id}: it needs a root, and must have seen "
            "the event."
        )
    previous, sealed = connection.execute(
        "SELECT prev_hash, hash FROM audit_events WHERE event_id = ?", (event_id,)
    ).fetchone()
    beside = Tree(connection).proof(witness.size, event_id, event_id)
    root = root_with(witness.size, event_id, [sealed], beside)
    if root is None or root.hex() != witness.root:
        raise VerificationFailed(
            f"The record no longer gives the root of the anchor of {witness.at or 'unknown time'}: run 'verify'."
        )
    proof = {
        "format": FORMAT,
        "event": event,
        "previous": previous.hex(),
        "size": witness.size,
        "beside": [each.hex() for each in beside],
        "anchor": {name: value for name, value in asdict(witness).items() if value},
    }
    text = json.dumps(proof, indent=1, ensure_ascii=False).encode()
    files = {
        VERIFIER.name: VERIFIER.read_bytes(),
        "README.txt": _readme(event_id, witness).encode(),
        f"event-{event_id}.json": text,
    }
    return EventProof(event_id, witness, files)


def seen_as_sealed(workspace: Workspace, event: Mapping[str, Any]) -> bool:
    """Whether all of an event is shown here: of what stands in its words' place (see store/sight.py) nothing is proven.

    `event`: its sealed columns, as they are seen.
    """
    return Queries(workspace.store.database.whole).event(event["event_id"]) == event


def seal_handed_out(workspace: Workspace, actor: Actor, proof: EventProof, now: datetime) -> None:
    """Seal that `actor` was given the proof. Raises NotAllowed."""
    require(actor, Permission.PROVE_EVENTS)
    told = f"Proof of event {proof.event_id} made against the anchor of {proof.anchor.size:,} events."
    fields = {"evidence": json.dumps({"event_id": proof.event_id, "anchor": proof.anchor.short()})}
    workspace.store.seal_taken(actor, Action(PROVED, told, actor, fields=fields), now)


def _newest(path: Path, event_id: int) -> Anchor | None:
    """The newest kept anchor with a root that has seen the event."""
    kept = anchors.read_kept(path)[0] if path.exists() else []
    return next((each for each in reversed(kept) if each.root and each.size >= event_id), None)


def _readme(event_id: int, witness: Anchor) -> str:
    return f"""Proof of event {event_id} of a Redline record

Check it on any machine with Python 3.8 or newer, without Redline and without a network:

    python3 {VERIFIER.name} event-{event_id}.json ROOT

ROOT is what you hold from elsewhere for a record of {witness.size} events: it stands at the foot of every page of a
report made at that size ("redline:{witness.size}:…"), and in the anchors that were mailed or kept. Take it from
there, not from this file. If your root is of another size, ask for a proof against it:

    python -m jobs proof {event_id} --to DIR --anchor 'redline:SIZE:ROOT'

Whether that root was signed, and by whom: python -m jobs verify --anchor '…' on the machine that keeps the record.
"""
