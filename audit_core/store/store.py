"""The store: ledger, snapshots, incidents and runs behind one door. Everything that changes state is here."""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import polars as pl

from audit_core.actors import Actor
from audit_core.blind_spots import Reason
from audit_core.changes.who import PEOPLES_EVIDENCE
from audit_core.errors import ConfigError, NotAllowed
from audit_core.judging.judge import Judgement
from audit_core.signing import Keys
from audit_core.store import anchors
from audit_core.store.actions import Action, action_events
from audit_core.store.callbacks import Callbacks
from audit_core.store.columnar import Columnar
from audit_core.store.database import Database
from audit_core.store.decisions import Decisions
from audit_core.store.features import Features
from audit_core.store.files import make_folder
from audit_core.store.leases import Leases
from audit_core.store.ledger import append, head
from audit_core.store.looks import (
    COUNT_COLUMNS,
    INCIDENT_COLUMNS,
    count_rows,
    event_rows,
    extend_incidents,
    incident_rows,
    snapshot_action,
    told_digest,
)
from audit_core.store.machine import Machine
from audit_core.store.memory import Shares, SourceMemory, note_seen
from audit_core.store.runs import Runs
from audit_core.store.settings_versions import SettingsVersions
from audit_core.store.slots import SlotRecord
from audit_core.store.snapshots import Refusal, Snapshots, TakenSnapshot
from audit_core.store.trail import Trail
from audit_core.store.upgrade import FOLDER, keep_before_upgrade

log = logging.getLogger("redline.store")


class Store:
    """One data folder: `audit.db`, `snapshots/`, `models/`, `anchors.jsonl`, `backups/`, `locks/`.

    `keys`: asked each time for what signs and what is trusted; nothing signs where there is none.
    """

    def __init__(
        self,
        data_dir: Path,
        database: Database | None = None,
        keys: Callable[[], Keys] = Keys,
        machine: Machine | None = None,
    ) -> None:
        self.data_dir = data_dir
        self.keys = keys
        self.database = database or Database(data_dir / "audit.db")
        self.snapshots = Snapshots(self.database, data_dir / "snapshots")
        self.runs = Runs(self.database)
        self.slots = SlotRecord(self.database)
        self.leases = Leases(self.database, data_dir, machine or Machine())
        self.trail = Trail(self.database)
        self.memory = SourceMemory(self.database)
        self.shares = Shares(self.database)
        self.callbacks = Callbacks(self.database)
        self.decisions = Decisions(self.database)
        self.settings_versions = SettingsVersions(self.database)
        self.columnar = Columnar(self.database)
        self.features = Features(self.database, self.columnar)
        self.anchor_file = data_dir / "anchors.jsonl"

    def create(self) -> None:
        """Make the store, or bring it up to this program's schema, with a copy of what it was. Raises ConfigError."""
        make_folder(self.data_dir)
        self.database.migrate(partial(keep_before_upgrade, self.database, self.data_dir / FOLDER))

    def events(self) -> int:
        """How many events the ledger holds."""
        return head(self.database.connection()).size

    def commit_look(
        self, run_id: str, now: datetime, look: str, taken: Sequence[TakenSnapshot], judgement: Judgement
    ) -> int:
        """Snapshots, events, incidents and rule counts of one look: all of them, or none. Returns the events added."""
        simulated = {snapshot.sheet_id for snapshot in taken if snapshot.simulated}
        counts = count_rows(judgement, run_id, look)
        with self.database.write() as connection:
            before = head(connection).size
            first = connection.execute("SELECT coalesce(max(incident_id), 0) + 1 FROM incidents").fetchone()[0]
            incidents = incident_rows(judgement, run_id, look, first, simulated)
            offset = before + len(taken) + 1
            hits = sorted({(offset + position, rule) for position, rule in judgement.hits.drop_nulls().iter_rows()})
            sealed = {
                "judged_under": self.settings_versions.judging(),
                "told_sha256": told_digest(incidents, hits, counts),
                "told_of": [offset, offset + judgement.events.height - 1],
                **self.features.keep(connection, judgement.events, offset),
            }
            actions = [
                snapshot_action(
                    each, run_id, {**sealed, "record_sha256": self.snapshots.record(connection, each, run_id, now)}
                )
                for each in taken
            ]
            events = event_rows(judgement.events, run_id, now, look, first, simulated)
            end = append(connection, pl.concat([action_events(actions, now), events], how="diagonal"))
            connection.executemany("INSERT INTO rule_hits (event_id, rule) VALUES (?, ?)", hits)
            connection.executemany(
                f"INSERT INTO incidents ({', '.join(INCIDENT_COLUMNS)}) VALUES ({', '.join('?' * 14)})", incidents
            )
            extend_incidents(connection, judgement.events["joins"].drop_nulls().unique().to_list())
            _note_people(connection, judgement.events)
            connection.executemany(
                f"INSERT INTO rule_counts ({', '.join(COUNT_COLUMNS)}) VALUES ({', '.join('?' * 10)})", counts
            )
        return end.size - before

    def seal(self, connection: sqlite3.Connection, action: Action, now: datetime) -> None:
        """Append an action to the ledger, in the caller's transaction: what it tells of and it happen together."""
        append(connection, action_events([action], now))

    def seal_taken(self, actor: Actor, action: Action, now: datetime) -> None:
        """Append that the actor takes something away, before they have it.

        Raises NotAllowed for somebody whose scope is not that of this store: what they would take was read without it.
        """
        sight = self.database.sight
        if actor.scope is not None and (sight is None or sight.scope != actor.scope):
            raise NotAllowed(f"This was not read within the sheets of {actor.email}: open the page again.")
        with self.database.write() as connection:
            self.seal(connection, action, now)

    def refuse(self, refusal: Refusal, run_id: str) -> bool:
        """Remember that a snapshot was refused. False when exactly this content was refused before."""
        with self.database.write() as connection:
            cursor = connection.execute(
                """INSERT OR IGNORE INTO refused_snapshots
                (sheet_id, look, content_sha256, reason, detail, file, audit_run_id) VALUES (?, ?, ?, ?, ?, ?, ?)""",
                (
                    refusal.sheet_id,
                    refusal.look,
                    refusal.content_sha256,
                    refusal.reason.value,
                    refusal.detail,
                    refusal.file,
                    run_id,
                ),
            )
            return cursor.rowcount == 1

    def refusals(self, sheet_id: str) -> list[Refusal]:
        """The refused snapshots of a sheet, oldest look first."""
        rows = self.database.connection().execute(
            """SELECT sheet_id, look, content_sha256, reason, detail, file FROM refused_snapshots
            WHERE sheet_id = ? ORDER BY look""",
            (sheet_id,),
        )
        return [Refusal(row[0], row[1], row[2], Reason(row[3]), row[4], row[5]) for row in rows]

    def require_key(self) -> None:
        """Raise ConfigError where the key is missing: an unsigned anchor after one that is signed looks forged."""
        anchors.require_key(self.anchor_file, self.keys())

    def keep_anchor(self, run_id: str, now: datetime) -> None:
        """Append what the ledger is now to `anchors.jsonl`, outside the database, signed where there is a key.

        Where the key is missing none is kept, and the log says so: the next one that is signed has seen all of it.
        """
        try:
            self.require_key()
        except ConfigError as error:
            log.warning("no anchor was kept by %s: %s", run_id, error)
        else:
            signer = self.keys().signer
            anchors.keep(self.anchor_file, anchors.current(self.database.connection(), run_id, now, signer))

    def anchor_tail(self, run_id: str, now: datetime) -> int:
        """Keep an anchor if the newest one has not seen all events, such as those of people who signed in.

        Returns how many events the newest anchor has seen then.
        """
        last = anchors.newest(self.anchor_file)
        if self.events() > (last.size if last else 0):
            self.keep_anchor(run_id, now)
            last = anchors.newest(self.anchor_file)
        return last.size if last else 0


def _note_people(connection: sqlite3.Connection, events: pl.DataFrame) -> None:
    """Whoever was seen writing on an audited sheet, without any right to use the app."""
    people = events.filter(pl.col("who_evidence").is_in(PEOPLES_EVIDENCE))["changed_by"].drop_nulls().unique().sort()
    note_seen(connection, people)
