"""The monthly access review: who may what here and on the audited sheets, whether they need it, and who decided so."""

from audit_core.access_review.decide import Ruling, accept_keeps, decide_line, undo
from audit_core.access_review.due import Overdue, overdue
from audit_core.access_review.line import Advice, Line, Part
from audit_core.access_review.make import make_review
from audit_core.access_review.pack import make_pack, missing_packs
from audit_core.access_review.reviews import AccessReview, Choice, months, review
from audit_core.access_review.signing import left_to_sign, sign, take_back

__all__ = [
    "AccessReview",
    "Advice",
    "Choice",
    "Line",
    "Overdue",
    "Part",
    "Ruling",
    "accept_keeps",
    "decide_line",
    "left_to_sign",
    "make_pack",
    "make_review",
    "missing_packs",
    "months",
    "overdue",
    "review",
    "sign",
    "take_back",
    "undo",
]
