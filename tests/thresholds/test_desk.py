"""The answers behind the sliders: made once, the same as made anew, and made anew when what they stand on moved."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from audit_core.actors import Actor, Role
from audit_core.review.deciding import give
from audit_core.review.desk import scored_by
from audit_core.review.dispositions import Verdict
from audit_core.review.suppressions import Suppression, suppress
from audit_core.store.actions import Action
from audit_core.thresholds import desk as room
from audit_core.thresholds.alerts import alerts, rises
from audit_core.thresholds.desk import Desk
from audit_core.thresholds.history import History
from audit_core.thresholds.limits import Budget, Limits
from audit_core.workspace import Workspace
from tests import exports
from tests.exports import THIRD, edited, line, two_looks
from tests.thresholds.judged import MONDAY, judged

NOW = datetime(2026, 1, 5, 15, 30, tzinfo=UTC)
ANN = Actor("u-1", "ann@x.example", Role.AUDITOR, "s-1")
LIMITS = Limits(0.1, 0.7)
LINES = [line(n) for n in range(1, 20)]
CHANGED = [edited(LINES[0], units_total_price="0"), edited(LINES[1], pole="Point 99"), *LINES[2:]]


@pytest.fixture
def field(tmp_path: Path) -> exports.Desk:
    return two_looks(tmp_path, LINES, CHANGED)


@pytest.fixture
def workspace(field: exports.Desk) -> Iterator[Workspace]:
    opened = field.workspace()
    with closing(opened.store.database):
        yield opened


def test_they_are_made_once(workspace: Workspace) -> None:
    desk = Desk(workspace)
    assert desk.ready(NOW) is None
    made = desk.answers(NOW)
    with workspace.store.database.write() as connection:
        workspace.store.seal(connection, Action("signed_in", "ann@x.example signed in.", ANN), NOW)
    assert desk.ready(NOW) is desk.answers(NOW) is made, "who signs in moves nothing"


def test_a_verdict_moves_what_it_says_and_not_the_history(workspace: Workspace) -> None:
    desk = Desk(workspace)
    before = desk.answers(NOW)
    subject = before.preview(LIMITS).alerts["alert"][0]
    by = scored_by(workspace)
    give(workspace.store, subject, Verdict.CONFIRMED, "other", actor=ANN, now=NOW, note="x", scored_by=by)
    assert desk.ready(NOW) is None
    after = desk.answers(NOW)
    assert after.ground is before.ground
    assert (before.known.confirmed.len(), after.known.confirmed.len()) == (0, 1)


def test_a_look_a_suppression_and_a_day_move_the_history(field: exports.Desk, workspace: Workspace) -> None:
    desk = Desk(workspace)
    grounds = [desk.answers(NOW).ground]
    field.look(THIRD, [*CHANGED[:2], edited(LINES[2], units_total_price="0"), *LINES[3:]])
    field.sync()
    grounds.append(desk.answers(NOW).ground)
    known = Suppression("edited_after_lock", "Known.", date(2026, 2, 1), column="Pole #")
    suppress(workspace, known, ANN, NOW)
    grounds.append(desk.answers(NOW).ground)
    grounds.append(desk.answers(NOW + timedelta(days=60)).ground)
    assert len({id(each) for each in grounds}) == 4
    held = [each.every["suppressed"].sum() for each in grounds]
    assert held == [0, 0, 1, 0], "a suppression holds until its day"


def test_whoever_comes_meanwhile_waits_for_the_same_answers(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    real = room.history_now

    def counted(workspace: Workspace, now: datetime) -> tuple[History, str]:
        read.append(now)
        return real(workspace, now)

    monkeypatch.setattr(room, "history_now", counted)
    desk = Desk(workspace)

    def ask(_: int) -> object:
        with closing(workspace.store.database):
            return desk.answers(NOW)

    with ThreadPoolExecutor(4) as several:
        made = list(several.map(ask, range(4)))
    assert (len(read), len({id(each) for each in made})) == (1, 1)


def test_a_budget_is_named_only_where_the_cut_off_comes_from_it(workspace: Workspace) -> None:
    told = Desk(workspace).answers(NOW)
    assert told.source_of(LIMITS, None) is None
    assert told.source_of(LIMITS, Budget(5, 1, 5)) is None, "too few whole weeks for a budget"


def test_any_cut_off_raises_what_its_definition_says(seed: int) -> None:
    """Beside the definition in plain Python, on made-up stories whose risk rises and falls, some of it suppressed."""
    dice = random.Random(seed)
    events = judged(
        *(
            {
                "incident_id": dice.choice([None, *range(1, 6)]),
                "risk_score": dice.choice([0.0, 0.2, 0.4, 0.4, 0.55, 0.9]),
                "suppressed": dice.random() < 0.3,
                "money_cents": dice.randrange(-500, 500),
                "day": MONDAY + timedelta(days=place),
                "row_id": str(dice.randrange(4)),
                "violation_type": dice.choice([None, "price_zeroed", "late_entry"]),
            }
            for place in range(60)
        )
    )
    told = rises(events.sample(fraction=1, shuffle=True, seed=seed % 1_000))
    for review in (0.0, 0.2, 0.41, 0.9, 1.0):
        found = alerts(told, Limits(review, 1.0)).select(
            "alert", "event_id", "day", "suppressed", "risk_score", "rules", "rows", "money_cents"
        )
        assert found.rows() == defined(events, review)


def defined(events: pl.DataFrame, review: float) -> list[tuple[object, ...]]:
    stories: dict[str, list[dict[str, object]]] = {}
    for each in events.iter_rows(named=True):
        name = f"incident:{each['incident_id']}" if each["incident_id"] else f"event:{each['event_id']}"
        stories.setdefault(name, []).append(each)
    found = []
    for name, story in stories.items():
        reached = [each for each in story if float(str(each["risk_score"])) >= review]
        making = [each for each in reached if not each["suppressed"]] or reached
        if making:
            first, worst = making[0], max(making, key=lambda each: float(str(each["risk_score"])))
            rules = sorted({str(each["violation_type"]) for each in story if each["violation_type"]})
            rows = len({each["row_id"] for each in story})
            money = sum(int(str(each["money_cents"])) for each in story)
            told = (name, worst["event_id"], first["day"], worst["suppressed"], worst["risk_score"], rules, rows, money)
            found.append((first["event_id"], told))
    return [told for _, told in sorted(found, key=lambda each: int(str(each[0])))]
