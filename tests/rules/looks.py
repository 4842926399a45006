"""One rule over two looks of one sheet: lines in, its hits out, without a store."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.changes.moves import with_moves
from audit_core.changes.transitions import SheetStep, transition
from audit_core.rules import BY_NAME, Context
from audit_core.rules.apply import apply_rules
from audit_core.sheets import LockCalendar, Sheet, read_sheet
from tests.exports import NORTH, Line

_ZONE = ZoneInfo("America/Chicago")
_LOOKS = datetime(2025, 8, 1, 5, tzinfo=UTC), datetime(2025, 8, 8, 5, tzinfo=UTC)
"""Thursdays at midnight there: week 2025-07-20 is locked, week 2025-08-10 is open."""

Hit = dict[str, Any]


def charged(rule: str, before: Sequence[Line] | None, after: Sequence[Line], **known: Any) -> list[Hit]:
    """The rule's hits on what changed between two looks; first sight where there is no `before`.

    `known`: what else the rule is told (see rules.base.Context).
    """
    return _applied(rule, before, after, known)[0]


def found(rule: str, before: Sequence[Line] | None, after: Sequence[Line], **known: Any) -> list[Hit]:
    """The rule's hits on what no change explains."""
    return _applied(rule, before, after, known)[1]


def _applied(
    rule: str, before: Sequence[Line] | None, after: Sequence[Line], known: Mapping[str, Any]
) -> tuple[list[Hit], list[Hit]]:
    earlier = None if before is None else _sheet(before)
    since = None if before is None else _LOOKS[0]
    move = transition(SheetStep("1", NORTH, earlier, _sheet(after), since, _LOOKS[1], {}), LockCalendar(_ZONE))
    (changes,) = with_moves([move.changes])
    move = replace(move, changes=changes)
    counts = [_requests(move.after if side is None else side) for side in (move.before, move.after)]
    context = replace(Context(date(2025, 8, 7), line_counts=counts[1], lines=move.after), **known)
    told = apply_rules(move, [BY_NAME[rule]], context, counts[0], {})
    assert told.blind_spots == ()
    grade = BY_NAME[rule].certainty.value
    charges, findings = (
        [hit | {"certainty": hit["certainty"] or grade} for hit in hits.iter_rows(named=True)]
        for hits in (told.charges, told.findings)
    )
    return charges, findings


def _sheet(lines: Sequence[Line]) -> Sheet:
    titles = list(dict.fromkeys(title for each in lines for title in each))
    cells = {title.replace("Row ID", "row_id"): [each.get(title) for each in lines] for title in titles}
    return read_sheet(pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String)), "1", NORTH, _ZONE)


def _requests(state: pl.DataFrame) -> dict[str, int]:
    return dict(Counter(state["work_request"].drop_nulls().to_list()))
