"""One round of the watch: look, put on record what changed, and tell whom it concerns."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from audit_core.alerts.look import Changes, Looked, keep, look, reconcile
from audit_core.alerts.messages import Track, tracks
from audit_core.alerts.notices import notices
from audit_core.alerts.record import Steps
from audit_core.alerts.sight import Sight
from audit_core.alerts.targets import Target, targets
from audit_core.alerts.tell import Teller, Told
from audit_core.settings.operating import Switch
from audit_core.store.closed import require_open
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Watched:
    """What a round did. `open`: notices whose condition holds now."""

    looked: Looked
    changes: Changes
    told: Told
    open: int


def watch(workspace: Workspace, run_id: str, now: Callable[[], datetime]) -> Watched:
    """One round. What a server refuses is told in the result. It asks nobody: it is no act on behalf of somebody.

    The caller holds the job's lease: two rounds at once would tell the same thing twice. Raises ConfigError for a
    ledger that was closed.
    """
    store = workspace.store
    require_open(store.database)
    receivers, at = targets(workspace), now()
    sight = Sight(workspace, list(notices(store).values()), tracks(store), at)
    looked = look(sight)
    changes = reconcile(sight.known, looked, workspace.settings.alerts.off, at)
    if changes.raised or changes.changed or changes.resolved:
        with store.database.write() as connection:
            keep(Steps(store, connection, run_id, at), changes, receivers)
    known = notices(store)
    teller = Teller(workspace, known, run_id, now)
    try:
        for target, track in _in_turn(receivers, sight.tracks) if workspace.settings.on(Switch.ALERTS) else ():
            teller.tell(target, track)
    finally:
        teller.leave()
    return Watched(looked, changes, teller.told, sum(each.is_open for each in known.values()))


def _in_turn(receivers: Iterable[Target], tracks: Mapping[str, Track]) -> list[tuple[Target, Track]]:
    """Everybody, in the order in which they are told.

    Mail comes last, as a server may take minutes to fail; and first to whom it hung the least, so that one address for
    which it always does keeps nothing from the others.
    """
    found = [(target, tracks.get(target.name, Track())) for target in receivers]
    return sorted(found, key=lambda pair: (pair[0].mail, pair[1].waiting.tries if pair[1].waiting else 0))
