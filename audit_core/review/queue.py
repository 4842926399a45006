"""What waits for a person: the alerts of the threshold set in force, and the stories that rounds drew at random.

The urgent come first, then what it would cost most to leave alone: risk × money moved either way. Follow-ups come back
on the day they are due. Every tenth place is a random story's, while there is one: its cost would never bring it up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

import polars as pl

from audit_core.review.cases import cases
from audit_core.review.claims import claims_now
from audit_core.review.dispositions import Verdict, newest_dispositions, parts_of
from audit_core.review.mix import KIND as SHOWN
from audit_core.review.mix import RANDOM, rounds
from audit_core.review.suppressions import in_force
from audit_core.store.judged import Judged
from audit_core.store.queries import Queries
from audit_core.thresholds.curve import risk_cents
from audit_core.thresholds.history import DRAWN, alerts_standing
from audit_core.thresholds.limits import Limits
from audit_core.workspace import Workspace

DUE_AFTER: Final = timedelta(days=7)
"""A follow-up without a due date comes back after so long."""

_EVERY: Final = 10  # a random story has each place that divides by this
_VERDICTS: Final[dict[str, pl.DataType]] = {
    "subject": pl.String(), "verdict": pl.String(), "decision_id": pl.Int64(), "decided_by": pl.String(),
    "decided_at": pl.Datetime("us", "UTC"), "upto": pl.Int64(),
}  # fmt: skip


class State(StrEnum):
    """Where an item stands."""

    OPEN = "open"
    GROWN = "grew since"
    DUE = "follow-up due"
    ASKED = "follow-up"
    DECIDED = "decided"


class View(StrEnum):
    """A part of the queue that somebody looks at."""

    WAITING = "waiting"
    MINE = "mine"
    FOLLOW_UP = "follow-up"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Basis:
    """All that `items` depend on: they are the same while this is.

    `newest`: the newest change or finding. `suppressions`: the numbers of those in force on `day`, the business day.
    """

    newest: int
    limits: Limits
    suppressions: tuple[int, ...]
    drawn: tuple[str, ...]
    day: date


@dataclass(frozen=True, slots=True)
class Progress:
    """How many items were decided this business week, and how many wait now."""

    decided: int
    waiting: int


def basis(workspace: Workspace, now: datetime) -> Basis:
    """What the items of now depend on."""
    store, day = workspace.store, workspace.today(now)
    drawn = (item.subject for each in rounds(store) for item in each.items if item.arm == RANDOM)
    return Basis(
        Judged(store.database).newest(),
        workspace.thresholds().in_force().limits,
        tuple(each.number for each in in_force(store, day)),
        tuple(dict.fromkeys(drawn)),
        day,
    )


def items(workspace: Workspace, on: Basis) -> pl.DataFrame:
    """`subject, event_id, newest, look, day, level, risk_score, severity, rule, money_cents, sentence, risk_cents`.

    One row an item, in its place. `event_id`, `newest`: its riskiest event and its last. `level`: urgent, review or
    drawn (at random). `risk_cents`: risk × money. All that a decision does not change: screens keep it as long as its
    basis.
    """
    found = alerts_standing(workspace.store, workspace.settings.zone, on.day, on.limits, on.drawn)
    drawn = pl.col("level") == DRAWN
    ordered = (
        found.rename({"alert": "subject"})
        .with_columns(risk_cents=risk_cents())
        .sort(
            drawn, pl.col("level") != "urgent", "risk_cents", "risk_score", "event_id",
            descending=[False, False, True, True, False],
        )
    )  # fmt: skip
    place = pl.int_range(pl.len()).over(drawn)
    between = pl.when(drawn).then((place + 1) * (_EVERY - 1) - 0.5).otherwise(place)
    return ordered.sort(between, maintain_order=True).rechunk()


def queue(workspace: Workspace, of: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """`items` with `state, verdict, seen, decided_by, decided_at, due, assignee, holder`, in their order.

    `verdict`: of the item, else of its riskiest event. `seen`: the decision that stands on the item itself. `due`: of
    its case, else of its follow-up. `holder`: whoever has a claim on it. What grew since it was decided waits again.
    """
    store, today = workspace.store, workspace.today(now)
    verdicts = _verdicts(workspace)
    own = of.select("subject").join(verdicts, on="subject", how="left", maintain_order="left")
    worst = of.select(subject=pl.format("event:{}", "event_id")).join(
        verdicts, on="subject", how="left", maintain_order="left"
    )
    judged = [
        pl.coalesce(own[name], worst[name]).alias(name) for name in ("verdict", "decided_by", "decided_at", "upto")
    ]
    known = {subject: (each.assignee, each.due) for subject, each in cases(store).items()}
    held = {subject: each.by for subject, each in claims_now(workspace, now).items()}
    zone = workspace.settings.zone.key
    told = of.with_columns(
        *judged,
        seen=own["decision_id"],
        assignee=_looked_up({subject: each[0] for subject, each in known.items()}, pl.String()),
        due=_looked_up({subject: each[1] for subject, each in known.items()}, pl.Date()),
        holder=_looked_up(held, pl.String()),
    )
    asked = pl.col("verdict") == Verdict.FOLLOW_UP.value
    back = pl.col("decided_at").dt.convert_time_zone(zone).dt.date() + pl.lit(DUE_AFTER)
    told = told.with_columns(due=pl.coalesce("due", pl.when(asked).then(back)))
    state = (
        pl.when(pl.col("verdict").is_null())
        .then(pl.lit(State.OPEN.value))
        .when(pl.col("newest") > pl.col("upto"))
        .then(pl.lit(State.GROWN.value))
        .when(~asked)
        .then(pl.lit(State.DECIDED.value))
        .when(pl.col("due") <= today)
        .then(pl.lit(State.DUE.value))
        .otherwise(pl.lit(State.ASKED.value))
    )
    return told.with_columns(state=state).drop("upto")


def seen_by(view: View, email: str) -> pl.Expr:
    """Whether an item of a queue is in a view of one person."""
    state, waiting = pl.col("state"), pl.col("state").is_in([State.OPEN.value, State.GROWN.value, State.DUE.value])
    match view:
        case View.WAITING:
            return waiting
        case View.MINE:
            return (state != State.DECIDED.value) & (pl.col("assignee") == email).fill_null(value=False)
        case View.FOLLOW_UP:
            return state.is_in([State.ASKED.value, State.DUE.value])
        case View.DECIDED:
            return state == State.DECIDED.value


def in_order(found: pl.DataFrame, view: View) -> pl.DataFrame:
    """The items of a view as they are looked at: due first, or decided last, else as the queue has them."""
    match view:
        case View.FOLLOW_UP:
            return found.sort("due", maintain_order=True)
        case View.DECIDED:
            return found.sort("decided_at", descending=True, maintain_order=True)
        case _:
            return found


def progress(workspace: Workspace, told: pl.DataFrame, now: datetime) -> Progress:
    """Of a queue."""
    waits = seen_by(View.WAITING, "")
    done = told.filter((pl.col("decided_at") >= _week_began(workspace, now)) & ~waits)
    return Progress(done.height, told.filter(waits).height)


def with_summaries(workspace: Workspace, page: pl.DataFrame) -> pl.DataFrame:
    """Some items of a queue with `rows` and, in place of its riskiest event's sentence, what an incident says."""
    queries = Queries(workspace.store.database)
    told = []
    for subject, sentence in page.select("subject", "sentence").iter_rows():
        kind, number = parts_of(subject)
        incident = queries.incident(number) if kind == "incident" else None
        told.append((incident["rows"], incident["summary"]) if incident else (1, sentence))
    return page.with_columns(pl.DataFrame(told, schema={"rows": pl.Int64, "sentence": pl.String}, orient="row"))


def draw_is_due(workspace: Workspace, now: datetime) -> bool:
    """Whether no round was shown this business week, so that no story of this week was drawn at random."""
    return not workspace.store.decisions.since(SHOWN, _week_began(workspace, now))


def _week_began(workspace: Workspace, now: datetime) -> datetime:
    today = workspace.today(now)
    monday = today - timedelta(days=today.weekday())
    return datetime.combine(monday, time(), workspace.settings.zone).astimezone(UTC)


def _verdicts(workspace: Workspace) -> pl.DataFrame:
    """`subject, verdict, decision_id, decided_by, decided_at, upto` of every disposition that counts."""
    rows = [
        (subject, each.disposition.verdict.value, each.decision_id, each.by, each.at, each.upto)
        for subject, each in newest_dispositions(workspace.store).items()
    ]
    return pl.DataFrame(rows, schema=_VERDICTS, orient="row")


def _looked_up(found: Mapping[str, Any], type_: pl.DataType) -> pl.Expr:
    return pl.col("subject").replace_strict(found, default=None, return_dtype=type_)
