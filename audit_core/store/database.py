"""One SQLite file: a connection a thread, every write in one immediate transaction."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlite_utils

from audit_core.errors import AuditError, StoreNotReady, VerificationFailed
from audit_core.store import anchors
from audit_core.store.schema import migrations
from audit_core.store.sight import Sight

StoreFailure = sqlite3.Error
"""What SQLite itself raises, for those who may not import it."""

Connection = sqlite3.Connection
"""What a transaction is written through, for the same."""

_IN_THE_WAY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN)


def unreadable(path: Path | None, error: sqlite3.DatabaseError) -> AuditError:
    """What a failed read says: that the disk or another process is in the way now, else that the file is not whole."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _IN_THE_WAY:
        return AuditError(f"The store at {path} cannot be read now ({error}).")
    return VerificationFailed(f"{path} cannot be read as a whole ({error}): restore a backup.")


OLDEST_SQLITE = (3, 39, 0)
"""The first with STRICT tables and full joins."""

_FIXED_WAL = ((3, 51, 3), (3, 50, 7), (3, 44, 6))


def journal_mode(version: tuple[int, int, int]) -> str:
    """WAL where SQLite is free of the WAL-reset bug (3.51.3 and its backports), else DELETE."""
    fixed = version >= _FIXED_WAL[0] or any(version[:2] == fix[:2] and version >= fix for fix in _FIXED_WAL[1:])
    return "WAL" if fixed else "DELETE"


class Database:
    """Thread-local connections to one file, and the only way to write to it."""

    def __init__(self, path: Path | None, whole: "Database | None" = None, sight: Sight | None = None) -> None:
        """`path` None keeps everything in memory (dry runs); such a database serves one thread.

        `sight`: see `seen_with`, of the database `whole`.
        """
        self.path, self.sight, self._whole = path, sight, whole
        self.checks: list[Callable[[sqlite3.Connection], None]] = []
        """What each transaction asks first and again before it is committed; what raises there refuses it."""
        self._local = threading.local()
        self._turn = threading.RLock()

    @classmethod
    def copy_in_memory(cls, path: Path) -> "Database":
        """A throw-away copy of the file at `path` (empty if there is none); the file is only read."""
        copy = cls(None)
        if path.exists():
            with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as original:
                original.backup(copy.connection())
        return copy

    @property
    def whole(self) -> "Database":
        """The database that this one shows a part of; itself for one that shows all."""
        return self._whole or self

    def seen_with(self, sight: Sight) -> "Database":
        """The same file as somebody sees it who does not see all of it (see store/sight.py)."""
        if self.path is None:
            raise ValueError("a store in memory is seen as a whole")
        return Database(self.path, self, sight)

    def migrate(self, before: Callable[[], object] = lambda: None) -> None:
        """Create or bring up to date, in one transaction: beside another process that does the same, one does it.

        `before`: called first where there is something to do.
        """
        self.refuse_lost()
        self._refuse_newer()
        if migrations.pending(sqlite_utils.Database(self.connection())):
            before()
            with self.write() as connection:
                migrations.apply(sqlite_utils.Database(connection))

    def refuse_lost(self) -> None:
        """Raise VerificationFailed where anchors beside the file have seen events and the file holds no ledger."""
        if self.path is None:
            return
        beside = self.path.with_name("anchors.jsonl")
        last = anchors.newest(beside) if beside.is_file() else None
        if last is None or not last.size:
            return
        try:
            if self.path.exists() and self.connection().execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                return
        except sqlite3.DatabaseError as error:
            raise unreadable(self.path, error) from error
        raise VerificationFailed(
            f"Event 1 is missing: {self.path} is gone or empty, although {beside.name} beside it has seen "
            f"{last.size:,} events. Restore a backup; to begin anew all the same, move {beside.name} away."
        )

    def require_current(self) -> None:
        """Raise StoreNotReady unless the file exists and has exactly this program's schema."""
        self.refuse_lost()
        if self.path is not None and not self.path.exists():
            raise StoreNotReady(f"There is no store at {self.path}: run 'python -m jobs run sync' once to make it.")
        self._refuse_newer()
        pending = migrations.pending(sqlite_utils.Database(self.connection()))
        if pending:
            raise StoreNotReady(
                f"The store at {self.path} needs migrating ({len(pending)} steps): run 'python -m jobs run sync'."
            )

    def _refuse_newer(self) -> None:
        try:
            db = sqlite_utils.Database(self.connection())
            known = {item.name for item in migrations.pending(db)}
            applied = {item.name for item in migrations.applied(db)}
        except sqlite3.DatabaseError as error:
            raise unreadable(self.path, error) from error
        newer = sorted(applied - known - {item.name for item in migrations._migrations})
        if newer:
            raise StoreNotReady(f"The store at {self.path} is newer than this program (it has {newer[0]}): upgrade.")

    def connection(self) -> sqlite3.Connection:
        """This thread's connection, opened on first use, and again when another file was put in this one's place."""
        existing: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if existing is not None:
            if existing.in_transaction or not self._replaced():
                if self.sight is not None and not existing.in_transaction:
                    self.sight.refresh(existing)
                return existing
            self.close()
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            oldest = ".".join(map(str, OLDEST_SQLITE))
            raise StoreNotReady(f"This Python has SQLite {sqlite3.sqlite_version}, Redline needs {oldest} or newer.")
        target = ":memory:" if self.path is None else str(self.path)
        connection = sqlite3.connect(target, timeout=30.0, isolation_level=None)
        connection.row_factory = sqlite3.Row
        try:
            self._set_up(connection)
        except BaseException as error:
            connection.close()
            if isinstance(error, UnicodeDecodeError):  # SQLite's own words about a damaged schema, with the damage
                raise VerificationFailed(f"{self.path} cannot be read as a whole: restore a backup.") from error
            raise
        self._local.connection, self._local.file = connection, _identity(self.path)
        return connection

    def _set_up(self, connection: sqlite3.Connection) -> None:
        if self.path is not None:
            connection.execute(f"PRAGMA journal_mode={journal_mode(sqlite3.sqlite_version_info)}")
        for pragma in (
            "synchronous=FULL",
            "foreign_keys=ON",
            "recursive_triggers=ON",
            "trusted_schema=OFF",
            "cache_size=-65536",
        ):
            connection.execute(f"PRAGMA {pragma}")
        if self.sight is not None:
            self.sight.open(connection)

    def _replaced(self) -> bool:
        """Whether the file at the path is another than this thread has open, as after 'restore --swap'."""
        there = _identity(self.path)
        if self._local.file is None:
            self._local.file = there
        return there is not None and there != self._local.file

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction that holds the write lock from its start: all of it happens, or none of it.

        Threads of this process take turns here, processes at SQLite's own lock.
        """
        with self._turn:
            connection = self._begin()
            checks = tuple(self.checks)
            try:
                for check in checks:
                    check(connection)
                yield connection
                for check in checks:
                    check(connection)
                connection.execute("COMMIT")
            except BaseException as error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.OperationalError):
                    raise AuditError(
                        f"Writing to the store at {self.path} failed ({error}); nothing changed."
                    ) from error
                raise

    def _begin(self) -> sqlite3.Connection:
        connection = self.connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
            if self._replaced():  # while it waited for its turn
                connection.execute("ROLLBACK")
                connection = self.connection()
                connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise AuditError(f"The store at {self.path} cannot be written to now ({error}).") from error
        return connection

    @contextmanager
    def read(self) -> Iterator[None]:
        """Everything asked inside is answered from one state of the store, whatever others commit meanwhile."""
        connection = self.connection()
        connection.execute("BEGIN")
        try:
            yield
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close this thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None


def _identity(path: Path | None) -> tuple[int, int] | None:
    """What tells one file from another that was put in its place; None where there is no file."""
    try:
        found = path.stat() if path is not None else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found else None
