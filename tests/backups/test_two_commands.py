"""A backup made beside a busy writer, brought to an empty machine by the two commands of docs/operator.md."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import zstandard

from audit_core.actors import SYNC
from audit_core.filters import EventFilter
from audit_core.reports import ReportRequest, build
from audit_core.signing import SIGNING_KEY
from audit_core.store.actions import Action
from audit_core.store.store import Store
from audit_core.workspace import Workspace
from tests.backups.stores import EVENTS, KEYS, NOW, back_up, machine, manifest_of, with_keys
from tests.exports import Desk
from tests.jobs.processes import LONG_S, ROOT

pytestmark = pytest.mark.in_turn(3)

TEXT = (ROOT / "docs" / "record.md").read_text("utf-8")


def commands() -> list[str]:
    """The two lines that docs/record.md gives for an empty machine."""
    block = re.search(r"On an empty machine.*?```sh\n(.*?)```", TEXT, re.DOTALL)
    assert block is not None
    return block[1].splitlines()


def run(line: str, folder: Path, **env: str) -> dict[str, Any]:
    """One line of the documentation, typed in that folder with `--json` behind it, with nothing of ours around it."""
    words = [*line.replace(".venv/bin/python", sys.executable).split(), "--json"]
    clean = {name: value for name, value in os.environ.items() if name not in {"AUDIT_CONFIG", *KEYS}}
    done = subprocess.run(
        words,
        cwd=folder,
        env=clean | {"PYTHONPATH": str(ROOT)} | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG_S,
    )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert result["exit_code"] == done.returncode
    return result


def busy_backup(desk: Desk) -> Path:
    """A backup that is made while another thread commits events all the time."""
    enough = threading.Event()

    def write() -> None:
        store = Store(desk.root / "data")
        while not enough.wait(0.005):
            with store.database.write() as connection:
                store.seal(connection, Action("looked", "Somebody looked.", SYNC), NOW)
        store.database.close()

    writing = threading.Thread(target=write)
    writing.start()
    try:
        return back_up(desk).path
    finally:
        enough.set()
        writing.join(LONG_S)


def report(config: Path, data: Path, size: int) -> bytes:
    """The audit workbook of a data folder, of its first events."""
    workspace = Workspace.open(config)
    store = Store(data)
    try:
        request = ReportRequest(EventFilter(), size, workspace.settings.zone)
        return build(Workspace(config, workspace.settings, store), request)
    finally:
        store.database.close()


def events(data: Path, until: int) -> list[Any]:
    store = Store(data)
    rows = store.database.connection().execute(
        "SELECT * FROM audit_events WHERE event_id <= ? ORDER BY event_id", (until,)
    )
    found = [tuple(row) for row in rows]
    store.database.close()
    return found


@pytest.mark.parametrize("where", ["unset", "elsewhere"])
def test_the_same_events_and_the_same_report_come_back(desk: Desk, tmp_path: Path, where: str) -> None:
    made = busy_backup(desk)
    size = manifest_of(made).events
    assert size >= EVENTS
    usb = shutil.copytree(made, tmp_path / "usb" / made.name)
    kept = events(desk.root / "data", size)
    empty = tmp_path / "another machine"
    empty.mkdir()
    restore, verify = commands()
    restore = restore.replace("/path/to/backups/20260101T080000Z", str(usb))
    env = {} if where == "unset" else {"AUDIT_CONFIG": "elsewhere/config.json"}
    done = run(restore, empty, **env)
    assert (done["status"], done["events"]) == ("ok", size)
    # verify needs a config: that of then, which is in the backup, put where the program looks for it
    at = empty if where == "unset" else empty / "elsewhere"
    at.mkdir(exist_ok=True)
    settings = json.loads((empty / "data" / "config.json").read_text())
    (at / "config.json").write_text(json.dumps(settings | {"data_dir": str(empty / "data"), "rates": None}))
    whole = run(verify, empty, **env)
    assert (whole["status"], whole["events"]) == ("ok", size), whole
    assert events(empty / "data", size) == kept
    first = report(desk.config, _as_it_was(desk, made, tmp_path), size)
    assert report(desk.config, empty / "data", size) == first
    assert report(desk.config, desk.root / "data", size) == first


def _as_it_was(desk: Desk, made: Path, tmp_path: Path) -> Path:
    """The live store put back to the moment of the backup by SQLite alone, not by our restore."""
    left_out = shutil.ignore_patterns("backups", "columnar")
    data = shutil.copytree(desk.root / "data", tmp_path / "as it was", ignore=left_out)
    packed = (made / "audit.db.zst").read_bytes()
    (data / "audit.db").write_bytes(zstandard.ZstdDecompressor().decompress(packed))
    return data


def test_an_encrypted_one_needs_its_key_in_the_environment(desk: Desk, tmp_path: Path) -> None:
    Desk(desk.root, backup={"encryption": True})
    with_keys(desk, **KEYS)
    made, empty = back_up(desk).path, tmp_path / "another machine"
    line = commands()[0].replace("/path/to/backups/20260101T080000Z", str(made))
    machine(empty)
    refused = run(line, empty)
    assert (refused["exit_code"], refused["status"]) == (12, "failed")
    assert list(empty.iterdir()) == [empty / ".env"]
    done = run(line, empty, **KEYS)
    assert (done["exit_code"], done["events"]) == (0, EVENTS)
    assert KEYS[SIGNING_KEY] not in json.dumps(done)
