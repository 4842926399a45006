"""Confirmation: what changes much needs a proof of who acts that is minutes old, not hours.

Publishing, restoring and administering people ask here, in core. Signing in is such a proof; later the password, or a
new sign-in at the provider, gives another one (`audit_core.access`).
"""

from datetime import datetime, timedelta
from typing import Final

from audit_core.actors import Actor
from audit_core.errors import ConfirmationNeeded

CONFIRMED_FOR: Final = timedelta(minutes=5)


def fresh(actor: Actor, now: datetime) -> bool:
    """Whether the actor proved lately who it is. Whoever acts without a session (the shell, a job) has nothing to prove
    it with, and is judged by its role alone.
    """
    if actor.session is None:
        return True
    return actor.confirmed_at is not None and timedelta(0) <= now - actor.confirmed_at <= CONFIRMED_FOR


def require_fresh(actor: Actor, now: datetime) -> None:
    """Raise ConfirmationNeeded unless the actor proved lately who it is."""
    if not fresh(actor, now):
        minutes = CONFIRMED_FOR // timedelta(minutes=1)
        raise ConfirmationNeeded(
            f"This needs a proof that you are {actor.email}, at most {minutes} minutes old: confirm it, then go on."
        )
