"""Who may come in: people, their passwords, their sessions, and what they prove again. What each role may do is in
`audit_core.permissions`.
"""

from audit_core.access.people import add_person, disable_person
from audit_core.access.proofs import change_password, confirm, set_password
from audit_core.access.sessions import end_other_sessions, end_session, sessions, unlock
from audit_core.access.sign_in import Door
from audit_core.store.sessions import Session

__all__ = [
    "Door",
    "Session",
    "add_person",
    "change_password",
    "confirm",
    "disable_person",
    "end_other_sessions",
    "end_session",
    "sessions",
    "set_password",
    "unlock",
]
