"""Who is looking at what: a claim keeps two people from doing the same work, and keeps nobody from deciding.

A person has one claim at a time: moving on to another item ends the earlier claim. It also ends when its item is
decided, and runs out after `review.claim_minutes`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from audit_core import written
from audit_core.actors import Actor
from audit_core.errors import ConfigError
from audit_core.permissions import Permission, require
from audit_core.review.dispositions import KIND as DISPOSITION
from audit_core.review.dispositions import parts_of
from audit_core.store.decisions import Decision, NewDecision, decide
from audit_core.store.judged import Judged
from audit_core.workspace import Workspace

KIND: Final = "claim"
_LONGEST: Final = timedelta(days=1)
"""No claim is longer (see settings), so that older ones need not be read."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody is looking at `subject`, from `at` and at most `until` (UTC)."""

    subject: str
    by: str
    at: datetime
    until: datetime


def claims_now(workspace: Workspace, now: datetime) -> dict[str, Claim]:
    """Subject → who has it."""
    decisions = workspace.store.decisions
    newest = {each.decided_by: each for each in decisions.since(KIND, now - _LONGEST)}
    found = {}
    for each in newest.values():
        claim = _claim(each)
        if now < claim.until:
            decided = decisions.newest(DISPOSITION, each.subject)
            if decided is None or decided.decision_id < each.decision_id:
                found[each.subject] = claim
    return found


def claim(workspace: Workspace, subject: str, actor: Actor, now: datetime) -> Claim:
    """Claim an item, unless somebody has it: then theirs is returned, and nothing is recorded.

    Raises NotAllowed, and ConfigError for what is no subject.
    """
    require(actor, Permission.REVIEW_CHANGES)
    kind, number = parts_of(subject)
    if Judged(workspace.store.database).scores(kind, number) is None:
        raise ConfigError(f"There is no {kind} {number} that could be looked at.")
    if (held := claims_now(workspace, now).get(subject)) is not None:
        return held
    minutes = timedelta(minutes=workspace.settings.review.claim_minutes)
    made = Claim(subject, actor.email, now, now + minutes)
    told = f"{kind.capitalize()} {number} is looked at by {actor.email} until {made.until:%Y-%m-%d %H:%M} UTC at most."
    with workspace.store.decisions.deciding() as connection:
        if (held := claims_now(workspace, now).get(subject)) is not None:  # while this one waited for its turn
            return held
        decide(connection, [NewDecision(KIND, subject, {"until": made.until.isoformat()}, told)], actor, now)
    return made


def _claim(decision: Decision) -> Claim:
    until = written.instant(decision.content["until"])
    return Claim(decision.subject, decision.decided_by, decision.decided_at, until)
