"""The metrics file: what Prometheus reads from it is what the state says, and a broken write leaves the old one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_fd_to_metric_families

from audit_core import heartbeat
from audit_core.monitoring import metrics
from audit_core.monitoring.metrics import METRICS, write_metrics
from audit_core.monitoring.state import state
from audit_core.workspace import Workspace
from jobs.execute import execute
from jobs.tasks import JOBS
from jobs.told import execute_and_tell
from tests.exports import FIRST, SECOND, Desk, edited, line


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """An installation in which everything ran once, with a switch switched off."""
    desk = Desk(tmp_path_factory.mktemp("metrics"), switches={"off": ["webhooks"]})
    desk.look(FIRST, [line(1), line(2)])
    desk.look(SECOND, [edited(line(1), quantity="9"), line(2)])
    workspace = desk.workspace()
    for job in ("sync", "backup", "drill", "verify"):
        assert execute(workspace, JOBS[job]).exit_code == 0
    yield workspace
    workspace.store.database.close()


def read(path: Path) -> dict[tuple[str, str], float]:
    """(name, value of its label) → sample."""
    with path.open() as stream:
        return {
            (sample.name, next(iter(sample.labels.values()), "")): sample.value
            for family in text_fd_to_metric_families(stream)
            for sample in family.samples
        }


def test_what_is_read_is_what_the_state_says(here: Workspace) -> None:
    now = datetime.now(UTC)
    heartbeat.beat(here.settings.data_dir, now, ())
    found = state(here, now)
    told = read(write_metrics(found, here.settings.data_dir))
    assert told["redline_runner_up", ""] == 1
    assert told["redline_events", ""] == found.record.events
    assert told["redline_events_unverified", ""] == found.record.since
    assert told["redline_record_whole", ""] == 1
    assert told["redline_drill_passed", ""] == 1
    assert found.backups.last is not None
    assert told["redline_backup_timestamp_seconds", ""] == pytest.approx(found.backups.last.made_at.timestamp())
    assert told["redline_job_last_failed", "sync"] == 0
    assert (told["redline_switched_on", "webhooks"], told["redline_switched_on", "delivery"]) == (0, 1)
    assert told["redline_edit_to_finding_known", ""] == 0
    assert ("redline_edit_to_finding_seconds", "0.5") not in told, "what is not known has no sample"


def test_every_metric_that_is_named_can_be_said_and_no_other(here: Workspace) -> None:
    samples = {each.name for each in metrics._samples(state(here, datetime.now(UTC) + timedelta(days=3)))}
    assert samples == set(METRICS)


def test_a_write_that_fails_leaves_the_file_of_before(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_metrics(state(here, datetime.now(UTC)), here.settings.data_dir)
    before = path.read_bytes()

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.rename", full)
    with pytest.raises(OSError, match="No space"):
        write_metrics(state(here, datetime.now(UTC)), here.settings.data_dir)
    assert path.read_bytes() == before
    assert not list(path.parent.glob("metrics.prom.*"))


def test_a_run_writes_them_when_it_ends_and_a_dry_run_does_not(here: Workspace) -> None:
    path = here.settings.data_dir / metrics.FILE_NAME
    path.unlink(missing_ok=True)
    execute_and_tell(here, JOBS["sync"], dry_run=True)
    assert not path.exists()
    execute_and_tell(here, JOBS["sync"])
    assert read(path)["redline_job_last_failed", "sync"] == 0
