"""What the record knows of everybody's access: what they did here, what they edited, whom sheets are shared with.

Nothing here writes but `reviewed`, which notes on accounts when their access was reviewed last.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core import written
from audit_core.changes.who import OWN_WRITE, PEOPLES_EVIDENCE
from audit_core.errors import VerificationFailed
from audit_core.judging.echoes import ECHOING
from audit_core.store.figures import changed_at
from audit_core.store.queries import Queries
from audit_core.store.sealed_accounts import ADDED, CHANGED, DISABLED, ROLE_CHANGED

SIGNED: Final = "access_signature"
"""The kind of the decisions by which access reviews are signed."""

FOR_ANOTHER: Final = "for another"
"""The act of who set another's password or ended another's session."""

_NOBODYS: Final = (*PEOPLES_EVIDENCE, *ECHOING, OWN_WRITE, "imported")
"""Evidence that names a writer, be it a machine, or is of another program's record."""

_WHO: Final = """lower(coalesce(json_extract(evidence, '$.email'),
    substr(issue_description, 1, instr(issue_description, ' ') - 1)))"""
"""SQL: whose account an event is about; of before accounts were sealed, as its sentence begins."""


class AccessFacts(Queries):
    """The trail, asked about who uses what."""

    def acts(self, since: str) -> list[tuple[str, str, str | None, str | None, int, str, int]]:
        """(who in small letters, action, kind of the decision, its act, how many since then, last time, last event).

        Of everything done with the app by somebody known; `since`: ISO, UTC. The act of a password or a session is
        FOR_ANOTHER where it was another's.
        """
        return self._rows(
            """SELECT lower(changed_by), action,
            CASE WHEN action = 'decided' THEN json_extract(evidence, '$.kind') END AS decided,
            CASE WHEN action = 'decided' THEN json_extract(evidence, '$.content.act')
            WHEN action = 'password_changed' AND lower(json_extract(evidence, '$.email')) != lower(changed_by)
            THEN ?2
            WHEN action = 'session_ended'
            AND instr(lower(issue_description), ' of ' || lower(changed_by) || ' ') = 0 THEN ?2 END AS act,
            sum(timestamp >= ?1), max(timestamp), max(event_id) FROM audit_events
            WHERE kind = 'action' AND changed_by IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 7""",
            [since, FOR_ANOTHER],
        )

    def let_in(self) -> dict[str, tuple[str, int]]:
        """E-mail → (time, event) of the newest event that let somebody in."""
        return self._accounts_events(ADDED)

    def shut_out(self) -> dict[str, tuple[str, int]]:
        """E-mail → (time, event) of the newest event that ended somebody's access."""
        return self._accounts_events(DISABLED)

    def _accounts_events(self, action: str) -> dict[str, tuple[str, int]]:
        rows = self._rows(
            f"""SELECT {_WHO}, timestamp, event_id
            FROM audit_events WHERE action = ? AND kind = 'action' ORDER BY event_id""",
            [action],
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    def begun(self, email: str | None = None) -> dict[str, str]:
        """E-mail → time from which somebody has had their role here without a break, of one person or of all.

        It begins anew with each other role, with being let in again, and for a guest with being none any more.
        """
        rows = self._rows(
            f"""SELECT {_WHO} AS who, timestamp, action, CASE WHEN json_extract(evidence, '$.active')
            AND json_extract(evidence, '$.room') IS NULL THEN json_extract(evidence, '$.role') END FROM audit_events
            WHERE action IN (?, ?, ?, ?) AND kind = 'action' AND (?5 IS NULL OR who = ?5) ORDER BY event_id""",
            [ADDED, DISABLED, ROLE_CHANGED, CHANGED, email],
        )
        begun: dict[str, str] = {}
        held: dict[str, str | None] = {}
        for who, at, action, role in rows:
            if action == ADDED or (role is not None and role != held.get(who)):
                begun[who] = at
            held[who] = role
        return begun

    def edits(self, zone: ZoneInfo, since: date) -> pl.DataFrame:
        """`who` (small letters), `sheet_id, last` (business day), `event` (the newest), `n, recent` (since that day).

        Changes by people's evidence. Where the time of a change is not known, the day of its look counts.
        """
        day = pl.coalesce(changed_at(zone).dt.date(), pl.col("look").str.slice(0, 10).str.to_date(strict=False))
        (found,) = self._copy.collect(
            lambda events: (
                events.filter((pl.col("kind") == "change") & pl.col("who_evidence").is_in(PEOPLES_EVIDENCE))
                .with_columns(day=day, who=pl.col("changed_by").str.to_lowercase())
                .drop_nulls("who")
                .group_by("who", "sheet_id")
                .agg(
                    last=pl.col("day").max(),
                    event=pl.col("event_id").max(),
                    n=pl.len().cast(pl.Int64),
                    recent=(pl.col("day") >= since).sum().cast(pl.Int64),
                )
            )
        )
        return found.sort("who", "sheet_id")

    def unnamed(self, since: date) -> dict[str, int]:
        """Sheet id → changes since then that name nobody for certain."""
        (found,) = self._copy.collect(
            lambda events: (
                events.filter(
                    (pl.col("kind") == "change")
                    & ~pl.col("who_evidence").is_in(_NOBODYS).fill_null(value=False)
                    & (pl.col("look").str.slice(0, 10) >= since.isoformat())
                )
                .group_by("sheet_id")
                .agg(n=pl.len().cast(pl.Int64))
            )
        )
        return dict(found.sort("sheet_id").iter_rows())

    def first_look(self) -> date | None:
        """The day on which the record of changes begins."""
        found = self._rows("SELECT min(look_at) FROM snapshots")[0][0]
        return written.day(found[:10]) if found else None

    def newest_look(self) -> date | None:
        """The day of the newest look."""
        found = self._rows("SELECT max(look_at) FROM snapshots")[0][0]
        return written.day(found[:10]) if found else None

    def looked_at(self) -> dict[str, tuple[str, str]]:
        """Sheet id → (the oldest, the newest look of it), ISO."""
        return {
            row[0]: (row[1], row[2])
            for row in self._rows("SELECT sheet_id, min(look_at), max(look_at) FROM snapshots GROUP BY 1")
        }

    def shared(self) -> list[tuple[str, str, str, str]]:
        """(sheet id, the first day on which the shares were so, e-mail in small letters, level) of every share."""
        rows = self._rows("SELECT DISTINCT sheet_id, day, lower(email), level FROM sheet_shares ORDER BY 1, 2, 3, 4")
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    def last_shared(self) -> dict[str, str]:
        """E-mail (small letters) → the last day (ISO) on which somebody was seen among the shares of any sheet."""
        rows = self._rows("SELECT lower(email), max(until) FROM sheet_shares WHERE email != '' GROUP BY 1")
        return {row[0]: row[1] for row in rows}

    def active_accounts(self) -> int:
        """How many people may use the app."""
        return int(self._rows("SELECT count(*) FROM user_permissions WHERE role IS NOT NULL AND active = 1")[0][0])


def note_reviewed(connection: sqlite3.Connection, emails: Iterable[str], day: date) -> None:
    """Note on accounts, in the caller's transaction, that their access was reviewed."""
    connection.execute(
        """UPDATE user_permissions SET last_review_date = ?
        WHERE lower(email) IN (SELECT value FROM json_each(?))""",
        (day.isoformat(), json.dumps(sorted(emails))),
    )


def check_review_dates(connection: sqlite3.Connection) -> None:
    """Raise VerificationFailed where an account says that it was reviewed and no signature does.

    A ledger that continues another one takes over what that one said up to then.
    """
    rows = connection.execute(
        "SELECT lower(email), last_review_date FROM user_permissions WHERE last_review_date IS NOT NULL"
    ).fetchall()
    if not rows:
        return
    signed: dict[str, set[str]] = {}
    for content, at in connection.execute("SELECT content, decided_at FROM decisions WHERE kind = ?", (SIGNED,)):
        said: Mapping[str, object] = written.content(content)
        for email in said.get("reviewed") or ():  # type: ignore[attr-defined]
            signed.setdefault(str(email), set()).add(str(said.get("day") or at[:10]))
    before = connection.execute(
        "SELECT min(timestamp) FROM audit_events WHERE action = 'ledger_continued' AND kind = 'action'"
    ).fetchone()[0]
    for email, day in rows:
        if day not in signed.get(email, ()) and not (before and day <= before[:10]):
            raise VerificationFailed(f"The account of {email} says it was reviewed on {day}; no signature says so.")
