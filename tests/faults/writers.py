"""Processes that write events into one store at once, and the word of each for every event it was told is committed.

They are forked from a server that has imported everything and computed nothing: a new process costs ten milliseconds
instead of a second, and no thread of polars is ever forked.
"""

import multiprocessing
import os
import random
import sqlite3
import sys
import time
from collections import Counter
from contextlib import AbstractContextManager, ExitStack, closing, redirect_stdout
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

from audit_core.actors import SYNC
from audit_core.store.actions import Action
from audit_core.store.ledger import head
from audit_core.store.store import Store

WRITERS = 8
LONG_S = 120
"""No process is waited for so long unless something hangs."""

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    ["jobs.__main__", "audit_core.syncing.sync", "sklearn.ensemble", "tests.faults.writers"]
)
_ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def forked(target: object, *words: object) -> BaseProcess:
    """A new process that does this, and nothing of the script that happens to be `__main__` here.

    A test of a page leaves its script there, and a new process would run it first.
    """
    process = _CONTEXT.Process(target=target, args=words)  # type: ignore[arg-type]
    # the server inherits the environment when the first process is asked for
    with patch.dict(os.environ, _ONE_THREAD), patch.dict(sys.modules, {"__main__": ModuleType("__main__")}):
        process.start()
    return process


def end(process: BaseProcess) -> int:
    """How a process ended."""
    process.join(LONG_S)
    assert process.exitcode is not None, "a process hangs"
    return process.exitcode


def write_events(data: Path, name: str, limit: int | None = None) -> None:
    """Append events with a partner row each, one transaction an event, until the file `<data>.stop` appears.

    `limit`: or until there are so many. Each is acknowledged in `<data>.told` once its commit returned.
    """
    told, stop = data.with_name(f"{data.name}.told"), data.with_name(f"{data.name}.stop")
    store, rng, number = Store(data), random.Random(name), 0
    store.create()
    acknowledge = os.open(told, os.O_APPEND | os.O_CREAT | os.O_WRONLY)
    while number != limit and not stop.exists():
        nonce = f"{name} {number}"
        with store.database.write() as connection:
            store.seal(connection, Action("noted", nonce, SYNC), datetime.now(UTC))
            event_id = head(connection).size
            connection.execute("INSERT INTO source_memory VALUES (?, ?)", (f"noted {nonce}", str(event_id)))
        os.write(acknowledge, f"{event_id} {nonce}\n".encode())
        number += 1
        time.sleep(rng.uniform(0, 0.01))


def a_small_forest() -> AbstractContextManager[object]:
    """A model that is fitted in a tenth of the time; what is killed is the same."""
    return patch("audit_core.scoring.forest.TREES", 20)


def run_job(config: Path, words: tuple[str, ...], dies_at: int, said: Path) -> None:
    """`python -m jobs …`; killed just before its nth write below the config's folder, unless `dies_at` is 0."""
    from jobs.__main__ import main
    from tests.faults.disk import failing

    with said.open("w") as stream, redirect_stdout(stream), ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, {"AUDIT_CONFIG": str(config)}))
        stack.enter_context(a_small_forest())
        if dies_at:
            stack.enter_context(failing(config.parent, dies_at, kill=True))
        code = main([*words, "--json"])
    os._exit(code)


def told(data: Path) -> dict[str, int]:
    """What the writers were told is committed: nonce → the event's number."""
    path = data.with_name(f"{data.name}.told")
    lines = path.read_text().splitlines() if path.exists() else []
    return {nonce: int(event_id) for event_id, _, nonce in (line.partition(" ") for line in lines)}


def noted(database: Path) -> dict[str, int]:
    """The events of writers in a store: nonce → number. Each is there once, and is whole.

    Raises AssertionError for one that is there twice, or without its partner, or a partner without it.
    """
    with closing(sqlite3.connect(database)) as connection:
        events = connection.execute(
            "SELECT issue_description, event_id FROM audit_events WHERE action = 'noted' AND kind = 'action'"
        ).fetchall()
        older = not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'source_memory'").fetchone()
        memory = "SELECT substr(name, 7), value FROM source_memory WHERE name LIKE 'noted %'"
        partners = [] if older else connection.execute(memory).fetchall()
    twice = [nonce for nonce, count in Counter(nonce for nonce, _ in events).items() if count > 1]
    assert not twice, f"there twice: {twice[:3]}"
    found = {str(nonce): int(event_id) for nonce, event_id in events}
    there = {str(nonce): int(event_id) for nonce, event_id in partners}
    assert found == there, f"half there: {sorted(set(found.items()) ^ set(there.items()))[:3]}"
    return found


def nothing_is_lost(data: Path, database: Path | None = None, upto: int | None = None) -> int:
    """Every event that was acknowledged is there under its number; returns how many.

    `database`: another copy of the store than the one in `data`, which has the first `upto` events.
    """
    found = noted(database or data / "audit.db")
    acknowledged = {nonce: n for nonce, n in told(data).items() if upto is None or n <= upto}
    lost = {nonce: n for nonce, n in acknowledged.items() if found.get(nonce) != n}
    assert not lost, f"acknowledged and lost: {sorted(lost.items())[:3]}"
    return len(acknowledged)
