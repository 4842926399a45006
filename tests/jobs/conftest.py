"""Three looks that nobody has taken yet, and the command line over them."""

import shutil
from pathlib import Path

import pytest

from tests.exports import Desk
from tests.jobs.processes import three_looks
from tests.jobs.shell import Shell


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Three looks that nobody has taken yet."""
    return three_looks(tmp_path / "desk")


@pytest.fixture(scope="session")
def synced_once(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = three_looks(tmp_path_factory.mktemp("synced"))
    desk.sync_as_job()
    return desk


@pytest.fixture
def synced(desk: Desk, synced_once: Desk) -> Desk:
    """The desk after its first sync."""
    shutil.copytree(synced_once.root, desk.root, dirs_exist_ok=True)
    return desk


@pytest.fixture
def jobs(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(desk.config, monkeypatch, capsys)
