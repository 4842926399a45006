"""Review: what waits for a person, one item after the other, decided by keyboard and worked on together."""

from audit_core.permissions import Permission
from ui.frame import page_head
from ui.guard import guard
from ui.keys import keys
from ui.opened import queries
from ui.review.decision_bar import KEYS
from ui.review.desk import desk

guard(Permission.READ_REVIEW)
page_head("review", queries().headline())
keys(KEYS)
desk()
