"""A run's signs of life, given by a thread beside its work: they extend its lease and stand in its record.

The thread also ends a run that hears neither its time limit nor its runner: one whose runner died would else keep its
lease for ever.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from audit_core.errors import AuditError, LeaseLost
from audit_core.store.database import StoreFailure
from audit_core.store.leases import BEAT_S
from audit_core.store.store import Store

log = logging.getLogger("redline")

LOST: Final = signal.SIGUSR1
"""What a run sends itself when another one took over, so that it stops wherever it is."""


DEAF_S: Final = 120
"""So long after its time limit a run that still is not over is killed: its runner has done so before, if it lives."""


@contextmanager
def beating(store: Store, run_id: str, limit_s: float) -> Iterator[None]:
    """Give signs of life of a run until the block ends. The caller turns LOST into an end of its work."""
    over, last = threading.Event(), time.monotonic() + limit_s + DEAF_S

    def beat() -> None:
        try:
            while not over.wait(BEAT_S):
                if time.monotonic() > last:
                    log.error("the run %s did not end at its time limit and kills itself", run_id)
                    os.kill(os.getpid(), signal.SIGKILL)
                try:
                    store.runs.beat(run_id, store.leases.machine.now())
                except LeaseLost:
                    os.kill(os.getpid(), LOST)
                    return
                except (AuditError, StoreFailure, OSError) as error:
                    log.warning("the run %s could not give a sign of life: %s", run_id, error)
        finally:
            store.database.close()  # the connection of this thread

    thread = threading.Thread(target=beat, name="pulse", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
