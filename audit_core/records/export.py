"""Leaving: everything on record in open formats, with a page that says what each file is."""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import polars as pl
import polars.selectors as cs

from audit_core.actors import OPERATOR
from audit_core.backups.contents import named_files
from audit_core.backups.manifest import refuse_names
from audit_core.errors import AuditError
from audit_core.records.folders import appearing, copy_into, write_sums
from audit_core.records.pages import pages, parquet
from audit_core.records.proof import README
from audit_core.records.readme import export_readme
from audit_core.store import anchors
from audit_core.store.actions import Action
from audit_core.store.ledger import head
from audit_core.store.store import Store
from audit_core.workspace import Workspace

EXPORTED: Final = "exported"
_TYPES: Final[Mapping[str, pl.DataType]] = {
    "INTEGER": pl.Int64(), "REAL": pl.Float64(), "TEXT": pl.String(), "BLOB": pl.Binary()
}  # fmt: skip
_LEFT_OUT: Final[Mapping[str, frozenset[str] | None]] = {
    "credentials": None, "sessions": None, "sign_in_attempts": frozenset({"ip_address"})
}  # fmt: skip
"""Tables (None: wholly) and columns that would help a burglar and prove nothing."""


@dataclass(frozen=True, slots=True)
class Export:
    """An export that was made. `rows`: how many each table has."""

    path: Path
    rows: Mapping[str, int]
    snapshots: int
    message: str


def export(workspace: Workspace, to: Path, run_id: str, now: datetime) -> Export:
    """Write everything of one moment into the new folder `to`, and seal that it was done.

    Raises ConfigError when `to` is in use, VerificationFailed when the store names files that are not its own.
    """
    store = workspace.store
    try:
        with appearing(to.absolute()) as part:
            folder = part.folder
            with _copied(store, folder) as copy:
                rows = _tables(copy, folder)
                files = list(named_files(copy, store))
            refuse_names(["audit.db", *(name for _, name in files)], store.data_dir / "audit.db")
            for source, name in files:
                copy_into(source, folder / name)
            shutil.copyfile(workspace.config, folder / "config.json")
            (folder / README).write_text(export_readme(rows))
            evidence = json.dumps({"list_sha256": write_sums(folder), "rows": rows})
            text = f"Everything on record exported to {part.to}: {rows['audit_events']:,} events."
            fields = {"audit_run_id": run_id, "evidence": evidence}
            part.appear(
                store.database,
                lambda connection: store.seal(connection, Action(EXPORTED, text, OPERATOR, fields=fields), now),
            )
    except (OSError, sqlite3.Error) as error:
        raise AuditError(f"Nothing was exported to {to} ({error}).") from error
    snapshots = sum(name.startswith("snapshots/") for _, name in files)
    message = (
        f"{rows['audit_events']:,} events, {len(rows):,} tables and {snapshots:,} snapshot files are in {part.to}."
    )
    return Export(part.to, rows, snapshots, message)


@contextmanager
def _copied(store: Store, folder: Path) -> Iterator[sqlite3.Connection]:
    """The store of one moment, in a copy that nobody waits for; the anchors beside it are put into `folder`."""
    anchored = store.anchor_file.stat().st_size if store.anchor_file.exists() else 0
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        plain = Path(scratch) / "copy.db"
        store.database.connection().execute("VACUUM INTO ?", (str(plain),))
        with closing(sqlite3.connect(plain)) as copy:
            if store.anchor_file.exists():
                anchors.copy_for(head(copy).size, store.anchor_file, folder / store.anchor_file.name, anchored)
            yield copy


def _tables(copy: sqlite3.Connection, folder: Path) -> dict[str, int]:
    """Write every table; returns how many rows each has."""
    (folder / "tables").mkdir()
    names = [
        row[0]
        for row in copy.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        if _LEFT_OUT.get(row[0], frozenset()) is not None
    ]
    told = {}
    for name in sorted(names):
        types = {
            column: kind
            for _, column, kind, *_ in copy.execute(f'PRAGMA table_info("{name}")').fetchall()
            if column not in (_LEFT_OUT.get(name) or ())
        }
        told[name] = {"rows": _table(copy, name, types, folder / "tables"), "columns": types}
    (folder / "tables.json").write_text(json.dumps(told, indent=1) + "\n")
    return {name: int(str(each["rows"])) for name, each in told.items()}


def _table(copy: sqlite3.Connection, name: str, types: Mapping[str, str], folder: Path) -> int:
    schema = {column: _TYPES[kind] for column, kind in types.items()}
    written = {column: pl.String() if kind == pl.Binary() else kind for column, kind in schema.items()}
    count = 0
    with (folder / f"{name}.jsonl").open("wb") as lines, parquet(folder / f"{name}.parquet", written) as file:
        for rows in pages(copy, name, tuple(schema)):
            page = pl.DataFrame(rows, schema=schema, orient="row").with_columns(cs.binary().bin.encode("hex"))
            page.write_ndjson(lines)
            file.add(page)
            count += page.height
    return count
