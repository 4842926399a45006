"""The review of a workspace now: with its business day, its cut-off in force, and what chose what is on screen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from audit_core.actors import Actor
from audit_core.review.dispositions import Given, ScoredBy, newest_dispositions
from audit_core.review.mix import Round, next_round, rounds
from audit_core.review.precision import Estimate, estimate
from audit_core.review.stories import stories
from audit_core.review.suppressions import Kept, held_back, in_force, suppressed
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


def standing_now(workspace: Workspace, now: datetime) -> Standing:
    """What stands now, of one reading of all that was judged."""
    store = workspace.store
    events, dispositions = Judged(store.database).events(), newest_dispositions(store)
    kept = in_force(store, workspace.today(now))
    told = stories(events.filter(~suppressed(events, [each.suppression for each in kept])), dispositions)
    found = estimate(told, rounds(store), workspace.thresholds().in_force().limits.review)
    return Standing(dispositions, kept, held_back(events, kept), found)
