"""The thresholds of a workspace now: its history with the suppressions of today, scored with the model in use."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from audit_core.errors import ConfigError
from audit_core.review.dispositions import KIND as DISPOSITION
from audit_core.review.dispositions import newest_dispositions
from audit_core.review.mix import KIND as SHOWN
from audit_core.review.mix import rounds
from audit_core.review.suppressions import KIND as SUPPRESSION
from audit_core.store.judged import Judged
from audit_core.store.models import Models
from audit_core.thresholds.compare import Comparison, compare
from audit_core.thresholds.curve import cents_per_alert
from audit_core.thresholds.history import History, history
from audit_core.thresholds.limits import Budget, Limits
from audit_core.thresholds.preview import Ground, Known, Preview, Verdicts, ground, known, preview, scored_anew
from audit_core.thresholds.volume import cutoff_for
from audit_core.workspace import Workspace


def history_now(workspace: Workspace, now: datetime) -> tuple[History, str]:
    """(all that was judged, which model scored it, in a sentence)."""
    store = workspace.store
    recorded = history(store, workspace.settings.zone, workspace.today(now))
    model = workspace.model()
    if model is None:
        return recorded, "No model is in use: risks are those of the record."
    features = store.features.history()
    events = scored_anew(recorded.events, features, model)
    others = events.height - features.height
    rest = f" {others:,} other events keep the risk of the record." if others else ""
    scored = f"{features.height:,} changes are scored with the model in use ({Models(store).in_use()}).{rest}"
    return History(events, recorded.look_days), scored


@dataclass(frozen=True, slots=True)
class Answers:
    """What every question about limits is answered from. `scored`: which model scored the history, in a sentence."""

    ground: Ground
    known: Known
    scored: str

    def preview(self, limits: Limits) -> Preview:
        """What the limits make of the history."""
        return preview(self.ground, self.known, limits)

    def compare(self, first: Limits, second: Limits) -> Comparison:
        """What the second limits change against the first."""
        return compare(self.ground.rises, first, second)

    def cutoff_for(self, budget: Budget) -> float:
        """The review cut-off that keeps to a budget. Raises ConfigError where none does."""
        return cutoff_for(self.ground.rises, self.ground.look_days, budget)

    def source_of(self, limits: Limits, budget: Budget | None) -> Budget | None:
        """The budget, where it is what the review cut-off comes from."""
        try:
            return budget if budget and self.cutoff_for(budget) == limits.review else None
        except ConfigError:
            return None


class Desk:
    """The answers for one workspace, made once for many questions, and anew when what they stand on has moved.

    May be asked by several threads at once: what is being made for one is waited for by the others.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._making = Lock()
        self._history: tuple[object, Ground, str] | None = None
        self._answers: tuple[object, Answers] | None = None

    def ready(self, now: datetime) -> Answers | None:
        """The answers, where they are made already and still hold."""
        made = self._answers
        return made[1] if made and made[0] == self.stands_on(now) else None

    def answers(self, now: datetime) -> Answers:
        """The answers. Raises VerificationFailed where the files of the model in use were altered."""
        with self._making:
            if (made := self.ready(now)) is not None:
                return made
            moves = read, _ = self.stands_on(now)
            if self._history is None or self._history[0] != read:
                history, scored = history_now(self._workspace, now)
                self._history = read, ground(history), scored
            _, ready, scored = self._history
            store = self._workspace.store
            verdicts = Verdicts(newest_dispositions(store), rounds(store))
            told = known(ready, verdicts, cents_per_alert(self._workspace.settings.review))
            self._answers = moves, Answers(ready, told, scored)
            return self._answers[1]

    def stands_on(self, now: datetime) -> tuple[Hashable, Hashable]:
        """What moves with (the history and its risks, what verdicts say of them)."""
        store, judged = self._workspace.store, Judged(self._workspace.store.database)
        held = store.decisions.upto(SUPPRESSION), self._workspace.today(now)
        read = judged.newest(), judged.last_look(), Models(store).in_use(), held
        return read, store.decisions.upto(DISPOSITION, SHOWN)
