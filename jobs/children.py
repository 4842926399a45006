"""A job in a process of its own, as the runner starts it and looks after it."""

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

log = logging.getLogger("redline.runner")
_ROOT = Path(__file__).resolve().parents[1]
_AFTER_LIMIT_S = 60.0
_LAST_WORDS_S = 15.0


class Process(Protocol):
    """What the runner needs of a process; `subprocess.Popen` has it."""

    def poll(self) -> int | None:
        """Its exit code, None while it lives."""

    def terminate(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it."""


Launch = Callable[[Path, str, str, datetime | None], Process]
"""Starts a job: the config file, what stands in it, the job, and the slot it is for (None: a callback asked for it)."""


def launch(config: Path, text: str, job: str, slot: datetime | None) -> "subprocess.Popen[bytes]":
    """Start a job under the settings in `text`, whatever stands in the file by now."""
    why = ["--slot", slot.isoformat()] if slot else ["--announced"]
    with tempfile.TemporaryFile() as given:  # no pipe: a child that hangs before it reads hangs nobody else
        given.write(text.encode())
        given.seek(0)
        return subprocess.Popen(
            [sys.executable, "-m", "jobs", "run", job, "--json", "--settings-given", *why],
            cwd=_ROOT,
            env=os.environ | {"AUDIT_CONFIG": str(config.absolute())},
            stdin=given,
            stdout=subprocess.DEVNULL,  # its record is in job_runs, its log on standard error
            start_new_session=True,  # Ctrl-C in a terminal reaches the runner alone, which then ends its jobs
        )


@dataclass(slots=True)
class Child:
    """One job under way. `since`, and all moments it is asked at, are seconds of the machine's steady clock."""

    job: str
    process: Process
    since: float
    limit_s: float
    asked_at: float | None = None
    killed: bool = False

    def ended(self, steady: float) -> int | None:
        """Its exit code, None while it lives. One that ignores its own time limit is asked to end, and then killed."""
        code = self.process.poll()
        if code is not None:
            log.info("%s ended with exit code %d", self.job, code)
            return code
        if self.asked_at is None:
            if steady - self.since > self.limit_s + _AFTER_LIMIT_S:
                log.error("%s did not end at its time limit and is asked to", self.job)
                self.asked_at = steady
                self.process.terminate()
        elif steady - self.asked_at > _LAST_WORDS_S and not self.killed:
            log.error("%s did not end when it was asked to and is killed", self.job)
            self.killed = True
            self.process.kill()
        return None
