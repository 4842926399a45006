"""Taking the predecessor's database in: its trail becomes events of the ledger, labelled imported.

From then on they are sealed; what happened to them before, nothing here can prove.
"""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from audit_core.actors import OPERATOR
from audit_core.errors import AuditError, ConfigError
from audit_core.records.legacy_rows import MISSION, Undecodable, as_event
from audit_core.records.pages import PAGE
from audit_core.store.actions import Action, action_events
from audit_core.store.closed import require_open
from audit_core.store.files import sha256_of
from audit_core.store.ledger import SCHEMA, append
from audit_core.store.memory import note_seen
from audit_core.workspace import Workspace

TOOK: Final = "legacy_imported"
_MAGIC: Final = b"SQLite format 3\0"
_PEOPLE: Final = "user_permissions"


@dataclass(frozen=True, slots=True)
class Imported:
    """What was taken in. `not_taken`: for a field and a reason, how many values; they are kept in the evidence.

    `events`, `left`: rows by table: those that became events, and those of tables that are not taken. `people`: seen.
    """

    sha256: str
    events: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    not_taken: dict[str, int] = field(default_factory=dict)
    people: list[str] = field(default_factory=list)

    def words(self) -> str:
        """As a sentence for a person."""
        tables = " and ".join(f"{count:,} rows of {name}" for name, count in self.events.items())
        unfit = sum(self.not_taken.values())
        odd = f"; {unfit:,} values fit no field and are kept in the evidence" if unfit else ""
        left = ", ".join(f"{name} ({count:,})" for name, count in self.left.items())
        return (
            f"{tables} imported{odd}; {len(self.people):,} people noted as seen"
            f"{f'; not taken: {left}' if left else ''}."
        )


def import_legacy(workspace: Workspace, file: Path, run_id: str, now: datetime) -> Imported:
    """Append every row of the trail in `file` to the ledger, in their order and in one transaction.

    Raises ConfigError for a file that is no SQLite database, that holds no trail or is in already, and for a ledger
    that was closed; AuditError for a damaged file.
    """
    require_open(workspace.store.database)
    try:
        with _opened(file) as (connection, digest):
            made, frames = _read(workspace, connection, file, digest, now)
    except (sqlite3.Error, UnicodeError) as error:  # of a damaged file, even the names of its tables
        told = " ".join(str(error).split())
        raise AuditError(f"{file} cannot be read as a whole ({told}); nothing was imported.") from error
    evidence = {
        "file": file.name, "file_sha256": digest, "events": made.events, "left": made.left,
        "not_taken": made.not_taken, "people": len(made.people),
    }  # fmt: skip
    fields = {"audit_run_id": run_id, "evidence": json.dumps(evidence)}
    action = Action(TOOK, f"{file.name}: {made.words()}", OPERATOR, fields=fields)
    with workspace.store.database.write() as store:
        _refuse_known(store, file, digest)
        append(store, action_events([action], now))
        for frame in frames:
            append(store, frame)
        note_seen(store, made.people)
    return made


@contextmanager
def _opened(file: Path) -> Iterator[tuple[sqlite3.Connection, str]]:
    """(a copy of the file, open to be read; the SHA-256 of the file). The original is not touched."""
    with tempfile.TemporaryDirectory(prefix="redline-import-") as folder:
        copy = Path(folder) / "legacy.db"
        try:
            shutil.copyfile(file, copy)
            for tail in ("-wal", "-journal"):  # what its program had not yet put into the file itself
                if (beside := file.with_name(file.name + tail)).is_file():
                    shutil.copyfile(beside, copy.with_name(copy.name + tail))
        except OSError as error:
            raise ConfigError(f"import-legacy: {file} cannot be read ({error.strerror}).") from error
        with copy.open("rb") as stream:
            if stream.read(len(_MAGIC)) != _MAGIC:
                raise ConfigError(f"import-legacy: {file} is no SQLite database.")
        digest = sha256_of(copy)
        with closing(sqlite3.connect(copy)) as connection:
            connection.execute("PRAGMA trusted_schema=OFF")
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if found != "ok":
                raise sqlite3.DatabaseError(found)
            yield connection, digest


def _decoded(content: bytes) -> str | Undecodable:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return Undecodable(content)


def _read(
    workspace: Workspace, connection: sqlite3.Connection, file: Path, digest: str, now: datetime
) -> tuple[Imported, list[pl.DataFrame]]:
    """(what is to be said, the events) of a predecessor's database."""
    made, frames = Imported(digest), []
    tables = {
        table: [row[1] for row in connection.execute(f"PRAGMA table_info({_quoted(table[0])})")]
        for table in _tables(connection)
    }
    connection.text_factory = _decoded  # for values; a name that is no UTF-8 is damage
    for (name, without_rowid), columns in tables.items():
        known = {column.casefold() for column in columns}
        if {"prev_hash", "hash"} <= known:
            raise ConfigError(
                f"import-legacy: {file} is a store of this program: 'python -m jobs restore' takes backups."
            )
        if len(known.intersection(MISSION)) * 2 > len(MISSION):
            made.events[name] = 0
            origin = {"file_sha256": digest, "table": name}
            order = "" if without_rowid else " ORDER BY rowid"
            rows = connection.execute(f"SELECT * FROM {_quoted(name)}{order}")
            while page := rows.fetchmany(PAGE):
                frames.append(_events(workspace, made, page, columns, origin, now))
        else:
            count = connection.execute(f"SELECT count(*) FROM {_quoted(name)}").fetchone()[0]
            if name.casefold() == _PEOPLE and "email" in known:
                emails = connection.execute(f"SELECT email FROM {_quoted(name)} WHERE email IS NOT NULL")
                made.people.extend(str(row[0]).strip() for row in emails if isinstance(row[0], str) and row[0].strip())
            made.left[name] = count
    if not made.events:
        raise ConfigError(
            f"import-legacy: {file} has no table with most of the {len(MISSION)} fields of an audit trail "
            f"({', '.join(MISSION[:3])} …)."
        )
    return made, frames


def _tables(connection: sqlite3.Connection) -> list[tuple[str, bool]]:
    """(name, whether it has no rowid) of every table."""
    found = connection.execute("SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
    return sorted((str(name), bool(wr)) for name, wr in found if not str(name).startswith("sqlite_"))


def _events(
    workspace: Workspace, made: Imported, page: list[Any], columns: list[str], origin: dict[str, str], now: datetime
) -> pl.DataFrame:
    events = []
    for row in page:
        made.events[origin["table"]] += 1
        place = {**origin, "number": made.events[origin["table"]]}
        taken = as_event(dict(zip(columns, row, strict=True)), place, now, workspace.settings.zone)
        for name, reason in taken.not_taken.items():
            why = f"{name} {reason}"
            made.not_taken[why] = made.not_taken.get(why, 0) + 1
        events.append(taken.event)
    return pl.DataFrame(events, schema={name: kind for name, kind in SCHEMA.items() if name != "event_id"})


def _refuse_known(store: sqlite3.Connection, file: Path, digest: str) -> None:
    known = store.execute(
        "SELECT timestamp FROM audit_events WHERE action = ? AND json_extract(evidence, '$.file_sha256') = ?",
        (TOOK, digest),
    ).fetchone()
    if known:
        raise ConfigError(f"import-legacy: {file} was imported already, at {known[0]}.")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
