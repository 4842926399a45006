"""One desk for all that only reads it, and one of their own for those that write."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from audit_core.workspace import Workspace
from tests.exports import Desk
from tests.notebooks.desks import investigated


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return investigated(tmp_path_factory.mktemp("investigated"))


@pytest.fixture
def desk(original: Desk, tmp_path: Path) -> Desk:
    """A desk of one's own."""
    return original.copy(tmp_path / "desk")


@pytest.fixture
def here(desk: Desk) -> Iterator[Workspace]:
    workspace = desk.workspace()
    yield workspace
    workspace.store.database.close()
