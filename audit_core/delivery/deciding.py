"""What a person decides about a delivery: that it goes out again, or that it arrived."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from audit_core.actors import Actor
from audit_core.delivery.deliveries import ASKED, SETTLED, Delivery, State, deliveries
from audit_core.delivery.wanted import wanted
from audit_core.errors import AuditError, ConfigError
from audit_core.permissions import Permission, require
from audit_core.store.actions import Action
from audit_core.store.closed import require_open
from audit_core.workspace import Workspace


def send_again(workspace: Workspace, actor: Actor, numbers: Sequence[int], now: datetime) -> list[Delivery]:
    """The next run of delivery sends these once more, as new messages. All of them, or none.

    Raises NotAllowed, LockHeld while a run is under way, AuditError for what nobody asks for any more.
    """
    require(actor, Permission.SEND_REPORTS)
    asked = wanted(workspace)

    def check(each: Delivery) -> None:
        if each.state is State.WAITS:
            raise AuditError(f"Delivery {each.number} waits to be sent already.")
        if each.way not in asked:
            raise AuditError(
                f"Delivery {each.number} is asked for by nobody any more: there is a newer version, or its "
                "subscription or address is no longer in config.json."
            )

    said = f"{actor.email} asked for it again."
    return _decided(workspace, actor, numbers, now, ASKED, said, check)


def settle(workspace: Workspace, actor: Actor, numbers: Sequence[int], now: datetime) -> list[Delivery]:
    """Somebody knows that these arrived: they are sent no more. All of them, or none. Raises as `send_again`."""
    require(actor, Permission.SEND_REPORTS)

    def check(each: Delivery) -> None:
        if not each.state.for_a_person:
            raise AuditError(f"Delivery {each.number} does not wait for a decision: {each.state.value}.")

    return _decided(workspace, actor, numbers, now, SETTLED, f"{actor.email} says that it arrived.", check)


def _decided(
    workspace: Workspace,
    actor: Actor,
    numbers: Sequence[int],
    now: datetime,
    action: str,
    said: str,
    check: Callable[[Delivery], None],
) -> list[Delivery]:
    store = workspace.store
    require_open(store.database)
    # what a run has begun just now would look as if it had been left behind
    with store.leases.held("deliver", actor.email):
        known = {each.number: each for each in deliveries(store).values()}
        if unknown := [number for number in numbers if number not in known]:
            raise ConfigError(f"There is no delivery {unknown[0]}: see 'python -m jobs deliveries list'.")
        several = [known[number] for number in dict.fromkeys(numbers)]
        for each in several:
            check(each)
        with store.database.write() as connection:
            for each in several:
                evidence = {
                    "subscription": each.way.subscription, "to": each.way.to, "said": said,
                    "document_event_id": each.way.document, "delivery": each.number,
                }  # fmt: skip
                text = f"Delivery {each.number} to {each.way.to} ({each.way.subscription}): {said}"
                fields = {"evidence": json.dumps(evidence, sort_keys=True)}
                store.seal(connection, Action(action, text, actor, fields=fields), now)
        after = {each.number: each for each in deliveries(store).values()}
    return [after[each.number] for each in several]
