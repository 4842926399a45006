"""The review of a workspace now: with its business day, its cut-off in force, and what chose what is on screen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from audit_core.actors import Actor
from audit_core.errors import ConfigError
from audit_core.permissions import Permission, require
from audit_core.review.cases import case_of
from audit_core.review.deciding import Wanted, give_within
from audit_core.review.dispositions import AUTHORISED, Given, ScoredBy, Verdict, newest_dispositions, parts_of
from audit_core.review.mix import Round, next_round, rounds
from audit_core.review.precision import Estimate, estimate
from audit_core.review.stories import stories
from audit_core.review.suppressions import Kept, held_back, in_force, suppressed
from audit_core.rules.base import money_text
from audit_core.store.judged import Judged
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts at a moment: the dispositions by subject, the suppressions in force and what each holds back (see
    suppressions.held_back), and what all verdicts say about the alerts of the cut-off in force.
    """

    dispositions: Mapping[str, Given]
    suppressions: Sequence[Kept]
    held: pl.DataFrame
    estimate: Estimate


def scored_by(workspace: Workspace) -> ScoredBy:
    """The threshold set behind what is shown now."""
    return ScoredBy(workspace.thresholds().in_force().title)


def round_now(workspace: Workspace, actor: Actor, now: datetime) -> Round:
    """The round to look at now (see mix.next_round). Raises NotAllowed."""
    cutoff = workspace.thresholds().in_force().limits.review
    return next_round(workspace.store, cutoff, actor, now, workspace.today(now))


def decide_now(
    workspace: Workspace,
    seen: Mapping[str, int | None],
    verdict: Verdict,
    reason: str,
    note: str | None,
    actor: Actor,
    now: datetime,
) -> tuple[Given, ...]:
    """Decide the same about one or several subjects (each with the standing decision seen): about all, or none.

    Raises as deciding.give, and ConfigError for more than `review.most_at_once`, or for what moved so much that it
    counts as authorised only once a second person agreed (see casework.authorise).
    """
    require(actor, Permission.REVIEW_CHANGES)
    store, most = workspace.store, workspace.settings.review.most_at_once
    if not 0 < len(seen) <= most:
        raise ConfigError(f"{len(seen):,} items cannot be decided at once: choose 1 to {most:,}.")
    scored = scored_by(workspace)
    wanted = [Wanted(subject, verdict, reason, number, note, scored) for subject, number in seen.items()]
    with store.decisions.deciding() as connection:
        if (verdict, reason) == (Verdict.FALSE_ALARM, AUTHORISED):
            for subject in seen:
                _refuse_alone(workspace, subject)
        return give_within(connection, store, wanted, actor, now)


def _refuse_alone(workspace: Workspace, subject: str) -> None:
    """Raise ConfigError where a subject moved more than one person may call authorised, and no second one agreed."""
    store, most = workspace.store, workspace.settings.review.second_person_cents
    moved, claimed = Judged(store.database).at_stake(*parts_of(subject)), case_of(store, subject).authorisation
    if moved > most and not (claimed and claimed.agreed):
        raise ConfigError(
            f"{subject.replace(':', ' ').capitalize()} moved {money_text(moved)}: above {money_text(most)} a change "
            "counts as authorised once a second person agrees. Write down in its case who authorised it."
        )


def standing_now(workspace: Workspace, actor: Actor, now: datetime) -> Standing:
    """What stands now, of one reading of all that was judged. Raises NotAllowed."""
    require(actor, Permission.READ_REVIEW)
    store = workspace.store
    events, dispositions = Judged(store.database).events(), newest_dispositions(store)
    kept = in_force(store, workspace.today(now))
    told = stories(events.filter(~suppressed(events, [each.suppression for each in kept])), dispositions)
    found = estimate(told, rounds(store), workspace.thresholds().in_force().limits.review)
    return Standing(dispositions, kept, held_back(events, kept), found)
