"""Who can reach the sheets, and how the token is: asked once a day, when the looks of a sync are done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import msgspec

from audit_core.blind_spots import BlindSpot, Reason
from audit_core.sources.health import Health, Reached, TokenRefusal, recall_health, remember_health
from audit_core.sources.protocol import Memory, Share
from audit_core.sources.smartsheet.answers import Me, decoder
from audit_core.sources.smartsheet.client import Client, Purpose, Refused
from audit_core.sources.smartsheet.shares import ShareReader
from audit_core.sources.smartsheet.verdicts import REFUSALS


@dataclass(frozen=True, slots=True)
class _Listed:
    at: datetime
    day: date
    sheets: Mapping[str, Reached]


class SmartsheetAccess:
    """What a token's user can learn of access (see sources.protocol.Access)."""

    def __init__(self, client: Client, memory: Memory) -> None:
        self._client, self._memory = client, memory
        self._reader = ShareReader(client, memory)
        self._health = recall_health(memory) or Health()
        self._listed: _Listed | None = None

    def reached(self, at: datetime, day: str, sheets: Mapping[str, Reached]) -> None:
        """What a listing reached: `at` by Smartsheet's clock (UTC), the business day (ISO) of that, sheets by id."""
        self._listed = _Listed(at, date.fromisoformat(day), sheets)

    @property
    def day(self) -> date | None:
        """The business day of the last listing; None before one."""
        return self._listed.day if self._listed else None

    @property
    def sheets(self) -> Mapping[str, str]:
        """The names of the sheets that the last listing reached, by id."""
        return {sheet_id: each.name for sheet_id, each in self._listed.sheets.items()} if self._listed else {}

    def shares(self, sheet_id: str, *, patient: bool) -> tuple[Share, ...]:
        """Every way in which somebody reaches a sheet. Raises SharesUnread or NotNow. `patient`: waits for room."""
        if self._listed is None:
            raise ValueError("nothing was listed")
        return self._reader.read(sheet_id, self._listed.day, patient=patient)

    def probe(self) -> None:
        """Ask, once a day, whose token it is and whether the plan has event reporting."""
        if self._listed is None or self._asked(self._listed.day):
            return
        try:
            me = self._client.get("/users/me", decoder(Me), purpose=Purpose.PROBE, patient=False).value
            addon = self._events_addon(self._listed.at)
        except Refused:
            return
        self._health = msgspec.structs.replace(
            self._health, email=me.email, admin=me.admin, events_addon=addon, asked_on=self._listed.day
        )

    def note(self, now: datetime) -> tuple[BlindSpot, ...]:
        """Remember how the token was in this run; returns what people must hear of it."""
        self._reader.keep()
        client, variable = self._client, self._client.key.name
        replaced = [TokenRefusal(each, now, _REPLACED.format(old=each, new=variable)) for each in client.replaced]
        last = [TokenRefusal(variable, now, str(client.refused))] if client.refused else []
        health = self._health
        if self._listed or last:
            use = client.use()
            health = msgspec.structs.replace(
                health, variable=variable, refused=(*replaced, *last), requests=use.requests, heavy=use.heavy
            )
        if self._listed:
            health = msgspec.structs.replace(health, worked_at=self._listed.at, sheets=dict(self._listed.sheets))
        if health != recall_health(self._memory):
            remember_health(self._memory, health)
        return tuple(BlindSpot("", Reason.TOKEN_REPLACED, each.sentence) for each in replaced)

    def _asked(self, day: date) -> bool:
        """Whether the token in use was asked today; one that was refused before may be another now."""
        health, variable = self._health, self._client.key.name
        refused = any(each.variable == variable for each in health.refused)
        return health.asked_on == day and health.variable == variable and not refused

    def _events_addon(self, at: datetime) -> bool:
        """Whether event reporting answers; a plan without it refuses, in more than one way. Raises Refused."""
        since = (at - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            self._client.get(
                "/events", _anything, {"since": since, "maxCount": "1"}, purpose=Purpose.PROBE, patient=False
            )
        except Refused as refusal:
            if refusal.trouble in REFUSALS:
                return False
            raise
        return True


def _anything(body: bytes) -> None:
    """Any JSON: that there is an answer is all."""
    msgspec.json.decode(body)


_REPLACED = (
    "Smartsheet refused the token in {old}, and the one in {new} was used: put that one into {old} and remove {new}."
)
