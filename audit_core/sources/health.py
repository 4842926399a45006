"""How the way into Smartsheet is: whose token it is, what it may, whether it works. No part of a token is in here."""

import re
from datetime import date, datetime
from typing import Any, Final

import msgspec

from audit_core.sources.protocol import Memory

_NAME: Final = "smartsheet health"
_APP: Final = re.compile(r"https://app\.(smartsheet\.(com|eu|au)|smartsheetgov\.com)/[\w./-]+", re.ASCII)
"""Where Smartsheet's own app has its sheets; nothing else is ever made a link."""


class Reached(msgspec.Struct, frozen=True):
    """A sheet that the last listing reached. `level`: the right of the token's user, `link`: its address in
    Smartsheet's own app; both "" where the list gives none."""

    name: str
    level: str
    link: str = ""


class TokenRefusal(msgspec.Struct, frozen=True):
    """A token that is of no use. `variable`: where it came from; `at`: when that was last seen, UTC."""

    variable: str
    at: datetime
    sentence: str


class Health(msgspec.Struct, frozen=True):
    """What the newest runs learned.

    `variable`: the one the token in use came from. `worked_at`: the newest listing, by Smartsheet's clock, UTC.
    `refused`: tokens that were refused in the newest run that reached Smartsheet. `requests`, `heavy`: of the minute
    before that run ended, by all processes here. `events_addon`: whether the plan has event reporting. `asked_on`: the
    business day of `email`, `admin` and `events_addon`. None: not known.
    """

    variable: str = ""
    worked_at: datetime | None = None
    refused: tuple[TokenRefusal, ...] = ()
    requests: int = 0
    heavy: int = 0
    sheets: dict[str, Reached] = {}
    email: str | None = None
    admin: bool | None = None
    events_addon: bool | None = None
    asked_on: date | None = None


def recall_health(memory: Memory) -> Health | None:
    """The health last remembered; None before the first run."""
    kept: Any = memory.recall(_NAME)
    try:
        return msgspec.convert(kept, Health) if kept is not None else None
    except msgspec.ValidationError:  # of another version of this program: the next run learns it anew
        return None


def row_link(sheet: str, row_id: str | None) -> str | None:
    """The address of a row in Smartsheet's own app, from that of its `sheet`, or of the sheet where the row has no
    number there; None for what is no address of that app.
    """
    if not _APP.fullmatch(sheet):
        return None
    return f"{sheet}?rowId={row_id}" if row_id is not None and re.fullmatch("[0-9]+", row_id) else sheet


def remember_health(memory: Memory, health: Health) -> None:
    """Keep the health."""
    memory.remember(_NAME, msgspec.to_builtins(health))
