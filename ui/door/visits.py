"""Whose session a visit brings along, and what is put on record of one that is refused."""

from datetime import UTC, datetime

from starlette.requests import HTTPConnection

from audit_core.access import Door
from audit_core.access.refusals import REQUESTS, SIGN_INS, Kind, Why, refusals
from audit_core.errors import AuditError
from audit_core.store.sessions import Session
from ui.door.asked import where_of
from ui.opened import whole_workspace


def session_of(connection: HTTPConnection, token: str, now: datetime) -> Session | None:
    """The live session of a token. One that never was of any is put on record; one whose session is over is not.

    Raises AuditError where there is no store.
    """
    door = Door(whole_workspace())
    session = door.session(token, now)
    if session is None and not door.knows(token):
        note(connection, Why.COOKIE, REQUESTS)
    return session


def note(connection: HTTPConnection, why: Why, kind: Kind = SIGN_INS) -> None:
    """Put a refusal on record."""
    try:
        store = whole_workspace().store
        refusals(store, kind).note(store, why, None, None, where_of(connection), datetime.now(UTC))
    except AuditError:
        return  # there is no record to put it into, and no session to be had either
