"""`make run`: the first look and the first Admin once, then everything up until it is asked to end."""

import os
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

import httpx
import pytest

from audit_core import heartbeat
from tests.door.test_attack import tried
from tests.exports import FIRST, SECOND, Desk, edited, line
from tests.jobs.processes import LONG_S, ROOT, wait_for

pytestmark = pytest.mark.in_turn(3)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def desk(tmp_path: Path, port: int) -> Desk:
    desk = Desk(tmp_path, dashboard={"port": port})
    desk.look(FIRST, [line(n) for n in range(9)])
    desk.look(SECOND, [edited(line(n), quantity="3", units_total_price="170.52") for n in range(9)])
    return desk


class Launched:
    """A running `launch`, and what it has said so far."""

    def __init__(self, desk: Desk) -> None:
        self._said = desk.root / "said.txt"
        with self._said.open("w") as stream:
            self.process = Popen(
                [sys.executable, "-m", "jobs", "launch"],
                cwd=ROOT,
                env=os.environ | {"AUDIT_CONFIG": str(desk.config)},
                stdout=stream,
                stderr=stream,
            )

    def said(self) -> str:
        return self._said.read_text()

    def until(self, words: str) -> str:
        wait_for(lambda: words in self.said() or self.process.poll() is not None)
        assert words in self.said()
        return self.said()

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(LONG_S)


@pytest.fixture
def launched(desk: Desk) -> Iterator[Launched]:
    running = Launched(desk)
    yield running
    if running.process.poll() is None:
        running.end()


def sign_in(port: int, email: str, password: str) -> int:
    """The answer's status: 303 leads in, 401 does not."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"accept": "text/html"}, timeout=LONG_S) as client:
        return tried(client, email, password).status_code


def test_it_prints_how_to_sign_in_once_and_that_works(desk: Desk, port: int, launched: Launched) -> None:
    said = launched.until("Ctrl-C ends it")
    assert f"Redline is up: http://localhost:{port}" in said
    email, password = (re.search(rf"^  {name} +(\S+)$", said, re.MULTILINE) for name in ("E-mail", "Password"))
    assert email is not None
    assert password is not None
    assert sign_in(port, email[1], "another password") == 401
    assert sign_in(port, email[1], password[1]) == 303
    done = desk.rows("SELECT job, status FROM job_runs WHERE trigger = 'manual' ORDER BY started_at")
    assert [(run["job"], run["status"]) for run in done] == [("sync", "ok"), ("retrain", "ok"), ("report", "ok")]
    sign = wait_for(lambda: heartbeat.last_beat(desk.root / "data"))  # the runner begins beside the app
    assert sign.pid != launched.process.pid
    assert launched.end() == 0
    assert not (desk.root / "data" / "runner.json").exists()
    # the second time there is no new password and no second first look
    events = len(desk.events())
    again = Launched(desk)
    said = again.until("Sign in as before")
    assert again.end() == 0
    assert "Password" not in said
    assert len(desk.events()) == events
    assert desk.rows("SELECT count(*) n FROM user_permissions") == [{"n": 1}]


def test_a_port_in_use_is_one_sentence(desk: Desk, port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        refused = Launched(desk)
        assert refused.process.wait(LONG_S) == 2
    assert f"127.0.0.1:{port} cannot be used" in refused.said()
    assert "Traceback" not in refused.said()
    assert not (desk.root / "data").exists()
