"""The review of a workspace now: with its business day, its cut-off in force, and what scored what is on screen."""

from datetime import datetime

from audit_core.actors import Actor
from audit_core.review.dispositions import ScoredBy
from audit_core.review.mix import Round, next_round, rounds
from audit_core.review.precision import Estimate, estimate
from audit_core.review.stories import stories_of
from audit_core.store.models import Models
from audit_core.workspace import Workspace


def scored_by(workspace: Workspace) -> ScoredBy:
    """The model and the threshold set behind what is shown now."""
    return ScoredBy(Models(workspace.store).in_use(), workspace.thresholds().in_force().title)


def round_now(workspace: Workspace, actor: Actor, now: datetime) -> Round:
    """The round to look at now (see mix.next_round). Raises NotAllowed."""
    cutoff = workspace.thresholds().in_force().limits.review
    return next_round(workspace.store, cutoff, actor, now, workspace.today(now))


def estimate_now(workspace: Workspace, now: datetime) -> Estimate:
    """What all verdicts so far say about the alerts of the cut-off in force."""
    told = stories_of(workspace.store, workspace.today(now))
    return estimate(told, rounds(workspace.store), workspace.thresholds().in_force().limits.review)
