"""What the forecast is worth: learnt from earlier weeks, held against later ones that it had not seen.

The weeks it learns from had settled before the first held-out week locked, so that nothing of later leaks in.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import polars as pl

from audit_core.forecast.learn import Learned, Numbers, learn
from audit_core.forecast.outcomes import FOLLOW_UP
from audit_core.scoring.measures import wilson

MOST_HELD_OUT: Final = 4
MIN_WEEKS_TRAINED, MIN_CORRECTED_TRAINED = 4, 30
MIN_WEEKS_HELD_OUT, MIN_CORRECTED_HELD_OUT = 2, 10
TOP: Final = 0.1
_BANDS: Final = (0.9, 0.7, 0.4, 0.0)
"""From which place (0–1) among all lines on a band of likelihood begins."""


@dataclass(frozen=True, slots=True)
class Band:
    """Lines from the place `begins` (0–1) on, up to the next band: how many of them were corrected."""

    begins: float
    lines: int
    corrected: int

    @property
    def share(self) -> float:
        """The share that was corrected."""
        return self.corrected / self.lines if self.lines else 0.0


@dataclass(frozen=True, slots=True)
class Skill:
    """How the held-out weeks went. `lift`: the corrected share of the top tenth over that of all (`base_rate`), with
    its 95 % interval (Wilson, of the top tenth's share). `reference`: the scores that places are counted among.
    """

    weeks_trained: int
    weeks_held_out: int
    base_rate: float
    lift: float
    low: float
    high: float
    bands: tuple[Band, ...]
    learned: Learned
    reference: Numbers

    def no_better_than_chance(self) -> str | None:
        """The sentence that says so, None where it is better."""
        if self.low > 1:
            return None
        return (
            f"What was learnt is no better than chance on the last {self.weeks_held_out} settled weeks: the top tenth "
            f"was corrected {self.lift:.1f} times as often as all lines ({self.low:.1f}–{self.high:.1f})."
        )

    def band(self, places: Numbers) -> list[Band]:
        """The band of each place."""
        return [next(band for band in self.bands if place >= band.begins) for place in places]

    def places(self, lines: pl.DataFrame) -> Numbers:
        """The share (0–1) of the reference that each line stands above."""
        return placed(self.learned.scores(lines), self.reference)


def settled(lines: pl.DataFrame, by: datetime) -> pl.DataFrame:
    """The lines of weeks whose corrections were all looked for by then."""
    return lines.filter(pl.col("locks_at") + FOLLOW_UP <= by)


def measure(lines: pl.DataFrame, as_of: datetime) -> Skill | str:
    """Learn from the earlier settled weeks and try on the later ones; or the sentence why that says nothing.

    `lines`: described, with `corrected_at`.
    """
    known = settled(lines, as_of)
    weeks = known["week_ending"].unique().sort().to_list()
    held_out = known.filter(pl.col("week_ending").is_in(weeks[-held_out_weeks(len(weeks)) :]))
    trained = known.clear() if held_out.is_empty() else settled(known, held_out["locks_at"].min())  # type: ignore[arg-type]
    if reason := _too_little(trained, held_out):
        return reason
    learned = learn(trained)
    scores = learned.scores(held_out)
    corrected = held_out["corrected_at"].is_not_null().to_numpy()
    top = _top_tenth(scores, held_out["week_ending"])
    base, hits, n = float(corrected.mean()), int(corrected[top].sum()), int(top.sum())
    low, high = wilson(hits, n)
    everything = learn(known)
    return Skill(
        weeks_trained=_weeks(trained),
        weeks_held_out=_weeks(held_out),
        base_rate=base,
        lift=hits / n / base,
        low=low / base,
        high=high / base,
        bands=_bands(placed(scores, np.sort(scores)), corrected),
        learned=everything,
        reference=np.sort(everything.scores(held_out)),
    )


def held_out_weeks(weeks: int) -> int:
    """How many of so many settled weeks are kept for the trial."""
    return max(MIN_WEEKS_HELD_OUT, min(MOST_HELD_OUT, weeks // 3))


def placed(scores: Numbers, reference: Numbers) -> Numbers:
    """The share (0–1) of the sorted `reference` below each score."""
    places: Numbers = np.searchsorted(reference, scores, side="left") / max(len(reference), 1)
    return places


def _too_little(trained: pl.DataFrame, held_out: pl.DataFrame) -> str | None:
    for lines, weeks, corrected, what in (
        (trained, MIN_WEEKS_TRAINED, MIN_CORRECTED_TRAINED, "to learn from"),
        (held_out, MIN_WEEKS_HELD_OUT, MIN_CORRECTED_HELD_OUT, "to try it on"),
    ):
        seen, right = _weeks(lines), lines["corrected_at"].count()
        if seen < weeks or right < corrected:
            return (
                f"The history is too short: there are {seen:,} settled weeks with {right:,} corrected lines {what}, "
                f"and it takes {weeks} with {corrected}."
            )
    return None


def _weeks(lines: pl.DataFrame) -> int:
    return lines["week_ending"].n_unique()


def _top_tenth(scores: Numbers, weeks: pl.Series) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """The tenth of each week's lines with the highest scores, as somebody would look at them week by week."""
    frame = pl.DataFrame({"score": scores, "week": weeks}).with_row_index("place")
    # of equal scores the earlier line: the same lines always give the same tenth
    ranked = frame.sort("score", "place", descending=[True, False])
    chosen = ranked.filter(pl.int_range(pl.len()).over("week") < (pl.len().over("week") * TOP).ceil())["place"]
    top = np.zeros(len(scores), dtype=np.bool_)
    top[chosen.to_numpy()] = True
    return top


def _bands(places: Numbers, corrected: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> tuple[Band, ...]:
    made, above = [], math.inf
    for begins in _BANDS:
        inside = (places >= begins) & (places < above)
        made.append(Band(begins, int(inside.sum()), int(corrected[inside].sum())))
        above = begins
    return tuple(made)
