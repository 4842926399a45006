"""Access reviews that should have been signed by now, for alerts."""

from dataclasses import dataclass
from datetime import date, datetime

from audit_core.access_review.reviews import read_review
from audit_core.rules.base import counted
from audit_core.store.access import SIGNED
from audit_core.store.access_reviews import AccessReviewEvents
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Overdue:
    """One review that waits too long. `days`: since `due_on`; `undecided`: lines nobody decided about, of `lines`."""

    month: str
    due_on: date
    days: int
    undecided: int
    lines: int

    def words(self) -> str:
        """A sentence for a person."""
        left = f"{self.undecided:,} of {counted(self.lines, 'line')} are not decided" if self.undecided else (
            "every line is decided and a signature is missing"
        )  # fmt: skip
        return f"The access review of {self.month} was due on {self.due_on}, {counted(self.days, 'day')} ago: {left}."


def overdue(workspace: Workspace, now: datetime) -> tuple[Overdue, ...]:
    """The reviews that are past their last day and not signed in full, the oldest first; none while there is time."""
    today, found = workspace.today(now), []
    for month in AccessReviewEvents(workspace.store.database).unsigned(SIGNED):
        made = read_review(workspace, month)
        if made is not None and (days := made.overdue_days(today)):
            found.append(Overdue(month, made.due_on, days, len(made.open), len(made.lines)))
    return tuple(found)
