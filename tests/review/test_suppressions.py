"""What a suppression holds back, for how long, and that nothing else changes."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from audit_core.errors import ConfigError, NotAllowed
from audit_core.review.deciding import give
from audit_core.review.dispositions import Verdict
from audit_core.review.labels import labels
from audit_core.review.stories import stories_of
from audit_core.review.suppressions import Suppression, end, held_back, held_now, in_force, like, suppress, suppressed
from audit_core.store.judged import Judged
from audit_core.store.queries import Queries
from audit_core.workspace import Workspace
from tests.exports import THIRD, Desk, edited, line
from tests.meanwhile import meanwhile
from tests.review.desks import ANN, BEA, NOW, READER, event_on, judged, number, trail

TODAY = date(2026, 1, 5)
LATE_QUANTITIES = Suppression("edited_after_lock", "late paperwork", TODAY + timedelta(days=30), column="Quantity")

FITS: dict[str, tuple[dict[str, object], bool]] = {
    "the same rule and column": ({}, True),
    "HIGH": ({"severity": "HIGH"}, True),
    "no severity": ({"severity": None}, True),
    "CRITICAL": ({"severity": "CRITICAL"}, False),
    "another column": ({"column": "CU"}, False),
    "another rule": ({"violation_type": "price_mismatch"}, False),
    "no rule": ({"violation_type": None}, False),
}


@pytest.mark.parametrize(("event", "held"), FITS.values(), ids=FITS)
def test_it_holds_back_what_it_names_but_nothing_critical(event: dict[str, object], held: bool) -> None:
    assert suppressed(judged(event), [LATE_QUANTITIES]).to_list() == [held]


SCOPES: dict[str, tuple[dict[str, Any], dict[str, object]]] = {
    "column": ({"column": "Quantity"}, {"column": "CU"}),
    "editor": ({"editor": "ann@x.example"}, {"changed_by": None}),
    "sheet": ({"sheet_id": "North"}, {"sheet_id": "South"}),
    "work request": ({"work_request": "71891012"}, {"work_request": None}),
    "two of them": ({"column": "Quantity", "sheet_id": "North"}, {"sheet_id": "South"}),
}


@pytest.mark.parametrize(("scope", "other"), SCOPES.values(), ids=SCOPES)
def test_every_scope_given_must_fit(scope: dict[str, Any], other: dict[str, object]) -> None:
    made = Suppression("edited_after_lock", "known", TODAY, **scope)
    assert suppressed(judged({}, other), [made]).to_list() == [True, False]
    assert Suppression.from_json(made.to_json()) == made


def test_it_holds_on_its_last_day_and_not_on_the_next(workspace: Workspace) -> None:
    kept = suppress(workspace, LATE_QUANTITIES, ANN, NOW)
    last = LATE_QUANTITIES.until
    assert [in_force(workspace.store, day) for day in (last, last + timedelta(days=1))] == [[kept], []]
    assert held_now(workspace.store, judged({}), last).to_list() == [True]
    assert held_now(workspace.store, judged({}), last + timedelta(days=1)).to_list() == [False]


def test_without_suppressions_or_events_nothing_is_held_back() -> None:
    assert suppressed(judged({}), []).to_list() == [False]
    assert suppressed(judged(), [LATE_QUANTITIES]).dtype == pl.Boolean


CANNOT: dict[str, tuple[dict[str, Any], date, str]] = {
    "a whole rule": ({}, TODAY, "of a whole rule is none"),
    "yesterday": ({"column": "CU"}, TODAY - timedelta(days=1), "ends from 2026-01-05 to 2026-04-05"),
    "91 days": ({"column": "CU"}, TODAY + timedelta(days=91), "not on 2026-04-06"),
}


@pytest.mark.parametrize(("scope", "until", "said"), CANNOT.values(), ids=CANNOT)
def test_what_cannot_be_is_refused(workspace: Workspace, scope: dict[str, Any], until: date, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        suppress(workspace, Suppression("edited_after_lock", "known", until, **scope), ANN, NOW)
    assert in_force(workspace.store, TODAY) == []


def test_a_rule_that_was_added_here_is_called_by_its_title(tmp_path: Path) -> None:
    added = {"name": "long_wire", "title": "A lot of wire", "column": "Quantity", "test": "over", "value": 1_600}
    desk = Desk(tmp_path, rules={"added": [added | {"on": "changes"}]})
    workspace = desk.workspace()
    kept = suppress(workspace, Suppression("long_wire", "known", TODAY, column="Quantity"), ANN, NOW)
    words = "A lot of wire (column Quantity) until 2026-01-05"
    assert kept.suppression.words(workspace.titles()) == words
    assert trail(desk) == [f"No alert is raised for {words}: known"]
    workspace.store.database.close()


def test_it_needs_a_rule_a_reason_and_an_auditor(workspace: Workspace) -> None:
    with pytest.raises(ConfigError, match="There is no rule 'no_rule'"):
        suppress(workspace, Suppression("no_rule", "known", TODAY, column="CU"), ANN, NOW)
    with pytest.raises(ConfigError, match="needs a reason"):
        suppress(workspace, Suppression("week_moved", " ", TODAY, column="CU"), ANN, NOW)
    with pytest.raises(NotAllowed, match="Auditor or Admin"):
        suppress(workspace, LATE_QUANTITIES, READER, NOW)


def test_from_a_false_alarm_until_it_is_ended(desk: Desk, workspace: Workspace) -> None:
    store, subject = workspace.store, event_on(desk, 5)
    event = Queries(store.database).event(number(subject))
    assert event is not None
    with pytest.raises(ConfigError, match="is no false alarm of a rule"):
        like(event, give(store, event_on(desk, 4), Verdict.CONFIRMED, "other", actor=ANN, now=NOW), "known", TODAY)
    false_alarm = give(store, subject, Verdict.FALSE_ALARM, "data_entry_fixed", actor=ANN, now=NOW)
    before, taught = stories_of(store, TODAY), labels(store)
    kept = suppress(workspace, like(event, false_alarm, "poles are being renamed", TODAY), ANN, NOW)
    assert kept.suppression.scope() == {
        "column": "Pole #", "changed_by": "ann@example.com", "sheet_id": event["sheet_id"],
    }  # fmt: skip
    assert (kept.suppression.because, kept.by) == (false_alarm.decision_id, ANN.email)
    assert in_force(store, TODAY) == [kept]
    assert labels(store).equals(taught)
    gone = before.join(stories_of(store, TODAY), on="subject", how="anti")
    assert gone["riskiest"].to_list() == [number(subject)]
    assert end(workspace, kept.number, "done", ANN, NOW) == kept
    assert in_force(store, TODAY) == []
    assert stories_of(store, TODAY).equals(before)
    with pytest.raises(ConfigError, match=f"There is no suppression {kept.number} that could be ended"):
        end(workspace, kept.number, "again", ANN, NOW)
    assert trail(desk)[-2].endswith("until 2026-01-05: poles are being renamed")
    assert trail(desk)[-1].endswith("until 2026-01-05): done")


def test_where_nobody_is_known_a_false_alarm_holds_back_no_other_people(desk: Desk, workspace: Workspace) -> None:
    subject = event_on(desk, 4)
    event = Queries(workspace.store.database).event(number(subject))
    assert event is not None
    assert (event["violation_type"], event["changed_by"]) == ("price_mismatch", None)
    false_alarm = give(workspace.store, subject, Verdict.FALSE_ALARM, "authorised", actor=ANN, now=NOW)
    with pytest.raises(ConfigError, match=f"^Nobody is known to have made event {number(subject)}: name what to hold"):
        like(event, false_alarm, "known", TODAY)


def test_what_it_holds_back_is_recorded_and_scored_as_ever_and_counted(desk: Desk, workspace: Workspace) -> None:
    kept = suppress(workspace, Suppression("edited_after_lock", "known", TODAY, column="Pole #"), ANN, NOW)
    unseen = suppress(workspace, Suppression("edited_after_lock", "known", TODAY, column="Quantity",
                                             sheet_id="no such sheet"), ANN, NOW)  # fmt: skip
    workspace.store.database.close()
    desk.look(THIRD, [*(line(n) for n in range(1, 8)), edited(line(8), pole="Point 88")])
    desk.sync()
    (event,) = desk.rows("SELECT * FROM audit_events WHERE row_id = '8' AND column_name = 'Pole #'")
    assert event["violation_type"] == "edited_after_lock"
    assert event["risk_score"] > 0
    counted = held_back(Judged(workspace.store.database).events(), [kept, unseen])
    # row 5 was renamed in the second look and back in the third
    assert counted.rows() == [(kept.number, 3, 2, 0), (unseen.number, 0, 0, 0)]


def test_of_two_who_end_one_at_once_the_second_is_told(desk: Desk, workspace: Workspace) -> None:
    kept, other = suppress(workspace, LATE_QUANTITIES, ANN, NOW), desk.workspace()
    with (
        meanwhile(lambda: end(other, kept.number, "done", BEA, NOW)),
        pytest.raises(ConfigError, match=rf"no suppression {kept.number} that could be ended"),
    ):
        end(workspace, kept.number, "done too", ANN, NOW)
    assert len(trail(desk)) == 2
    other.store.database.close()
