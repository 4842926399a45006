"""Questions about the events that seal access reviews and their evidence packs. Nothing here writes."""

from typing import Any

from audit_core.store.database import Database
from audit_core.store.kept_files import ACCESS_PACK_MADE, ACCESS_REVIEW_MADE
from audit_core.store.ledger import SCHEMA


class AccessReviewEvents:
    """The events of access reviews."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def months(self) -> list[str]:
        """The months that have a review, the newest first."""
        found = self._database.connection().execute(
            """SELECT DISTINCT json_extract(evidence, '$.month') AS month FROM audit_events
            WHERE action = ? AND kind = 'action' ORDER BY month DESC""",
            (ACCESS_REVIEW_MADE,),
        )
        return [row[0] for row in found]

    def made(self, month: str | None) -> dict[str, Any] | None:
        """The sealed columns of the event that made the review of a month (None: the newest); None where none did."""
        return self._one(ACCESS_REVIEW_MADE, month)

    def pack(self, month: str) -> dict[str, Any] | None:
        """Likewise of the event that made its evidence pack."""
        return self._one(ACCESS_PACK_MADE, month)

    def unsigned(self, kind: str) -> list[str]:
        """The months whose review no decision of that kind closed, the oldest first."""
        closed = self._database.connection().execute(
            "SELECT subject FROM decisions WHERE kind = ? AND json_extract(content, '$.closes')", (kind,)
        )
        done = {row[0].removeprefix("access:") for row in closed}
        return [month for month in reversed(self.months()) if month not in done]

    def signed_without_pack(self, kind: str) -> list[str]:
        """The months whose closing signature (a decision of that kind) no evidence pack followed, the oldest first."""
        found = self._database.connection().execute(
            """SELECT DISTINCT substr(subject, length('access:') + 1) AS month FROM decisions
            WHERE kind = ? AND json_extract(content, '$.closes') AND month NOT IN (SELECT
            json_extract(evidence, '$.month') FROM audit_events WHERE action = ? AND kind = 'action') ORDER BY 1""",
            (kind, ACCESS_PACK_MADE),
        )
        return [row[0] for row in found]

    def _one(self, action: str, month: str | None) -> dict[str, Any] | None:
        row = (
            self._database.connection()
            .execute(
                f"""SELECT {", ".join(SCHEMA)} FROM audit_events WHERE action = :action AND kind = 'action'
                AND (:month IS NULL OR json_extract(evidence, '$.month') = :month)
                ORDER BY json_extract(evidence, '$.month') DESC, event_id DESC LIMIT 1""",
                {"action": action, "month": month},
            )
            .fetchone()
        )
        return dict(zip(SCHEMA, row, strict=True)) if row else None

    def newest(self) -> int:
        """The number of the newest event of the ledger: for who has just added one, in the same transaction."""
        return int(self._database.connection().execute("SELECT max(event_id) FROM audit_events").fetchone()[0])
