"""kill -9 at any moment of a sync, then a sync: the same events as if nothing had happened."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.processes import LONG_S

pytestmark = pytest.mark.in_turn(4)

ROOT = Path(__file__).resolve().parents[2]
_TIMES = {"timestamp", "audit_run_id", "prev_hash", "hash"}


def job(config: Path, *words: str) -> "subprocess.Popen[str]":
    env = os.environ | {"AUDIT_CONFIG": str(config)}
    return subprocess.Popen(
        [sys.executable, "-m", "jobs", *words], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True,
    )  # fmt: skip


def finish(process: "subprocess.Popen[str]") -> dict[str, Any]:
    out, _ = process.communicate(timeout=120)
    result: dict[str, Any] = json.loads(out.splitlines()[-1])
    return result


def events(config: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(config.parent / "data" / "audit.db")) as connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute("SELECT * FROM audit_events ORDER BY event_id")
        return [{key: row[key] for key in row.keys() if key not in _TIMES} for row in rows]  # noqa: SIM118


def installation(folder: Path) -> Path:
    folder.mkdir()
    config = folder / "config.json"
    source = {"kind": "exports", "path": str(ROOT / "sample_data" / "field_billing")}
    rates = str(ROOT / "sample_data" / "rates.csv")
    config.write_text(json.dumps({"data_dir": "data", "source": source, "rates": rates}))
    return config


def kill_and_compare(tmp_path: Path, seed: int, rounds: int, kills: int) -> None:
    """`rounds` new installations, each killed `kills` times at random moments before it may finish."""
    print(f"seed {seed}")
    rng = random.Random(seed)
    calm = installation(tmp_path / "calm")
    began = time.monotonic()
    assert finish(job(calm, "run", "sync", "--json"))["status"] == "ok"
    whole = time.monotonic() - began
    expected = events(calm)
    assert len(expected) > 15_000
    for number in range(rounds):
        config = installation(tmp_path / f"killed-{number}")
        for _ in range(kills):
            process = job(config, "run", "sync", "--json")
            time.sleep(rng.uniform(0.3, 1.0) * whole)
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=LONG_S)
        result = finish(job(config, "run", "sync", "--json"))
        assert result["status"] == "ok", result
        assert events(config) == expected
        assert finish(job(config, "verify", "--json"))["exit_code"] == 0


def test_killed_syncs_lose_and_invent_nothing(tmp_path: Path, seed: int) -> None:
    kill_and_compare(tmp_path, seed, rounds=1, kills=1)


@pytest.mark.soak
def test_twelve_killed_syncs_lose_and_invent_nothing(tmp_path: Path, seed: int) -> None:
    kill_and_compare(tmp_path, seed, rounds=12, kills=1)
