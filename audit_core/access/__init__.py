"""Who may come in: people, their passwords, and their sessions. What each role may do is in `audit_core.actors`."""

from audit_core.access.people import add_person, disable_person
from audit_core.access.sign_in import Door

__all__ = ["Door", "add_person", "disable_person"]
