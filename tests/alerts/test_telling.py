"""One message for everything that is due, each notice once to everybody, and when a message has to wait."""

from datetime import UTC, datetime

import pytest

from audit_core.actors import OPERATOR, Actor, Role
from audit_core.alerts import acknowledge, telling
from audit_core.alerts.record import BEGUN, RAISED
from audit_core.errors import AuditError, ConfigError, NotAllowed
from jobs.execute import execute
from jobs.tasks import JOBS
from tests.alerts.tower import BOB, CAROL, Tower
from tests.exports import FIRST, SECOND, edited, line

pytestmark = pytest.mark.in_turn(3)


def test_ten_thousand_findings_are_one_message(watch_tower: Tower) -> None:
    watch_tower.tell(hook=True, off=["blind"])
    lines = [line(n, pole=f"Point {n}") for n in range(1, 3_401)]
    watch_tower.desk.look(FIRST, lines)
    lost = [edited(each, quantity="200", units_total_price="0", units_completed="false") for each in lines]
    watch_tower.desk.look(SECOND, lost)
    watch_tower.desk.sync_as_job()
    result = execute(watch_tower.workspace, JOBS["alert"])
    grave = watch_tower.desk.rows("SELECT count(*) n FROM audit_events WHERE severity IN ('HIGH', 'CRITICAL')")[0]["n"]
    print(f"{grave:,} findings")
    assert grave >= 10_000
    assert len(result.counters["raised"]) == 1
    (mail,), (call,) = watch_tower.texts(), watch_tower.sink.got
    assert f"{grave:,} findings of high risk" in mail
    assert len(call["lines"]) == 1
    assert call["more"] == 0
    assert 1 <= len(call["lines"][0]["facts"]) <= 5
    assert f"/changes?look={SECOND}&severity=CRITICAL" in mail
    again = execute(watch_tower.workspace, JOBS["alert"])
    assert (again.counters["raised"], again.counters["sent"]) == ([], [])
    took = telling(watch_tower.workspace, OPERATOR, datetime.now(UTC), 30)
    assert (took.known, took.unknown) == (1, 0)
    assert took.median_s is not None


def test_what_is_new_at_once_is_one_message_and_nothing_is_told_twice(watch_tower: Tower) -> None:
    watch_tower.tell(mail=(BOB, CAROL), hook=True)
    watch_tower.unread("North", "South")
    watch_tower.look()
    watch_tower.later(minutes=2).look()
    assert watch_tower.box.to == [BOB, CAROL]
    assert watch_tower.titles() == ["[Redline] 2 new, 2 HIGH"] * 2
    watch_tower.unread("North", "South", "West")
    watch_tower.later(minutes=2).look()
    watch_tower.later(minutes=2).look()
    assert watch_tower.told_by_hook() == [(f"unread:{each}", "new") for each in ("North", "South", "West")]
    assert watch_tower.titles()[2:] == ["[Redline] HIGH: Not read: West. 'West' is gone."] * 2
    assert [line.told[0][0] for line in watch_tower.board().open] == ["the webhook"] * 3, "mail comes last"


def test_a_message_tells_the_gravest_first_and_counts_what_it_leaves_out(watch_tower: Tower) -> None:
    watch_tower.tell(hook=True)
    watch_tower.unread(*(f"Sheet {n:03}" for n in range(56)))
    watch_tower.verified(whole=False)
    watch_tower.look()
    (call,) = watch_tower.sink.got
    assert [len(call["lines"]), call["more"]] == [20, 37]
    assert call["lines"][0]["kind"] == "record"
    assert "and 37 more" in watch_tower.texts()[0]
    assert watch_tower.titles() == ["[Redline] 57 new, 1 CRITICAL, 56 HIGH"]
    watch_tower.later(minutes=2).look()
    assert len(watch_tower.sink.got) == 1, "what a message only counts has been told with it"


def test_everybody_is_told_from_their_own_severity_on_and_not_of_kinds_that_are_off(watch_tower: Tower) -> None:
    watch_tower.tell(hook=True, webhook={"minimum": "CRITICAL"}, off=["late", "backup", "disk", "risk", "unread"])
    watch_tower.unread("North")
    watch_tower.verified(whole=False)
    watch_tower.look()
    assert watch_tower.open_keys() == ["record"]
    watch_tower.tell(hook=True, webhook={"minimum": "CRITICAL"})
    watch_tower.later(minutes=2).look()
    assert watch_tower.told_by_hook() == [("record", "new")]
    assert len(watch_tower.box.got) == 2


def test_an_end_is_told_once_and_only_to_those_who_knew(watch_tower: Tower) -> None:
    watch_tower.tell(hook=True)
    watch_tower.unread("North")
    watch_tower.look()
    watch_tower.unread()
    for _ in range(3):
        watch_tower.later(minutes=2).look()
    assert watch_tower.told_by_hook() == [("unread:North", "new"), ("unread:North", "resolved")]
    assert watch_tower.titles()[1] == "[Redline] HIGH, resolved: Not read: North. 'North' is gone. It is read again."
    assert watch_tower.open_keys() == []
    watch_tower.tell(mail=(BOB, CAROL), hook=True)  # Carol never knew of it
    watch_tower.later(minutes=2).look()
    assert watch_tower.box.to == [BOB, BOB]


def test_what_is_acknowledged_before_it_was_told_is_told_nobody(watch_tower: Tower) -> None:
    watch_tower.tell(mail=())
    watch_tower.unread("North", "South")
    watch_tower.look()
    watch_tower.take("unread:North", note="I ask its owner.")
    watch_tower.tell(hook=True)
    watch_tower.later(minutes=2).look()
    assert watch_tower.told_by_hook() == [("unread:South", "new")]
    north, south = sorted(watch_tower.board().open, key=lambda each: each.notice.found.key)
    assert north.notice.acknowledged is not None
    assert (north.notice.state.value, north.notice.acknowledged.note) == ("acknowledged", "I ask its owner.")
    assert south.notice.state.value == "open"


def test_who_may_not_acknowledge_is_refused_and_so_is_what_is_none(watch_tower: Tower) -> None:
    watch_tower.unread("North")
    watch_tower.look()
    (line,) = watch_tower.board().open
    number, here, now = line.notice.number, watch_tower.workspace, watch_tower.now
    with pytest.raises(NotAllowed, match="role Auditor or Admin"):
        acknowledge(here, Actor("7", "user@example.com", Role.USER), [number], "", now)
    auditor = Actor("8", "auditor@example.com", Role.AUDITOR)
    with pytest.raises(ConfigError, match="no notice 999"):
        acknowledge(here, auditor, [number, 999], "", now)
    assert watch_tower.board().open[0].notice.acknowledged is None, "all, or none"
    with pytest.raises(ConfigError, match="at most 500"):
        acknowledge(here, auditor, [number], "x" * 501, now)
    acknowledge(here, auditor, [number], " two \n lines ", now)
    with pytest.raises(AuditError, match="is acknowledged already"):
        acknowledge(here, auditor, [number], "", now)
    told = [each for each in watch_tower.desk.events("action") if each["action"] == "notice_acknowledged"]
    assert told[0]["issue_description"].endswith("(two lines)")
    assert told[0]["changed_by"] == "auditor@example.com"


def test_more_messages_than_an_hour_has_room_for_are_held_and_none_is_lost(watch_tower: Tower) -> None:
    watch_tower.tell(mail=(), hook=True, per_hour=2)
    sheets: list[str] = []
    for n in range(6):
        sheets.append(f"Sheet {n:02}")
        watch_tower.unread(*sheets)
        watch_tower.look()
        watch_tower.later(minutes=6)
    assert [each["title"] for each in watch_tower.sink.got][2:] == ["[Redline] 1 more held back"]
    watch_tower.later(minutes=25).look()
    assert sorted(key for key, _ in watch_tower.told_by_hook()) == [f"unread:{each}" for each in sheets]
    assert len(watch_tower.sink.got) == 4, "what was held came in one message"
    watch_tower.later(minutes=1).unread(*sheets, "Another")
    watch_tower.look()
    watch_tower.unread(*sheets, "Another", "One more")
    watch_tower.later(minutes=2).verified(whole=False)
    watch_tower.look()
    assert ("record", "new") in watch_tower.told_by_hook(), "for what is CRITICAL there is room"


def test_a_round_that_only_rehearses_tells_nobody(watch_tower: Tower) -> None:
    watch_tower.unread("North")
    result = execute(watch_tower.workspace, JOBS["alert"], dry_run=True)
    assert result.counters["sent"] == ["1 notice to bob@example.com by e-mail"]
    assert watch_tower.box.got == []
    assert watch_tower.steps(RAISED, BEGUN) == []
