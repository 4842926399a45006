"""Signing an access review: when every line is decided, by somebody else than each line is about.

Whoever has a line of their own signs all others; a second reviewer signs that one, and only then the review is closed.
"""

from datetime import datetime

from audit_core.access_review.decide import own
from audit_core.access_review.line import Line, Part
from audit_core.access_review.pack import Pack, make_pack
from audit_core.access_review.reviews import AccessReview, read_review, subject_of
from audit_core.actors import Actor
from audit_core.confirmation import require_fresh
from audit_core.errors import ConfigError, NotAllowed
from audit_core.permissions import Permission, require_person
from audit_core.rules.base import counted
from audit_core.store.access import SIGNED, note_reviewed
from audit_core.store.decisions import NewDecision, decide
from audit_core.store.runs import new_run_id
from audit_core.workspace import Workspace


def left_to_sign(review: AccessReview) -> tuple[Line, ...]:
    """The lines that no signature of somebody else covers yet."""
    signers = set(review.signed_by)
    return tuple(each for each in review.lines if not signers - {each.email})


def sign(workspace: Workspace, actor: Actor, month: str, now: datetime) -> Pack | None:
    """Sign the review of a month. Returns its evidence pack when that closes it, None while another must sign.

    With the closing signature the accounts note the day, in the same transaction. Raises NotAllowed for who did not
    sign in or signed already, ConfirmationNeeded for who proved it too long ago, and ConfigError while a line is open.
    """
    require_person(actor, Permission.REVIEW_ACCESS)
    require_fresh(actor, now)
    with workspace.store.decisions.deciding() as connection:
        review = read_review(workspace, month)
        if review is None:
            raise ConfigError(f"There is no access review of {month}: run 'python -m jobs run review'.")
        _check(review, actor)
        covered = [each for each in left_to_sign(review) if not own(each, actor)]
        closes = len(covered) == len(left_to_sign(review))
        reviewed = sorted(each.email for each in review.lines if each.part is Part.HERE and each.email)
        today = workspace.today(now)
        content = {
            "act": "sign", "day": today.isoformat(), "lines": len(covered), "of": len(review.lines), "closes": closes,
            "decided": {line_id: each.event for line_id, each in sorted(review.decided.items())},
            "made_event": review.made_event, "reviewed": reviewed if closes else [],
        }  # fmt: skip
        left = len(review.lines) - len(covered)
        all_of = f"all {counted(len(review.lines), 'line')}" if not left else f"{counted(len(covered), 'line')}"
        tail = "It is closed." if closes else f"{counted(left, 'line')} of the signer's own waits for another reviewer."
        told = f"Access review {month} signed by {actor.email}: {all_of}. {tail}"
        decide(connection, [NewDecision(SIGNED, subject_of(month), content, told)], actor, now)
        if closes:
            note_reviewed(connection, reviewed, today)
    return make_pack(workspace, actor, month, new_run_id("access", now), now) if closes else None


def take_back(workspace: Workspace, actor: Actor, month: str, reason: str, now: datetime) -> str:
    """Take the signatures of a review that is not closed back, so that it can be decided anew; returns what was done.

    Any reviewer may: a second one who does not agree, too. Raises NotAllowed and ConfigError.
    """
    require_person(actor, Permission.REVIEW_ACCESS)
    with workspace.store.decisions.deciding() as connection:
        review = read_review(workspace, month)
        if review is None or not review.signatures or review.closed:
            raise ConfigError(f"The access review of {month} has no signature that could be taken back.")
        if not reason.strip():
            raise ConfigError("Say why the signature is taken back.")
        told = f"Access review {month}: the signature of {review.signatures[0].by} was taken back: {reason.strip()}"
        content = {"act": "take_back", "reason": reason.strip(), "closes": False}
        decide(connection, [NewDecision(SIGNED, subject_of(month), content, told)], actor, now)
    return told


def _check(review: AccessReview, actor: Actor) -> None:
    if review.closed:
        raise ConfigError(f"The access review of {review.month} is signed already.")
    if review.open:
        raise ConfigError(
            f"{counted(len(review.open), 'line')} of the access review of {review.month} "
            f"{'is' if len(review.open) == 1 else 'are'} not decided: decide first, then sign."
        )
    if actor.email.lower() in review.signed_by:
        raise NotAllowed(f"{actor.email} has signed already: the line of their own is signed by another reviewer.")
