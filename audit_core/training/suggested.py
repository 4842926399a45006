"""From findings to topics: whose edits keep being found by the same kind of rule is offered the topic that may help.

It is an offer to that person. It says what was found, never whose fault it is, and those alone see it who may see how
people edit, and the person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from audit_core.access.visible import require_visible
from audit_core.actors import Actor
from audit_core.changes.who import PEOPLES_EVIDENCE
from audit_core.permissions import Permission, require
from audit_core.review.dispositions import Verdict, newest_dispositions, parts_of
from audit_core.rules.base import counted
from audit_core.store.people import People
from audit_core.training.completions import Completion, completions, own_completions
from audit_core.training.topic import OF_RULE, Topic, topics
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A topic for somebody. `found`: edits of the last `days` that its rules found, of all `edits`.

    `confirmed`: of them, those that somebody confirmed to need correcting. `rule`: the commonest, as screens call it.
    """

    email: str
    topic: Topic
    found: int
    confirmed: int
    edits: int
    days: int
    rule: str

    def words(self, whose: str = "your") -> str:
        """The offer as a person would say it."""
        sure = f", and {self.confirmed:,} of them needed correcting" if self.confirmed else ""
        return (
            f"{self.found:,} of {whose} {counted(self.edits, 'edit')} in the last {self.days} days met a check such as "
            f"“{self.rule}”{sure}. “{self.topic.title}” takes {self.topic.minutes} minutes and may help."
        )


def suggested_to_me(workspace: Workspace, actor: Actor, now: datetime) -> list[Suggestion]:
    """What is suggested to the actor. Raises NotAllowed."""
    require(actor, Permission.MANAGE_SELF)
    email = actor.email.lower()
    return [each for each in _suggested(workspace, own_completions(workspace, email), now) if each.email == email]


def suggestions(workspace: Workspace, actor: Actor, now: datetime) -> list[Suggestion]:
    """What is suggested to whom, by e-mail. Raises NotAllowed where the actor may not see how people edit."""
    require_visible(workspace, actor)
    return _suggested(workspace, completions(workspace), now)


def _suggested(workspace: Workspace, done: Mapping[tuple[str, str], Completion], now: datetime) -> list[Suggestion]:
    settings, known = workspace.settings.training, topics(workspace)
    since = now - timedelta(days=settings.suggest_days)
    people = People(workspace.store.database)
    found = people.flagged(since).with_columns(
        topic=pl.col("rule").replace_strict(OF_RULE, default=None, return_dtype=pl.String)
    )
    found = _not_false(workspace, found.filter(pl.col("topic").is_in(list(known))))
    edits = _edits(people, since)
    made = []
    for (email, name), part in sorted(found.partition_by("who", "topic", as_dict=True).items()):
        stories = part.select(pl.coalesce("incident_id", -pl.col("event_id")).n_unique()).item()
        enough = edits.get(email, 0) >= workspace.settings.people.min_edits and stories >= settings.suggest_after
        read = done.get((email, name))
        if not enough or (read is not None and read.on >= workspace.today(since)):
            continue
        rule = part["rule"].value_counts().sort("count", "rule", descending=[True, False])["rule"][0]
        sure = int((part["verdict"] == Verdict.CONFIRMED.value).sum())
        made.append(
            Suggestion(
                email, known[name], part.height, sure, edits[email], settings.suggest_days,
                workspace.titles().get(rule, rule),
            )
        )  # fmt: skip
    return made


def _edits(people: People, since: datetime) -> Mapping[str, int]:
    """Who (in small letters) → edits since then by people's evidence."""
    named = people.edits(since).filter(pl.col("evidence").is_in(PEOPLES_EVIDENCE)).drop_nulls("who")
    return dict(named.group_by(pl.col("who").str.to_lowercase()).agg(pl.len()).iter_rows())


def _not_false(workspace: Workspace, found: pl.DataFrame) -> pl.DataFrame:
    """What was found, with its `verdict`, without what somebody found to be right."""
    of_event: dict[int, str] = {}
    of_incident: dict[int, tuple[str, int | None]] = {}
    for subject, given in newest_dispositions(workspace.store).items():
        kind, number = parts_of(subject)
        if kind == "event":
            of_event[number] = given.disposition.verdict.value
        else:
            of_incident[number] = (given.disposition.verdict.value, given.upto)

    def verdict(row: tuple[int, int | None]) -> str | None:
        event, incident = row
        if event in of_event:
            return of_event[event]
        said, upto = of_incident.get(incident or 0, (None, None))
        return said if upto is None or event <= upto else None

    verdicts = [verdict(row) for row in found.select("event_id", "incident_id").iter_rows()]
    told = found.with_columns(verdict=pl.Series(verdicts, dtype=pl.String))
    return told.filter(pl.col("verdict").ne_missing(Verdict.FALSE_ALARM.value))
