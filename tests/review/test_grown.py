"""An incident that grew after it was decided: it waits again, and the verdict teaches nothing of what joined."""

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from audit_core.review.deciding import give, undo_last
from audit_core.review.desk import standing_now
from audit_core.review.dispositions import Verdict, disposition_on
from audit_core.review.labels import labels
from audit_core.review.queue import State, View, basis, items, queue, seen_by
from audit_core.review.stories import stories_of
from audit_core.workspace import Workspace
from tests.emulator import Tenant, billing_sheet
from tests.live import Live, live
from tests.review.desks import ANN, BEA, NOW


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Live]:
    """A quantity after the lock that somebody edited, and a formula that follows 20 seconds later."""
    tenant = Tenant(seed=5)
    tenant.rate_limit, tenant.recalc_delay = False, (20, 20)
    sheet = billing_sheet(tenant, "North", 12, seed=ord("N"))
    with live(tmp_path, tenant) as made:
        made.sync()
        tenant.tick(600)
        weeks = next(each.id for each in sheet.columns if each.title.startswith("Weekly"))
        row = next(row for row in sheet.rows if str(row.value(weeks)) < "2026-07-20")
        tenant.edit(sheet, row.id, "Quantity", 41, "ann@example.com")
        made.sync()
        yield made


@pytest.fixture
def here(desk: Live) -> Iterator[Workspace]:
    opened = desk.open()
    yield opened
    opened.store.database.close()


def grow(desk: Live) -> None:
    """The formula follows in the next look."""
    desk.tenant.tick(30)
    desk.sync()


def story(desk: Live) -> str:
    (edit,) = desk.events()
    return f"incident:{edit['incident_id']}"


def told(here: Workspace) -> pl.DataFrame:
    return queue(here, items(here, basis(here, NOW)), NOW)


def state(here: Workspace, subject: str) -> str:
    return str(told(here).row(by_predicate=pl.col("subject") == subject, named=True)["state"])


@pytest.mark.parametrize(
    "subject",
    [story, lambda desk: f"event:{desk.events()[0]['event_id']}"],
    ids=["as a whole", "by its riskiest event"],
)
def test_what_grew_since_it_was_decided_waits_again(
    desk: Live, here: Workspace, subject: Callable[[Live], str]
) -> None:
    item = story(desk)
    give(here.store, subject(desk), Verdict.FALSE_ALARM, "other", actor=ANN, now=NOW)
    assert state(here, item) == State.DECIDED.value
    assert told(here).filter(seen_by(View.WAITING, "")).is_empty()
    grow(desk)
    assert state(here, item) == State.GROWN.value
    assert told(here).filter(seen_by(View.WAITING, ""))["subject"].to_list() == [item]
    standing = disposition_on(here.store, item)
    seen = standing.decision_id if standing else None
    give(here.store, item, Verdict.CONFIRMED, "other", actor=BEA, now=NOW, seen=seen)
    assert state(here, item) == State.DECIDED.value


def test_a_verdict_said_again_by_undoing_speaks_of_no_more_than_before(desk: Live, here: Workspace) -> None:
    item = story(desk)
    first = give(here.store, item, Verdict.FALSE_ALARM, "other", actor=ANN, now=NOW)
    grow(desk)
    give(here.store, item, Verdict.CONFIRMED, "other", actor=BEA, now=NOW, seen=first.decision_id)
    (again,) = undo_last(here.store, BEA, NOW)
    assert (again.disposition.verdict, again.upto) == (Verdict.FALSE_ALARM, first.sealed_by)
    assert state(here, item) == State.GROWN.value


def test_only_what_was_there_is_a_label(desk: Live, here: Workspace) -> None:
    (edit,) = desk.events()
    give(here.store, story(desk), Verdict.CONFIRMED, "wrong_quantity", actor=ANN, now=NOW)
    grow(desk)
    _, echo = desk.events("ORDER BY event_id")
    assert echo["incident_id"] == edit["incident_id"]
    assert labels(here.store)["event_id"].to_list() == [edit["event_id"]]


def test_its_alert_counts_as_judged_no_more(desk: Live, here: Workspace) -> None:
    give(here.store, story(desk), Verdict.CONFIRMED, "wrong_quantity", actor=ANN, now=NOW)
    assert stories_of(here.store, here.today(NOW))["verdict"].to_list() == ["confirmed"]
    grow(desk)
    assert stories_of(here.store, here.today(NOW))["verdict"].to_list() == [None]
    assert "0 alerts were judged" in standing_now(here, ANN, NOW).estimate.silent[0]
