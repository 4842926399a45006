"""A channel that is down, drops the line, or lacks something: nothing is lost, and doubles are marked."""

import pytest

from audit_core.actors import OPERATOR, Actor, Role
from audit_core.alerts import send_test
from audit_core.delivery.answers import Verdict
from audit_core.errors import ConfigError, NotAllowed
from tests.alerts.tower import BOB, CAROL, DORA, Tower


def test_a_channel_that_is_down_for_an_hour_gets_everything_once_and_in_order_when_it_is_back(
    watch_tower: Tower,
) -> None:
    watch_tower.tell(hook=True)
    watch_tower.unread("North")
    watch_tower.look()
    watch_tower.sink.statuses = [503] * 40
    for n in range(15):
        watch_tower.later(minutes=4)
        watch_tower.unread("North", *(["East"] if n > 2 else []), *(["South"] if 5 < n < 10 else []))
        watch_tower.look()
    assert "channel:webhook" in watch_tower.open_keys()
    assert any("Nothing gets through to the webhook" in title for title in watch_tower.titles())
    tried = 40 - len(watch_tower.sink.statuses)
    print(f"tried {tried} times within an hour")
    assert 4 <= tried <= 8
    watch_tower.sink.statuses = []
    watch_tower.later(minutes=61).look()
    watch_tower.later(minutes=2).look()
    watch_tower.later(minutes=2).look()
    assert watch_tower.told_by_hook()[1:] == [
        ("unread:East", "new"), ("channel:webhook", "new"), ("unread:South", "came and went"),
        ("channel:webhook", "resolved"),
    ]  # fmt: skip
    assert len(set(watch_tower.sink.keys)) == len(watch_tower.sink.keys), "what never arrived is no double"


def test_a_mail_server_that_cannot_be_reached_stops_nobody_else(watch_tower: Tower) -> None:
    watch_tower.tell(mail=(BOB, CAROL), hook=True, port=1)
    watch_tower.unread("North")
    done = watch_tower.look()
    assert [done.told.sent, done.told.waiting] == [[f"Notice {_number(watch_tower)} to the webhook"], 2]
    assert all("cannot be reached" in each for each in done.told.troubles[:1])
    watch_tower.tell(mail=(BOB, CAROL), hook=True)
    watch_tower.later(minutes=2).look()
    assert watch_tower.box.to == [BOB, CAROL]
    assert watch_tower.told_by_hook() == [("unread:North", "new")]


def test_a_mail_server_that_hangs_keeps_no_other_channel_waiting_and_is_asked_once_a_round(
    watch_tower: Tower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit_core.alerts.ways.END_S", 0.2)
    watch_tower.tell(mail=(BOB, CAROL, DORA), hook=True)
    watch_tower.unread("North")
    mails_before: list[int] = []
    watch_tower.sink.heard = lambda: mails_before.append(len(watch_tower.box.got))
    watch_tower.box.after = "nothing"
    done = watch_tower.look()
    assert mails_before == [0]
    assert watch_tower.box.to == [BOB]
    assert done.told.waiting == 3
    assert "did not answer in time after it had the whole message" in done.told.troubles[0]
    assert all("failed a moment ago" in each for each in done.told.troubles[1:])
    for _ in range(2):
        watch_tower.later(minutes=6).look()
    assert watch_tower.box.to == [BOB, CAROL, DORA], "where it hangs for one only, the others still get theirs"
    watch_tower.box.after = ""
    watch_tower.later(minutes=15).look()
    assert set(watch_tower.box.ids[:3]) < set(watch_tower.box.ids[3:])
    assert sum(title.endswith("(again)") for title in watch_tower.titles()) == 3


def _number(of: Tower) -> int:
    return of.board().open[0].notice.number


def test_what_may_have_arrived_goes_again_under_its_id_and_says_so(watch_tower: Tower) -> None:
    watch_tower.tell(hook=True)
    watch_tower.unread("North")
    watch_tower.box.after, watch_tower.sink.drop = "drop", 1
    watch_tower.look()
    watch_tower.box.after = ""
    watch_tower.later(minutes=2).unread("North", "South")
    watch_tower.look()
    assert len(set(watch_tower.box.ids)) == 2
    assert watch_tower.box.ids[0] == watch_tower.box.ids[1]
    assert watch_tower.titles()[1].endswith("(again)")
    assert "This message may have come before" in watch_tower.texts()[1]
    assert [each["again"] for each in watch_tower.sink.got] == [False, True, False]
    assert watch_tower.sink.keys[0] == watch_tower.sink.keys[1]
    assert [channel.track.again for channel in watch_tower.board().channels] == [1, 1]
    assert watch_tower.told_by_hook()[1:] == [("unread:North", "new"), ("unread:South", "new")]


def test_an_address_that_the_mail_server_refuses_keeps_nothing_from_the_others(watch_tower: Tower) -> None:
    watch_tower.tell(mail=(BOB, CAROL))
    watch_tower.box.rcpt = ["550 no such person"]
    watch_tower.unread("North")
    done = watch_tower.look()
    assert watch_tower.box.to == [CAROL]
    assert "550" in done.told.troubles[0]
    watch_tower.later(minutes=2).look()
    assert watch_tower.box.to == [CAROL, BOB]


def test_a_channel_that_lacks_its_secret_is_a_notice_to_the_others(
    watch_tower: Tower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDLINE_ALERTS_WEBHOOK_SECRET")
    watch_tower.tell(hook=True)
    watch_tower.look()
    assert (
        "expected also a secret to sign with in REDLINE_ALERTS_WEBHOOK_SECRET"
        in watch_tower.titles()[0] + (watch_tower.texts()[0])
    )
    (problem,) = [each.problem for each in watch_tower.board().channels if each.problem]
    assert "REDLINE_ALERTS_WEBHOOK_SECRET" in problem


def test_a_test_goes_to_everybody_and_says_how_each_answered(watch_tower: Tower) -> None:
    watch_tower.tell(mail=(BOB, CAROL), hook=True)
    watch_tower.sink.statuses = [401]
    answers = send_test(watch_tower.workspace, OPERATOR, watch_tower.now)
    assert [answer.verdict for _, answer in answers] == [Verdict.ACCEPTED, Verdict.ACCEPTED, Verdict.NEVER]
    assert watch_tower.titles() == ["[Redline] Test"] * 2
    assert [each.track.last_good for each in watch_tower.board().channels] == [True, True, False]
    with pytest.raises(NotAllowed):
        send_test(watch_tower.workspace, Actor("8", "auditor@example.com", Role.AUDITOR), watch_tower.now)
    watch_tower.tell(mail=())
    with pytest.raises(ConfigError, match="no channel switched on"):
        send_test(watch_tower.workspace, OPERATOR, watch_tower.now)
