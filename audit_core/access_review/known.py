"""What is known about everybody's access on one day: read once from the store, and judged without it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import polars as pl

from audit_core import written
from audit_core.access.room import Room, all_rooms
from audit_core.access_review.shares import FEW_DAYS, SheetShares, sheets_read
from audit_core.access_review.used import needed
from audit_core.permissions import Permission
from audit_core.settings.access_review import AccessReviewSettings
from audit_core.settings.source import SmartsheetSettings
from audit_core.sources.health import recall_health
from audit_core.store.access import AccessFacts
from audit_core.store.accounts import Account, Accounts
from audit_core.workspace import Workspace

SYSTEM: Final = "system:"
"""What the name of an actor begins with that is no person."""


@dataclass(frozen=True, slots=True)
class Acts:
    """What somebody did here. `sign_in`, `newest`: (day, event) of the last; `recent`: how many acts in the days that
    count, signing in and out not among them; `used`: permission → (how many of them needed it, the last event).
    """

    sign_in: tuple[date, int] | None = None
    newest: tuple[date, int] | None = None
    recent: int = 0
    used: Mapping[Permission, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edits:
    """What somebody edited on one sheet. `recent`: how many edits in the days that count."""

    last: date
    event: int
    n: int
    recent: int


@dataclass(frozen=True)
class Known:
    """All of it. `since`: the first of the days that count as recent.

    `first_look`: where the record of edits begins, `seen_upto`: the day up to which sheets were looked at.
    `accounts`: by e-mail in small letters, also of people who may not use the app. `edits`: who → sheet → edits.
    `unnamed`: sheet → recent changes that name nobody for certain. `last_shared`: e-mail → the last day on which
    somebody was among the shares of any sheet. `token_user`: as whom this program reads; None where it is not known.
    `tells_shares`: whether the source tells who reaches a sheet at all. `writes`: whether it may write there.
    `simulated_from`: the first look whose people are invented, None where none is. `rooms`: evidence rooms by number.
    """

    today: date
    since: date
    settings: AccessReviewSettings
    accounts: Mapping[str, Account]
    let_in: Mapping[str, tuple[date, int]]
    shut_out: Mapping[str, tuple[date, int]]
    acts: Mapping[str, Acts]
    edits: Mapping[str, Mapping[str, Edits]]
    unnamed: Mapping[str, int]
    first_look: date | None
    seen_upto: date | None
    sheets: tuple[SheetShares, ...]
    last_shared: Mapping[str, date]
    token_user: str | None
    tells_shares: bool
    writes: bool
    simulated_from: str | None
    rooms: Mapping[int, Room]

    @property
    def covered(self) -> bool:
        """Whether the record of edits is of all days that count, but for the last few; of one sheet it may not be."""
        if self.first_look is None or self.seen_upto is None:
            return False
        return self.first_look <= self.since and (self.today - self.seen_upto).days <= FEW_DAYS

    @property
    def days(self) -> int:
        """How many days count."""
        return self.settings.inactive_days

    def sheet_names(self) -> dict[str, str]:
        """Sheet id → name."""
        return {each.sheet_id: each.name for each in self.sheets}

    def outsider(self, email: str) -> bool:
        """Whether an e-mail is of none of the domains that are ours; nobody is where none is named."""
        domains = {each.lower().lstrip("@") for each in self.settings.own_domains}
        return bool(domains) and email.rpartition("@")[2].lower() not in domains

    def shared_name(self, email: str) -> str | None:
        """The word in an address by which several people may share it."""
        words = {word for part in (".", "-", "_", "+") for word in email.partition("@")[0].lower().split(part)}
        return next((name for name in self.settings.shared_names if name.lower() in words), None)


def known(workspace: Workspace, now: datetime) -> Known:
    """What is known now. The caller holds one reading of the store."""
    settings, zone, today = workspace.settings, workspace.settings.zone, workspace.today(now)
    since = today - timedelta(days=settings.access_review.inactive_days)
    facts, health = AccessFacts(workspace.store.database), recall_health(workspace.store.memory)
    begins = datetime.combine(since, time(), tzinfo=zone).astimezone(UTC).isoformat()

    def day(text: str) -> date:
        return written.instant(text).astimezone(zone).date()

    source = settings.source
    return Known(
        today=today,
        since=since,
        settings=settings.access_review,
        accounts={each.email.lower(): each for each in Accounts(workspace.store).everybody()},
        let_in={who: (day(at), event) for who, (at, event) in facts.let_in().items()},
        shut_out={who: (day(at), event) for who, (at, event) in facts.shut_out().items()},
        acts=_acts([(*row[:5], day(row[5]), row[6]) for row in facts.acts(begins)]),
        edits=_edits(facts.edits(zone, since)),
        unnamed=facts.unnamed(since),
        first_look=facts.first_look(),
        seen_upto=day(health.worked_at.isoformat()) if health and health.worked_at else facts.newest_look(),
        sheets=sheets_read(workspace),
        last_shared={who: written.day(text) for who, text in facts.last_shared().items()},
        token_user=health.email.lower() if health and health.email else None,
        tells_shares=isinstance(source, SmartsheetSettings),
        simulated_from=facts.headline().simulated_from,
        rooms={each.number: each for each in all_rooms(workspace.store)},
        writes=isinstance(source, SmartsheetSettings) and source.write_back.wanted,
    )


def days_ago(day: date, today: date) -> str:
    """A day and how long ago it was."""
    ago = (today - day).days
    return f"{day} (today)" if ago <= 0 else f"{day} ({ago:,} day{'s' if ago != 1 else ''} ago)"


def _acts(rows: Sequence[tuple[str, str, str | None, str | None, int, date, int]]) -> dict[str, Acts]:
    found: dict[str, Acts] = {}
    for who, action, decided, act, recent, last, event in rows:
        before = found.get(who, Acts())
        sign_in, newest, used = before.sign_in, before.newest, dict(before.used)
        if newest is None or event > newest[1]:
            newest = (last, event)
        if action == "signed_in":
            sign_in = (last, event)
        counts = recent if action not in ("signed_in", "signed_out") else 0
        permission = needed(action, decided, act)
        if permission is not None and recent:
            so_far = used.get(permission, (0, 0))
            used[permission] = (so_far[0] + recent, max(so_far[1], event))
        found[who] = Acts(sign_in, newest, before.recent + counts, used)
    return found


def _edits(frame: pl.DataFrame) -> dict[str, dict[str, Edits]]:
    found: dict[str, dict[str, Edits]] = {}
    for who, sheet_id, last, event, n, recent in frame.drop_nulls("last").iter_rows():
        found.setdefault(who, {})[sheet_id] = Edits(last, event, n, recent)
    return found
