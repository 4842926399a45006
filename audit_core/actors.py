"""Actors: who acts, as what, and from where. What each may do is in `audit_core.permissions`."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a person is here."""

    USER = "User"
    AUDITOR = "Auditor"
    ADMIN = "Admin"


@dataclass(frozen=True, slots=True)
class Where:
    """What a request says of where it came from; None where nothing is known. `device`: `user_agent` in a few words."""

    ip_address: str | None = None
    user_agent: str | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """The looks of the business days `first` to `last`: by their date, or by their instant from `begins` to `ends`.

    All ISO; `ends` is the first instant that is not among them.
    """

    first: str
    last: str
    begins: str
    ends: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What of the record somebody sees who does not see all of it: some sheets (their ids, in order).

    `room`: the evidence room whose guest this is, None for who works here. A guest sees the looks of `days`, and the
    documents that were put into the room (the events that seal them).
    """

    sheets: tuple[str, ...]
    room: int | None = None
    days: Days | None = None
    documents: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `session` names the session without being able to open it; None for the command line and jobs.

    `where`: as the session was opened; everything done in it is on record with it. `confirmed_at`: when the person last
    proved in this session who it is (see `audit_core.confirmation`). `scope`: None for who sees all.
    """

    user_id: str
    email: str
    role: Role
    session: str | None = None
    where: Where = Where()
    confirmed_at: datetime | None = None
    scope: Scope | None = None


OPERATOR: Final = Actor("system:operator", "system:operator", Role.ADMIN)
"""Whoever has the shell of the machine: the command line acts as this."""


SYNC: Final = Actor("system:sync", "system:sync", Role.AUDITOR)
"""The job that reads the sheets."""


JOBS: Final = Actor("system:jobs", "system:jobs", Role.AUDITOR)
"""The other jobs, such as the one that makes reports."""


PROVIDER: Final = Actor("system:provider", "system:provider", Role.USER)
"""Where people sign in elsewhere, what that provider says of them: it makes people and gives them their roles."""
