"""Before anybody comes the server reads what is held of the record; where it cannot, it serves all the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import ui.opened
from audit_core.store.columnar import Columnar
from tests.exports import Desk, line, two_looks
from ui.warm import _read


@pytest.fixture(autouse=True)
def _own_workspace() -> Iterator[None]:
    ui.opened.whole_workspace.cache_clear()
    yield
    ui.opened.whole_workspace.cache_clear()


def test_what_is_held_is_read_by_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_CONFIG", str(two_looks(tmp_path, [line(1)], [line(1, quantity="5")]).config))
    read: list[bool] = []
    really = Columnar.held
    monkeypatch.setattr(Columnar, "held", lambda copy: read.append(True) or really(copy))  # type: ignore[func-returns-value]
    _read()
    assert read


@pytest.mark.parametrize("config", ["there is none", "no store"])
def test_without_a_record_the_pages_say_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: str
) -> None:
    made = Desk(tmp_path).config if config == "no store" else tmp_path / "config.json"
    monkeypatch.setenv("AUDIT_CONFIG", str(made))
    _read()
