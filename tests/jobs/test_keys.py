"""`key` prints two new keys that work, and writes nothing to disk."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from audit_core.backups.encryption import BACKUP_KEY, open_backup_keys
from audit_core.signing import SIGNING_KEY, open_keys
from tests.jobs.processes import LONG_S, ROOT, tree

pytestmark = pytest.mark.in_turn(3)


def printed(folder: Path) -> str:
    """What `key` says in a folder without any installation."""
    env = {name: value for name, value in os.environ.items() if name != "AUDIT_CONFIG"} | {"PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "jobs", "key"]
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=True, timeout=LONG_S)
    assert done.stderr == ""
    return done.stdout


def test_what_is_printed_can_stand_in_a_dot_env(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    text = printed(tmp_path / "nothing")
    assert tree(tmp_path) == {"nothing": None}
    (tmp_path / ".env").touch(mode=0o600)
    (tmp_path / ".env").write_text(text)
    keys, backup = open_keys(tmp_path / "config.json"), open_backup_keys(tmp_path / "config.json")
    assert keys.signer is not None
    # what others need to check or to encrypt is there in words; the private ones stand in their two lines alone
    assert {f"{keys.signer.key_id};", keys.signer.public, backup.recipient()} <= set(text.split())
    secrets = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert [line.partition("=")[0] for line in secrets] == [SIGNING_KEY, BACKUP_KEY]


def test_every_key_is_another(tmp_path: Path) -> None:
    assert not {line for line in printed(tmp_path).splitlines() if "=" in line} & set(printed(tmp_path).splitlines())
