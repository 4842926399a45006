"""What people do about notices: say that they take care of one, and see whether messages arrive."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from audit_core.actors import Actor
from audit_core.alerts.content import key_of, trial_content
from audit_core.alerts.notice import Notice, State
from audit_core.alerts.notices import notices
from audit_core.alerts.record import ACKNOWLEDGED, TESTED, seal
from audit_core.alerts.targets import Target, targets
from audit_core.alerts.ways import Ways
from audit_core.delivery.answers import Answer, Unreachable, Verdict
from audit_core.errors import AuditError, ConfigError
from audit_core.permissions import Permission, require
from audit_core.store.closed import require_open
from audit_core.workspace import Workspace

LONGEST_NOTE: Final = 500


def acknowledge(workspace: Workspace, actor: Actor, numbers: Sequence[int], note: str, now: datetime) -> list[Notice]:
    """Say that somebody takes care of these: they are neither told to others any more nor escalated. All, or none.

    Raises NotAllowed, ConfigError for a number that is none, AuditError for what is over or acknowledged.
    """
    require(actor, Permission.ACKNOWLEDGE_ALERTS)
    store, said = workspace.store, " ".join(note.split())
    require_open(store.database)
    if len(said) > LONGEST_NOTE:
        raise ConfigError(f"The note has {len(said):,} characters, expected at most {LONGEST_NOTE}.")
    if not numbers:
        raise ConfigError("There is nothing to acknowledge: name at least one notice.")
    with store.database.write() as connection:
        known = notices(store)
        for number in numbers:
            if number not in known:
                raise ConfigError(f"There is no notice {number}: see 'python -m jobs alerts list'.")
            if known[number].state is not State.OPEN:
                raise AuditError(f"Notice {number} is {known[number].state.value} already.")
        for number in dict.fromkeys(numbers):
            text = f"{actor.email} takes care of: {known[number].found.sentence}{f' ({said})' if said else ''}"
            seal(store, connection, ACKNOWLEDGED, text, {"number": number, "note": said}, actor, now)
    after = notices(store)
    return [after[number] for number in dict.fromkeys(numbers)]


def send_test(workspace: Workspace, actor: Actor, now: datetime) -> list[tuple[Target, Answer]]:
    """Send every receiver a message that says that it is a test; how each way answered, also where it cannot be used.

    Raises NotAllowed, and ConfigError where nobody is told anything.
    """
    require(actor, Permission.MANAGE_JOBS)
    store, ways, found = workspace.store, Ways(workspace), list[tuple[Target, Answer]]()
    require_open(store.database)
    receivers = targets(workspace)
    if not receivers:
        raise ConfigError("alerts: found no channel switched on, expected at least one to test (docs/alerts.md).")
    content = trial_content(workspace.settings, actor.email)
    try:
        for target in receivers:
            try:
                way = ways.to(target)
                way.open()
                answer = way.send(key_of(target, (), 0, now), content, now, again=False)
            except (ConfigError, Unreachable) as error:
                answer = Answer(Verdict.LATER, str(error))
            found.append((target, answer))
            said = {"target": target.name, "verdict": answer.verdict.value, "said": answer.said}
            with store.database.write() as connection:
                seal(store, connection, TESTED, f"Test to {target.words}: {answer.said}", said, actor, now)
    finally:
        ways.leave()
    return found
