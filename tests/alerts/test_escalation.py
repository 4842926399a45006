"""What nobody takes care of goes to those who come second, once the first ones had their time."""

from datetime import timedelta

from tests.alerts.tower import BOB, DORA, Tower


def test_what_nobody_takes_goes_to_the_second_ones_once(watch_tower: Tower) -> None:
    watch_tower.tell(escalate_after_minutes=60, escalate_to=[DORA])
    watch_tower.unread("North", "South")
    watch_tower.look()
    watch_tower.later(minutes=30)
    watch_tower.take("unread:South")
    for _ in range(5):
        watch_tower.look()
        watch_tower.later(minutes=15)
    assert watch_tower.box.to == [BOB, DORA]
    assert watch_tower.titles()[1] == "[Redline] HIGH, not acknowledged: Not read: North. 'North' is gone."


def test_what_gets_worse_goes_to_the_second_ones_only_after_the_first_had_their_time_again(watch_tower: Tower) -> None:
    watch_tower.tell(escalate_after_minutes=60, escalate_to=[DORA])
    watch_tower.unread(job="verify", code=1, message="There is no room.")
    watch_tower.look()
    watch_tower.take("record")
    watch_tower.later(hours=5).verified(whole=False)
    watch_tower.look()
    assert watch_tower.box.to == [BOB, BOB]
    (line,) = watch_tower.board().open
    assert line.escalates_at == watch_tower.now + timedelta(minutes=60)
    watch_tower.later(minutes=58).look()
    assert watch_tower.box.to == [BOB, BOB]
    watch_tower.later(minutes=2).look()
    assert watch_tower.box.to == [BOB, BOB, DORA]


def test_the_time_before_the_second_ones_begins_when_the_first_could_be_told(watch_tower: Tower) -> None:
    watch_tower.tell(escalate_after_minutes=60, escalate_to=[DORA], email={"minimum": "CRITICAL"})
    watch_tower.unread(job="verify", code=1, message="There is no room.")
    watch_tower.look()
    watch_tower.later(minutes=30).verified(whole=False)
    watch_tower.look()
    watch_tower.later(minutes=31).look()
    assert watch_tower.box.to == [BOB]
    watch_tower.later(minutes=29).look()
    assert watch_tower.box.to == [BOB, DORA]
