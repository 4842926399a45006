"""Which changed cells are worth a question to the source's own history, in which order, and what the answers say.

A question costs a tenth of what Smartsheet allows in a minute, so only cells that matter and are undecided are asked
about, and of many alike a few. What callbacks tell costs nothing and comes first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.changes.callbacks import answers_of
from audit_core.changes.cells import CellRef, CellVersion, Histories
from audit_core.changes.structure import Column
from audit_core.changes.transitions import Transition, transition
from audit_core.changes.who import ANSWER_SCHEMA
from audit_core.judging.acts import ordinary
from audit_core.sheets import BY_NAME, Concept, LockCalendar, Sheet
from audit_core.sheets.parsers import canonical
from audit_core.store.store import Store

ALIKE = 20
"""From more changes than this of one column by one writer of rows, only SAMPLE are asked about."""
SAMPLE = 5
_GROUP = ("sheet_id", "column", "a_modified_by", "story")
_CLOCKS_APART = timedelta(minutes=15)
"""Callbacks bear our time of arrival, looks the source's time."""


@dataclass(frozen=True, slots=True)
class Questions:
    """`cells`: judged changes to ask about, the most telling first. `alike`: how many were left out as alike."""

    cells: pl.DataFrame
    alike: int


def worth_asking(events: pl.DataFrame) -> Questions:
    """The undecided changes among judged ones that break a rule or move money, by risk × money.

    Where a change has a severity somebody will be asked about it, so the last writer of the row is not enough for it.
    """
    if "undecided" not in events.columns:
        return Questions(events.clear(), 0)
    matter = pl.col("suspect") | ~ordinary() | (pl.col("money_cents") != 0) | (pl.col("delta").fill_null(0) != 0)
    grave = pl.col("severity").is_not_null() & (pl.col("who_evidence") == "row writer")
    found = events.filter((pl.col("undecided") & matter | grave) & pl.col("undecided").is_not_null())
    weight = pl.col("risk_score") * (1 + pl.col("money_cents").abs() / 100)
    ordered = found.sort(weight, "sheet_id", "row_id", "column", descending=[True, False, False, False])
    many = pl.len().over(_GROUP) > ALIKE
    asked = ordered.filter(~many | (pl.int_range(pl.len()).over(_GROUP) < SAMPLE))
    return Questions(asked, ordered.height - asked.height)


def refs(questions: Questions, sheets: Mapping[str, Sheet]) -> list[CellRef]:
    """The cells to ask about, by their sheets' own titles."""
    made = []
    for sheet_id, row_id, column in questions.cells.select("sheet_id", "row_id", "column").iter_rows():
        made.append(CellRef(sheet_id, row_id, sheets[sheet_id].titles.title_of(column) or column))
    return made


def answers(
    questions: Questions, histories: Histories, sheets: Mapping[str, Sheet], zone: ZoneInfo
) -> dict[str, pl.DataFrame]:
    """Sheet id → what its cells' histories say of the changes asked about (see changes.who.ANSWER_SCHEMA)."""
    told: dict[str, list[tuple[str, str, str | None, datetime, str]]] = {}
    columns = ("sheet_id", "row_id", "column", "new_value", "b_modified_at", "a_modified_at")
    for row, ref in zip(questions.cells.select(columns).iter_rows(), refs(questions, sheets), strict=True):
        sheet_id, row_id, column, new_value, since, until = row
        known = BY_NAME[column].concept if column in sheets[sheet_id].titles.mapping.values() else Concept.TEXT
        version = _wrote(histories.known.get(ref, ()), new_value, since, until, known, zone)
        if version is not None:
            told.setdefault(sheet_id, []).append(
                (row_id, column, version.changed_by, version.changed_at, "cell history")
            )
    return {sheet_id: pl.DataFrame(rows, schema=ANSWER_SCHEMA, orient="row") for sheet_id, rows in told.items()}


def _wrote(
    versions: tuple[CellVersion, ...],
    value: str | None,
    since: datetime | None,
    until: datetime | None,
    concept: Concept,
    zone: ZoneInfo,
) -> CellVersion | None:
    """The version that put `value` there: the newest with it that is no younger than the row as it was read.

    The row's own times bound it, so that neither clock of a look can let in what was written later, or long before.
    """
    for version in versions:
        if until is not None and version.changed_at > until:
            continue
        if since is not None and version.changed_at < since:
            return None
        text = canonical(version.value, concept, zone) or None if version.value is not None else None
        if text == value and version.changed_by is not None:
            return version
    return None


def by_callbacks(
    moves: Sequence[Transition], columns: Mapping[str, Sequence[Column]], store: Store
) -> dict[str, pl.DataFrame]:
    """Sheet id → what callbacks since the last look say of the changes. `columns`: each sheet's own, with their ids."""
    told: dict[str, pl.DataFrame] = {}
    for move in moves:
        step, ids = move.step, {column.title: column.id for column in columns[move.step.sheet_id]}
        if step.earliest is None or not ids or move.changes.is_empty():
            continue
        bodies = store.callbacks.bodies(step.sheet_id, step.earliest - _CLOCKS_APART)
        if not bodies:
            continue
        from audit_core.sources.smartsheet.callbacks import touches  # noqa: PLC0415  (the SDK takes half a second)

        names = {name: step.after.titles.title_of(name) or name for name in move.changes["column"].unique()}
        answered = answers_of(
            move.changes,
            [touch for body in bodies for touch in touches(body)],
            {name: ids[title] for name, title in names.items() if title in ids},
            {share.user_id: share.email for share in store.shares.newest(step.sheet_id)[1] if share.email},
            (step.earliest, step.latest),
        )
        if not answered.is_empty():
            told[step.sheet_id] = answered
    return told


def retold(
    moves: Sequence[Transition], calendar: LockCalendar, *answered: Mapping[str, pl.DataFrame]
) -> list[Transition]:
    """The moves with what is known of single cells' writers, by sheet; no cell is answered twice."""
    made = []
    for move in moves:
        parts = [each[move.step.sheet_id] for each in answered if move.step.sheet_id in each]
        made.append(transition(move.step, calendar, pl.concat(parts)) if parts else move)
    return made
