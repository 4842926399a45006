"""A dry run foresees what a run does, and changes no byte."""

import shutil
import tempfile
from pathlib import Path

import pytest

from jobs.tasks import JOBS
from tests.exports import NORTH, THIRD, Desk
from tests.jobs.processes import three_looks, tree
from tests.jobs.shell import Shell

pytestmark = pytest.mark.in_turn(3)

OF_ONE_RUN = ("run_id", "duration_s", "message")


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which this process makes its temporary files."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(scope="module")
def two_taken(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Three looks of which two were taken."""
    desk = three_looks(tmp_path_factory.mktemp("two"))
    third = desk.exports / NORTH / f"{THIRD}.csv"
    third.rename(desk.root / "later.csv")
    desk.sync_as_job()
    (desk.root / "later.csv").rename(third)
    return desk


@pytest.mark.parametrize("job", JOBS)
def test_a_dry_run_changes_no_byte_on_disk(jobs: Shell, desk: Desk, two_taken: Desk, scratch: Path, job: str) -> None:
    shutil.copytree(two_taken.root, desk.root, dirs_exist_ok=True)
    if before_it := {"drill": "backup", "backup": "forecast"}.get(job):
        jobs("run", before_it)
    before = tree(desk.root)
    result = jobs("run", job, "--dry-run", "--json").json
    assert (result["job"], result["status"], result["exit_code"]) == (job, "ok", 0)
    assert result["message"].startswith("Dry run, nothing was changed. ")
    assert tree(desk.root) == before
    assert tree(scratch) == {}
    if job == "sync":
        assert result["looks"] == 1
    if job == "report":
        assert result["paths"] == []  # what a dry run made is gone


@pytest.mark.parametrize("job", JOBS)
def test_a_dry_run_makes_no_data_folder(jobs: Shell, desk: Desk, scratch: Path, job: str) -> None:
    before = tree(desk.root)
    result = jobs("run", job, "--dry-run", "--json").json
    assert result["exit_code"] == (0 if job == "sync" else 10)
    if job != "sync":
        assert result["message"].startswith(f"There is no store at {desk.root / 'data' / 'audit.db'}: ")
    assert tree(desk.root) == before
    assert tree(scratch) == {}


def test_a_dry_run_foresees_what_the_run_then_does(jobs: Shell) -> None:
    foreseen = jobs("run", "sync", "--dry-run", "--json").json
    done = jobs("run", "sync", "--json").json
    assert foreseen["message"] == f"Dry run, nothing was changed. {done['message']}"
    for name in OF_ONE_RUN:
        del foreseen[name], done[name]
    assert foreseen == done


def test_a_dry_run_that_fails_changes_no_byte_either(jobs: Shell, synced: Desk, scratch: Path) -> None:
    (synced.root / "rates.csv").unlink()
    before = tree(synced.root)
    assert jobs("run", "sync", "--dry-run", "--json").json["exit_code"] == 2
    assert tree(synced.root) == before
    assert tree(scratch) == {}
