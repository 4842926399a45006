"""A run's signs of life, given by a thread beside its work: they extend its lease and stand in its record."""

import logging
import os
import signal
import threading
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


@contextmanager
def beating(store: Store, run_id: str) -> Iterator[None]:
    """Give signs of life of a run until the block ends. The caller turns LOST into an end of its work."""
    over = threading.Event()

    def beat() -> None:
        try:
            while not over.wait(BEAT_S):
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
