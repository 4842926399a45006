"""Questions about the events that seal documents, and those that tell where they went. Nothing here writes."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from audit_core.store.database import Database
from audit_core.store.ledger import SCHEMA

REPORT_MADE: Final = "report_made"
PACKET_MADE: Final = "packet_made"
PACKET_EMPTIED: Final = "packet_emptied"
"""A packet has no lines any more: what was made of it before is no longer its newest version."""

MADE: Final = (REPORT_MADE, PACKET_MADE)

# of each packet, the newest event about it; a workbook is a document of its own, so it is its own newest
_ALL: Final = f"""WITH made AS (
  SELECT {", ".join(SCHEMA)}, CASE action WHEN '{REPORT_MADE}' THEN event_id ELSE max(event_id) OVER (
    PARTITION BY action = '{REPORT_MADE}', work_request, week_ending, json_extract(evidence, '$.variant')) END AS newest
  FROM audit_events WHERE action IN ('{REPORT_MADE}', '{PACKET_MADE}', '{PACKET_EMPTIED}'))
"""
# the worksheet By person is for those alone who may see how single people edit
_PEOPLE: Final = "coalesce(json_extract(evidence, '$.request.people'), 0)"
_FITS: Final = f""" (:people OR NOT {_PEOPLE}) AND action IN (SELECT value FROM json_each(:actions))
  AND (:week = '' OR week_ending = :week
       OR EXISTS (SELECT 1 FROM json_each(evidence, '$.filter.week') WHERE value = :week))
  AND (:work_request = '' OR work_request = :work_request)
  AND (:text = '' OR instr(lower(issue_description || ' ' || coalesce(work_request, '') || ' '
       || coalesce(week_ending, '') || ' ' || coalesce(changed_by, '')), lower(:text)) > 0)
"""
_COLUMNS: Final = (*SCHEMA, "newest")


class DocumentEvents:
    """The events of documents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self, actions: Sequence[str], week: str, work_request: str, text: str, limit: int, offset: int, *, people: bool
    ) -> list[dict[str, Any]]:
        """Sealed columns of those that fit, the newest first, and `newest`: the event of the newest version of each.

        "" is no condition. `text`: in any case of the letters a–z. `people`: also those with the worksheet By person.
        """
        asked = _asked(actions, week, work_request, text, people) | {"limit": limit, "offset": offset}
        return self._rows(f"WHERE {_FITS} ORDER BY event_id DESC LIMIT :limit OFFSET :offset", asked)

    def counts(self, week: str, work_request: str, text: str, *, people: bool) -> dict[str, int]:
        """How many fit, by action."""
        found = self._database.connection().execute(
            f"{_ALL} SELECT action, count(*) FROM made WHERE {_FITS} GROUP BY action",
            _asked(MADE, week, work_request, text, people),
        )
        return {row[0]: row[1] for row in found}

    def weeks(self) -> list[str]:
        """The weeks that a document is about, the newest first."""
        found = self._database.connection().execute(
            f"""SELECT week_ending AS week FROM audit_events WHERE action = '{PACKET_MADE}' AND week_ending IS NOT NULL
            UNION SELECT value FROM audit_events, json_each(evidence, '$.filter.week') WHERE action = '{REPORT_MADE}'
            ORDER BY week DESC"""
        )
        return [row[0] for row in found]

    def some(self, event_ids: Iterable[int]) -> list[dict[str, Any]]:
        """As `page`, those of some events that seal a document, as recorded."""
        return self._rows(
            """WHERE event_id IN (SELECT value FROM json_each(:event_ids))
            AND action IN (SELECT value FROM json_each(:actions)) ORDER BY event_id""",
            {"event_ids": json.dumps(sorted(event_ids)), "actions": json.dumps(MADE)},
        )

    def newest_report(self, by: str) -> dict[str, Any] | None:
        """As `page`, the newest whole audit workbook that somebody (or a job) made for others; None where none is.

        It is not of the newest look alone, and has no worksheet By person.
        """
        found = self._rows(
            f"""WHERE action = '{REPORT_MADE}' AND changed_by = :by AND NOT {_PEOPLE}
            AND coalesce(json_extract(evidence, '$.request.kind'), 'audit') = 'audit' ORDER BY event_id DESC LIMIT 1""",
            {"by": by},
        )
        return found[0] if found else None

    def newest_packets(self, first_week: str) -> list[dict[str, Any]]:
        """As `page`, the newest version of every packet from a week on, the earliest made first."""
        return self._rows(
            f"WHERE action = '{PACKET_MADE}' AND event_id = newest AND week_ending >= :week ORDER BY event_id",
            {"week": first_week},
        )

    def deliveries(self, actions: Sequence[str]) -> list[dict[str, Any]]:
        """`event_id, action, timestamp, audit_run_id, evidence` of actions, as recorded."""
        names = ("event_id", "action", "timestamp", "audit_run_id", "evidence")
        found = self._database.connection().execute(
            f"""SELECT {", ".join(names)} FROM audit_events
            WHERE action IN (SELECT value FROM json_each(?)) ORDER BY event_id""",
            (json.dumps(actions),),
        )
        return [dict(zip(names, row, strict=True)) for row in found]

    def _rows(self, clause: str, values: dict[str, object]) -> list[dict[str, Any]]:
        found = self._database.connection().execute(f"{_ALL} SELECT {', '.join(_COLUMNS)} FROM made {clause}", values)
        return [dict(zip(_COLUMNS, row, strict=True)) for row in found]


def _asked(actions: Sequence[str], week: str, work_request: str, text: str, people: bool) -> dict[str, object]:
    return {
        "actions": json.dumps(actions), "week": week, "work_request": work_request, "text": text, "people": people,
    }  # fmt: skip
