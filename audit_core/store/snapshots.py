"""Snapshots on disk: one compressed Parquet file each, named by its content, and their index in the store."""

import hashlib
import io
import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl

from audit_core import written
from audit_core.blind_spots import BlindSpot, Reason
from audit_core.errors import VerificationFailed
from audit_core.store.database import Database
from audit_core.store.digest import digest
from audit_core.store.files import check_file, sha256_of, write_whole


class SourceColumn(NamedTuple):
    """A column as its source knew it."""

    id: str
    title: str
    type: str


@dataclass(frozen=True, slots=True)
class TakenSnapshot:
    """One snapshot that became a sheet's baseline. `columns` are its canonical column names.

    `titles`: title → canonical name, as it was understood then; read again, it is understood the same way.
    `source_columns`: the columns with their source's ids, empty where it has none.
    `simulated`: it is made up (see sources/simulation), and everything that comes of it says so.
    """

    sheet_id: str
    sheet_name: str
    look: str
    look_at: datetime
    version: str
    content_sha256: str
    location: str
    rows: int
    columns: tuple[str, ...]
    titles: Mapping[str, str]
    file: str
    file_sha256: str
    blind_spots: tuple[BlindSpot, ...]
    simulated: bool = False
    source_columns: tuple[SourceColumn, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """One snapshot that was not taken, as it was first met. `file`: its frame, where it was read but not believed."""

    sheet_id: str
    look: str
    content_sha256: str
    reason: Reason
    detail: str
    file: str | None = None


SIMULATED = " (simulated)"
"""What the reference of everything that comes from a simulated snapshot ends with."""

_FIELDS = tuple(TakenSnapshot.__dataclass_fields__)
_RECORDED = (
    "sheet_id", "look", "sheet_name", "look_at", "content_sha256", "location", "rows", "columns", "titles",
    "file", "file_sha256", "blind_spots", "simulated", "source_columns",
)  # fmt: skip
"""What is sealed of a snapshot's row: all but when it was taken and by which run, which its event says itself, and
the source's mark of its version, which only says what need not be read again."""


class Snapshots:
    """Every snapshot that is kept; any sheet can be seen as it was."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self.folder = folder

    def save(self, frame: pl.DataFrame) -> tuple[str, str]:
        """Write a frame; returns its file name and SHA-256. Saving the same frame again writes nothing."""
        buffer = io.BytesIO()
        frame.write_parquet(buffer, compression="zstd")
        content = buffer.getvalue()
        sha256 = hashlib.sha256(content).hexdigest()
        name = f"{sha256[:2]}/{sha256}.parquet"
        path = self.folder / name
        if not (path.exists() and sha256_of(path) == sha256):
            write_whole(path, content)
        return name, sha256

    def load(self, snapshot: TakenSnapshot) -> pl.DataFrame:
        """The frame as it was read. Raises VerificationFailed when the file is gone or not what was sealed."""
        self.check(snapshot)
        return pl.read_parquet(self.folder / snapshot.file)

    def column(self, snapshot: TakenSnapshot, title: str) -> pl.Series:
        """One column of a snapshot. Raises as `columns`."""
        return self.columns(snapshot, [title])[title]

    def columns(self, snapshot: TakenSnapshot, titles: Collection[str]) -> pl.DataFrame:
        """Some columns of a snapshot. Raises VerificationFailed when the file is gone or not what was sealed."""
        self.check(snapshot)
        return pl.read_parquet(self.folder / snapshot.file, columns=list(titles))

    def load_file(self, name: str) -> pl.DataFrame:
        """A frame that `save` named. Raises VerificationFailed when its file is gone or not what its name says."""
        path = self.folder / name
        if not path.is_file() or sha256_of(path) != path.stem:
            raise VerificationFailed(f"{path} is gone or was altered: restore it from a backup.")
        return pl.read_parquet(path)

    def check(self, snapshot: TakenSnapshot) -> None:
        """Raise VerificationFailed unless the file is there and has the recorded SHA-256."""
        what = f"The snapshot {snapshot.look} of '{snapshot.sheet_name}'"
        check_file(self.folder / snapshot.file, snapshot.file_sha256, what, "taken")

    def record(self, connection: sqlite3.Connection, taken: TakenSnapshot, run_id: str, now: datetime) -> str:
        """Make `taken` its sheet's newest snapshot, inside the caller's transaction. Returns the digest of its row."""
        values = {name: getattr(taken, name) for name in _FIELDS} | {
            "look_at": taken.look_at.isoformat(),
            "columns": json.dumps(taken.columns),
            "titles": json.dumps(dict(taken.titles)),
            "blind_spots": json.dumps([spot.as_dict() for spot in taken.blind_spots]),
            "source_columns": json.dumps(taken.source_columns),
            "taken_at": now.isoformat(),
            "audit_run_id": run_id,
        }
        connection.execute(
            f"INSERT INTO snapshots ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
            tuple(values.values()),
        )
        return self.record_digests(connection, taken.sheet_id, taken.look)[taken.sheet_id, taken.look]

    def record_digests(
        self, connection: sqlite3.Connection, sheet_id: str | None = None, look: str | None = None
    ) -> dict[tuple[str, str], str]:
        """(sheet id, look) → the digest of the whole row of the index: of one snapshot, or of all."""
        where, values = ("WHERE sheet_id = ? AND look = ?", (sheet_id, look)) if look else ("", ())
        rows = connection.execute(f"SELECT {', '.join(_RECORDED)} FROM snapshots {where}", values)
        return {(row[0], row[1]): digest([tuple(row)]) for row in rows}

    def all(self) -> list[TakenSnapshot]:
        """All snapshots, oldest look first."""
        return self._query("ORDER BY look, sheet_id")

    def of(self, sheet_id: str) -> list[TakenSnapshot]:
        """All snapshots of one sheet, oldest look first."""
        return self._query("WHERE sheet_id = ? ORDER BY look", (sheet_id,))

    def rows_since(self, look: str) -> int:
        """How many rows the snapshots of all looks hold, from the look `look` on."""
        summed = "SELECT coalesce(sum(rows), 0) FROM snapshots WHERE look >= ?"
        return int(self._database.connection().execute(summed, (look,)).fetchone()[0])

    def newest_event(self, sheet_id: str) -> int:
        """The event that seals the newest snapshot of a sheet, 0 before its first."""
        found = self._database.connection().execute(
            "SELECT coalesce(max(event_id), 0) FROM audit_events WHERE action = 'snapshot_taken' AND sheet_id = ?",
            (sheet_id,),
        )
        return int(found.fetchone()[0])

    def thinned_since(self, look: str) -> pl.DataFrame:
        """`sheet_id, look` of every snapshot that was taken from the look `look` on and is no longer kept."""
        found = self._database.connection().execute(
            """SELECT sheet_id, look FROM audit_events WHERE action = 'snapshot_taken' AND look >= ?1
            EXCEPT SELECT sheet_id, look FROM snapshots WHERE look >= ?1""",
            (look,),
        )
        return pl.DataFrame(list(map(tuple, found)), {"sheet_id": pl.String, "look": pl.String}, orient="row")

    def first_simulated(self, upto: int) -> str | None:
        """The first look that was simulated, as it was known when the ledger held `upto` events."""
        found = self._database.connection().execute(
            """SELECT min(look) FROM audit_events WHERE action = 'snapshot_taken' AND event_id <= ?
            AND sheet_reference LIKE ?""",
            (upto, f"%{SIMULATED}"),
        )
        first: str | None = found.fetchone()[0]
        return first

    def moments(self, look: str) -> list[tuple[str, str, datetime]]:
        """(sheet id, look, when it was read, UTC) of each sheet's snapshots from `look` on, and of the one before."""
        rows = self._database.connection().execute(
            """SELECT sheet_id, look, look_at FROM snapshots WHERE look >= ?1
            UNION ALL SELECT sheet_id, look, look_at FROM snapshots
            JOIN (SELECT sheet_id s, max(look) l FROM snapshots WHERE look < ?1 GROUP BY sheet_id)
            ON sheet_id = s AND look = l""",
            (look,),
        )
        return [(row[0], row[1], written.instant(row[2])) for row in rows]

    def looks_kept(self, sheet_id: str) -> dict[str, datetime]:
        """The looks of one sheet of which a snapshot is kept, oldest first, with their moments (UTC)."""
        rows = self._database.connection().execute(
            "SELECT look, look_at FROM snapshots WHERE sheet_id = ? ORDER BY look", (sheet_id,)
        )
        return {row[0]: written.instant(row[1]) for row in rows}

    def looks_ever(self, sheet_id: str) -> list[str]:
        """The looks at which one sheet was taken, oldest first, also those whose snapshots are no longer kept."""
        found = self._database.connection().execute(
            "SELECT look FROM audit_events WHERE action = 'snapshot_taken' AND sheet_id = ? ORDER BY look", (sheet_id,)
        )
        return [row[0] for row in found]

    def latest(self) -> dict[str, TakenSnapshot]:
        """The newest snapshot of each sheet, by sheet id."""
        newest = "JOIN (SELECT sheet_id s, max(look) l FROM snapshots GROUP BY sheet_id) ON sheet_id = s AND look = l"
        return {taken.sheet_id: taken for taken in self._query(f"{newest} ORDER BY sheet_id")}

    def newest(self, sheet_id: str) -> TakenSnapshot | None:
        """The newest snapshot of one sheet, None before its first."""
        found = self._query("WHERE sheet_id = ? ORDER BY look DESC LIMIT 1", (sheet_id,))
        return found[0] if found else None

    def at(self, sheet_id: str, look: str) -> TakenSnapshot | None:
        """The snapshot of one sheet that was taken at one look, None where none was."""
        found = self._query("WHERE sheet_id = ? AND look = ?", (sheet_id, look))
        return found[0] if found else None

    def newest_at(self, sheet_id: str, moment: datetime) -> TakenSnapshot | None:
        """The newest snapshot of one sheet as it was at a moment, None before its first."""
        utc = moment.astimezone(UTC)
        # the name of a look is its day or its instant: a bound that the index knows, and the instant itself
        found = self._query(
            "WHERE sheet_id = ? AND look <= ? AND look_at <= ? ORDER BY look DESC LIMIT 1",
            (sheet_id, f"{utc:%Y-%m-%dT%H:%M:%SZ}", utc.isoformat()),
        )
        return found[0] if found else None

    def last_with_column(self, sheet_id: str, column: str) -> TakenSnapshot | None:
        """The newest snapshot of a sheet in which `column` (canonical name) was there."""
        for taken in self._query("WHERE sheet_id = ? ORDER BY look DESC", (sheet_id,)):
            if column in taken.columns:
                return taken
        return None

    def _query(self, clause: str, values: Iterable[str] = ()) -> list[TakenSnapshot]:
        rows = self._database.connection().execute(
            f"SELECT {', '.join(_FIELDS)} FROM snapshots {clause}", tuple(values)
        )
        return [
            TakenSnapshot(
                **{
                    **dict(row),
                    "look_at": written.instant(row["look_at"]),
                    "columns": tuple(written.content(row["columns"])),
                    "titles": written.content(row["titles"]),
                    "simulated": bool(row["simulated"]),
                    "source_columns": tuple(SourceColumn(*each) for each in written.content(row["source_columns"])),
                    "blind_spots": tuple(
                        BlindSpot(spot["sheet"], Reason(spot["reason"]), spot["detail"])
                        for spot in written.content(row["blind_spots"])
                    ),
                }
            )
            for row in rows
        ]


class ScratchSnapshots(Snapshots):
    """Snapshots of a dry run: new ones are kept in memory, taken ones are read from the real folder."""

    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database, folder)
        self._kept: dict[str, pl.DataFrame] = {}

    def save(self, frame: pl.DataFrame) -> tuple[str, str]:
        name = f"scratch-{len(self._kept)}"
        self._kept[name] = frame
        return name, name

    def load(self, snapshot: TakenSnapshot) -> pl.DataFrame:
        return self._kept[snapshot.file] if snapshot.file in self._kept else super().load(snapshot)

    def columns(self, snapshot: TakenSnapshot, titles: Collection[str]) -> pl.DataFrame:
        kept = self._kept.get(snapshot.file)
        return super().columns(snapshot, titles) if kept is None else kept.select(titles)

    def load_file(self, name: str) -> pl.DataFrame:
        return self._kept[name] if name in self._kept else super().load_file(name)
