"""How often alerts are right and how much of what is wrong they catch, as far as verdicts can say it.

The plain share of confirmed verdicts looks only at what people looked at, which is mostly the top. The fair estimate
takes what was judged for what it is, and lets the random stories speak for the rest of the band they were drawn from,
each weighted by 1 / its probability. Both say how sure they are, and neither speaks below its minimum.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from audit_core.review.dispositions import Verdict
from audit_core.review.mix import BAND, RANDOM, Round, probabilities
from audit_core.scoring.measures import wilson

MINIMUM: Final = 20
"""So many verdicts above the cut-off before their plain share is said."""

RANDOM_MINIMUM: Final = 10
"""So many judged random stories on a side of the cut-off before they speak for those of it that nobody judged."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share 0–1 with its 95 % interval, from `n` verdicts."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """What verdicts say about the alerts of a cut-off.

    `naive`: the share confirmed of all alerts that were judged. `precision`, `recall`: estimated fairly over all that
    was judged and all in the random arm's band; recall is of what is wrong in there. `beyond`: stories that are
    neither, so that nothing is said of them. `silent`: why something is None, one sentence each.
    """

    naive: Share | None
    precision: Share | None
    recall: Share | None
    beyond: int
    silent: tuple[str, ...]


def estimate(stories: pl.DataFrame, shown: Sequence[Round], cutoff: float) -> Estimate:
    """What the verdicts on `stories` (see stories.stories) say about a cut-off (risk 0–1)."""
    return estimate_at(weighed(stories, shown), cutoff)


def weighed(stories: pl.DataFrame, shown: Sequence[Round]) -> pl.DataFrame:
    """`risk_score, bad, weight, band` of each story, for `estimate_at`, which many cut-offs can be asked of."""
    likely = probabilities(shown)
    # a random story that the top has reached since is one of those judged, and like none of those that nobody judged
    drawn = {
        item.subject: item.probability
        for each in shown
        for item in each.items
        if item.arm == RANDOM and likely[item.subject] < 1
    }
    low, high = BAND
    known = pl.col("verdict").is_in([Verdict.CONFIRMED.value, Verdict.FALSE_ALARM.value])
    return stories.select(
        "risk_score",
        bad=pl.when(known).then(pl.col("verdict") == Verdict.CONFIRMED.value),
        weight=1 / pl.col("subject").replace_strict(drawn, default=None, return_dtype=pl.Float64),
        band=(pl.col("percentile") > low) & (pl.col("percentile") <= high),
    )


def estimate_at(told: pl.DataFrame, cutoff: float) -> Estimate:
    """What verdicts say about a cut-off (risk 0–1). `told`: of `weighed`."""
    above = _Side.of(told.filter(pl.col("risk_score") >= cutoff))
    below = _Side.of(told.filter(pl.col("risk_score") < cutoff))
    silent = []
    naive = precision = recall = None
    if above.judged >= MINIMUM:
        naive = Share(above.bad / above.judged, *wilson(above.bad, above.judged), above.judged)
    else:
        silent.append(f"{above.judged:,} alerts were judged: their share is said from {MINIMUM} on.")
    if not above.speaks:
        silent.append(above.needs("Precision and recall are", "above"))
    else:
        if above.size:
            precision = Share(*_shares(above.totals, [above.size] * 3), above.judged)
        if not below.speaks:
            silent.append(below.needs("Recall is", "below"))
        elif above.totals[0] + below.totals[0] > 0:
            estimated, fewest, most = below.totals
            missed = (estimated, most, fewest)  # the least is caught where the most is missed
            whole = [caught + beside for caught, beside in zip(above.totals, missed, strict=True)]
            recall = Share(*_shares(above.totals, whole), above.judged + below.judged)
    return Estimate(naive, precision, recall, above.beyond + below.beyond, tuple(silent))


@dataclass(frozen=True, slots=True)
class _Side:
    """The stories on one side of a cut-off: those judged, the `rest` of the band, and those `beyond` both.

    `totals`: how many of the judged and the rest are bad (estimated, at least, at most). `random`: the random stories
    among the judged, which speak for the rest.
    """

    judged: int
    bad: int
    rest: int
    beyond: int
    random: int
    totals: tuple[float, float, float]

    @classmethod
    def of(cls, side: pl.DataFrame) -> "_Side":
        judged = side.filter(pl.col("bad").is_not_null())
        rest = side.filter(pl.col("bad").is_null() & pl.col("band")).height
        random = judged.filter(pl.col("weight").is_not_null())
        weights = random["weight"].to_list()
        wrong = sum(weight for weight, bad in zip(weights, random["bad"], strict=True) if bad)
        share = wrong / sum(weights) if weights else 0.0
        # so many equally weighted verdicts would say as much (Kish)
        worth = sum(weights) ** 2 / sum(weight**2 for weight in weights) if weights else 0.0
        bad = int(judged["bad"].sum())
        low, high = wilson(share * worth, worth)
        totals = (bad + rest * share, bad + rest * low, bad + rest * high)
        return cls(judged.height, bad, rest, side.height - judged.height - rest, random.height, totals)

    @property
    def size(self) -> int:
        """How many stories something is said of."""
        return self.judged + self.rest

    @property
    def speaks(self) -> bool:
        """Whether enough is known of those that nobody judged."""
        return self.rest == 0 or self.random >= RANDOM_MINIMUM

    def needs(self, what: str, side: str) -> str:
        """Why nothing is said."""
        return (
            f"{what} estimated from {RANDOM_MINIMUM} judged random stories {side} the cut-off on: there are "
            f"{self.random:,}, and {self.rest:,} others of their band were not judged."
        )


def _shares(parts: Sequence[float], wholes: Sequence[float]) -> tuple[float, float, float]:
    value, low, high = (part / whole if whole else 0.0 for part, whole in zip(parts, wholes, strict=True))
    return value, low, high
