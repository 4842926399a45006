"""Review: what waits for a person, one item after the other, decided by keyboard and worked on together."""

from audit_core.actors import Permission
from ui.decision_bar import KEYS
from ui.desk import desk
from ui.frame import page_head
from ui.guard import guard
from ui.keys import keys
from ui.opened import queries

guard(Permission.READ_CHANGES)
page_head("review", queries().headline())
keys(KEYS)
desk()
