"""From a request to an answer: log, faults, token, limits, route."""

import threading
from collections.abc import Sequence
from datetime import timedelta

from tests.emulator import people, reading, writing  # noqa: F401  (they register their routes)
from tests.emulator.batches import invented
from tests.emulator.calls import Call, Limits, monotonic
from tests.emulator.faults import AROUND, INSTEAD, PAYLOAD, Fault, Faults
from tests.emulator.ids import word
from tests.emulator.routing import Desk, Route, find
from tests.emulator.spoiling import API_MESSAGES, instead, spoil
from tests.emulator.state import User
from tests.emulator.tenant import Tenant, mutate
from tests.emulator.wire import Answer, Refusal, Request, forbidden, not_found


class Service:
    """What stands between the socket and a tenant."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.faults = Faults(tenant.seed)
        self.log: list[Call] = []
        self._limits = Limits()
        self._log_lock = threading.Lock()

    def answer(self, request: Request) -> tuple[Answer, Call, list[Fault]]:
        """The answer, its entry in the log, and the faults that spoil it on its way."""
        found = find(request.method, request.path)
        call = self._enter(request, found[0] if found else None)
        faults = self.faults.strike(request.method, request.path, self.tenant.now)
        call.fault = ",".join(each.kind for each in faults)
        for each in faults:
            if each.kind in AROUND:
                self._around(each, request)
        try:
            open_to_all = found is not None and found[0].kind == "open"
            user = self.tenant.me if open_to_all else self._user(call.token)
            self._within_limits(call)
            answer = next((instead(f, self._ref(), self.tenant.now) for f in faults if f.kind in INSTEAD), None)
            if answer is None:
                answer = self._routed(request, user, found)
                self._spoil(faults, answer, request)
        except Refusal as refusal:
            answer = Answer.refusing(refusal, self._ref())
            if refusal.status == 429 and self.tenant.retry_after is not None:
                answer.headers["Retry-After"] = str(self.tenant.retry_after)
        return answer, call, faults

    def date_skew(self, faults: Sequence[Fault]) -> timedelta:
        """By how much the header Date is ahead of the virtual clock."""
        return timedelta(seconds=self.tenant.skew + sum(f.number("seconds", 0) for f in faults if f.kind == "skew"))

    def _enter(self, request: Request, route: Route | None) -> Call:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        call = Call(
            request.method, request.path, request.query, route is not None and route.heavy, monotonic(),
            self.tenant.now, token.strip() if scheme == "Bearer" else None, request.headers.get("user-agent", ""),
        )  # fmt: skip
        with self._log_lock:
            self.log.append(call)
        return call

    def _user(self, token: str | None) -> User:
        if token is None:
            raise forbidden()
        known = self.tenant.tokens.get(token)
        if known is None or known.state in ("invalid", "revoked"):
            raise Refusal(401, 1002, API_MESSAGES[1002])
        if known.state == "expired":
            raise Refusal(401, 1003, API_MESSAGES[1003])
        return known.user

    def _within_limits(self, call: Call) -> None:
        if not self.tenant.rate_limit or call.token is None:
            return
        now = self.tenant.now.timestamp() if self.tenant.virtual_rate else call.at
        with self._log_lock:
            admitted = self._limits.admits(call.token, call.heavy, now)
        if not admitted:
            raise Refusal(429, 4003, API_MESSAGES[4003])

    def _routed(self, request: Request, user: User, found: tuple[Route, list[int]] | None) -> Answer:
        tenant = self.tenant
        if found is None:
            if request.method == "GET":
                raise not_found()
            self._illegal(request)
        assert found is not None
        route, ids = found
        desk = Desk(tenant, user, request)
        if route.kind == "hook":
            return route.handler(desk, *ids)
        if route.kind == "write" and not tenant.allow_writes:
            self._illegal(request)
        with tenant.lock:
            return route.handler(desk, *ids)

    def _illegal(self, request: Request) -> None:
        self.tenant.illegal_writes.append(f"{request.method} {request.path}")
        raise forbidden()

    def _around(self, fault: Fault, request: Request) -> None:
        if fault.kind == "stale_version":
            request.back = int(fault.number("mutations", 1))
            request.back_as_new = fault.args.get("version") == "new"
        elif fault.kind == "token_flip":
            text = fault.args.get("token", request.headers.get("authorization", "").rpartition(" ")[2])
            if text in self.tenant.tokens:
                self.tenant.tokens[text].state = fault.args.get("state", "revoked")

    def _spoil(self, faults: Sequence[Fault], answer: Answer, request: Request) -> None:
        for each in faults:
            if each.kind in PAYLOAD or each.kind == "skew":
                spoil(each, answer, self.tenant.noise)
            elif each.kind == "mutate_during_paging":
                self._mutate(each, request)

    def _mutate(self, fault: Fault, request: Request) -> None:
        """Something happens to the sheet after page `args.page` (1) was read: `args.name`, `args.args`, or an edit."""
        if request.number("page", 1) != int(fault.number("page", 1)):
            fault.fired -= 1
            return
        if "name" in fault.args:
            mutate(self.tenant, fault.args["name"], dict(fault.args.get("args", {})))
            return
        sheet = self.tenant.find_sheet(int(request.path.split("/")[2]))
        column = next(each for each in sheet.columns if each.system is None)
        row = sheet.row(1)
        value = invented(column, row.value(column.id), self.tenant.noise)
        self.tenant.edit(sheet, row, column, value, self.tenant.owner)

    def _ref(self) -> str:
        return word(self.tenant.noise).lower()
