"""Training: one's own topics, to read and to complete; and for those who may see it, how everybody stands."""

from audit_core.permissions import Permission, allowed
from ui.chosen import in_address, switch
from ui.frame import page_head
from ui.guard import guard, looked_at
from ui.opened import queries
from ui.recorded import what_was_recorded
from ui.training.everybody import everybody
from ui.training.mine import my_training

_PARTS = {"mine": "My training", "everybody": "Everybody"}

actor = guard(Permission.READ_TRAINING)
page_head("training", queries().headline())
part = "mine"
if allowed(actor, Permission.READ_ACCESS):
    part = in_address("part", _PARTS, "mine")
    switch("part", "Whose", list(_PARTS), part, words=_PARTS.__getitem__, forgets=("topic",))
if part == "everybody":
    looked_at(actor)
    what_was_recorded()
    everybody(actor)
else:
    my_training(actor)
