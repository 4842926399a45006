"""Questions about the events that seal documents, and those that tell where they went. Nothing here writes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from audit_core.store.database import Database
from audit_core.store.kept_files import ACCESS_PACK_MADE, PACKET_EMPTIED, PACKET_MADE
from audit_core.store.ledger import SCHEMA

REPORT_MADE: Final = "report_made"
MADE: Final = (REPORT_MADE, PACKET_MADE, ACCESS_PACK_MADE)

_VARIANT: Final = "json_extract(evidence, '$.variant')"
# the worksheet By person is for those alone who may see how single people edit
_PEOPLE: Final = "coalesce(json_extract(evidence, '$.request.people'), 0)"
_FITS: Final = f""" action IN (SELECT value FROM json_each(:actions)) AND (:people OR NOT {_PEOPLE})
  AND (:week = '' OR week_ending = :week
       OR EXISTS (SELECT 1 FROM json_each(evidence, '$.filter.week') WHERE value = :week))
  AND (:work_request = '' OR work_request = :work_request)
  AND (:text = '' OR instr(lower(issue_description || ' ' || coalesce(work_request, '') || ' '
       || coalesce(week_ending, '') || ' ' || coalesce(changed_by, '')), lower(:text)) > 0)
"""
_STEP: Final = ("subscription", "to", "document_event_id", "hook", "round", "try", "said", "temporary")


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
        asked = _asked(actions, week, work_request, text, people=people) | {"limit": limit, "offset": offset}
        return self._rows(f"WHERE {_FITS} ORDER BY event_id DESC LIMIT :limit OFFSET :offset", asked)

    def ids(self, actions: Sequence[str], week: str, work_request: str, text: str, *, people: bool) -> list[int]:
        """The events of all that fit, the newest first."""
        asked = _asked(actions, week, work_request, text, people=people)
        return self._ids(f"WHERE {_FITS} ORDER BY event_id DESC", asked)

    def counts(
        self, actions: Sequence[str], week: str, work_request: str, text: str, *, people: bool
    ) -> dict[str, int]:
        """How many fit, by action."""
        found = self._database.connection().execute(
            f"SELECT action, count(*) FROM audit_events WHERE {_FITS} GROUP BY action",
            _asked(actions, week, work_request, text, people=people),
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

    def newest_report(self, by: str) -> int | None:
        """The event of the newest whole audit workbook that somebody (or a job) made for others; None where none is.

        It is not of the newest look alone, and has no worksheet By person.
        """
        found = self._ids(
            f"""WHERE action = '{REPORT_MADE}' AND changed_by = :by AND NOT {_PEOPLE}
            AND coalesce(json_extract(evidence, '$.request.kind'), 'audit') = 'audit' ORDER BY event_id DESC LIMIT 1""",
            {"by": by},
        )
        return found[0] if found else None

    def newest_packets(self, first_week: str) -> list[int]:
        """The events of the newest version of every packet from a week on that has lines, the earliest made first."""
        found = self._database.connection().execute(
            f"""SELECT max(event_id) AS newest, action FROM audit_events
            WHERE action IN ('{PACKET_MADE}', '{PACKET_EMPTIED}') AND week_ending >= :week
            GROUP BY work_request, week_ending, {_VARIANT} HAVING action = '{PACKET_MADE}' ORDER BY newest""",
            {"week": first_week},
        )
        return [row[0] for row in found]

    def steps(self, actions: Sequence[str], document: int | None = None) -> list[dict[str, Any]]:
        """`event_id, action, timestamp, audit_run_id` and what is sealed of each step of deliveries, as recorded.

        `document`: of one document alone.
        """
        names = ("event_id", "action", "timestamp", "audit_run_id", *_STEP)
        columns = (*names[:4], *(f"json_extract(evidence, '$.{name}')" for name in _STEP))
        found = self._database.connection().execute(
            f"""SELECT {", ".join(columns)} FROM audit_events
            WHERE action IN (SELECT value FROM json_each(:actions))
            AND (:document IS NULL OR json_extract(evidence, '$.document_event_id') = :document) ORDER BY event_id""",
            {"actions": json.dumps(actions), "document": document},
        )
        return [dict(zip(names, row, strict=True)) for row in found]

    def _rows(self, clause: str, values: Mapping[str, object]) -> list[dict[str, Any]]:
        asked = f"SELECT {', '.join(SCHEMA)} FROM audit_events {clause}"
        rows = [dict(zip(SCHEMA, row, strict=True)) for row in self._database.connection().execute(asked, values)]
        newest = self._newest({row["week_ending"] for row in rows if row["action"] == PACKET_MADE})
        return [{**row, "newest": newest.get(row["event_id"], row["event_id"])} for row in rows]

    def _newest(self, weeks: Iterable[str]) -> dict[int, int]:
        """The event of every version of the packets of some weeks → that of the packet's newest version."""
        found = self._database.connection().execute(
            f"""SELECT event_id, max(event_id) OVER (PARTITION BY work_request, week_ending, {_VARIANT})
            FROM audit_events WHERE action IN ('{PACKET_MADE}', '{PACKET_EMPTIED}')
            AND week_ending IN (SELECT value FROM json_each(?))""",
            (json.dumps(sorted(weeks)),),
        )
        return {row[0]: row[1] for row in found}

    def _ids(self, clause: str, values: Mapping[str, object]) -> list[int]:
        found = self._database.connection().execute(f"SELECT event_id FROM audit_events {clause}", values)
        return [row[0] for row in found]


def _asked(actions: Sequence[str], week: str, work_request: str, text: str, *, people: bool) -> dict[str, object]:
    return {
        "actions": json.dumps(actions), "week": week, "work_request": work_request, "text": text, "people": people,
    }  # fmt: skip
