"""Which backups are kept: all of some days, one of each week, one of each month, and always the last verified one."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from audit_core.backups.generations import STAMP, made_at, over
from audit_core.backups.manifest import MANIFEST
from audit_core.errors import VerificationFailed
from audit_core.settings import BackupSettings
from tests.backups.stores import EVENTS, NAME, NOW, actions, back_up, logs, restored
from tests.exports import Desk

DAY = timedelta(days=1)
CHICAGO = ZoneInfo("America/Chicago")
DAYS_ONLY = {"retention_days": 30, "keep_weeks": 0, "keep_months": 0}


def backups(desk: Desk) -> list[str]:
    """The names of what lies in `backups/`, hidden or not."""
    return sorted(path.name for path in (desk.root / "data" / "backups").glob("*"))


def name(at: datetime) -> str:
    return at.astimezone(UTC).strftime(STAMP)


def kept(nights: list[str], now: datetime, **settings: Any) -> list[str]:
    """What is left of backups of these names."""
    gone = over(nights, BackupSettings(**settings), now, CHICAGO, frozenset())
    return [each for each in nights if each not in gone]


# --- the calendar ---


def nightly(days: int, last: datetime) -> list[str]:
    """The names of a backup each night, oldest first, the last at `last`."""
    return [name(last - DAY * back) for back in reversed(range(days))]


def test_after_two_years_there_are_thirty_days_then_weeks_then_months() -> None:
    last = datetime(2026, 6, 17, 2, tzinfo=CHICAGO)  # a Wednesday
    left = [found.astimezone(CHICAGO).date() for each in kept(nightly(730, last), last) if (found := made_at(each))]
    days = [(last - DAY * back).date() for back in reversed(range(31))]
    # the weeks end on Sundays; the first five of the eight lie within the thirty days
    weeks = [date(2026, 5, day) for day in (3, 10, 17)]
    months = [date(*month) for month in [
        (2025, 7, 31), (2025, 8, 31), (2025, 9, 30), (2025, 10, 31), (2025, 11, 30), (2025, 12, 31), (2026, 1, 31),
        (2026, 2, 28), (2026, 3, 31), (2026, 4, 30),
    ]]  # fmt: skip
    assert left == sorted({*days, *weeks, *months})


def test_night_by_night_the_same_stay_as_all_at_once() -> None:
    """What goes tonight is never missed tomorrow: the last of a week or month is its newest until the next begins."""
    start, there = datetime(2025, 1, 1, 2, tzinfo=CHICAGO), list[str]()
    for night in range(500):
        now = start + DAY * night
        there = kept([*there, name(now)], now)
    assert there == kept(nightly(500, now), now)


def test_a_week_and_a_month_are_the_business_s() -> None:
    """Sunday 23:00 in Chicago is Monday in UTC: of two that night, the later one is already of the next week."""
    now = datetime(2026, 3, 31, 12, tzinfo=CHICAGO)
    sunday, monday = (datetime(2026, 1, day, hour, tzinfo=CHICAGO) for day, hour in ((25, 23), (26, 1)))
    assert kept([name(sunday), name(monday)], now, keep_weeks=20, keep_months=0, retention_days=1) == [
        name(sunday), name(monday)
    ]  # fmt: skip
    end, first = datetime(2026, 1, 31, 23, tzinfo=CHICAGO), datetime(2026, 2, 1, 1, tzinfo=CHICAGO)
    assert kept([name(end), name(first)], now, keep_weeks=0, retention_days=1) == [name(end), name(first)]


def test_without_weeks_and_months_only_days_count() -> None:
    now = datetime(2026, 6, 17, 2, tzinfo=CHICAGO)
    assert len(kept(nightly(400, now), now, **DAYS_ONLY)) == 31


# --- on the disk ---


def test_backups_past_their_time_are_removed_and_no_others(desk: Desk) -> None:
    Desk(desk.root, backup=DAYS_ONLY)
    for age in (31, 30, 29):
        assert back_up(desk, NOW - age * DAY).removed == ()
    made = back_up(desk)
    assert made.removed == ("20251201T080000Z",)
    assert made.message.endswith("1 whose time is over removed.")
    assert backups(desk) == ["20251202T080000Z", "20251203T080000Z", NAME]
    assert restored(desk.root / "data" / "backups" / "20251202T080000Z", desk.root / "restored").events == EVENTS + 1


def test_a_removal_is_recorded(desk: Desk) -> None:
    Desk(desk.root, backup=DAYS_ONLY)
    old = back_up(desk, NOW - 31 * DAY)
    back_up(desk)
    assert [(row["path"], row["removed_at"] is not None) for row in logs(desk)] == [
        (str(old.path), True), (str(desk.root / "data" / "backups" / NAME), False)
    ]  # fmt: skip
    (told,) = actions(desk, "backup_removed")
    assert str(old.path) in told["issue_description"]


def test_the_newest_backup_stays_however_old_it_is(desk: Desk) -> None:
    Desk(desk.root, backup=DAYS_ONLY)
    for age in (91, 60):
        back_up(desk, NOW - age * DAY)
    assert backups(desk) == ["20251102T080000Z"]


def test_after_a_clock_was_set_back_neither_the_newest_nor_the_one_just_made_is_removed(desk: Desk) -> None:
    Desk(desk.root, backup=DAYS_ONLY)
    for year in (2027, 2025, 2026):
        back_up(desk, datetime(year, 6, 1, tzinfo=UTC))
    assert backups(desk) == ["20260601T000000Z", "20270601T000000Z"]


def test_the_last_verified_one_stays_although_newer_folders_are_there(desk: Desk) -> None:
    """Somebody put folders there that nobody ever verified; the clock then shows a time long before them."""
    Desk(desk.root, backup=DAYS_ONLY)
    verified = back_up(desk, NOW)
    folder = desk.root / "data" / "backups"
    for month in ("02", "03"):
        (folder / f"2026{month}01T000000Z").mkdir()
        (folder / f"2026{month}01T000000Z" / MANIFEST).write_text("{}")
    last = back_up(desk, datetime(2025, 1, 1, tzinfo=UTC))
    assert verified.path.is_dir()
    assert last.removed == ()


def test_what_is_no_finished_backup_of_ours_is_never_removed(desk: Desk) -> None:
    Desk(desk.root, backup=DAYS_ONLY)
    folder = desk.root / "data" / "backups"
    foreign = ["notes", "20200101", "20200101T000000Z copy", "20209999T999999Z", "x20200101T000000Z"]
    for name in foreign:
        (folder / name).mkdir(parents=True)
        (folder / name / MANIFEST).write_text("{}")
    (folder / "20200102T000000Z").mkdir()  # without a manifest it is no backup
    (folder / "20200103T000000Z").write_text("a file")
    (desk.root / "elsewhere").mkdir()
    (desk.root / "elsewhere" / MANIFEST).write_text("{}")
    (folder / "20200104T000000Z").symlink_to(desk.root / "elsewhere")
    (folder / "20200105T000000Z").mkdir()
    (folder / "20200105T000000Z" / MANIFEST).write_text("{}")
    before = backups(desk)
    assert back_up(desk).removed == ("20200105T000000Z",)
    assert backups(desk) == sorted({*before, NAME} - {"20200105T000000Z"})


def test_what_killed_runs_left_is_removed_after_a_day(desk: Desk) -> None:
    folder = desk.root / "data" / "backups"
    over = [".20251231T075959Z-abc_1234.part", ".20250101T000000Z-removed.part"]
    under_way = [".20251231T080001Z-abc_1234.part", ".20260101T075959Z-x.part"]
    foreign = [".mine.part", ".20250101T000000Z.part", ".20250101T000000Z-a b.part", "20250101T000000Z-x.part"]
    for name in (*over, *under_way, *foreign):
        (folder / name / "inside").mkdir(parents=True)
    (folder / ".20250102T000000Z-link.part").symlink_to(desk.root / "exports")
    back_up(desk)
    assert backups(desk) == sorted([*under_way, *foreign, ".20250102T000000Z-link.part", NAME])
    assert (desk.root / "exports").is_dir()


def test_left_overs_are_removed_before_a_backup_that_fails_too(desk: Desk) -> None:
    """Else a full disk would stay full."""
    folder = desk.root / "data" / "backups"
    (folder / ".20250101T000000Z-abc.part").mkdir(parents=True)
    next((desk.root / "data" / "snapshots").glob("*/*")).unlink()
    with pytest.raises(VerificationFailed, match="is gone"):
        back_up(desk)
    assert backups(desk) == []
