"""Notices about people: reviews and training that are overdue, and somebody who guesses passwords."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Final

from audit_core import training as courses
from audit_core.access_review import overdue
from audit_core.alerts.notice import Found
from audit_core.alerts.sight import Sight
from audit_core.rules.base import counted

HOUR: Final = timedelta(hours=1)
MANY: Final = 50
"""So many refused sign-ins within an hour are more than people who forget their password."""

_SHOWN: Final = 5


def access_review(sight: Sight) -> Iterable[Found]:
    """One for each access review that should have been signed by now."""
    for each in overdue(sight.workspace, sight.now):
        since = datetime.combine(each.due_on, time(), tzinfo=sight.settings.zone)
        yield Found(
            "access_review", f"access_review:{each.month}", "MEDIUM", each.words(), "access_review", since,
            query={"month": [each.month]},
        )  # fmt: skip


def training(sight: Sight) -> Iterable[Found]:
    """One a week, for everybody who is overdue."""
    late = [each for each in courses.due(sight.workspace, sight.now) if each.days < 0]
    if not late:
        return
    people = Counter(each.email for each in late)
    who = "one person" if len(people) == 1 else f"{len(people):,} people"
    sentence = f"The training of {who} is overdue: {counted(len(late), 'topic')} in all."
    facts = tuple(f"{email}: {counted(number, 'topic')}" for email, number in people.most_common(_SHOWN))
    year, week, _ = sight.workspace.today(sight.now).isocalendar()
    since = datetime.combine(late[0].due_on, time(), tzinfo=sight.settings.zone)
    yield Found(
        "training", f"training:{year}-{week:02}", "LOW", sentence, "training", since, facts, {"part": ["everybody"]}
    )


def sign_in(sight: Sight) -> Iterable[Found]:
    """That many sign-ins were refused within an hour."""
    count, first = sight.facts.refused_sign_ins(sight.now - HOUR)
    if count >= MANY:
        sentence = f"{count:,} sign-ins were refused within an hour: somebody may be guessing passwords."
        yield Found("sign_in", "sign_in", "HIGH", sentence, "operations", first, query={"part": ["done"]})
