"""Scoped, expiring suppressions: what people know to be no alarm is recorded and scored as ever, and raises no alert.

A suppression teaches nothing: labels come from dispositions alone. It never covers what is CRITICAL.
"""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any, Final

import polars as pl

from audit_core import written
from audit_core.actors import Actor
from audit_core.errors import ConfigError
from audit_core.permissions import Permission, require
from audit_core.review.dispositions import Given, Verdict
from audit_core.store.decisions import Decision, NewDecision, decide
from audit_core.store.store import Store
from audit_core.workspace import Workspace

KIND: Final = "suppression"
LONGEST: Final = timedelta(days=90)
_SCOPES: Final = {
    "column": "column", "editor": "changed_by", "sheet_id": "sheet_id", "work_request": "work_request",
}  # fmt: skip
"""Field of a suppression → the column of judged events that it is compared with."""

_CALLED: Final = {"column": "column", "editor": "editor", "sheet_id": "sheet", "work_request": "work request"}


@dataclass(frozen=True, slots=True)
class Suppression:
    """Events whose gravest rule is `rule` and that fit every scope given raise no alert up to and with `until`.

    `because`: the decision (a false alarm) that it was made from, None when it was made by hand.
    """

    rule: str
    reason: str
    until: date
    column: str | None = None
    editor: str | None = None
    sheet_id: str | None = None
    work_request: str | None = None
    because: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As the content of a decision."""
        return {**asdict(self), "until": self.until.isoformat()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Suppression":
        """From the content of a decision."""
        return cls(**{**content, "until": written.day(content["until"])})

    def scope(self) -> dict[str, str]:
        """The conditions beside the rule, by the column of judged events."""
        given = {column: getattr(self, name) for name, column in _SCOPES.items()}
        return {column: value for column, value in given.items() if value is not None}

    def words(self, titles: Mapping[str, str]) -> str:
        """What it holds back, and until when. `titles`: see Workspace.titles."""
        where = [f"{_CALLED[name]} {value}" for name in _SCOPES if (value := getattr(self, name)) is not None]
        return f"{titles.get(self.rule, self.rule)} ({', '.join(where)}) until {self.until}"


@dataclass(frozen=True, slots=True)
class Kept:
    """A suppression as it was made; `number` names it."""

    number: int
    suppression: Suppression
    by: str
    at: datetime


def suppressed(events: pl.DataFrame, suppressions: Sequence[Suppression]) -> pl.Series:
    """Boolean for each event: held back by one of these. Nothing CRITICAL ever is.

    `events`: `violation_type, severity, column, changed_by, sheet_id, work_request` (see store.judged.JUDGED).
    """
    covered = reduce(operator.or_, map(_covers, suppressions), pl.lit(value=False))
    held = covered & pl.col("severity").ne_missing("CRITICAL")
    return events.select(suppressed=held.fill_null(value=False)).to_series()


def held_now(store: Store, events: pl.DataFrame, day: date) -> pl.Series:
    """Boolean for each event (see `suppressed`): held back by what is in force on `day`."""
    return suppressed(events, [each.suppression for each in in_force(store, day)])


def held_back(events: pl.DataFrame, kept: Sequence[Kept]) -> pl.DataFrame:
    """`number, events, rows, money_cents` of each suppression: what it holds back of these events."""
    counted = [
        events.filter(suppressed(events, [each.suppression])).select(
            pl.lit(each.number, dtype=pl.Int64).alias("number"),
            pl.len().cast(pl.Int64).alias("events"),
            pl.struct("sheet_id", "row_id").n_unique().cast(pl.Int64).alias("rows"),
            pl.col("money_cents").sum(),
        )
        for each in kept
    ]
    schema = {"number": pl.Int64, "events": pl.Int64, "rows": pl.Int64, "money_cents": pl.Int64}
    return pl.concat([pl.DataFrame(schema=schema), *counted])


def suppress(workspace: Workspace, new: Suppression, actor: Actor, now: datetime) -> Kept:
    """Make one. Raises NotAllowed, and ConfigError for one that cannot be."""
    require(actor, Permission.REVIEW_CHANGES)
    rules = [rule.name for rule in workspace.rules()]
    if new.rule not in rules:
        raise ConfigError(f"There is no rule '{new.rule}'; the rules are {', '.join(rules)}.")
    if not new.scope():
        raise ConfigError("A suppression of a whole rule is none: name a column, an editor, a sheet or a work request.")
    today = workspace.today(now)
    if not today <= new.until <= today + LONGEST:
        raise ConfigError(
            f"A suppression ends from {today} to {today + LONGEST} ({LONGEST.days} days on), not on {new.until}."
        )
    told = f"No alert is raised for {new.words(workspace.titles())}: {_given(new.reason)}"
    return _kept(workspace.store.decisions.record(KIND, f"rule:{new.rule}", new.to_json(), told, actor, now))


def like(event: Mapping[str, Any], false_alarm: Given, reason: str, until: date) -> Suppression:
    """A suppression of what is like an event (its sealed columns) that was a false alarm: its rule, column and editor
    on its sheet. Raises ConfigError where there is no false alarm, no rule was broken, or nobody is known as editor.
    """
    if false_alarm.disposition.verdict != Verdict.FALSE_ALARM or event["violation_type"] is None:
        raise ConfigError(f"Event {event['event_id']} is no false alarm of a rule: name what to hold back by hand.")
    if event["changed_by"] is None:
        raise ConfigError(f"Nobody is known to have made event {event['event_id']}: name what to hold back by hand.")
    return Suppression(
        event["violation_type"],
        reason,
        until,
        column=event["column_name"],
        editor=event["changed_by"],
        sheet_id=event["sheet_id"],
        because=false_alarm.decision_id,
    )


def end(workspace: Workspace, number: int, reason: str, actor: Actor, now: datetime) -> Kept:
    """End a suppression early. Raises NotAllowed, and ConfigError where there is none of that number to end."""
    require(actor, Permission.REVIEW_CHANGES)
    with workspace.store.decisions.deciding() as connection:
        kept = next((each for each in _not_ended(workspace.store) if each.number == number), None)
        if kept is None:
            raise ConfigError(f"There is no suppression {number} that could be ended.")
        what = kept.suppression.words(workspace.titles())
        told = f"Suppression {number} was ended early ({what}): {_given(reason)}"
        decide(connection, [NewDecision(KIND, f"suppression:{number}", {"reason": reason}, told)], actor, now)
    return kept


def in_force(store: Store, day: date) -> list[Kept]:
    """The suppressions that hold on a day, oldest first: neither expired nor ended early."""
    return [each for each in _not_ended(store) if day <= each.suppression.until]


def carried(kept: Sequence[Kept], titles: Mapping[str, str]) -> list[NewDecision]:
    """The decisions that make them anew in another store, which has no disposition of the old one to refer to."""
    return [
        NewDecision(
            KIND,
            f"rule:{each.suppression.rule}",
            replace(each.suppression, because=None).to_json(),
            f"A suppression by {each.by} carried over: {each.suppression.words(titles)}.",
        )
        for each in kept
    ]


def _not_ended(store: Store) -> list[Kept]:
    decisions = store.decisions.all(KIND)
    ended = {each.subject for each in decisions if each.subject.startswith("suppression:")}
    made = [each for each in decisions if each.subject.startswith("rule:")]
    return [_kept(each) for each in made if f"suppression:{each.decision_id}" not in ended]


def _kept(decision: Decision) -> Kept:
    return Kept(decision.decision_id, Suppression.from_json(decision.content), decision.decided_by, decision.decided_at)


def _covers(each: Suppression) -> pl.Expr:
    """Whether an event is what a suppression names."""
    conditions = {"violation_type": each.rule, **each.scope()}
    return reduce(operator.and_, (pl.col(column) == value for column, value in conditions.items()))


def _given(reason: str) -> str:
    if not reason.strip():
        raise ConfigError("A suppression needs a reason, in a few words.")
    return reason.strip()
