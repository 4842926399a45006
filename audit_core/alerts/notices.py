"""What became of each notice, read from the events that sealed it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from audit_core.alerts.notice import Acknowledged, Found, Notice
from audit_core.alerts.record import ACKNOWLEDGED, CHANGED, NOTICES, RAISED, RESOLVED
from audit_core.errors import VerificationFailed
from audit_core.store.alerts import AlertFacts
from audit_core.store.store import Store


def notices(store: Store) -> dict[int, Notice]:
    """Every notice that was ever raised, by its number, in the order in which they were."""
    found: dict[int, Notice] = {}
    for step in AlertFacts(store.database).steps(NOTICES):
        if step["action"] == RAISED:
            found[step["event_id"]] = Notice(
                step["event_id"], Found.from_json(step["found"]), step["at"], step["at"], tuple(step["targets"]),
                step["times"],
            )  # fmt: skip
        elif step["number"] in found:
            found[step["number"]] = _after(found[step["number"]], step)
        else:
            raise VerificationFailed(
                f"Event {step['event_id']} tells of a notice that was never raised: run 'python -m jobs verify'."
            )
    return found


def _after(notice: Notice, step: Mapping[str, Any]) -> Notice:
    """The notice after one more step."""
    match step["action"]:
        case action if action == CHANGED:
            after = replace(notice, found=Found.from_json(step["found"]), changed_at=step["at"])
            return replace(after, worse_at=step["at"], acknowledged=None) if step["worse"] else after
        case action if action == RESOLVED:
            return replace(notice, resolved_at=step["at"], why=step["why"])
        case action if action == ACKNOWLEDGED:
            return replace(notice, acknowledged=Acknowledged(step["by"], step["at"], step["note"]))
        case action:
            raise VerificationFailed(f"Event {step['event_id']} is no step of a notice ({action}).")
