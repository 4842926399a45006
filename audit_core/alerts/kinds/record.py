"""Notices about the record and its copies: is it whole, is it saved, is there room, did it arrive."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from audit_core.alerts.notice import Found
from audit_core.alerts.sight import Sight
from audit_core.delivery import deliveries as all_deliveries
from audit_core.delivery import held_up
from audit_core.monitoring.span import span
from audit_core.rules.base import counted
from audit_core.store.wholeness import not_whole, without_verdict

OLD: Final = timedelta(hours=36)
ENOUGH: Final = 1_000_000_000
BARELY: Final = 200_000_000
_RECORD: Final = {"part": ["record"]}


def record(sight: Sight) -> Iterable[Found]:
    """That the record is not whole, or that the newest verification could not tell."""
    if (run := not_whole(sight.store.runs)) is not None:
        sentence, severity = f"The record is not what was sealed: {run.message}", "CRITICAL"
    elif (run := without_verdict(sight.store.runs)) is not None:
        sentence, severity = f"The record could not be verified: {run.message}", "HIGH"
    else:
        return
    yield Found("record", "record", severity, sentence, "operations", run.started_at, query=_RECORD)


def backup(sight: Sight) -> Iterable[Found]:
    """That there is no good backup of late, or not where it should be too."""
    stands, place = sight.backups, sight.settings.backup.second_place
    made = stands.last.made_at if stands.last else sight.store.runs.first_at()
    age = sight.now - made if made else timedelta()
    how_old = f"The last good one is {span(age.total_seconds())} old." if stands.last else "There is none."
    since = stands.last.made_at if stands.last else None
    if stands.failure:
        sentence = f"The last try to make a backup failed: {stands.failure} {how_old}"
        yield Found("backup", "backup", "HIGH", sentence, "operations", since, query=_RECORD)
    elif age > OLD:
        sentence = f"No backup was made for {span(age.total_seconds())}. {how_old}"
        yield Found("backup", "backup", "HIGH", sentence, "operations", since, query=_RECORD)
    if place is not None and stands.last is not None and stands.last.second_place != "ok":
        why = f": {stands.last.second_place}" if stands.last.second_place else "."
        sentence = f"The last backup is not in {place.url}{why}"
        yield Found("backup", "backup:second_place", "MEDIUM", sentence, "operations", since, query=_RECORD)


def drill(sight: Sight) -> Iterable[Found]:
    """That the newest drill failed."""
    newest = sight.backups.drill
    if newest is not None and not newest.passed:
        yield Found("drill", "drill", "HIGH", newest.text, "operations", newest.at, query=_RECORD)


def disk(sight: Sight) -> Iterable[Found]:
    """That the disk of the data folder is almost full."""
    room = sight.backups.room
    if room.free < ENOUGH or (room.fits is not None and room.fits < 2):
        severity = "CRITICAL" if room.free < BARELY else "HIGH"
        yield Found("disk", "disk", severity, f"Little room on the data folder's disk: {room.words()}", "operations")


def deliveries(sight: Sight) -> Iterable[Found]:
    """That a person has to decide about documents on their way."""
    waiting = [each for each in all_deliveries(sight.store).values() if each.state.for_a_person]
    held = held_up(sight.workspace) if sight.settings.delivery.subscriptions else None
    if not waiting and held is None:
        return
    sentence = held or (
        f"{counted(len(waiting), 'document')} on the way {'waits' if len(waiting) == 1 else 'wait'} for a decision: "
        "it is not known whether they arrived, or they could not be sent."
    )
    facts = tuple(f"{each.way.to} ({each.way.subscription}): {each.said}" for each in waiting[:5])
    since = min((each.at for each in waiting), default=None)
    yield Found("deliveries", "deliveries", "MEDIUM", sentence, "reports", since, facts, {"part": ["sent"]})
