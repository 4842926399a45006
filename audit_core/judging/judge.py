"""One look, all its sheets → judged events and incidents. A pure function: the same look gives the same judgement.

Preview and real run both come through here, so they cannot disagree.
"""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from audit_core.blind_spots import BlindSpot
from audit_core.changes.diff import ROW
from audit_core.changes.moves import with_moves
from audit_core.changes.transitions import Transition
from audit_core.judging import incidents
from audit_core.judging.echoes import echoes
from audit_core.judging.state_findings import state_findings
from audit_core.judging.structure_findings import structure_findings
from audit_core.judging.telling import numbered
from audit_core.rules import Context, PriceList, Rule
from audit_core.rules.apply import Count, apply_rules
from audit_core.rules.elsewhere import elsewhere, units_of_several
from audit_core.rules.price_era import eras_of_look
from audit_core.rules.standing import Standing, beside
from audit_core.scoring.features import near_doubles, with_features, with_rarity
from audit_core.scoring.hits import KEY, graded, gravest, weighed
from audit_core.scoring.model import Model
from audit_core.scoring.past import Past
from audit_core.scoring.peers import peers
from audit_core.scoring.reasons import with_reasons
from audit_core.scoring.risk import RiskSettings, risk, unusualness

_ONE_ACT = (
    "price_zeroed",
    "price_emptied",
    "quantity_zeroed",
    "quantity_emptied",
    "completion_unchecked",
    "week_moved",
    "deleted_after_lock",
    "deleted_and_entered_again",
)
"""Stories that one act made: their whole money counts for each of their changes."""

PUT_BACK: Final = {
    "sheet_id": pl.String(),
    "row_id": pl.String(),
    "column": pl.String(),
    "previous": pl.String(),
    "was_historical": pl.Int64(),
    "times": pl.Int64(),
}
"""Of each cell that changed now: what its last recorded change took away, its lock state, and how many there are."""


FROM_LABELS: Final = " (from labels)"
"""What a predicted category ends with that does not come from the rule that was broken."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What judging needs beside the look itself.

    `standings`: see rules.apply. `known`: sheet id → rule → rows already in the trail. `put_back`: see PUT_BACK.
    `past`: see scoring.past. `other_lines`: lines per work request on sheets not in this look.
    `other_units`: settled rows of their lines that may bill a unit of this look (see rules.elsewhere).
    `unsettled`, `open_edits`, `ticked`, `recounted`: sheet id → what rules.base.Context says of it. `recent`: see
    echoes.RECENT.
    """

    rules: Sequence[Rule]
    prices: PriceList | None
    standings: Mapping[str, Standing] = field(default_factory=dict)
    risk: RiskSettings = field(default_factory=RiskSettings)
    mass_rows: int = 50
    mass_minutes: int = 15
    model: Model | None = None
    past: Past | None = None
    known: Mapping[str, Mapping[str, Set[str]]] = field(default_factory=dict)
    put_back: pl.DataFrame | None = None
    other_lines: Mapping[str, int] = field(default_factory=dict)
    unsettled: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    open_edits: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    ticked: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    recounted: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    other_units: pl.DataFrame | None = None
    recent: pl.DataFrame | None = None
    echo_minutes: int = 15


@dataclass(frozen=True, slots=True)
class Judgement:
    """`events`: changes and findings in their order, with `story` (number of the incident in `incidents`, from 0).

    `hits`: every rule each event carries (`position` in events, `rule`). What rules in shadow found is in `shadow` of
    events.
    """

    events: pl.DataFrame
    incidents: pl.DataFrame
    hits: pl.DataFrame
    counts: tuple[Count, ...]
    blind_spots: tuple[BlindSpot, ...]
    rows_added: int
    rows_removed: int
    cells_changed: int


def judge(look_day: date, moves: Sequence[Transition], bench: Bench) -> Judgement:
    """Judge and tell every change of one look (`moves`: see changes.transitions, one a sheet)."""
    moved = with_moves([move.changes for move in moves])
    moves = [replace(move, changes=changes) for move, changes in zip(moves, moved, strict=True)]
    after_counts = _line_counts(bench.other_lines, [move.after for move in moves])
    before_counts = _line_counts(
        bench.other_lines, [move.before if move.before is not None else move.after for move in moves]
    )
    told_era = [bench.known.get(move.step.sheet_id, {}).get("price_era", frozenset()) for move in moves]
    eras = eras_of_look([move.after for move in moves], told_era, bench.prices)
    context = Context(look_day, bench.prices, after_counts, eras=eras, echo_minutes=bench.echo_minutes)
    units = units_of_several(moves, bench.other_units)
    applied = [
        apply_rules(
            move,
            bench.rules,
            _of_its_sheet(replace(context, elsewhere=elsewhere(units, move), told_era=told), move, bench),
            before_counts,
            bench.known.get(move.step.sheet_id, {}),
            bench.standings,
        )
        for move, told in zip(moves, told_era, strict=True)
    ]
    changes = pl.concat([move.changes for move in moves])
    charges = graded(pl.concat([each.charges for each in applied]), bench.rules)
    judged = _judge_changes(look_day, moves, changes, charges, bench)
    judged = beside(judged, pl.concat([each.shadow for each in applied]))
    failing = graded(pl.concat([each.findings for each in applied]), bench.rules)
    findings = state_findings(failing, moves, bench.risk)
    events = pl.concat([judged, findings, structure_findings([move.step for move in moves])], how="diagonal")
    events, told = numbered(events)
    return Judgement(
        events,
        told,
        events.with_row_index("position")
        .select("position", "hits")
        .explode("hits", empty_as_null=False)
        .unnest("hits")
        .select("position", "rule"),
        tuple(count for each in applied for count in each.counts),
        tuple(spot for each in applied for spot in each.blind_spots),
        rows_added=changes.filter(pl.col("kind") == "added").height,
        rows_removed=changes.filter(pl.col("kind") == "removed").height,
        cells_changed=changes.filter(pl.col("column") != ROW).height,
    )


def _of_its_sheet(context: Context, move: Transition, bench: Bench) -> Context:
    """The context with what is known of one sheet."""
    sheet_id = move.step.sheet_id
    return replace(
        context,
        lines=move.after,
        unsettled=bench.unsettled.get(sheet_id),
        open_edits=bench.open_edits.get(sheet_id),
        ticked=bench.ticked.get(sheet_id),
        recounted=bench.recounted.get(sheet_id),
    )


def _line_counts(others: Mapping[str, int], states: Sequence[pl.DataFrame]) -> dict[str, int]:
    counts = Counter(dict(others))
    for state in states:
        counts.update(dict(state["work_request"].drop_nulls().value_counts().iter_rows()))
    return dict(counts)


def _judge_changes(
    look_day: date, moves: Sequence[Transition], changes: pl.DataFrame, charges: pl.DataFrame, bench: Bench
) -> pl.DataFrame:
    rows = sum(move.after.height for move in moves if move.before is not None)
    past = bench.past or Past.unknown(ZoneInfo("UTC"))
    told = changes.join(gravest(charges, changes), on=KEY, how="left", maintain_order="left")
    told = incidents.stories(told.with_columns(violation_type=pl.col("rule")), bench.mass_rows, bench.mass_minutes)
    told = with_rarity(echoes(told, bench.recent, bench.echo_minutes), rows, past)
    told = _with_earlier(told, bench.put_back)
    before = [move.before for move in moves if move.before is not None]
    after = pl.concat([move.after.with_columns(sheet_id=pl.lit(move.step.sheet_id)) for move in moves])
    told = with_features(told, peers(before, look_day), near_doubles(after), past)
    told = told.with_columns(
        unusual=unusualness(),
        story_cents=pl.when(pl.col("story_kind").is_in(_ONE_ACT)).then(_story_cents()).otherwise(pl.col("money_cents")),
    )
    told = told.join(weighed(charges, told, bench.risk), on=KEY, how="left", maintain_order="left")
    told = told.rechunk()  # for the pl.format of the reasons (see rules.base.hits)
    told = told.with_columns(pl.col("rules").fill_null(0.0))
    told = told.with_columns(_scored(told, bench.model))
    told = told.with_columns(risk_score=risk())
    told = with_reasons(_with_likely(told, bench.model), bench.rules, bench.model)
    return told.with_columns(event_kind=pl.lit("change"), money_cents=_counted_once())


def _scored(told: pl.DataFrame, model: Model | None) -> list[pl.Series]:
    """`anomaly_score` (null: nothing to compare with), `thin` and `learned` (0: nothing is)."""
    if model is None:
        return [
            pl.repeat(None, told.height, dtype=pl.Float64, eager=True).alias("anomaly_score"),
            pl.repeat(value=False, n=told.height, eager=True).alias("thin"),
            pl.zeros(told.height, eager=True).alias("learned"),
        ]
    scored = model.scores(told)
    return [scored["anomaly_score"], scored["thin"], scored["learned"]]


def _with_likely(told: pl.DataFrame, model: Model | None) -> pl.DataFrame:
    """Adds `likely` to changes that broke a rule: the reason given for the like of them, null without enough labels."""
    broken = told.with_row_index("at").filter(pl.col("rule").is_not_null())
    names = model.categories(broken) if model else None
    if names is None:
        return told.with_columns(likely=pl.lit(None, dtype=pl.String))
    said = broken.select("at", likely=pl.concat_str(names, pl.lit(FROM_LABELS)))
    return told.with_row_index("at").join(said, on="at", how="left", maintain_order="left").drop("at")


def _with_earlier(changes: pl.DataFrame, put_back: pl.DataFrame | None) -> pl.DataFrame:
    """Adds `times` (recorded changes of the cell), `restores` (the last one's old value is back) and `cut_restored`
    (that one came before the lock, this one after it)."""
    earlier = pl.DataFrame(schema=PUT_BACK) if put_back is None else put_back
    told = changes.join(earlier, on=KEY, how="left", maintain_order="left")
    restores = (pl.col("new_value") == pl.col("previous")).fill_null(value=False)
    cut = restores & (pl.col("was_historical") == 0) & (pl.col("is_historical") == 1)
    return told.with_columns(
        pl.col("times").fill_null(0), restores=restores, cut_restored=cut.fill_null(value=False)
    ).drop("previous", "was_historical")


def _story_cents() -> pl.Expr:
    return pl.col("money_cents").sum().over("story")


def _counted_once() -> pl.Expr:
    """A quantity's money is not counted beside its row's own price change, in its story or in a mass one."""
    priced = pl.col("column") == "Units Total Price"
    beside = priced.any().over("sheet_id", "row_id", "story") | (
        priced.any().over("sheet_id", "row_id") & ~pl.col("story").str.starts_with("row|").fill_null(value=True)
    )
    return pl.when((pl.col("column") == "Quantity") & beside).then(0).otherwise(pl.col("money_cents"))
