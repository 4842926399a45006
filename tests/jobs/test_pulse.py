"""Signs of life: a run that another took over from ends wherever it is, and one that hears nothing ends too."""

import signal
import subprocess
import sys
from pathlib import Path

from audit_core.store.store import Store
from jobs.pulse import DEAF_S
from tests.jobs.processes import LONG_S, ROOT

RUN = """
import signal, sys, time
from pathlib import Path
from audit_core.store.store import Store
from jobs import pulse
pulse.BEAT_S = 0.05
store, limit = Store(Path(sys.argv[1])), float(sys.argv[2])
signal.signal(pulse.LOST, lambda *_: sys.exit("lost"))
with store.leases.held("sync", "run-1"), pulse.beating(store, "run-1", limit):
    print("held", flush=True)
    time.sleep(600)
"""


def run(folder: Path, limit_s: float) -> "subprocess.Popen[str]":
    """A run that does nothing but live."""
    Store(folder).create()
    words = [sys.executable, "-c", RUN, str(folder), str(limit_s)]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_run_that_another_took_over_from_ends_wherever_it_is(tmp_path: Path) -> None:
    process = run(tmp_path, 3600)
    connection = Store(tmp_path).database.connection()
    connection.execute("UPDATE job_leases SET fence = fence + 1, holder = 'run-2'")
    connection.close()
    _, err = process.communicate(timeout=LONG_S)
    assert (process.returncode, err.strip()) == (1, "lost")


def test_a_run_that_hears_nothing_kills_itself_after_its_time_limit(tmp_path: Path) -> None:
    process = run(tmp_path, -DEAF_S)
    process.communicate(timeout=LONG_S)
    assert process.returncode == -signal.SIGKILL
