"""A clock that was a year ahead for a while and was set back: nothing from then holds back what is so now."""

from tests.alerts.tower import NOON, Tower


def test_what_was_over_in_the_future_does_not_rest(watch_tower: Tower) -> None:
    watch_tower.later(days=365).unread("North")
    watch_tower.look()
    watch_tower.later(minutes=2).unread()
    watch_tower.look()
    watch_tower.later(minutes=2).unread("North")
    watch_tower.now = NOON
    watch_tower.look()
    assert watch_tower.open_keys() == ["unread:North"]
    assert watch_tower.board().open[0].notice.times == 1


def test_messages_of_the_future_take_no_room_in_the_hour(watch_tower: Tower) -> None:
    watch_tower.tell(mail=(), hook=True, per_hour=1)
    watch_tower.later(days=365).unread("A")
    watch_tower.look()
    watch_tower.later(minutes=2).unread("A", "B")
    watch_tower.look()
    watch_tower.later(minutes=2).unread("A", "B", "C")
    assert [each["title"] for each in watch_tower.sink.got][1:] == ["[Redline] 1 more held back"]
    watch_tower.now = NOON
    watch_tower.look()
    assert watch_tower.told_by_hook() == [("unread:A", "new"), ("unread:B", "new"), ("unread:C", "new")]
    watch_tower.now = NOON.replace(year=NOON.year + 1, minute=6)
    watch_tower.unread("A", "B", "C", "D")
    watch_tower.now = NOON.replace(minute=6)
    watch_tower.look()
    assert [each["title"] for each in watch_tower.sink.got][3:] == ["[Redline] 1 more held back"], "of this hour"


def test_a_try_that_failed_in_the_future_delays_none_and_is_no_long_trouble(watch_tower: Tower) -> None:
    watch_tower.tell(mail=(), hook=True)
    watch_tower.later(days=365).unread("North")
    watch_tower.sink.statuses = [503, 503]
    watch_tower.look()
    watch_tower.now = NOON
    watch_tower.look()
    assert watch_tower.sink.statuses == [], "tried again at once"
    (channel,) = watch_tower.board().channels
    assert (channel.track.failures, channel.track.failed_since) == (2, NOON)
    watch_tower.later(minutes=5).look()
    assert watch_tower.told_by_hook() == [("unread:North", "new")]
