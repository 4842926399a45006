"""What everything else builds on: the clock, people, tokens, places, who may see what, and how a sheet is written."""

import heapq
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from tests.emulator.events import Event
from tests.emulator.ids import Ids, stamp
from tests.emulator.state import (
    AUTOMATION,
    CELL_LINK,
    FORM,
    LEVELS,
    Column,
    Container,
    Group,
    Past,
    Row,
    Share,
    Sheet,
    Token,
    TokenState,
    User,
    Value,
    Webhook,
)
from tests.emulator.truth import CellKey, Fact, Mark, mark

START = datetime(2026, 7, 27, 14, tzinfo=UTC)  # a Monday
AUDITOR = "auditor@example.com"
ANYONE = "owner@example.com"


class Estate:
    """A tenant's state and its knobs. `me` is the auditor whom the token `"token"` belongs to."""

    def __init__(self, seed: int = 0, now: datetime = START, skew: int = 0) -> None:
        self.seed = seed
        self.now = now  # the virtual clock; only tick() moves it
        self.skew = skew  # seconds by which the header Date is ahead of the clock
        self.lock = threading.RLock()
        self.ids = Ids(seed)
        self.chance = Random(seed + 1)  # for delays and whatever else the service decides
        self.noise = Random(seed + 2)  # for what answers need, so that reading changes nothing else

        self.list_lag: int | tuple[int, int] = 0  # seconds until modifiedSince and the list know of a change
        self.list_version_lags = False
        self.silent_columns = False  # column edits leave the version alone
        self.recalc_delay: tuple[int, int] | None = None  # None: formulas are computed with the edit itself
        self.stale_formulas = False
        self.automations = True
        self.automation_delay = (17, 262)
        self.recalc_by = AUTOMATION
        self.allow_writes = False
        self.events_addon = False
        self.scopes_apart = False  # sharingInclude=WORKSPACE leaves out the shares of the sheet itself
        self.rate_limit = True  # 300 requests, 30 of them heavy, a token and 60 s
        self.virtual_rate = False
        self.retry_after: int | str | None = None  # sent with 429
        self.gzip = True
        self.token_page = 100  # items on a token-paged page unless more are asked for

        self.users: dict[str, User] = {each.email: each for each in (AUTOMATION, CELL_LINK, FORM)}
        self.tokens: dict[str, Token] = {}
        self.groups: dict[int, Group] = {}
        self.containers: dict[int, Container] = {}
        self.sheets: dict[int, Sheet] = {}
        self.webhooks: dict[int, Webhook] = {}
        self.events: list[Event] = []
        self.truth: list[Fact] = []
        self.links: dict[CellKey, set[CellKey]] = {}  # source cell → the cells that follow it
        self.illegal_writes: list[str] = []
        self._due: list[tuple[datetime, int, Callable[[], object]]] = []
        self.order = count()
        self.owner = self.user(ANYONE)
        self.me = self.user(AUDITOR)
        self.me.admin = True
        self.token = self.new_token("token", self.me)

    # people and places

    def user(self, user: User | str, name: str | None = None) -> User:
        """The user with an e-mail, made when new."""
        if isinstance(user, User):
            return user
        if user not in self.users:
            words = user.partition("@")[0].replace(".", " ").title()
            self.users[user] = User(self.ids.number(), user, name or words)
        return self.users[user]

    def new_token(self, text: str, user: User | str, state: TokenState = "ok") -> Token:
        """Another access token."""
        self.tokens[text] = Token(text, self.user(user), state)
        return self.tokens[text]

    def new_group(self, name: str, members: Iterable[User | str], owner: User | str = ANYONE) -> Group:
        """A group of users."""
        group = Group(self.ids.number(), name, self.user(owner), [self.user(each) for each in members], self.now)
        self.groups[group.id] = group
        return group

    def new_workspace(self, name: str, shares: Mapping[str, str] | None = None) -> Container:
        """A workspace, shared as e-mail → level; by default to the auditor as EDITOR."""
        made = Container(self.ids.number(), name)
        made.shares = self.shares_of({ANYONE: "OWNER", **({AUDITOR: "EDITOR"} if shares is None else shares)})
        self.containers[made.id] = made
        return made

    def new_folder(self, name: str, parent: Container) -> Container:
        """A folder in a workspace or folder."""
        made = Container(self.ids.number(), name, parent)
        parent.folders.append(made)
        self.containers[made.id] = made
        return made

    def new_sheet(
        self,
        name: str,
        columns: Sequence[Column] = (),
        home: Container | None = None,
        shares: Mapping[str, str] | None = None,
    ) -> Sheet:
        """An empty sheet, shared as e-mail → level; by default to the auditor as EDITOR."""
        sheet = Sheet(self.ids.number(), name, self.owner, self.now, self.now, list(columns), [], home=home)
        sheet.shares = self.shares_of({ANYONE: "OWNER", **({AUDITOR: "EDITOR"} if shares is None else shares)})
        if columns and not any(each.primary for each in columns):
            columns[0].primary = True
        if home is not None:
            home.sheets.append(sheet)
        self.sheets[sheet.id] = sheet
        return sheet

    def shares_of(self, levels: Mapping[str, str]) -> list[Share]:
        """Shares for e-mail → level."""
        return [Share(self.ids.word(), level, self.user(email)) for email, level in levels.items()]

    def find_sheet(self, sheet: Sheet | int | str) -> Sheet:
        """A sheet by itself, its id or its name, deleted or not. Raises KeyError."""
        if isinstance(sheet, Sheet):
            return sheet
        for each in self.sheets.values():
            if sheet in (each.id, each.name):
                return each
        raise KeyError(f"no sheet {sheet}")

    def level_of(self, user: User, of: Sheet | Container) -> str | None:
        """The strongest access a user has, directly, by a group or by the workspace."""
        shares = list(of.shares)
        if isinstance(of, Sheet):
            shares += of.home.workspace.shares if of.home else []
        else:
            shares += of.workspace.shares if of.parent else []
        levels = [each.level for each in shares if each.user is user or (each.group and user in each.group.members)]
        return max(levels, key=LEVELS.index, default=None)

    def visible(self, user: User) -> list[Sheet]:
        """The sheets in a user's list."""
        return [
            each
            for each in self.sheets.values()
            if not each.deleted and user.email not in each.denied and self.level_of(user, each)
        ]

    # time

    def tick(self, seconds: float) -> int:
        """Let virtual time pass; whatever is due in it happens at its moment. Returns how many things did."""
        with self.lock:
            end, done = self.now + timedelta(seconds=seconds), 0
            while self._due and self._due[0][0] <= end:
                due, _, action = heapq.heappop(self._due)
                self.now = max(self.now, due)
                action()
                done += 1
            self.now = end
            return done

    def later(self, delay: tuple[int, int], action: Callable[[], object]) -> None:
        """Do something after a random number of seconds in `delay`, when ticks have brought the clock there."""
        due = self.now + timedelta(seconds=self.chance.randint(*delay))
        heapq.heappush(self._due, (due, next(self.order), action))

    def mark(self) -> Mark:
        """The content of all sheets that are not deleted, for `net`."""
        with self.lock:
            return mark(self.now, [each for each in self.sheets.values() if not each.deleted], self.truth)

    # writing

    def _open(self, sheet: Sheet) -> None:
        """Remember the sheet as it is, before a mutation."""
        columns = [_copy(each) for each in sheet.columns]
        sheet.past.append(Past(sheet.version, sheet.modified_at, sheet.name, columns, list(sheet.rows), sheet.layout))

    def _keep(self, sheet: Sheet, row: Row) -> None:
        """Remember a row as it is, before the mutation that is open changes it."""
        if sheet.past and row.id not in sheet.past[-1].saved:
            sheet.past[-1].saved[row.id] = row.copy()

    def _touch(self, row: Row, by: User | None) -> None:
        """The row is modified now; `by` None leaves the writer as he is."""
        row.modified_at = self.now
        if by is not None:
            row.modified_by = by
        row.rendered.clear()

    def _close(self, sheet: Sheet, by: User, bump: int = 1, action: str = "UPDATE", **details: Any) -> None:
        """End a mutation: move the version, tell the index of the list (later) and the events."""
        sheet.stamp += 1
        sheet.version += bump
        if bump:
            sheet.modified_at = self.now
            lag = self.list_lag if isinstance(self.list_lag, int) else self.chance.randint(*self.list_lag)
            sheet.indexed.append((self.now + timedelta(seconds=lag), self.now, sheet.version))
        self.events.append(Event.of_sheet(self.ids.word(24), self.now, action, sheet, by, details))

    def _fact(self, kind: str, sheet: Sheet, by: User, row: Row | None = None, **rest: Any) -> Fact:
        fact = Fact(self.now, kind, by.email, sheet.id, None if row is None else row.id, **rest)
        self.truth.append(fact)
        return fact

    def _notify(self, sheet: Sheet, by: User, kind: str, happened: str, **ids: int) -> None:
        """Put an event before every enabled webhook of the sheet."""
        event = {"objectType": kind, "eventType": happened, **ids, "userId": by.id, "timestamp": _hook_time(self.now)}
        for hook in self.webhooks.values():
            wanted = not hook.columns or kind != "cell" or ids["columnId"] in hook.columns
            if hook.enabled and hook.scope_object_id == sheet.id and wanted:
                hook.pending.append(event)


def plain(value: Any) -> Value:
    """A value as a cell keeps it: lists as tuples, text cut at 4,000 characters without a word."""
    if isinstance(value, list | tuple):
        return tuple(str(each) for each in value)
    if isinstance(value, str):
        return value[:4000] or None
    if value is None or isinstance(value, bool | int | float):
        return value
    return stamp(value) if isinstance(value, datetime) else str(value)


def _hook_time(at: datetime) -> str:
    return f"{stamp(at)[:-1]}.000+0000"


def _copy(each: Column) -> Column:
    return Column(
        each.id, each.title, each.type, each.primary, each.options, each.system, each.formula, each.hidden,
        each.locked, each.validation, each.width, each.number,
    )  # fmt: skip
