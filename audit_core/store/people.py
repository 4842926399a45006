"""What the trail knows of people: the edits of all who are named, and everything that names one of them."""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.changes.who import PEOPLES_EVIDENCE
from audit_core.judging.echoes import ECHOING
from audit_core.store.figures import changed_at, frame
from audit_core.store.queries import Queries

_UTC: Final = ZoneInfo("UTC")
EDITS: dict[str, pl.DataType] = {
    "who": pl.String(),
    "evidence": pl.String(),
    "at": pl.Datetime("us", "UTC"),
    "sheet_name": pl.String(),
    "column": pl.String(),
    "old_value": pl.String(),
    "new_value": pl.String(),
    "after_lock": pl.Int64(),
    "money_cents": pl.Int64(),
}
"""One edit: who (null: a formula), the evidence for that, when it is known to have been, what it changed, whether it
came after the lock (1, 0, null: possibly, or no week), and the cents that it moved."""


class People(Queries):
    """The trail, asked about people."""

    def edits(self, since: datetime) -> pl.DataFrame:
        """Every change (EDITS, oldest first) since then that a person made, by people's evidence, or a machine."""
        known = pl.col("who_evidence").is_in([*PEOPLES_EVIDENCE, *ECHOING])
        (found,) = self._copy.collect(
            lambda events: (
                events.filter((pl.col("kind") == "change") & known & _since(since))
                .sort("event_id")
                .select(
                    who="changed_by",
                    evidence="who_evidence",
                    at=changed_at(_UTC),
                    sheet_name="sheet_name",
                    column="column_name",
                    old_value="old_value",
                    new_value="new_value",
                    after_lock="is_historical",
                    money_cents="money_cents",
                )
            )
        )
        return found

    def numbers(self) -> pl.DataFrame:
        """`who` (in small letters), `number`: whoever made a change by people's evidence, under the number of the first
        such event. It never moves, and can stand where an e-mail should not.
        """
        (found,) = self._copy.collect(
            lambda events: (
                events.filter((pl.col("kind") == "change") & pl.col("who_evidence").is_in(PEOPLES_EVIDENCE))
                .group_by("changed_by")
                .agg(number=pl.col("event_id").min())
            )
        )
        lower = pl.col("changed_by").str.to_lowercase()
        return found.drop_nulls().group_by(who=lower).agg(pl.col("number").min()).sort("number")

    def authors(self, events: Collection[int], incidents: Collection[int], since: datetime) -> pl.DataFrame:
        """`event_id, incident_id, who` (in small letters) of the changes since then, by people's evidence, among some
        events and in some incidents.
        """
        among = pl.col("event_id").is_in(list(events)) | pl.col("incident_id").is_in(list(incidents)).fill_null(
            value=False
        )
        peoples = (pl.col("kind") == "change") & pl.col("who_evidence").is_in(PEOPLES_EVIDENCE)
        (found,) = self._copy.collect(
            lambda told: (
                told.filter(among & peoples & _since(since))
                .sort("event_id")
                .select("event_id", "incident_id", who=pl.col("changed_by").str.to_lowercase())
            )
        )
        return found

    def flagged(self, since: datetime) -> pl.DataFrame:
        """`event_id, incident_id, who` (in small letters), `rule` of the changes since then, by people's evidence, that
        have a severity.
        """
        peoples = (pl.col("kind") == "change") & pl.col("who_evidence").is_in(PEOPLES_EVIDENCE)
        (found,) = self._copy.collect(
            lambda events: (
                events.filter(peoples & pl.col("severity").is_not_null() & _since(since))
                .sort("event_id")
                .select("event_id", "incident_id", rule="violation_type", who=pl.col("changed_by").str.to_lowercase())
            )
        )
        return found

    def naming(self, email: str) -> pl.DataFrame:
        """Sealed columns of every event that names a person.

        As its author, among those who could have been it, or in the sentence of something done with the app.
        """
        name = re.escape(email.lower())
        by = pl.col("changed_by").str.to_lowercase() == email.lower()
        among = pl.col("who_evidence").str.to_lowercase().str.contains(rf"(^one of |, ){name}($|, | and )")
        told = pl.col("issue_description").str.to_lowercase().str.contains(rf"(^|[^\w.+-]){name}($|[^\w-])")
        named = pl.any_horizontal(by, among, (pl.col("kind") == "action") & told)
        (found,) = self._copy.collect(lambda events: events.filter(named).select("event_id").sort("event_id"))
        return self._in_full(found["event_id"].to_list())

    def shares(self, email: str) -> pl.DataFrame:
        """`day, until, sheet_id, name, level, through`: how the person could reach each sheet, and when."""
        names = ("day", "until", "sheet_id", "name", "level", "through")
        found = self._rows(
            f"SELECT {', '.join(names)} FROM sheet_shares WHERE lower(email) = lower(?) ORDER BY day, sheet_id",
            (email,),
        )
        return frame(found, dict.fromkeys(names, pl.String()))

    def account(self, email: str) -> dict[str, Any] | None:
        """The row of user_permissions, without any password; None for somebody never seen."""
        names = (
            "email",
            "role",
            "last_login",
            "access_level",
            "department",
            "supervisor",
            "active",
            "last_review_date",
        )
        found = self._rows(f"SELECT {', '.join(names)} FROM user_permissions WHERE lower(email) = lower(?)", (email,))
        return dict(zip(names, found[0], strict=True)) if found else None

    def attempts(self, email: str) -> pl.DataFrame:
        """`at, ip_address, failed`: each attempt to sign in with the address."""
        found = self._rows(
            "SELECT at, ip_address, failed FROM sign_in_attempts WHERE lower(email) = lower(?) ORDER BY at", (email,)
        )
        return frame(found, {"at": pl.String(), "ip_address": pl.String(), "failed": pl.Int64()})


def _since(at: datetime) -> pl.Expr:
    """Events that were then or later: by the time of the change, else of its recording."""
    return pl.coalesce("changed_at", "timestamp").str.slice(0, 19) >= f"{at:%Y-%m-%dT%H:%M:%S}"
