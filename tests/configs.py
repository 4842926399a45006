"""Small config files, and what is said of wrong ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from audit_core.errors import ConfigError
from audit_core.settings import Settings, load_settings

REOPENING = {"week_ending": "2026-07-05", "reason": "Late timesheets", "until": "2026-07-08T17:00:00-05:00"}


def config(**keys: Any) -> str:
    """The text of a file with the two keys that must be there, and these."""
    return json.dumps({"data_dir": "data", "source": {"kind": "sample"}, **keys})


def reopened(**keys: Any) -> str:
    """The text of a file with one week reopened, with these keys otherwise."""
    return config(weeks={"reopenings": [{**REOPENING, **keys}]})


def read(folder: Path, text: str) -> Settings:
    """What a file with this text means."""
    path = folder / "config.json"
    path.write_text(text, "utf-8")
    return load_settings(path)


def refusal(folder: Path, text: str) -> str:
    """The sentence, without the file's name; what a log would hold as well is searched by the secrets' tests."""
    with pytest.raises(ConfigError) as caught:
        read(folder, text)
    sentence = str(caught.value)
    assert sentence.startswith(f"{folder / 'config.json'}: ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence.removeprefix(f"{folder / 'config.json'}: ").removesuffix(".")
