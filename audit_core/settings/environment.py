"""Secrets: from the environment, else from the `.env` beside the config. They are read when used and never kept."""

import os
import re
import stat
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

from audit_core.errors import ConfigError

_SECRET_NAME: Final = re.compile(r"(REDLINE|SMARTSHEET|AWS|STREAMLIT)_.*(TOKEN|(?<!TRUSTED_)KEY|PASSWORD|SECRET|HOOK)")
"""The names under which secrets of this program stand in the environment."""


def secret(config: Path, *names: str) -> str | None:
    """The first of `names` that is set, None where none is. `config`: the config file.

    The `.env` is read anew each time, so that a token put there is used from the next run on. Raises ConfigError
    when others than its owner can read it.
    """
    kept = _kept(config.absolute().parent / ".env")
    for name in names:
        value = (os.environ.get(name) or kept.get(name) or "").strip()
        if value:
            return value
    return None


def _kept(path: Path) -> dict[str, str | None]:
    try:
        mode = path.stat().st_mode
    except OSError:
        return {}
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(f"{path} can be read by others than its owner: run 'chmod 600 {path}'.")
    try:
        return dotenv_values(path, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({type(error).__name__}): it must be text in UTF-8.") from error


def secrets_set(config: Path) -> dict[str, str]:
    """Every secret that is set, by the name of its variable: what the `.env` holds, and what the environment holds
    under a name that says so. To hide them, and to say which there are; a `.env` that cannot be read counts as none.
    """
    try:
        kept = _kept(config.absolute().parent / ".env")
    except ConfigError:
        kept = {}
    here = {name: value for name, value in os.environ.items() if _SECRET_NAME.match(name)}
    return {name: value.strip() for name, value in {**kept, **here}.items() if value and value.strip()}
