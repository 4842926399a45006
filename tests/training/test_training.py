"""Who must know what, who completed it when, and to whom a topic is suggested."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from audit_core.access import disable_person
from audit_core.actors import JOBS, OPERATOR
from audit_core.errors import AuditError, ConfigError, NotAllowed
from audit_core.review.desk import decide_now
from audit_core.review.dispositions import Verdict
from audit_core.rules import BY_NAME
from audit_core.store.verify import verify
from audit_core.training import (
    Standing,
    State,
    complete,
    due,
    matrix,
    mine,
    record_for,
    suggested_to_me,
    suggestions,
    topics,
)
from audit_core.training.completions import carried, completions
from audit_core.training.standing import months_later
from audit_core.training.topic import OF_RULE
from audit_core.workspace import Workspace
from tests.exports import Desk
from tests.training.conftest import RITA, SAM, UMA, edits

NOW = datetime(2026, 11, 4, 15, tzinfo=UTC)
THEN = datetime(2025, 8, 20, tzinfo=UTC)


def of(standings: list[Standing], topic: str) -> Standing:
    return next(each for each in standings if each.topic.name == topic)


def test_each_role_has_its_topics_and_the_days_to_complete_them(here: Workspace) -> None:
    asked = {
        each.email: [one.topic.name for one in mine(here, each, NOW) if one.state is State.DUE]
        for each in (RITA, SAM, UMA)
    }
    assert asked[UMA.email] == ["after_lock", "read_the_trail", "access_and_passwords"]
    assert set(asked[RITA.email]) - set(asked[SAM.email]) == {"keep_the_record"}
    first = mine(here, UMA, NOW)[0]
    assert (first.due_on, first.state) == (date(2026, 12, 2), State.DUE)
    assert of(mine(here, UMA, NOW + timedelta(days=29)), "after_lock").state is State.OVERDUE
    assert of(mine(here, UMA, NOW), "keep_the_record").state is State.OPTIONAL
    assert all(each.minutes >= 2 and each.text for each in topics(here).values())


def test_who_has_read_a_topic_says_so_and_it_holds_for_its_time(here: Workspace) -> None:
    made = complete(here, UMA, "after_lock", NOW)
    standing = of(mine(here, UMA, NOW), "after_lock")
    assert (standing.state, standing.completion, standing.due_on) == (State.DONE, made, date(2027, 11, 4))
    assert of(mine(here, UMA, NOW + timedelta(days=340)), "after_lock").state is State.DUE
    assert of(mine(here, UMA, NOW + timedelta(days=366)), "after_lock").state is State.OVERDUE
    event = here.store.database.connection().execute(
        "SELECT changed_by, session_id, issue_description FROM audit_events WHERE event_id = ?", (made.event,)
    ).fetchone()  # fmt: skip
    assert tuple(event) == (UMA.email, "s3", "uma@x.co has read “What the lock of a week means” (version 1).")
    verify(here.store.database, here.store.snapshots, here.store.anchor_file, (), here.store.keys())


def test_what_was_learned_elsewhere_is_recorded_by_an_admin_with_what_shows_it(here: Workspace) -> None:
    made = record_for(here, RITA, "Bob@Site.co ", "after_lock", date(2026, 11, 3), "list of who was there", NOW)
    assert (made.email, made.by, made.evidence) == ("bob@site.co", RITA.email, "list of who was there")
    record_for(here, RITA, SAM.email, "read_the_trail", date(2026, 11, 3), "talk on site", NOW)
    standing = of([each for each in matrix(here, SAM, NOW) if each.email == SAM.email], "read_the_trail")
    assert standing.state is State.DONE


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        (lambda here: complete(here, OPERATOR, "after_lock", NOW), NotAllowed, "has no self:manage"),
        (lambda here: complete(here, UMA, "juggling", NOW), ConfigError, "There is no topic 'juggling'"),
        (lambda here: record_for(here, SAM, "b@x.co", "after_lock", date(2026, 11, 3), "x", NOW), NotAllowed, "Admin"),
        (lambda here: record_for(here, JOBS, "b@x.co", "after_lock", date(2026, 11, 3), "x", NOW), NotAllowed,
         "has no training:manage"),
        (lambda here: record_for(here, RITA, "RITA@x.co", "after_lock", date(2026, 11, 3), "x", NOW), NotAllowed,
         "About oneself"),
        (lambda here: record_for(here, RITA, "bob", "after_lock", date(2026, 11, 3), "x", NOW), ConfigError, "e-mail"),
        (lambda here: record_for(here, RITA, "b@x.co", "after_lock", date(2026, 11, 5), "x", NOW), ConfigError,
         "yet to come"),
        (lambda here: record_for(here, RITA, "b@x.co", "after_lock", date(2026, 11, 3), " ", NOW), ConfigError,
         "what shows it"),
        (lambda here: matrix(here, UMA, NOW), NotAllowed, "Auditor or Admin"),
        (lambda here: suggestions(here, UMA, NOW), NotAllowed, "Auditor or Admin"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence(
    here: Workspace, act: Callable[[Workspace], object], error: type[AuditError], words: str
) -> None:
    with pytest.raises(error, match=words):
        act(here)
    assert completions(here) == {}


def test_what_is_due_is_told_of_active_people_alone(here: Workspace) -> None:
    assert len(due(here, NOW)) == 3 + 7 + 8
    assert {each.days for each in due(here, NOW)} == {28}
    assert {each.days for each in due(here, NOW + timedelta(days=30))} == {-2}
    disable_person(here, OPERATOR, UMA.email, NOW)
    assert UMA.email not in {each.email for each in due(here, NOW)}
    complete(here, SAM, "after_lock", NOW)
    assert ("after_lock", SAM.email) not in {(each.topic, each.email) for each in due(here, NOW)}


def test_an_own_topic_takes_the_place_of_a_shipped_one_and_a_new_version_is_asked_anew(
    peopled: Desk, tmp_path: Path
) -> None:
    desk = peopled.copy(tmp_path / "own")
    said = json.loads(desk.config.read_text())

    def opened(**topic: object) -> Workspace:
        added = {"name": "after_lock", "title": "Our lock", "text": "Ask *Rita*.", "roles": ["User"], **topic}
        desk.config.write_text(json.dumps(said | {"training": {"added": [added]}}))
        return desk.workspace()

    first = opened()
    with closing(first.store.database):
        assert topics(first)["after_lock"].title == "Our lock"
        assert of(mine(first, SAM, NOW), "after_lock").state is State.OPTIONAL
        complete(first, UMA, "after_lock", NOW)
    second = opened(version=2, since="2026-11-10")
    with closing(second.store.database):
        standing = of(mine(second, UMA, NOW + timedelta(days=7)), "after_lock")
        assert (standing.state, standing.due_on) == (State.DUE, date(2026, 12, 10))
        assert standing.completion is not None


def test_a_topic_is_offered_to_whose_edits_meet_the_same_check_again_and_again(here: Workspace) -> None:
    (mine_,) = suggested_to_me(here, UMA, THEN)
    assert (mine_.topic.name, mine_.found, mine_.edits, mine_.confirmed) == ("after_lock", 8, 10, 0)
    assert mine_.words() == (
        "8 of your 10 edits in the last 30 days met a check such as “Edited after lock”. “What the lock of a week "
        "means” takes 2 minutes and may help."
    )
    assert not any(word in mine_.words() for word in ("fault", "wrong", "error", "mistake"))
    assert [each.email for each in suggestions(here, SAM, THEN)] == [UMA.email]  # not Sam, not the automation
    assert suggested_to_me(here, SAM, THEN) == []
    assert suggested_to_me(here, UMA, THEN + timedelta(days=30)) == []
    complete(here, UMA, "after_lock", THEN)
    assert suggested_to_me(here, UMA, THEN) == []


def test_a_false_alarm_is_no_reason_to_offer_anything_and_a_confirmed_one_is_said(here: Workspace) -> None:
    rows = here.store.database.connection().execute(
        """SELECT event_id FROM audit_events WHERE changed_by = ? AND violation_type = 'edited_after_lock'
        ORDER BY event_id""", (UMA.email,),
    ).fetchall()  # fmt: skip
    first = f"event:{rows[0][0]}"
    decide_now(here, {first: None}, Verdict.CONFIRMED, "wrong_quantity", None, SAM, THEN)
    assert "and 1 of them needed correcting" in suggested_to_me(here, UMA, THEN)[0].words()
    rest = {f"event:{row[0]}": None for row in rows[2:]}
    decide_now(here, rest, Verdict.FALSE_ALARM, "late_paperwork", None, SAM, THEN)
    assert suggested_to_me(here, UMA, THEN) == []


def test_of_few_edits_nothing_is_said_and_who_may_not_see_people_sees_their_own_alone(tmp_path: Path) -> None:
    desk = edits(tmp_path, training={"suggest_after": 2})
    text = desk.config.read_text()
    for people, own in (('{"min_edits": 11}', 0), ('{"min_edits": 5, "visible_to": []}', 1)):
        desk.config.write_text(text.replace('{"min_edits": 5}', people))
        workspace = desk.workspace()
        with closing(workspace.store.database):
            assert len(suggested_to_me(workspace, UMA, THEN)) == own
            if own:
                with pytest.raises(NotAllowed, match=r"people\.visible_to"):
                    suggestions(workspace, RITA, THEN)


def test_completions_come_along_into_a_new_store(here: Workspace) -> None:
    complete(here, UMA, "after_lock", NOW)
    record_for(here, RITA, SAM.email, "after_lock", date(2026, 11, 3), "talk", NOW)
    kept = {each.subject: each.content for each in carried(here)}
    assert kept == {
        f"training:after_lock:{UMA.email}": {"version": 1, "on": "2026-11-04", "evidence": "read here"},
        f"training:after_lock:{SAM.email}": {"version": 1, "on": "2026-11-03", "evidence": "talk"},
    }


def test_rules_lead_to_topics_that_are_there(here: Workspace) -> None:
    assert set(OF_RULE) <= set(BY_NAME)
    assert set(OF_RULE.values()) <= set(topics(here))


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 2, 28), 12, date(2028, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 3, 31), 120, date(2036, 3, 31)),
    ],
)
def test_a_completion_holds_to_the_same_day_of_a_later_month(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later
