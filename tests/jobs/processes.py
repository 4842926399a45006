"""Jobs as processes of their own, and a sync that is held in the middle of its work for as long as a test needs."""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from audit_core import heartbeat
from audit_core.heartbeat import Heartbeat
from audit_core.store.store import Store
from audit_core.workspace import Workspace
from tests.exports import FIRST, SECOND, THIRD, Desk, edited, line

ROOT = Path(__file__).resolve().parents[2]
LONG_S = 120
"""No test waits this long; it ends one that would otherwise hang."""

Process = subprocess.Popen[str]
Words = TypeVar("Words", str, bytes)
Seen = TypeVar("Seen")


def three_looks(root: Path, **settings: Any) -> Desk:
    """Exports with three looks that nobody has taken yet, and one edited price between each two."""
    desk = Desk(root, **settings)
    lines = [line(n) for n in range(1, 6)]
    for look, price in ((FIRST, "113.68"), (SECOND, "100.00"), (THIRD, "90.00")):
        desk.look(look, [edited(lines[0], units_total_price=price), *lines[1:]])
    return desk


@contextmanager
def opened(desk: Desk) -> Iterator[Workspace]:
    """The desk's workspace with its store, closed at the end."""
    workspace = desk.workspace()
    try:
        yield workspace
    finally:
        workspace.store.database.close()


@contextmanager
def leased(data: Path, name: str) -> Iterator[None]:
    """Somebody else holds the lease of a job of the store in `data`."""
    store = Store(data)
    try:
        with store.leases.held(name, "somebody"):
            yield
    finally:
        store.database.close()


def started(desk: Desk, *words: str) -> Process:
    """`python -m jobs …` in a process of its own; its log goes to `jobs.log` beside the config."""
    with (desk.root / "jobs.log").open("a") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "jobs", *words],
            cwd=ROOT,
            env=os.environ | {"AUDIT_CONFIG": str(desk.config)},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,  # a group of processes of its own, as a shell gives each command
        )


def log_of(desk: Desk) -> str:
    """What the processes of this desk wrote to standard error."""
    return (desk.root / "jobs.log").read_text()


def answer(process: Process) -> dict[str, Any]:
    """The JSON object in the last line of a process that is left to end by itself."""
    out, _ = process.communicate(timeout=LONG_S)
    result: dict[str, Any] = json.loads(out.splitlines()[-1])
    assert result["exit_code"] == process.returncode
    return result


@contextmanager
def ended(process: "subprocess.Popen[Words]") -> Iterator["subprocess.Popen[Words]"]:
    """The process, which does not outlive the test."""
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=LONG_S)


def wait_for(what: Callable[[], Seen | None]) -> Seen:
    """What `what` gives as soon as it gives anything."""
    deadline = time.monotonic() + LONG_S
    while not (seen := what()):
        assert time.monotonic() < deadline, f"never came true: {what}"
        time.sleep(0.05)
    return seen


@contextmanager
def held(desk: Desk) -> Iterator[None]:
    """Every sync stops where a look is committed and its anchor is not yet kept, and goes on when the block ends."""
    path = desk.root / "data" / "anchors.jsonl"
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def looks_taken(desk: Desk) -> list[str]:
    """The looks on record; none while there is no store."""
    if not (desk.root / "data" / "audit.db").exists():
        return []
    tables = desk.rows("SELECT 1 FROM sqlite_master WHERE name = 'snapshots'")
    return [row["look"] for row in desk.rows("SELECT look FROM snapshots ORDER BY look")] if tables else []


def runs(desk: Desk, job: str) -> list[dict[str, Any]]:
    """What is on record of the runs of a job, oldest first; none while there is no store."""
    if not (desk.root / "data" / "audit.db").exists():
        return []
    tables = desk.rows("SELECT 1 FROM sqlite_master WHERE name = 'job_runs'")
    return desk.rows("SELECT * FROM job_runs WHERE job = ? ORDER BY started_at", (job,)) if tables else []


def ran_just_now(desk: Desk, *names: str) -> None:
    """Put it on record that jobs ran well, so that a runner leaves them alone."""
    with opened(desk) as workspace:
        now = datetime.now(UTC)
        for name in names:
            workspace.store.runs.start(f"{name}-done", name, now, None)
            workspace.store.runs.finish(f"{name}-done", now, "ok", 0, "Done.", {"events": 0})


def runner_of(desk: Desk, process: Process) -> Heartbeat | None:
    """The heartbeat of exactly this runner, which follows its first look at what is due; None before it."""
    sign = heartbeat.last_beat(desk.root / "data")
    return sign if sign is not None and sign.pid == process.pid else None


def tree(folder: Path) -> dict[str, bytes | None]:
    """Everything in a folder, hidden or not: the bytes of a file, None for a folder."""
    return {
        path.relative_to(folder).as_posix(): None if path.is_dir() else path.read_bytes() for path in folder.rglob("*")
    }


def alive(pid: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
