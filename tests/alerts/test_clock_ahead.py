"""A clock that was ahead for a while: what was recorded then hides nothing of what comes after it was set back."""

from datetime import timedelta

from audit_core.monitoring.jobs import job_states
from audit_core.monitoring.state import seen
from audit_core.store.wholeness import wholeness
from tests.alerts.tower import NOON, Tower


def test_what_fails_after_the_clock_was_set_back_is_told(watch_tower: Tower) -> None:
    watch_tower.unread()
    watch_tower.later(days=365).verified(whole=True)
    watch_tower.unread()
    watch_tower.now = NOON + timedelta(hours=1)
    watch_tower.verified(whole=False)
    watch_tower.unread("North")
    watch_tower.look()
    assert {"record", "unread:North"} <= set(watch_tower.open_keys())
    assert wholeness(watch_tower.workspace.store).failure == "Event 7 is not as it was sealed."
    (sheet,) = seen(watch_tower.workspace).unread
    assert sheet.since == watch_tower.now


def test_a_job_is_late_though_it_ran_in_a_time_to_come(watch_tower: Tower) -> None:
    watch_tower.unread()
    watch_tower.later(days=365).unread()
    (sync,) = (each for each in job_states(watch_tower.workspace, NOON + timedelta(hours=5)) if each.job == "sync")
    assert (sync.stale, sync.last_done_at) == (True, NOON)


def test_an_end_moves_what_caches_go_by(watch_tower: Tower) -> None:
    runs = watch_tower.workspace.store.runs
    watch_tower.later(days=365).unread()
    watch_tower.now = NOON
    before = runs.last_end()
    watch_tower.unread()
    assert runs.last_end() != before
