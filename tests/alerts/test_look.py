"""What a look changes on record: pure, from what was known and what is so now."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from audit_core.alerts import Found, Notice
from audit_core.alerts.look import Changes, Looked, reconcile
from tests.alerts.tower import NOON

NORTH = Found("unread", "unread:North", "HIGH", "Not read: North.", "operations")
NOTHING = Looked((), frozenset())


def after(known: list[Notice], changes: Changes, now: datetime) -> list[Notice]:
    """What is known once the changes are on record."""
    over = {notice.number: why for notice, why in changes.resolved}
    new = {notice.number: found for notice, found in changes.changed}
    kept = [
        replace(each, resolved_at=now, why=over[each.number])
        if each.number in over
        else replace(each, found=new.get(each.number, each.found))
        for each in known
    ]
    return kept + [
        Notice(len(known) + place, found, now, now, (), times)
        for place, (found, times) in enumerate(changes.raised, start=1)
    ]


def watched(severity: str, *, hours: int, every: timedelta) -> list[Notice]:
    """The notices of something that is so in every other look."""
    known: list[Notice] = []
    now, so = NOON, False
    while now < NOON + timedelta(hours=hours):
        so = not so
        looked = Looked((replace(NORTH, severity=severity),), frozenset()) if so else NOTHING
        known = after(known, reconcile(known, looked, (), now), now)
        now += every
    return known


def test_what_goes_on_and_off_is_raised_ever_more_seldom() -> None:
    known = watched("HIGH", hours=24, every=timedelta(minutes=2))
    gaps = [later.raised_at - before.raised_at for before, later in pairwise(known)]
    print(f"{len(known)} raised of 360 times that it came, {[str(gap) for gap in gaps]} apart")
    assert 4 <= len(known) <= 10
    assert gaps == sorted(gaps)
    assert max(gaps) <= timedelta(hours=4, minutes=4)
    assert [each.times for each in known] == list(range(1, len(known) + 1))


def test_the_first_return_rests_for_half_an_hour_after_its_end_the_next_for_an_hour() -> None:
    known = watched("HIGH", hours=3, every=timedelta(minutes=2))
    rests = [later.raised_at - before.resolved_at for before, later in pairwise(known) if before.resolved_at]
    assert rests[:2] == [timedelta(minutes=30), timedelta(minutes=62)]  # at the first look after them that finds it


def test_what_is_critical_never_rests() -> None:
    assert len(watched("CRITICAL", hours=1, every=timedelta(minutes=2))) == 15


def test_a_kind_that_could_not_be_looked_at_keeps_what_is_open() -> None:
    known = after([], reconcile([], Looked((NORTH,), frozenset()), (), NOON), NOON)
    later = NOON + timedelta(minutes=2)
    assert reconcile(known, Looked((), frozenset({"unread"})), (), later).resolved == ()
    ((notice, why),) = reconcile(known, NOTHING, (), later).resolved
    assert (notice.number, why) == (1, "It is read again.")


def test_a_kind_that_is_switched_off_is_over_and_says_why() -> None:
    known = after([], reconcile([], Looked((NORTH,), frozenset()), (), NOON), NOON)
    ((_, why),) = reconcile(known, NOTHING, ("unread",), NOON).resolved
    assert "alerts.off" in why


def test_only_what_gets_worse_changes_at_once_and_other_words_after_a_day() -> None:
    known = after([], reconcile([], Looked((NORTH,), frozenset()), (), NOON), NOON)
    worse, other = replace(NORTH, severity="CRITICAL"), replace(NORTH, sentence="Not read: North, for 2 days.")
    milder = replace(NORTH, severity="LOW", sentence="Almost read.")
    soon, late = NOON + timedelta(minutes=2), NOON + timedelta(days=1)

    def changed(found: Found, now: datetime) -> bool:
        return bool(reconcile(known, Looked((found,), frozenset()), (), now).changed)

    assert changed(worse, soon)
    assert [changed(other, soon), changed(other, late)] == [False, True]
    assert [changed(milder, soon), changed(milder, late), changed(NORTH, late)] == [False, False, False]
