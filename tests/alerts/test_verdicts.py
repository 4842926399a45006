"""What is told of the record when a verification came to no verdict: neither that it is whole nor that it is not."""

from audit_core.monitoring.health import health
from audit_core.monitoring.metrics import write_metrics
from audit_core.monitoring.state import state
from audit_core.store.wholeness import wholeness
from tests.alerts.tower import Tower

LOCKED = "The store cannot be read now (database is locked)."


def failed(tower: Tower, status: str, code: int, said: str) -> None:
    store, run_id = tower.workspace.store, f"verify-{status}-{code}"
    store.runs.start(run_id, "verify", tower.now, tower.now)
    store.runs.finish(run_id, tower.now, status, code, said, {})


def test_one_that_could_not_tell_is_told_as_that(watch_tower: Tower) -> None:
    watch_tower.verified(whole=True)
    failed(watch_tower.later(minutes=5), "failed", 1, LOCKED)
    found = wholeness(watch_tower.workspace.store)
    assert (found.whole, found.failure, found.untold) == (None, None, LOCKED)
    told = health(watch_tower.workspace, watch_tower.now)
    assert (told.record_whole, "record" in told.wrong) == (None, False)
    written = write_metrics(state(watch_tower.workspace, watch_tower.now), watch_tower.workspace.settings.data_dir)
    assert "redline_record_whole" not in written.read_text()
    watch_tower.look()
    assert watch_tower.titles() == [f"[Redline] HIGH: The record could not be verified: {LOCKED}"]


def test_it_does_not_take_back_that_the_record_is_not_whole(watch_tower: Tower) -> None:
    watch_tower.verified(whole=False)
    failed(watch_tower.later(minutes=5), "failed", 1, LOCKED)
    found = wholeness(watch_tower.workspace.store)
    assert (found.whole, found.untold) == (False, LOCKED)
    watch_tower.look()
    assert "The record is not what was sealed" in watch_tower.titles()[0]


def test_one_that_was_asked_to_end_is_none(watch_tower: Tower) -> None:
    watch_tower.verified(whole=True)
    failed(watch_tower.later(minutes=5), "cancelled", 143, "Cancelled by SIGTERM.")
    assert wholeness(watch_tower.workspace.store).whole is True
    watch_tower.look()
    assert watch_tower.titles() == []
