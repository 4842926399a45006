"""The command line in this process, and how its commands end."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jobs.__main__ import main


@dataclass(frozen=True)
class Answer:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The last line of standard output, which is one JSON object with the contract's fields."""
        result: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        assert result["exit_code"] == self.code
        assert isinstance(result["job"], str)
        assert isinstance(result["run_id"], str)
        assert result["status"] in ("ok", "partial", "failed")
        assert isinstance(result["duration_s"], float)
        assert result["duration_s"] >= 0
        assert result["message"]
        assert "\n" not in result["message"]
        return result


class Shell:
    """The command line in this process, with the desk's config as AUDIT_CONFIG."""

    def __init__(self, config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        monkeypatch.setenv("AUDIT_CONFIG", str(config))

    def __call__(self, *words: str) -> Answer:
        """Run one command."""
        self._capsys.readouterr()
        code = main(words)
        return Answer(code, *self._capsys.readouterr())
