"""That somebody can always manage people here: asked in the transaction of each change of an account."""

from typing import TYPE_CHECKING

from audit_core.actors import Actor, Role
from audit_core.errors import NotAllowed
from audit_core.store.database import Connection

if TYPE_CHECKING:
    from audit_core.store.accounts import Account


def require_admin(connection: Connection, by: Actor) -> None:
    """Raise NotAllowed where whoever acts from a session was demoted or disabled since it was asked whose it is."""
    if by.session is None:
        return
    found = connection.execute("SELECT role, active FROM user_permissions WHERE user_id = ?", (by.user_id,)).fetchone()
    if found is None or tuple(found) != (Role.ADMIN, 1):
        raise NotAllowed(f"{by.email} is no Admin any more.")


def keep_an_admin(connection: Connection, person: "Account") -> None:
    """Raise NotAllowed where nobody could manage people any more without this person."""
    left = connection.execute(
        """SELECT count(*) FROM user_permissions WHERE role = 'Admin' AND active = 1 AND scope IS NULL AND room IS NULL
        AND user_id != ?""",
        (person.user_id,),
    ).fetchone()[0]
    if person.administers and not left:
        raise NotAllowed(f"{person.email} is the last Admin: make somebody else one first.")
