"""Another lock, tried out: the next locks by it, and the recorded changes that would lie on its other side."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from audit_core.filters import LOCK_WORDS
from audit_core.lock_preview import LockChoice, next_locks, shift
from audit_core.settings import load_settings
from tests.exports import FIRST, SECOND, Desk, edited, line, two_looks
from tests.mappings.desks import opened

CHICAGO = ZoneInfo("America/Chicago")
MODIFIED = "Modified Date"
LINES = [
    line(n, weekly_reference_logged_date="2025-08-03", snapshot_date="2025-07-30") | {MODIFIED: ""} for n in (1, 2, 3)
]


def at(base: dict[str, str], moment: str, quantity: str) -> dict[str, str]:
    return edited(base, quantity=quantity) | {MODIFIED: moment}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Three edits of the week that locked on Monday 2025-08-04: ten hours after it, two before it, and at some time."""
    return two_looks(
        tmp_path_factory.mktemp("original"), LINES,
        [at(LINES[0], "2025-08-04T10:00:00-05:00", "3"), at(LINES[1], "2025-08-03T22:00:00-05:00", "4"),
         edited(LINES[2], quantity="5")],
    )  # fmt: skip


@pytest.fixture
def desk(original: Desk, tmp_path: Path) -> Desk:
    return original.copy(tmp_path)


def test_the_choice_in_force_moves_nothing_and_says_what_was_recorded(desk: Desk) -> None:
    recorded = {event["row_id"]: event["is_historical"] for event in desk.events()}
    assert recorded == {"1": 1, "2": 0, "3": LOCK_WORDS["possibly after lock"]}
    with opened(desk) as workspace:
        now = LockChoice.in_force(workspace)
        assert now == LockChoice(CHICAGO, 0)
        assert now.config_lines(workspace) == ""
        found = shift(workspace, now)
    assert (found.changes, found.moved.height, found.since) == (3, 0, "2025-06-12")


def test_a_grace_frees_what_came_soon_after_the_lock(desk: Desk) -> None:
    with opened(desk) as workspace:
        found = shift(workspace, LockChoice(CHICAGO, 12))
    assert (found.freed, found.caught, found.unsure) == (1, 0, 0)
    assert found.moved.row(0)[:4] == ("2025-08-03", "after lock", "before lock", 1)


def test_a_zone_further_east_catches_the_evening_before(desk: Desk) -> None:
    with opened(desk) as workspace:
        found = shift(workspace, LockChoice(ZoneInfo("Europe/Berlin"), 0))
    assert (found.freed, found.caught, found.unsure) == (0, 1, 0)


def test_a_grace_of_a_week_makes_the_undated_one_sure(desk: Desk) -> None:
    with opened(desk) as workspace:
        found = shift(workspace, LockChoice(CHICAGO, 168))
    assert (found.freed, found.unsure) == (1, 1)


def test_the_lines_for_the_settings_are_taken_and_keep_the_reopenings(desk: Desk) -> None:
    said = json.loads(desk.config.read_text())
    reopening = {"week_ending": "2025-08-03", "reason": "Late bills", "until": "2025-08-08T17:00:00-05:00"}
    desk.config.write_text(json.dumps(said | {"weeks": {"reopenings": [reopening]}}))
    with opened(desk) as workspace:
        lines = LockChoice(ZoneInfo("America/Denver"), 12).config_lines(workspace)
        members = json.loads("{" + lines + "}")
        before = workspace.settings.weeks.reopenings
    desk.config.write_text(json.dumps(said | members))
    settings = load_settings(desk.config)
    assert (settings.zone.key, settings.weeks.lock_grace_hours) == ("America/Denver", 12)
    assert settings.weeks.reopenings == before


def test_the_next_locks_begin_with_the_week_before_this_one(desk: Desk) -> None:
    with opened(desk) as workspace:
        locks = next_locks(workspace, LockChoice(CHICAGO, 2), datetime(2025, 10, 29, 15, tzinfo=UTC), weeks=3)
    assert locks == [
        (date(2025, 10, 26), datetime(2025, 10, 27, 7, tzinfo=UTC)),
        (date(2025, 11, 2), datetime(2025, 11, 3, 8, tzinfo=UTC)),  # winter time begins that Sunday
        (date(2025, 11, 9), datetime(2025, 11, 10, 8, tzinfo=UTC)),
    ]


def test_before_anything_was_read_it_says_so(tmp_path: Path) -> None:
    with opened(Desk(tmp_path)) as workspace:
        assert shift(workspace, LockChoice(CHICAGO, 5)).since is None


def test_the_looks_of_the_test_are_what_it_says() -> None:
    assert (FIRST, SECOND) == ("2025-07-31", "2025-08-07")
