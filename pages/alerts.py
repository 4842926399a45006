"""Alerts: what cannot wait, who takes care of it, and whether anybody is watching at all."""

from datetime import UTC, datetime

from audit_core.alerts import board
from audit_core.permissions import Permission
from ui.alerts.channels import channels_part
from ui.alerts.past import kinds_part, past_part
from ui.alerts.speed import speed_line
from ui.alerts.standing import standing_part
from ui.alerts.watcher import watcher_line
from ui.chosen import in_address, switch
from ui.frame import page_head
from ui.guard import guard
from ui.opened import queries, workspace
from ui.recorded import what_was_recorded

_PARTS = ("open", "past", "channels", "kinds")

actor = guard(Permission.READ_OPERATIONS)
page_head("alerts", queries().headline())
now, settings = datetime.now(UTC), workspace().settings
found = board(workspace(), actor, now)
watched = watcher_line(found, settings, now)
words = {
    "open": f"Open ({len(found.open):,})" if found.open else "Open",
    "past": "What is over",
    "channels": "Who is told",
    "kinds": "Kinds",
}
part = in_address("part", _PARTS, "open")
switch("part", "Part", _PARTS, part, words=words.__getitem__)
what_was_recorded()
match part:
    case "past":
        past_part(found)
    case "channels":
        channels_part(found, settings.alerts, actor)
        speed_line(workspace(), actor, now)
    case "kinds":
        kinds_part(found, settings.alerts)
    case _:
        standing_part(found, actor, now, watched=watched)
