"""What people (and the gate of the models) decided: append-only rows, each sealed by an event of its own.

A decision never changes. Whoever thinks otherwise decides again, and the newest decision on a subject counts.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import polars as pl

from audit_core import written
from audit_core.actors import Actor
from audit_core.errors import VerificationFailed
from audit_core.store.actions import Action, action_events
from audit_core.store.closed import require_open
from audit_core.store.database import Database
from audit_core.store.ledger import append, head

DECIDED: Final = "decided"
"""The action that seals a decision."""

_COLUMNS = "decision_id, kind, subject, content, decided_by, decided_at, event_id"


@dataclass(frozen=True, slots=True)
class NewDecision:
    """A decision to be recorded. `subject`: what it is about (`event:12`, `rule:price_mismatch`).

    `content`: JSON values. `told`: one sentence for the trail. `fields`: further columns of its event.
    """

    kind: str
    subject: str
    content: Mapping[str, Any]
    told: str
    fields: Mapping[str, str | None] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One recorded decision; `event_id` is the event that seals it."""

    decision_id: int
    kind: str
    subject: str
    content: Mapping[str, Any]
    decided_by: str
    decided_at: datetime
    event_id: int


class Decisions:
    """All decisions of an installation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self, kind: str, subject: str, content: Mapping[str, Any], told: str, actor: Actor, now: datetime
    ) -> Decision:
        """Record one decision that depends on nothing else. Raises ConfigError for a closed ledger."""
        with self.deciding() as connection:
            return decide(connection, [NewDecision(kind, subject, content, told)], actor, now)[0]

    @contextmanager
    def deciding(self) -> Iterator[sqlite3.Connection]:
        """A transaction to `decide` in: what is read in it still holds then. Raises as `record`."""
        require_open(self._database)
        with self._database.write() as connection:
            yield connection

    def all(self, kind: str, subject: str | None = None) -> list[Decision]:
        """The decisions of a kind (on one subject), oldest first."""
        return self._read("kind = ? AND (?2 IS NULL OR subject = ?2) ORDER BY decision_id", (kind, subject))

    def under(self, kind: str, subject: str) -> list[Decision]:
        """The decisions of a kind on everything under a subject (`access:2026-11:…`), oldest first."""
        return self._read(
            "kind = ?1 AND subject >= ?2 || ':' AND subject < ?2 || ';' ORDER BY decision_id", (kind, subject)
        )

    def since(self, kind: str, at: datetime) -> list[Decision]:
        """The decisions of a kind from a moment (UTC) on, oldest first."""
        return self._read("kind = ? AND decided_at >= ? ORDER BY decision_id", (kind, at.isoformat()))

    def newest(self, kind: str, subject: str) -> Decision | None:
        """The decision that counts, None where none was made."""
        found = self._read("kind = ? AND subject = ? ORDER BY decision_id DESC LIMIT 1", (kind, subject))
        return found[0] if found else None

    def newest_of_all(self, kind: str) -> list[Decision]:
        """Of each subject of a kind the decision that counts, oldest first."""
        newest = "SELECT max(decision_id) FROM decisions WHERE kind = ? GROUP BY subject"
        return self._read(f"decision_id IN ({newest}) ORDER BY decision_id", (kind,))

    def upto(self, *kinds: str) -> int:
        """The number of the newest decision of some kinds, 0 where there is none: moves when one is made."""
        found = self._database.connection().execute(
            """SELECT coalesce(max(decision_id), 0) FROM decisions
            WHERE kind IN (SELECT value FROM json_each(?))""",
            (json.dumps(kinds),),
        )
        return int(found.fetchone()[0])

    def newest_but(self, *kinds: str) -> int:
        """As `upto`, of all kinds but some."""
        found = self._database.connection().execute(
            """SELECT decision_id FROM decisions WHERE kind NOT IN (SELECT value FROM json_each(?))
            ORDER BY decision_id DESC LIMIT 1""",
            (json.dumps(kinds),),
        )
        return int((found.fetchone() or [0])[0])

    def last_number(self, kind: str) -> int:
        """The highest number that a subject of a kind was given (`view:7`), 0 before the first, whoever sees it."""
        found = self._database.connection().execute(
            """SELECT coalesce(max(CAST(substr(subject, length(kind) + 2) AS INTEGER)), 0) FROM main.decisions
            WHERE kind = ?""",
            (kind,),
        )
        return int(found.fetchone()[0])

    def told(self, kind: str) -> list[tuple[Decision, str]]:
        """The decisions of a kind, the newest first, each with the sentence of the event that seals it."""
        rows = self._database.connection().execute(
            f"""SELECT {_COLUMNS}, issue_description FROM (SELECT * FROM decisions WHERE kind = ?)
            JOIN (SELECT event_id, issue_description FROM audit_events) USING (event_id) ORDER BY decision_id DESC""",
            (kind,),
        )
        return [(_decision(row), row[7]) for row in rows]

    def _read(self, where: str, values: Sequence[object]) -> list[Decision]:
        rows = self._database.connection().execute(f"SELECT {_COLUMNS} FROM decisions WHERE {where}", values)
        return [_decision(row) for row in rows]


def _decision(row: sqlite3.Row) -> Decision:
    return Decision(row[0], row[1], row[2], written.content(row[3]), row[4], written.instant(row[5]), row[6])


def decide(
    connection: sqlite3.Connection, several: Sequence[NewDecision], actor: Actor, now: datetime
) -> list[Decision]:
    """Record decisions in the caller's transaction, with whatever else happens in it."""
    first_id = connection.execute("SELECT coalesce(max(decision_id), 0) + 1 FROM main.decisions").fetchone()[0]
    first_event = head(connection).size + 1
    actions, made = [], []
    for place, new in enumerate(several):
        content = json.loads(json.dumps(new.content))
        made.append(Decision(first_id + place, new.kind, new.subject, content, actor.email, now, first_event + place))
        sealed = {"decision_id": first_id + place, "kind": new.kind, "subject": new.subject, "content": content}
        fields = {**(new.fields or {}), "evidence": json.dumps(sealed, sort_keys=True)}
        actions.append(Action(DECIDED, new.told, actor, fields=fields))
    append(connection, action_events(actions, now) if actions else pl.DataFrame())
    connection.executemany(
        f"INSERT INTO main.decisions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                each.decision_id,
                each.kind,
                each.subject,
                json.dumps(each.content, sort_keys=True),
                each.decided_by,
                each.decided_at.isoformat(),
                each.event_id,
            )
            for each in made
        ],
    )
    return made


def check_decisions(connection: sqlite3.Connection) -> None:
    """Raise VerificationFailed with the first decision that is not as an event sealed it."""
    sealed = {}
    for event_id, evidence, by, at in connection.execute(
        """SELECT event_id, evidence, changed_by, timestamp FROM audit_events
        WHERE action = ? AND kind = 'action' ORDER BY event_id""",
        (DECIDED,),
    ):
        said = written.content(evidence)
        content = json.dumps(said["content"], sort_keys=True)
        sealed[said["decision_id"]] = (said["kind"], said["subject"], content, by, at, event_id)
    found = {row[0]: tuple(row[1:]) for row in connection.execute(f"SELECT {_COLUMNS} FROM decisions")}
    for number in sorted(sealed.keys() | found.keys()):
        if number not in found:
            raise VerificationFailed(f"Decision {number}, sealed by event {sealed[number][-1]}, is gone.")
        if sealed.get(number) != found[number]:
            raise VerificationFailed(f"Decision {number} is not as an event sealed it: it was altered or made up.")
