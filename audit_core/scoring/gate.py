"""The gate between a newly fitted model and the model in use: what must hold before alerts come from the new one.

Both score the last weeks again. Each check says in words what it found; those that block must all pass. What cannot be
judged yet (no model in use, too few labels) says so and stops nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
import polars as pl

from audit_core.changes.diff import ROW
from audit_core.scoring.drift import FEWEST, drifted
from audit_core.scoring.held_out import SURE
from audit_core.scoring.injected import SEEDS, injected_precision, with_errors
from audit_core.scoring.learned import MIN_LABELS
from audit_core.scoring.measures import Comparison, compare, precision_at, rank_share
from audit_core.scoring.model import Model
from audit_core.scoring.shadow import one_sided, overlap, shadow, volume
from audit_core.scoring.verdicts import Check

WEEKS: Final = 4
"""The last weeks, which both models score again."""
MIN_STORIES: Final = 30
"""Labelled stories from which on labels may stop a model."""

_LOWER: Final = 0.01  # of average precision on injected errors; fits of one history differ by twice that
_NAMED: Final = 5  # features that moved most
_CHANCE_Z: Final = 1.645  # 95 %, one-sided


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the gate looks at. `history`: labelled (see training.labelled), with `day`. `told`: labelled stories, held
    out beside the same champion (see held_out), None where there are too few. `learned_until`: the newest verdict that
    the model in use knew. `again`: the challenger fitted with other seeds, to know what of a difference is chance.
    """

    history: pl.DataFrame
    told: pl.DataFrame | None
    challenger: Model
    champion: Model | None
    learned_until: datetime | None
    cutoff: float
    seed: int = 0
    again: Sequence[Model] = ()


def checks(given: Evidence) -> list[Check]:
    """Every check, in the order in which they are shown."""
    recent = given.history.filter(pl.col("day") > pl.col("day").max() - timedelta(weeks=WEEKS))
    told = shadow(recent, given.champion, given.challenger)
    compared = [volume(told, given.cutoff, WEEKS), overlap(told)] if given.champion else []
    return [
        _past(given),
        _injected(given, recent),
        _labels(given),
        _since_champion(given),
        *compared,
        one_sided(told, given.cutoff),
        _drift(given, recent),
    ]


def learned_check(found: Comparison | None, stories: tuple[int, int]) -> Check:
    """Whether what was learned may count: it stops no model, without it the model goes by rules and novelty alone."""
    name = "learned part"
    if found is None:
        words = (
            f"not used: {stories[0]:,} confirmed and {stories[1]:,} false alarms are too few to try it on weeks that "
            f"it has not seen ({MIN_LABELS} of either are needed, from several weeks)"
        )
        return Check(name, passed=False, words=words, blocks=False)
    passed = found.as_good >= SURE and found.new > found.old
    words = (
        f"{'used' if passed else 'not used'}: on labelled stories of weeks it had not seen, average precision is "
        f"{found.new:.2f} with it and {found.old:.2f} without (as good or better in {found.as_good:.0%} of draws; "
        f"{SURE:.0%} are needed)"
    )
    numbers = {"with": found.new, "without": found.old, "as_good": found.as_good}
    return Check(name, passed, words, numbers, blocks=False)


def _past(given: Evidence) -> Check:
    """A ledger that was begun anew has hardly a past at first: the model in use still knows the one before."""
    name = "past"
    known = given.champion.groups if given.champion else {}
    sizes = {group: (each.tails.n, given.challenger.n(group)) for group, each in known.items()}
    lost = {group: (old, new) for group, (old, new) in sizes.items() if new < old / 2 and given.challenger.thin(group)}
    told = "; ".join(f"{group} had {old:,} past changes and would have {new:,}" for group, (old, new) in lost.items())
    words = _nothing(given, told or "no group would lose half of a past that it needs")
    return Check(name, not lost, words, {group: float(new) for group, (_, new) in sizes.items()})


def _injected(given: Evidence, recent: pl.DataFrame) -> Check:
    name = "injected errors"
    # whole rows have no novelty: nothing that is put into them could be found
    edits = recent.filter(pl.col("column") != ROW)
    ordinary = edits.filter(pl.col("severity").is_null() & ~pl.col("bad").fill_null(value=False))
    if given.champion is None or ordinary.is_empty():
        return Check(name, passed=True, words=_nothing(given, "no ordinary change in the last weeks"))
    draws = [with_errors(ordinary, given.history, given.seed + n) for n in range(SEEDS)]
    old, *fits = (injected_precision(model, draws) for model in (given.champion, given.challenger, *given.again))
    new, limit = float(np.mean(fits)), max(_LOWER, 2 * float(np.std(fits)))
    words = (
        f"average precision on errors put into the last {WEEKS} weeks is {new:.2f}, before {old:.2f} (at most "
        f"{limit:.2f} lower: more is no chance)"
    )
    return Check(name, new >= old - limit, words, {"old": old, "new": new, "limit": limit})


def _labels(given: Evidence) -> Check:
    """Shuffled or careless labels would teach and clean the reference wrongly: they must agree with the risk at all."""
    name = "labels"
    told = given.told
    bad = np.empty(0, dtype=bool) if told is None else told["bad"].to_numpy()
    others = len(bad) - int(bad.sum())
    if told is None or len(bad) < MIN_STORIES or min(int(bad.sum()), others) < MIN_LABELS:
        words = f"{len(bad):,} labelled stories can be held out; from {MIN_STORIES} on they are compared with the risk"
        return Check(name, passed=True, words=words)
    found = rank_share(bad, told["taught" if given.challenger.gain else "plain"].to_numpy())
    chance = 0.5 + _CHANCE_Z * float(np.sqrt((len(bad) + 1) / (12 * bad.sum() * others)))
    passed = found > chance
    words = (
        f"a confirmed story has the higher risk in {found:.0%} of its pairs with a false alarm, on weeks that were not "
        f"learned from; {len(bad):,} labels without any sense would seldom reach {chance:.0%}"
    )
    return Check(name, passed, words, {"agreement": found, "chance": chance, "stories": len(bad)})


def _since_champion(given: Evidence) -> Check:
    name = "labels since the model in use"
    told, until = given.told, given.learned_until
    if given.champion is None or told is None or until is None:
        return Check(name, passed=True, words=_nothing(given, "no labelled story can be held out"))
    fresh = told.filter(pl.col("decided_at") > until)
    bad = fresh["bad"].to_numpy()
    if len(bad) < MIN_STORIES or min(int(bad.sum()), int((~bad).sum())) < MIN_LABELS:
        words = f"{len(bad):,} stories were labelled since then; {MIN_STORIES} are needed to compare the two models"
        return Check(name, passed=True, words=words)
    old, new = (fresh[side].to_numpy() for side in ("old", "taught" if given.challenger.gain else "plain"))
    found = compare(bad, old, new, given.seed)
    budget = max(1, int((old >= given.cutoff).sum()))
    precision = [precision_at(budget, bad, score) for score in (old, new)]
    passed = found.high >= 0 and precision[1] >= precision[0] - _spread(precision[0], budget)
    words = (
        f"on {len(bad):,} stories labelled since then average precision is {found.new:.2f}, before {found.old:.2f} "
        f"(90 % of draws differ by {found.low:+.2f} to {found.high:+.2f}); of the {budget:,} highest "
        f"{precision[1]:.0%} are confirmed, before {precision[0]:.0%}"
    )
    return Check(name, passed, words, {"old": found.old, "new": found.new, "low": found.low, "high": found.high})


def _drift(given: Evidence, recent: pl.DataFrame) -> Check:
    name = "drift"
    before = given.history.filter(pl.col("day") < recent["day"].min()).unique(
        "story", keep="first", maintain_order=True
    )
    after = recent.unique("story", keep="first", maintain_order=True)
    if min(before.height, after.height) < FEWEST:
        words = f"not judged: {after.height:,} stories in the last {WEEKS} weeks and {before.height:,} before"
        return Check(name, passed=True, words=words, blocks=False)
    moved = drifted(before, after)
    more = f" and {len(moved) - _NAMED} more" if len(moved) > _NAMED else ""
    listed = ", ".join(each.feature for each in moved[:_NAMED]) + more
    words = f"spread otherwise than before: {listed}" if moved else "no feature is spread otherwise than before"
    return Check(name, not moved, words, {each.feature: each.index for each in moved}, blocks=False)


def _nothing(given: Evidence, otherwise: str) -> str:
    return "no model in use to compare with" if given.champion is None else otherwise


def _spread(share: float, count: int) -> float:
    """Half the width of the 90 % interval of a share of `count`."""
    return 1.645 * float(np.sqrt(max(share * (1 - share), 0.25 / count) / count))
