"""Notices about the sheets: what is risky, what is about to lock, and what could not be seen."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

import polars as pl

from audit_core import written
from audit_core.alerts.notice import Found
from audit_core.alerts.sight import Sight
from audit_core.blind_spots import CURE, Reason
from audit_core.filters import EventFilter
from audit_core.forecast.todo import Choice, todo
from audit_core.review.dispositions import newest_dispositions
from audit_core.review.stories import stories
from audit_core.review.suppressions import held_now
from audit_core.rules.base import counted, money_text
from audit_core.store.alerts import GRAVE
from audit_core.store.forecasts import Forecasts
from audit_core.store.runs import DONE
from audit_core.store.unread import unread_sheets

NEWS: Final = timedelta(days=14)
"""So long a look is news; what is still undecided then waits under Review."""

BEFORE: Final = timedelta(days=2)
LIKELY: Final = 4
"""A row is worth a word before the lock when at least one in so many like it was corrected after it."""

_TOP: Final = 5
_SHORT: Final = 160
_A_DAY: Final = timedelta(days=1)
_CALM: Final = (
    Reason.COLUMN_NEW, Reason.FILE_OPEN_ENDED, Reason.HISTORY_NOT_ASKED, Reason.SHARES_NOT_READ,
    Reason.COLUMN_TYPE_UNKNOWN, Reason.SHEET_EMPTY,
)  # fmt: skip
"""Blind spots that nothing has to be done about soon; all of them stand under Operations."""


def risk(sight: Sight) -> Iterable[Found]:
    """One for each sync that recorded something grave of which anything is undecided."""
    begun = sight.known[0].raised_at if sight.known else sight.now
    since = max(sight.now - NEWS, begun - _A_DAY)
    events = sight.facts.grave(since)
    if events.is_empty():
        return
    events = events.filter(~held_now(sight.store, events, sight.workspace.today(sight.now)))
    given = newest_dispositions(sight.store)
    for (run_id,), those in events.group_by(["run_id"], maintain_order=True):
        waiting = stories(those, given).filter(pl.col("verdict").is_null())
        if waiting.height:
            yield _risk(str(run_id), those, waiting)


def _risk(run_id: str, events: pl.DataFrame, waiting: pl.DataFrame) -> Found:
    by_severity = Counter(events["severity"].to_list())
    looks = events["look"].drop_nulls().unique().sort().to_list()
    of = (
        f"the look of {looks[0]}" if len(looks) == 1 else f"looks from {looks[0]} to {looks[-1]}" if looks else "a sync"
    )
    moved = abs(int(waiting["money_cents"].sum() or 0))
    grave = ", ".join(f"{by_severity[each]:,} {each}" for each in reversed(GRAVE) if by_severity[each])
    rows = events.select(pl.struct("sheet_id", "row_id").n_unique()).item()
    sentence = f"{counted(events.height, 'finding')} of high risk ({grave}) in {of}, on {counted(rows, 'row')}: "
    sentence += f"{waiting.height:,} to decide about" + (f", moving {money_text(moved)}." if moved else ".")
    span = {"look": tuple(looks)} if len(looks) == 1 else {"since": looks[0], "until": looks[-1]} if looks else {}
    chosen = EventFilter(severity=("CRITICAL", "HIGH"), **span)
    return Found(
        "risk", f"risk:{run_id}", "CRITICAL" if by_severity["CRITICAL"] else "HIGH", sentence, "changes",
        written.instant(events["recorded"][0]), _top(events, waiting), chosen.parameters(),
    )  # fmt: skip


def _top(events: pl.DataFrame, waiting: pl.DataFrame) -> tuple[str, ...]:
    """What waits, CRITICAL first and of these the riskiest, each sentence once with how often it is said."""
    told = events.select("event_id", "severity", "sentence", "work_request")
    top = (
        waiting.join(told, left_on="riskiest", right_on="event_id", how="inner")
        .sort(pl.col("severity") != "CRITICAL", -pl.col("risk_score"), "riskiest")
        .group_by("severity", "sentence", maintain_order=True)
        .agg(n=pl.len(), work_request=pl.col("work_request").first())
        .head(_TOP)
    )
    return tuple(map(_told, top.to_dicts()))


def _told(story: Mapping[str, Any]) -> str:
    text = str(story["sentence"] or "")
    text = text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"
    where = f", {story['n']:,} times" if story["n"] > 1 else ""
    where += f", work request {story['work_request']}" if story["work_request"] and story["n"] == 1 else ""
    return f"{story['severity']}{where}: {text}"


def forecast(sight: Sight) -> Iterable[Found]:
    """One for each week that locks soon and has rows that are likely to be corrected afterwards."""
    kept = Forecasts(sight.store).newest()
    if kept is None or kept.lines.is_empty():
        return
    soon = (pl.col("locks_at") > sight.now) & (pl.col("locks_at") <= sight.now + BEFORE)
    every = pl.col("chance").str.extract(r"^1 in ([\d,]+)$").str.replace_all(",", "").cast(pl.Int64)
    likely = todo(kept, sight.workspace.calendar()).filter(soon & (every <= LIKELY))
    for (week,), those in likely.group_by(["week"], maintain_order=True):
        at = those["locks_at"][0].astimezone(sight.settings.zone)
        best = those.head(_TOP).to_dicts()
        sentence = (
            f"{counted(those.height, 'row')} of the week {week}, which locks on {at:%A at %H:%M}, "
            f"{'is' if those.height == 1 else 'are'} likely to be corrected afterwards (1 in {LIKELY} or more of rows "
            f"like these {'was' if those.height == 1 else 'were'}); together they bill "
            f"{money_text(int(those['price_cents'].sum() or 0))}."
        )
        facts = tuple(f"{each['chance']}, {each['foreman']}, {each['work_request'] or 'no work request'}: {each['why']}"
                      for each in best)  # fmt: skip
        yield Found(
            "forecast", f"forecast:{week}", "MEDIUM", sentence, "forecast", kept.made_at, facts,
            Choice(week=(str(week),)).parameters(),
        )  # fmt: skip


def unread(sight: Sight) -> Iterable[Found]:
    """One for each sheet that the newest sync was to read and did not."""
    run = sight.store.runs.newest("sync", *DONE)
    for each in unread_sheets(sight.store.database, run.run_id) if run else ():
        sheet = each.sheet or "everything"
        yield Found(
            "unread", f"unread:{each.sheet}", "HIGH", f"Not read: {sheet}. {each.detail}", "operations", each.since,
            query={"part": ["unseen"]},
        )  # fmt: skip


def blind(sight: Sight) -> Iterable[Found]:
    """One for each sheet and reason of what the newest sync read and could not see."""
    run = sight.store.runs.newest("sync", *DONE)
    if run is None:
        return
    spots = [each for each in sight.store.runs.blind_spots(run.run_id) if not each.unread and each.reason not in _CALM]
    for sheet, reason in dict.fromkeys((each.sheet, each.reason) for each in spots):
        details = [each.detail for each in spots if (each.sheet, each.reason) == (sheet, reason)]
        where = sheet or "all sheets"
        sentence = f"{reason.value.capitalize()} in {where}: {details[0]}"
        sentence += f" And {len(details) - 1:,} more like this." if len(details) > 1 else ""
        facts = (*details[1:_TOP], CURE[reason])
        yield Found(
            "blind", f"blind:{sheet}:{reason.value}", "MEDIUM", sentence, "operations", None, facts,
            {"part": ["unseen"]},
        )  # fmt: skip
