"""One small store and a backup of each kind, made once and copied for each test."""

import shutil
from pathlib import Path

import pytest

from tests.backups.stores import KEYS, back_up, small_store, with_keys
from tests.exports import Desk, line

KINDS = {"packed": {}, "plain": {"compression": False}, "locked": {"encryption": True}}
"""Kinds of backups by their settings; the locked one is signed too."""


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_store(tmp_path_factory.mktemp("original")).root


@pytest.fixture
def desk(original: Path, tmp_path: Path) -> Desk:
    """A small store, all the test's own."""
    shutil.copytree(original, tmp_path, dirs_exist_ok=True)
    return Desk(tmp_path)


@pytest.fixture(scope="session")
def grown(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    desk = Desk(shutil.copytree(original, tmp_path_factory.mktemp("grown"), dirs_exist_ok=True))
    back_up(desk)
    desk.look("2025-08-20", [line(n, quantity="4") for n in range(1, 52)])
    desk.sync()
    return desk.root


@pytest.fixture
def lived(grown: Path, tmp_path: Path) -> Desk:
    """A small store with a backup, in which something happened since; all the test's own."""
    shutil.copytree(grown, tmp_path, dirs_exist_ok=True)
    return Desk(tmp_path)


@pytest.fixture(scope="session")
def made(original: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A backup of each kind, each of the same store."""
    found = {}
    for kind, settings in KINDS.items():
        root = shutil.copytree(original, tmp_path_factory.mktemp(kind), dirs_exist_ok=True)
        desk = Desk(root, backup=settings)
        if kind == "locked":
            with_keys(desk, **KEYS)
        found[kind] = back_up(desk).path
    return found


@pytest.fixture
def saved(made: dict[str, Path], tmp_path: Path) -> Path:
    """A packed backup, all the test's own: on another machine, with nothing around it."""
    return shutil.copytree(made["packed"], tmp_path / "saved")


@pytest.fixture
def plain(made: dict[str, Path], tmp_path: Path) -> Path:
    """The same store's backup with its database not packed."""
    return shutil.copytree(made["plain"], tmp_path / "saved")


@pytest.fixture
def locked(made: dict[str, Path], tmp_path: Path) -> Path:
    """The same store's backup, encrypted and signed."""
    return shutil.copytree(made["locked"], tmp_path / "saved")
