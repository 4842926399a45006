"""The audit of the audit: who looked at what is sensitive, and who was refused what, each once a session."""

from datetime import datetime
from typing import Final

from audit_core.actors import Actor
from audit_core.store.actions import Action, told_before
from audit_core.workspace import Workspace

READ: Final = "read"
REFUSED: Final = "refused"
_LONGEST: Final = 500


def note_read(workspace: Workspace, actor: Actor, what: str, now: datetime) -> bool:
    """Seal that the actor looked at something; False where the session did so before, and that is on record.

    `what`: the page and what of it was looked at, as a person would say it. Reading is permitted elsewhere.
    """
    return _note(workspace, READ, f"{actor.email} looked at {what[:_LONGEST]}.", actor, now)


def note_refusal(workspace: Workspace, actor: Actor, sentence: str, now: datetime) -> bool:
    """Seal that the actor was refused something, with the sentence; False where the session was so before.

    The shell has no session: each of its refusals is sealed.
    """
    return _note(workspace, REFUSED, sentence[:_LONGEST], actor, now)


def guest(actor: Actor) -> bool:
    """Whether everything that the actor reads is noted: they are the guest of an evidence room."""
    return actor.scope is not None and actor.scope.room is not None


def _note(workspace: Workspace, name: str, told: str, actor: Actor, now: datetime) -> bool:
    with workspace.store.database.write() as connection:
        if actor.session and told_before(connection, name, told, actor):
            return False
        workspace.store.seal(connection, Action(name, told, actor), now)
    return True
