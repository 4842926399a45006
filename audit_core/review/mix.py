"""Rounds of ten to look at: mostly what is on top, a little of what is known least, and one drawn at random.

What is on top was put there by the score, so looking only there can never tell what the score misses. The one random
story of each round can: it is the ground of every honest estimate (see precision.py).
"""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

import polars as pl

from audit_core.actors import Actor
from audit_core.permissions import Permission, require
from audit_core.review.dispositions import KIND as DISPOSITION
from audit_core.review.dispositions import Verdict
from audit_core.review.stories import stories_of
from audit_core.store.decisions import Decision
from audit_core.store.judged import Judged
from audit_core.store.store import Store

KIND: Final = "shown"
TOP, LEAST_KNOWN, RANDOM = "top", "least known", "random"
ARMS: Final[Mapping[str, int]] = {TOP: 7, LEAST_KNOWN: 2, RANDOM: 1}
"""Why a story is in a round → how many of a round are there for that."""

BAND: Final = (0.90, 0.995)
"""(above, up to and with): the percentiles of risk from which the random story is drawn."""

_MONEY: Final = ((100_000, 1.0), (1_000_000, 1.5), (10_000_000, 2.0))
_MOST: Final = 2.5
_SUBJECT: Final = "round"


@dataclass(frozen=True, slots=True)
class Item:
    """One story of a round. `probability`: how likely its arm was to draw it, after the arms before it had drawn.

    `priority`: risk × money band, by which the top is taken.
    """

    subject: str
    arm: str
    probability: float
    priority: float
    risk_score: float


@dataclass(frozen=True, slots=True)
class Round:
    """One round as it was shown. `newest`: the newest change or finding then; `review`: the cut-off in force."""

    number: int
    items: tuple[Item, ...]
    newest: int
    review: float
    stories: int

    def to_json(self) -> dict[str, Any]:
        """As the content of a decision."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Round":
        """From the content of a decision."""
        return cls(**{**content, "items": tuple(Item(**each) for each in content["items"])})


def round_of(stories: pl.DataFrame, review: float, seed: str) -> pl.DataFrame:
    """The columns of Item, in the order in which they are looked at. `stories`: see stories.stories.

    `review`: the risk from which a story is an alert. The top and the least known are alerts; the random one is any
    story of the band. What is judged already is left out. The same stories and seed give the same round.
    """
    generator = random.Random(seed)  # noqa: S311 - a draw to be repeated, not a secret
    free = (
        stories.filter(pl.col("verdict").is_null())
        .with_columns(priority=pl.col("risk_score") * _money_band())
        .sort("priority", "risk_score", "subject", descending=[True, True, False])
    )
    alert = pl.col("risk_score") >= review
    top = _shown(free.filter(alert).head(ARMS[TOP]), TOP, 1.0)
    rest = free.join(top, on="subject", how="anti", maintain_order="left")
    low, high = BAND
    band = rest.filter((pl.col("percentile") > low) & (pl.col("percentile") <= high))
    drawn = _drawn(band, ARMS[RANDOM], RANDOM, generator)
    rest = rest.filter(alert).join(drawn, on="subject", how="anti", maintain_order="left")
    known = stories.filter(pl.col("verdict").is_in([Verdict.CONFIRMED, Verdict.FALSE_ALARM]))["reason_type"].to_list()
    parts, left = [], ARMS[LEAST_KNOWN]
    for reason_type in sorted(rest["reason_type"].unique(), key=lambda each: (known.count(each), each or "")):
        alike = rest.filter(pl.col("reason_type").eq_missing(reason_type))
        parts.append(_drawn(alike, left, LEAST_KNOWN, generator))
        left -= parts[-1].height
    return pl.concat([top, *parts, drawn])


def next_round(store: Store, review: float, actor: Actor, now: datetime, day: date) -> Round:
    """The round to look at now, recorded as shown. `review`: the risk from which on there is an alert in force.

    The newest round is shown again while nothing of anything was decided since and no look told of something new: the
    random story cannot be drawn again until a dull one has become a better one. `day`: the business day of now.
    Raises NotAllowed.
    """
    require(actor, Permission.DRAW_ROUNDS)
    shown = store.decisions.all(KIND)
    newest = Judged(store.database).newest()
    if shown and (last := _round(shown[-1])).newest == newest and last.review == review:
        judged = store.decisions.all(DISPOSITION)
        if not judged or judged[-1].decision_id < shown[-1].decision_id:
            return last
    told = stories_of(store, day)
    number = len(shown) + 1
    chosen = round_of(told, review, seed=f"{number}:{store.events()}")
    made = Round(number, tuple(Item(**row) for row in chosen.iter_rows(named=True)), newest, review, told.height)
    names = ", ".join(item.subject.replace(":", " ") for item in made.items) or "nothing, as nothing is left to look at"
    store.decisions.record(KIND, _SUBJECT, made.to_json(), f"Review round {number} was shown: {names}.", actor, now)
    return made


def rounds(store: Store) -> list[Round]:
    """Every round that was shown, the first one first."""
    return [_round(each) for each in store.decisions.all(KIND)]


def probabilities(shown: Sequence[Round]) -> dict[str, float]:
    """Subject → how likely it was to be shown in any of these rounds, for those that were.

    One that was drawn at random and would have been among the top of a later round was sure to be shown.
    """
    found: dict[str, float] = {}
    missed = 1.0
    for each in shown:
        for item in each.items:
            missed *= 1 - item.probability if item.arm == RANDOM else 1
    lowest = math.inf  # the priority down to which the tops of later rounds reached
    for each in reversed(shown):
        for item in each.items:  # the first round that showed it has the last word
            likely = 1 - missed if item.arm == RANDOM else item.probability
            found[item.subject] = 1.0 if item.priority >= lowest else likely
        lowest = min([lowest, *(item.priority for item in each.items if item.arm == TOP)])
    return found


def _round(decision: Decision) -> Round:
    return Round.from_json(decision.content)


def _money_band() -> pl.Expr:
    """1 below $1,000 of money moved either way, then 1.5, from $10,000 on 2, from $100,000 on 2.5."""
    cents = pl.col("money_cents").fill_null(0).abs()
    band = pl.lit(_MOST)
    for below, factor in reversed(_MONEY):
        band = pl.when(cents < below).then(factor).otherwise(band)
    return band


def _drawn(alike: pl.DataFrame, wanted: int, arm: str, generator: random.Random) -> pl.DataFrame:
    """Up to so many of these, drawn without preference."""
    size = min(wanted, alike.height)
    places = sorted(generator.sample(range(alike.height), size))
    return _shown(alike[places], arm, size / alike.height if size else 1.0)


def _shown(chosen: pl.DataFrame, arm: str, probability: float) -> pl.DataFrame:
    return chosen.select(
        "subject", pl.lit(arm).alias("arm"), pl.lit(probability).alias("probability"), "priority", "risk_score"
    )
