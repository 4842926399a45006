"""An access review as it was made, with what was decided about each line and who signed: read back from the record."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from audit_core import written
from audit_core.access_review.line import Advice, Line, Part
from audit_core.actors import Actor
from audit_core.errors import ConfigError
from audit_core.permissions import Permission, require
from audit_core.store.access import SIGNED
from audit_core.store.access_reviews import AccessReviewEvents
from audit_core.store.decisions import Decision
from audit_core.store.kept_files import ACCESS_LINES
from audit_core.workspace import Workspace

DECIDED: Final = "access_line"
"""The kind of the decisions about lines."""


class Choice(StrEnum):
    """What a reviewer decides about a line. `open`: a decision was taken back."""

    KEEP = "keep"
    REDUCE = "reduce"
    REMOVE = "remove"
    EXCEPTION = "exception"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision that counts about a line. `until`: the last day of an exception. `step`: the same for all that were
    decided at once.
    """

    choice: Choice
    reason: str
    until: date | None
    by: str
    at: datetime
    event: int
    step: str


@dataclass(frozen=True, slots=True)
class Counted:
    """How one part of the population was obtained: `found` by a count of its own beside the `lines`, and from where."""

    part: Part
    lines: int
    found: int
    source: str

    @property
    def complete(self) -> bool:
        """Whether the count of its own says the same."""
        return self.lines == self.found


@dataclass(frozen=True, slots=True)
class Earlier:
    """What became of a decision of the last review to reduce or remove. `done`: None where that cannot be said."""

    name: str
    part: Part
    choice: Choice
    day: date
    by: str
    done: bool | None

    @property
    def became(self) -> str:
        """For screens and reports."""
        return "unknown" if self.done is None else "done" if self.done else "still there"


@dataclass(frozen=True, slots=True)
class Since:
    """What changed since the last signed review (`month`, None where there is none): names that `came` and `went`,
    and (name, before, now) of who may do something else.
    """

    month: str | None = None
    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()
    changed: tuple[tuple[str, str, str], ...] = ()
    earlier: tuple[Earlier, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """One person's signature. `closes`: with it every line is signed by somebody else than it is about."""

    by: str
    at: datetime
    event: int
    lines: int
    closes: bool


@dataclass(frozen=True, slots=True)
class AccessReview:
    """The review of a month (`2026-11`). `not_seen`: what is not in the lists, each a sentence. `decided`: by line.

    `ledger_size`: the events that were looked at. `run_id`: of the job that made it.
    """

    month: str
    made_at: datetime
    made_event: int
    run_id: str
    day: date
    due_on: date
    ledger_size: int
    inactive_days: int
    lines: tuple[Line, ...]
    population: tuple[Counted, ...]
    not_seen: tuple[str, ...]
    notes: tuple[str, ...]
    since: Since
    decided: Mapping[str, Decided]
    signatures: tuple[Signature, ...]

    @property
    def closed(self) -> bool:
        """Whether it is signed in full: nothing of it can change any more."""
        return any(each.closes for each in self.signatures)

    @property
    def signed_by(self) -> tuple[str, ...]:
        """Who signed, in small letters."""
        return tuple(each.by.lower() for each in self.signatures)

    @property
    def open(self) -> tuple[Line, ...]:
        """The lines that nobody decided about."""
        return tuple(each for each in self.lines if each.line_id not in self.decided)

    def line(self, line_id: str) -> Line:
        """One of its lines. Raises ConfigError."""
        found = next((each for each in self.lines if each.line_id == line_id), None)
        if found is None:
            raise ConfigError(f"The access review of {self.month} has no line '{line_id}'.")
        return found

    def advised(self) -> dict[Advice, int]:
        """How many lines are recommended what."""
        return {advice: sum(each.advice is advice for each in self.lines) for advice in Advice}

    def overdue_days(self, today: date) -> int:
        """For how many days it should have been signed; 0 while there is time, or when it is."""
        return 0 if self.closed else max(0, (today - self.due_on).days)


def due_on(day: date, days_to_decide: int) -> date:
    """The last day on which a review that was made on a day is not overdue."""
    return day + timedelta(days=days_to_decide)


def subject_of(month: str, line_id: str = "") -> str:
    """What decisions about a review, or a line of it, are about."""
    return f"access:{month}:{line_id}" if line_id else f"access:{month}"


def months(workspace: Workspace, actor: Actor) -> tuple[str, ...]:
    """The months that have a review, the newest first. Raises NotAllowed."""
    require(actor, Permission.READ_ACCESS)
    return tuple(AccessReviewEvents(workspace.store.database).months())


def review(workspace: Workspace, actor: Actor, month: str | None = None) -> AccessReview | None:
    """The review of a month (None: the newest), None where there is none.

    Raises NotAllowed, and VerificationFailed where its list is gone or not what was sealed.
    """
    require(actor, Permission.READ_ACCESS)
    return read_review(workspace, month)


def read_review(workspace: Workspace, month: str | None) -> AccessReview | None:
    """As `review`, for who has the right to see it already."""
    made = AccessReviewEvents(workspace.store.database).made(month)
    if made is None:
        return None
    sealed = written.content(made["evidence"])
    ACCESS_LINES.check(workspace.store.data_dir, sealed["lines_sha256"])
    kept = json.loads((workspace.store.data_dir / ACCESS_LINES.name(sealed["lines_sha256"])).read_bytes())
    decisions = workspace.store.decisions
    return AccessReview(
        month=sealed["month"],
        made_at=written.instant(made["timestamp"]),
        made_event=made["event_id"],
        run_id=made["audit_run_id"],
        day=written.day(sealed["day"]),
        due_on=written.day(sealed["due_on"]),
        ledger_size=sealed["ledger_size"],
        inactive_days=sealed["inactive_days"],
        lines=tuple(map(Line.from_json, kept["lines"])),
        population=tuple(Counted(**{**each, "part": Part(each["part"])}) for each in kept["population"]),
        not_seen=tuple(kept["not_seen"]),
        notes=tuple(kept["notes"]),
        since=_since(kept["since"]),
        decided=_decided(decisions.under(DECIDED, subject_of(sealed["month"]))),
        signatures=_signatures(decisions.all(SIGNED, subject_of(sealed["month"]))),
    )


def _decided(rows: Sequence[Decision]) -> dict[str, Decided]:
    """The newest decision about each line, but those that were taken back."""
    found: dict[str, Decided] = {}
    for each in rows:
        line_id = each.subject.split(":", 2)[2]
        said = decided_of(each)
        if said.choice is Choice.OPEN:
            found.pop(line_id, None)
        else:
            found[line_id] = said
    return found


def decided_of(decision: Decision) -> Decided:
    """What one decision about a line says."""
    content = decision.content
    until = written.day(content["until"]) if content.get("until") else None
    return Decided(
        Choice(content["choice"]), content.get("reason") or "", until, decision.decided_by, decision.decided_at,
        decision.event_id, content["step"],
    )  # fmt: skip


def _signatures(rows: Sequence[Decision]) -> tuple[Signature, ...]:
    """Those that stand: whoever takes them back begins anew."""
    found: list[Signature] = []
    for each in rows:
        if each.content["act"] == "take_back":
            found.clear()
        else:
            said = each.content
            found.append(Signature(each.decided_by, each.decided_at, each.event_id, said["lines"], said["closes"]))
    return tuple(found)


def _since(kept: Mapping[str, Any]) -> Since:
    return replace(
        Since(kept["month"], tuple(kept["came"]), tuple(kept["went"])),
        changed=tuple((name, before, now) for name, before, now in kept["changed"]),
        earlier=tuple(
            Earlier(
                **{
                    **each,
                    "part": Part(each["part"]),
                    "choice": Choice(each["choice"]),
                    "day": written.day(each["day"]),
                }
            )
            for each in kept["earlier"]
        ),
    )
