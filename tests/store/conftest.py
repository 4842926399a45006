"""Honest records to tamper with."""

import shutil
from pathlib import Path

import pytest

from tests.exports import FIRST, SECOND, THIRD, Desk, edited
from tests.store.tampering import LINES, Record


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    desk = Desk(tmp_path_factory.mktemp("honest"))
    once = edited(LINES[0], quantity="3", units_total_price="170.52")
    twice = edited(LINES[1], quantity="1", units_total_price="56.84", foreman="Foreman 7")
    for look, lines in ((FIRST, LINES), (SECOND, [once, *LINES[1:]]), (THIRD, [once, twice, *LINES[2:]])):
        desk.look(look, lines)
    desk.sync()
    return desk.root / "data"


@pytest.fixture
def record(original: Path, tmp_path: Path) -> Record:
    """An honest record, all its own."""
    shutil.copytree(original, tmp_path / "data")
    return Record(tmp_path / "data")
