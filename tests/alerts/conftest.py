"""An installation that watches."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.alerts.tower import SECRET, Tower, tower


@pytest.fixture
def watch_tower(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tower]:
    monkeypatch.setenv("REDLINE_ALERTS_WEBHOOK_SECRET", SECRET)
    with tower(tmp_path) as made:
        yield made
