"""Which function answers which path."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tests.emulator.state import LEVELS, Container, Sheet, User
from tests.emulator.tenant import Tenant
from tests.emulator.wire import Answer, Request, forbidden, not_found

Kind = Literal["open", "read", "hook", "write"]


@dataclass(frozen=True, slots=True)
class Desk:
    """One request before the tenant, with the user whose token it bears."""

    tenant: Tenant
    user: User
    request: Request

    def sheet(self, sheet_id: int, least: str = "VIEWER") -> Sheet:
        """The sheet, if the user may: unseen and deleted ones are not found, denied ones forbidden."""
        sheet = self.tenant.sheets.get(sheet_id)
        if sheet is None or sheet.deleted:
            raise not_found()
        if self.user.email in sheet.denied:
            raise forbidden()
        level = self.tenant.level_of(self.user, sheet)
        if level is None:
            raise not_found()
        if LEVELS.index(level) < LEVELS.index(least):
            raise forbidden()
        return sheet

    def container(self, container_id: int) -> Container:
        """A workspace or folder the user may see."""
        found = self.tenant.containers.get(container_id)
        if found is None or self.tenant.level_of(self.user, found) is None:
            raise not_found()
        return found

    def level(self, of: Sheet | Container) -> str:
        """The access level as it is shown: COMMENTER only to those who ask for it."""
        level = self.tenant.level_of(self.user, of) or "VIEWER"
        new = self.request.query.get("accessApiLevel") == "1"
        return "VIEWER" if level == "COMMENTER" and not new else level


Handler = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A path with its handler. `heavy`: of the class of 30 a minute.

    Routes of kind "hook" lock for themselves, "open" ones want no token, "write" ones are for tests that allow them.
    """

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    kind: Kind
    heavy: bool


ROUTES: list[Route] = []


def route(method: str, path: str, kind: Kind = "read", heavy: bool = False) -> Callable[[Handler], Handler]:
    """Let a function answer a path; `{}` stands for an id, which it gets as a number."""

    def register(handler: Handler) -> Handler:
        pattern = re.compile(re.escape(path).replace(r"\{\}", r"(\d+)") + "$")
        ROUTES.append(Route(method, pattern, handler, kind, heavy))
        return handler

    return register


def find(method: str, path: str) -> tuple[Route, list[int]] | None:
    """The route of a path, with the ids in it."""
    for each in ROUTES:
        if each.method == method and (match := each.pattern.match(path)):
            return each, [int(group) for group in match.groups()]
    return None
