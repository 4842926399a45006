"""The model: for each group of changes the tails and the forest of its past, and over all of them what was learned.

It says how unusual a change is among others of its kind, and, once the gate lets it, how much it is like what analysts
confirmed. What it was fitted on is its recipe (training.py, card.py): the same rows and seed give the same scores.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from audit_core.scoring.features import FEATURES
from audit_core.scoring.forest import FULL_HISTORY, MIN_EVENTS, Forest
from audit_core.scoring.learned import MIN_LABELS, Learned, Rows, learn
from audit_core.scoring.tails import Matrix, Tails
from audit_core.scoring.training import ALL_GROUPS, group_of, stories

MIN_CATEGORIES: Final = 2
MIN_CONFIRMED: Final = 50
"""Below so many confirmed stories, or with fewer categories, a category comes from the rules."""


@dataclass(frozen=True, slots=True)
class Group:
    """The past of one group; a short one has no forest."""

    tails: Tails
    forest: Forest | None


@dataclass(frozen=True, slots=True)
class Scored:
    """Changes as the model sees them, a row each: NaN where there is no forest, and without anything learned."""

    depths: Matrix
    shares: Matrix
    probabilities: Matrix


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted model. `gain`: 1 where the learned part counts, else 0. `model_id`: of one that is kept.

    Features come as frames with `group`, `machine`, `rules` and FEATURES.
    """

    groups: Mapping[str, Group]
    part: Learned | None
    category_parts: Mapping[str, Learned]
    gain: int
    model_id: str | None = None

    def scores(self, features: pl.DataFrame) -> pl.DataFrame:
        """`anomaly_score` (the share 0–1 of the past that was less unusual, null: too short a past), `thin`, `learned`
        (0–1; 0 while it does not count): a row a change, from one walk through the forests."""
        seen = self.seen(features, self.part if self.gain else None)
        return pl.DataFrame({"anomaly_score": seen.shares, "learned": seen.probabilities}).select(
            pl.col("anomaly_score").fill_nan(None),
            features.select(group_of().replace_strict(self._thin(), default=True, return_dtype=pl.Boolean))
            .to_series()
            .alias("thin"),
            pl.col("learned").fill_nan(0.0),
        )

    def tails(self, features: pl.DataFrame) -> pl.DataFrame:
        """A frame like FEATURES: how rare each value is in its group, as −log10 of a share (1: one in ten)."""
        out = np.zeros((features.height, len(FEATURES)))
        for name, at, columns in by_group(features):
            if name in self.groups:
                out[at] = self.groups[name].tails.matrix(columns)
        return pl.DataFrame(out, schema=dict.fromkeys(FEATURES, pl.Float64))

    def n(self, group: str) -> int:
        """How many past changes a group is compared with."""
        return self.groups[group].tails.n if group in self.groups else 0

    def thin(self, group: str) -> bool:
        """Whether a group's past is too short for the full scale."""
        return self.n(group) < FULL_HISTORY

    @property
    def category_source(self) -> str:
        """Where predicted categories come from: `labels` or `rules`."""
        return "labels" if self.category_parts else "rules"

    def categories(self, features: pl.DataFrame) -> pl.Series | None:
        """The reason code that each change is most like; None while the labels are too few to say."""
        if not self.category_parts:
            return None
        names = sorted(self.category_parts)
        likely = np.column_stack([self.seen(features, self.category_parts[name]).probabilities for name in names])
        return pl.Series("category", np.array(names)[likely.argmax(axis=1)], dtype=pl.String)

    def seen(self, features: pl.DataFrame, part: Learned | None) -> Scored:
        """One walk: depths, shares of the past, and what `part` makes of them."""
        seen = Scored(*(np.full(features.height, np.nan) for _ in range(3)))
        rules = features["rules"].to_numpy()
        for name, at, columns in by_group(features):
            group = self.groups.get(name)
            if group is None:
                continue
            tails = group.tails.matrix(columns)
            shares = sums = np.zeros(len(at))
            if group.forest is not None:
                walk = group.forest.walk(tails, part.leaves.get(name) if part else None)
                shares, sums = group.forest.share_below(walk.depths), walk.sums
                seen.depths[at], seen.shares[at] = walk.depths, shares
            if part is not None:
                seen.probabilities[at] = part.probability(np.column_stack(columns), tails, shares, rules[at], sums)
        return seen

    def _thin(self) -> dict[str, bool]:
        return {name: self.thin(name) for name in self.groups}


def fit(training: pl.DataFrame, seed: int, gain: int) -> Model:
    """The model of the TRAINING rows. `gain`: whether the learned part counts."""
    reference = training.filter("reference").with_columns(machine=False)
    groups = {name: _group(columns, seed) for name, _, columns in by_group(reference)}
    bare = Model(groups, None, {}, gain)
    if min(stories(training)) < MIN_LABELS:
        return bare
    return Model(groups, learned_from(bare, training, seed), _categories(bare, training, seed), gain)


def learned_from(model: Model, training: pl.DataFrame, seed: int) -> Learned:
    """The learned part of TRAINING rows over the forests of `model`."""
    taught = training.filter(pl.col("bad").is_not_null() | pl.col("weak"))
    decided = taught["bad"].is_not_null().to_numpy()
    weights = taught["weight"].fill_null(0.0).to_numpy().copy()
    # all weak negatives together weigh as much as all labels
    weights[~decided] = weights.sum() / max((~decided).sum(), 1)
    return learn(_rows(model, taught), taught["bad"].fill_null(value=False).to_numpy(), weights, seed)


def by_group(features: pl.DataFrame) -> Iterator[tuple[str, Matrix, Sequence[Matrix]]]:
    """(group, positions of its rows, one array a feature) of each group that there is."""
    groups = features.select(group_of()).to_series()
    for name in ALL_GROUPS:
        mine = groups == name
        if mine.any():
            rows = features.select(FEATURES).filter(mine)
            yield name, np.flatnonzero(mine.to_numpy()), [column.to_numpy() for column in rows]


def _group(columns: Sequence[Matrix], seed: int) -> Group:
    tails = Tails.of(columns)
    return Group(tails, Forest.of(tails.matrix(columns), seed) if tails.n >= MIN_EVENTS else None)


def _rows(model: Model, training: pl.DataFrame) -> Rows:
    features = training.with_columns(machine=False)  # the group of a training row has said it already
    seen = model.seen(features, None)
    leaves, widths = {}, {}
    for name, at, columns in by_group(features):
        if name in model.groups and (forest := model.groups[name].forest):
            leaves[name] = (at, forest.leaves(model.groups[name].tails.matrix(columns)))
            widths[name] = int(forest.starts[-1])
    return Rows(
        training.select(FEATURES).to_numpy(),
        model.tails(features).to_numpy(),
        np.nan_to_num(seen.shares),
        training["rules"].to_numpy(),
        leaves,
        widths,
    )


def _categories(model: Model, training: pl.DataFrame, seed: int) -> dict[str, Learned]:
    """For each reason that was given often enough, what tells it from the others; nothing while labels are too few."""
    confirmed = training.filter(pl.col("bad").fill_null(value=False) & pl.col("reason").is_not_null())
    told = Counter(confirmed.unique("story")["reason"])
    names = sorted(name for name, count in told.items() if count >= MIN_LABELS)
    if sum(told.values()) < MIN_CONFIRMED or len(names) < MIN_CATEGORIES:
        return {}
    known = confirmed.filter(pl.col("reason").is_in(names))
    rows, weights = _rows(model, known), known["weight"].to_numpy()
    return {name: learn(rows, (known["reason"] == name).to_numpy(), weights, seed) for name in names}
