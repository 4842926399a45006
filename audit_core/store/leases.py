"""Leases: one run of a job at a time, over all processes and machines that work with one store.

Who takes a lease gets its number, the fence, which only grows. Each transaction of the holder first asks whether the
lease is still its own and extends it, so that one who was stopped for so long that another took over is refused
before it writes anything. A process that is gone holds none.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from audit_core import written
from audit_core.errors import AuditError, LeaseLost, LockHeld
from audit_core.store.database import Database
from audit_core.store.locks import in_use
from audit_core.store.machine import Machine, Process

TERM: Final = timedelta(minutes=2)
"""So long after its last sign of life a lease can be taken by others, whatever became of its holder."""

BEAT_S: Final = 15
"""A holder gives a sign of life at least this often."""

_LEFT: Final[set[tuple[Path, str, int, Process]]] = set()
"""Leases (data folder, name, fence, holder's process) that ended while the disk did not let go of them."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run a job. `fence`: higher than that of any lease of this name before."""

    name: str
    fence: int
    holder: str


class Leases:
    """The leases of one store, as seen from `machine`. `folder`: the data folder, None in memory."""

    def __init__(self, database: Database, folder: Path, machine: Machine) -> None:
        self._database = database
        self._folder = folder
        self.machine = machine

    @contextmanager
    def held(
        self, name: str, holder: str, begin: Callable[[sqlite3.Connection, Lease], None] = lambda _c, _l: None
    ) -> Iterator[None]:
        """Hold the lease `name`. `begin`: done in the transaction that takes it.

        Every transaction on this store's database inside asks for it. Raises LockHeld at once when another live run
        has it, and later LeaseLost when it lost it. A copy in memory has nobody beside it.
        """
        if self._database.path is None:
            yield
            return
        with in_use(self._folder / "locks"):
            with self._database.write() as connection:
                lease = self.take(connection, name, holder)
                begin(connection, lease)

            def check(connection: sqlite3.Connection) -> None:
                self.extend(connection, lease)

            self._database.checks.append(check)
            try:
                yield
            finally:
                self._database.checks.remove(check)
                self._give_back(lease)

    def take(self, connection: sqlite3.Connection, name: str, holder: str) -> Lease:
        """Take a lease, in the caller's transaction. Raises LockHeld when another live run has it."""
        row = connection.execute("SELECT * FROM job_leases WHERE name = ?", (name,)).fetchone()
        if row is not None and self._live(row):
            where = "" if row["host"] == self.machine.here().host else f" on {row['host']}"
            raise LockHeld(
                f"Another run of '{name}' is under way (process {row['pid']}{where}): wait for it to end, or stop it."
            )
        lease = Lease(name, row["fence"] + 1 if row is not None else 1, holder)
        here = self.machine.here()
        connection.execute(
            """INSERT INTO job_leases
            (name, fence, holder, host, boot, space, pid, started, seen_at, expires_at, expires_steady)
            VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (name) DO UPDATE SET
            fence = excluded.fence, holder = excluded.holder, host = excluded.host, boot = excluded.boot,
            space = excluded.space, pid = excluded.pid, started = excluded.started, seen_at = excluded.seen_at,
            expires_at = excluded.expires_at, expires_steady = excluded.expires_steady""",
            (name, lease.fence, holder, here.host, here.boot, here.space, here.pid, here.started, *self._term()),
        )
        return lease

    def extend(self, connection: sqlite3.Connection, lease: Lease) -> None:
        """Extend a lease, in the caller's transaction. Raises LeaseLost when another took it meanwhile."""
        extended = connection.execute(
            """UPDATE job_leases SET seen_at = ?, expires_at = ?, expires_steady = ?
            WHERE name = ? AND fence = ? AND holder = ?""",
            (*self._term(), lease.name, lease.fence, lease.holder),
        )
        if extended.rowcount == 0:
            raise LeaseLost(
                f"The run {lease.holder} gave no sign of life for so long that another one of '{lease.name}' took "
                "over: it ends here, and nothing of it is recorded any more."
            )

    def _give_back(self, lease: Lease) -> None:
        """Release a lease. One that the disk does not let go of is none to this process; to others it runs out."""
        left = self._folder, lease.name, lease.fence, self.machine.here()
        _LEFT.add(left)
        with suppress(AuditError, sqlite3.Error):
            with self._database.write() as connection:
                self.release(connection, lease)
            _LEFT.discard(left)

    def release(self, connection: sqlite3.Connection, lease: Lease) -> None:
        """Give a lease back; its fence stays on record. One that was lost is left alone."""
        connection.execute(
            "UPDATE job_leases SET holder = NULL WHERE name = ? AND fence = ? AND holder = ?",
            (lease.name, lease.fence, lease.holder),
        )

    def live(self, name: str) -> bool:
        """Whether somebody holds the lease `name`, whoever may see what of the store."""
        row = self._row(name)
        return row is not None and self._live(row)

    def last_seen(self, name: str) -> datetime | None:
        """The newest sign of life of whoever held the lease last; None where nobody ever did."""
        row = self._row(name)
        return written.instant(row["seen_at"]) if row is not None else None

    def _row(self, name: str) -> sqlite3.Row | None:
        found: sqlite3.Row | None = (
            self._database.connection().execute("SELECT * FROM main.job_leases WHERE name = ?", (name,)).fetchone()
        )
        return found

    def _live(self, row: sqlite3.Row) -> bool:
        process = Process(row["host"], row["boot"], row["space"], row["pid"], row["started"])
        left = (self._folder, row["name"], row["fence"], process) in _LEFT
        if row["holder"] is None or left or self.machine.gone(process):
            return False
        if process.boot and process.boot == self.machine.here().boot:  # then a clock that jumps ends no lease
            return bool(row["expires_steady"] > self.machine.steady())
        return written.instant(row["expires_at"]) > self.machine.now()

    def _term(self) -> tuple[str, str, float]:
        """When a sign of life was given, and until when it counts by either clock."""
        now = self.machine.now()
        return now.isoformat(), (now + TERM).isoformat(), self.machine.steady() + TERM.total_seconds()
