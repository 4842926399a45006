"""A signed access review with what proves it: the one thing that workbook and PDF are made from.

The same signed review is the same document, whenever it is asked for.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from audit_core.access_review.line import Advice, Line
from audit_core.access_review.reviews import AccessReview, Choice, Decided, read_review
from audit_core.errors import ConfigError
from audit_core.rules.base import counted
from audit_core.store.anchors import Anchor, of_size
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Document:
    """`anchor`: of the ledger as it was when the closing signature had been added to it."""

    review: AccessReview
    anchor: Anchor
    zone: ZoneInfo
    made_by: str

    @property
    def at(self) -> datetime:
        """When it was signed in full."""
        return self.review.signatures[-1].at.astimezone(UTC)

    @property
    def title(self) -> str:
        """What this is."""
        return f"Access review {self.review.month}"

    def moment(self, at: datetime) -> str:
        """An instant on the business's clock."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}"

    def decided(self, line: Line) -> Decided:
        """What was decided about a line: in a signed review every one is."""
        return self.review.decided[line.line_id]

    def choices(self) -> dict[Choice, int]:
        """How many lines were decided how."""
        wanted = (Choice.KEEP, Choice.REDUCE, Choice.REMOVE, Choice.EXCEPTION)
        made = [each.choice for each in self.review.decided.values()]
        return {choice: made.count(choice) for choice in wanted}

    def facts(self) -> list[tuple[str, str]]:
        """What stands at the head: label and text."""
        review = self.review
        return [
            ("Month", review.month),
            ("Lists made", f"{self.moment(review.made_at)}, event {review.made_event:,}, run {review.run_id}"),
            (
                "Over",
                f"the first {review.ledger_size:,} events of the ledger; {review.inactive_days} days count as lately",
            ),
            ("Due", f"{review.due_on}, {self._in_time()}"),
            ("Signed", "; ".join(self.signed())),
            ("Times in", self.zone.key),
        ]

    def _in_time(self) -> str:
        late = (self.at.astimezone(self.zone).date() - self.review.due_on).days
        return f"signed {counted(late, 'day')} late" if late > 0 else "signed in time"

    def signed(self) -> list[str]:
        """Who signed what, and when."""
        return [
            f"{each.by}, {self.moment(each.at)}, {counted(each.lines, 'line')}, event {each.event:,}"
            for each in self.review.signatures
        ]

    def otherwise(self) -> int:
        """How many lines were decided otherwise than recommended; to look is no recommendation of an end."""
        judged = [each for each in self.review.lines if each.advice is not Advice.LOOK]
        return sum(self.decided(each).choice.value != each.advice.value for each in judged)

    def since(self) -> list[str]:
        """What changed since the last signed review, in sentences."""
        since = self.review.since
        if since.month is None:
            return ["No review was signed before this one: there is nothing to compare with."]
        said = [f"Compared with the review of {since.month}."]
        for word, names in (("Came", since.came), ("Went", since.went)):
            said.append(f"{word}: {', '.join(names) or 'nobody and nothing'}.")
        said += [f"{name}: {before} before, {now} now." for name, before, now in since.changed]
        return said

    def earlier(self) -> list[tuple[str, str, str, str]]:
        """(name, decided, on and by, what became of it) of the last review's decisions to reduce or remove."""
        return [
            (each.name, each.choice.value, f"{each.day} by {each.by}", each.became)
            for each in self.review.since.earlier
        ]


def gather(workspace: Workspace, month: str) -> Document:
    """The document of a month's signed review. Raises ConfigError where it is not signed in full."""
    found = read_review(workspace, month)
    if found is None or not found.closed:
        raise ConfigError(f"The access review of {month} is not signed in full: it has no evidence pack yet.")
    store, system = workspace.store, workspace.settings.system
    size = found.signatures[-1].event
    anchor = of_size(store.database.connection(), size, f"access-review-{month}", store.keys().signer)
    return Document(found, anchor, workspace.settings.zone, f"{system.name} · {system.environment}")
