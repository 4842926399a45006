"""One editor's figures beside their own past and beside the others. Pure: a frame of edits in, profiles out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from audit_core.judging.echoes import ECHOING
from audit_core.profiles.measures import MEASURES, Measure, Value, hours, measured, prepared

MIN_PEERS: Final = 3
"""So many others with enough edits before anybody is held against them."""

RECENT: Final = timedelta(days=28)
"""What is held against one's own past."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the others do: the median and the range from the 10th to the 90th percentile of `n` editors."""

    median: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one editor: of all the time, of the last RECENT, and of the time before that.

    `peers` None: too few others. `words`: how it stands among the others, neutral.
    """

    name: str
    title: str
    whole: Value
    recent: Value
    before: Value
    peers: Comparison | None
    words: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One editor. `machine`: a formula or an automation, which is compared with nobody.

    `evidence`: label → edits, so that everybody sees how it is known. `hours`: edits in each hour of the business day.
    `figures` is empty below the minimum; `words` says so.
    """

    who: str
    machine: bool
    edits: int
    weeks: int
    first: datetime | None
    last: datetime | None
    evidence: Mapping[str, int]
    money_moved_cents: int
    hours: tuple[int, ...]
    figures: tuple[Figure, ...]
    words: str


def named(edits: pl.DataFrame, zone: ZoneInfo) -> pl.DataFrame:
    """Prepared edits with `who` in small letters, and whether it is no person (`machine`)."""
    return prepared(edits, zone).with_columns(
        machine=pl.col("evidence").is_in(ECHOING), who=pl.col("who").str.to_lowercase().fill_null("a formula")
    )


def profiles(edits: pl.DataFrame, zone: ZoneInfo, now: datetime, minimum: int) -> list[Profile]:
    """The profile of everybody who edited, by name. `edits`: see store.people.EDITS; `minimum`: edits before any word.

    Recent is what came within RECENT before the newest edit of anybody: a folder of exports may end long before `now`.
    People and machines are told apart by the evidence of each edit, and only people are held against each other.
    """
    own = named(edits, zone)
    newest = own["at"].max()
    until = min(now, newest) if isinstance(newest, datetime) else now
    parts = own.partition_by("machine", "who", as_dict=True)
    editors = [(str(key[1]), bool(key[0]), part) for key, part in sorted(parts.items(), key=lambda each: str(each[0]))]
    known = {
        who: {name: value.number for name, value in measured(part, minimum).items() if value.number is not None}
        for who, machine, part in editors
        if not machine and part.height >= minimum
    }
    return [_profile(who, part, known, until, minimum, machine=machine) for who, machine, part in editors]


def _profile(
    who: str,
    own: pl.DataFrame,
    known: Mapping[str, Mapping[str, float]],
    until: datetime,
    minimum: int,
    *,
    machine: bool,
) -> Profile:
    enough = own.height >= minimum
    return Profile(
        who=who,
        machine=machine,
        edits=own.height,
        weeks=own["week"].drop_nulls().n_unique(),
        first=own["at"].min(),  # type: ignore[arg-type]
        last=own["at"].max(),  # type: ignore[arg-type]
        evidence=dict(own["evidence"].value_counts().sort("evidence").iter_rows()),
        money_moved_cents=int(own["money_cents"].abs().sum()),
        hours=hours(own) if enough else (),
        figures=_figures(who, own, known, until, minimum) if enough and not machine else (),
        words=_words(own.height, minimum, machine=machine),
    )


def _words(edits: int, minimum: int, *, machine: bool) -> str:
    if machine:
        return f"No person: {edits:,} changes by a formula or an automation, held against nobody."
    if edits < minimum:
        return f"Too few edits to say anything: {edits:,}, and it takes {minimum:,}."
    return f"{edits:,} edits."


def _figures(
    who: str, own: pl.DataFrame, known: Mapping[str, Mapping[str, float]], until: datetime, minimum: int
) -> tuple[Figure, ...]:
    lately = (pl.col("at") > until - RECENT).fill_null(value=False)
    whole, recent, before = (measured(part, minimum) for part in (own, own.filter(lately), own.filter(~lately)))
    others = [values for name, values in known.items() if name != who]
    made = []
    for each in MEASURES:
        peers = _peers([values[each.name] for values in others if each.name in values])
        words = _standing(each, whole[each.name], minimum, peers)
        made.append(Figure(each.name, each.title, whole[each.name], recent[each.name], before[each.name], peers, words))
    return tuple(made)


def _peers(values: Sequence[float]) -> Comparison | None:
    if len(values) < MIN_PEERS:
        return None
    median, low, high = (float(np.quantile(values, place)) for place in (0.5, 0.1, 0.9))
    return Comparison(median, low, high, len(values))


def _standing(measure: Measure, own: Value, minimum: int, peers: Comparison | None) -> str:
    if own.number is None:
        return f"too few edits to say ({own.n:,} of {minimum:,})"
    if peers is None:
        return "too few others to compare with"
    if own.number > peers.high:
        return measure.more
    return measure.less if own.number < peers.low else "like most"
