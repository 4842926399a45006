"""The numbers are those of the pages they lead to, and of plain SQL."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from audit_core.actors import OPERATOR
from audit_core.picture.picture import Number, Picture, picture
from audit_core.picture.told import sentences
from audit_core.review.deciding import give
from audit_core.review.dispositions import Verdict
from audit_core.review.queue import View, basis, items, queue, seen_by
from audit_core.store.queries import Queries
from audit_core.workspace import Workspace
from tests.exports import Desk

NOW = datetime(2026, 1, 5, tzinfo=UTC)
TRAIL = "kind IN ('change', 'finding')"


@pytest.fixture
def workspace(weeks: Desk) -> Iterator[Workspace]:
    opened = weeks.workspace()
    yield opened
    opened.store.database.close()


def seen(workspace: Workspace, days: int) -> Picture:
    found = picture(workspace, queue(workspace, items(workspace, basis(workspace, NOW)), NOW), days)
    assert found is not None
    return found


def counted(desk: Desk, where: str) -> int:
    return int(desk.rows(f"SELECT count(*) n FROM audit_events WHERE {TRAIL} AND {where}")[0]["n"])


@pytest.mark.parametrize("days", [7, 30, 90])
def test_a_number_is_what_its_link_shows(workspace: Workspace, days: int) -> None:
    now, ask = seen(workspace, days), Queries(workspace.store.database)
    assert now.events.now == ask.totals(now.all_of_it()).events > 0
    assert now.flagged.now == ask.totals(now.flagged_ones()).events > 0
    assert now.late.now == ask.totals(now.late_ones()).events > 0


def test_numbers_stand_beside_those_of_the_period_before(workspace: Workspace, weeks: Desk) -> None:
    now = seen(workspace, 7)
    for number, also in ((now.events, "1"), (now.flagged, "severity IS NOT NULL"), (now.late, "is_historical = 1")):
        last, earlier = (counted(weeks, f"look = '{look}' AND {also}") for look in ("2025-08-19", "2025-08-12"))
        assert number == Number(last, earlier)
        assert number.delta == last - earlier


def test_a_longer_period_than_the_record_has_nothing_to_compare_with(workspace: Workspace) -> None:
    now = seen(workspace, 30)
    assert now.compared is None
    assert now.events.before is now.waiting.before is None
    assert now.events.delta is None


def test_what_waits_is_what_the_review_calls_waiting(workspace: Workspace) -> None:
    told = queue(workspace, items(workspace, basis(workspace, NOW)), NOW)
    waiting = told.filter(seen_by(View.WAITING, ""))
    now = seen(workspace, 7)
    assert now.waiting.now == waiting.height > 1
    assert now.risk_cents.now == waiting["risk_cents"].sum() > 0
    assert now.waits.top["subject"].to_list() == waiting["subject"].to_list()[:6]


def test_deciding_takes_an_item_away_and_its_risk(weeks: Desk, workspace: Workspace) -> None:
    earlier = seen(workspace, 7)
    first = earlier.waits.top.row(0, named=True)
    told = queue(workspace, items(workspace, basis(workspace, NOW)), NOW)
    assert told["day"].max() == earlier.period.last
    with workspace.scratch() as aside:
        give(aside.store, first["subject"], Verdict.CONFIRMED, "wrong_price", actor=OPERATOR, now=NOW)
        later = seen(aside, 7)
    assert later.waiting == Number(earlier.waiting.now - 1, earlier.waiting.before)
    assert later.risk_cents.now == earlier.risk_cents.now - first["risk_cents"]


def test_the_calendar_holds_every_change_after_a_lock(workspace: Workspace) -> None:
    now = seen(workspace, 90)
    assert now.locks["n"].sum() + now.locks_left_out == now.late.now


def test_the_sentences_say_the_numbers(workspace: Workspace) -> None:
    now = seen(workspace, 7)
    told = " ".join(sentences(now, 2))
    assert f"showed {now.events.now:,} changes and findings" in told
    assert f"{now.flagged.now:,} of them" in told
    assert f"{now.late.now:,} changes and findings came after the week had locked" in told
    assert f"{now.waiting.now:,} stories wait for a person" in told
    assert "2 things could not be looked at in full" in told


def test_without_a_look_there_is_no_picture(tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = Desk(tmp_path_factory.mktemp("empty")).workspace()
    assert picture(empty, queue(empty, items(empty, basis(empty, NOW)), NOW), 7) is None
    empty.store.database.close()
