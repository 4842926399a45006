"""A desk with something to decide about."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit_core.workspace import Workspace
from tests.exports import Desk
from tests.review.desks import busy


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return busy(tmp_path_factory.mktemp("review")).root


@pytest.fixture
def desk(original: Path, tmp_path: Path) -> Desk:
    """A desk all its own."""
    shutil.copytree(original, tmp_path / "desk")
    return Desk(tmp_path / "desk")


@pytest.fixture
def workspace(desk: Desk) -> Iterator[Workspace]:
    opened = desk.workspace()
    yield opened
    opened.store.database.close()
