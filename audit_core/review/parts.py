"""One part of the queue as somebody looks at it: what is in it, what comes next, and what several items come to."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from audit_core.actors import Actor
from audit_core.permissions import Permission, require
from audit_core.review.claims import Claim, claim
from audit_core.review.dispositions import parts_of
from audit_core.review.queue import State, View, in_order, seen_by
from audit_core.store.judged import Judged
from audit_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Chosen:
    """Several items. `seen`: the subject of each with the decision that stands on it. `money_cents`, `risk_cents`: what
    moved and what is expected to be lost, each either way. `rules`: how many broke which (None: none), most first.
    """

    seen: Mapping[str, int | None]
    money_cents: int
    risk_cents: int
    rules: Mapping[str | None, int]


@dataclass(frozen=True, slots=True)
class Beside:
    """The items around one: the one above it, and where to go on once it is decided."""

    before: str | None
    following: str | None


def part(told: pl.DataFrame, view: View, email: str, rule: str | None = None) -> pl.DataFrame:
    """The items of a queue that are in somebody's view, in its order, with their `place` from 1 on."""
    found = in_order(told.filter(seen_by(view, email)), view)
    if rule is not None:
        found = found.filter(pl.col("rule") == rule)
    return found.with_row_index("place", offset=1)


def counted_by_view(told: pl.DataFrame, email: str) -> dict[View, int]:
    """How many items of a queue are in each view of somebody."""
    return {view: told.filter(seen_by(view, email)).height for view in View}


def rules_in(told: pl.DataFrame, view: View, email: str) -> dict[str, int]:
    """Which rules the items of a view broke, and how many each, most first."""
    broken = told.filter(seen_by(view, email), pl.col("rule").is_not_null())["rule"]
    return dict(_counted(broken))


def chosen_of(found: pl.DataFrame, subjects: Collection[str]) -> Chosen:
    """What some items of a part come to together."""
    several = found.filter(pl.col("subject").is_in(list(subjects)))
    money, risk = (int(several[name].abs().sum() or 0) for name in ("money_cents", "risk_cents"))
    return Chosen(dict(several.select("subject", "seen").iter_rows()), money, risk, dict(_counted(several["rule"])))


def first_free(found: pl.DataFrame, email: str, skipped: Collection[str]) -> str | None:
    """The first item that nobody else has and that was not skipped."""
    return _free(found["subject"].to_list(), found, email, skipped)


def beside(found: pl.DataFrame, item: str, email: str, skipped: Collection[str]) -> Beside:
    """What stands around an item. On goes it to what is free below it, else to what is just below, else free above."""
    subjects = found["subject"].to_list()
    here = subjects.index(item) if item in subjects else -1
    above, below = subjects[: max(here, 0)], subjects[here + 1 :]
    following = _free(below, found, email, skipped) or next(iter(below), None) or _free(above, found, email, skipped)
    return Beside(above[-1] if above else None, following)


def claim_by_looking(workspace: Workspace, told: pl.DataFrame, item: str, actor: Actor, now: datetime) -> Claim | None:
    """The claim on an item of a queue that somebody looks at; None on what is decided, or is nothing.

    Raises NotAllowed.
    """
    require(actor, Permission.REVIEW_CHANGES)
    state = told.filter(pl.col("subject") == item)["state"].to_list()
    if State.DECIDED.value in state or Judged(workspace.store.database).scores(*parts_of(item)) is None:
        return None
    return claim(workspace, item, actor, now)


def _counted(values: pl.Series) -> Iterator[tuple[Any, int]]:
    """Each value and how often it stands there, most first; those that are as many go by their name."""
    return values.value_counts(name="n").sort("n", values.name, descending=[True, False]).iter_rows()


def _free(subjects: Sequence[str], found: pl.DataFrame, email: str, skipped: Collection[str]) -> str | None:
    taken = {*found.filter(pl.col("holder") != email)["subject"], *skipped}
    return next((each for each in subjects if each not in taken), None)
